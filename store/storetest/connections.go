package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/waygate-go/waygate"
)

func connectionClauses(caps Capabilities) []clause {
	list := []clause{
		{name: "1_one_primary", run: onePrimary},
		{name: "1_first_insert_race", run: firstInsertRace},
		{name: "2_first_is_primary", run: firstIsPrimary},
		{name: "2_primary_moves", run: primaryMoves},
		{name: "2_primary_promoted", run: primaryPromoted},
		{name: "2_reauth_stays_primary", run: reauthStaysPrimary},
		{name: "2_activated_becomes_primary", run: activatedBecomesPrimary},
		{name: "2_vacant_place", run: vacantPlace},
		{name: "2_not_active_is_refused", run: primaryMustBeActive},
		{name: "3_slug_unique", run: slugUnique},
		{name: "3_slug_race", run: slugRace},
		{name: "3_id_unique", run: idUnique},
		{name: "4_insert_whole", run: insertWhole},
		{name: "4_existing_credential", run: existingCredential},
		{name: "5_find", run: findConnections},
		{name: "5_list_filters", run: listConnections},
		{name: "5_list_by_credential", run: listByCredential},
		{name: "6_update", run: updateConnection},
		{name: "6_fixed_fields", run: fixedFields},
		{name: "6_update_race", run: updateRace},
		{name: "6_resume", run: resumeKept},
		{name: "6_credential_changes", run: credentialChanges},
		{name: "6_credential_unknown", run: credentialUnknown},
		{name: "6_credential_shared", run: credentialShared},
		{name: "7_delete_takes_credential", run: deleteTakesCredential},
		{name: "7_shared_credential_stays", run: sharedCredentialStays},
		{name: "8_purge", run: purgeTenant},
		{name: "8_purge_leaves_others", run: purgeLeavesOthers},
		{name: "8_purge_of_nothing", run: purgeNothing},
	}
	if caps.Audit {
		list = append(list, clause{name: "8_purge_audit", run: purgeAudit})
	}
	return list
}

func slugUnique(e *env) {
	first, _ := e.connect(acme, "main")
	p := e.imagine(acme)
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.is(err, waygate.ErrConflict, "Insert of a slug that is there")
	elsewhere := e.bare(acme, "main")
	elsewhere.Integration = "slack"
	for _, c := range []waygate.StoredConnection{elsewhere, e.bare(globex, "main")} {
		_, err := e.connections.Insert(e.ctx(), c, nil, nil)
		e.ok(err, "Insert of the slug for another integration or tenant")
	}
	e.ok(e.connections.Delete(e.ctx(), acme, first.ID, nil), "Delete")
	_, err = e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert of a slug that was deleted")
}

func slugRace(e *env) {
	e.one(e.race(racers, func(int) error {
		p := e.imagine(acme)
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
		return err
	}), "Insert of one slug")
	if n := len(e.allCredentials()); n != 1 {
		e.Errorf("%d credentials, want that of the one connection", n)
	}
}

func idUnique(e *env) {
	first, _ := e.connect(acme, "main")
	for _, tenant := range []string{acme, globex} {
		c := e.bare(tenant, "other")
		c.ID, c.Integration = first.ID, "slack"
		_, err := e.connections.Insert(e.ctx(), c, nil, nil)
		e.is(err, waygate.ErrConflict, "Insert by "+tenant+" of an ID that is there")
	}
	e.same(e.find(acme, first.ID), first, "the connection that has the ID")
}

// insertWhole: an insert that fails for the sake of one of its rows writes
// neither.
func insertWhole(e *env) {
	_, taken := e.connect(acme, "main")
	before := e.dump(acme)
	byCredential, byGrant, bySlug := e.imagine(acme), e.imagine(acme), e.imagine(acme)
	byCredential.conn.Slug, byGrant.conn.Slug = "b", "c"
	byCredential.cred.ID, byCredential.conn.CredentialID = taken.ID, taken.ID
	byGrant.cred.Digests = [][]byte{[]byte("new"), taken.Digests[1]}
	for _, p := range []place{byCredential, byGrant, bySlug} {
		_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
		e.is(err, waygate.ErrConflict, "Insert")
		_, _, err = e.connections.Find(e.ctx(), acme, github, p.conn.ID)
		e.is(err, waygate.ErrUnresolved, "Find of what wasn't inserted")
		e.same(e.dump(acme), before, "the store after an insert that failed")
	}
	_, err := e.credentials.FindGrant(e.ctx(), acme, [][]byte{[]byte("new")})
	e.is(err, waygate.ErrUnresolved, "FindGrant of what wasn't inserted")
}

func existingCredential(e *env) {
	_, cred := e.connect(acme, "main")
	c := e.bare(acme, "second")
	c.CredentialID = cred.ID
	_, err := e.connections.Insert(e.ctx(), c, nil, nil)
	e.ok(err, "Insert with a credential that is there")
	_, found, err := e.connections.Find(e.ctx(), acme, github, "second")
	e.ok(err, "Find")
	e.same(found, &cred, "the credential of the second connection")
	none := e.bare(acme, "third")
	none.CredentialID = "crd_none"
	_, err = e.connections.Insert(e.ctx(), none, nil, nil)
	e.is(err, waygate.ErrUnresolved, "Insert with a credential that isn't there")
	_, _, err = e.connections.Find(e.ctx(), acme, github, "third")
	e.is(err, waygate.ErrUnresolved, "Find of what wasn't inserted")
}

func findConnections(e *env) {
	first, cred := e.connect(acme, "main")
	second, err := e.connections.Insert(e.ctx(), e.bare(acme, "second"), nil, nil)
	e.ok(err, "Insert")
	for ref, want := range map[string]waygate.StoredConnection{"": first, "main": first, first.ID: first, "second": second, second.ID: second} {
		c, got, err := e.connections.Find(e.ctx(), acme, github, ref)
		e.ok(err, fmt.Sprintf("Find %q", ref))
		e.same(c, want, fmt.Sprintf("Find %q", ref))
		if want.CredentialID == "" && got != nil {
			e.Errorf("Find %q gave a credential, want nil", ref)
		}
		if want.CredentialID != "" {
			e.same(got, &cred, fmt.Sprintf("the credential of %q", ref))
		}
	}
	for _, c := range [][2]string{{"slack", ""}, {"slack", "main"}, {"slack", first.ID}, {github, "Main"}, {github, "main "}, {github, "third"}, {"", "main"}} {
		_, _, err := e.connections.Find(e.ctx(), acme, c[0], c[1])
		e.is(err, waygate.ErrUnresolved, fmt.Sprintf("Find %q to %q", c[1], c[0]))
	}
}

// listByCredential: those that use a credential now, of all integrations, and
// those alone.
func listByCredential(e *env) {
	_, cred := e.connect(acme, "main")
	moved, old := e.connect(acme, "moved")
	slack := e.bare(acme, "slack")
	slack.Integration, slack.CredentialID = "slack", cred.ID
	foreign := e.imagine(globex)
	foreign.cred.ID, foreign.conn.CredentialID = cred.ID, cred.ID
	without := e.bare(acme, "without")
	for _, c := range []waygate.StoredConnection{slack, without} {
		e.tick()
		_, err := e.connections.Insert(e.ctx(), c, nil, nil)
		e.ok(err, "Insert")
	}
	_, err := e.connections.Insert(e.ctx(), foreign.conn, &foreign.cred, nil)
	e.ok(err, "Insert of the same ID for another tenant")
	by := func(q waygate.ConnectionQuery, want ...string) {
		e.Helper()
		e.same(ids(e.allConnections(acme, q), slug), want, fmt.Sprintf("List by %+v", q))
	}
	by(waygate.ConnectionQuery{CredentialID: cred.ID}, "main", "slack")
	by(waygate.ConnectionQuery{CredentialID: old.ID}, "moved")
	e.useCredential(moved, cred.ID)
	by(waygate.ConnectionQuery{CredentialID: cred.ID}, "main", "moved", "slack")
	by(waygate.ConnectionQuery{CredentialID: cred.ID, Limit: 1}, "main", "moved", "slack")
	by(waygate.ConnectionQuery{CredentialID: cred.ID, Integration: "slack"}, "slack")
	by(waygate.ConnectionQuery{CredentialID: cred.ID, Status: waygate.StatusError})
	by(waygate.ConnectionQuery{CredentialID: cred.ID, Tag: "prod"}, "main", "moved")
	by(waygate.ConnectionQuery{CredentialID: old.ID})
	by(waygate.ConnectionQuery{CredentialID: "crd_none"})
}

func listConnections(e *env) {
	for i, tags := range [][]string{{"prod"}, {"eu", "prod"}, nil, {"production"}} {
		c := e.bare(acme, fmt.Sprintf("c%d", i))
		c.Tags = tags
		if i >= 2 {
			c.Integration = "slack"
		}
		e.tick()
		_, err := e.connections.Insert(e.ctx(), c, nil, nil)
		e.ok(err, "Insert")
	}
	e.setStatus(acme, "c1", waygate.StatusError)
	for _, c := range []struct {
		q    waygate.ConnectionQuery
		want []string
	}{
		{waygate.ConnectionQuery{}, []string{"c0", "c1", "c2", "c3"}},
		{waygate.ConnectionQuery{Limit: 1}, []string{"c0", "c1", "c2", "c3"}},
		{waygate.ConnectionQuery{Integration: github}, []string{"c0", "c1"}},
		{waygate.ConnectionQuery{Integration: "git"}, nil},
		{waygate.ConnectionQuery{Status: waygate.StatusActive}, []string{"c0", "c2", "c3"}},
		{waygate.ConnectionQuery{Tag: "prod"}, []string{"c0", "c1"}},
		{waygate.ConnectionQuery{Tag: "prod", Limit: 1}, []string{"c0", "c1"}},
		{waygate.ConnectionQuery{Tag: "prod", Status: waygate.StatusError, Integration: github}, []string{"c1"}},
		{waygate.ConnectionQuery{Tag: "eu", Integration: "slack"}, nil},
	} {
		e.same(ids(e.allConnections(acme, c.q), slug), c.want, fmt.Sprintf("List by %+v", c.q))
	}
}

func updateConnection(e *env) {
	old, _ := e.connect(acme, "main")
	next := old
	next.Status, next.BaseURL, next.App = waygate.StatusError, "https://new.example.com", "app_2"
	next.Parameters, next.Headers = map[string]string{"owner": "new", "repo": "r"}, nil
	next.Metadata, next.Tags, next.Mappings = map[string]string{}, []string{"new"}, []byte(`{ "new": {} }`)
	got, err := e.connections.Update(e.ctx(), next, nil)
	e.ok(err, "Update")
	next.Version, next.UpdatedAt = old.Version+1, got.UpdatedAt
	e.same(got, next, "the result of Update")
	e.same(e.find(acme, "main"), next, "the connection after Update")
	for _, version := range []int64{old.Version, next.Version + 1, 0} {
		stale := next
		stale.Version, stale.BaseURL = version, "https://stale.example.com"
		_, err = e.connections.Update(e.ctx(), stale, nil)
		e.is(err, waygate.ErrConflict, fmt.Sprintf("Update of version %d", version))
	}
	e.same(e.find(acme, "main"), next, "the connection after updates that failed")
}

func fixedFields(e *env) {
	old, _ := e.connect(acme, "main")
	next := old
	next.Integration, next.Slug = "slack", "moved"
	next.Primary, next.CreatedAt = false, base()
	got, err := e.connections.Update(e.ctx(), next, nil)
	e.ok(err, "Update")
	old.Version, old.UpdatedAt = got.Version, got.UpdatedAt
	e.same(got, old, "the result of Update")
	e.same(e.find(acme, ""), old, "the connection after Update")
	_, _, err = e.connections.Find(e.ctx(), acme, "slack", "moved")
	e.is(err, waygate.ErrUnresolved, "Find by the changed slug")
}

func updateRace(e *env) {
	c, _ := e.connect(acme, "main")
	e.one(e.race(racers, func(i int) error {
		next := c
		next.BaseURL = fmt.Sprintf("https://%d.example.com", i)
		_, err := e.connections.Update(e.ctx(), next, nil)
		return err
	}), "Update of one version")
	if v := e.find(acme, "main").Version; v != c.Version+1 {
		e.Errorf("version %d after one update, want %d", v, c.Version+1)
	}
}

// retry repeats what lost against another, for 20 s.
func retry(do func() error) error {
	for end := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		if err := do(); !errors.Is(err, waygate.ErrConflict) || time.Now().After(end) {
			return err
		}
	}
}
