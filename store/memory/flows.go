package memory

import (
	"cmp"
	"container/heap"
	"context"
	"time"

	"github.com/waygate-go/waygate"
)

// How many flows are kept: of one tenant, and of all.
const (
	mostTenantFlows = 1000
	mostFlows       = 100_000
)

// flow is a row with its place among those of its tenant.
type flow struct {
	n     uint64
	row   waygate.StoredFlow
	ends  time.Time
	index int // in the heap of what ends
}

func (f *flow) key() flowKey { return flowKey{f.row.Tenant, f.row.ID} }

func compareFlows(a, b *flow) int { return cmp.Compare(a.n, b.n) }

type flowKey struct{ tenant, id string }

// flows are those of all tenants, guarded by the store's lock.
type flows struct {
	ids  map[flowKey]*flow
	log  fair[*flow]
	ends flowHeap
}

func newFlows() flows {
	return flows{ids: map[flowKey]*flow{}, log: newFair(mostFlows, compareFlows)}
}

// PutFlow adds a flow; see [waygate.FlowStore]. A tenant keeps its latest 1,000. All have 100,000 together; beyond that
// the tenant that has the most loses its oldest.
func (s *Store) PutFlow(ctx context.Context, f waygate.StoredFlow, ttl time.Duration) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if f.ID == "" {
		return invalid("ID: is empty: a flow needs one")
	}
	if err := checkTTL(ttl); err != nil {
		return err
	}
	now := s.now()
	s.flows.expire(now)
	added := &flow{n: s.next(), row: cloneFlow(f), ends: now.Add(ttl)}
	if s.flows.ids[added.key()] != nil {
		return conflict("ID: tenant %q has a flow %q already", clip(f.Tenant), clip(f.ID))
	}
	s.flows.add(added)
	return nil
}

// TakeFlow removes a flow and returns it; see [waygate.FlowStore].
func (s *Store) TakeFlow(ctx context.Context, tenant, id string) (waygate.StoredFlow, error) {
	if err := s.beginWrite(ctx); err != nil {
		return waygate.StoredFlow{}, err
	}
	defer s.mu.Unlock()
	s.flows.expire(s.now())
	f := s.flows.ids[flowKey{tenant, id}]
	if f == nil {
		return waygate.StoredFlow{}, unresolved("tenant %q has no flow %q: it was taken, or its time is over", clip(tenant), clip(id))
	}
	s.flows.remove(f)
	return f.row, nil // nobody else has it any more
}

// purgeFlows removes those of a tenant, and counts them.
func (s *Store) purgeFlows(tenant string) int {
	s.flows.expire(s.now()) // what is over is no row
	gone := s.flows.log.dropTenant(tenant)
	for _, f := range gone {
		s.flows.forget(f)
	}
	return len(gone)
}

// add makes room if need be.
func (s *flows) add(f *flow) {
	if all := s.log.items(f.row.Tenant); len(all) >= mostTenantFlows {
		s.remove(all[0])
	}
	s.ids[f.key()] = f
	heap.Push(&s.ends, f)
	if dropped, ok := s.log.add(f.row.Tenant, f); ok {
		s.forget(dropped)
	}
}

// expire removes those whose time is over.
func (s *flows) expire(now time.Time) {
	for len(s.ends) > 0 && !now.Before(s.ends[0].ends) {
		s.remove(s.ends[0])
	}
}

func (s *flows) remove(f *flow) {
	s.log.remove(f.row.Tenant, f)
	s.forget(f)
}

// forget removes one that the log has no more.
func (s *flows) forget(f *flow) {
	delete(s.ids, f.key())
	heap.Remove(&s.ends, f.index)
}

// flowHeap has the flow that ends next first.
type flowHeap []*flow

func (h flowHeap) Len() int           { return len(h) }
func (h flowHeap) Less(i, j int) bool { return h[i].ends.Before(h[j].ends) }

func (h flowHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *flowHeap) Push(x any) {
	f, _ := x.(*flow)
	f.index = len(*h)
	*h = append(*h, f)
}

func (h *flowHeap) Pop() any {
	last := len(*h) - 1
	f := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return f
}

var _ waygate.FlowStore = (*Store)(nil)
