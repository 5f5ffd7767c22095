package waygate

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

const (
	maxCached     = 10_000           // groups of connections
	maxCachedRefs = 64               // connections of one tenant to one integration
	cacheIdle     = 10 * time.Minute // unused for so long, a group is dropped while Run runs
	findTimeout   = 2 * time.Second  // for the store, where something older would do
)

// connectionCache remembers opened connections, so that a call needn't ask the
// store each time. It believes the store for a second, or as long as a watch is
// live; when the store is away, for maxStale.
type connectionCache struct {
	gw       *Gateway
	maxStale time.Duration
	groups   *bounded.Map[groupKey, *connectionGroup]
}

// groupKey is what is forgotten together: a change of the primary connection is
// one of all.
type groupKey struct{ tenant, integration string }

// connectionGroup is what is remembered of one tenant's connections to one
// integration.
type connectionGroup struct {
	mu      sync.Mutex // guards what follows; never held while the store is asked
	dead    bool       // forgotten: what a reader still brings isn't kept
	used    time.Time
	refs    map[string]*cachedConnection
	loading map[string]chan struct{} // closed when the reader of a ref is done
	failed  time.Time                // when the store last failed
}

type cachedConnection struct {
	*storedConnection
	at time.Time // when the store was asked
}

func newConnectionCache(g *Gateway) *connectionCache {
	return &connectionCache{gw: g, maxStale: g.cfg.MaxStale, groups: bounded.New[groupKey, *connectionGroup](maxCached, nil)}
}

// find is ConnectionStore.Find, remembered.
func (c *connectionCache) find(ctx context.Context, tenant, integration, ref string) (*storedConnection, error) {
	key := groupKey{tenant, integration}
	for {
		g := c.groups.GetOrCreate(key, newConnectionGroup)
		found, wait := g.look(c, ref)
		if found != nil {
			return found, nil
		}
		if wait == nil {
			return c.load(ctx, g, key, ref)
		}
		select {
		case <-wait: // somebody else asks the store: look again
		case <-ctx.Done():
			return nil, ctxError(ctx)
		}
	}
}

func newConnectionGroup() *connectionGroup {
	return &connectionGroup{refs: map[string]*cachedConnection{}, loading: map[string]chan struct{}{}}
}

// look gives what can be used as it is; else the end of another's reading; else
// the reading is the caller's.
func (g *connectionGroup) look(c *connectionCache, ref string) (*storedConnection, <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := c.gw.cfg.Now()
	g.used = now
	if e := g.refs[ref]; e != nil && !g.dead {
		if c.gw.watch.believes(e.at) || now.Sub(g.failed) < believed && c.usable(e, now) {
			return e.storedConnection, nil
		}
	}
	if done := g.loading[ref]; done != nil {
		return nil, done
	}
	g.loading[ref] = make(chan struct{})
	return nil, nil
}

// usable says whether an entry may stand in for a store that is away.
func (c *connectionCache) usable(e *cachedConnection, now time.Time) bool {
	return now.Sub(c.gw.watch.known(e.at)) <= c.maxStale
}

// load asks the store, and keeps what it gives unless it was forgotten meanwhile.
func (c *connectionCache) load(ctx context.Context, g *connectionGroup, key groupKey, ref string) (*storedConnection, error) {
	defer g.loaded(ref) // also after a panic of the store's
	g.mu.Lock()
	old := g.refs[ref]
	g.mu.Unlock()
	at := c.gw.cfg.Now()
	stale := old != nil && c.usable(old, at)
	asked, cancel := ctx, func() {}
	if stale {
		asked, cancel = context.WithTimeout(ctx, findTimeout)
	}
	row, cred, err := c.gw.cfg.Store.Connections().Find(asked, key.tenant, key.integration, ref)
	cancel()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case err == nil:
		found := &storedConnection{gw: c.gw, row: row, cred: cred}
		if !g.dead && (len(g.refs) < maxCachedRefs || old != nil) {
			g.refs[ref] = &cachedConnection{found, at}
		}
		return found, nil
	case errors.Is(err, ErrUnresolved):
		delete(g.refs, ref)
		return nil, err
	case ctx.Err() != nil:
		return nil, err
	}
	g.failed = c.gw.cfg.Now()
	if stale && !g.dead {
		return old.storedConnection, nil
	}
	return nil, err
}

func (g *connectionGroup) loaded(ref string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.loading[ref])
	delete(g.loading, ref)
}

// forget drops what is remembered of one tenant's connections to one
// integration; what is being read at the moment isn't kept.
func (c *connectionCache) forget(tenant, integration string) {
	key := groupKey{tenant, integration}
	if g, ok := c.groups.Get(key); ok {
		c.drop(key, g)
	}
}

func (c *connectionCache) drop(key groupKey, g *connectionGroup) {
	g.mu.Lock()
	g.dead = true
	clear(g.refs)
	g.mu.Unlock()
	c.groups.Delete(key)
}

// forgetIf drops every group that matches.
func (c *connectionCache) forgetIf(match func(groupKey, *connectionGroup) bool) {
	c.groups.Range(func(key groupKey, g *connectionGroup) bool {
		if match(key, g) {
			c.drop(key, g)
		}
		return true
	})
}

// forgetIdle drops what nobody has used for a while: it holds credentials.
func (c *connectionCache) forgetIdle() {
	now := c.gw.cfg.Now()
	c.forgetIf(func(_ groupKey, g *connectionGroup) bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return now.Sub(g.used) > cacheIdle
	})
}
