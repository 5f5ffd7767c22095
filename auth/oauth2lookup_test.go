package auth_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// lookingUp is a flow whose token is asked about twice.
func lookingUp() auth.OAuth2 {
	s := codeFlow()
	s.Lookup = []auth.LoginStep{{
		Method: "GET", URL: "https://api.example.com/accounts", Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
		Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "account", Path: "[0].id"}, {Name: "plan", Path: "[0].plan", Optional: true}}},
	}, {
		Method: "GET", URL: "https://api.example.com/accounts/{captured.account}", Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
		Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "host", Path: "url", Prefix: "https://"}}},
	}}
	return s
}

// answers are given in turn.
type answers struct {
	asked []string
	next  []string // a status, a space, a body
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked = append(a.asked, r.Method+" "+r.URL.String()+" "+r.Header.Get("Authorization"))
	status, body, _ := strings.Cut(a.next[0], " ")
	a.next = a.next[1:]
	return &http.Response{StatusCode: int(status[0]-'0')*100 + int(status[2]-'0'), Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func TestLookup(t *testing.T) {
	t.Parallel()
	const token = `200 {"access_token":"new-access-token"}`
	tests := []struct {
		name    string
		answers []string
		want    map[string]string
		cause   auth.TokenCause
		asked   int
	}{
		{"both", []string{token, `200 [{"id":"a/7","plan":"pro"}]`, `200 {"url":"https://eu.example.com"}`},
			map[string]string{"account": "a/7", "plan": "pro", "host": "eu.example.com"}, "", 3},
		{"without what is optional", []string{token, `200 [{"id":7}]`, `200 {"url":"eu.example.com"}`}, map[string]string{"account": "7", "host": "eu.example.com"}, "", 3},
		{"none", []string{token, `200 []`}, nil, auth.TokenInDoubt, 2},
		{"a page", []string{token, `200 <html>`}, nil, auth.TokenInDoubt, 2},
		{"refused", []string{token, `401 {}`}, nil, auth.TokenRefused, 2},
		{"forbidden", []string{token, `403 {}`}, nil, auth.TokenRejected, 2},
		{"away", []string{token, `200 [{"id":"7"}]`, `503 {}`}, nil, auth.TokenUnavailable, 3},
		{"no token", []string{`400 {"error":"invalid_grant"}`}, nil, auth.TokenRefused, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := &answers{next: tt.answers}
			call := (&wire{}).call()
			call.HTTP = &http.Client{Transport: a}
			got, err := lookingUp().Exchange(t.Context(), call, codeExchange())
			var fault *auth.TokenError
			if tt.cause != "" {
				if !errors.As(err, &fault) || fault.Cause != tt.cause || strings.Contains(err.Error(), "new-access-token") {
					t.Errorf("got %v", err)
				}
			} else if diff := cmp.Diff(tt.want, got.Parameters); diff != "" || err != nil {
				t.Error(err, diff)
			}
			if len(a.asked) != tt.asked {
				t.Errorf("asked %q", a.asked)
			}
			want := []string{"GET https://api.example.com/accounts Bearer new-access-token", "GET https://api.example.com/accounts/a%2F7 Bearer new-access-token"}
			if tt.name == "both" {
				if diff := cmp.Diff(want, a.asked[1:]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestLookupValidate(t *testing.T) {
	t.Parallel()
	with := func(change func(*auth.OAuth2)) auth.OAuth2 {
		s := lookingUp()
		change(&s)
		return s
	}
	for _, tt := range []struct {
		field  string
		scheme auth.OAuth2
	}{
		{"", lookingUp()},
		{"lookup", with(func(s *auth.OAuth2) { s.Grant = auth.GrantClientCredentials })},
		{"lookup", with(func(s *auth.OAuth2) { s.Lookup = append(s.Lookup, make([]auth.LoginStep, 3)...) })},
		{"lookup[0].url", with(func(s *auth.OAuth2) { s.Lookup[0].URL = "" })},
		{"lookup[0].url", with(func(s *auth.OAuth2) { s.Lookup[0].URL = "https://{credential.access_token}/" })},
		{"lookup[1].url", with(func(s *auth.OAuth2) { s.Lookup[1].URL = "https://api.example.com/{captured.other}" })},
		{`lookup[0].headers."Authorization"`, with(func(s *auth.OAuth2) {
			s.Lookup[0].Headers = map[string]string{"Authorization": "Bearer {credential.refresh_token}"}
		})},
		{"lookup[0].answer.values[0]", with(func(s *auth.OAuth2) { s.Lookup[0].Answer.Values[0].Keep = true })},
		{"lookup[1].answer.values[0]", with(func(s *auth.OAuth2) { s.Lookup[1].Answer.Values[0].Name = "access_token" })},
		{"lookup[0].answer.expires", with(func(s *auth.OAuth2) { s.Lookup[0].Answer.Expires = &auth.LoginExpiry{Path: "x"} })},
		{"lookup[0].answer.values[0].name", with(func(s *auth.OAuth2) { s.Capture = []auth.Capture{{Parameter: "account", Pattern: "."}} })},
		{"lookup[0].url", with(func(s *auth.OAuth2) { s.Lookup[0].URL = "https://{account}/" })},
		{"lookup[1].url", with(func(s *auth.OAuth2) { s.Lookup[1].URL = "https://api.example.com/{account}" })},
		{`lookup[0].query."q"`, with(func(s *auth.OAuth2) {
			s.Lookup[0].Query = map[string]string{"q": "{team}"}
			s.Capture = []auth.Capture{{Parameter: "team", Pattern: "."}}
		})},
		{"", with(func(s *auth.OAuth2) {
			s.Lookup[0].Query = map[string]string{"q": "{team}"}
			s.Capture = []auth.Capture{{Parameter: "team", From: auth.CaptureCallback, Pattern: "."}}
		})},
		{"renew_before", with(func(s *auth.OAuth2) { s.RenewBefore = -1 })},
		{`authorize_rename."code"`, with(func(s *auth.OAuth2) { s.AuthorizeRename = map[string]string{"code": "x"} })},
		{`authorize_rename."state"`, with(func(s *auth.OAuth2) { s.AuthorizeRename = map[string]string{"state": ""} })},
		{"authorize_rename", with(func(s *auth.OAuth2) { s.AuthorizeRename = map[string]string{"state": "scope"} })},
		{"authorize_rename", with(func(s *auth.OAuth2) {
			s.Grant, s.DeviceURL, s.AuthorizeRename = auth.GrantDeviceCode, "https://id.example.com/d", map[string]string{"scope": "x"}
		})},
		{`authorize_parameters."app"`, with(func(s *auth.OAuth2) {
			s.AuthorizeRename, s.AuthorizeParameters = map[string]string{"client_id": "app"}, map[string]string{"app": "1"}
		})},
	} {
		var e *auth.Error
		if err := tt.scheme.Validate(); errors.As(err, &e) != (tt.field != "") || e != nil && e.Field != tt.field {
			t.Errorf("want a fault of %q: %v", tt.field, err)
		}
	}
}

// TestAuthorizeRename: the URL that the person is sent to has names of its own.
func TestAuthorizeRename(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.Scopes, s.ScopeSeparator = []string{"a", "b"}, "+"
	s.Rename = map[string]string{"client_id": "client_key"}
	s.AuthorizeRename = map[string]string{"client_id": "", "scope": "permissions", "response_type": ""}
	got, err := s.AuthorizationURL(auth.AuthorizationRequest{Client: auth.Client{ID: "me"}, State: "s", Verifier: verifier, RedirectURL: "https://app.example.com/back"})
	want := "https://id.example.com/authorize?code_challenge=" + challenge + "&code_challenge_method=S256&permissions=a+b&redirect_uri=https%3A%2F%2Fapp.example.com%2Fback&state=s"
	if got != want || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	w := &wire{}
	if _, err := s.Exchange(t.Context(), w.call(), codeExchange()); err != nil || !strings.Contains(w.asked[0], "client_key=my+id&") {
		t.Errorf("asked %q, %v", w.asked, err)
	}
}

// TestCapturePrefix: what is cut off is cut off before the pattern looks at it, and once.
func TestCapturePrefix(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.Capture = []auth.Capture{{Parameter: "host", From: auth.CaptureCallback, Prefix: "https://", Pattern: `[a-z.]+`}}
	for given, want := range map[string]string{"https://api.example.com": "api.example.com", "api.example.com": "api.example.com", "https://https://x": ""} {
		w := &wire{}
		q := codeExchange()
		q.Callback = url.Values{"code": {"c"}, "host": {given}}
		got, err := s.Exchange(t.Context(), w.call(), q)
		if (err == nil) != (want != "") || got.Parameters["host"] != want {
			t.Errorf("%s: %v, %v", given, got.Parameters, err)
		}
	}
}
