package auth_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
)

// pemOf writes a private key in PEM.
func pemOf(t testing.TB, k crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func newRSA(t testing.TB, bits int) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newECOn(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// keyed are fields with a key beside others.
func keyed(name, key string, more map[string]string) auth.Credential {
	values := map[string]string{"key": "key-0123456789", name: key}
	maps.Copy(values, more)
	return auth.Fields(values)
}

// formRequest has a form in its body, and a name in it twice.
func formRequest() *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.example.com/v1?a=%C3%A4&oauth_nonce2=1",
		strings.NewReader("a=1&b=%C3%A4+x&a=2"))
	if err != nil {
		panic(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	return r
}

func TestSignersKeepTheContract(t *testing.T) {
	t.Parallel()
	hmac := keyed("secret", "sec-0123456789", nil)
	rsaPEM, edPEM, ecPEM := pemOf(t, newRSA(t, 2048)), pemOf(t, newEd(t)), pemOf(t, newEC(t))
	bad := []auth.Credential{auth.Token("tok-0123456789"), keyed("secret", "", nil), keyed("private_key", "no key", nil),
		keyed("private_key", pemOf(t, newECOn(t, elliptic.P224())), nil)}
	sent := map[string]string{"Authorization": "HMAC {key}:{signature}", "x-time": "{timestamp}", "X-Nonce": "{nonce}"}
	fixed := map[string]string{"authorization": "HMAC {key}:{signature}"}
	three := auth.Fields(map[string]string{"consumer_key": "con-0123456789", "consumer_secret": "cse-0123456789",
		"token": "tok-0123456789", "token_secret": "tse-0123456789", "account": "1234567_SB1"})
	two := auth.Fields(map[string]string{"consumer_key": "con-0123456789", "consumer_secret": "cse-0123456789"})
	rsa1 := auth.Fields(map[string]string{"consumer_key": "con-0123456789", "private_key": rsaPEM, "token": "tok-0123456789"})
	tests := []struct {
		name   string
		scheme auth.Scheme
		o      authtest.Options
	}{
		{"hmac", auth.Signature{Payload: "{method}{target}{timestamp}{nonce}{sha256(body)}", Headers: sent},
			authtest.Options{Good: []auth.Credential{hmac}, Bad: bad, Varies: true}},
		{"hmac fixed", auth.Signature{Algorithm: auth.SignHMACSHA1, Payload: "{method}\n{sorted_query}\n{body}\n{header.X-Other}\n{host}{path}{url}",
			Headers: fixed, Output: auth.OutputBase64}, authtest.Options{Good: []auth.Credential{hmac}, Bad: bad}},
		{"hmac query", auth.Signature{Algorithm: auth.SignHMACSHA512, Payload: "{query}{body}", Query: map[string]string{
			"sig n": "{signature}", "ts": "{now('20060102')}", "api[key]": "{key}"}, Output: auth.OutputHexUpper},
			authtest.Options{Good: []auth.Credential{hmac}, Bad: bad, Request: formRequest}},
		{"ed25519", auth.Signature{Algorithm: auth.SignEd25519, Payload: "{key}{body}", Headers: fixed},
			authtest.Options{Good: []auth.Credential{keyed("private_key", edPEM, nil)}, Bad: append(bad, keyed("private_key", rsaPEM, nil))}},
		{"rsa", auth.Signature{Algorithm: auth.SignRSASHA256, Payload: "{body}", Headers: sent, Output: auth.OutputBase64URL},
			authtest.Options{Good: []auth.Credential{keyed("private_key", rsaPEM, nil)}, Bad: append(bad, keyed("private_key", edPEM, nil)), Varies: true}},
		{"ecdsa", auth.Signature{Algorithm: auth.SignECDSASHA256, Payload: "{body}", Headers: fixed},
			authtest.Options{Good: []auth.Credential{keyed("private_key", ecPEM, nil)}, Bad: bad[:3], Varies: true}},
		{"jwt", auth.JWT{KeyID: "{key}", Claims: map[string]any{"iss": "{key}", "n": []any{int64(1), true, "{sha256(body)}"}, "uri": "{method} {url}"}},
			authtest.Options{Good: []auth.Credential{hmac}, Bad: bad, Varies: true}},
		{"jwt query", auth.JWT{In: auth.InQuery, Name: "jwt", Header: map[string]string{"typ": "at+jwt", "nonce": "{random(8)}"}, Claims: map[string]any{"q": "{query}{target}", "iss": "{key}"}},
			authtest.Options{Good: []auth.Credential{hmac}, Bad: bad, Varies: true}},
		{"jwt body", auth.JWT{Algorithm: "RS256", In: auth.InBody, Name: "token", Claims: map[string]any{"iss": "{key}"}},
			authtest.Options{Good: []auth.Credential{keyed("private_key", rsaPEM, nil)}, Bad: bad, Varies: true}},
		{"jwt ec", auth.JWT{Algorithm: "ES256", Name: "X-Token", Prefix: "t ", KeyID: "{key}"},
			authtest.Options{Good: []auth.Credential{keyed("private_key", ecPEM, nil)}, Bad: append(bad, keyed("private_key", rsaPEM, nil)), Varies: true}},
		{"jwt ed", auth.JWT{Algorithm: "EdDSA", Claims: map[string]any{"sub": "{key}"}, NotBefore: true, Backdate: auth.Duration(time.Minute)},
			authtest.Options{Good: []auth.Credential{keyed("private_key", edPEM, nil)}, Bad: bad, Varies: true}},
		{"oauth1", auth.OAuth1{Realm: "{account}"}, authtest.Options{Good: []auth.Credential{three}, Bad: []auth.Credential{two, rsa1}, Varies: true}},
		{"oauth1 form", auth.OAuth1{Method: auth.OAuth1HMACSHA1}, authtest.Options{Good: []auth.Credential{three}, Bad: bad, Varies: true, Request: formRequest}},
		{"oauth1 query", auth.OAuth1{In: auth.InQuery, NoToken: true}, authtest.Options{Good: []auth.Credential{three, two}, Bad: bad, Varies: true}},
		{"oauth1 rsa", auth.OAuth1{Method: auth.OAuth1RSASHA1, NoVersion: true}, authtest.Options{Good: []auth.Credential{rsa1}, Bad: []auth.Credential{two, three}, Varies: true}},
		{"oauth1 plaintext", auth.OAuth1{Method: auth.OAuth1Plaintext}, authtest.Options{Good: []auth.Credential{three}, Bad: []auth.Credential{two}, Varies: true}},
		{"all", auth.All{Schemes: []auth.Scheme{auth.Key{Name: "X-Key"}, auth.Signature{Payload: "{body}{header.X-Key}", Headers: fixed}}},
			authtest.Options{Good: []auth.Credential{hmac}, Bad: bad}},
		{"any", auth.Any{Schemes: []auth.Scheme{auth.OAuth1{}, auth.JWT{}}}, authtest.Options{Good: []auth.Credential{three, hmac}, Bad: bad, Varies: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			authtest.Scheme(t, tt.scheme, tt.o)
		})
	}
}
