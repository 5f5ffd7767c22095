package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
)

func flowClauses() []clause {
	return []clause{
		{name: "1_taken_once", run: flowTakenOnce},
		{name: "1_take_race", run: flowTakeRace},
		{name: "1_other_process", run: flowOfAnotherProcess},
		{name: "2_time_over", run: flowOver, clock: true},
		{name: "2_over_is_free", run: overIsFree, clock: true},
		{name: "3_conflict", run: flowConflict},
		{name: "3_put_race", run: flowPutRace},
		{name: "4_latest", run: latestFlows},
		{name: "5_purge", run: flowsPurged},
	}
}

// takes takes a flow that must be there, as it was put.
func (e *env) takes(want waygate.StoredFlow, when string) {
	e.Helper()
	got, err := e.flows.TakeFlow(e.ctx(), want.Tenant, want.ID)
	e.ok(err, "TakeFlow "+when)
	e.same(got, want, "the flow "+when)
}

// noFlow wants a flow not to be there.
func (e *env) noFlow(f waygate.StoredFlow, when string) {
	e.Helper()
	got, err := e.flows.TakeFlow(e.ctx(), f.Tenant, f.ID)
	e.is(err, waygate.ErrUnresolved, "TakeFlow "+when)
	e.same(got, waygate.StoredFlow{}, "the flow "+when)
}

// putFlow stores a new flow.
func (e *env) putFlow(tenant string, ttl time.Duration) waygate.StoredFlow {
	e.Helper()
	f := e.flow(tenant)
	e.ok(e.flows.PutFlow(e.ctx(), f, ttl), "PutFlow")
	return f
}

func flowTakenOnce(e *env) {
	f, other := e.putFlow(acme, longLease), e.putFlow(acme, longLease)
	e.noFlow(waygate.StoredFlow{Tenant: globex, ID: f.ID}, "by another tenant")
	e.noFlow(waygate.StoredFlow{Tenant: acme, ID: f.ID + "x"}, "of another ID")
	e.takes(f, "for the first time")
	e.noFlow(f, "for the second time")
	e.takes(other, "put beside it")
	e.ok(e.flows.PutFlow(e.ctx(), f, longLease), "PutFlow of an ID that was taken")
	e.takes(f, "put again")
}

// flowTakeRace: whoever doesn't get it is told that it isn't there.
func flowTakeRace(e *env) {
	for range 10 {
		f := e.putFlow(acme, longLease)
		var won atomic.Int32
		for _, err := range e.race(racers, func(int) error {
			got, err := e.flows.TakeFlow(e.ctx(), acme, f.ID)
			if err == nil {
				won.Add(1)
			}
			if err == nil && canonical(got) != canonical(f) {
				return fmt.Errorf("took %+v, want %+v", got, f)
			}
			if errors.Is(err, waygate.ErrUnresolved) {
				return nil
			}
			return err
		}) {
			e.ok(err, "TakeFlow of one flow by many")
		}
		if n := won.Load(); n != 1 {
			e.Errorf("%d took one flow, want 1", n)
		}
	}
}

func flowOfAnotherProcess(e *env) {
	f := e.putFlow(acme, longLease)
	if !e.caps.Durable {
		e.takes(f, "in the process that put it")
		return
	}
	other, ok := optional[waygate.FlowStore](e.caps.Reopen(e.T, e.store))
	if !ok {
		e.Fatal("the store that Reopen gave is no FlowStore")
	}
	got, err := other.TakeFlow(e.ctx(), acme, f.ID)
	e.ok(err, "TakeFlow by another process")
	e.same(got, f, "the flow that another process took")
	e.noFlow(f, "after another process took it")
}

// flowOver: each flow has a time of its own, whatever came before or after it.
func flowOver(e *env) {
	ttl := e.shortLease()
	long := e.putFlow(acme, longLease)
	short, counted := e.putFlow(acme, ttl), e.putFlow(acme, ttl)
	if e.caps.Advance != nil {
		in := e.putFlow(acme, ttl)
		e.caps.Advance(ttl - time.Microsecond)
		e.takes(in, "just in time")
		e.caps.Advance(time.Microsecond)
	} else {
		e.pass(ttl)
	}
	e.noFlow(short, "when its time is over")
	e.takes(long, "that has more time")
	purged, err := e.connections.Purge(e.ctx(), acme, nil)
	e.ok(err, "Purge")
	e.same(purged, waygate.Purged{}, "what Purge counted of flows whose time is over")
	e.noFlow(counted, "when its time is over, and the tenant was purged")
}

// overIsFree: the ID of one whose time is over can be used again, with a time of
// its own.
func overIsFree(e *env) {
	f := e.putFlow(acme, e.shortLease())
	f.Sealed = []byte("put again")
	e.elapsed(e.shortLease(), func() error { return e.flows.PutFlow(e.ctx(), f, longLease) }, "PutFlow of an ID whose time is over")
	e.is(e.flows.PutFlow(e.ctx(), f, longLease), waygate.ErrConflict, "PutFlow of an ID that was put again")
	e.pass(e.shortLease())
	e.takes(f, "put again")
}

func flowConflict(e *env) {
	f := e.putFlow(acme, longLease)
	second := f
	second.Sealed, second.Integration = []byte("second"), "slack"
	e.is(e.flows.PutFlow(e.ctx(), second, longLease), waygate.ErrConflict, "PutFlow of an ID that is there")
	e.takes(f, "after another was refused")
	e.noFlow(f, "after it was taken")
}

func flowPutRace(e *env) {
	f := e.flow(acme)
	e.one(e.race(racers, func(i int) error {
		own := f
		own.Sealed = []byte(fmt.Sprint("racer ", i))
		return e.flows.PutFlow(e.ctx(), own, longLease)
	}), "PutFlow of one ID")
	_, err := e.flows.TakeFlow(e.ctx(), acme, f.ID)
	e.ok(err, "TakeFlow of what one put")
	e.noFlow(f, "after it was taken")
}

// latestFlows: a tenant's latest 1,000 are there, also one of another tenant's
// that is older than all.
func latestFlows(e *env) {
	const most = 1000
	quiet := e.putFlow(globex, longLease)
	var put []waygate.StoredFlow
	for range most + 50 {
		put = append(put, e.putFlow(acme, longLease))
	}
	for _, f := range put[len(put)-most:] {
		e.takes(f, fmt.Sprintf("of the latest %d", most))
	}
	e.takes(quiet, "of another tenant")
}

func flowsPurged(e *env) {
	f, other, theirs := e.putFlow(acme, longLease), e.putFlow(acme, longLease), e.putFlow(globex, longLease)
	purged, err := e.connections.Purge(e.ctx(), acme, nil)
	e.ok(err, "Purge")
	e.same(purged, waygate.Purged{Flows: 2}, "what Purge counted")
	e.noFlow(f, "after Purge")
	e.noFlow(other, "after Purge")
	e.takes(theirs, "of another tenant after Purge")
	e.ok(e.flows.PutFlow(e.ctx(), f, longLease), "PutFlow of an ID that was purged")
	e.takes(f, "put after Purge")
}

// putOddFlowAndApp and oddFlowAndApp write and read rows with odd names.
func (e *env) putOddFlowAndApp(name string) {
	e.Helper()
	if e.flows != nil {
		f := waygate.StoredFlow{Tenant: name, Integration: name, ID: name, Sealed: []byte(name)}
		e.ok(e.flows.PutFlow(e.ctx(), f, longLease), fmt.Sprintf("PutFlow of %q", name))
	}
	if e.apps != nil {
		a := e.app(name, name)
		a.Integration, a.Settings = name, nil
		e.addApp(a)
	}
}

func (e *env) oddFlowAndApp(name string) {
	e.Helper()
	if e.flows != nil {
		e.takes(waygate.StoredFlow{Tenant: name, Integration: name, ID: name, Sealed: []byte(name)}, fmt.Sprintf("of %q", name))
	}
	if e.apps != nil {
		a, err := e.apps.App(e.ctx(), name, name, name)
		e.ok(err, fmt.Sprintf("App of %q", name))
		list, err := e.apps.Apps(e.ctx(), name, name)
		e.ok(err, fmt.Sprintf("Apps of %q", name))
		e.same(list, []waygate.StoredApp{a}, fmt.Sprintf("the apps of %q", name))
		e.same([]string{a.Tenant, a.Integration, a.ID}, []string{name, name, name}, "the names of the app")
	}
}
