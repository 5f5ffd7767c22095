package storetest

import (
	"fmt"
	"sync/atomic"

	"github.com/waygate-go/waygate"
)

// carried says what Save makes of a connection's status, for each status of the
// credential; what isn't listed stays.
func carried() map[waygate.CredentialStatus]map[waygate.Status]waygate.Status {
	reauth := map[waygate.Status]waygate.Status{waygate.StatusActive: waygate.StatusNeedsReauth, waygate.StatusError: waygate.StatusNeedsReauth}
	return map[waygate.CredentialStatus]map[waygate.Status]waygate.Status{
		waygate.CredentialActive: {waygate.StatusNeedsReauth: waygate.StatusActive,
			waygate.StatusError: waygate.StatusActive},
		waygate.CredentialNeedsReauth: reauth,
		waygate.CredentialRevoked:     reauth,
		waygate.CredentialExpired:     nil,
		waygate.CredentialInDoubt:     nil,
	}
}

// saveStatus saves a credential with another status.
func (e *env) saveStatus(cred waygate.StoredCredential, s waygate.CredentialStatus) waygate.StoredCredential {
	e.Helper()
	cred.Status = s
	saved, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	if saved.Status != s {
		e.Errorf("Save gave the status %q, want %q", saved.Status, s)
	}
	return saved
}

// wantCarried wants a connection to be as before, but for one field. A changed
// one has a higher version and a new time.
func (e *env) wantCarried(before waygate.StoredConnection, field func(c *waygate.StoredConnection) *waygate.Status, want waygate.Status, what string) {
	e.Helper()
	got := e.find(before.Tenant, before.ID)
	if old := *field(&before); old != want {
		if got.Version <= before.Version || got.UpdatedAt.Before(before.UpdatedAt) {
			e.Errorf("%s: version %d after %d, want a higher one", what, got.Version, before.Version)
		}
		before.Version, before.UpdatedAt = got.Version, got.UpdatedAt
		*field(&before) = want
	}
	e.same(got, before, what)
}

func statusOf(c *waygate.StoredConnection) *waygate.Status { return &c.Status }
func resumeOf(c *waygate.StoredConnection) *waygate.Status { return &c.Resume }

func after(table map[waygate.Status]waygate.Status, s waygate.Status) waygate.Status {
	if next, ok := table[s]; ok {
		return next
	}
	return s
}

func statusCarriedOver(e *env) {
	for saved, table := range carried() {
		e := e.again()
		for _, s := range []waygate.Status{waygate.StatusActive, waygate.StatusError, waygate.StatusNeedsReauth} {
			c, cred := e.connect(acme, "c-"+string(s))
			c = e.setStatus(acme, c.ID, s)
			cred = e.saveStatus(cred, saved)
			what := fmt.Sprintf("a connection in %q after Save of a credential that is %q", s, saved)
			e.wantCarried(c, statusOf, after(table, s), what)
			c = e.find(acme, c.ID)
			e.saveStatus(cred, saved)
			e.wantCarried(c, statusOf, c.Status, what+", twice")
		}
	}
}

// resumeCarriedOver: a disabled connection stays disabled, but will resume as
// the credential is now.
func resumeCarriedOver(e *env) {
	for saved, table := range carried() {
		e := e.again()
		for _, s := range []waygate.Status{waygate.StatusActive, waygate.StatusError, waygate.StatusNeedsReauth} {
			c, cred := e.connect(acme, "c-"+string(s))
			c.Status, c.Resume = waygate.StatusDisabled, s
			c, err := e.connections.Update(e.ctx(), c, nil)
			e.ok(err, "Update")
			e.saveStatus(cred, saved)
			e.wantCarried(c, resumeOf, after(table, s), fmt.Sprintf("a disabled connection, once in %q, after Save of a credential that is %q", s, saved))
		}
	}
}

// usersAlone: all connections that use the credential change, of whatever
// integration, those that came to it later too, and no other.
func usersAlone(e *env) {
	_, cred := e.connect(acme, "main")
	linked := e.bare(acme, "linked")
	linked.Integration, linked.CredentialID = "slack", cred.ID
	linked, err := e.connections.Insert(e.ctx(), linked, nil, nil)
	e.ok(err, "Insert")
	later, _ := e.connect(acme, "later")
	e.useCredential(later, cred.ID)
	left, _ := e.connect(acme, "left")
	_, another := e.connect(acme, "another")
	without, err := e.connections.Insert(e.ctx(), e.bare(acme, "without"), nil, nil)
	e.ok(err, "Insert")
	foreign := e.imagine(globex)
	foreign.cred.ID, foreign.conn.CredentialID = cred.ID, cred.ID
	_, err = e.connections.Insert(e.ctx(), foreign.conn, &foreign.cred, nil)
	e.ok(err, "Insert of the same ID for another tenant")
	left = e.useCredential(left, cred.ID)
	left = e.useCredential(left, another.ID)

	e.saveStatus(cred, waygate.CredentialRevoked)
	got := map[string]waygate.Status{"globex": e.find(globex, "main").Status}
	for _, c := range e.allConnections(acme, waygate.ConnectionQuery{}) {
		got[c.Slug] = c.Status
	}
	yes, no := waygate.StatusNeedsReauth, waygate.StatusActive
	e.same(got, map[string]waygate.Status{"main": yes, linked.Slug: yes, "later": yes, left.Slug: no, "another": no,
		without.Slug: no, "globex": no}, "the status of each connection after Save of a revoked credential")
}

// primaryBySave: one that becomes active by Save takes a vacant place, of
// several the oldest; one that comes to need re-auth keeps its place.
func primaryBySave(e *env) {
	_, first := e.connect(acme, "first")
	e.connect(acme, "second")
	e.saveStatus(first, waygate.CredentialNeedsReauth)
	e.primary("first", "after its credential came to need re-auth")

	for _, way := range []string{"deleted", "disabled", "disabled, then in need of re-auth"} {
		e := e.again()
		e.connect(acme, "gone")
		_, cred := e.connect(acme, "older")
		younger := e.bare(acme, "younger")
		younger.CredentialID = cred.ID
		e.tick()
		_, err := e.connections.Insert(e.ctx(), younger, nil, nil)
		e.ok(err, "Insert")
		cred = e.saveStatus(cred, waygate.CredentialNeedsReauth)
		if way == "deleted" {
			e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, "gone").ID, nil), "Delete")
		} else {
			e.setStatus(acme, "gone", waygate.StatusDisabled)
		}
		if way == "disabled, then in need of re-auth" {
			e.setStatus(acme, "gone", waygate.StatusNeedsReauth)
		}
		e.saveStatus(cred, waygate.CredentialActive)
		e.primary("older", "after the primary one was "+way+" and two became active by Save")
	}
}

// failedSaveCarriesNothing: a Save that is refused changes no connection.
func failedSaveCarriesNothing(e *env) {
	_, cred := e.connect(acme, "main")
	_, other := e.connect(acme, "other")
	before := e.dump(acme)
	stale, taking := cred, cred
	stale.Version++
	taking.Digests = other.Digests
	for _, c := range []waygate.StoredCredential{stale, taking} {
		c.Status = waygate.CredentialRevoked
		_, err := e.credentials.Save(e.ctx(), c, e.entry(acme, "save"))
		e.is(err, waygate.ErrConflict, "Save")
		e.same(e.dump(acme), before, "the store after a Save that failed")
	}
	marked, err := e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{Holder: "h"})
	e.ok(err, "Mark")
	if s := e.find(acme, "main").Status; s != waygate.StatusActive || marked.Status != waygate.CredentialActive {
		e.Errorf("Mark made the connection %q and the credential %q", s, marked.Status)
	}
}

// carriedOverAtOnce reads while the status goes to and fro: no reader sees the
// credential without what it makes of its connection.
func carriedOverAtOnce(e *env) {
	_, cred := e.connect(acme, "main")
	want := map[waygate.CredentialStatus]waygate.Status{waygate.CredentialActive: waygate.StatusActive, waygate.CredentialRevoked: waygate.StatusNeedsReauth}
	var done atomic.Bool
	for _, err := range e.race(3, func(i int) error {
		if i == 0 {
			defer done.Store(true)
			for n := range 60 {
				cred.Status = []waygate.CredentialStatus{waygate.CredentialRevoked, waygate.CredentialActive}[n%2]
				var err error
				if cred, err = e.credentials.Save(e.ctx(), cred, nil); err != nil {
					return err
				}
			}
			return nil
		}
		for !done.Load() {
			c, cred, err := e.connections.Find(e.ctx(), acme, github, "main")
			if err != nil {
				return err
			}
			if cred == nil || c.Status != want[cred.Status] {
				return fmt.Errorf("a connection in %q was seen with the credential %+v", c.Status, cred)
			}
		}
		return nil
	}) {
		e.ok(err, "while the status was carried over")
	}
}
