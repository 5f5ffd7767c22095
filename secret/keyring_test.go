package secret_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/secret"
)

func newKey(t testing.TB, id string) secret.Key {
	t.Helper()
	k, err := secret.GenerateKey(id)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newKeyring(t testing.TB, keys ...secret.Key) *secret.Keyring {
	t.Helper()
	ring, err := secret.NewKeyring(t.Context(), secret.StaticKeys(keys))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func place() secret.Binding {
	return secret.Binding{Purpose: secret.PurposeCredential, Kind: "bearer", Tenant: "acme", ID: "con_1", Field: "sealed"}
}

func mustSeal(t testing.TB, ring *secret.Keyring, b secret.Binding, plain string) []byte {
	t.Helper()
	sealed, err := ring.Seal(b, []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestKeyringRoundTrip(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, newKey(t, "k1"))
	purposes := []secret.Purpose{secret.PurposeCredential, secret.PurposeApp, secret.PurposeVariable, secret.PurposeState, secret.PurposeContinuation}
	for _, p := range purposes {
		for _, plain := range []string{"", "x", value, strings.Repeat("long", 10_000)} {
			b := place()
			b.Purpose = p
			sealed := mustSeal(t, ring, b, plain)
			if len(plain) > 4 && bytes.Contains(sealed, []byte(plain[:5])) {
				t.Errorf("%s: sealed bytes hold the plain ones", p)
			}
			got, err := ring.Open(b, sealed)
			if err != nil || got == nil || string(got) != plain {
				t.Errorf("%s: opened %q, %v, want %q", p, got, err, plain)
			}
			if id, err := ring.KeyID(sealed); id != "k1" || err != nil {
				t.Errorf("key id %q, %v", id, err)
			}
			if again := mustSeal(t, ring, b, plain); bytes.Equal(again, sealed) {
				t.Error("sealed the same twice")
			}
		}
	}
}

// The format is stored for years: values sealed once must go on opening.
func TestKeyringOpensOldValue(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, secret.Key{ID: "2026-11", Secret: secret.New("0123456789abcdef0123456789abcdef")})
	got, err := ring.Open(place(), []byte(goldenSealed))
	if err != nil || string(got) != "a stored credential" {
		t.Errorf("got %q, %v", got, err)
	}
	digest := ring.Digest(place(), secret.New("a refresh token"))
	if !bytes.Equal(digest, []byte(goldenDigest)) {
		t.Errorf("digest %q", digest)
	}
}

func TestKeyringSwaps(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, newKey(t, "k1"))
	type b = secret.Binding
	c := secret.PurposeCredential
	tests := []struct {
		name       string
		seal, open secret.Binding
	}{
		{"purpose", place(), b{secret.PurposeApp, "bearer", "acme", "con_1", "sealed"}},
		{"kind", place(), b{c, "basic", "acme", "con_1", "sealed"}},
		{"tenant", place(), b{c, "bearer", "acme2", "con_1", "sealed"}},
		{"id", place(), b{c, "bearer", "acme", "con_2", "sealed"}},
		{"field", place(), b{c, "bearer", "acme", "con_1", "spare"}},
		{"no tenant", place(), b{c, "bearer", "", "con_1", "sealed"}},
		{"border kind/tenant", b{c, "a", "bc", "", ""}, b{c, "ab", "c", "", ""}},
		{"border tenant/id", b{c, "", "a", "bc", ""}, b{c, "", "ab", "c", ""}},
		{"border id/field", b{c, "", "", "a", "bc"}, b{c, "", "", "ab", "c"}},
		{"moved whole", b{c, "a", "", "", ""}, b{c, "", "a", "", ""}},
		{"length in a field", b{c, "a", "\x00\x00\x00\x00\x00\x00\x00\x01b", "", ""}, b{c, "a\x00\x00\x00\x00\x00\x00\x00\x09", "b", "", ""}},
	}
	for _, tt := range tests {
		sealed := mustSeal(t, ring, tt.seal, value)
		if _, err := ring.Open(tt.seal, sealed); err != nil {
			t.Errorf("%s: own place: %v", tt.name, err)
		}
		plain, err := ring.Open(tt.open, sealed)
		if !errors.Is(err, secret.ErrNotAuthentic) || plain != nil {
			t.Errorf("%s: opened elsewhere: %q, %v", tt.name, plain, err)
		}
		if bytes.Equal(ring.Digest(tt.seal, secret.New(value)), ring.Digest(tt.open, secret.New(value))) {
			t.Errorf("%s: same digest elsewhere", tt.name)
		}
	}
}

func TestKeyringBitFlips(t *testing.T) {
	t.Parallel()
	// "k1" and "k3" differ in one bit: the flip that names the other key must fail, too.
	ring := newKeyring(t, newKey(t, "k1"), newKey(t, "k3"))
	sealed := mustSeal(t, ring, place(), value)
	for i := range len(sealed) * 8 {
		bad := bytes.Clone(sealed)
		bad[i/8] ^= 1 << (i % 8)
		plain, err := ring.Open(place(), bad)
		var e *secret.Error
		if !errors.As(err, &e) || plain != nil {
			t.Errorf("bit %d flipped: %q, %v", i, plain, err)
		}
	}
	for n := range sealed {
		want := secret.ErrNotAuthentic
		if n < len("\x01\x02k1")+12+16 {
			want = secret.ErrMalformed
		}
		if _, err := ring.Open(place(), sealed[:n]); !errors.Is(err, want) {
			t.Errorf("the first %d bytes: %v, want %v", n, err, want)
		}
	}
	if _, err := ring.Open(place(), append(bytes.Clone(sealed), 0)); !errors.Is(err, secret.ErrNotAuthentic) {
		t.Errorf("a byte more: %v", err)
	}
}

func TestKeyringErrors(t *testing.T) {
	t.Parallel()
	ring := newKeyring(t, newKey(t, "k1"))
	sealed := mustSeal(t, ring, place(), value)
	other := mustSeal(t, newKeyring(t, newKey(t, "gone")), place(), value)
	sameID := mustSeal(t, newKeyring(t, newKey(t, "k1")), place(), value)
	noPurpose := place()
	noPurpose.Purpose = ""
	var none *secret.Keyring
	type result struct {
		Class        error
		Field, KeyID string
	}
	open := func(r *secret.Keyring, b secret.Binding, s []byte) error { _, err := r.Open(b, s); return err }
	seal := func(r *secret.Keyring, b secret.Binding, s []byte) error { _, err := r.Seal(b, s); return err }
	tests := []struct {
		name string
		err  error
		want result
	}{
		{"nothing", open(ring, place(), nil), result{secret.ErrMalformed, "sealed", ""}},
		{"text", open(ring, place(), []byte(strings.Repeat("plain text ", 9))), result{secret.ErrMalformed, "sealed", ""}},
		{"later version", open(ring, place(), append([]byte{2}, sealed[1:]...)), result{secret.ErrMalformed, "sealed", ""}},
		{"no key id", open(ring, place(), append([]byte{1, 0}, make([]byte, 40)...)), result{secret.ErrMalformed, "sealed", ""}},
		{"bad key id", open(ring, place(), append([]byte{1, 2, 'K', '\n'}, make([]byte, 40)...)), result{secret.ErrMalformed, "sealed", ""}},
		{"unknown key", open(ring, place(), other), result{secret.ErrUnknownKey, "", "gone"}},
		{"other material", open(ring, place(), sameID), result{secret.ErrNotAuthentic, "", "k1"}},
		{"open without purpose", open(ring, noPurpose, sealed), result{secret.ErrBinding, "purpose", ""}},
		{"seal without purpose", seal(ring, noPurpose, nil), result{secret.ErrBinding, "purpose", ""}},
		{"seal too much", seal(ring, place(), make([]byte, secret.MaxPlain+1)), result{secret.ErrBinding, "plain", ""}},
		{"nil open", open(none, place(), sealed), result{secret.ErrKey, "", ""}},
		{"nil seal", seal(none, place(), nil), result{secret.ErrKey, "", ""}},
		{"zero seal", seal(&secret.Keyring{}, place(), nil), result{secret.ErrKey, "", ""}},
		{"nil reload", none.Reload(t.Context()), result{secret.ErrKey, "", ""}},
	}
	for _, tt := range tests {
		var e *secret.Error
		if !errors.As(tt.err, &e) {
			t.Errorf("%s: %v, want *Error", tt.name, tt.err)
			continue
		}
		if !errors.Is(e, tt.want.Class) || e.Field != tt.want.Field || e.KeyID != tt.want.KeyID {
			t.Errorf("%s: class %v, field %q, key %q: %v", tt.name, e.Class, e.Field, e.KeyID, e)
		}
	}
	if got := open(ring, place(), other).Error(); !strings.Contains(got, `"gone"`) {
		t.Errorf("the error does not name the key: %s", got)
	}
	if none.Digest(place(), secret.New(value)) != nil || none.Digests(place(), secret.New(value)) != nil || !none.Stale(sealed) {
		t.Error("a nil keyring knows something")
	}
}

func TestNewKeyringErrors(t *testing.T) {
	t.Parallel()
	k1 := newKey(t, "k1")
	broken := errors.New("vault is sealed")
	tests := []struct {
		name, field string
		src         secret.Source
		cause       error
	}{
		{"nil", "source", nil, nil},
		{"empty", "source", secret.StaticKeys{}, nil},
		{"twice", "id", secret.StaticKeys{k1, newKey(t, "k2"), newKey(t, "k1")}, nil},
		{"no id", "id", secret.StaticKeys{{Secret: k1.Secret}}, nil},
		{"no secret", "secret", secret.StaticKeys{{ID: "k1"}}, nil},
		{"base64 as secret", "secret", secret.StaticKeys{{ID: "k1", Secret: k1.Encode()}}, nil},
		{"zeros", "secret", secret.StaticKeys{{ID: "k1", Secret: secret.New(string(make([]byte, 32)))}}, nil},
		{"broken", "source", sourceFunc(func(context.Context) ([]secret.Key, error) { return nil, broken }), broken},
	}
	for _, tt := range tests {
		_, err := secret.NewKeyring(t.Context(), tt.src)
		var e *secret.Error
		if !errors.As(err, &e) || !errors.Is(err, secret.ErrKey) || e.Field != tt.field {
			t.Errorf("%s: %v, want ErrKey of %s", tt.name, err, tt.field)
		}
		if tt.cause != nil && !errors.Is(err, tt.cause) {
			t.Errorf("%s: %v does not wrap the cause", tt.name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	ring := newKeyring(f, secret.Key{ID: "2026-11", Secret: secret.New("0123456789abcdef0123456789abcdef")})
	f.Add([]byte(goldenSealed))
	f.Add(mustSeal(f, ring, place(), value)[:20])
	f.Add([]byte{})
	f.Add([]byte{1, 255})
	f.Add([]byte{1, 7, '2', '0', '2', '6', '-', '1', '1'})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		before := bytes.Clone(sealed)
		plain, err := ring.Open(place(), sealed)
		if !bytes.Equal(before, sealed) {
			t.Error("Open changed its input")
		}
		id, idErr := ring.KeyID(sealed)
		if string(sealed) == goldenSealed {
			if err != nil || idErr != nil || id != "2026-11" || ring.Stale(sealed) {
				t.Errorf("%v, %v", err, idErr)
			}
			return
		}
		var e *secret.Error
		if !errors.As(err, &e) || plain != nil {
			t.Errorf("opened %x: %q, %v", sealed, plain, err)
		}
		if errors.Is(err, secret.ErrMalformed) != (idErr != nil) {
			t.Errorf("Open: %v, KeyID: %v", err, idErr)
		}
	})
}

func TestErrorUnwrap(t *testing.T) {
	t.Parallel()
	cause := errors.New("cause")
	e := &secret.Error{Op: "open", Class: secret.ErrKey, KeyID: "k1", Field: "secret", Line: 3, Detail: "is bad", Err: cause}
	if !errors.Is(e, secret.ErrKey) || !errors.Is(e, cause) || errors.Is(e, secret.ErrMalformed) {
		t.Error("class or cause lost")
	}
	want := `secret: open: line 3: key "k1": secret: is bad: cause`
	if diff := cmp.Diff(want, e.Error()); diff != "" {
		t.Error(diff)
	}
	if got := (&secret.Error{}).Unwrap(); len(got) != 0 {
		t.Errorf("zero Error unwraps to %v", got)
	}
}
