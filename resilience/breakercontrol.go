package resilience

import (
	"cmp"
	"slices"
)

// State returns the state of a circuit; false if there is none under this key, which is as good as a closed one.
func (b *Breakers) State(k BreakerKey) (BreakerState, bool) {
	b.follow()
	c, ok := b.find(k)
	if !ok {
		return BreakerState{}, false
	}
	return c.snapshot(), true
}

// History returns the last changes of a circuit, the oldest first: at most 16. They are forgotten with the circuit.
func (b *Breakers) History(k BreakerKey) []BreakerChange {
	c, ok := b.find(k)
	if !ok {
		return nil
	}
	return c.history()
}

// List returns the circuits of a tenant's connections, or of all for "", ordered by tenant, connection and host.
func (b *Breakers) List(tenant string) []BreakerState {
	found := make(map[BreakerKey]steered)
	for k, c := range b.circuits.Range {
		found[k] = c
	}
	return b.states(found, func(k BreakerKey) bool { return k.Tenant != "" && (tenant == "" || k.Tenant == tenant) })
}

// Hosts returns the circuits of whole hosts, ordered by host. Their keys have no tenant.
func (b *Breakers) Hosts() []BreakerState {
	found := make(map[BreakerKey]steered)
	for k, c := range b.hosts.Range {
		found[k] = c
	}
	return b.states(found, func(k BreakerKey) bool { return k.Tenant == "" })
}

// states adds the forced circuits and describes those that are wanted.
func (b *Breakers) states(found map[BreakerKey]steered, wanted func(BreakerKey) bool) []BreakerState {
	b.mu.RLock()
	for k, c := range b.forced {
		found[k] = c
	}
	b.mu.RUnlock()
	var list []BreakerState
	for k, c := range found {
		if wanted(k) {
			list = append(list, c.snapshot())
		}
	}
	slices.SortFunc(list, func(x, y BreakerState) int { return compareKeys(x.Key, y.Key) })
	return list
}

// Force holds a circuit open or closed until [Breakers.Reset], whatever is reported; it need not exist yet. A key
// without Tenant is that of a whole host: forced open, it lets nobody through; forced closed, it leaves the judgement to
// the circuits of the connections. Another state, or more forced circuits than the set has room for, is an [*Error], and
// so are other processes that could not be told within 2 s: it holds in this one all the same.
func (b *Breakers) Force(k BreakerKey, s State) error {
	if s != StateOpen && s != StateClosed {
		return wrong("state", "must be %q or %q", StateOpen, StateClosed)
	}
	c, err := b.pin(k)
	if err != nil {
		return err
	}
	c.force(s)
	return b.share(k, s)
}

// Reset makes a circuit closed again and forgets what it has counted; requests under way no longer count. If there is
// none, there is nothing to do here. The error is that of telling the other processes, an [*Error]; it is nil where
// forced circuits aren't shared. What they have counted by themselves they keep.
func (b *Breakers) Reset(k BreakerKey) error {
	b.release(k)
	return b.share(k, "")
}

// release is Reset in this process.
func (b *Breakers) release(k BreakerKey) {
	c, ok := b.find(k)
	if !ok {
		return
	}
	b.mu.Lock()
	delete(b.forced, k)
	b.mu.Unlock()
	switch c := c.(type) { // it may have been dropped while it was forced
	case *circuit:
		b.circuits.GetOrCreate(k.Tenant, k, func() *circuit { return c })
	case *hostCircuit:
		b.hosts.GetOrCreate("", k, func() *hostCircuit { return c })
	}
	c.reset()
}

// pin keeps a circuit for as long as it is forced.
func (b *Breakers) pin(k BreakerKey) (steered, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c, ok := b.forced[k]; ok {
		return c, nil
	}
	if len(b.forced) >= b.max {
		return nil, wrong("key", "%d circuits are forced already: reset one first", len(b.forced))
	}
	if k.Tenant == "" {
		b.forced[k], _ = b.hosts.GetOrCreate("", k, func() *hostCircuit { return b.newHost(k) })
	} else {
		b.forced[k], _ = b.circuits.GetOrCreate(k.Tenant, k, func() *circuit { return b.newCircuit(k) })
	}
	return b.forced[k], nil
}

func (b *Breakers) find(k BreakerKey) (steered, bool) {
	b.mu.RLock()
	c, ok := b.forced[k]
	b.mu.RUnlock()
	if ok {
		return c, true
	}
	if k.Tenant == "" {
		h, ok := b.hosts.Get(k)
		return h, ok
	}
	one, ok := b.circuits.Get(k)
	return one, ok
}

func compareKeys(x, y BreakerKey) int {
	return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.Connection, y.Connection), cmp.Compare(x.Host, y.Host),
		cmp.Compare(x.Use, y.Use))
}
