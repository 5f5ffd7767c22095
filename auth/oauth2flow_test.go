package auth_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

func TestCheckCallback(t *testing.T) {
	t.Parallel()
	plain, strict := codeFlow(), codeFlow()
	strict.Issuer = "https://id.example.com"
	renamed := codeFlow()
	renamed.CallbackCode = "auth_code"
	long := strings.Repeat("x", 300)
	tests := []struct {
		name   string
		scheme auth.OAuth2
		query  string
		want   *auth.CallbackError
	}{
		{"code", plain, "code=c&state=s", nil},
		{"code, and an issuer nobody looks at", plain, "code=c&iss=https://other.example.com", nil},
		{"issuer", strict, "code=c&iss=https://id.example.com", nil},
		{"renamed", renamed, "auth_code=c", nil},
		{"not renamed", renamed, "code=c", &auth.CallbackError{Reason: "there is neither auth_code nor error; was the URL opened by hand? Let the person authorize again"}},
		{"no issuer", strict, "code=c", &auth.CallbackError{Reason: "iss is not the issuer of this integration: the answer is another provider's; let the person authorize again, or correct issuer"}},
		{"another issuer", strict, "code=c&iss=https://id.example.com/", &auth.CallbackError{Reason: "iss is not the issuer of this integration: the answer is another provider's; let the person authorize again, or correct issuer"}},
		{"error of another issuer", strict, "error=access_denied", &auth.CallbackError{Reason: "iss is not the issuer of this integration: the answer is another provider's; let the person authorize again, or correct issuer"}},
		{"denied", plain, "error=access_denied&error_description=%3Cb%3Eno%0A%C3%A4&state=s", &auth.CallbackError{Code: "access_denied", Description: "<b>no??"}},
		{"long", plain, "error=" + long + "&error_description=" + long, &auth.CallbackError{Code: long[:64], Description: long[:200]}},
		{"says the state", plain, "error=x&state=0123456789&error_description=0123456789", &auth.CallbackError{Code: "x", Description: "[redacted]"}},
		{"odd code", plain, "error=%22a%5C%00b", &auth.CallbackError{Code: "ab"}},
		{"nothing", plain, "", &auth.CallbackError{Reason: "there is neither code nor error; was the URL opened by hand? Let the person authorize again"}},
		{"two codes", plain, "code=a&code=b", &auth.CallbackError{Reason: "code is there twice; let the person authorize again"}},
		{"two states", plain, "code=a&state=b&state=b", &auth.CallbackError{Reason: "state is there twice; let the person authorize again"}},
		{"two issuers", strict, "code=a&iss=https://id.example.com&iss=x", &auth.CallbackError{Reason: "iss is there twice; let the person authorize again"}},
	}
	for _, tt := range tests {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		var got *auth.CallbackError
		if err := tt.scheme.CheckCallback(q); err != nil && !errors.As(err, &got) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

func TestDeviceFlow(t *testing.T) {
	t.Parallel()
	s := auth.OAuth2{Grant: auth.GrantDeviceCode, TokenURL: "https://id.example.com/token", DeviceURL: "https://id.example.com/device"}
	start := func(body string) (auth.DeviceCode, error) {
		w := &wire{body: body}
		return s.StartDevice(t.Context(), w.call())
	}
	d, err := start(`{"device_code":"dev-ice-0123","user_code":"WDJB-MJHT","verification_uri":"https://id.example.com/d",` +
		`"verification_uri_complete":"https://id.example.com/d?c=WDJB-MJHT","expires_in":"1800","interval":7}`)
	want := auth.DeviceCode{Device: secret.New("dev-ice-0123"), UserCode: "WDJB-MJHT", VerificationURL: "https://id.example.com/d",
		VerificationURLComplete: "https://id.example.com/d?c=WDJB-MJHT", Expires: noon.Add(30 * time.Minute), Interval: 7 * time.Second}
	if diff := cmp.Diff(want, d, cmp.Comparer(secret.String.Equal)); diff != "" || err != nil {
		t.Fatal(err, diff)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, d); strings.Contains(text, "dev-ice") {
			t.Errorf("%s prints the secret", verb)
		}
	}
	d, err = start(`{"device_code":"d","user_code":"u","verification_url":"http://id.example.com/d"}`)
	if err != nil || d.Interval != 5*time.Second || !d.Expires.IsZero() || d.VerificationURL != "http://id.example.com/d" {
		t.Errorf("got %+v, %v", d, err)
	}
	for _, body := range []string{`{}`, `{"device_code":"d","user_code":"u"}`, `{"device_code":"d","user_code":"u","verification_uri":"javascript:alert(1)"}`,
		`{"device_code":"d","user_code":"u\n","verification_uri":"https://id.example.com"}`, `{"user_code":"u","verification_uri":"https://id.example.com"}`,
		`{"device_code":"d","user_code":"u","verification_uri":"https://id.example.com","verification_uri_complete":"data:x"}`} {
		var e *auth.TokenError
		if _, err := start(body); !errors.As(err, &e) || e.Op != "device" || e.Cause != auth.TokenInDoubt {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, err := codeFlow().StartDevice(t.Context(), auth.TokenCall{}); err == nil {
		t.Error("the code flow starts a device")
	}
	if _, err := s.PollDevice(t.Context(), auth.TokenCall{}, auth.DeviceCode{}); err == nil {
		t.Error("a poll without a device code is sent")
	}
}

func TestPollDevice(t *testing.T) {
	t.Parallel()
	s := auth.OAuth2{Grant: auth.GrantDeviceCode, TokenURL: "https://id.example.com/token", DeviceURL: "https://id.example.com/device",
		Capture: []auth.Capture{{Parameter: "team", Pattern: "[0-9]+"}}}
	for _, tt := range []struct {
		body     string
		interval time.Duration
		header   string
		cause    auth.TokenCause
		after    time.Duration
	}{
		{`{"error":"authorization_pending"}`, 7 * time.Second, "", auth.TokenPending, 7 * time.Second},
		{`{"error":"authorization_pending"}`, 0, "", auth.TokenPending, 5 * time.Second},
		{`{"error":"authorization_pending"}`, -time.Second, "", auth.TokenPending, 5 * time.Second},
		{`{"error":"authorization_pending"}`, 7 * time.Second, "60", auth.TokenPending, time.Minute},
		{`{"error":"slow_down"}`, 7 * time.Second, "", auth.TokenPending, 12 * time.Second},
		{`{"error":"expired_token"}`, 7 * time.Second, "", auth.TokenRefused, 0},
		{`{"error":"access_denied"}`, 7 * time.Second, "", auth.TokenRefused, 0},
	} {
		w := &wire{status: 400, body: tt.body, header: http.Header{"Retry-After": {tt.header}}}
		_, err := s.PollDevice(t.Context(), w.call(), auth.DeviceCode{Device: secret.New("device-0123"), Interval: tt.interval})
		var e *auth.TokenError
		if !errors.As(err, &e) || e.Cause != tt.cause || e.RetryAfter != tt.after || len(w.asked) != 1 {
			t.Errorf("%s: got %+v", tt.body, err)
		}
	}
	w := &wire{body: `{"access_token":"a","team":5}`}
	tokens, err := s.PollDevice(t.Context(), w.call(), auth.DeviceCode{Device: secret.New("device-0123")})
	if err != nil || tokens.Credential.Values["access_token"].Reveal() != "a" || tokens.Parameters["team"] != "5" {
		t.Errorf("got %v, %v", tokens, err)
	}
}

// TestOneRequest breaks a connection that was used before, which net/http repeats requests over.
func TestOneRequest(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"access_token":"a"}`)
	}))
	t.Cleanup(server.Close)
	s := codeFlow()
	s.TokenURL = server.URL
	// Headers of the definition that make net/http take a request for one that can be repeated.
	s.TokenHeaders = map[string]string{"Idempotency-Key": "1", "X-Idempotency-Key": "1"}
	call := auth.TokenCall{HTTP: server.Client(), Client: auth.Client{ID: "me"}}
	if _, err := s.Exchange(t.Context(), call, codeExchange()); err != nil {
		t.Fatal(err)
	}
	_, err := s.Exchange(t.Context(), call, codeExchange())
	var e *auth.TokenError
	if !errors.As(err, &e) || e.Cause != auth.TokenInDoubt {
		t.Errorf("got %v", err)
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("two exchanges are %d requests", n)
	}
}

// TestOAuth2Canary lets the provider, and the network, repeat every secret that a request says or brought in every error.
func TestOAuth2Canary(t *testing.T) {
	t.Parallel()
	const key = "-----BEGIN PRIVATE KEY-----\nQUFBQUFBQUFBQUFBQUFBQUFB\n-----END PRIVATE KEY-----\n"
	c := auth.Grant("access-token-0123", "refresh-token-0123", time.Time{})
	c.Values["user"], c.Values["password"], c.Values["pin"] = secret.New("me"), secret.New("pass-word-0123"), secret.New("short")
	held := []string{"access-token-0123", "refresh-token-0123", "pass-word-0123", "short"}
	q := codeExchange()
	q.Code = "the-code-0123"
	calls := []struct {
		secrets []string
		do      func(auth.OAuth2, auth.TokenCall) error
	}{
		{[]string{"the-code-0123", verifier}, func(s auth.OAuth2, call auth.TokenCall) error { _, err := s.Exchange(t.Context(), call, q); return err }},
		{held, func(s auth.OAuth2, call auth.TokenCall) error { _, err := s.Renew(t.Context(), call, c); return err }},
		{nil, func(s auth.OAuth2, call auth.TokenCall) error { _, err := s.StartDevice(t.Context(), call); return err }},
		{[]string{"device-code-0123"}, func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.PollDevice(t.Context(), call, auth.DeviceCode{Device: secret.New("device-code-0123")})
			return err
		}},
		{held, func(s auth.OAuth2, call auth.TokenCall) error {
			_, err := s.Introspect(t.Context(), call, c)
			return err
		}},
		{held, func(s auth.OAuth2, call auth.TokenCall) error { return s.Revoke(t.Context(), call, c) }},
	}
	failed := 0
	for _, x := range calls {
		secrets := append([]string{"client-secret-0123", "sent-token-0123", "new-refresh-0123"}, x.secrets...)
		all := strings.Join(secrets, " ")
		said := fmt.Sprintf(`{"access_token":"sent-token-0123","refresh_token":"new-refresh-0123","error":%q,"error_description":%q,"error_uri":%q}`, all, all, all)
		for _, w := range []wire{{status: 400, body: said}, {status: 200, body: said}, {status: 503, body: said}, {status: 401, body: "<html>" + all},
			{status: 200, body: all}, {status: 302, header: http.Header{"Location": {"https://x.example/?" + all}}},
			{status: 400, body: "error=x&access_token=sent-token-0123&refresh_token=new-refresh-0123&error_description=" + url.QueryEscape(all)},
			{fail: errors.New(strings.ReplaceAll(strings.ReplaceAll(all, "sent-token-0123", ""), "new-refresh-0123", ""))},
			{status: 200, body: `{"access_token":"sent-token-0123\n","error_description":"x"}`}} {
			for _, how := range []auth.ClientAuth{auth.ClientAuthBody, auth.ClientAuthBasic, auth.ClientAuthBasicRaw, auth.ClientAuthQuery,
				auth.ClientAuthPrivateKey, auth.ClientAuthTLS} {
				for _, grant := range []auth.GrantType{auth.GrantAuthorizationCode, auth.GrantClientCredentials, auth.GrantPassword,
					auth.GrantJWTBearer, auth.GrantDeviceCode} {
					s := codeFlow()
					s.Grant, s.ClientAuth, s.BodyFormat, s.DeviceURL = grant, how, auth.BodyQuery, s.TokenURL
					s.RevokeURL, s.IntrospectURL = s.TokenURL, s.TokenURL
					call := w.call()
					call.Client = auth.Client{ID: "me", Secret: secret.New("client-secret-0123"), Key: secret.New(key)}
					err := x.do(s, call)
					if err == nil {
						continue
					}
					failed++
					silent(t, err, append(secrets, "QUFBQUFBQUFBQUFB"))
				}
			}
		}
	}
	if failed < 500 {
		t.Errorf("only %d calls failed: is the test about errors still?", failed)
	}
}

// silent looks for secrets, or the beginning of one, in all that an error says.
func silent(t *testing.T, err error, secrets []string) {
	t.Helper()
	text := fmt.Sprintf("%+v\n%q", err, err)
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		text += fmt.Sprintf("\n%v", inner)
	}
	for _, v := range secrets {
		if strings.Contains(text, v[:min(len(v), 8)]) {
			t.Fatalf("an error says %q: %s", v, text)
		}
	}
}

func TestLongSecretsAtTheCap(t *testing.T) {
	t.Parallel()
	w := &wire{status: 400, body: `{"error":"` + strings.Repeat("e", 60) + `refresh-token-0123","error_description":"` + strings.Repeat("z", 195) + `refresh-token-0123"}`}
	_, err := codeFlow().Renew(t.Context(), w.call(), auth.Grant("access-token-0123", "refresh-token-0123", time.Time{}))
	var e *auth.TokenError
	if !errors.As(err, &e) || len(e.Code) != 64 || len(e.Description) != 200 || strings.Contains(err.Error(), "refresh-") || strings.HasSuffix(e.Description, "ref") {
		t.Errorf("got %v", err)
	}
}

// TestErrorsAreCheap lets a provider say what costs the most to look through.
func TestErrorsAreCheap(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"a", "%61", `\\u0061`, "ab", "YWFh"} {
		long := strings.Repeat(unit, (250<<10)/len(unit))
		w := &wire{status: 400, body: `{"access_token":"` + long[:30<<10] + `!","refresh_token":"!` + long[:30<<10] + `","error":"` + long + `","error_description":"` + long + `?"}`}
		start := time.Now()
		_, err := codeFlow().Renew(t.Context(), w.call(), auth.Grant("access-token-0123", "refresh-token-0123", time.Time{}))
		var e *auth.TokenError
		if took := time.Since(start); !errors.As(err, &e) || e.Cause != auth.TokenRejected && e.Cause != auth.TokenUnavailable || took > 20*time.Second {
			t.Errorf("%s: %v after %v", unit, e.Cause, took)
		}
	}
}

// TestSecretAtTheCut lets the text that is looked at end within a second secret, behind a first that takes up the rest.
func TestSecretAtTheCut(t *testing.T) {
	t.Parallel()
	for left := range 24 {
		long := strings.Repeat("x1", 4<<10)[:8<<10-left]
		w := &wire{status: 400, body: `{"error":"x","error_description":"` + long + `refresh-token-0123 and more"}`}
		_, err := codeFlow().Renew(t.Context(), w.call(), auth.Grant(long, "refresh-token-0123", time.Time{}))
		var e *auth.TokenError
		if !errors.As(err, &e) || strings.Contains(e.Description, "r") && !strings.Contains("[redacted]", e.Description) {
			t.Errorf("%d bytes left: %v", left, e)
		}
	}
}
