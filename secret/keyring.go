package secret

import (
	"context"
	"sync/atomic"
)

// MaxPlain is the most bytes that [Keyring.Seal] takes: 16 MiB.
const MaxPlain = 16 << 20

// Keyring seals and opens values with AES-256-GCM (NIST SP 800-38D), each purpose under a subkey of its own
// (HKDF-SHA-256, RFC 5869), with random 96-bit nonces: renew the key well before 2^32 values are sealed under it.
//
// Make one with [NewKeyring]. It is safe for concurrent use, and no fmt verb prints its keys.
type Keyring struct {
	// source is the Source's method, not the Source: fmt can't look into a function, nor into an atomic.Pointer.
	source func(context.Context) ([]Key, error)
	turn   chan struct{} // holds one token while the source is asked
	ring   atomic.Pointer[ring]
}

// NewKeyring asks src for its keys once. It fails with [ErrKey] without a source, if the source fails, gives no key, two
// of one id, or one that is not of [KeySize] bytes.
func NewKeyring(ctx context.Context, src Source) (*Keyring, error) {
	if src == nil {
		return nil, &Error{Op: "load keys", Class: ErrKey, Field: "source", Detail: "is nil: give StaticKeys, a KeyFile or your own"}
	}
	k := &Keyring{source: src.Keys, turn: make(chan struct{}, 1)}
	if err := k.Reload(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// Reload asks the source again and takes up its answer at one stroke; others may seal and open meanwhile. On any error
// the keys stay as they were. Reloads take turns, so that an older answer can't replace a newer one; who waits for its
// turn leaves when ctx ends.
func (k *Keyring) Reload(ctx context.Context) error {
	const op = "load keys"
	if k == nil || k.source == nil {
		return noKeyring(op)
	}
	select {
	case k.turn <- struct{}{}:
		defer func() { <-k.turn }()
	case <-ctx.Done():
		return &Error{Op: op, Class: ErrKey, Detail: "gave up waiting for another reload", Err: ctx.Err()}
	}
	keys, err := k.source(ctx)
	if err != nil {
		return &Error{Op: op, Class: ErrKey, Field: "source", Err: err}
	}
	next, err := newRing(op, keys)
	if err != nil {
		return err
	}
	k.ring.Store(next)
	return nil
}

// Seal encrypts plain for the place b, with the first key. Sealing the same twice gives different bytes. It fails with
// [ErrBinding] if the purpose is not one of the constants, or plain is over [MaxPlain].
func (k *Keyring) Seal(b Binding, plain []byte) ([]byte, error) {
	const op = "seal"
	r := k.current()
	if r == nil {
		return nil, noKeyring(op)
	}
	aead, err := r.keys[0].aead(op, b.Purpose)
	if err != nil {
		return nil, err
	}
	if len(plain) > MaxPlain {
		return nil, &Error{Op: op, Class: ErrBinding, Field: "plain", Detail: "over 16 MiB: seal it in parts"}
	}
	head := sealedHead(r.keys[0].id)
	out := make([]byte, len(head), len(head)+sealedOverhead+len(plain))
	copy(out, head)
	return aead.Seal(out, nil, plain, b.encode("seal", head)), nil
}

// Open decrypts what [Keyring.Seal] made for the same place. It fails with [ErrMalformed] if the bytes are none of ours,
// [ErrUnknownKey] if the keyring lacks the key, [ErrNotAuthentic] if place and value don't belong together or a bit has
// changed, [ErrBinding] as Seal does.
func (k *Keyring) Open(b Binding, sealed []byte) ([]byte, error) {
	const op = "open"
	r := k.current()
	if r == nil {
		return nil, noKeyring(op)
	}
	parts, err := parseSealed(op, sealed)
	if err != nil {
		return nil, err
	}
	key, ok := r.byID[parts.keyID]
	if !ok {
		return nil, &Error{Op: op, Class: ErrUnknownKey, KeyID: parts.keyID,
			Detail: "sealed with a key that the source does not give: put the key back"}
	}
	aead, err := key.aead(op, b.Purpose)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open([]byte{}, nil, parts.body, b.encode("seal", parts.head))
	if err != nil {
		return nil, &Error{Op: op, Class: ErrNotAuthentic, KeyID: parts.keyID,
			Detail: "sealed for another place, with other key material under the same id, or damaged"}
	}
	return plain, nil
}

// Stale reports whether a value should be sealed anew: it was not sealed with the key that seals now, or is not a sealed
// value at all (which [Keyring.Open] then says).
func (k *Keyring) Stale(sealed []byte) bool {
	id, err := k.KeyID(sealed)
	r := k.current()
	return err != nil || r == nil || id != r.keys[0].id
}

// KeyID names the key that a value was sealed with, also if the keyring lacks it. It fails with [ErrMalformed]. The id is
// only known to be true once the value opens.
func (k *Keyring) KeyID(sealed []byte) (string, error) {
	parts, err := parseSealed("read key id", sealed)
	return parts.keyID, err
}

// Digest gives a keyed hash of value (HMAC-SHA-256, RFC 2104, 32 bytes) under the key that seals now, by which equal
// values can be found without storing them. It depends on all of b, whose purpose may be any: leave out what the values
// may differ in, such as ID. nil if value is unset.
//
// After a rotation the same value has another Digest. Look values up by [Keyring.Digests], and write the rows anew before
// the old key is taken away.
func (k *Keyring) Digest(b Binding, value String) []byte {
	r := k.current()
	if r == nil || value.IsZero() {
		return nil
	}
	return r.keys[0].sum(b, value)
}

// Digests gives the [Keyring.Digest] of value under every key, in the order of the source: the one to store first.
func (k *Keyring) Digests(b Binding, value String) [][]byte {
	r := k.current()
	if r == nil || value.IsZero() {
		return nil
	}
	out := make([][]byte, len(r.keys))
	for i, key := range r.keys {
		out[i] = key.sum(b, value)
	}
	return out
}

// current is nil for a Keyring that NewKeyring did not make.
func (k *Keyring) current() *ring {
	if k == nil {
		return nil
	}
	return k.ring.Load()
}

func noKeyring(op string) *Error {
	return &Error{Op: op, Class: ErrKey, Detail: "the keyring has no keys: make it with NewKeyring"}
}
