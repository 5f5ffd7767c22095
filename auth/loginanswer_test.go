package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/secret"
)

// TestLoginFailures says what each failure means for the credential.
func TestLoginFailures(t *testing.T) {
	t.Parallel()
	xmlAnswer := func(a *auth.LoginAnswer) { a.Format, a.Values = auth.FormatXML, token("a.token") }
	coded := func(a *auth.LoginAnswer) {
		a.Error, a.Description, a.RefusedCodes = "code", "text", []string{"BAD_PASSWORD"}
	}
	redirected := func(a *auth.LoginAnswer) {
		a.Statuses, a.Values = []int{302}, []auth.LoginValue{{Name: "access_token", From: auth.FromRedirect, Path: "code"}}
	}
	tests := []struct {
		name   string
		change func(*auth.LoginAnswer)
		reply  reply
		cause  auth.TokenCause
		code   string
	}{
		{"401", nil, reply{status: 401}, auth.TokenRefused, ""},
		{"401 of a page", nil, reply{status: 401, body: "<html>"}, auth.TokenRefused, ""},
		{"another code with 401", coded, reply{status: 401, body: `{"code":"LOCKED_FOR_NOW"}`}, auth.TokenRejected, "LOCKED_FOR_NOW"},
		{"no code with 401", coded, reply{status: 401, body: `{}`}, auth.TokenRefused, ""},
		{"refused code with 400", coded, reply{status: 400, body: `{"code":"BAD_PASSWORD","text":"no"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"refused code with 200", coded, reply{status: 200, body: `{"code":"BAD_PASSWORD","token":"x-token"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"refused code with 500", coded, reply{status: 500, body: `{"code":"BAD_PASSWORD"}`}, auth.TokenRefused, "BAD_PASSWORD"},
		{"numbers", func(a *auth.LoginAnswer) { a.Error, a.RefusedCodes = "code", []string{"17"} }, reply{status: 200, body: `{"code":17}`}, auth.TokenRefused, "17"},
		{"other code with 200", coded, reply{status: 200, body: `{"code":"MAINTENANCE","token":"x-token"}`}, auth.TokenRejected, "MAINTENANCE"},
		{"status that refuses", func(a *auth.LoginAnswer) { a.RefusedStatuses = []int{403} }, reply{status: 403}, auth.TokenRefused, ""},
		{"401 that doesn't", func(a *auth.LoginAnswer) { a.RefusedStatuses = []int{403} }, reply{status: 401, body: "{}"}, auth.TokenRejected, ""},
		{"400", nil, reply{status: 400, body: `{}`}, auth.TokenRejected, ""},
		{"403 of a page", nil, reply{status: 403, body: "<html>"}, auth.TokenUnavailable, ""},
		{"429", nil, reply{status: 429, headers: []string{"Retry-After: 7"}}, auth.TokenUnavailable, ""},
		{"503", coded, reply{status: 503, body: `{"code":"x"}`}, auth.TokenUnavailable, "x"},
		{"302", nil, reply{status: 302, headers: []string{"Location: https://evil.example/"}}, auth.TokenRejected, ""},
		{"no success", func(a *auth.LoginAnswer) { a.Success = "ok" }, reply{status: 200, body: `{"ok":false,"token":"x-token"}`}, auth.TokenRejected, ""},
		{"a code beside success", func(a *auth.LoginAnswer) { coded(a); a.Success = "ok" }, reply{status: 200, body: `{"ok":true,"code":"X1","token":"x-token"}`}, auth.TokenRejected, "X1"},
		{"no XML", xmlAnswer, reply{status: 200, body: "<a><token>x-token</token>"}, auth.TokenInDoubt, ""},
		{"two documents", xmlAnswer, reply{status: 200, body: "<a><token>x-token</token></a><a/>"}, auth.TokenInDoubt, ""},
		{"XML with a DOCTYPE", xmlAnswer, reply{status: 200, body: "<!DOCTYPE a><a><token>x-token</token></a>"}, auth.TokenInDoubt, ""},
		{"XML too deep", xmlAnswer, reply{status: 200, body: "<a><token>x-token</token>" + strings.Repeat("<b>", 128) + strings.Repeat("</b>", 128) + "</a>"}, auth.TokenInDoubt, ""},
		{"XML of too many nodes", xmlAnswer, reply{status: 200, body: "<a><token>x-token</token>" + strings.Repeat("<b c='d'/>", 50_000) + "</a>"}, auth.TokenInDoubt, ""},
		{"XML not in UTF-8", xmlAnswer, reply{status: 200, body: "<?xml version='1.0' encoding='latin1'?><a><token>x-token\xe4</token></a>"}, auth.TokenInDoubt, ""},
		{"no token", nil, reply{status: 200, body: `{}`}, auth.TokenInDoubt, ""},
		{"no redirect", redirected, reply{status: 200, body: `{"code":"x-token"}`}, auth.TokenRejected, ""},
		{"a redirect to nowhere", redirected, reply{status: 302}, auth.TokenInDoubt, ""},
		{"a redirect that can't be read", redirected, reply{status: 302, headers: []string{"Location: https://[/?code=x-token"}}, auth.TokenInDoubt, ""},
		{"a redirect with an error", redirected, reply{status: 302, headers: []string{"Location: https://app.example.com/?error=denied"}}, auth.TokenInDoubt, ""},
		{"token null", nil, reply{status: 200, body: `{"token":null}`}, auth.TokenInDoubt, ""},
		{"token of many", nil, reply{status: 200, body: `{"token":["a"]}`}, auth.TokenInDoubt, ""},
		{"token with a line break", nil, reply{status: 200, body: `{"token":"a\nb"}`}, auth.TokenInDoubt, ""},
		{"token too long", nil, reply{status: 200, body: `{"token":"` + strings.Repeat("x", 70_000) + `"}`}, auth.TokenInDoubt, ""},
		{"no JSON", nil, reply{status: 200, body: "<html>"}, auth.TokenInDoubt, ""},
		{"too deep", nil, reply{status: 200, body: strings.Repeat("[", 600)}, auth.TokenInDoubt, ""},
		{"too long", nil, reply{status: 200, body: `"` + strings.Repeat("x", 1<<20) + `"`}, auth.TokenInDoubt, ""},
		{"lost", nil, reply{fail: errors.New("connection reset, password a-password")}, auth.TokenInDoubt, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := plainLogin()
			if tt.change != nil {
				tt.change(&s.Steps[0].Answer)
			}
			if err := s.Validate(); err != nil {
				t.Fatal(err)
			}
			p := &script{replies: []reply{tt.reply}}
			got, err := s.Renew(t.Context(), p.call(), auth.UserPassword("somebody@example.com", "a-password"))
			var e *auth.TokenError
			if !errors.As(err, &e) || e.Cause != tt.cause || e.Code != tt.code || e.Op != "token" || len(got.Values) > 0 {
				t.Fatalf("got %v", err)
			}
			if tt.reply.status == 429 && e.RetryAfter != 7*time.Second {
				t.Errorf("RetryAfter is %v", e.RetryAfter)
			}
			if len(p.wire.asked) != 1 {
				t.Errorf("%d requests", len(p.wire.asked))
			}
			if strings.Contains(err.Error(), "a-password") || strings.Contains(err.Error(), "x-token") {
				t.Errorf("the error says a secret: %v", err)
			}
		})
	}
}

// TestLoginSilence lets a provider echo what it was sent, in several forms, and what it gave out before.
func TestLoginSilence(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{
		{URL: "https://id.example.com/first", Basic: &auth.LoginPair{User: "{credential.user}", Password: "{credential.password}"},
			Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "first", Path: "token"}}}},
		{URL: "https://id.example.com/second", Form: map[string]string{"t": "{captured.first}", "s": "{client.secret}"},
			Answer: auth.LoginAnswer{Values: token("token"), Error: "code", Description: "text"}},
	}}
	const password, first, pin = "a+pass word%", "first-token-0123", "9431"
	cred := auth.Fields(map[string]string{"user": "me", "password": password, "pin": pin})
	for _, echo := range []string{password, "a%2Bpass+word%25", first, "s+cret/0123", "s%2Bcret%2F0123", "Zmlyc3QtdG9rZW4tMDEyMw", pin, "new-token-0123"} {
		for _, status := range []int{200, 400, 500} {
			body, _ := json.Marshal(map[string]string{"code": "X" + echo, "text": "you sent " + echo, "token": "new-token-0123"})
			p := &script{replies: []reply{{status: 200, body: `{"token":"` + first + `"}`}, {status: status, body: string(body)}}}
			_, err := s.Renew(t.Context(), p.call(), cred)
			var e *auth.TokenError
			if !errors.As(err, &e) || strings.Contains(err.Error()+e.Code+e.Description, echo) {
				t.Errorf("%q with status %d: %v", echo, status, err)
			}
		}
	}
}

// TestLoginEscapes puts values that look like structure everywhere, and finds them whole.
func TestLoginEscapes(t *testing.T) {
	t.Parallel()
	const evil = `x"&</a>{credential.password}\..%2F?#;`
	s := auth.Login{Steps: []auth.LoginStep{{
		URL: "https://id.example.com/u/{credential.user}", Query: map[string]string{"q": "{credential.user}"}, Headers: map[string]string{"X-User": "{credential.user}"},
		JSON: json.RawMessage(`{"a":"<{credential.user}>", "b":[1.0,"{{}}"],"{k}":{"{k}":"{{k}}"}}`), Answer: auth.LoginAnswer{Values: token("t")},
	}}}
	p := &script{replies: []reply{{status: 200, body: `{"t":"{credential.password}"}`}}}
	cred := auth.UserPassword(strings.ReplaceAll(evil, `\`, ""), "a-password")
	got, err := s.Renew(t.Context(), p.call(), cred)
	if err != nil {
		t.Fatal(err)
	}
	want := "POST https://id.example.com/u/x%22%26%3C%2Fa%3E%7Bcredential.password%7D..%252F%3F%23%3B?q=x%22%26%3C%2Fa%3E%7Bcredential.password%7D..%252F%3F%23%3B\n" +
		"Accept: application/json\nContent-Type: application/json\nX-User: x\"&</a>{credential.password}..%2F?#;\n\n" +
		`{"a":"<x\"&</a>{credential.password}..%2F?#;>","b":[1.0,"{}"],"{k}":{"{k}":"{k}"}}`
	if diff := cmp.Diff(want, p.wire.asked[0]); diff != "" {
		t.Error(diff)
	}
	if v := values(got)["access_token"]; v != "{credential.password}" {
		t.Errorf("a token is looked into: %q", v)
	}
	// What can't stand where it has to is refused before anything is sent, and named.
	for _, user := range []string{`a\b`, "..", "a\nb"} {
		var e *auth.Error
		if err := s.Accepts(auth.UserPassword(user, "p")); !errors.As(err, &e) || e.Field != "values.user" {
			t.Errorf("%q: %v", user, err)
		}
		p := &script{}
		if _, err := s.Renew(t.Context(), p.call(), auth.UserPassword(user, "p")); !errors.As(err, &e) || len(p.wire.asked) > 0 {
			t.Errorf("%q: %v after %d requests", user, err, len(p.wire.asked))
		}
	}
}

func TestLoginExpiries(t *testing.T) {
	t.Parallel()
	jwt := jwtOf(`{"exp":1777899600}`)
	for name, tt := range map[string]struct {
		e    auth.LoginExpiry
		body string
		want time.Time
	}{
		"seconds":    {auth.LoginExpiry{Path: "e"}, `{"t":"x","e":60}`, noon.Add(time.Minute)},
		"epoch":      {auth.LoginExpiry{Path: "e", Form: auth.ExpiryEpoch}, `{"t":"x","e":"1777899600"}`, noon.Add(time.Hour)},
		"duration":   {auth.LoginExpiry{Path: "e", Form: auth.ExpiryDuration}, `{"t":"x","e":"24h"}`, noon.Add(24 * time.Hour)},
		"jwt":        {auth.LoginExpiry{Form: auth.ExpiryJWT}, `{"t":"` + jwt + `"}`, noon.Add(time.Hour)},
		"redirect":   {auth.LoginExpiry{From: auth.FromRedirect, Path: "expires_in"}, `{"t":"x"}`, noon.Add(time.Second * 90)},
		"missing":    {auth.LoginExpiry{Path: "e"}, `{"t":"x"}`, noon.Add(time.Minute * 5)},
		"unreadable": {auth.LoginExpiry{Path: "e", Form: auth.ExpiryISO}, `{"t":"x","e":"soon"}`, noon.Add(time.Minute * 5)},
	} {
		s := plainLogin()
		s.Lifetime = auth.Duration(5 * time.Minute)
		s.Steps[0].Answer = auth.LoginAnswer{Values: token("t"), Expires: &tt.e}
		p := &script{replies: []reply{{status: 200, body: tt.body, headers: []string{"Location: /next?expires_in=90"}}}}
		old := auth.UserPassword("u", "p")
		old.Values["access_token"], old.Expires = secret.New("old"), noon
		got, err := s.Renew(t.Context(), p.call(), old)
		if err != nil || !got.Expires.Equal(tt.want) {
			t.Errorf("%s: expires %v (%v), want %v", name, got.Expires, err, tt.want)
		}
	}
}

// TestLoginText takes a token out of plain text, with its prefix, from an answer that redirects, and the end of it from a
// cookie.
func TestLoginText(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{{
		URL: "https://id.example.com/login", Text: "{credential.user}\n{credential.password}",
		Answer: auth.LoginAnswer{Format: auth.FormatText, Values: []auth.LoginValue{{Name: "access_token", Prefix: "token="}}, Statuses: []int{302},
			Expires: &auth.LoginExpiry{From: auth.FromCookie, Path: "sid"}},
	}}}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	p := &script{replies: []reply{{status: 302, headers: []string{"Location: https://evil.example/", "Set-Cookie: sid=1; Expires=Mon, 04 May 2026 13:00:00 GMT"}, body: " token=t-0123\n"}}}
	got, err := s.Renew(t.Context(), p.call(), auth.UserPassword("u", "{credential.user}"))
	if err != nil || values(got)["access_token"] != "t-0123" || !got.Expires.Equal(noon.Add(time.Hour)) {
		t.Fatalf("got %v, %v, %v", values(got), got.Expires, err)
	}
	if want := "POST https://id.example.com/login\nAccept: text/plain, */*\nContent-Type: text/plain; charset=utf-8\n\nu\n{credential.user}"; len(p.wire.asked) != 1 || p.wire.asked[0] != want {
		t.Errorf("asked %q", p.wire.asked)
	}
}

func TestLoginSendsNothing(t *testing.T) {
	t.Parallel()
	p := &script{}
	call := p.call()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var unsent *auth.TokenError
	if _, err := plainLogin().Renew(ended, call, auth.UserPassword("u", "p")); !errors.As(err, &unsent) || unsent.Cause != auth.TokenUnsent || !errors.Is(err, context.Canceled) {
		t.Errorf("with an ended ctx: %v", err)
	}
	withoutParameter := plainLogin()
	withoutParameter.Steps[0].Headers = map[string]string{"X-A": "{nobody}"}
	spaced, paired, tokenless := plainLogin(), plainLogin(), plainLogin()
	spaced.Steps[0].Headers = map[string]string{"X-A": "{credential.user}"}
	paired.Steps[0].Basic = &auth.LoginPair{User: "{credential.user}"}
	none := call
	none.HTTP = nil
	for field, try := range map[string]func() error{
		"values.user": func() error { _, err := plainLogin().Renew(t.Context(), call, auth.UserPassword("", "p")); return err },
		"kind": func() error {
			_, err := (auth.Login{Steps: []auth.LoginStep{{URL: "https://a.example"}}}).Renew(t.Context(), call, auth.Credential{})
			return err
		},
		`steps[0].headers."X-A"`: func() error {
			_, err := withoutParameter.Renew(t.Context(), call, auth.UserPassword("u", "p"))
			return err
		},
		`steps[0].headers."X-A" `: func() error { _, err := spaced.Renew(t.Context(), call, auth.UserPassword("u ", "p")); return err },
		"steps[0].basic.user":     func() error { _, err := paired.Renew(t.Context(), call, auth.UserPassword("u:", "p")); return err },
		"http":                    func() error { _, err := plainLogin().Renew(t.Context(), none, auth.UserPassword("u", "p")); return err },
		"values.access_token":     func() error { return plainLogin().Authorize(t.Context(), &http.Request{}, auth.UserPassword("u", "p")) },
		"values.password":         func() error { return plainLogin().Accepts(auth.UserPassword("u", "")) },
	} {
		var e *auth.Error
		if err := try(); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
	if len(p.wire.asked) > 0 {
		t.Errorf("asked %q", p.wire.asked)
	}
	// A definition that wasn't validated can bring no token; the one of before doesn't stand for it.
	tokenless.Steps[0].Answer.Values[0].Optional = true
	have := auth.UserPassword("u", "p")
	have.Values["access_token"] = secret.New("old")
	p = &script{replies: []reply{{status: 200, body: "{}"}}}
	if got, err := tokenless.Renew(t.Context(), p.call(), have); err == nil {
		t.Errorf("got %v", values(got))
	}
}

// TestLoginCarriesItsOwnToken shows that what a person logs in with is never sent in place of what the login brought.
func TestLoginCarriesItsOwnToken(t *testing.T) {
	t.Parallel()
	s := auth.Login{Steps: []auth.LoginStep{{URL: "https://id.example.com", Form: map[string]string{"t": "{credential.token}"}, Answer: auth.LoginAnswer{Values: token("t")}}}}
	for _, use := range []auth.Scheme{nil, auth.Bearer{}, auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-A", Field: "token"}}}} {
		s.Use = use
		c := auth.Token("a-personal-token")
		c.Values["access_token"] = secret.New("a-session-token")
		r, _ := http.NewRequest(http.MethodGet, "https://api.example.com", nil)
		if err := s.Authorize(t.Context(), r, c); err != nil || r.Header.Get("Authorization") != "Bearer a-session-token" || r.Header.Get("X-A") == "a-personal-token" {
			t.Errorf("%v: %v", r.Header, err)
		}
	}
}

func TestLoginKeepsTheContract(t *testing.T) {
	t.Parallel()
	ready := auth.UserPassword("somebody@example.com", "pass:word 0123")
	ready.Values["access_token"] = secret.New("acc-0123456789")
	alone := auth.Fields(map[string]string{"access_token": "acc-0123456789"})
	kept := ready.Clone()
	kept.Values["csrf"] = secret.New("csrf-0123456789")
	other := plainLogin()
	other.Use = auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InCookie, Name: "sid", Field: "access_token"}, auth.Key{In: auth.InBody, Name: "csrf", Field: "csrf"}}}
	app := auth.Installation()
	app.Values = map[string]secret.String{"access_token": secret.New("ghs-0123456789")}
	tenants := auth.ClientKey("Iv1.0123456789", "", "a private key 0123")
	tenants.Values["access_token"] = secret.New("ghs-0123456789")
	plain := plainLogin()
	for name, tt := range map[string]struct {
		scheme auth.Scheme
		o      authtest.Options
	}{
		"login":         {plain, authtest.Options{Good: []auth.Credential{ready, alone}, Bad: []auth.Credential{auth.Token("tok-0123456789"), auth.UserPassword("u", ""), {}}}},
		"login pointer": {&plain, authtest.Options{Good: []auth.Credential{ready}, Bad: []auth.Credential{auth.Token("tok-0123456789")}}},
		"login, kept":   {other, authtest.Options{Good: []auth.Credential{kept}, Bad: []auth.Credential{alone}}},
		"full":          {fullLogin(), authtest.Options{Good: []auth.Credential{kept}, Bad: []auth.Credential{alone}}},
		"in any": {auth.Any{Schemes: []auth.Scheme{plain, auth.Key{Name: "X-Api-Key", Field: "key"}}},
			authtest.Options{Good: []auth.Credential{ready, auth.APIKey("key-0123456789")}, Bad: []auth.Credential{auth.Token("tok-0123456789")}}},
		"github app": {auth.GitHubApp{}, authtest.Options{Good: []auth.Credential{app, tenants}, Bad: []auth.Credential{auth.Token("tok-0123456789"), alone, auth.Grant("a-0123456789", "", time.Time{})}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			authtest.Scheme(t, tt.scheme, tt.o)
		})
	}
}
