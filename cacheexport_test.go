package waygate

import "context"

// FindConnection is how a call finds its connection.
func FindConnection(ctx context.Context, g *Gateway, tenant, integration, ref string) (*StoredConnection, error) {
	found, err := g.cache.find(ctx, tenant, integration, ref)
	if err != nil {
		return nil, err
	}
	return &found.row, nil
}

// ForgetConnections is what a change does.
func ForgetConnections(g *Gateway, tenant, integration string) { g.cache.forget(tenant, integration) }

// CachedConnections counts what a gateway remembers: groups, and connections in
// them.
func CachedConnections(g *Gateway) (groups, connections int) {
	g.cache.groups.Range(func(_ groupKey, group *connectionGroup) bool {
		group.mu.Lock()
		defer group.mu.Unlock()
		groups, connections = groups+1, connections+len(group.refs)
		return true
	})
	return groups, connections
}

// FindDefinition is how a call finds the definition of an integration that is
// not registered: false if there is none.
func FindDefinition(ctx context.Context, g *Gateway, id string) (bool, error) {
	c, err := g.saved.get(ctx, id)
	return c != nil, err
}

// CachedDefinitions counts the saved definitions that a gateway remembers, and
// the ids of which it remembers that there is none.
func CachedDefinitions(g *Gateway) int {
	return g.saved.defs.Len()
}
