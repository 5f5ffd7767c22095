package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/waygate-go/waygate/auth"
)

// keyInPEM stands in for the file that a provider gives out for a service account.
func keyInPEM() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// A client of a customer's that has a key in place of a secret, as a service account does: it signs an assertion
// (RFC 7523), for which it gets a token.
func ExampleClientKey() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.FormValue("grant_type"), "signed:", strings.Count(r.FormValue("assertion"), ".") == 2)
		_, _ = io.WriteString(w, `{"access_token":"access-1","expires_in":3600}`)
	}))
	defer server.Close()
	scheme := auth.OAuth2{
		Grant: auth.GrantJWTBearer, TokenURL: server.URL + "/token",
		Assertion: &auth.Assertion{Algorithm: "ES256"},
	}
	c := auth.ClientKey("robot@example.com", "key-1", keyInPEM())
	c, err := scheme.Renew(context.Background(), auth.TokenCall{HTTP: server.Client()}, c)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Values["access_token"].Reveal())
	// Output:
	// urn:ietf:params:oauth:grant-type:jwt-bearer signed: true
	// access-1
}
