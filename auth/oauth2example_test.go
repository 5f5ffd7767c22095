package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// exampleServer is a token endpoint that knows one code and one refresh token.
func exampleServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.FormValue("code") == "the-code", r.FormValue("refresh_token") == "refresh-1":
			_, _ = io.WriteString(w, `{"access_token":"access-2","refresh_token":"refresh-2","expires_in":3600,"team":{"id":"t1"}}`)
		case r.FormValue("grant_type") == "client_credentials":
			_, _ = io.WriteString(w, `{"access_token":"access-1"}`)
		default:
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"the token is spent"}`)
		}
	}))
}

// The authorization code flow with PKCE, without a gateway: where the person is sent, and what comes of the code.
func ExampleOAuth2() {
	server := exampleServer()
	defer server.Close()
	scheme := auth.OAuth2{
		AuthorizeURL: "https://id.example.com/authorize",
		TokenURL:     server.URL + "/token",
		Scopes:       []string{"read"},
		Capture:      []auth.Capture{{Parameter: "team", Path: "team.id", Pattern: "[a-z0-9]+"}},
	}
	if err := scheme.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	client := auth.Client{ID: "my-app", Secret: secret.New("app-secret")}
	verifier := auth.NewVerifier()
	to, err := scheme.AuthorizationURL(auth.AuthorizationRequest{
		Client: client, RedirectURL: "https://app.example.com/back", State: "random", Verifier: verifier,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(to[:len("https://id.example.com/authorize?client_id=my-app")])

	// The person comes back.
	query := url.Values{"code": {"the-code"}, "state": {"random"}}
	if err := scheme.CheckCallback(query); err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := scheme.Exchange(context.Background(), auth.TokenCall{HTTP: server.Client(), Client: client}, auth.CodeExchange{
		Callback: query, Verifier: verifier, RedirectURL: "https://app.example.com/back",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tokens.Credential.Kind, tokens.Credential.Values, tokens.Parameters)
	// Output:
	// https://id.example.com/authorize?client_id=my-app
	// oauth2 map[access_token:[redacted] refresh_token:[redacted]] map[team:t1]
}

// A grant is renewed, and one that is gone says so.
func ExampleOAuth2_Renew() {
	server := exampleServer()
	defer server.Close()
	scheme := auth.OAuth2{AuthorizeURL: "https://id.example.com/authorize", TokenURL: server.URL + "/token"}
	call := auth.TokenCall{HTTP: server.Client(), Client: auth.Client{ID: "my-app"}}

	c, err := scheme.Renew(context.Background(), call, auth.Grant("access-1", "refresh-1", time.Time{}, "read"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Values["access_token"].Reveal(), c.Values["refresh_token"].Reveal(), c.Scopes)

	_, err = scheme.Renew(context.Background(), call, auth.Grant("access-0", "refresh-0", time.Time{}))
	var fault *auth.TokenError
	if errors.As(err, &fault) && fault.Cause == auth.TokenRefused {
		fmt.Println("the person is to be asked again:", fault.Code)
	}
	// Output:
	// access-2 refresh-2 [read]
	// the person is to be asked again: invalid_grant
}

// A token in the name of a client: nobody is asked.
func ExampleClientCredentials() {
	server := exampleServer()
	defer server.Close()
	scheme := auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: server.URL + "/token"}
	c := auth.ClientCredentials("tenants-own-client", "its-secret")
	fmt.Println(scheme.Accepts(c), scheme.Renewal(c).Possible)

	c, err := scheme.Renew(context.Background(), auth.TokenCall{HTTP: server.Client()}, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/things", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := scheme.Authorize(r.Context(), r, c); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Header.Get("Authorization"))
	// Output:
	// <nil> true
	// Bearer access-1
}
