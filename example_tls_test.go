package waygate_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// platformIdentity stands in for the certificate that a bank gave the platform, and its key; both as PEM.
func platformIdentity() (certificate, key string) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	noError(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "our platform"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	noError(err)
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	noError(err)
	asPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return asPEM("CERTIFICATE", der), asPEM("PRIVATE KEY", pkcs8)
}

// A bank with an authority of its own, which wants to see the platform's certificate. The key stands in Config.Env, so that
// the definition can be shown to anybody.
func ExampleTLS() {
	bank := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println("presented:", r.TLS.PeerCertificates[0].Subject.CommonName)
	}))
	bank.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	bank.StartTLS()
	defer bank.Close()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: bank.Certificate().Raw})

	certificate, key := platformIdentity()
	_, acme := connected(waygate.Config{
		Env: map[string]string{"bank_certificate": certificate, "bank_key": key},
	}, waygate.Integration{
		ID: "bank", BaseURL: bank.URL, Auth: auth.Bearer{},
		TLS: &waygate.TLS{
			Roots:       string(authority), // trusted for the bank alone, and nobody else for it
			Certificate: "${env.bank_certificate}",
			Key:         "${env.bank_key}",
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "accounts", Method: "GET", Path: "/accounts"}},
	})
	_, err := acme.Invoke(context.Background(), "bank.accounts", nil)
	noError(err)
	// Output: presented: our platform
}
