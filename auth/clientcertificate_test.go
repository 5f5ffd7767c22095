package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// The validity of the certificates that the tests make: long past, so that a look
// at a clock would show.
var notAfter = time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)

func newEC(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newEd(t testing.TB) crypto.Signer {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// pair509 makes a certificate of its own for a key, both in PEM.
func pair509(t testing.TB, k crypto.Signer) (certificate, key string) {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: notAfter.AddDate(-1, 0, 0), NotAfter: notAfter}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return inPEM("CERTIFICATE", der), inPEM("PRIVATE KEY", private)
}

func inPEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestCertificate(t *testing.T) {
	t.Parallel()
	certificate, key := pair509(t, newEC(t))
	c := auth.Certificate(certificate, key)
	if c.Kind != "client_certificate" || c.Values["certificate"].Reveal() != certificate || c.Values["private_key"].Reveal() != key {
		t.Errorf("got %+v", c)
	}
	if !c.Expires.Equal(notAfter) {
		t.Errorf("it expires %s, want %s", c.Expires, notAfter)
	}
	if err := c.Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"", "x", inPEM("CERTIFICATE", []byte("x")), key} {
		if c := auth.Certificate(bad, key); !c.Expires.IsZero() {
			t.Errorf("%.20q expires %s", bad, c.Expires)
		}
	}
}

// TestClientCertificateFits shows which pairs are taken, and what is said of the
// others.
func TestClientCertificateFits(t *testing.T) {
	t.Parallel()
	ec := newEC(t).(*ecdsa.PrivateKey)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	ecCert, ecKey := pair509(t, ec)
	rsaCert, rsaPKCS8 := pair509(t, rsaKey)
	edCert, edKey := pair509(t, newEd(t))
	otherCert, otherKey := pair509(t, newEC(t))
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	pkcs1 := x509.MarshalPKCS1PrivateKey(rsaKey)
	old := string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte("cipher text"),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}}))
	for name, tt := range map[string]struct {
		certificate, key string
		says             []string // nothing: it fits
	}{
		"ecdsa":            {ecCert, ecKey, nil},
		"sec 1":            {ecCert, inPEM("EC PRIVATE KEY", sec1), nil},
		"rsa":              {rsaCert, rsaPKCS8, nil},
		"pkcs 1":           {rsaCert, inPEM("RSA PRIVATE KEY", pkcs1), nil},
		"ed25519":          {edCert, edKey, nil},
		"a chain":          {ecCert + otherCert + rsaCert, ecKey, nil},
		"words around":     {"subject=x\n" + ecCert, "Bag Attributes\n" + ecKey + "\n", nil},
		"all in both":      {ecKey + ecCert, ecKey + ecCert, nil},
		"the other key":    {ecCert, otherKey, []string{"values.private_key", "belong"}},
		"chain upside":     {otherCert + ecCert, ecKey, []string{"values.private_key", "belong"}},
		"another kind":     {ecCert, edKey, []string{"values.private_key", "belong"}},
		"the two swapped":  {ecKey, ecCert, []string{"values.certificate", "PEM"}},
		"no certificate":   {"", ecKey, []string{"values.certificate", "missing", "auth.Certificate"}},
		"no key":           {ecCert, "", []string{"values.private_key", "missing", "auth.Certificate"}},
		"base64 alone":     {strings.Join(strings.Split(ecCert, "\n")[1:3], ""), ecKey, []string{"values.certificate", "PEM"}},
		"broken":           {inPEM("CERTIFICATE", []byte("x")), ecKey, []string{"values.certificate", "can be read"}},
		"broken key":       {ecCert, inPEM("PRIVATE KEY", []byte("x")), []string{"values.private_key", "can't be read"}},
		"certificate only": {ecCert, ecCert, []string{"values.private_key", "no private key"}},
		"encrypted":        {ecCert, inPEM("ENCRYPTED PRIVATE KEY", []byte("x")), []string{"values.private_key", "pass phrase"}},
		"encrypted of old": {ecCert, old, []string{"values.private_key", "pass phrase"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := auth.ClientCertificate{}, auth.Certificate(tt.certificate, tt.key)
			certificate, key, err := s.Identity(c)
			if (err == nil) != (s.Accepts(c) == nil) || (err == nil) != (tt.says == nil) {
				t.Fatalf("Identity says %v, Accepts %v", err, s.Accepts(c))
			}
			if err == nil {
				if certificate.Reveal() != tt.certificate || key.Reveal() != tt.key {
					t.Error("Identity gives other texts")
				}
				return
			}
			var e *auth.Error
			if !errors.As(err, &e) || e.Op != "identify" || e.Err != nil || !certificate.IsZero() || !key.IsZero() {
				t.Errorf("got %#v", err)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
		})
	}
}

// largePair is an RSA key of so many bits, with a certificate for it: as large as a
// real one, though its two factors are any odd numbers, for primes of that size take
// minutes to find.
func largePair(t testing.TB, bits int) (certificate, key string) {
	t.Helper()
	one, e := big.NewInt(1), big.NewInt(65537)
	odd := func() *big.Int {
		n := make([]byte, bits/16)
		if _, err := rand.Read(n); err != nil {
			t.Fatal(err)
		}
		n[0], n[len(n)-1] = n[0]|0xc0, n[len(n)-1]|1
		return new(big.Int).SetBytes(n)
	}
	less := func(n *big.Int) *big.Int { return new(big.Int).Sub(n, one) }
	for {
		p, q := odd(), odd()
		d := new(big.Int).ModInverse(e, new(big.Int).Mul(less(p), less(q)))
		inverse := new(big.Int).ModInverse(q, p)
		if d == nil || inverse == nil {
			continue
		}
		n := new(big.Int).Mul(p, q)
		private, err := asn1.Marshal(struct { // RSAPrivateKey of RFC 8017, appendix A.1.2
			Version                 int
			N                       *big.Int
			E                       int
			D, P, Q, DP, DQ, Invert *big.Int
		}{0, n, 65537, d, p, q, new(big.Int).Mod(d, less(p)), new(big.Int).Mod(d, less(q)), inverse})
		if err != nil {
			t.Fatal(err)
		}
		ca := newEC(t)
		template := &x509.Certificate{SerialNumber: one, NotBefore: notAfter.AddDate(-1, 0, 0), NotAfter: notAfter}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &rsa.PublicKey{N: n, E: 65537}, ca)
		if err != nil {
			t.Fatal(err)
		}
		return inPEM("CERTIFICATE", der), inPEM("RSA PRIVATE KEY", private)
	}
}

// TestLargeKeys shows that a key which would cost seconds at each use isn't read.
func TestLargeKeys(t *testing.T) {
	t.Parallel()
	small, smallKey := pair509(t, newEC(t))
	for name, tt := range map[string]struct {
		pair  func() (certificate, key string)
		large bool
	}{
		"8192":           {func() (string, string) { return largePair(t, 8192) }, false},
		"16384":          {func() (string, string) { return largePair(t, 16384) }, true},
		"65536":          {func() (string, string) { return largePair(t, 65536) }, true},
		"behind another": {func() (string, string) { _, k := largePair(t, 16384); return small, smallKey + k }, true},
		"before another": {func() (string, string) { _, k := largePair(t, 16384); return small, k + smallKey }, true},
		"a limit":        {func() (string, string) { return small, inPEM("PRIVATE KEY", make([]byte, 5<<10)) }, false},
		"a byte more":    {func() (string, string) { return small, inPEM("PRIVATE KEY", make([]byte, 5<<10+1)) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := auth.Certificate(tt.pair())
			start := time.Now()
			err := auth.ClientCertificate{}.Accepts(c)
			took := time.Since(start)
			var e *auth.Error
			if large := errors.As(err, &e) && e.Field == "values.private_key" && strings.Contains(e.Reason, "larger"); large != tt.large {
				t.Errorf("got %v, want it too large: %v", err, tt.large)
			}
			if name == "8192" && err != nil {
				t.Error(err)
			}
			if tt.large && took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

// TestIdentityOfGroups shows which member's certificate All and Any present.
func TestIdentityOfGroups(t *testing.T) {
	t.Parallel()
	certificate, key := pair509(t, newEC(t))
	one := auth.Certificate(certificate, key)
	with := func(more map[string]string) auth.Credential {
		c := one.Clone()
		for name, v := range more {
			c.Values[name] = secret.New(v)
		}
		return c
	}
	renamed := auth.Fields(map[string]string{"c": certificate, "k": key})
	mtls, other := auth.ClientCertificate{}, auth.ClientCertificate{Certificate: "c", Key: "k"}
	for name, tt := range map[string]struct {
		scheme auth.Identifier
		cred   auth.Credential
		want   bool   // an identity
		field  string // of the error
	}{
		"all":                  {auth.All{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, with(map[string]string{"token": "t"}), true, ""},
		"all, first":           {auth.All{Schemes: []auth.Scheme{mtls, auth.Bearer{}}}, with(map[string]string{"token": "t"}), true, ""},
		"all without one":      {auth.All{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "K"}}}, auth.Fields(map[string]string{"token": "t"}), false, ""},
		"all, half":            {auth.All{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, auth.Token("t"), false, "schemes[1].values.certificate"},
		"all, other half":      {auth.All{Schemes: []auth.Scheme{mtls, auth.Bearer{}}}, one, false, "schemes[1].values.token"},
		"all, empty":           {auth.All{}, one, false, "schemes"},
		"any":                  {auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, one, true, ""},
		"any, another chosen":  {auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, with(map[string]string{"token": "t"}), false, ""},
		"any, second of two":   {auth.Any{Schemes: []auth.Scheme{mtls, other}}, renamed, true, ""},
		"any, none":            {auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, auth.UserPassword("u", "p"), false, "values"},
		"any, no credential":   {auth.Any{Schemes: []auth.Scheme{auth.None{}, mtls}}, auth.Credential{}, false, ""},
		"all in any":           {auth.Any{Schemes: []auth.Scheme{auth.All{Schemes: []auth.Scheme{auth.Bearer{}, mtls}}, auth.Bearer{}}}, with(map[string]string{"token": "t"}), true, ""},
		"any in all":           {auth.All{Schemes: []auth.Scheme{auth.Key{Name: "K"}, auth.Any{Schemes: []auth.Scheme{mtls, auth.Basic{}}}}}, with(map[string]string{"key": "k"}), true, ""},
		"any in all, no cert.": {auth.All{Schemes: []auth.Scheme{auth.Key{Name: "K"}, auth.Any{Schemes: []auth.Scheme{mtls, auth.Basic{}}}}}, auth.APIKey("k"), false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, private, err := tt.scheme.Identity(tt.cred)
			var e *auth.Error
			if tt.field == "" && err != nil || tt.field != "" && (!errors.As(err, &e) || e.Field != tt.field || e.Op != "identify") {
				t.Fatalf("got %v, want the field %q", err, tt.field)
			}
			if tt.want != (got.Reveal() == certificate) || tt.want != (private.Reveal() == key) || got.IsZero() == tt.want {
				t.Errorf("an identity: %v, want %v", !got.IsZero(), tt.want)
			}
		})
	}
}

// TestIdentityInHandshake shows that what Identity gives is what a TLS client
// takes, and that the request itself stays as it is.
func TestIdentityInHandshake(t *testing.T) {
	t.Parallel()
	var seen []*x509.Certificate
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.TLS.PeerCertificates }))
	server.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	server.StartTLS()
	defer server.Close()
	scheme, cred := auth.ClientCertificate{}, auth.Certificate(pair509(t, newEC(t)))
	certificate, key, err := scheme.Identity(cred)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair([]byte(certificate.Reveal()), []byte(key.Reveal()))
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.Transport.(*http.Transport).TLSClientConfig.Certificates = []tls.Certificate{pair}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := scheme.Authorize(t.Context(), r, cred); err != nil || len(r.Header) != 0 {
		t.Fatalf("%v, headers %v", err, r.Header)
	}
	res, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 {
		t.Fatalf("the server saw %d certificates", len(seen))
	}
	if diff := cmp.Diff(certificate.Reveal(), inPEM("CERTIFICATE", seen[0].Raw)); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkClientCertificate(b *testing.B) {
	scheme, cred := auth.ClientCertificate{}, auth.Certificate(pair509(b, newEC(b)))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := scheme.Identity(cred); err != nil {
			b.Fatal(err)
		}
	}
}
