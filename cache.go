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
)

// connectionCache remembers opened connections, so that a call needn't ask the
// store each time.
type connectionCache struct {
	gw     *Gateway
	groups *bounded.Map[groupKey, *connectionGroup]
}

// groupKey is what is forgotten together: a change of one connection can change
// which is the primary one.
type groupKey struct{ tenant, integration string }

// connectionGroup is what is remembered of one tenant's connections to one
// integration, by what they are asked for: slug, ID, or nothing for the primary.
type connectionGroup struct {
	mu   sync.Mutex // guards what follows
	used time.Time
	refs map[string]*remembered[*storedConnection]
}

func newConnectionCache(g *Gateway) *connectionCache {
	return &connectionCache{gw: g, groups: bounded.New[groupKey, *connectionGroup](maxCached, nil)}
}

// find is ConnectionStore.Find, remembered.
func (c *connectionCache) find(ctx context.Context, tenant, integration, ref string) (*storedConnection, error) {
	group := c.groups.GetOrCreate(groupKey{tenant, integration}, func() *connectionGroup {
		return &connectionGroup{refs: map[string]*remembered[*storedConnection]{}}
	})
	found, err := group.ref(ref, c.gw.cfg.Now()).get(ctx, c.gw, func(ctx context.Context) (*storedConnection, error) {
		row, cred, err := c.gw.cfg.Store.Connections().Find(ctx, tenant, integration, ref)
		if err != nil {
			return nil, err
		}
		return newStoredConnection(c.gw, row, cred), nil
	})
	if errors.Is(err, ErrUnresolved) {
		group.free(ref)
	}
	return found, err
}

// free gives up the place of a connection that isn't there.
func (g *connectionGroup) free(ref string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.refs, ref)
}

// ref is what is remembered of one connection. When there are too many, it is
// remembered for this call alone.
func (g *connectionGroup) ref(ref string, now time.Time) *remembered[*storedConnection] {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.used = now
	m := g.refs[ref]
	if m == nil {
		m = &remembered[*storedConnection]{}
		if len(g.refs) < maxCachedRefs {
			g.refs[ref] = m
		}
	}
	return m
}

// forget drops what is remembered of one tenant's connections to one
// integration. Who comes now begins anew; what is being read for those who came
// before is theirs alone.
func (c *connectionCache) forget(tenant, integration string) {
	c.groups.Delete(groupKey{tenant, integration})
}

// forgetIf drops every group that matches.
func (c *connectionCache) forgetIf(match func(groupKey, *connectionGroup) bool) {
	c.groups.Range(func(key groupKey, g *connectionGroup) bool {
		if match(key, g) {
			c.groups.Delete(key)
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
