package secret

import (
	"crypto/rand"
	"encoding/base64"
	"strings"
)

// KeySize is the length of a key's material in bytes: that of an AES-256 key.
const KeySize = 32

// maxKeyID is the longest key id in bytes; it is stored in every sealed value.
const maxKeyID = 32

// Key is one master key. It encrypts nothing itself: a subkey per [Purpose] is derived from it.
type Key struct {
	ID     string // [a-z0-9-], 1–32 bytes; stored in clear in what the key seals
	Secret String // exactly [KeySize] random bytes, raw, not encoded
}

// GenerateKey makes a new random key. It fails with [ErrKey] if the id is not [a-z0-9-]{1,32}.
func GenerateKey(id string) (Key, error) {
	if !validKeyID(id) {
		return Key{}, badKeyID("generate key")
	}
	material := make([]byte, KeySize)
	_, _ = rand.Read(material) // never fails: see crypto/rand
	return Key{ID: id, Secret: New(string(material))}, nil
}

// ParseKey reads a key written as id:base64, for instance what `openssl rand -base64 32` prints behind "2026-11:". Both
// base64 alphabets (RFC 4648 §4 and §5) are read, with or without padding; white space around is dropped. It fails with
// [ErrKey].
func ParseKey(text string) (Key, error) {
	const op = "parse key"
	id, encoded, found := strings.Cut(strings.TrimSpace(text), ":")
	if !found {
		return Key{}, &Error{Op: op, Class: ErrKey, Detail: "want id:base64, found no colon"}
	}
	if !validKeyID(id) {
		return Key{}, badKeyID(op)
	}
	material, ok := decodeKey(encoded)
	if !ok {
		return Key{}, &Error{Op: op, Class: ErrKey, KeyID: id, Field: "secret", Detail: "is not base64: write it as openssl rand -base64 32 does"}
	}
	k := Key{ID: id, Secret: New(string(material))}
	if err := k.check(op); err != nil {
		return Key{}, err
	}
	return k, nil
}

// Encode writes the key as [ParseKey] reads it, in padded standard base64. The result is a secret.
func (k Key) Encode() String {
	return New(k.ID + ":" + base64.StdEncoding.EncodeToString([]byte(k.Secret.Reveal())))
}

func (k Key) check(op string) error {
	if !validKeyID(k.ID) {
		return badKeyID(op)
	}
	material := k.Secret.Reveal()
	switch {
	case len(material) != KeySize:
		return &Error{Op: op, Class: ErrKey, KeyID: k.ID, Field: "secret",
			Detail: "want 32 bytes of key material (44 characters of base64): make one with GenerateKey, read one with ParseKey"}
	case strings.Trim(material, "\x00") == "":
		return &Error{Op: op, Class: ErrKey, KeyID: k.ID, Field: "secret",
			Detail: "is all zeros, so it was never filled: make one with GenerateKey"}
	}
	return nil
}

func decodeKey(text string) ([]byte, bool) {
	// base64 skips line breaks inside; a key on two lines is a mistake.
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	material, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return material, err == nil
}

func validKeyID(id string) bool {
	return len(id) >= 1 && len(id) <= maxKeyID && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// badKeyID does not repeat the id: whoever swapped the two parts has put the secret there.
func badKeyID(op string) *Error {
	return &Error{Op: op, Class: ErrKey, Field: "id", Detail: "want 1–32 of a-z, 0-9 and - before the colon"}
}
