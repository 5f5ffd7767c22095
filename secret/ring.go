package secret

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
)

// ring is one answer of the source; it does not change.
type ring struct {
	keys []*ringKey // as the source gave them: the first seals
	byID map[string]*ringKey
}

type ringKey struct {
	id     string
	aeads  map[Purpose]cipher.AEAD
	digest []byte
}

func newRing(op string, keys []Key) (*ring, error) {
	if len(keys) == 0 {
		return nil, &Error{Op: op, Class: ErrKey, Field: "source", Detail: "gave no key: make one with GenerateKey"}
	}
	r := &ring{byID: make(map[string]*ringKey, len(keys))}
	for _, k := range keys {
		if err := k.check(op); err != nil {
			return nil, err
		}
		if _, twice := r.byID[k.ID]; twice {
			return nil, &Error{Op: op, Class: ErrKey, KeyID: k.ID, Field: "id", Detail: "given twice: ids must differ"}
		}
		derived, err := deriveKey(k)
		if err != nil {
			return nil, &Error{Op: op, Class: ErrKey, KeyID: k.ID, Detail: "no subkey can be derived", Err: err}
		}
		r.byID[k.ID] = derived
		r.keys = append(r.keys, derived)
	}
	return r, nil
}

// deriveKey makes all subkeys of a key at once: AEADs are safe for concurrent use, so that nothing is left to do, nor to
// lock, when values are sealed.
func deriveKey(k Key) (*ringKey, error) {
	digest, err := subkey(k, "waygate digest v1")
	if err != nil {
		return nil, err
	}
	out := &ringKey{id: k.ID, digest: digest, aeads: make(map[Purpose]cipher.AEAD)}
	for _, p := range purposes() {
		if out.aeads[p], err = newAEAD(k, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func newAEAD(k Key, p Purpose) (cipher.AEAD, error) {
	raw, err := subkey(k, "waygate seal v1 "+string(p))
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	// This AEAD draws the nonce itself and puts it before the ciphertext; it also works in Go's FIPS 140 mode, which
	// allows no nonces of the caller's.
	return cipher.NewGCMWithRandomNonce(block)
}

// subkey needs no salt: the material is uniformly random already (RFC 5869 §3.1).
func subkey(k Key, info string) ([]byte, error) {
	return hkdf.Key(sha256.New, []byte(k.Secret.Reveal()), nil, info, KeySize)
}

func (k *ringKey) aead(op string, p Purpose) (cipher.AEAD, error) {
	aead, ok := k.aeads[p]
	if !ok {
		return nil, &Error{Op: op, Class: ErrBinding, Field: "purpose",
			Detail: "want one of PurposeCredential, PurposeApp, PurposeVariable, PurposeState, PurposeContinuation"}
	}
	return aead, nil
}

func (k *ringKey) sum(b Binding, value String) []byte {
	mac := hmac.New(sha256.New, k.digest)
	mac.Write(b.encode("digest", value.Reveal()))
	return mac.Sum(nil)
}
