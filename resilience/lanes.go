package resilience

import (
	"container/list"
	"time"
)

// Bounds of those who wait for one thing.
const (
	mostWaiting       = 10_000
	mostWaitingTenant = 1_000
)

// lanes are those who wait for one thing, a lane for each tenant. The lanes take turns, whatever their length, so that a
// tenant which asks a hundred times as often as another waits a hundred times as long, not the other. (All that is
// waited for is of one size, so that deficit round robin is round robin.) It has no lock of its own.
type lanes struct {
	byTenant map[string]*lane
	turn     list.List // of *lane, the next one in front
	waiting  int
}

type lane struct {
	tenant  string
	waiters list.List // of *waiter, the first one in front
	turn    *list.Element
}

// waiter is one who waits.
type waiter struct {
	lane  *lane
	place *list.Element // nil once it left the lane
	ready chan struct{} // closed when it needn't wait any more
	err   error         // why not; nil if it got what it waited for
	// asked says that the one who serves has been asked since it came, and deadline when it has to be served.
	asked    bool
	deadline time.Time
}

// hasRoom says whether one more of a tenant may wait.
func (q *lanes) hasRoom(tenant string) bool {
	mine := q.length(tenant)
	return mine < mostWaitingTenant && (q.waiting < mostWaiting || mine == 0 && len(q.byTenant) < mostWaiting)
}

func (q *lanes) length(tenant string) int {
	if l := q.byTenant[tenant]; l != nil {
		return l.waiters.Len()
	}
	return 0
}

// before is how many may be served before one more of a tenant.
func (q *lanes) before(tenant string) int {
	mine := q.length(tenant)
	if mine == 0 {
		return len(q.byTenant)
	}
	n := mine
	for _, l := range q.byTenant {
		if l.tenant != tenant {
			n += min(l.waiters.Len(), mine+1)
		}
	}
	return n
}

func (q *lanes) push(tenant string) *waiter {
	if q.byTenant == nil {
		q.byTenant = make(map[string]*lane)
	}
	l := q.byTenant[tenant]
	if l == nil {
		l = &lane{tenant: tenant}
		l.turn = q.turn.PushBack(l)
		q.byTenant[tenant] = l
	}
	w := &waiter{lane: l, ready: make(chan struct{})}
	w.place = l.waiters.PushBack(w)
	q.waiting++
	return w
}

// pop serves the first of the lane whose turn it is, of those that may be served; false if none may.
func (q *lanes) pop(may func(tenant string) bool) bool {
	for el := q.turn.Front(); el != nil; el = el.Next() {
		l := el.Value.(*lane)
		if may != nil && !may(l.tenant) {
			continue
		}
		q.turn.MoveToBack(el)
		q.end(l.waiters.Front().Value.(*waiter), nil)
		return true
	}
	return false
}

// end takes a waiter out and tells it; it does nothing if that was done before.
func (q *lanes) end(w *waiter, err error) {
	if w.place == nil {
		return
	}
	l := w.lane
	l.waiters.Remove(w.place)
	w.place, w.err = nil, err
	close(w.ready)
	q.waiting--
	if l.waiters.Len() == 0 {
		q.turn.Remove(l.turn)
		delete(q.byTenant, l.tenant)
	}
}
