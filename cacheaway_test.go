package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// away makes calls every 100 ms until the store's absence shows, and is how long
// that took.
func (p *pair) away() time.Duration {
	p.Helper()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		_, err := p.acme.Invoke(p.Context(), "api.a", nil)
		if since := time.Since(start); err != nil || since > 5*time.Minute {
			failure(p, err, waygate.KindStore)
			if !errors.Is(err, errAway) {
				p.Errorf("the error hides the store's: %v", err)
			}
			return since
		}
	}
}

// TestStoreAway shows that calls go on for MaxStale with what they know, that the
// store isn't asked by each of them, and that all is well when it is back.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	for _, maxStale := range []time.Duration{0, 10 * time.Second} {
		t.Run(fmt.Sprint(maxStale), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				want := maxStale
				if want == 0 {
					want = time.Minute // by default
				}
				p := newPair(t, func(c *waygate.Config) { c.MaxStale = maxStale })
				p.uses(mainToken)
				p.uses(secondToken, waygate.On("second"))
				p.store.asks("Find")
				p.store.fail()
				p.fails(waygate.ErrStore, waygate.On("main")) // never asked for before
				p.asked("Find", 1)
				if took := p.away(); took != want+100*time.Millisecond {
					t.Errorf("calls went on for %s, want %s", took, want)
				}
				if n := p.store.asks("Find"); n > int(want/time.Second)+1 {
					t.Errorf("a store that is away was asked %d times in %s", n, want)
				}
				p.fails(waygate.ErrStore)
				p.store.hook(nil)
				p.uses(mainToken)
				p.uses(secondToken, waygate.On("second"))
				p.store.fail()
				time.Sleep(want)
				p.uses(mainToken) // again as long
			})
		})
	}
}

// TestStoreAwayWhileWatched shows that MaxStale counts from the watch's last good
// answer, however long ago a connection was read.
func TestStoreAwayWhileWatched(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.uses(mainToken)
		p.asked("Find", 1)
		for range 5 {
			time.Sleep(20 * time.Second)
			p.uses(mainToken)
		}
		p.asked("Find", 0)
		p.store.fail()
		if took := p.away(); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("calls went on for %s, want a minute", took)
		}
		p.store.hook(nil)
		p.uses(mainToken)
	})
}

// TestStoreBackInTime shows that a store which is away for a while is asked
// within a second of its return.
func TestStoreBackInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.fail()
		time.Sleep(5 * time.Second)
		p.uses(mainToken)
		_, err := p.theirs.SetCredential(t.Context(), "api", "main", auth.Token(newToken))
		must(t, err)
		p.store.hook(nil)
		p.uses(mainToken) // for a second
		time.Sleep(time.Second)
		p.uses(newToken)
	})
}

// TestStoreHangs shows that a store which doesn't answer delays a call by 2 s at
// most, and only one within a second; and that the caller's own time counts.
func TestStoreHangs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.asks("Find")
		p.store.hang("Find")
		delayed, calls := 0, 0
		for start := time.Now(); time.Since(start) < 50*time.Second; calls++ {
			from := time.Now()
			p.uses(mainToken)
			switch took := time.Since(from); {
			case took > 2*time.Second:
				t.Errorf("a call took %s", took)
			case took > 0:
				delayed++
			}
			time.Sleep(50 * time.Millisecond)
		}
		if n := p.store.asks("Find"); n != delayed || n > 50/3+1 {
			t.Errorf("of %d calls %d were delayed, and the store was asked %d times", calls, delayed, n)
		}
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := p.acme.Invoke(ctx, "api.a", nil)
		failure(t, err, waygate.KindTimeout)
		p.store.fail()
		p.uses(mainToken) // what is known outlives who couldn't wait
	})
}

// TestSlowStore shows that a store is waited for where nothing else would do.
func TestSlowStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.store.hook(func(ctx context.Context, _ string) error {
			select {
			case <-time.After(10 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		p.uses(mainToken)
	})
}

// TestStoreAwayByItsOwnWord shows that a store may say by an error of this
// package that it is away.
func TestStoreAwayByItsOwnWord(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.store.hook(func(context.Context, string) error { return &waygate.Error{Kind: waygate.KindStore, Err: errAway} })
		time.Sleep(time.Second)
		p.uses(mainToken)
	})
}

// TestStoreAwayBeforeTheWatch shows that a watch vouches for nothing that was read
// before it.
func TestStoreAwayBeforeTheWatch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(mainToken)
		p.watched()
		time.Sleep(5 * time.Minute)
		p.store.fail()
		p.fails(waygate.ErrStore)
	})
}

// TestGoneIsBelieved shows that a connection which the store says is gone isn't
// called any more, not even when the store is away later.
func TestGoneIsBelieved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.uses(secondToken, waygate.On("second"))
		must(t, p.theirs.Disconnect(t.Context(), "api", "second"))
		time.Sleep(time.Second)
		p.fails(waygate.ErrUnresolved, waygate.On("second"))
		p.store.fail()
		p.fails(waygate.ErrStore, waygate.On("second"))
	})
}

// TestStoreAwayWhileTheWatchWas shows that MaxStale counts from when a connection
// was read, where the watch was away before that.
func TestStoreAwayWhileTheWatchWas(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t)
		p.watched()
		p.store.fail("Changes")
		time.Sleep(5 * time.Minute)
		p.uses(mainToken)
		p.store.fail()
		if took := p.away(); took < 59*time.Second || took > 61*time.Second {
			t.Errorf("calls went on for %s, want a minute", took)
		}
	})
}
