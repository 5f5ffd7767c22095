package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// TestCallbackHMACVector: message and secret are those of Shopify's documentation, which gives the digest, too.
func TestCallbackHMACVector(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.CallbackHMAC = "hmac"
	w := &wire{}
	call := w.call()
	call.Client.Secret = secret.New("hush")
	callback := url.Values{"code": {"0907a61c0c8d55e99db179b68161bc00"}, "shop": {"some-shop.myshopify.com"}, "timestamp": {"1337178173"},
		"state": {"0.6784241404160823"}, "hmac": {hexHMAC("hush", "code=0907a61c0c8d55e99db179b68161bc00&shop=some-shop.myshopify.com&state=0.6784241404160823&timestamp=1337178173")}}
	if callback.Get("hmac") != "700e2dadb827fcc8609e9d5ce208b2e9cdaab9df07390d2cbca10d7c328fc4bf" {
		t.Errorf("the digest is %s", callback.Get("hmac"))
	}
	if _, err := s.Exchange(t.Context(), call, auth.CodeExchange{Verifier: verifier, Callback: callback}); err != nil || len(w.asked) != 1 {
		t.Errorf("asked %q, %v", w.asked, err)
	}
}

func hexHMAC(key, text string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestCallbackHMAC(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.CallbackHMAC = "hmac"
	const key = "s+cret/0123"
	good := hexHMAC(key, "code=c&host=YWRtaW4%3D&name=a+b&state=s")
	for _, tt := range []struct {
		name, query, secret string
		ok                  bool
	}{
		{"good", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good, key, true},
		{"in capitals", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + strings.ToUpper(good), key, true},
		{"none", "code=c&state=s", key, false},
		{"empty", "code=c&state=s&hmac=", key, false},
		{"no hexadecimal", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good[:63] + "x", key, false},
		{"shorter", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good[:62], key, false},
		{"one more", "code=c&state=s&name=a+b&host=YWRtaW4%3D&x=1&hmac=" + good, key, false},
		{"another code", "code=d&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good, key, false},
		{"twice", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good + "&hmac=" + good, key, false},
		{"another secret", "code=c&state=s&name=a+b&host=YWRtaW4%3D&hmac=" + good, "quite-another-secret", false},
		{"no secret", "code=c&hmac=" + hexHMAC("", "code=c"), "", false},
	} {
		q, err := url.ParseQuery(tt.query)
		if err != nil {
			t.Fatal(err)
		}
		w := &wire{}
		call := w.call()
		call.Client.Secret = secret.New(tt.secret)
		_, err = s.Exchange(t.Context(), call, auth.CodeExchange{Verifier: verifier, Callback: q})
		var e *auth.Error
		if tt.ok != (err == nil) || len(w.asked) > 0 != tt.ok || err != nil && (!errors.As(err, &e) || e.Field != "callback.hmac") {
			t.Errorf("%s: asked %d times, %v", tt.name, len(w.asked), err)
		}
		if err != nil && (strings.Contains(err.Error(), good) || tt.secret != "" && strings.Contains(err.Error(), tt.secret)) {
			t.Errorf("%s: the error says a secret: %v", tt.name, err)
		}
		if len(q["hmac"]) == 1 && q.Get("hmac") == "" && tt.ok {
			t.Errorf("%s: the callback was changed", tt.name)
		}
	}
	for _, change := range []func(*auth.OAuth2){
		func(s *auth.OAuth2) { s.CallbackHMAC = "state" },
		func(s *auth.OAuth2) { s.CallbackHMAC = "code" },
		func(s *auth.OAuth2) { s.CallbackHMAC = strings.Repeat("x", 65) },
		func(s *auth.OAuth2) { s.ClientAuth = auth.ClientAuthNone },
		func(s *auth.OAuth2) { s.Grant = auth.GrantClientCredentials },
	} {
		s := s
		change(&s)
		var e *auth.Error
		if err := s.Validate(); !errors.As(err, &e) || e.Field != "callback_hmac" {
			t.Errorf("got %v", err)
		}
	}
}
