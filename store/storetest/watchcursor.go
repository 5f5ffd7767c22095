package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// failuresNotTold: of a change that was refused nothing is told.
func failuresNotTold(e *env) {
	p := e.furnish(acme)
	e.setStatus(acme, "main", waygate.StatusError)
	w := e.watching()
	fails := func(what string, err error) {
		e.Helper()
		if err == nil {
			e.Errorf("%s succeeded", what)
		}
		w.tells(what, nil)
	}
	cred := p.cred
	cred.Version++
	_, err := e.connections.Insert(e.ctx(), p.conn, nil, nil)
	fails("Insert of an ID that is there", err)
	_, err = e.connections.Update(e.ctx(), p.conn, nil) // a version before
	fails("Update of a version that moved", err)
	fails("SetPrimary of one in error", e.connections.SetPrimary(e.ctx(), acme, p.conn.ID, nil))
	fails("Delete of another tenant's", e.connections.Delete(e.ctx(), globex, p.conn.ID, nil))
	_, err = e.credentials.Save(e.ctx(), cred, nil)
	fails("Save of a version that isn't there", err)
	_, err = e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{})
	fails("Mark of a version that isn't there", err)
	_, err = e.definitions.Put(e.ctx(), p.definition, 0, nil)
	fails("Put of an id that is there", err)
	fails("Delete of no definition", e.definitions.Delete(e.ctx(), "none", nil))
	if e.variables != nil {
		fails("PutVariable of no connection", e.variables.PutVariable(e.ctx(), e.variable(acme, "con_none", "a"), nil))
		fails("DeleteVariable of none", e.variables.DeleteVariable(e.ctx(), acme, "", "none", nil))
		fails("ResealVariable of other bytes", e.variables.ResealVariable(e.ctx(), p.own, []byte("others")))
	}
	for why, ctx := range ended() {
		fails("Delete with a ctx that ended: "+why, e.connections.Delete(ctx, acme, p.conn.ID, nil))
	}
}

// readsNotTold: neither reading nor leases nor records are changes.
func readsNotTold(e *env) {
	p := e.furnish(acme)
	w := e.watching()
	_, err := e.credentials.Renew(e.ctx(), p.lease, longLease)
	e.ok(err, "Renew")
	w.tells("Renew", nil)
	e.ok(e.credentials.Release(e.ctx(), p.lease), "Release")
	w.tells("Release", nil)
	_, err = e.credentials.Acquire(e.ctx(), acme, p.cred.ID, "another", longLease)
	e.ok(err, "Acquire")
	w.tells("Acquire", nil)
	e.append(e.record(acme, base()))
	e.dump(acme)
	w.tells("records and reading", nil)
}

// onlyWhatChanged: an answer doesn't grow with what was changed before.
func onlyWhatChanged(e *env) {
	w := e.watching()
	for latest := range int64(300) {
		_, err := e.revise(latest)
		e.ok(err, "Put")
	}
	w.tells("many Puts", ofDefinition("api"))
	e.define("other")
	w.tells("one more Put", ofDefinition("other"))
	for range 3 {
		w.tells("nothing", nil)
	}
}

// oldCursor: what can't be told any more is Reset, and from there it goes on.
func oldCursor(e *env) {
	most := e.caps.BoundedChanges
	many := most
	if many == 0 {
		many = 500
	}
	w := e.watching()
	oldest := *w
	e.define("first")
	w.told()
	for latest := range many {
		_, err := e.revise(int64(latest))
		e.ok(err, "Put")
	}
	page, err := e.watch.Changes(e.ctx(), oldest.cursor)
	e.ok(err, "Changes since long ago")
	switch {
	case most != 0 && !page.Reset:
		e.Errorf("Changes since %d changes ago, of which %d can be told: no Reset", many+1, most)
	case !page.Reset && (!slices.Contains(page.Changes, ofDefinition("first")[0]) || !slices.Contains(page.Changes, ofDefinition("api")[0])):
		e.Errorf("Changes since long ago gave neither Reset nor all that was changed: %d", len(page.Changes))
	}
	w.tells("all that can be told", ofDefinition("api"))
	after := watcher{e, page.Cursor}
	after.tells("nothing after Reset", nil)
	e.define("last")
	after.tells("Put after Reset", ofDefinition("last"))
}

// notACursor: what the store didn't give, or another store did, is invalid input
// or Reset: in no case is it taken for a place after which nothing was changed.
func notACursor(e *env) {
	w := e.watching()
	another := e.again()
	another.define("api")
	bad := []string{another.watching().cursor, "x", "0", "-1", "%", " ", "\x00", "é", strings.Repeat("A", 5000),
		w.cursor + "A", w.cursor[:len(w.cursor)/2], strings.Repeat("A", len(w.cursor))}
	for _, l := range e.listings() {
		e := e.again()
		for i := range l.max + 1 {
			l.add(e, i)
		}
		_, next, err := l.page(e, l.max, "")
		e.ok(err, l.name)
		bad = append(bad, next)
	}
	for _, cursor := range bad {
		page, err := e.watch.Changes(e.ctx(), cursor)
		if err != nil {
			e.is(err, waygate.ErrInvalidInput, "Changes with a bad cursor")
		} else if !page.Reset {
			e.Errorf("Changes took the cursor %.60q, want ErrInvalidInput or Reset", cursor)
		}
	}
}

func changesAreCopied(e *env) {
	w := e.watching()
	e.define("api")
	e.define("other")
	before := *w
	told := w.told()
	scribble(&told)
	before.tells("Put, after an answer was changed", append(ofDefinition("api"), ofDefinition("other")...))
}

func oddNamesTold(e *env) {
	w := e.watching()
	var want []waygate.Change
	for _, name := range oddNames() {
		c := e.bare(name, name)
		c.ID, c.Integration = "id "+name, name
		_, err := e.connections.Insert(e.ctx(), c, nil, nil)
		e.ok(err, fmt.Sprintf("Insert of %q", name))
		e.define(name)
		want = append(append(want, ofConnections(c)...), ofDefinition(name)...)
	}
	w.tells("rows with odd names", want)
}

// otherProcessTold: of what another process changed.
func otherProcessTold(e *env) {
	other := e.caps.Reopen(e.T, e.store)
	theirs, ok := optional[waygate.WatchStore](other)
	if !ok {
		e.Fatal("the store that Reopen gave has no WatchStore")
	}
	w := e.watching()
	_, err := other.Definitions().Put(e.ctx(), waygate.StoredDefinition{ID: "api"}, 0, nil)
	e.ok(err, "Put")
	page, err := theirs.Changes(e.ctx(), w.cursor)
	e.ok(err, "Changes")
	e.same(page.Changes, ofDefinition("api"), "what the other store tells by the same cursor")
	w.tells("Put by another process", ofDefinition("api"))
}

func wakingClauses() []clause {
	return []clause{
		{name: "1_ended_ctx", run: waitWithEndedContext},
		{name: "1_ctx_ends", run: waitEnds},
	}
}

func waitWithEndedContext(e *env) {
	for why, ctx := range ended() {
		if err := e.waking.Wait(ctx); !errors.Is(err, ctx.Err()) {
			e.Errorf("Wait with a ctx that ended (%s): error %v, want %v", why, err, ctx.Err())
		}
	}
}

// waitEnds: by itself for something or nothing, and soon after ctx.
func waitEnds(e *env) {
	ctx, cancel := context.WithCancel(e.ctx())
	ended := make(chan error, 1)
	go func() {
		for {
			if err := e.waking.Wait(ctx); err != nil {
				ended <- err
				return
			}
		}
	}()
	e.define("api")
	time.Sleep(20 * time.Millisecond) // so that it waits by now
	cancel()
	const most = 3 * time.Second
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			e.Errorf("Wait: error %v, want that of its ctx", err)
		}
	case <-time.After(most):
		e.Errorf("Wait didn't end within %s of its ctx", most)
	}
}
