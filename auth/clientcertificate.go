package auth

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/pem"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/secret"
)

// ClientCertificate is mutual TLS (RFC 8446, section 4.4.2; as a way to prove
// who a client is, RFC 8705): the connection presents the customer's certificate
// in the handshake, and nothing is written into the request. Beside a token or a
// key, it is a member of [All].
//
// Certificate and key are PEM (RFC 7468), made by [Certificate]. Accepts and
// Identity ask that both can be read and belong together. Whether the
// certificate is valid today, and trusted, is for the provider to say in the
// handshake: a scheme has no clock.
type ClientCertificate struct {
	// Certificate is the credential's value that holds the certificate, then the
	// chain above it, if the provider wants that. Empty means "certificate".
	Certificate string `json:"certificate,omitempty"`
	// Key is the value that holds the private key, not encrypted: RSA, ECDSA or
	// Ed25519, in PKCS #8, PKCS #1 or SEC 1. Empty means "private_key".
	Key string `json:"key,omitempty"`
}

var (
	_ Scheme     = ClientCertificate{}
	_ Placer     = ClientCertificate{}
	_ Identifier = ClientCertificate{}
)

// Kind is "client_certificate".
func (ClientCertificate) Kind() string { return kindCertificate }

// Validate checks the names of the two values, and that they are two.
func (s ClientCertificate) Validate() error {
	certificate, key := s.names()
	for _, n := range []struct{ field, name string }{{"certificate", certificate}, {"key", key}} {
		if !isName(n.name) {
			return &Error{Op: opValidate, Scheme: s.Kind(), Field: n.field,
				Reason: "must be 1 to 64 of a-z, 0-9 and _, as the credential's values are named"}
		}
	}
	if certificate == key {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: "key", Reason: "is the value of the certificate; name another"}
	}
	return nil
}

// Accepts asks for both values, and that the key belongs to the certificate.
func (s ClientCertificate) Accepts(c Credential) error { return s.check(opAccept, c) }

// Authorize changes nothing: what proves who asks is [ClientCertificate.Identity],
// in the handshake. It refuses what Accepts refuses.
func (s ClientCertificate) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	return s.check(opAuthorize, c)
}

// Places gives none.
func (ClientCertificate) Places() []Place { return nil }

// Identity gives the two values.
func (s ClientCertificate) Identity(c Credential) (certificate, key secret.String, err error) {
	if err := s.check(opIdentify, c); err != nil {
		return secret.String{}, secret.String{}, err
	}
	certName, keyName := s.names()
	return c.Values[certName], c.Values[keyName], nil
}

// MarshalJSON writes {"kind":"client_certificate"} and the names that are set.
func (s ClientCertificate) MarshalJSON() ([]byte, error) {
	type plain ClientCertificate
	return written.Marshal(s.Kind(), plain(s))
}

func (s ClientCertificate) names() (certificate, key string) {
	return cmp.Or(s.Certificate, valueCertificate), cmp.Or(s.Key, valuePrivateKey)
}

// check reads the pair as TLS would. Why it can't be read is said in our words:
// those of the readers may repeat what they read.
func (s ClientCertificate) check(op string, c Credential) error {
	certName, keyName := s.names()
	const constructor = "auth.Certificate"
	certificate, err := pick(op, s.Kind(), c, constructor, certName)
	if err != nil {
		return err
	}
	key, err := pick(op, s.Kind(), c, constructor, keyName)
	if err != nil {
		return err
	}
	for block, rest := pem.Decode([]byte(key)); block != nil; block, rest = pem.Decode(rest) {
		if len(block.Bytes) > maxKeyBytes { // reading one costs seconds, at each use
			return &Error{Op: op, Scheme: s.Kind(), Field: "values." + keyName, Reason: "is larger than any key in use; RSA keys may have 8192 bits"}
		}
	}
	if _, err := tls.X509KeyPair([]byte(certificate), []byte(key)); err == nil {
		return nil
	}
	fault := &Error{Op: op, Scheme: s.Kind(), Field: "values." + keyName}
	switch encrypted, found := privateKey(key); {
	case leafOf(certificate) == nil:
		fault.Field = "values." + certName
		fault.Reason = "holds no certificate that can be read; give it in PEM, with its first and last line, the customer's own first"
	case encrypted:
		fault.Reason = "is encrypted; give the key without its pass phrase"
	case !found:
		fault.Reason = "holds no private key; give it in PEM, with its first and last line"
	default:
		fault.Reason = "can't be read, or does not belong to the certificate; give the two that were made together"
	}
	return fault
}

// maxKeyBytes bounds a private key, in DER: RSA with 8192 bits has some 4,700.
const maxKeyBytes = 5 << 10

// privateKey looks for a key in PEM.
func privateKey(text string) (encrypted, found bool) {
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, "PRIVATE KEY") {
			// RFC 1421 for the old form, RFC 5958 for PKCS #8.
			return block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"), true
		}
	}
	return false, false
}
