package storetest

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
)

// leaseClauses hold what makes one refresh start at a time.
func leaseClauses() []clause {
	return []clause{
		{name: "6_one_holder", run: oneHolder},
		{name: "6_holder_extends", run: holderExtends, clock: true},
		{name: "6_expired_lease", run: expiredLease, clock: true},
		{name: "6_lease_race", run: leaseRace},
		{name: "6_in_turns", run: leaseInTurns},
		{name: "7_not_the_holder", run: notTheHolder},
		{name: "7_expired_holder", run: expiredHolder, clock: true},
		{name: "8_fence", run: fenceRises, clock: true},
	}
}

// cancelable is a context of the test that can be ended early.
func (e *env) cancelable() (context.Context, context.CancelFunc) { return context.WithCancel(e.ctx()) }

// acquire takes a lease that must be free.
func (e *env) acquire(id, holder string, ttl time.Duration) waygate.Lease {
	e.Helper()
	l, err := e.credentials.Acquire(e.ctx(), acme, id, holder, ttl)
	e.ok(err, "Acquire by "+holder)
	if l.Tenant != acme || l.CredentialID != id || l.Holder != holder || l.Remaining <= 0 || l.Remaining > ttl {
		e.Errorf("Acquire by %s for %s gave %+v", holder, ttl, l)
	}
	return l
}

// taken wants the lease to be another's.
func (e *env) taken(id, holder string) {
	e.Helper()
	_, err := e.credentials.Acquire(e.ctx(), acme, id, holder, longLease)
	e.is(err, waygate.ErrConflict, "Acquire by "+holder+" of a lease that is held")
}

func oneHolder(e *env) {
	_, cred := e.connect(acme, "main")
	_, other := e.connect(acme, "other")
	l := e.acquire(cred.ID, "one", longLease)
	e.taken(cred.ID, "two")
	e.acquire(other.ID, "two", longLease)
	renewed, err := e.credentials.Renew(e.ctx(), l, longLease)
	e.ok(err, "Renew by the holder")
	if renewed.Holder != "one" || renewed.Fence != l.Fence || renewed.Remaining <= 0 || renewed.Remaining > longLease {
		e.Errorf("Renew gave %+v, want the lease %+v", renewed, l)
	}
	e.ok(e.credentials.Release(e.ctx(), renewed), "Release by the holder")
	e.acquire(cred.ID, "two", longLease)
	e.taken(cred.ID, "one")
}

// holderExtends: Acquire and Renew by the holder move the end of the lease.
func holderExtends(e *env) {
	for _, renew := range []bool{false, true} {
		e := e.again()
		_, cred := e.connect(acme, "main")
		ttl := e.shortLease()
		first := e.acquire(cred.ID, "one", ttl)
		second, err := first, error(nil)
		if renew {
			second, err = e.credentials.Renew(e.ctx(), first, longLease)
			e.ok(err, "Renew")
		} else {
			second = e.acquire(cred.ID, "one", longLease)
		}
		if second.Fence != first.Fence {
			e.Errorf("the fence of an extended lease is %d, want %d as before", second.Fence, first.Fence)
		}
		if e.caps.Advance != nil {
			e.caps.Advance(2 * ttl)
		} else {
			time.Sleep(2 * ttl)
		}
		e.taken(cred.ID, "two")
		_, err = e.credentials.Renew(e.ctx(), second, longLease)
		e.ok(err, "Renew of a lease that was extended")
	}
}

// expiredLease can be acquired by anyone.
func expiredLease(e *env) {
	_, cred := e.connect(acme, "main")
	ttl := e.shortLease()
	e.acquire(cred.ID, "one", ttl)
	e.elapsed(ttl, func() error {
		_, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "two", longLease)
		return err
	}, "Acquire of a lease that ran out")
	e.taken(cred.ID, "one")
}

func leaseRace(e *env) {
	_, cred := e.connect(acme, "main")
	e.one(e.race(racers, func(i int) error {
		_, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, fmt.Sprint("holder ", i), longLease)
		return err
	}), "Acquire of one lease")
}

// leaseInTurns: many take the lease in turns, never two at once, and each fence
// is higher than the one before.
func leaseInTurns(e *env) {
	_, cred := e.connect(acme, "main")
	var inside atomic.Int32
	var fence atomic.Int64
	for _, err := range e.race(8, func(i int) error {
		for range 10 {
			var l waygate.Lease
			if err := retry(func() (err error) {
				l, err = e.credentials.Acquire(e.ctx(), acme, cred.ID, fmt.Sprint("holder ", i), longLease)
				return err
			}); err != nil {
				return err
			}
			if n := inside.Add(1); n != 1 {
				return fmt.Errorf("%d hold the lease at once", n)
			}
			if last := fence.Swap(l.Fence); last > l.Fence {
				return fmt.Errorf("fence %d after %d", l.Fence, last)
			}
			inside.Add(-1)
			if err := e.credentials.Release(e.ctx(), l); err != nil {
				return err
			}
		}
		return nil
	}) {
		e.ok(err, "in turns")
	}
}

// refused wants a lease to be worth nothing, and the one of the holder to stay.
func (e *env) refused(l waygate.Lease, class error, what string) {
	e.Helper()
	_, err := e.credentials.Renew(e.ctx(), l, 2*longLease)
	e.is(err, class, "Renew of "+what)
	e.is(e.credentials.Release(e.ctx(), l), class, "Release of "+what)
}

func notTheHolder(e *env) {
	_, cred := e.connect(acme, "main")
	old := e.acquire(cred.ID, "one", longLease)
	e.ok(e.credentials.Release(e.ctx(), old), "Release")
	e.refused(old, waygate.ErrConflict, "a lease that was released")
	held := e.acquire(cred.ID, "two", longLease)
	e.refused(old, waygate.ErrConflict, "a lease that another holds now")
	forged, stale := held, held
	forged.Holder = "three"
	stale.Fence--
	e.refused(forged, waygate.ErrConflict, "a lease of another holder")
	e.refused(stale, waygate.ErrConflict, "a lease of an earlier fence")
	foreign, unknown := held, held
	foreign.Tenant, unknown.CredentialID = globex, "crd_none"
	e.refused(foreign, waygate.ErrUnresolved, "a lease of another tenant")
	e.refused(unknown, waygate.ErrUnresolved, "a lease of an unknown credential")
	e.taken(cred.ID, "four")
	_, err := e.credentials.Renew(e.ctx(), held, longLease)
	e.ok(err, "Renew by the holder, after all that")
}

// expiredHolder is not the holder any more, also before another comes.
func expiredHolder(e *env) {
	_, cred := e.connect(acme, "main")
	_, clock := e.connect(acme, "clock")
	ttl := e.shortLease()
	l := e.acquire(cred.ID, "one", ttl)
	e.acquire(clock.ID, "one", ttl) // ends later: tells when the first is over
	e.elapsed(ttl, func() error {
		_, err := e.credentials.Acquire(e.ctx(), acme, clock.ID, "two", longLease)
		return err
	}, "Acquire of a lease that ran out")
	e.refused(l, waygate.ErrConflict, "a lease that ran out")
	held := e.acquire(cred.ID, "two", longLease)
	e.refused(l, waygate.ErrConflict, "a lease that ran out and is another's now")
	_, err := e.credentials.Renew(e.ctx(), held, longLease)
	e.ok(err, "Renew by the new holder")
}

// fenceRises with each new holder, however the lease became free.
func fenceRises(e *env) {
	_, cred := e.connect(acme, "main")
	last := e.acquire(cred.ID, "0", longLease)
	for i := 1; i < 6; i++ {
		e.ok(e.credentials.Release(e.ctx(), last), "Release")
		next := e.acquire(cred.ID, fmt.Sprint(i%3), longLease)
		if next.Fence <= last.Fence {
			e.Errorf("fence %d after %d, want a higher one", next.Fence, last.Fence)
		}
		last = next
	}
	_, err := e.credentials.Save(e.ctx(), e.get(acme, cred.ID), nil)
	e.ok(err, "Save")
	ttl := e.shortLease()
	last, err = e.credentials.Renew(e.ctx(), last, ttl)
	e.ok(err, "Renew")
	e.elapsed(ttl, func() error {
		next, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "late", longLease)
		if err == nil && next.Fence <= last.Fence {
			e.Errorf("fence %d after %d, want a higher one", next.Fence, last.Fence)
		}
		return err
	}, "Acquire of a lease that ran out")
}
