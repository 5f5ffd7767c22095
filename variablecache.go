package waygate

import (
	"context"
	"strings"
	"sync"

	"github.com/waygate-go/waygate/internal/bounded"
)

const (
	maxCachedTenants = 10_000 // whose variables are remembered
	maxCachedSets    = 256    // sets of variables of one tenant
	// maxCachedBytes bounds those sets together, as they are sealed: the variables of a
	// tenant are in the set of each connection again, and each may have 64 KiB.
	maxCachedBytes = 1 << 20
)

// variableCache remembers what actions read of a tenant's variables, sealed as they
// are stored, so that a call needn't ask the store each time.
type variableCache struct {
	gw      *Gateway
	tenants *bounded.Map[string, *variableSets]
}

// variableSets are the variables of one tenant, which are forgotten together.
type variableSets struct {
	mu    sync.Mutex // guards what follows
	sets  map[variableKey]*variableSet
	bytes int // of all sets
}

// variableSet is one set, and what it takes.
type variableSet struct {
	remembered[[]StoredVariable]
	bytes int // guarded by variableSets.mu
}

// variableKey is what was asked for: a connection, or none, and the names.
type variableKey struct{ connectionID, names string }

func newVariableCache(g *Gateway) *variableCache {
	return &variableCache{gw: g, tenants: bounded.New[string, *variableSets](maxCachedTenants, nil)}
}

// find is VariableStore.Variables of some names, remembered.
func (c *variableCache) find(ctx context.Context, tenant, connectionID string, names []string) ([]StoredVariable, error) {
	sets := c.tenants.GetOrCreate(tenant, func() *variableSets {
		return &variableSets{sets: map[variableKey]*variableSet{}}
	})
	key := variableKey{connectionID, strings.Join(names, " ")} // no name has a blank
	m := sets.set(key)
	return m.get(ctx, c.gw, func(ctx context.Context) ([]StoredVariable, error) {
		rows, err := c.gw.parts.variables.Variables(ctx, tenant, connectionID, names)
		if err == nil {
			sets.weigh(key, m, rows)
		}
		return rows, err
	})
}

// set is what is remembered of one set. When there are too many, it is remembered
// for this call alone.
func (s *variableSets) set(key variableKey) *variableSet {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.sets[key]
	if m == nil {
		m = &variableSet{}
		if len(s.sets) < maxCachedSets {
			s.sets[key] = m
		}
	}
	return m
}

// weigh notes what a set takes. One that the others leave no room for isn't remembered.
func (s *variableSets) weigh(key variableKey, m *variableSet, rows []StoredVariable) {
	bytes := 0
	for _, row := range rows {
		bytes += len(row.Sealed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sets[key] != m {
		return
	}
	s.bytes += bytes - m.bytes
	if m.bytes = bytes; s.bytes > maxCachedBytes {
		s.bytes -= bytes
		delete(s.sets, key)
	}
}

// forget drops what is remembered of a tenant. Who comes now begins anew; what is
// being read for those who came before is theirs alone.
func (c *variableCache) forget(tenant string) { c.tenants.Delete(tenant) }

func (c *variableCache) forgetAll() {
	c.tenants.Range(func(tenant string, _ *variableSets) bool {
		c.tenants.Delete(tenant)
		return true
	})
}
