package auth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// appKey makes an App's private key as GitHub hands it out, in PKCS #1.
func appKey(t *testing.T) (text string, public *rsa.PublicKey) {
	t.Helper()
	key := must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	return inPEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)), &key.PublicKey
}

func TestGitHubApp(t *testing.T) {
	t.Parallel()
	key, public := appKey(t)
	const made = `{"token":"ghs_16C7e42F292c6912E7710c838347Ae178B4a","expires_at":"2026-05-04T13:00:00Z","permissions":{"issues":"write"}}`
	for name, tt := range map[string]struct {
		scheme auth.GitHubApp
		cred   auth.Credential
		issuer string
		asked  string // but for the JWT
	}{
		"platform's": {auth.GitHubApp{}, auth.Installation(), "Iv1.8a61f9b3a7aba766",
			"POST https://api.github.com/app/installations/41%2F2/access_tokens\nAccept: application/vnd.github+json\nAuthorization: Bearer JWT\nX-Github-Api-Version: 2022-11-28\n\n"},
		"tenant's, limited": {auth.GitHubApp{BaseURL: "https://{host}.example.com/api/v3/", Installation: "installation", Repositories: []string{"Hello-World", ".github"},
			Permissions: map[string]string{"issues": "write", "contents": "read"}}, auth.ClientKey("12345", "", key), "12345",
			"POST https://erp.example.com/api/v3/app/installations/7/access_tokens\nAccept: application/vnd.github+json\nAuthorization: Bearer JWT\n" +
				"Content-Type: application/json\nX-Github-Api-Version: 2022-11-28\n\n" +
				`{"permissions":{"contents":"read","issues":"write"},"repositories":["Hello-World",".github"]}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.scheme.Validate(); err != nil {
				t.Fatal(err)
			}
			if how := tt.scheme.Renewal(tt.cred); tt.scheme.Accepts(tt.cred) != nil || !how.Possible || how.Spends {
				t.Errorf("renewal %+v, accepts %v", how, tt.scheme.Accepts(tt.cred))
			}
			s := &script{replies: []reply{{status: 201, body: made}}}
			call := s.call()
			call.Client = auth.Client{ID: "Iv1.8a61f9b3a7aba766", Key: secret.New(key)}
			call.Parameters["installation_id"], call.Parameters["installation"] = "41/2", "7"
			got, err := tt.scheme.Renew(t.Context(), call, tt.cred)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, _ := strings.Cut(s.wire.asked[0], "Bearer ")
			assertion, _, _ := strings.Cut(rest, "\n")
			if diff := cmp.Diff(tt.asked, strings.Replace(s.wire.asked[0], assertion, "JWT", 1)); diff != "" {
				t.Error(diff)
			}
			claims := jwt.MapClaims{}
			if _, err := jwt.ParseWithClaims(assertion, claims, func(*jwt.Token) (any, error) { return public, nil },
				jwt.WithValidMethods([]string{"RS256"}), jwt.WithTimeFunc(func() time.Time { return noon })); err != nil {
				t.Error(err)
			}
			want := jwt.MapClaims{"iss": tt.issuer, "iat": float64(noon.Unix() - 60), "exp": float64(noon.Unix() + 540)}
			if diff := cmp.Diff(want, claims); diff != "" {
				t.Error(diff)
			}
			if v := values(got)["access_token"]; v != "ghs_16C7e42F292c6912E7710c838347Ae178B4a" || !got.Expires.Equal(noon.Add(time.Hour)) || got.Kind != tt.cred.Kind {
				t.Errorf("got %q, %v, %q", v, got.Expires, got.Kind)
			}
		})
	}
}

func TestGitHubAppFailures(t *testing.T) {
	t.Parallel()
	key, _ := appKey(t)
	for status, cause := range map[int]auth.TokenCause{401: auth.TokenApp, 403: auth.TokenRejected, 404: auth.TokenRefused, 422: auth.TokenRejected, 502: auth.TokenUnavailable} {
		s := &script{replies: []reply{{status: status, body: `{"message":"no"}`}}}
		call := s.call()
		call.Client = auth.Client{ID: "1", Key: secret.New(key)}
		call.Parameters["installation_id"] = "2"
		var e *auth.TokenError
		_, err := auth.GitHubApp{}.Renew(t.Context(), call, auth.Installation())
		if !errors.As(err, &e) || e.Cause != cause || e.Description != "no" {
			t.Errorf("status %d: %v", status, err)
		}
	}
	for field, client := range map[string]auth.Client{"client.key": {ID: "1", Key: secret.New("no key at all")}, "client.key ": {ID: "1"}, "client.key  ": {Key: secret.New(key)}} {
		s := &script{}
		call := s.call()
		call.Client = client
		var e *auth.Error
		if _, err := (auth.GitHubApp{}).Renew(t.Context(), call, auth.Installation()); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) || strings.Contains(err.Error(), "no key at all") {
			t.Errorf("%v", err)
		}
	}
	many := map[string]string{"Contents": "read"}
	for field, s := range map[string]auth.GitHubApp{
		"base_url": {BaseURL: "api.github.com"}, "base_url ": {BaseURL: "https://a.example/?x=1"}, "base_url  ": {BaseURL: "https://${env.HOST}"},
		"installation": {Installation: "a.b"}, "repositories": {Repositories: []string{"a/b"}}, `permissions."Contents"`: {Permissions: many},
		"use": {Use: auth.None{}}, "use.field": {Use: auth.Key{Name: "a"}},
	} {
		var e *auth.Error
		if err := s.Validate(); !errors.As(err, &e) || e.Field != strings.TrimSpace(field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, "https://api.github.com", nil)
	if err := (auth.GitHubApp{}).Authorize(t.Context(), r, auth.Installation()); err == nil {
		t.Error("signs without a token")
	}
}
