package storetest

import (
	"time"

	"github.com/waygate-go/waygate"
)

// clockSlack is how far two readings of one moment may be apart.
const clockSlack = 10 * time.Millisecond

// intentReads are all ways to read a credential that has an intent. They are
// read apart, because time passes between them.
func (e *env) intentReads(cred waygate.StoredCredential) map[string]func() *waygate.Intent {
	pick := func(list []waygate.StoredCredential) *waygate.Intent {
		for _, c := range list {
			if c.ID == cred.ID {
				return c.Intent
			}
		}
		return nil
	}
	return map[string]func() *waygate.Intent{
		"Get": func() *waygate.Intent { return e.get(acme, cred.ID).Intent },
		"Find": func() *waygate.Intent {
			_, c, err := e.connections.Find(e.ctx(), acme, github, "main")
			if e.ok(err, "Find"); c == nil {
				e.Fatal("Find gave no credential")
			}
			return c.Intent
		},
		"FindGrant": func() *waygate.Intent {
			c, err := e.credentials.FindGrant(e.ctx(), acme, cred.Digests)
			e.ok(err, "FindGrant")
			return c.Intent
		},
		"Scan": func() *waygate.Intent { return pick(e.allCredentials()) },
		"Due":  func() *waygate.Intent { return pick(e.allDue(cred.RefreshAt.Add(time.Hour))) },
	}
}

// remaining wants an intent that was marked for ttl between two moments to have,
// when read, what is left; passed is how far the store's clock was moved since.
func (e *env) remaining(read func() *waygate.Intent, ttl, passed time.Duration, from, to time.Time, what string) {
	e.Helper()
	asked := time.Now()
	in := read()
	least := ttl - passed - time.Since(from) - clockSlack
	most := ttl - passed + clockSlack
	if e.caps.Advance == nil {
		most -= asked.Sub(to)
	}
	if in == nil || in.Holder != "h" || in.Fence != 7 || in.Remaining < least || in.Remaining > most {
		e.Errorf("%s gave the intent %+v, want holder h, fence 7, and %s to %s remaining", what, in, least, most)
	}
}

// pass lets the store's clock go on.
func (e *env) pass(d time.Duration) {
	if e.caps.Advance != nil {
		e.caps.Advance(d)
		return
	}
	time.Sleep(d)
}

// markFor marks an intent and says between which moments.
func (e *env) markFor(cred waygate.StoredCredential, ttl time.Duration) (marked waygate.StoredCredential, from, to time.Time) {
	e.Helper()
	from = time.Now()
	marked, err := e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{Holder: "h", Fence: 7, Remaining: ttl})
	e.ok(err, "Mark")
	return marked, from, time.Now()
}

// intentRemaining: what remains runs down by the store's clock, in all that
// shows it, and until it is less than nothing.
func intentRemaining(e *env) {
	_, cred := e.connect(acme, "main")
	ttl := e.shortLease()
	marked, from, to := e.markFor(cred, ttl)
	e.remaining(func() *waygate.Intent { return marked.Intent }, ttl, 0, from, to, "Mark")
	passed := time.Duration(0)
	step := ttl / 3
	for range 5 {
		for name, read := range e.intentReads(marked) {
			e.remaining(read, ttl, passed, from, to, name)
		}
		if e.pass(step); e.caps.Advance != nil {
			passed += step
		}
	}
	again, from, to := e.markFor(marked, longLease)
	e.remaining(func() *waygate.Intent { return again.Intent }, longLease, 0, from, to, "Mark, again")
	for name, read := range e.intentReads(again) {
		e.remaining(read, longLease, 0, from, to, name+" after Mark, again")
	}
}

// intentOver: one that is over is still there until a Save, and a lease or a
// change of another credential leaves it alone.
func intentOver(e *env) {
	_, cred := e.connect(acme, "main")
	_, other := e.connect(acme, "other")
	for _, ttl := range []time.Duration{0, -time.Hour} {
		marked, from, to := e.markFor(cred, ttl)
		e.acquire(cred.ID, "another", longLease)
		_, err := e.credentials.Save(e.ctx(), e.get(acme, other.ID), nil)
		e.ok(err, "Save of another credential")
		if in := e.get(acme, cred.ID).Intent; in == nil || in.Remaining > 0 {
			e.Errorf("an intent of %s is %+v, want 0 or less remaining", ttl, in)
		}
		e.remaining(func() *waygate.Intent { return e.get(acme, cred.ID).Intent }, ttl, 0, from, to, "Get")
		cred = e.saveStatus(marked, waygate.CredentialActive)
		for name, read := range e.intentReads(cred) {
			if in := read(); in != nil {
				e.Errorf("%s gave the intent %+v after Save", name, in)
			}
		}
		l, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "another", longLease)
		e.ok(err, "Acquire")
		e.ok(e.credentials.Release(e.ctx(), l), "Release")
	}
}

// insertWithoutIntent: only Mark makes an intent.
func insertWithoutIntent(e *env) {
	p := e.imagine(acme)
	p.cred.Intent = &waygate.Intent{Holder: "h", Fence: 7, Remaining: longLease}
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	for name, read := range e.intentReads(p.cred) {
		if in := read(); in != nil {
			e.Errorf("%s gave the intent %+v after Insert", name, in)
		}
	}
}
