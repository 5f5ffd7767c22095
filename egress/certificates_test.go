package egress_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// issued is a certificate with its key.
type issued struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue makes a certificate for name (as client, server and authority), signed by by or by itself.
func issue(t testing.TB, name string, by *issued) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := template(name)
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return issued{cert, key}
}

func template(name string) *x509.Certificate {
	var ips []net.IP
	if ip := net.ParseIP(name); ip != nil {
		ips = append(ips, ip)
	}
	return &x509.Certificate{
		IPAddresses:  ips,
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
}

func (i issued) certPEM() string { return certPEM(i.cert.Raw) }

func (i issued) keyPEM(t testing.TB) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(i.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (i issued) tls() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{i.cert.Raw}, PrivateKey: i.key}
}

func (i issued) identity(t testing.TB, roots string) *egress.Identity {
	t.Helper()
	return mustIdentity(t, i.certPEM(), i.keyPEM(t), roots)
}

func certPEM(der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func mustIdentity(t testing.TB, cert, key, roots string) *egress.Identity {
	t.Helper()
	id, err := egress.NewIdentity(secret.New(cert), secret.New(key), roots)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// manyIdentities are n identities that differ, at most 1,023: each trusts another subset of ten authorities.
func manyIdentities(t testing.TB, n int) []*egress.Identity {
	t.Helper()
	var authorities [10]string
	for i := range authorities {
		authorities[i] = issue(t, "authority", nil).certPEM()
	}
	list := make([]*egress.Identity, n)
	for i := range list {
		roots := ""
		for bit, authority := range authorities {
			if (i+1)>>bit&1 == 1 {
				roots += authority
			}
		}
		list[i] = mustIdentity(t, "", "", roots)
	}
	return list
}
