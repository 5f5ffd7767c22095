package secret_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/waygate-go/waygate/secret"
)

type sourceFunc func(context.Context) ([]secret.Key, error)

func (f sourceFunc) Keys(ctx context.Context) ([]secret.Key, error) { return f(ctx) }

func TestKeyringRotation(t *testing.T) {
	t.Parallel()
	k1, k2 := newKey(t, "k1"), newKey(t, "k2")
	var (
		keys   []secret.Key
		broken error
	)
	src := sourceFunc(func(context.Context) ([]secret.Key, error) { return keys, broken })
	reload := func(ring *secret.Keyring, next ...secret.Key) {
		t.Helper()
		keys = next
		if err := ring.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	keys = []secret.Key{k1}
	ring, err := secret.NewKeyring(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	old := mustSeal(t, ring, place(), value)
	token := secret.New("a refresh token")
	stored := ring.Digest(place(), token)
	if ring.Stale(old) {
		t.Error("fresh, yet stale")
	}

	reload(ring, k2, k1)
	if !ring.Stale(old) || !ring.Stale(nil) {
		t.Error("not stale after a rotation")
	}
	if got, err := ring.Open(place(), old); err != nil || string(got) != value {
		t.Errorf("old value: %q, %v", got, err)
	}
	fresh := mustSeal(t, ring, place(), value)
	if id, _ := ring.KeyID(fresh); id != "k2" || ring.Stale(fresh) {
		t.Errorf("sealed with %q", id)
	}
	digests := ring.Digests(place(), token)
	if len(digests) != 2 || !bytes.Equal(digests[1], stored) || !bytes.Equal(digests[0], ring.Digest(place(), token)) || bytes.Equal(digests[0], stored) {
		t.Errorf("digests after a rotation: %x, stored %x", digests, stored)
	}
	if ring.Digest(place(), secret.String{}) != nil || ring.Digests(place(), secret.String{}) != nil || ring.Digest(place(), secret.New("")) == nil {
		t.Error("digest of unset or empty")
	}

	for _, bad := range []struct {
		keys []secret.Key
		err  error
	}{{nil, nil}, {[]secret.Key{k1, k1}, nil}, {[]secret.Key{k1}, errors.New("unreachable")}} {
		keys, broken = bad.keys, bad.err
		if err := ring.Reload(t.Context()); !errors.Is(err, secret.ErrKey) {
			t.Errorf("reload: %v", err)
		}
		if got, err := ring.Open(place(), fresh); err != nil || string(got) != value || ring.Stale(fresh) {
			t.Errorf("after a failed reload: %q, %v", got, err)
		}
	}

	broken = nil
	reload(ring, k2)
	if _, err := ring.Open(place(), old); !errors.Is(err, secret.ErrUnknownKey) {
		t.Errorf("key taken away: %v", err)
	}
}

func TestKeyringReloadWhileUsed(t *testing.T) {
	t.Parallel()
	k1, k2 := newKey(t, "k1"), newKey(t, "k2")
	var turn int
	src := sourceFunc(func(context.Context) ([]secret.Key, error) { // turn needs no lock: one call at a time
		turn++
		if turn%2 == 0 {
			return []secret.Key{k1, k2}, nil
		}
		return []secret.Key{k2, k1}, nil
	})
	ring, err := secret.NewKeyring(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if err := ring.Reload(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 200 {
				sealed, err := ring.Seal(place(), []byte(value))
				if err != nil {
					t.Error(err)
				}
				if got, err := ring.Open(place(), sealed); err != nil || string(got) != value {
					t.Errorf("%q, %v", got, err)
				}
				_ = ring.Stale(sealed)
				if len(ring.Digests(place(), secret.New(value))) != 2 {
					t.Error("digests")
				}
			}
		})
	}
	wg.Wait()
}

func TestKeyringReloadsTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k1 := newKey(t, "k1")
		gate := make(chan struct{}, 1)
		gate <- struct{}{}
		ring, err := secret.NewKeyring(t.Context(), sourceFunc(func(context.Context) ([]secret.Key, error) {
			<-gate
			return []secret.Key{k1}, nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		first := make(chan error)
		go func() { first <- ring.Reload(t.Context()) }()
		synctest.Wait() // the first one is in the source now

		ctx, cancel := context.WithCancel(t.Context())
		second := make(chan error)
		go func() { second <- ring.Reload(ctx) }()
		synctest.Wait()
		mustSeal(t, ring, place(), value) // not held up
		cancel()
		if err := <-second; !errors.Is(err, context.Canceled) || !errors.Is(err, secret.ErrKey) {
			t.Errorf("waiting reload: %v", err)
		}
		gate <- struct{}{}
		if err := <-first; err != nil {
			t.Error(err)
		}
	})
}
