package storetest

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
)

// fieldClauses hold what is kept of a credential, and when a lease was asked for.
func fieldClauses() []clause {
	return []clause{
		{name: "12_lease_time", run: leaseTime, clock: true},
		{name: "13_fields_kept", run: fieldsKept},
		{name: "13_mark_keeps", run: markKeeps},
		{name: "13_fields_cleared", run: fieldsCleared},
	}
}

// leaseTime: At is the clock by which the store writes its other times, goes on as
// that does, and never back.
func leaseTime(e *env) {
	_, cred := e.connect(acme, "main")
	_, other := e.connect(acme, "other")
	last := e.get(acme, cred.ID).UpdatedAt
	next := func(l waygate.Lease, what string) {
		e.Helper()
		if at := l.At.Truncate(time.Microsecond); at.Before(last.Truncate(time.Microsecond)) || at.Sub(last) > time.Minute {
			e.Errorf("%s was asked at %s by the store's clock, want from %s on", what, l.At, last)
		}
		last = l.At
	}
	var l waygate.Lease
	for i := range 5 {
		l = e.acquire(cred.ID, "one", longLease)
		next(l, "Acquire")
		renewed, err := e.credentials.Renew(e.ctx(), l, longLease)
		e.ok(err, "Renew")
		next(renewed, "Renew")
		others := e.acquire(other.ID, fmt.Sprint("holder ", i), longLease)
		next(others, "Acquire of another")
		others.At = time.Time{}
		e.ok(e.credentials.Release(e.ctx(), others), "Release, whatever At says")
		saved, err := e.credentials.Save(e.ctx(), e.get(acme, cred.ID), nil)
		e.ok(err, "Save")
		if at := last.Truncate(time.Microsecond); saved.UpdatedAt.Truncate(time.Microsecond).Before(at) {
			e.Errorf("Save after a lease was at %s, want from %s on", saved.UpdatedAt, at)
		}
		last = saved.UpdatedAt
	}
	step := e.shortLease() / 3
	e.pass(step)
	renewed, err := e.credentials.Renew(e.ctx(), l, longLease)
	e.ok(err, "Renew")
	if d := renewed.At.Sub(last); d < step-time.Microsecond {
		e.Errorf("At moved by %s, want at least %s", d, step)
	}
}

// credentialReads are all ways to read a credential, but for its intent.
func (e *env) credentialReads(cred waygate.StoredCredential) map[string]waygate.StoredCredential {
	e.Helper()
	pick := func(list []waygate.StoredCredential) (found waygate.StoredCredential) {
		for _, c := range list {
			if c.ID == cred.ID {
				found = c
			}
		}
		return found
	}
	_, found, err := e.connections.Find(e.ctx(), acme, github, "main")
	if e.ok(err, "Find"); found == nil {
		e.Fatal("Find gave no credential")
	}
	reads := map[string]waygate.StoredCredential{"Get": e.get(acme, cred.ID), "Find": *found, "Scan": pick(e.allCredentials())}
	if len(cred.Digests) > 0 {
		reads["FindGrant"], err = e.credentials.FindGrant(e.ctx(), acme, cred.Digests)
		e.ok(err, "FindGrant")
	}
	if !cred.RefreshAt.IsZero() {
		reads["Due"] = pick(e.allDue(cred.RefreshAt.Add(time.Hour)))
	}
	return reads
}

// fieldsKept: what Insert and Save were given is there in all that shows it, and
// another's is as it was.
func fieldsKept(e *env) {
	p := e.imagine(acme)
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	_, other := e.connect(acme, "other")
	for i := range 4 {
		want := p.cred
		for name, got := range e.credentialReads(want) {
			want.Version, want.UpdatedAt = got.Version, got.UpdatedAt
			e.same(got, want, "the credential that "+name+" gives")
		}
		p.cred = want
		p.cred.Grant, p.cred.Cause = fmt.Sprint("grant ", i), []string{"invalid_grant", "", "in_doubt", "ü€😀"}[i]
		p.cred.Failures, p.cred.IssuedAt = []int{1, 0, 1<<31 - 1, 7}[i], base().Add(time.Duration(i)*time.Hour)
		p.cred.ForcedAt = base().Add(time.Duration(i) * time.Minute)
		p.cred.Integration = []string{"slack", github}[i%2]
		p.cred.Status = []waygate.CredentialStatus{waygate.CredentialNeedsReauth, waygate.CredentialActive}[i%2]
		saved, err := e.credentials.Save(e.ctx(), p.cred, nil)
		e.ok(err, "Save")
		p.cred.Version, p.cred.UpdatedAt = p.cred.Version+1, saved.UpdatedAt
		e.same(saved, p.cred, "the result of Save")
	}
	e.same(e.get(acme, other.ID), other, "the credential that wasn't saved")
}

// markKeeps: nor does a lease change any of it.
func markKeeps(e *env) {
	_, cred := e.connect(acme, "main")
	cred.Status, cred.Cause, cred.Failures = waygate.CredentialInDoubt, "in_doubt", 9
	cred, err := e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	in := waygate.Intent{Holder: "h", Fence: 3, Remaining: longLease}
	marked, err := e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version, in)
	e.ok(err, "Mark")
	l := e.acquire(cred.ID, "h", longLease)
	cred.Version, cred.UpdatedAt, cred.Intent = marked.Version, marked.UpdatedAt, &in
	e.same(marked, cred, "the result of Mark")
	e.ok(e.credentials.Release(e.ctx(), l), "Release")
	for name, got := range e.credentialReads(cred) {
		e.same(got, cred, "the credential that "+name+" gives after Mark")
	}
}

// fieldsCleared: what Save is not given is not there any more.
func fieldsCleared(e *env) {
	_, cred := e.connect(acme, "main")
	empty := waygate.StoredCredential{Tenant: acme, ID: cred.ID, Integration: github, Status: waygate.CredentialActive, Version: cred.Version}
	saved, err := e.credentials.Save(e.ctx(), empty, nil)
	e.ok(err, "Save")
	empty.Version, empty.UpdatedAt = saved.Version, saved.UpdatedAt
	e.same(saved, empty, "the result of Save of nothing")
	for name, got := range e.credentialReads(empty) {
		e.same(got, empty, "the credential that "+name+" gives after Save of nothing")
	}
}
