package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/waygate-go/waygate"
)

// primaries returns the slugs of the primary connections in a list.
func primaries(list []waygate.StoredConnection) []string {
	var found []string
	for _, c := range list {
		if c.Primary {
			found = append(found, c.Slug)
		}
	}
	return found
}

// primary wants one connection to be primary, in List and in Find.
func (e *env) primary(want, when string) {
	e.Helper()
	e.same(primaries(e.allConnections(acme, waygate.ConnectionQuery{Integration: github})), []string{want}, "the primary one "+when)
	c, _, err := e.connections.Find(e.ctx(), acme, github, "")
	e.ok(err, "Find of the primary one "+when)
	if c.Slug != want || !c.Primary {
		e.Errorf("%s: Find gave %q (primary %t), want %q", when, c.Slug, c.Primary, want)
	}
}

// onePrimary reads while others change what they can. No reader may see two
// primary connections, or none: one connection stays active all the time.
func onePrimary(e *env) {
	e.connect(acme, "stays")
	for i := range 4 {
		e.connect(acme, fmt.Sprintf("c%d", i))
	}
	var done atomic.Bool
	var watching sync.WaitGroup
	watching.Add(2)
	for _, err := range e.race(6, func(i int) error {
		if i >= 4 {
			watching.Done()
			for !done.Load() {
				if err := e.lookForPrimary(); err != nil {
					return err
				}
			}
			return e.lookForPrimary()
		}
		watching.Wait()
		if i == 0 {
			defer done.Store(true) // ends the watch when the first is through
		}
		return e.shuffle(fmt.Sprintf("c%d", i))
	}) {
		e.ok(err, "while connections were changed")
	}
}

// lookForPrimary looks once.
func (e *env) lookForPrimary() error {
	page, err := e.connections.List(e.ctx(), acme, waygate.ConnectionQuery{Integration: github})
	if err != nil {
		return err
	}
	if found := primaries(page.Connections); len(found) != 1 {
		return fmt.Errorf("%d primary connections, want 1: %q", len(found), found)
	}
	c, _, err := e.connections.Find(e.ctx(), acme, github, "")
	if err == nil && !c.Primary {
		err = fmt.Errorf("the primary one that Find gave is %q, which is not marked so", c.Slug)
	}
	return err
}

// shuffle changes all that bears on who is primary.
func (e *env) shuffle(name string) error {
	set := func(s waygate.Status) error {
		return retry(func() error {
			c, _, err := e.connections.Find(e.ctx(), acme, github, name)
			if err != nil {
				return err
			}
			c.Status = s
			_, err = e.connections.Update(e.ctx(), c, nil)
			return err
		})
	}
	for range 40 {
		c, _, err := e.connections.Find(e.ctx(), acme, github, name)
		if err != nil {
			return err
		}
		again := e.bare(acme, name)
		for _, do := range []func() error{
			func() error { return e.connections.SetPrimary(e.ctx(), acme, c.ID, nil) },
			func() error { return set(waygate.StatusDisabled) },
			func() error { return set(waygate.StatusActive) },
			func() error { return e.connections.SetPrimary(e.ctx(), acme, c.ID, nil) },
			func() error { return e.connections.Delete(e.ctx(), acme, c.ID, nil) },
			func() error { _, err := e.connections.Insert(e.ctx(), again, nil, nil); return err },
		} {
			if err := do(); err != nil {
				return err
			}
		}
	}
	return nil
}

func firstInsertRace(e *env) {
	for _, err := range e.race(racers, func(i int) error {
		_, err := e.connections.Insert(e.ctx(), e.bare(acme, fmt.Sprintf("c%d", i)), nil, nil)
		return err
	}) {
		e.ok(err, "Insert")
	}
	list := e.allConnections(acme, waygate.ConnectionQuery{})
	if found := primaries(list); len(list) != racers || len(found) != 1 {
		e.Errorf("of %d connections %d are primary, want 1 of %d", len(list), len(found), racers)
	}
}

func firstIsPrimary(e *env) {
	first, _ := e.connect(acme, "a")
	second := e.bare(acme, "b")
	second.Primary = true
	got, err := e.connections.Insert(e.ctx(), second, nil, nil)
	e.ok(err, "Insert")
	if !first.Primary || got.Primary {
		e.Errorf("primary: first %t, second %t; want the first alone", first.Primary, got.Primary)
	}
	e.primary("a", "after two inserts")
	other := e.bare(acme, "a")
	other.Integration = "slack"
	if got, err = e.connections.Insert(e.ctx(), other, nil, nil); err != nil || !got.Primary {
		e.Errorf("the first of another integration: primary %t, error %v", got.Primary, err)
	}
}

func primaryMoves(e *env) {
	e.connect(acme, "a")
	b, _ := e.connect(acme, "b")
	e.ok(e.connections.SetPrimary(e.ctx(), acme, b.ID, nil), "SetPrimary")
	e.primary("b", "after SetPrimary")
	e.ok(e.connections.SetPrimary(e.ctx(), acme, b.ID, nil), "SetPrimary of the primary one")
	e.primary("b", "after SetPrimary, twice")
	if v := e.find(acme, "b").Version; v <= b.Version {
		e.Errorf("the version of what became primary stayed %d", v)
	}
}

func primaryPromoted(e *env) {
	for _, way := range []string{"deleted", "disabled"} {
		e := e.again()
		for _, name := range []string{"first", "asleep", "older", "younger"} {
			e.connect(acme, name)
		}
		e.setStatus(acme, "asleep", waygate.StatusNeedsReauth)
		e.setStatus(acme, "older", waygate.StatusActive) // changed last, but still older
		if way == "deleted" {
			e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "first").ID, nil), "Delete")
		} else if e.setStatus(acme, "first", waygate.StatusDisabled).Primary {
			e.Error("the result of Update says that the disabled one is primary still")
		}
		e.primary("older", "after the first was "+way)
		e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "younger").ID, nil), "Delete")
		e.primary("older", "after another was deleted")
	}
}

func reauthStaysPrimary(e *env) {
	e.connect(acme, "a")
	e.connect(acme, "b")
	for _, s := range []waygate.Status{waygate.StatusNeedsReauth, waygate.StatusError, waygate.StatusActive} {
		e.setStatus(acme, "a", s)
		e.primary("a", fmt.Sprintf("with the status %q", s))
	}
}

// activatedBecomesPrimary: after a time in which none was active.
func activatedBecomesPrimary(e *env) {
	e.connect(acme, "a")
	e.connect(acme, "b")
	e.setStatus(acme, "b", waygate.StatusNeedsReauth)
	e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "a").ID, nil), "Delete")
	e.setStatus(acme, "b", waygate.StatusActive)
	e.primary("b", "after it became active again")

	e.setStatus(acme, "b", waygate.StatusDisabled)
	e.connect(acme, "c")
	e.primary("c", "after an insert beside a disabled one")
	e.setStatus(acme, "b", waygate.StatusActive)
	e.primary("c", "after an older one was enabled")
	e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "b").ID, nil), "Delete")
	e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "c").ID, nil), "Delete")
	_, _, err := e.connections.Find(e.ctx(), acme, github, "")
	e.is(err, waygate.ErrUnresolved, "Find of a primary one where none is left")
	e.connect(acme, "d")
	e.primary("d", "after all others were deleted")
}

// vacantPlace: where the primary one was deleted or disabled while none was
// active, the next to become active is primary, however it does and whatever
// became of the one before.
func vacantPlace(e *env) {
	for _, way := range []string{"deleted", "disabled", "disabled, then in need of re-auth"} {
		for _, next := range []string{"inserted", "updated"} {
			e := e.again()
			for _, name := range []string{"first", "older", "younger"} {
				e.connect(acme, name)
			}
			e.setStatus(acme, "older", waygate.StatusNeedsReauth)
			e.setStatus(acme, "younger", waygate.StatusError)
			if way == "deleted" {
				e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "first").ID, nil), "Delete")
			} else {
				e.setStatus(acme, "first", waygate.StatusDisabled)
			}
			if way == "disabled, then in need of re-auth" {
				e.setStatus(acme, "first", waygate.StatusNeedsReauth)
			}
			taker := "younger"
			if next == "inserted" {
				taker = "newest"
				e.connect(acme, taker)
			} else if got := e.setStatus(acme, taker, waygate.StatusActive); !got.Primary {
				e.Error("the result of Update doesn't say that the connection became primary")
			}
			e.primary(taker, "after the first was "+way+", and one was "+next)
			e.setStatus(acme, "older", waygate.StatusActive)
			e.primary(taker, "after an older one became active later")
		}
	}
}

func primaryMustBeActive(e *env) {
	e.connect(acme, "a")
	e.connect(acme, "b")
	for _, s := range []waygate.Status{waygate.StatusDisabled, waygate.StatusNeedsReauth, waygate.StatusError} {
		b := e.setStatus(acme, "b", s)
		e.is(e.connections.SetPrimary(e.ctx(), acme, b.ID, nil), waygate.ErrConflict, fmt.Sprintf("SetPrimary of a connection in %q", s))
		e.primary("a", "after SetPrimary was refused")
	}
}
