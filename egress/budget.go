package egress

import (
	"cmp"
	"context"
	"sync"
)

// Budget bounds the bytes of bodies that are held at a time, by all and by each tenant. A tenant that has used up its
// share waits for its own bodies only; the others go on.
//
// Bodies whose length is not known grow while they are read, so that several of them could each hold a part of the
// room and wait for the rest forever. To keep that from happening the bodies in growth may together fill only so much
// that the largest of them still fits beside them, and one at a time may use that rest: it can always end, and passes
// the right on. Waiting is in the order of arrival among those that hold nothing yet.
//
// A Budget is safe for concurrent use. Make it with [NewBudget].
type Budget struct {
	share int64

	mu      sync.Mutex // guards everything below, and the levels and holds under it
	all     level
	tenants map[string]*level // those with a hold, so that the map does not grow with the tenants ever seen
	spare   *level            // of a tenant that has left: empty, for the next
	waiting []*hold           // in the order of arrival
	stuck   bool              // whether one of them is
}

// NewBudget makes a Budget of total bytes, of which one tenant may hold perTenant. 0 or less stands for the defaults
// of [Policy]: 256 MiB, and 64 MiB. A share above the total is lowered to it.
func NewBudget(total, perTenant int64) *Budget {
	total = cmp.Or(max(total, 0), defaultMaxInFlightBytes)
	perTenant = cmp.Or(max(perTenant, 0), defaultMaxTenantBytes)
	return &Budget{
		share:   min(perTenant, total),
		all:     level{capacity: total},
		tenants: make(map[string]*level),
	}
}

// InUse is the number of bytes reserved at the moment. It never exceeds the total, and is 0 when every body read has
// been released.
func (b *Budget) InUse() int64 {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.used
}

// hold is what one body has reserved. A nil hold, of a nil Budget, has no bounds.
type hold struct {
	budget *Budget
	tenant string
	level  *level // the tenant's
	max    int64  // what it may reserve in the end
	held   int64
	want   int64         // what it waits for, while it is in waiting
	ready  chan struct{} // closed when it got what it wants
	stuck  bool          // waits for room that its tenant would have
	done   bool          // the body has been read
	gone   bool
}

// enter announces a body of at most limit bytes, and makes h what it reserves.
func (b *Budget) enter(h *hold, tenant string, limit int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	l := b.tenants[tenant]
	if l == nil {
		if l, b.spare = b.spare, nil; l == nil {
			l = &level{capacity: b.share}
		}
		b.tenants[tenant] = l
	}
	h.budget, h.tenant, h.level, h.max = b, tenant, l, min(limit, b.share)
	l.enter(h)
	b.all.enter(h)
}

// grow reserves up to size bytes altogether, and waits for them until ctx ends.
func (h *hold) grow(ctx context.Context, size int64) error {
	if h == nil || size <= h.held {
		return nil
	}
	b := h.budget
	b.mu.Lock()
	h.want = size
	if b.mayTry(h) && b.try(h) {
		b.mu.Unlock()
		return nil
	}
	h.ready = make(chan struct{})
	b.queue(h)
	b.mu.Unlock()
	select {
	case <-h.ready:
		return nil
	case <-ctx.Done():
	}
	return h.giveUp(ctx)
}

// giveUp takes h out of the queue, unless it was served at the last moment. The leave that follows an error serves
// those behind it.
func (h *hold) giveUp(ctx context.Context) error {
	b := h.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, w := range b.waiting {
		if w == h {
			b.waiting = append(b.waiting[:i:i], b.waiting[i+1:]...)
			h.level.waiters-- // those who come now needn't wait for it
			return &BudgetError{Err: ctx.Err()}
		}
	}
	return nil
}

// finish says that the body has been read and has size bytes. It stays reserved, but needs nothing more.
func (h *hold) finish(size int64) {
	if h == nil {
		return
	}
	h.budget.mu.Lock()
	defer h.budget.mu.Unlock()
	for _, l := range h.levels() {
		l.finish(h, size)
	}
	h.held, h.done = size, true
	h.budget.wake()
}

// leave gives back what is reserved, once.
func (h *hold) leave() {
	if h == nil {
		return
	}
	b := h.budget
	b.mu.Lock()
	defer b.mu.Unlock()
	if h.gone {
		return
	}
	h.gone = true
	for _, l := range h.levels() {
		if !h.done {
			l.finish(h, 0)
		} else {
			l.used -= h.held
		}
		l.holds--
	}
	if h.level.holds == 0 {
		delete(b.tenants, h.tenant)
		*h.level = level{capacity: b.share, limits: h.level.limits[:0]}
		b.spare = h.level
	}
	b.wake()
}

func (h *hold) levels() [2]*level { return [2]*level{h.level, &h.budget.all} }

// wake serves, in order, everyone who can be served now. The caller holds mu.
func (b *Budget) wake() {
	waiting := b.waiting
	b.waiting, b.stuck = nil, false
	for _, h := range waiting {
		h.level.waiters = 0
	}
	for _, h := range waiting {
		if b.mayTry(h) && b.try(h) {
			close(h.ready)
			continue
		}
		b.queue(h)
	}
}

func (b *Budget) queue(h *hold) {
	b.waiting = append(b.waiting, h)
	b.stuck = b.stuck || h.stuck
	h.level.waiters++
}

// mayTry keeps newcomers behind those who wait already: their own tenant's, and anyone's for whom the whole is too
// full. Who holds something may pass, since others wait for it to end.
func (b *Budget) mayTry(h *hold) bool {
	return h.held > 0 || h.level.last == h || !b.stuck && h.level.waiters == 0
}

// try reserves what h wants if both its tenant and the whole have room. The right to the rest is taken at the tenant
// first and at the whole only by who has it there, which is why no two can wait for each other's.
func (b *Budget) try(h *hold) bool {
	own, all := h.level, &b.all
	if (!own.admits(h) || !all.admits(h)) && all.fits(h) {
		own.offer(h)
	}
	if !all.admits(h) && own.last == h {
		all.offer(h)
	}
	h.stuck = own.admits(h) && !all.admits(h)
	if !own.admits(h) || h.stuck {
		return false
	}
	own.take(h)
	all.take(h)
	h.held = h.want
	return true
}
