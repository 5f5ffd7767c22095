package auth_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/auth/authtest"
	"github.com/waygate-go/waygate/secret"
)

func TestSchemesKeepTheContract(t *testing.T) {
	t.Parallel()
	token, key := auth.Token("tok-0123456789"), auth.APIKey("key-0123456789")
	pair := auth.UserPassword("somebody@example.com", "pass:word 0123")
	fields := auth.Fields(map[string]string{"api_key": "one-0123456789", "app_key": "two-0123456789"})
	oauth2 := auth.Fields(map[string]string{"access_token": "acc-0123456789", "refresh_token": "ref-0123456789"})
	oauth2.Kind = "oauth2"
	keys := authtest.Options{Good: []auth.Credential{key, token}, Bad: []auth.Credential{pair, fields}}
	form := keys
	form.Request = func() *http.Request {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.example.com/v1",
			strings.NewReader("a=1&b=%C3%A4&a=2"))
		if err != nil {
			panic(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		return r
	}
	client := auth.Certificate(pair509(t, newEC(t)))
	both := auth.Fields(map[string]string{"token": "tok-0123456789"})
	maps.Copy(both.Values, client.Values)
	certs := authtest.Options{Good: []auth.Credential{client, both, auth.Certificate(pair509(t, newEd(t)))}, Bad: []auth.Credential{
		token, pair, auth.Certificate("", ""), auth.Certificate(client.Values["certificate"].Reveal(), "no key")}}
	granted := auth.Grant("acc-0123456789", "ref-0123456789", time.Time{}, "read")
	granted.Values["api_key"] = secret.New("key-0123456789")
	code := codeFlow()
	machine := auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: "https://id.example.com/token"}
	other := code
	other.Use = auth.All{Schemes: []auth.Scheme{auth.Key{Name: "X-Token", Field: "access_token"}, auth.Key{In: auth.InQuery, Name: "k", Field: "api_key"}}}
	tokens := authtest.Options{Good: []auth.Credential{granted, auth.Grant("acc-0123456789", "", time.Time{})},
		Bad: []auth.Credential{token, pair, fields, auth.Grant("", "", time.Time{})}}
	tests := []struct {
		name   string
		scheme auth.Scheme
		o      authtest.Options
	}{
		{"certificate", auth.ClientCertificate{}, certs},
		{"certificate and token", auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.ClientCertificate{}}},
			authtest.Options{Good: []auth.Credential{both}, Bad: []auth.Credential{token, client}}},
		{"certificate or token", auth.Any{Schemes: []auth.Scheme{auth.ClientCertificate{}, auth.Bearer{}}},
			authtest.Options{Good: []auth.Credential{client, both, token}, Bad: []auth.Credential{pair}}},
		{"none", auth.None{}, authtest.Options{Good: []auth.Credential{{}}, Bad: []auth.Credential{token, pair}}},
		{"bearer", auth.Bearer{}, authtest.Options{Good: []auth.Credential{token, key, oauth2}, Bad: []auth.Credential{pair, fields}}},
		{"bearer prefix", auth.Bearer{Prefix: "Zoho-oauthtoken "}, authtest.Options{Good: []auth.Credential{oauth2}, Bad: []auth.Credential{pair}}},
		{"basic", auth.Basic{}, authtest.Options{
			Good: []auth.Credential{pair, token, key, auth.UserPassword("somebody", ""), auth.UserPassword("", "something")},
			Bad:  []auth.Credential{fields, auth.UserPassword("", ""), auth.UserPassword("some:body", "x")}}},
		{"key header", auth.Key{Name: "X-Api-Key"}, keys},
		{"key prefix", auth.Key{Name: "authorization", Prefix: "Token token="}, keys},
		{"key query", auth.Key{In: auth.InQuery, Name: "auth[key]"}, keys},
		{"key cookie", auth.Key{In: auth.InCookie, Name: "session"}, keys},
		{"key json", auth.Key{In: auth.InBody, Name: "api key"}, keys},
		{"key form", auth.Key{In: auth.InBody, Name: "api key"}, form},
		{"key field", auth.Key{In: auth.InQuery, Name: "t", Field: "access_token"},
			authtest.Options{Good: []auth.Credential{oauth2}, Bad: []auth.Credential{key, token, pair}}},
		{"headers", auth.Headers{Values: map[string]string{"DD-API-KEY": "api_key", "dd-application-key": "app_key"}},
			authtest.Options{Good: []auth.Credential{fields}, Bad: []auth.Credential{key, auth.Fields(map[string]string{"api_key": "x"})}}},
		{"all", auth.All{Schemes: []auth.Scheme{
			auth.Key{Name: "X-Api-Key", Field: "api_key"}, auth.Key{In: auth.InBody, Name: "app", Field: "app_key"},
			auth.Key{In: auth.InQuery, Name: "k", Field: "api_key"}, auth.Key{In: auth.InCookie, Name: "c", Field: "app_key"}}},
			authtest.Options{Good: []auth.Credential{fields}, Bad: []auth.Credential{key, pair}}},
		{"oauth2", code, tokens},
		{"oauth2 pointer", &code, tokens},
		{"oauth2 otherwise", other, authtest.Options{Good: []auth.Credential{granted}, Bad: []auth.Credential{token, auth.Grant("acc-0123456789", "", time.Time{})}}},
		{"oauth2 client credentials", machine, authtest.Options{Good: []auth.Credential{granted}, Bad: []auth.Credential{token}}},
		{"oauth2 and key", auth.All{Schemes: []auth.Scheme{code, auth.Key{Name: "X-Api-Key", Field: "api_key"}}},
			authtest.Options{Good: []auth.Credential{granted}, Bad: []auth.Credential{token, auth.Grant("acc-0123456789", "", time.Time{})}}},
		{"oauth2 or token", auth.Any{Schemes: []auth.Scheme{code, auth.Key{Name: "X-Api-Key", Field: "token"}}},
			authtest.Options{Good: []auth.Credential{granted, token}, Bad: []auth.Credential{pair}}},
		{"any", auth.Any{Schemes: []auth.Scheme{auth.Key{Name: "X-Api-Key"}, auth.Basic{},
			auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-Refresh", Field: "refresh_token"}}}}},
			authtest.Options{Good: []auth.Credential{key, token, pair, oauth2}, Bad: []auth.Credential{fields, auth.UserPassword("", "")}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			authtest.Scheme(t, tt.scheme, tt.o)
		})
	}
}
