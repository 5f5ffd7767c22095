package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// pkcs8 writes a key as PEM.
func pkcs8(t *testing.T, key crypto.Signer) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func must[K crypto.Signer](t *testing.T) func(K, error) K {
	return func(k K, err error) K {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

// asked gives the pairs of the last request's form.
func (w *wire) form(t *testing.T) url.Values {
	t.Helper()
	_, body, _ := strings.Cut(w.asked[len(w.asked)-1], "\n\n")
	values, err := url.ParseQuery(body)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// verified checks a JWT with the public key and gives its claims and header.
func verified(t *testing.T, text, alg string, key any) (claims jwt.MapClaims, header map[string]any) {
	t.Helper()
	token, err := jwt.NewParser(jwt.WithValidMethods([]string{alg}), jwt.WithTimeFunc(func() time.Time { return noon })).
		Parse(text, func(*jwt.Token) (any, error) { return key, nil })
	if err != nil {
		t.Fatal(err)
	}
	return token.Claims.(jwt.MapClaims), token.Header
}

func TestPrivateKeyJWT(t *testing.T) {
	t.Parallel()
	rsaKey := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	p256 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for alg, key := range map[string]crypto.Signer{"": rsaKey, "RS256": rsaKey, "RS384": rsaKey, "RS512": rsaKey, "PS256": rsaKey, "PS384": rsaKey,
		"PS512": rsaKey, "ES256": p256, "ES384": p384, "ES512": p521, "EdDSA": ed} {
		s, w := codeFlow(), &wire{}
		s.ClientAuth, s.Assertion = auth.ClientAuthPrivateKey, &auth.Assertion{Algorithm: alg}
		call := w.call()
		call.Client = auth.Client{ID: "me", Key: secret.New(pkcs8(t, key)), KeyID: "k1"}
		seen := map[any]bool{}
		for range 3 {
			if _, err := s.Exchange(t.Context(), call, codeExchange()); err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			form := w.form(t)
			if alg == "" {
				alg = "RS256"
			}
			claims, header := verified(t, form.Get("client_assertion"), alg, key.Public())
			if id, _ := claims["jti"].(string); len(id) < 20 || seen[id] {
				t.Errorf("%s: the id %q isn't new", alg, id)
			}
			seen[claims["jti"]] = true
			delete(claims, "jti")
			want := jwt.MapClaims{"iss": "me", "sub": "me", "aud": "https://id.example.com/token",
				"iat": float64(noon.Unix()), "exp": float64(noon.Add(5 * time.Minute).Unix())}
			if diff := cmp.Diff(want, claims); diff != "" {
				t.Errorf("%s: %s", alg, diff)
			}
			if diff := cmp.Diff(map[string]any{"alg": alg, "typ": "JWT", "kid": "k1"}, header); diff != "" {
				t.Errorf("%s: %s", alg, diff)
			}
			form.Del("client_assertion")
			if diff := cmp.Diff(url.Values{"client_id": {"me"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
				"grant_type": {"authorization_code"}, "code": {"the/code"}, "code_verifier": {verifier},
				"redirect_uri": {"https://app.example.com/back"}}, form); diff != "" {
				t.Errorf("%s: %s", alg, diff)
			}
		}
	}
}

func TestJWTBearer(t *testing.T) {
	t.Parallel()
	key := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	s := auth.OAuth2{Grant: auth.GrantJWTBearer, TokenURL: "https://{region}.example.com/token", ClientAuth: auth.ClientAuthNone, Scopes: []string{"a", "b"},
		Assertion: &auth.Assertion{Algorithm: "ES256", Subject: "{user}", Lifetime: auth.Duration(time.Hour), Claims: map[string]string{"scope": "a {user}"}}}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	w := &wire{}
	call := w.call()
	call.Client, call.Parameters = auth.Client{}, map[string]string{"region": "eu", "user": "me@example.com"}
	call.Rand = bytes.NewReader(make([]byte, 16))
	c, err := s.Renew(t.Context(), call, auth.ClientKey("service", "k2", pkcs8(t, key)))
	if err != nil || c.Values["access_token"].Reveal() != "new-access-token" || c.Values["private_key"].IsZero() {
		t.Fatal(err, c)
	}
	form := w.form(t)
	claims, header := verified(t, form.Get("assertion"), "ES256", key.Public())
	if diff := cmp.Diff(jwt.MapClaims{"iss": "service", "sub": "me@example.com", "aud": "https://eu.example.com/token", "scope": "a me@example.com",
		"jti": "AAAAAAAAAAAAAAAAAAAAAA", "iat": float64(noon.Unix()), "exp": float64(noon.Add(time.Hour).Unix())}, claims); diff != "" {
		t.Error(diff)
	}
	if header["kid"] != "k2" {
		t.Errorf("the key is %v", header["kid"])
	}
	form.Del("assertion")
	if diff := cmp.Diff(url.Values{"client_id": {"service"}, "grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "scope": {"a b"}}, form); diff != "" {
		t.Error(diff)
	}
	// The random bytes are used up.
	var e *auth.Error
	if _, err := s.Renew(t.Context(), call, c); !errors.As(err, &e) || e.Field != "rand" || !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}

func TestKeysThatCannotSign(t *testing.T) {
	t.Parallel()
	rsaPEM := pkcs8(t, must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)))
	ec := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		alg, key string
		reason   string // "": it can
	}{
		{"", rsaPEM, ""}, {"ES256", pkcs8(t, ec), ""},
		{"ES256", string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: sec1})), ""},
		{"", "", "is missing"}, {"", "no key", "no private key"}, {"", pkcs8(t, ec), "doesn't fit"}, {"ES256", rsaPEM, "doesn't fit"},
		{"ES384", pkcs8(t, ec), "doesn't fit"}, {"EdDSA", rsaPEM, "doesn't fit"},
		{"", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "can't be read"},
		{"", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n", "encrypted"},
	} {
		s, w := codeFlow(), &wire{}
		s.ClientAuth, s.Assertion = auth.ClientAuthPrivateKey, &auth.Assertion{Algorithm: tt.alg}
		call := w.call()
		call.Client.Key = secret.New(tt.key)
		_, err := s.Exchange(t.Context(), call, codeExchange())
		if tt.reason == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.alg, err)
			}
			continue
		}
		var e *auth.Error
		if !errors.As(err, &e) || e.Field != "client.key" || !strings.Contains(e.Reason, tt.reason) || len(w.asked) > 0 {
			t.Errorf("%s, %.40s: got %v", tt.alg, tt.key, err)
		}
	}
}

// TestMutualTLS presents the client's certificate to a server that asks for it.
func TestMutualTLS(t *testing.T) {
	t.Parallel()
	certPEM, keyPEM := pair509(t, newEC(t))
	var got string
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) == 1 {
			got = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: r.TLS.PeerCertificates[0].Raw}))
		}
		body, _ := io.ReadAll(r.Body)
		got += string(body)
		_, _ = io.WriteString(w, `{"access_token":"a"}`)
	}))
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	transport, err := egress.New(egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	s := codeFlow()
	s.TokenURL, s.ClientAuth = server.URL, auth.ClientAuthTLS
	call := auth.TokenCall{HTTP: &http.Client{Transport: transport}, Client: auth.Client{ID: "me", Certificate: certPEM, Key: secret.New(keyPEM)}}
	if _, err := s.Renew(egress.AllowOrigin(t.Context(), server.URL), call, auth.Grant("", "old-refresh", time.Time{})); err != nil {
		t.Fatal(err)
	}
	if want := certPEM + "client_id=me&grant_type=refresh_token&refresh_token=old-refresh"; got != want {
		t.Errorf("the server saw %q", got)
	}
	// Beside a secret, and from a credential that brings both.
	s.ClientAuth, s.Grant, s.AuthorizeURL = auth.ClientAuthBody, auth.GrantClientCredentials, ""
	own := auth.Fields(map[string]string{"client_id": "own", "client_secret": "a-secret-0123", "certificate": certPEM, "private_key": keyPEM})
	own.Kind = "oauth2"
	call.Client = auth.Client{}
	got = ""
	if _, err := s.Renew(egress.AllowOrigin(t.Context(), server.URL), call, own); err != nil {
		t.Fatal(err)
	}
	if want := certPEM + "client_id=own&client_secret=a-secret-0123&grant_type=client_credentials&scope=read+write"; got != want {
		t.Errorf("with a secret, too, the server saw %q", got)
	}
}
