package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate/auth"
)

// tokenServer knows about tokens, takes them back, and lets people decide at another device: the second time they are
// asked about they have.
func tokenServer() *httptest.Server {
	asked := 0
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/introspect":
			_, _ = io.WriteString(w, `{"active": true, "scope": "read write", "username": "ada"}`)
		case "/revoke":
			fmt.Println("revoked:", r.FormValue("token"))
		case "/device":
			_, _ = io.WriteString(w, `{"device_code": "d-1", "user_code": "WDJB-MJHT", "verification_uri": "https://id.example.com/device", "expires_in": 600, "interval": 5}`)
		default:
			if asked++; r.FormValue("username") == "" && asked == 1 {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error": "authorization_pending"}`)
				return
			}
			_, _ = io.WriteString(w, `{"access_token": "access-1"}`)
		}
	}))
}

// What a provider says of a token (RFC 7662), and giving it back (RFC 7009).
func ExampleOAuth2_Introspect() {
	ctx := context.Background()
	server := tokenServer()
	defer server.Close()
	scheme := auth.OAuth2{
		Grant: auth.GrantPassword, TokenURL: server.URL + "/token",
		IntrospectURL: server.URL + "/introspect", RevokeURL: server.URL + "/revoke",
	}
	call := auth.TokenCall{HTTP: server.Client(), Client: auth.Client{ID: "my-app"}}
	c, err := scheme.Renew(ctx, call, auth.PasswordGrant("ada", "the-password")) // the first token
	if err != nil {
		fmt.Println(err)
		return
	}
	said, err := scheme.Introspect(ctx, call, c)
	fmt.Println(said.Active, said.Scopes, said.Username, err)
	fmt.Println(scheme.Revoke(ctx, call, c))
	// Output:
	// true [read write] ada <nil>
	// revoked: access-1
	// <nil>
}

// The device flow (RFC 8628), one question at a time.
func ExampleOAuth2_StartDevice() {
	ctx := context.Background()
	server := tokenServer()
	defer server.Close()
	scheme := auth.OAuth2{Grant: auth.GrantDeviceCode, TokenURL: server.URL + "/token", DeviceURL: server.URL + "/device"}
	call := auth.TokenCall{HTTP: server.Client(), Client: auth.Client{ID: "my-app"}}

	d, err := scheme.StartDevice(ctx, call)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("enter", d.UserCode, "at", d.VerificationURL, "ask each", d.Interval)
	_, err = scheme.PollDevice(ctx, call, d)
	var t *auth.TokenError
	if errors.As(err, &t) {
		fmt.Println(t.Cause)
	}
	tokens, err := scheme.PollDevice(ctx, call, d) // after d.Interval
	fmt.Println(tokens.Credential.Values["access_token"].Reveal(), err)
	// Output:
	// enter WDJB-MJHT at https://id.example.com/device ask each 5s
	// pending
	// access-1 <nil>
}
