package auth

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"hash"
	"strings"
)

// The kinds and the names of values of signing schemes.
const (
	kindSignature = "signature"
	valueSecret   = "secret"
)

func (s Signature) algorithm() SignatureAlgorithm { return cmp.Or(s.Algorithm, SignHMACSHA256) }

func (s Signature) keyName() string {
	if hmacOf(s.algorithm()) != nil {
		return cmp.Or(s.Key, valueSecret)
	}
	return cmp.Or(s.Key, valuePrivateKey)
}

// hmacOf is the hash of an HMAC; nil for any other algorithm.
func hmacOf(a SignatureAlgorithm) func() hash.Hash {
	switch a {
	case SignHMACSHA256:
		return sha256.New
	case SignHMACSHA1:
		return sha1.New
	case SignHMACSHA384:
		return sha512.New384
	case SignHMACSHA512:
		return sha512.New
	}
	return nil
}

// signer reads the key, and gives what signs with it. ok is false for a key that
// can't.
func (s Signature) signer(op string, c Credential) (sign func(payload []byte) (signature []byte, ok bool), err error) {
	text, err := pick(op, s.Kind(), c, "auth.Fields with that name", s.keyName())
	if err != nil {
		return nil, err
	}
	var why string
	if h := hmacOf(s.algorithm()); h != nil {
		var key []byte
		key, why = decodeKey(text, s.KeyEncoding)
		sign = func(payload []byte) ([]byte, bool) {
			mac := hmac.New(h, key)
			mac.Write(payload)
			return mac.Sum(nil), true
		}
	} else {
		sign, why = privateSigner(s.algorithm(), text, s.KeyEncoding)
	}
	if why != "" {
		return nil, &Error{Op: op, Scheme: s.Kind(), Field: "values." + s.keyName(), Reason: why}
	}
	return sign, nil
}

// privateSigner is signer for the algorithms with private keys.
func privateSigner(a SignatureAlgorithm, text string, e KeyEncoding) (sign func([]byte) ([]byte, bool), why string) {
	switch a {
	case SignEd25519:
		key, why := ed25519Key(text, e)
		return func(payload []byte) ([]byte, bool) { return ed25519.Sign(key, payload), true }, why
	case SignRSASHA256:
		key, why := rsaKey(text, leastRSA)
		return func(payload []byte) ([]byte, bool) {
			digest := sha256.Sum256(payload)
			signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
			return signature, err == nil
		}, why
	case SignECDSASHA256:
		key, why := ecKey(text)
		return func(payload []byte) ([]byte, bool) {
			digest := sha256.Sum256(payload)
			signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
			return signature, err == nil
		}, why
	}
	return nil, "can't be used: there is no such algorithm"
}

// text writes a signature.
func (o SignatureOutput) text(raw []byte) string {
	switch o {
	case OutputHexUpper:
		return strings.ToUpper(hex.EncodeToString(raw))
	case OutputBase64:
		return base64.StdEncoding.EncodeToString(raw)
	case OutputBase64URL:
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	return hex.EncodeToString(raw)
}
