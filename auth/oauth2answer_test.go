package auth_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// jwtOf makes a token with that payload, signed by nobody.
func jwtOf(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

// clear is a credential as a map, to compare.
func clear(c auth.Credential) map[string]any {
	m := map[string]any{"kind": c.Kind}
	for name, v := range c.Values {
		m[name] = v.Reveal()
	}
	if !c.Expires.IsZero() {
		m["expires"] = c.Expires.Sub(noon).String()
	}
	if len(c.Scopes) > 0 {
		m["scopes"] = strings.Join(c.Scopes, " ")
	}
	for name, v := range c.Extra {
		m["extra."+name] = v
	}
	return m
}

func TestTokenAnswers(t *testing.T) {
	t.Parallel()
	exp := jwtOf(`{"exp":1777899600}`) // 13:00
	tests := []struct {
		name   string
		answer auth.TokenAnswer
		body   string
		want   map[string]any // beside kind and what was there before
	}{
		{"whole", auth.TokenAnswer{}, `{"access_token":"a","refresh_token":"r","expires_in":3600,"scope":"x y","token_type":"bearer","id_token":"i"}`,
			map[string]any{"access_token": "a", "refresh_token": "r", "expires": "1h0m0s", "scopes": "x y", "extra.token_type": "bearer", "id_token": "i"}},
		{"least", auth.TokenAnswer{}, `{"access_token":"a"}`, map[string]any{"access_token": "a"}},
		{"form", auth.TokenAnswer{}, "access_token=a%2Bb&expires_in=60&scope=repo%2Cgist&token_type=bearer&x", map[string]any{
			"access_token": "a+b", "expires": "1m0s", "scopes": "repo gist", "extra.token_type": "bearer"}},
		{"twice", auth.TokenAnswer{}, `{"access_token":"b","access_token":"a"}`, map[string]any{"access_token": "a"}},
		{"form with odd bytes", auth.TokenAnswer{}, "access_token=a&token_type=%ff&id_token=%ff&scope=%ff+x&%ff=%ff", map[string]any{"access_token": "a", "scopes": "x"}},
		{"form twice", auth.TokenAnswer{}, `access_token=b&access_token=a`, map[string]any{"access_token": "a"}},
		{"null", auth.TokenAnswer{}, `{"access_token":"a","refresh_token":null,"expires_in":null,"scope":null,"error":null}`, map[string]any{"access_token": "a"}},
		{"empty", auth.TokenAnswer{}, `{"access_token":"a","refresh_token":"","scope":"","error":"","token_type":""}`, map[string]any{"access_token": "a"}},
		{"false error", auth.TokenAnswer{}, `{"access_token":"a","error":false}`, map[string]any{"access_token": "a"}},
		{"scope list", auth.TokenAnswer{}, `{"access_token":"a","scope":["x","y z",1,""]}`, map[string]any{"access_token": "a", "scopes": "x y z"}},
		{"text", auth.TokenAnswer{}, `{"access_token":"a","expires_in":"3600"}`, map[string]any{"access_token": "a", "expires": "1h0m0s"}},
		{"fraction", auth.TokenAnswer{}, `{"access_token":"a","expires_in":1.5}`, map[string]any{"access_token": "a", "expires": "1.5s"}},
		{"negative", auth.TokenAnswer{}, `{"access_token":"a","expires_in":-1}`, map[string]any{"access_token": "a"}},
		{"zero", auth.TokenAnswer{}, `{"access_token":"a","expires_in":0}`, map[string]any{"access_token": "a"}},
		{"huge", auth.TokenAnswer{}, `{"access_token":"a","expires_in":1e300}`, map[string]any{"access_token": "a"}},
		{"beyond numbers", auth.TokenAnswer{}, `{"access_token":"a","expires_in":1e999}`, map[string]any{"access_token": "a"}},
		{"no number", auth.TokenAnswer{}, `{"access_token":"a","expires_in":"NaN"}`, map[string]any{"access_token": "a"}},
		{"infinite", auth.TokenAnswer{}, `{"access_token":"a","expires_in":"Inf"}`, map[string]any{"access_token": "a"}},
		{"odd", auth.TokenAnswer{}, `{"access_token":"a","expires_in":{}}`, map[string]any{"access_token": "a"}},
		{"epoch", auth.TokenAnswer{Expiry: auth.ExpiryEpoch}, `{"access_token":"a","expires_in":1777899600}`, map[string]any{"access_token": "a", "expires": "1h0m0s"}},
		{"epoch ms", auth.TokenAnswer{Expiry: auth.ExpiryEpochMillis}, `{"access_token":"a","expires_in":"1777899600500"}`,
			map[string]any{"access_token": "a", "expires": "1h0m0.5s"}},
		{"epoch beyond", auth.TokenAnswer{Expiry: auth.ExpiryEpoch}, `{"access_token":"a","expires_in":1e18}`, map[string]any{"access_token": "a"}},
		{"iso", auth.TokenAnswer{Expiry: auth.ExpiryISO}, `{"access_token":"a","expires_in":"2026-05-04T15:00:00+02:00"}`, map[string]any{"access_token": "a", "expires": "1h0m0s"}},
		{"iso without zone", auth.TokenAnswer{Expiry: auth.ExpiryISO}, `{"access_token":"a","expires_in":"2026-05-04 13:00:00"}`, map[string]any{"access_token": "a", "expires": "1h0m0s"}},
		{"iso odd", auth.TokenAnswer{Expiry: auth.ExpiryISO}, `{"access_token":"a","expires_in":"tomorrow"}`, map[string]any{"access_token": "a"}},
		{"iso before time", auth.TokenAnswer{Expiry: auth.ExpiryISO}, `{"access_token":"a","expires_in":"0000-01-01T00:00:00+14:00"}`, map[string]any{"access_token": "a"}},
		{"iso after time", auth.TokenAnswer{Expiry: auth.ExpiryISO}, `{"access_token":"a","expires_in":"9999-12-31T23:59:59-14:00"}`, map[string]any{"access_token": "a"}},
		{"duration", auth.TokenAnswer{Expiry: auth.ExpiryDuration}, `{"access_token":"a","expires_in":"24h"}`, map[string]any{"access_token": "a", "expires": "24h0m0s"}},
		{"days", auth.TokenAnswer{Expiry: auth.ExpiryDuration}, `{"access_token":"a","expires_in":"30d"}`, map[string]any{"access_token": "a", "expires": "720h0m0s"}},
		{"duration odd", auth.TokenAnswer{Expiry: auth.ExpiryDuration}, `{"access_token":"a","expires_in":"-3h"}`, map[string]any{"access_token": "a"}},
		{"jwt", auth.TokenAnswer{Expiry: auth.ExpiryJWT}, `{"access_token":"` + exp + `","expires_in":1}`, map[string]any{"access_token": exp, "expires": "1h0m0s"}},
		{"no jwt", auth.TokenAnswer{Expiry: auth.ExpiryJWT}, `{"access_token":"a.b.c"}`, map[string]any{"access_token": "a.b.c"}},
		{"elsewhere", auth.TokenAnswer{AccessToken: "data.tokens[0].value", RefreshToken: "data.again", ExpiresIn: "data.ttl", Scope: "data.rights",
			TokenType: "data.type", IDToken: "who", Success: "ok", SuccessValues: []string{"1"}},
			`{"ok":1,"data":{"tokens":[{"value":"a"}],"again":"r","ttl":1,"rights":"x","type":"user"},"who":"i"}`,
			map[string]any{"access_token": "a", "refresh_token": "r", "expires": "1s", "scopes": "x", "extra.token_type": "user", "id_token": "i"}},
		{"ok", auth.TokenAnswer{Success: "ok"}, `{"ok":true,"access_token":"a"}`, map[string]any{"access_token": "a"}},
		{"number is no error", auth.TokenAnswer{Error: "errcode"}, `{"errcode":0,"access_token":"a"}`, map[string]any{"access_token": "a"}},
		{"long identity", auth.TokenAnswer{}, `{"access_token":"a","id_token":"` + strings.Repeat("i", 17<<10) + `"}`, map[string]any{"access_token": "a"}},
	}
	for _, tt := range tests {
		s, w := codeFlow(), &wire{body: tt.body, header: http.Header{"Content-Type": {"text/html"}}}
		s.Answer = tt.answer
		before := auth.Grant("old-a", "old-r", noon.Add(-time.Hour), "old")
		before.Extra = map[string]string{"kept": "yes"}
		want := map[string]any{"kind": "oauth2", "refresh_token": "old-r", "scopes": "old", "extra.kept": "yes"}
		for name, v := range tt.want {
			want[name] = v
		}
		if err := s.Validate(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got, err := s.Renew(t.Context(), w.call(), before)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(want, clear(got)); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
		if before.Values["access_token"].Reveal() != "old-a" || len(before.Extra) != 1 || len(before.Scopes) != 1 {
			t.Errorf("%s: the credential that was given is changed", tt.name)
		}
	}
}

func TestExpiryIsCountedFromSending(t *testing.T) {
	t.Parallel()
	s, w := codeFlow(), &wire{body: `{"access_token":"a","expires_in":60}`}
	call, now := w.call(), noon
	call.Now = func() time.Time { now = now.Add(10 * time.Second); return now } // each look takes 10 s
	tokens, err := s.Exchange(t.Context(), call, codeExchange())
	if err != nil || !tokens.Credential.Expires.Equal(noon.Add(70*time.Second)) {
		t.Errorf("the token expires at %v (%v)", tokens.Credential.Expires, err)
	}
	s.Lifetime = auth.Duration(time.Hour)
	w = &wire{}
	tokens, err = s.Exchange(t.Context(), w.call(), codeExchange())
	if err != nil || !tokens.Credential.Expires.Equal(noon.Add(time.Hour)) {
		t.Errorf("an answer without expiry lives until %v (%v)", tokens.Credential.Expires, err)
	}
}

func TestGrantedScopes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ body, asked, want string }{
		{`{"access_token":"a"}`, "", "read write"},
		{`{"access_token":"a"}`, "one", "one"},
		{`{"access_token":"a","scope":"less"}`, "one", "less"},
	} {
		q := codeExchange()
		if tt.asked != "" {
			q.Scopes = []string{tt.asked}
		}
		w := &wire{body: tt.body}
		tokens, err := codeFlow().Exchange(t.Context(), w.call(), q)
		if err != nil || strings.Join(tokens.Credential.Scopes, " ") != tt.want {
			t.Errorf("%+v: got %v (%v)", tt, tokens.Credential.Scopes, err)
		}
	}
}

func TestCapture(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.TokenURL = "https://{shop}.example.com/token"
	s.Capture = []auth.Capture{
		{Parameter: "shop", From: auth.CaptureCallback, Pattern: "[a-z]{1,20}"},
		{Parameter: "team", Path: "team.id", Pattern: "[0-9]+"},
		{Parameter: "region", Pattern: "eu|us", Optional: true},
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	do := func(callback url.Values, body string) (auth.Tokens, *wire, error) {
		w, q := &wire{body: body, header: http.Header{"Date": {"Mon, 04 May 2026 11:59:00 GMT"}}}, codeExchange()
		q.Callback = callback
		tokens, err := s.Exchange(t.Context(), w.call(), q)
		return tokens, w, err
	}
	tokens, w, err := do(url.Values{"shop": {"acme"}}, `{"access_token":"a","team":{"id":12},"region":"eu"}`)
	if err != nil || !strings.HasPrefix(w.asked[0], "POST https://acme.example.com/token") {
		t.Fatalf("asked %q: %v", w.asked, err)
	}
	if diff := cmp.Diff(map[string]string{"shop": "acme", "team": "12", "region": "eu"}, tokens.Parameters); diff != "" {
		t.Error(diff)
	}
	if !tokens.Date.Equal(noon.Add(-time.Minute)) {
		t.Errorf("the provider's clock said %v", tokens.Date)
	}
	if tokens, _, err = do(url.Values{"shop": {"acme"}}, `{"access_token":"a","team":{"id":"12"}}`); err != nil || len(tokens.Parameters) != 2 {
		t.Errorf("an optional value that is absent: %v, %v", tokens.Parameters, err)
	}
	for _, callback := range []url.Values{nil, {"shop": {""}}, {"shop": {"acme", "evil"}}, {"shop": {"acme.evil"}}, {"shop": {"acme\n"}},
		{"shop": {"ACME"}}, {"shop": {strings.Repeat("a", 2000)}}} {
		var e *auth.Error
		if _, w, err := do(callback, `{"access_token":"a","team":{"id":12}}`); !errors.As(err, &e) || e.Field != "callback.shop" || len(w.asked) > 0 {
			t.Errorf("%v: got %v after %d requests", callback, err, len(w.asked))
		}
	}
	for _, body := range []string{`{"access_token":"a"}`, `{"access_token":"a","team":{"id":"x"}}`, `{"access_token":"a","team":{"id":[1]}}`,
		`{"access_token":"a","team":{"id":1},"region":"asia"}`} {
		var e *auth.TokenError
		if _, _, err := do(url.Values{"shop": {"acme"}}, body); !errors.As(err, &e) || e.Cause != auth.TokenInDoubt {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

func TestIntrospect(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.IntrospectURL = "https://id.example.com/introspect"
	c := auth.Grant("old-access", "", time.Time{})
	w := &wire{body: `{"active":true,"scope":"a b","client_id":"c","username":"u","token_type":"t","sub":"s","iss":"i","aud":["x","y"],"exp":1777899600,"iat":1777896000}`}
	got, err := s.Introspect(t.Context(), w.call(), c)
	want := auth.Introspection{Active: true, Scopes: []string{"a", "b"}, ClientID: "c", Username: "u", TokenType: "t", Subject: "s", Issuer: "i",
		Audience: []string{"x", "y"}, Expires: noon.Add(time.Hour), Issued: noon}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
	w = &wire{body: `{"active":false,"sub":"s"}`}
	if got, err := s.Introspect(t.Context(), w.call(), c); err != nil || cmp.Diff(auth.Introspection{}, got) != "" {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, body := range []string{`{}`, `{"active":"yes"}`, `<html>`} {
		w = &wire{body: body}
		var e *auth.TokenError
		if _, err := s.Introspect(t.Context(), w.call(), c); !errors.As(err, &e) || e.Cause != auth.TokenInDoubt || e.Op != "introspect" {
			t.Errorf("%s: got %v", body, err)
		}
	}
	if _, err := codeFlow().Introspect(t.Context(), w.call(), c); err == nil {
		t.Error("a definition without introspection asks")
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.RevokeURL = "https://id.example.com/revoke"
	both := auth.Grant("old-access", "old-refresh", time.Time{})
	for _, tt := range []struct {
		status int
		body   string
		asked  int
		cause  auth.TokenCause // "": no error
	}{
		{200, "-", 2, ""}, {204, "-", 2, ""}, {200, "<html>", 2, ""}, {200, `{"ok":true}`, 2, ""},
		{400, `{"error":"invalid_token"}`, 2, ""},
		{400, `{"error":"unsupported_token_type"}`, 2, auth.TokenRejected},
		{503, "-", 2, auth.TokenUnavailable}, {401, `{"error":"invalid_client"}`, 2, auth.TokenApp},
		{200, `{"error":"invalid_client"}`, 2, auth.TokenApp},
	} {
		w := &wire{status: tt.status, body: tt.body}
		err := s.Revoke(t.Context(), w.call(), both)
		var e *auth.TokenError
		if tt.cause == "" && err != nil || tt.cause != "" && (!errors.As(err, &e) || e.Cause != tt.cause || e.Op != "revoke") || len(w.asked) != tt.asked {
			t.Errorf("%d %s: got %v after %d requests", tt.status, tt.body, err, len(w.asked))
		}
	}
	w := &wire{status: 400, body: `{"error":"unsupported_token_type"}`}
	if err := s.Revoke(t.Context(), w.call(), auth.Grant("old-access", "", time.Time{})); err != nil {
		t.Errorf("an access token that can't be revoked: %v", err)
	}
	w = &wire{}
	if err := s.Revoke(t.Context(), w.call(), auth.Grant("", "", time.Time{})); err != nil || len(w.asked) > 0 {
		t.Errorf("nothing to revoke: %v", err)
	}
}
