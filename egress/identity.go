package egress

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"hash"
	"strings"

	"github.com/waygate-go/waygate/secret"
)

const (
	maxPEM    = 64 << 10 // bytes of each PEM text of an Identity
	maxKeyDER = 16 << 10 // bytes of a private key; RSA with 16,384 bits takes 9 KiB, and longer ones take long to check
)

// Identity is what a request presents and trusts in the TLS handshake. Make it with [NewIdentity] and put it into the
// context of a request with [WithIdentity]. It is immutable and safe for concurrent use.
//
// The fields are what it was made from, to be read: changing them changes nothing, and an Identity that was put
// together by hand makes every request that carries it fail with a [*DeniedError].
type Identity struct {
	// Certificate is the client's certificate in PEM, the leaf first and then its chain. Unset in an Identity that
	// presents nothing.
	Certificate secret.String
	// Key is the private key of the leaf in PEM: PKCS #1, PKCS #8 or SEC 1, not encrypted.
	Key secret.String
	// Roots are the authorities that vouch for the server, in PEM. They stand in place of [Policy.RootCAs]; empty
	// means those.
	Roots string

	parsed *parsedIdentity // behind a pointer, where fmt does not look: it holds the key in clear
}

// parsedIdentity is an Identity as crypto/tls wants it.
type parsedIdentity struct {
	certificate *tls.Certificate // nil if nothing is presented
	roots       *x509.CertPool   // nil for those of the policy
	fingerprint string
}

// NewIdentity reads a client certificate with its key, roots, or both; certPEM and keyPEM are unset or empty where
// there are only roots. Each text has at most 64 KiB, the key must belong to the first certificate, and roots hold
// certificates only. Whether a certificate is valid today is for the server to say.
//
// The error is an [*IdentityError] that names the field and holds nothing of what was given.
func NewIdentity(certPEM, keyPEM secret.String, rootsPEM string) (*Identity, error) {
	for _, f := range []struct{ field, text string }{
		{"Certificate", certPEM.Reveal()}, {"Key", keyPEM.Reveal()}, {"Roots", rootsPEM},
	} {
		if len(f.text) > maxPEM {
			return nil, &IdentityError{f.field, "has more than 64 KiB; leave out what is not needed"}
		}
	}
	if certPEM.Reveal() == "" && keyPEM.Reveal() == "" && rootsPEM == "" {
		return nil, &IdentityError{"Certificate", "is missing, and so are Roots; give one of them or no identity at all"}
	}
	parsed := &parsedIdentity{}
	sum := sha256.New()
	if err := parsed.readCertificate(sum, certPEM.Reveal(), keyPEM.Reveal()); err != nil {
		return nil, err
	}
	if err := parsed.readRoots(sum, rootsPEM); err != nil {
		return nil, err
	}
	parsed.fingerprint = hex.EncodeToString(sum.Sum(nil))
	return &Identity{Certificate: certPEM, Key: keyPEM, Roots: rootsPEM, parsed: parsed}, nil
}

func (p *parsedIdentity) readCertificate(sum hash.Hash, certPEM, keyPEM string) error {
	if certPEM == "" && keyPEM == "" {
		hashParts(sum)
		return nil
	}
	chain, _ := certificates(certPEM)
	if len(chain) == 0 {
		return &IdentityError{"Certificate", "holds no certificate that can be read; give it in PEM, the client's own first"}
	}
	if reason := keyReason(keyPEM); reason != "" {
		return &IdentityError{"Key", reason}
	}
	pair, err := tls.X509KeyPair([]byte(certPEM), []byte(keyPEM))
	if err != nil { // which is not passed on: it may quote what it could not read
		return &IdentityError{"Key", "cannot be read, or does not belong to the first certificate; give the two that were made together"}
	}
	parts := make([][]byte, 0, len(chain)+1)
	for _, c := range chain {
		parts = append(parts, c.Raw)
	}
	hashParts(sum, append(parts, chain[0].RawSubjectPublicKeyInfo)...) // X509KeyPair saw to it that it is the key's
	p.certificate = &pair
	return nil
}

// readRoots is stricter than the certificate's reader: roots are no secret, so that a key among them would be shown.
func (p *parsedIdentity) readRoots(sum hash.Hash, rootsPEM string) error {
	if rootsPEM == "" {
		hashParts(sum)
		return nil
	}
	list, pure := certificates(rootsPEM)
	if len(list) == 0 || !pure {
		return &IdentityError{"Roots", "are not a list of certificates; give certificates in PEM and nothing else"}
	}
	parts := make([][]byte, 0, len(list))
	p.roots = x509.NewCertPool()
	for _, c := range list {
		p.roots.AddCert(c)
		parts = append(parts, c.Raw)
	}
	hashParts(sum, parts...)
	return nil
}

// certificates reads the certificates of a PEM text, none if one of them cannot be read. pure is false if it holds
// something else, too.
func certificates(text string) (list []*x509.Certificate, pure bool) {
	pure = true
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return list, pure
		}
		if block.Type != "CERTIFICATE" {
			pure = false
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, pure
		}
		list = append(list, c)
	}
}

// keyReason says why a PEM text is of no use as a key, as far as that can be told cheaply.
func keyReason(text string) string {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return "holds no private key; give it in PEM"
		}
		switch {
		case !strings.HasSuffix(block.Type, "PRIVATE KEY"):
			continue
		case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			return "is encrypted; give it decrypted"
		case len(block.Bytes) > maxKeyDER:
			return "is longer than any key in use; give one of RSA with at most 16,384 bits, ECDSA or Ed25519"
		}
		return ""
	}
}

// hashParts feeds the number of parts and each of them behind its length, so that no two lists give the same bytes.
func hashParts(sum hash.Hash, parts ...[]byte) {
	number := func(n int) { _, _ = sum.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	number(len(parts))
	for _, part := range parts {
		number(len(part))
		_, _ = sum.Write(part)
	}
}

// Fingerprint is the SHA-256 over the certificates, the public part of the key and the roots, in hexadecimal. Two
// identities with the same fingerprint share connections: both were made by someone who has the private key. It is
// no secret. It is empty for an Identity that [NewIdentity] did not make.
func (i *Identity) Fingerprint() string {
	if i == nil || i.parsed == nil {
		return ""
	}
	return i.parsed.fingerprint
}

// identityKey is the context key of [WithIdentity].
type identityKey struct{}

// WithIdentity makes requests under the returned context present and trust what i says. They use connections of
// their own: none that was opened with another identity or without one, over HTTP/1.1 and HTTP/2 alike, and no TLS
// session is resumed. A nil i takes an identity back out of the context.
//
// It says nothing about who may see the certificate: every https server that a request under ctx reaches is shown it.
// [FollowRedirects] therefore takes it out where a redirect leads to another origin; a transport under it, which sees
// each hop, may put it back for an origin that is meant to have it. A [Policy.Proxy] is never shown it.
func WithIdentity(ctx context.Context, i *Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

func identityOf(ctx context.Context) *Identity {
	i, _ := ctx.Value(identityKey{}).(*Identity)
	return i
}
