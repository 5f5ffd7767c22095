package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/waygate-go/waygate"
)

func credentialClauses() []clause {
	return []clause{
		{name: "1_get_committed", run: getCommitted},
		{name: "2_save_without_lease", run: saveWithoutLease, clock: true},
		{name: "3_version", run: versionByOne},
		{name: "3_save_clears_intent", run: saveClearsIntent},
		{name: "3_stale_version", run: staleCredential},
		{name: "4_save_committed", run: saveCommitted},
		{name: "5_save_race", run: saveRace},
		{name: "5_mark_race", run: markRace},
		{name: "9_due", run: due},
		{name: "9_scan", run: scan},
		{name: "10_grant_found", run: grantFound},
		{name: "10_grant_one_owner", run: grantOneOwner},
		{name: "10_grant_race", run: grantRace},
		{name: "10_grant_freed", run: grantFreed},
		{name: "11_status_carried_over", run: statusCarriedOver},
		{name: "11_disabled_resumes", run: resumeCarriedOver},
		{name: "11_users_alone", run: usersAlone},
		{name: "11_primary", run: primaryBySave},
		{name: "11_failed_save", run: failedSaveCarriesNothing},
		{name: "11_same_transaction", run: carriedOverAtOnce},
		{name: "12_intent_remaining", run: intentRemaining, clock: true},
		{name: "12_intent_over", run: intentOver, clock: true},
		{name: "12_insert_without_intent", run: insertWithoutIntent},
	}
}

// getCommitted: what one has saved, all others read at once.
func getCommitted(e *env) {
	_, cred := e.connect(acme, "main")
	for i := range 20 {
		cred.Sealed = []byte(fmt.Sprint("round ", i))
		saved, err := e.credentials.Save(e.ctx(), cred, nil)
		e.ok(err, "Save")
		for _, err := range e.race(4, func(int) error {
			got, err := e.credentials.Get(e.ctx(), acme, cred.ID)
			if err == nil && (got.Version != saved.Version || string(got.Sealed) != string(saved.Sealed)) {
				err = fmt.Errorf("version %d with %q, want %d with %q", got.Version, got.Sealed, saved.Version, saved.Sealed)
			}
			return err
		}) {
			e.ok(err, "Get after Save")
		}
		cred = saved
	}
}

// saveWithoutLease: an answer is saved if the version is right, whoever holds
// the lease or held it.
func saveWithoutLease(e *env) {
	_, cred := e.connect(acme, "main")
	ttl := e.shortLease()
	_, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "one", ttl)
	e.ok(err, "Acquire")
	cred, err = e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{Holder: "one", Fence: 1})
	e.ok(err, "Mark")
	e.elapsed(ttl, func() error {
		_, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "two", longLease)
		return err
	}, "Acquire of a lease that ran out")
	cred.Sealed = []byte("answer of one")
	saved, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save while another holds the lease")
	e.same(e.get(acme, cred.ID), saved, "the credential after Save")
	e.same(saved.Sealed, cred.Sealed, "Sealed")
}

func versionByOne(e *env) {
	_, cred := e.connect(acme, "main")
	saved, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	marked, err := e.credentials.Mark(e.ctx(), acme, cred.ID, saved.Version, waygate.Intent{Holder: "h"})
	e.ok(err, "Mark")
	l, err := e.credentials.Acquire(e.ctx(), acme, cred.ID, "h", longLease)
	e.ok(err, "Acquire")
	l, err = e.credentials.Renew(e.ctx(), l, longLease)
	e.ok(err, "Renew")
	e.ok(e.credentials.Release(e.ctx(), l), "Release")
	got := []int64{saved.Version, marked.Version, e.get(acme, cred.ID).Version}
	e.same(got, []int64{cred.Version + 1, cred.Version + 2, cred.Version + 2}, "versions after Save, Mark, and a lease")
}

func saveClearsIntent(e *env) {
	_, cred := e.connect(acme, "main")
	in := waygate.Intent{Holder: "h", Fence: 3, Remaining: longLease}
	marked, err := e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, in)
	e.ok(err, "Mark")
	want := cred
	want.Intent, want.Version, want.UpdatedAt = &in, marked.Version, marked.UpdatedAt
	e.same(marked, want, "the result of Mark")
	e.same(e.get(acme, cred.ID), want, "the credential after Mark")
	next := marked
	next.Status, next.Expires, next.RefreshAt = waygate.CredentialExpired, time.Time{}, base()
	next.Sealed, next.Spare = []byte("new"), nil
	saved, err := e.credentials.Save(e.ctx(), next, nil)
	e.ok(err, "Save")
	next.Intent, next.Version, next.UpdatedAt = nil, saved.Version, saved.UpdatedAt
	e.same(saved, next, "the result of Save")
	e.same(e.get(acme, cred.ID), next, "the credential after Save")
	_, found, err := e.connections.Find(e.ctx(), acme, github, "main")
	e.ok(err, "Find")
	e.same(found, &next, "the credential that Find gives after Save")
}

func staleCredential(e *env) {
	_, cred := e.connect(acme, "main")
	saved, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	for _, version := range []int64{cred.Version, saved.Version + 1, 0} {
		stale := cred
		stale.Version, stale.Sealed = version, []byte("stale")
		_, err = e.credentials.Save(e.ctx(), stale, nil)
		e.is(err, waygate.ErrConflict, fmt.Sprintf("Save of version %d", version))
		_, err = e.credentials.Mark(e.ctx(), acme, cred.ID, version, waygate.Intent{Holder: "stale"})
		e.is(err, waygate.ErrConflict, fmt.Sprintf("Mark of version %d", version))
	}
	e.same(e.get(acme, cred.ID), saved, "the credential after writes that failed")
}

// saveCommitted: what Save returned is there, whatever becomes of its ctx, and
// for another process too where the store is durable.
func saveCommitted(e *env) {
	_, cred := e.connect(acme, "main")
	ctx, cancel := e.cancelable()
	cred.Sealed = []byte("saved")
	saved, err := e.credentials.Save(ctx, cred, nil)
	cancel()
	e.ok(err, "Save")
	e.same(e.get(acme, cred.ID), saved, "the credential after Save")
	if e.caps.Durable {
		other := e.caps.Reopen(e.T, e.store)
		got, err := other.Credentials().Get(e.ctx(), acme, cred.ID)
		e.ok(err, "Get by another process")
		e.same(got, saved, "the credential that another process reads")
	}
}

func saveRace(e *env) {
	_, cred := e.connect(acme, "main")
	e.one(e.race(racers, func(i int) error {
		next := cred
		next.Sealed = []byte(fmt.Sprint("racer ", i))
		_, err := e.credentials.Save(e.ctx(), next, nil)
		return err
	}), "Save of one version")
	if v := e.get(acme, cred.ID).Version; v != cred.Version+1 {
		e.Errorf("version %d after one Save, want %d", v, cred.Version+1)
	}
}

func markRace(e *env) {
	_, cred := e.connect(acme, "main")
	e.one(e.race(racers, func(i int) error {
		if i%2 == 0 {
			_, err := e.credentials.Save(e.ctx(), cred, nil)
			return err
		}
		_, err := e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, waygate.Intent{Holder: fmt.Sprint(i)})
		return err
	}), "Mark and Save of one version")
}

// due: those whose time is set and before the one asked for, of all tenants.
func due(e *env) {
	var want []string
	for i, tenant := range []string{acme, globex, acme, globex, acme} {
		_, cred := e.connect(tenant, fmt.Sprint("c", i))
		cred.RefreshAt = []time.Time{base().Add(-time.Hour), base().Add(-time.Microsecond), base(), base().Add(time.Hour), {}}[i]
		_, err := e.credentials.Save(e.ctx(), cred, nil)
		e.ok(err, "Save")
		if i < 2 {
			want = append(want, cred.ID)
		}
	}
	got := ids(e.allDue(base()), credentialID)
	slices.Sort(got)
	e.same(got, want, "what is due")
	e.same(e.allDue(base().Add(-24*time.Hour)), nil, "what was due a day before")
}

func scan(e *env) {
	var want []waygate.StoredCredential
	for i := range 6 {
		_, cred := e.connect([]string{acme, globex}[i%2], fmt.Sprint("c", i))
		want = append(want, cred)
	}
	got := e.allCredentials()
	slices.SortFunc(got, func(a, b waygate.StoredCredential) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) })
	e.same(got, want, "all credentials")
}

func grantFound(e *env) {
	_, cred := e.connect(acme, "main")
	_, other := e.connect(globex, "main")
	none := []byte("of nobody")
	for _, digests := range [][][]byte{{cred.Digests[0]}, {cred.Digests[1]}, {none, cred.Digests[1]}, {other.Digests[0], cred.Digests[0]}} {
		got, err := e.credentials.FindGrant(e.ctx(), acme, digests)
		e.ok(err, "FindGrant")
		e.same(got, cred, "the credential of the grant")
	}
	_, err := e.credentials.FindGrant(e.ctx(), acme, [][]byte{none})
	e.is(err, waygate.ErrUnresolved, "FindGrant of nobody's")
	_, err = e.credentials.FindGrant(e.ctx(), acme, [][]byte{none, other.Digests[1]})
	e.is(err, waygate.ErrConflict, "FindGrant of another tenant's")
}

// grantOneOwner: neither Insert nor Save takes a grant from another, within the
// tenant or across.
func grantOneOwner(e *env) {
	_, owner := e.connect(acme, "main")
	for _, tenant := range []string{acme, globex} {
		p := e.imagine(tenant)
		p.conn.Slug, p.cred.Digests = "second", [][]byte{[]byte("own of " + tenant), owner.Digests[1]}
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
		e.is(err, waygate.ErrConflict, "Insert of a taken grant by "+tenant)
		_, cred := e.connect(tenant, "third")
		taking := cred
		taking.Digests = [][]byte{[]byte("own of " + tenant), owner.Digests[0]}
		_, err = e.credentials.Save(e.ctx(), taking, nil)
		e.is(err, waygate.ErrConflict, "Save of a taken grant by "+tenant)
		e.same(e.get(tenant, cred.ID), cred, "the credential that was refused the grant")
	}
	_, err := e.credentials.Save(e.ctx(), owner, nil)
	e.ok(err, "Save of a grant of its own")
}

func grantRace(e *env) {
	grant := [][]byte{[]byte("wanted by all")}
	e.one(e.race(racers, func(i int) error {
		p := e.imagine(fmt.Sprint("tenant ", i%4))
		p.conn.Slug, p.cred.Digests = fmt.Sprint("c", i), grant
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
		return err
	}), "Insert of one grant")
	if n := len(e.allCredentials()); n != 1 {
		e.Errorf("%d credentials, want that of the one who got the grant", n)
	}
}

// grantFreed: a digest that its credential doesn't have any more is nobody's.
func grantFreed(e *env) {
	_, cred := e.connect(acme, "main")
	old := cred.Digests
	cred.Digests = [][]byte{[]byte("rotated"), old[0]}
	_, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	_, err = e.credentials.FindGrant(e.ctx(), acme, old[1:])
	e.is(err, waygate.ErrUnresolved, "FindGrant of a digest that was dropped")
	p := e.imagine(globex)
	p.cred.Digests = old[1:]
	_, err = e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert of a digest that was dropped")
	got, err := e.credentials.FindGrant(e.ctx(), acme, [][]byte{[]byte("rotated")})
	e.ok(err, "FindGrant of a digest that was added")
	if got.ID != cred.ID {
		e.Errorf("FindGrant gave %q, want %q", got.ID, cred.ID)
	}
}
