package auth_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate/auth"
)

// User and password are exchanged for a session, which then signs requests.
func ExampleLogin() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ User, Password string }
		if json.NewDecoder(r.Body).Decode(&in) != nil || in.Password != "a-password" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"session":{"id":"session-1","valid_for":"24h"}}`)
	}))
	defer server.Close()

	scheme := auth.Login{
		Steps: []auth.LoginStep{{
			URL:  server.URL + "/sessions",
			JSON: json.RawMessage(`{"user":"{credential.user}","password":"{credential.password}"}`),
			Answer: auth.LoginAnswer{
				Values:  []auth.LoginValue{{Name: "access_token", Path: "session.id"}},
				Expires: &auth.LoginExpiry{Path: "session.valid_for", Form: auth.ExpiryDuration},
			},
		}},
		Use: auth.Key{Name: "X-Session", Field: "access_token"},
	}
	if err := scheme.Validate(); err != nil {
		fmt.Println(err)
		return
	}
	call := auth.TokenCall{HTTP: server.Client()}
	c, err := scheme.Renew(context.Background(), call, auth.UserPassword("ada", "a-password"))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/things", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scheme.Authorize(context.Background(), r, c), r.Header.Get("X-Session"))

	_, err = scheme.Renew(context.Background(), call, auth.UserPassword("ada", "another"))
	var fault *auth.TokenError
	if errors.As(err, &fault) && fault.Cause == auth.TokenRefused {
		fmt.Println("the password is wrong: it isn't tried again")
	}
	// Output:
	// <nil> session-1
	// the password is wrong: it isn't tried again
}

// An installation of a GitHub App: its tokens are asked for with what the app is allowed to do.
func ExampleGitHubApp() {
	scheme := auth.GitHubApp{Permissions: map[string]string{"issues": "write"}}
	written, err := json.Marshal(scheme)
	fmt.Println(string(written), err)
	fmt.Println(scheme.Accepts(auth.Installation()), scheme.Endpoints()[0].Template)
	// Output:
	// {"kind":"github_app","permissions":{"issues":"write"}} <nil>
	// <nil> https://api.github.com/app/installations/{installation_id}/access_tokens
}
