package auth_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// A signature that a provider has thought up: what is signed, and where it goes, are templates.
func ExampleSignature() {
	scheme := auth.Signature{
		Payload: "{method}\n{target}\n{timestamp}\n{sha256(body)}",
		Headers: map[string]string{"Authorization": "HMAC {key}:{signature}", "X-Timestamp": "{timestamp}"},
	}
	cred := auth.Fields(map[string]string{"key": "k-1", "secret": "s-1"})
	if err := scheme.Accepts(cred); err != nil {
		fmt.Println(err)
		return
	}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/v1/things?limit=2", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Without WithSigning, the time is the machine's.
	ctx := auth.WithSigning(context.Background(), auth.Signing{Now: time.Unix(1700000000, 0)})
	if err := scheme.Authorize(ctx, r, cred); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Header.Get("X-Timestamp"))
	fmt.Println(r.Header.Get("Authorization"))
	// Output:
	// 1700000000
	// HMAC k-1:88c4717b7e13599afcbae28e92c1406b7b60e895f7350428d3c10a24d5586fb8
}

// A token that is made for each request, with claims about it.
func ExampleJWT() {
	scheme := auth.JWT{KeyID: "{id}", Claims: map[string]any{"iss": "{id}", "aud": "example-v1", "uri": "{method} {path}"}}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/v1/things", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = scheme.Authorize(context.Background(), r, auth.Fields(map[string]string{"id": "k-1", "secret": "s-1"}))
	fmt.Println(r.Header.Get("Authorization")[:10], err)
	fmt.Println(scheme.Accepts(auth.Fields(map[string]string{"id": "k-1"})))
	// Output:
	// Bearer eyJ <nil>
	// auth: accept jwt: values.secret: is missing or empty; give the connection auth.Fields with that name
}

// OAuth 1.0 (RFC 5849), as NetSuite wants it: the realm is the account.
func ExampleOAuth1() {
	scheme := auth.OAuth1{Realm: "{account}"}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/v1/things", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = scheme.Authorize(context.Background(), r, auth.Fields(map[string]string{"account": "1234567_SB1",
		"consumer_key": "ck", "consumer_secret": "cs", "token": "t", "token_secret": "ts"}))
	fmt.Println(r.Header.Get("Authorization")[:49], err)
	// Output: OAuth realm="1234567_SB1", oauth_consumer_key="ck <nil>
}

// A machine whose clock is wrong signs by the provider's.
func ExampleClockOffset() {
	sent := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	answer := http.Header{"Date": {"Thu, 01 Jan 2026 00:10:00 GMT"}}
	offset, ok := auth.ClockOffset(answer, sent, sent.Add(time.Second))
	fmt.Println(offset, ok)
	ctx := auth.WithSigning(context.Background(), auth.Signing{Now: sent.Add(offset)})
	fmt.Println(auth.SigningFrom(ctx).Now.Format(time.TimeOnly))
	// Output:
	// 10m0s true
	// 00:10:00
}
