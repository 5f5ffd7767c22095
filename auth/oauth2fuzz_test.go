package auth_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// FuzzTokenAnswer reads any answer: what comes of it is a credential that can be kept, or an error that says nothing of
// the tokens.
func FuzzTokenAnswer(f *testing.F) {
	f.Add(200, `{"access_token":"a-token-0123","refresh_token":"r-token-0123","expires_in":"3600","scope":["a"],"id_token":"i","team":1}`, "", "", uint8(0))
	f.Add(200, `access_token=a&expires_in=60&scope=repo%2Cgist`, "", "", uint8(0))
	f.Add(200, `{"ok":false,"error":{"code":"x","message":"\u0000"}}`, "ok", "", uint8(1))
	f.Add(400, `{"error":"invalid_grant","error_description":"r-token-0123"}`, "", "", uint8(2))
	f.Add(401, `[[[[`, "a[0]", "b.c", uint8(3))
	f.Add(200, `{"access_token":"a.eyJleHAiOjF9.b","expires_in":1e999}`, "", "expires_in", uint8(5))
	f.Add(200, `{"access_token":"\ud800"}`, "", "", uint8(4))
	forms := []auth.ExpiryForm{"", auth.ExpiryEpoch, auth.ExpiryEpochMillis, auth.ExpiryISO, auth.ExpiryDuration, auth.ExpiryJWT}
	f.Fuzz(func(t *testing.T, status int, body, success, expires string, form uint8) {
		s := codeFlow()
		s.Answer = auth.TokenAnswer{Success: success, ExpiresIn: expires, Expiry: forms[int(form)%len(forms)]}
		s.Capture = []auth.Capture{{Parameter: "team", Pattern: "[a-z0-9]+", Optional: true}}
		if s.Validate() != nil || status < 200 || status > 599 || body == "" {
			return
		}
		w := &wire{status: status, body: body}
		tokens, err := s.Exchange(t.Context(), w.call(), codeExchange())
		if err != nil {
			var e *auth.TokenError
			if !errors.As(err, &e) || e.Cause == "" || len(e.Code) > 64 || len(e.Description) > 200 {
				t.Fatalf("got %v", err)
			}
			for _, secret := range []string{"a-token-0123", "r-token-0123"} {
				if strings.Contains(body, `"`+secret+`"`) && strings.Contains(err.Error(), secret) && strings.Contains(body, `"access_token":"`+secret) {
					t.Fatalf("an error says a token: %v", err)
				}
			}
			return
		}
		if _, err := tokens.Credential.Encode(); err != nil {
			t.Fatalf("the credential can't be kept: %v", err)
		}
		if e := tokens.Credential.Expires; !e.IsZero() && form%6 == 0 && e.Before(noon) {
			t.Fatalf("expires at %v, before it was asked for", e)
		}
		if err := s.Accepts(tokens.Credential); err != nil && !strings.Contains(err.Error(), "header Authorization") {
			t.Fatalf("the credential can't be used: %v", err)
		}
	})
}

func FuzzCallback(f *testing.F) {
	f.Add("code=c&state=s&iss=https://id.example.com&shop=acme")
	f.Add("error=access_denied&error_description=%3Cscript%3E%00")
	f.Add("code=a&code=b;c=%zz")
	f.Add("code=c&iss=https://id.example.com&shop=a%0d%0ab")
	f.Fuzz(func(t *testing.T, query string) {
		q, _ := url.ParseQuery(query)
		s := codeFlow()
		s.Issuer, s.TokenURL = "https://id.example.com", "https://{shop}.example.com/token"
		s.Capture = []auth.Capture{{Parameter: "shop", From: auth.CaptureCallback, Pattern: "[a-z]+"}}
		if err := s.CheckCallback(q); err != nil {
			var e *auth.CallbackError
			if !errors.As(err, &e) || e.Code == "" && e.Reason == "" && q.Get("error") == "" || len(e.Code) > 64 || len(e.Description) > 200 {
				t.Fatalf("got %#v", err)
			}
			for _, r := range e.Code + e.Description {
				if r < 0x20 || r > 0x7e {
					t.Fatalf("%q isn't printable ASCII", e.Code+e.Description)
				}
			}
			return
		}
		x := codeExchange()
		x.Code, x.Callback = "", q
		w := &wire{}
		tokens, err := s.Exchange(t.Context(), w.call(), x)
		if err != nil {
			return
		}
		shop := tokens.Parameters["shop"]
		if !strings.HasPrefix(w.asked[0], "POST https://"+shop+".example.com/token\n") || strings.Trim(shop, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Fatalf("asked %q", w.asked[0])
		}
		if got := w.form(t)["code"]; len(got) != 1 || got[0] != q.Get("code") {
			t.Fatalf("the code %q arrives as %q", q.Get("code"), got)
		}
	})
}

func FuzzJWTExpiry(f *testing.F) {
	for _, seed := range []string{jwtOf(`{"exp":1777899600}`), jwtOf(`{"exp":-1}`), jwtOf(`{"exp":1e400}`), jwtOf(`{"exp":"1777899600.5"}`), jwtOf(`[]`),
		"a.b.c", "..", "....", jwtOf(strings.Repeat("[", 600)), "e30.e30=.x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		s := codeFlow()
		s.Answer.Expiry = auth.ExpiryJWT
		w := &wire{body: "access_token=" + url.QueryEscape(token)}
		tokens, err := s.Exchange(t.Context(), w.call(), codeExchange())
		if err != nil {
			return
		}
		if e := tokens.Credential.Expires; !e.IsZero() && (e.Year() < 1970 || e.Year() > 2126) {
			t.Fatalf("%q expires at %v", token, e)
		}
		if tokens.Credential.Expires.Equal(time.Time{}) != tokens.Credential.Expires.IsZero() {
			t.Fatal("a zero time that isn't")
		}
	})
}
