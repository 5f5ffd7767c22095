package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// KeyEncoding says how the text of a key is to be read.
type KeyEncoding string

// The encodings of keys. Empty means KeyText for a key that is a shared secret,
// and KeyPEM for a private key.
const (
	KeyText   KeyEncoding = "text"   // its bytes as they are
	KeyBase64 KeyEncoding = "base64" // RFC 4648, sections 4 and 5, with or without padding
	KeyHex    KeyEncoding = "hex"    // RFC 4648, section 8, in either case
	KeyPEM    KeyEncoding = "pem"    // RFC 7468: PKCS #8, PKCS #1 or SEC 1
)

func (e KeyEncoding) isKnown() bool {
	switch e {
	case "", KeyText, KeyBase64, KeyHex, KeyPEM:
		return true
	}
	return false
}

// decodeKey gives the bytes of a key. why tells nothing of the key.
func decodeKey(text string, e KeyEncoding) (key []byte, why string) {
	var err error
	switch e {
	case KeyBase64:
		plain := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		key, err = base64.RawStdEncoding.DecodeString(plain)
	case KeyHex:
		key, err = hex.DecodeString(text)
	default:
		key = []byte(text)
	}
	if err != nil || len(key) == 0 {
		return nil, "is not written in " + string(e) + ", as key_encoding says"
	}
	return key, ""
}

// ed25519Key reads a key of RFC 8032: in PEM, or its 32 bytes of seed, or these
// with the 32 bytes of the public key behind them.
func ed25519Key(text string, e KeyEncoding) (key ed25519.PrivateKey, why string) {
	if e == "" || e == KeyPEM {
		signer, why := pemKey(text)
		if why != "" {
			return nil, why
		}
		key, ok := signer.(ed25519.PrivateKey)
		if !ok {
			return nil, "is no Ed25519 key; give one, or another algorithm"
		}
		return key, ""
	}
	raw, why := decodeKey(text, e)
	if why != "" {
		return nil, why
	}
	if len(raw) != ed25519.SeedSize && len(raw) != ed25519.PrivateKeySize {
		return nil, "is no Ed25519 key: it has 32 bytes, or 64 with the public key"
	}
	key = ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
	if len(raw) == ed25519.PrivateKeySize && string(key) != string(raw) {
		return nil, "is no Ed25519 key: its two halves don't belong together"
	}
	return key, ""
}

// pemKey reads a private key in PEM.
func pemKey(text string) (key crypto.Signer, why string) {
	switch encrypted, found := privateKey(text); {
	case encrypted:
		return nil, "is encrypted; give the key without its pass phrase"
	case !found:
		return nil, "holds no private key; give it in PEM, with its first and last line"
	}
	if key = parseSigner(text); key == nil {
		return nil, "can't be read; give PKCS #1, PKCS #8 or SEC 1, in PEM"
	}
	return key, ""
}

// leastRSA is the shortest RSA key that is used at all; some providers of OAuth 1
// still hand out keys of that length.
const leastRSA = 1024 // bits

// rsaKey reads an RSA key of so many bits or more.
func rsaKey(text string, bits int) (key *rsa.PrivateKey, why string) {
	signer, why := pemKey(text)
	if why != "" {
		return nil, why
	}
	key, ok := signer.(*rsa.PrivateKey)
	if !ok {
		return nil, "is no RSA key; give one, or another algorithm"
	}
	if key.N.BitLen() < bits {
		return nil, "is too short; make an RSA key of 2048 bits or more"
	}
	return key, ""
}

// ecKey reads an ECDSA key.
func ecKey(text string) (key *ecdsa.PrivateKey, why string) {
	signer, why := pemKey(text)
	if why != "" {
		return nil, why
	}
	key, ok := signer.(*ecdsa.PrivateKey)
	if !ok {
		return nil, "is no ECDSA key; give one, or another algorithm"
	}
	return key, ""
}
