package auth_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/auth"
)

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

func ExampleHeaders() {
	scheme := auth.Headers{Values: map[string]string{"DD-API-KEY": "api_key", "DD-APPLICATION-KEY": "app_key"}}
	err := scheme.Accepts(auth.Fields(map[string]string{"api_key": "one"}))
	var e *auth.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field, e.Reason)
	}
	// Output: values.app_key is missing or empty; give the connection auth.Fields with that name
}

func ExampleAny() {
	scheme := auth.Any{Schemes: []auth.Scheme{
		auth.Bearer{}, // a personal token
		auth.Basic{},  // or user and password
	}}
	fmt.Println(scheme.Accepts(auth.Token("t")), scheme.Accepts(auth.UserPassword("u", "p")))
	// Output: <nil> <nil>
}

func ExampleAll() {
	scheme := auth.All{Schemes: []auth.Scheme{
		auth.Bearer{},
		auth.Key{Name: "X-Account", Field: "account"},
	}}
	fmt.Println(scheme.Places())
	// Output: [header Authorization header X-Account]
}

func ExampleClientCertificate() {
	scheme := auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.ClientCertificate{}}}
	fmt.Println(scheme.Validate())
	written, err := json.Marshal(scheme)
	fmt.Println(string(written), err)
	// Who sends the request asks for the certificate to present in the handshake.
	_, _, err = scheme.Identity(auth.Fields(map[string]string{
		"token": "t-1", "certificate": "not in PEM", "private_key": "neither",
	}))
	var e *auth.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field)
	}
	// Output:
	// <nil>
	// {"kind":"all","schemes":[{"kind":"bearer"},{"kind":"client_certificate"}]} <nil>
	// schemes[1].values.certificate
}

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
