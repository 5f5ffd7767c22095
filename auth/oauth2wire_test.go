package auth_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// wire answers every request alike and keeps what was asked: URL, headers in order, body.
type wire struct {
	asked  []string
	status int
	body   string
	header http.Header
	fail   error
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.URL.String())
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		b.WriteString("\n" + name + ": " + strings.Join(r.Header[name], " | "))
	}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		b.WriteString("\n\n" + string(body))
	}
	w.asked = append(w.asked, b.String())
	if w.fail != nil {
		return nil, w.fail
	}
	status, body, header := w.status, w.body, w.header
	if status == 0 {
		status = http.StatusOK
	}
	if body == "" {
		body = `{"access_token":"new-access-token"}`
	}
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// noon is the clock of these tests.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func (w *wire) call() auth.TokenCall {
	return auth.TokenCall{
		HTTP:   &http.Client{Transport: w},
		Client: auth.Client{ID: "my id", Secret: secret.New("s+cret/0123")},
		Now:    func() time.Time { return noon },
	}
}

// verifier and its challenge are those of RFC 7636 appendix B.
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

func codeExchange() auth.CodeExchange {
	return auth.CodeExchange{Code: "the/code", Verifier: verifier, RedirectURL: "https://app.example.com/back"}
}

func TestAuthorizationURL(t *testing.T) {
	t.Parallel()
	request := auth.AuthorizationRequest{Client: auth.Client{ID: "my id"}, RedirectURL: "https://app.example.com/back?a=1",
		State: "s&t", Verifier: verifier, Parameters: map[string]string{"shop": "acme", "who": "a b"}}
	const pkce = "&code_challenge=" + challenge + "&code_challenge_method=S256"
	const back = "&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback%3Fa%3D1&response_type=code"
	tests := []struct {
		name   string
		change func(*auth.OAuth2, *auth.AuthorizationRequest)
		want   string
	}{
		{"plain", func(*auth.OAuth2, *auth.AuthorizationRequest) {},
			"https://id.example.com/authorize?client_id=my%20id" + pkce + back + "&scope=read%20write&state=s%26t"},
		{"no pkce", func(s *auth.OAuth2, q *auth.AuthorizationRequest) { s.NoPKCE, q.Verifier = true, "" },
			"https://id.example.com/authorize?client_id=my%20id" + back + "&scope=read%20write&state=s%26t"},
		{"scopes of the request", func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Scopes = []string{"x:y", "a+b"} },
			"https://id.example.com/authorize?client_id=my%20id" + pkce + back + "&scope=x%3Ay%20a%2Bb&state=s%26t"},
		{"no scopes", func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Scopes = []string{} },
			"https://id.example.com/authorize?client_id=my%20id" + pkce + back + "&state=s%26t"},
		{"comma", func(s *auth.OAuth2, _ *auth.AuthorizationRequest) { s.ScopeSeparator = "," },
			"https://id.example.com/authorize?client_id=my%20id" + pkce + back + "&scope=read%2Cwrite&state=s%26t"},
		{"plus", func(s *auth.OAuth2, _ *auth.AuthorizationRequest) { s.ScopeSeparator = "+" },
			"https://id.example.com/authorize?client_id=my%20id" + pkce + back + "&scope=read+write&state=s%26t"},
		{"templates", func(s *auth.OAuth2, _ *auth.AuthorizationRequest) {
			s.AuthorizeURL = "https://{shop}.example.com/{who}/authorize?v=2"
			s.AuthorizeParameters = map[string]string{"a": "{who}&{shop}"}
		}, "https://acme.example.com/a%20b/authorize?v=2&a=a%20b%26acme&client_id=my%20id" + pkce + back + "&scope=read%20write&state=s%26t"},
		{"renamed and left out", func(s *auth.OAuth2, _ *auth.AuthorizationRequest) {
			s.Rename = map[string]string{"client_id": "client_key", "response_type": "", "scope": "user_scope"}
		}, "https://id.example.com/authorize?client_key=my%20id" + pkce +
			"&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback%3Fa%3D1&state=s%26t&user_scope=read%20write"},
		{"extra", func(s *auth.OAuth2, q *auth.AuthorizationRequest) {
			s.AuthorizeParameters = map[string]string{"prompt": "none"}
			q.Extra = map[string]string{"prompt": "login", "login_hint": "{who}"}
		}, "https://id.example.com/authorize?client_id=my%20id" + pkce + "&login_hint=%7Bwho%7D&prompt=login" + back + "&scope=read%20write&state=s%26t"},
	}
	for _, tt := range tests {
		s, q := codeFlow(), request
		tt.change(&s, &q)
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got, err := s.AuthorizationURL(q)
		if err != nil || got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s\n%v", tt.name, got, tt.want, err)
		}
	}
	for field, change := range map[string]func(*auth.OAuth2, *auth.AuthorizationRequest){
		"client.id":              func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Client.ID = "" },
		"state":                  func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.State = "" },
		"redirect_url":           func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.RedirectURL = "/back" },
		"verifier":               func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Verifier = "short" },
		"scopes":                 func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Scopes = []string{"a b"} },
		`extra."state"`:          func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Extra = map[string]string{"state": "x"} },
		`extra."code_challenge"`: func(_ *auth.OAuth2, q *auth.AuthorizationRequest) { q.Extra = map[string]string{"code_challenge": "x"} },
		`extra."client_key"`: func(s *auth.OAuth2, q *auth.AuthorizationRequest) {
			s.Rename = map[string]string{"client_id": "client_key"}
			q.Extra = map[string]string{"client_key": "x"}
		},
		"authorize_url": func(s *auth.OAuth2, _ *auth.AuthorizationRequest) { s.AuthorizeURL = "https://{nobody}.example.com/" },
	} {
		s, q := codeFlow(), request
		change(&s, &q)
		_, err := s.AuthorizationURL(q)
		var e *auth.Error
		if !errors.As(err, &e) || e.Field != field || e.Op != "request" {
			t.Errorf("%s: got %v", field, err)
		}
	}
}

func TestNewVerifier(t *testing.T) {
	t.Parallel()
	a, b := auth.NewVerifier(), auth.NewVerifier()
	if a == b || len(a) != 43 {
		t.Error("a verifier must be new each time, and 43 characters long")
	}
}

func TestTokenRequestBytes(t *testing.T) {
	t.Parallel()
	const form = "\nContent-Type: application/x-www-form-urlencoded"
	const post = "POST https://id.example.com/token\nAccept: application/json"
	const flow = "code=the%2Fcode&code_verifier=" + verifier + "&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback"
	basic := "\nAuthorization: Basic bXkraWQ6cyUyQmNyZXQlMkYwMTIz" // my+id:s%2Bcret%2F0123
	raw := "\nAuthorization: Basic bXkgaWQ6cytjcmV0LzAxMjM="       // my id:s+cret/0123
	tests := []struct {
		auth   auth.ClientAuth
		format auth.BodyFormat
		want   string
	}{
		{"", "", post + form + "\n\nclient_id=my+id&client_secret=s%2Bcret%2F0123&" + flow},
		{auth.ClientAuthBody, auth.BodyJSON, post + "\nContent-Type: application/json\n\n" +
			`{"client_id":"my id","client_secret":"s+cret/0123","code":"the/code","code_verifier":"` + verifier +
			`","grant_type":"authorization_code","redirect_uri":"https://app.example.com/back"}`},
		{auth.ClientAuthBody, auth.BodyQuery, "POST https://id.example.com/token?client_id=my%20id&client_secret=s%2Bcret%2F0123&" + flow +
			"\nAccept: application/json\n\n"},
		{auth.ClientAuthBasic, auth.BodyForm, post + basic + form + "\n\n" + flow},
		{auth.ClientAuthBasic, auth.BodyJSON, post + basic + "\nContent-Type: application/json\n\n" +
			`{"code":"the/code","code_verifier":"` + verifier + `","grant_type":"authorization_code","redirect_uri":"https://app.example.com/back"}`},
		{auth.ClientAuthBasic, auth.BodyQuery, "POST https://id.example.com/token?" + flow + "\nAccept: application/json" + basic + "\n\n"},
		{auth.ClientAuthBasicRaw, auth.BodyForm, post + raw + form + "\n\n" + flow},
		{auth.ClientAuthQuery, auth.BodyForm, "POST https://id.example.com/token?client_id=my%20id&client_secret=s%2Bcret%2F0123\nAccept: application/json" +
			form + "\n\n" + flow},
		{auth.ClientAuthQuery, auth.BodyQuery, "POST https://id.example.com/token?client_id=my%20id&client_secret=s%2Bcret%2F0123&" + flow +
			"\nAccept: application/json\n\n"},
		{auth.ClientAuthNone, auth.BodyForm, post + form + "\n\nclient_id=my+id&" + flow},
		{auth.ClientAuthNone, auth.BodyJSON, post + "\nContent-Type: application/json\n\n" + `{"client_id":"my id","code":"the/code","code_verifier":"` +
			verifier + `","grant_type":"authorization_code","redirect_uri":"https://app.example.com/back"}`},
	}
	for _, tt := range tests {
		s, w := codeFlow(), &wire{}
		s.ClientAuth, s.BodyFormat = tt.auth, tt.format
		if _, err := s.Exchange(t.Context(), w.call(), codeExchange()); err != nil {
			t.Errorf("%s, %s: %v", tt.auth, tt.format, err)
		}
		if diff := cmp.Diff([]string{tt.want}, w.asked); diff != "" {
			t.Errorf("%s, %s: %s", tt.auth, tt.format, diff)
		}
	}
}

// TestGrantRequestBytes has one request of each kind.
func TestGrantRequestBytes(t *testing.T) {
	t.Parallel()
	const head = "\nAccept: application/json\nContent-Type: application/x-www-form-urlencoded\n\n"
	const client = "client_id=my+id&client_secret=s%2Bcret%2F0123&"
	c := auth.Grant("old-access", "old-refresh", noon)
	base := codeFlow()
	base.TokenParameters = map[string]string{"first": "1"}
	base.RefreshParameters = map[string]string{"again": "{shop}"}
	base.RevokeURL, base.IntrospectURL = "https://id.example.com/revoke", "https://id.example.com/introspect"
	with := func(change func(*auth.OAuth2)) auth.OAuth2 {
		s := base
		change(&s)
		return s
	}
	renew := func(c auth.Credential) func(auth.OAuth2, auth.TokenCall) error {
		return func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.Renew(t.Context(), call, c)
			return err
		}
	}
	poll := func(s auth.OAuth2, call auth.TokenCall) error {
		_, err := s.PollDevice(t.Context(), call, auth.DeviceCode{Device: secret.New("dev-ice")})
		return err
	}
	tests := []struct {
		name string
		s    auth.OAuth2
		do   func(auth.OAuth2, auth.TokenCall) error
		body string
		want []string
	}{
		{"exchange", base, func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.Exchange(t.Context(), call, codeExchange())
			return err
		}, "", []string{"POST https://id.example.com/token" + head + client + "code=the%2Fcode&code_verifier=" + verifier +
			"&first=1&grant_type=authorization_code&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback"}},
		{"refresh", base, renew(c), "", []string{"POST https://id.example.com/token" + head + "again=acme&" + client + "grant_type=refresh_token&refresh_token=old-refresh"}},
		{"refresh elsewhere", with(func(s *auth.OAuth2) {
			s.RefreshURL, s.TokenHeaders = "https://{shop}.example.com/again", map[string]string{"x-shop": "{shop}", "Accept": "*/*"}
			s.Rename = map[string]string{"client_id": "client_key", "grant_type": ""}
		}), renew(c), "", []string{"POST https://acme.example.com/again\nAccept: */*\nContent-Type: application/x-www-form-urlencoded\nX-Shop: acme\n\n" +
			"again=acme&client_key=my+id&client_secret=s%2Bcret%2F0123&refresh_token=old-refresh"}},
		{"client credentials", with(func(s *auth.OAuth2) { s.Grant = auth.GrantClientCredentials }), renew(auth.Grant("", "", time.Time{})), "",
			[]string{"POST https://id.example.com/token" + head + client + "first=1&grant_type=client_credentials&scope=read+write"}},
		{"client credentials of a tenant", with(func(s *auth.OAuth2) { s.Grant, s.Scopes = auth.GrantClientCredentials, nil }),
			renew(auth.ClientCredentials("theirs", "their-secret")), "",
			[]string{"POST https://id.example.com/token" + head + "client_id=theirs&client_secret=their-secret&first=1&grant_type=client_credentials"}},
		{"password", with(func(s *auth.OAuth2) { s.Grant, s.Scopes = auth.GrantPassword, nil }), renew(auth.PasswordGrant("me", "p&ss")), "",
			[]string{"POST https://id.example.com/token" + head + client + "first=1&grant_type=password&password=p%26ss&username=me"}},
		{"device", with(func(s *auth.OAuth2) {
			s.Grant, s.DeviceURL = auth.GrantDeviceCode, "https://id.example.com/device"
		}), func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.StartDevice(t.Context(), call)
			return err
		}, `{"device_code":"d","user_code":"u","verification_uri":"https://id.example.com/d"}`,
			[]string{"POST https://id.example.com/device" + head + client + "scope=read+write"}},
		{"poll", with(func(s *auth.OAuth2) { s.Grant = auth.GrantDeviceCode }), poll, "", []string{"POST https://id.example.com/token" + head + client +
			"device_code=dev-ice&first=1&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"}},
		{"revoke", base, func(s auth.OAuth2, call auth.TokenCall) error { return s.Revoke(t.Context(), call, c) }, "{}",
			[]string{"POST https://id.example.com/revoke" + head + client + "token=old-refresh&token_type_hint=refresh_token",
				"POST https://id.example.com/revoke" + head + client + "token=old-access&token_type_hint=access_token"}},
		{"revoke nowhere", codeFlow(), func(s auth.OAuth2, call auth.TokenCall) error { return s.Revoke(t.Context(), call, c) }, "{}", nil},
		{"introspect", base, func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.Introspect(t.Context(), call, c)
			return err
		}, `{"active":false}`, []string{"POST https://id.example.com/introspect" + head + client + "token=old-access&token_type_hint=access_token"}},
	}
	for _, tt := range tests {
		w := &wire{body: tt.body}
		call := w.call()
		call.Parameters = map[string]string{"shop": "acme"}
		if err := tt.do(tt.s, call); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, w.asked); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestRequestThatCannotBeMade(t *testing.T) {
	t.Parallel()
	exchange := func(s auth.OAuth2, call auth.TokenCall) error {
		_, err := s.Exchange(context.Background(), call, codeExchange())
		return err
	}
	for field, tt := range map[string]func(s *auth.OAuth2, call *auth.TokenCall){
		"http":               func(_ *auth.OAuth2, call *auth.TokenCall) { call.HTTP = nil },
		"client.id":          func(_ *auth.OAuth2, call *auth.TokenCall) { call.Client.ID = "" },
		"client.key":         func(s *auth.OAuth2, _ *auth.TokenCall) { s.ClientAuth = auth.ClientAuthPrivateKey },
		"client.certificate": func(s *auth.OAuth2, _ *auth.TokenCall) { s.ClientAuth = auth.ClientAuthTLS },
		"token_url":          func(s *auth.OAuth2, _ *auth.TokenCall) { s.TokenURL = "https://{shop}.example.com" },
		`token_parameters."a"`: func(s *auth.OAuth2, _ *auth.TokenCall) {
			s.TokenParameters = map[string]string{"a": "{nothing}"}
		},
		`token_headers."A"`: func(s *auth.OAuth2, call *auth.TokenCall) {
			s.TokenHeaders, call.Parameters = map[string]string{"A": "{a}"}, map[string]string{"a": "x\r\nB: y"}
		},
		"grant": func(s *auth.OAuth2, _ *auth.TokenCall) { s.Grant = auth.GrantPassword },
	} {
		s, w := codeFlow(), &wire{}
		call := w.call()
		tt(&s, &call)
		var e *auth.Error
		if err := exchange(s, call); !errors.As(err, &e) || e.Field != field || len(w.asked) > 0 {
			t.Errorf("%s: got %v after %d requests", field, err, len(w.asked))
		}
	}
	s, w := codeFlow(), &wire{}
	s.ClientAuth = auth.ClientAuthBasicRaw
	call := w.call()
	call.Client.ID = "a:b"
	if err := exchange(s, call); err == nil {
		t.Error("an id with a colon is put into a Basic header as it is")
	}
	for _, q := range []auth.CodeExchange{{Verifier: verifier}, {Code: "c", Verifier: "v"}, {Callback: url.Values{"code": {""}}, Verifier: verifier}} {
		if _, err := codeFlow().Exchange(t.Context(), w.call(), q); err == nil || len(w.asked) > 0 {
			t.Errorf("%v is sent (%v)", q.Callback, err)
		}
	}
}
