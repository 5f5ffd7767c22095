package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/auth"
)

// A scheme signs a request with a credential, which prints nothing of what it holds.
func Example() {
	scheme := auth.Bearer{}
	cred := auth.Token("ghp_0123456789")
	if err := scheme.Accepts(cred); err != nil {
		fmt.Println(err)
		return
	}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/user", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := scheme.Authorize(r.Context(), r, cred); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Header.Get("Authorization"))
	fmt.Printf("%+v\n", cred.Values)
	// Output:
	// Bearer ghp_0123456789
	// map[token:[redacted]]
}

// A key in the query; without In it is a header.
func ExampleKey() {
	scheme := auth.Key{In: auth.InQuery, Name: "api_key"}
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/things?limit=2", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := scheme.Authorize(r.Context(), r, auth.APIKey("k/1")); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.URL)
	// Output: https://api.example.com/things?limit=2&api_key=k%2F1
}

// Several headers of one credential. One that lacks a value isn't accepted, and the error names it.
func ExampleHeaders() {
	scheme := auth.Headers{Values: map[string]string{"DD-API-KEY": "api_key", "DD-APPLICATION-KEY": "app_key"}}
	err := scheme.Accepts(auth.Fields(map[string]string{"api_key": "one"}))
	var e *auth.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field, e.Reason)
	}
	// Output: values.app_key is missing or empty; give the connection auth.Fields with that name
}

// Customers bring one or the other: the first scheme that accepts the credential signs.
func ExampleAny() {
	scheme := auth.Any{Schemes: []auth.Scheme{
		auth.Bearer{}, // a personal token
		auth.Basic{},  // or user and password
	}}
	fmt.Println(scheme.Accepts(auth.Token("t")), scheme.Accepts(auth.UserPassword("u", "p")))
	// Output: <nil> <nil>
}

// Two places at once: a token, and an account that goes beside it.
func ExampleAll() {
	scheme := auth.All{Schemes: []auth.Scheme{
		auth.Bearer{},
		auth.Key{Name: "X-Account", Field: "account"},
	}}
	fmt.Println(scheme.Places())
	// Output: [header Authorization header X-Account]
}

// A customer's certificate, and a token beside it. Whoever sends the request asks the scheme for the certificate to
// present in the handshake; what can't be used is refused when the credential is given.
func ExampleClientCertificate() {
	alone := auth.ClientCertificate{}
	fmt.Println(alone.Accepts(auth.Certificate("not in PEM", "neither")))

	scheme := auth.All{Schemes: []auth.Scheme{auth.Bearer{}, alone}}
	written, err := json.Marshal(scheme)
	fmt.Println(string(written), err)
	_, _, err = scheme.Identity(auth.Fields(map[string]string{
		"token": "t-1", "certificate": "not in PEM", "private_key": "neither",
	}))
	var e *auth.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field)
	}
	// Output:
	// auth: accept client_certificate: values.certificate: holds no certificate that can be read; give it in PEM, with its first and last line, the customer's own first
	// {"kind":"all","schemes":[{"kind":"bearer"},{"kind":"client_certificate"}]} <nil>
	// schemes[1].values.certificate
}

// An API key as the user of HTTP Basic (RFC 7617), without a password.
func ExampleBasic() {
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/v1/charges", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := (auth.Basic{}).Authorize(r.Context(), r, auth.APIKey("sk_test_1")); err != nil {
		fmt.Println(err)
		return
	}
	user, password, _ := r.BasicAuth()
	fmt.Printf("%q %q\n", user, password)
	// Output: "sk_test_1" ""
}

// The written form of a scheme, read and written again. A member that it doesn't have is an error.
func ExampleDecode() {
	scheme, err := auth.Decode([]byte(`{"kind":"key","name":"X-Api-Key"}`), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	written, err := json.Marshal(scheme)
	fmt.Println(string(written), err)
	_, err = auth.Decode([]byte(`{"kind":"key","nam":"X-Api-Key"}`), nil)
	fmt.Println(err)
	// Output:
	// {"kind":"key","name":"X-Api-Key"} <nil>
	// auth: decode key: nam: there is no such member: did you mean "name"?
}

// What a store seals, and what it makes of that when it has opened it again.
func ExampleCredential_Encode() {
	plain, err := auth.Token("t-1").Encode() // to be sealed
	if err != nil {
		fmt.Println(err)
		return
	}
	cred, err := auth.DecodeCredential(plain)
	fmt.Println(cred.Kind, cred.Values["token"].Reveal(), err)
	// Output: token t-1 <nil>
}

// A scheme of the host's own, by its name in written forms; it may stand within those that are built in. A gateway takes
// it as part of its Config.Kinds.
func ExampleKinds() {
	kinds := auth.Kinds()
	kinds["in_house"] = func([]byte, auth.KindMap) (auth.Scheme, error) { return auth.Key{Name: "X-In-House"}, nil }

	scheme, err := auth.Decode([]byte(`{"kind":"any","schemes":[{"kind":"bearer"},{"kind":"in_house"}]}`), kinds)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scheme.Accepts(auth.Token("t-1")), scheme.Accepts(auth.APIKey("k-1")))
	_, err = auth.Decode([]byte(`{"kind":"in_house"}`), nil) // the built-in ones alone
	fmt.Println(err != nil)
	// Output:
	// <nil> <nil>
	// true
}
