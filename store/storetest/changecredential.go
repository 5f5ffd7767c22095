package storetest

import "github.com/waygate-go/waygate"

// resumeKept: what a disabled connection was comes back as it was given, in all
// that shows a connection.
func resumeKept(e *env) {
	p := e.imagine(acme)
	p.conn.Status, p.conn.Resume = waygate.StatusDisabled, waygate.StatusNeedsReauth
	c, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	want := waygate.StatusNeedsReauth
	for _, next := range []waygate.Status{waygate.StatusActive, waygate.StatusError, ""} {
		for what, got := range map[string]waygate.Status{"the result": c.Resume, "Find": e.find(acme, "main").Resume,
			"List": e.allConnections(acme, waygate.ConnectionQuery{})[0].Resume} {
			if got != want {
				e.Errorf("%s has Resume %q, want %q", what, got, want)
			}
		}
		c.Resume, want = next, next
		c, err = e.connections.Update(e.ctx(), c, nil)
		e.ok(err, "Update")
	}
	if got := e.find(acme, "main").Resume; got != "" {
		e.Errorf("Resume is %q after it was cleared", got)
	}
}

// useCredential makes a connection use another credential.
func (e *env) useCredential(c waygate.StoredConnection, id string) waygate.StoredConnection {
	e.Helper()
	old := c
	c.CredentialID = id
	got, err := e.connections.Update(e.ctx(), c, nil)
	e.ok(err, "Update of CredentialID")
	old.CredentialID, old.Version, old.UpdatedAt = id, old.Version+1, got.UpdatedAt
	e.same(got, old, "the result of Update of CredentialID")
	return got
}

// credentialChanges: the connection has the new one from then on, and the old
// one, which nobody uses any more, is gone with its grant.
func credentialChanges(e *env) {
	c, old := e.connect(acme, "main")
	other, cred := e.connect(acme, "other")
	c = e.useCredential(c, cred.ID)
	found, got, err := e.connections.Find(e.ctx(), acme, github, "main")
	e.ok(err, "Find")
	e.same(found, c, "the connection with another credential")
	e.same(got, &cred, "its credential")
	_, err = e.credentials.Get(e.ctx(), acme, old.ID)
	e.is(err, waygate.ErrUnresolved, "Get of the credential that nobody uses")
	_, err = e.credentials.FindGrant(e.ctx(), acme, old.Digests)
	e.is(err, waygate.ErrUnresolved, "FindGrant of the credential that nobody uses")
	e.same(ids(e.allCredentials(), credentialID), []string{cred.ID}, "the credentials")
	e.ok(e.connections.Delete(e.ctx(), acme, other.ID, nil), "Delete")
	e.same(e.get(acme, cred.ID), cred, "the credential that the connection has now")
	e.ok(e.connections.Delete(e.ctx(), acme, c.ID, nil), "Delete")
	if n := len(e.allCredentials()); n != 0 {
		e.Errorf("%d credentials are left after both were deleted", n)
	}
	e.connectWithout()
}

// connectWithout: a connection that had no credential can get one.
func (e *env) connectWithout() {
	e.Helper()
	_, cred := e.connect(acme, "with")
	c, err := e.connections.Insert(e.ctx(), e.bare(acme, "without"), nil, nil)
	e.ok(err, "Insert")
	e.useCredential(c, cred.ID)
	_, got, err := e.connections.Find(e.ctx(), acme, github, "without")
	e.ok(err, "Find")
	e.same(got, &cred, "the credential of the connection that had none")
}

// credentialUnknown: one that the tenant doesn't have is refused, and nothing of
// the update is written.
func credentialUnknown(e *env) {
	c, _ := e.connect(acme, "main")
	_, theirs := e.connect(globex, "main")
	before := e.dump(acme, globex)
	for _, id := range []string{"crd_none", theirs.ID} {
		next := c
		next.CredentialID, next.BaseURL = id, "https://changed.example.com"
		_, err := e.connections.Update(e.ctx(), next, e.entry(acme, "update"))
		e.is(err, waygate.ErrUnresolved, "Update to a credential that the tenant doesn't have")
		e.same(e.dump(acme, globex), before, "the store after an update that failed")
	}
}

// credentialShared: the old one stays while another connection uses it, and an
// update that loses changes nobody's credential.
func credentialShared(e *env) {
	first, shared := e.connect(acme, "first")
	_, cred := e.connect(acme, "other")
	second := e.bare(acme, "second")
	second.CredentialID = shared.ID
	second, err := e.connections.Insert(e.ctx(), second, nil, nil)
	e.ok(err, "Insert")
	before := e.dump(acme)
	stale := first
	stale.CredentialID, stale.Version = cred.ID, first.Version+1
	_, err = e.connections.Update(e.ctx(), stale, e.entry(acme, "update"))
	e.is(err, waygate.ErrConflict, "Update of a version that isn't there")
	_, got, err := e.connections.Find(e.ctx(), acme, github, "first")
	e.ok(err, "Find")
	e.same(got, &shared, "the credential of the connection whose update failed")
	e.same(e.dump(acme), before, "the store after an update that failed")
	e.useCredential(first, cred.ID)
	e.same(e.get(acme, shared.ID), shared, "the credential that another connection uses")
	e.useCredential(second, cred.ID)
	_, err = e.credentials.Get(e.ctx(), acme, shared.ID)
	e.is(err, waygate.ErrUnresolved, "Get of the credential that nobody uses")
	e.same(e.get(acme, cred.ID), cred, "the credential that all use")
}
