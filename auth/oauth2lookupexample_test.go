package auth_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate/auth"
)

// A token that says nothing of the account it is for is asked about: what comes back becomes the connection's parameters.
func ExampleOAuth2_lookup() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/token" {
			_, _ = io.WriteString(w, `{"access_token":"access-1"}`)
			return
		}
		fmt.Println(r.Method, r.URL.Path, r.Header.Get("Authorization"))
		_, _ = io.WriteString(w, `[{"id":"s-17","url":"https://ann.example.com"}]`)
	}))
	defer server.Close()
	scheme := auth.OAuth2{
		AuthorizeURL: "https://id.example.com/authorize", TokenURL: server.URL + "/token", NoPKCE: true,
		Lookup: []auth.LoginStep{{
			Method: http.MethodGet, URL: server.URL + "/sites",
			Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
			Answer:  auth.LoginAnswer{Values: []auth.LoginValue{{Name: "site", Path: "[0].id"}, {Name: "host", Path: "[0].url", Prefix: "https://"}}},
		}},
	}
	if err := scheme.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	call := auth.TokenCall{HTTP: server.Client(), Client: auth.Client{ID: "my-app"}}
	tokens, err := scheme.Exchange(context.Background(), call, auth.CodeExchange{Code: "the-code"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tokens.Parameters)
	// Output:
	// GET /sites Bearer access-1
	// map[host:ann.example.com site:s-17]
}
