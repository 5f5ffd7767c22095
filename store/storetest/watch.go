package storetest

import (
	"fmt"
	"slices"
	"sync"

	"github.com/waygate-go/waygate"
)

func watchClauses(caps Capabilities) []clause {
	list := []clause{
		{name: "1_connections", run: connectionChangesTold},
		{name: "1_credentials", run: credentialChangesTold},
		{name: "1_definitions", run: definitionChangesTold},
		{name: "1_purge", run: purgeTold},
		{name: "1_empty_cursor", run: watchFromNow},
		{name: "1_everyone", run: everyoneIsTold},
		{name: "1_race", run: changesRace},
		{name: "2_not_committed", run: failuresNotTold},
		{name: "2_not_changed", run: readsNotTold},
		{name: "3_no_more", run: onlyWhatChanged},
		{name: "4_too_old", run: oldCursor},
		{name: "4_no_cursor", run: notACursor},
		{name: "5_copies", run: changesAreCopied},
		{name: "7_names", run: oddNamesTold},
	}
	if caps.Variables {
		list = append(list, clause{name: "1_variables", run: variableChangesTold})
	}
	if caps.Reopen != nil {
		list = append(list, clause{name: "1_other_process", run: otherProcessTold})
	}
	return list
}

// watcher asks again and again what changed.
type watcher struct {
	*env
	cursor string
}

// watching begins to watch: what is changed from now on is told.
func (e *env) watching() *watcher {
	e.Helper()
	page, err := e.watch.Changes(e.ctx(), "")
	e.ok(err, "Changes from now on")
	return &watcher{e, page.Cursor}
}

// told is what was changed since the last asking.
func (w *watcher) told() []waygate.Change {
	w.Helper()
	page, err := w.watch.Changes(w.ctx(), w.cursor)
	w.ok(err, "Changes")
	if page.Reset {
		w.Error("Changes gave Reset, for little that was changed just now")
	}
	w.cursor = page.Cursor
	return page.Changes
}

// tells wants to be told of all that want names, and of nothing else but what
// may be told as well.
func (w *watcher) tells(what string, want []waygate.Change, may ...waygate.Change) {
	w.Helper()
	told := w.told()
	for _, c := range want {
		if !slices.Contains(told, c) {
			w.Errorf("%s: of %+v nothing is told, of %+v it is", what, c, told)
		}
	}
	for _, c := range told {
		if !slices.Contains(want, c) && !slices.Contains(may, c) {
			w.Errorf("%s: %+v is told, which isn't so", what, c)
		}
	}
}

func ofConnections(list ...waygate.StoredConnection) []waygate.Change {
	var all []waygate.Change
	for _, c := range list {
		all = append(all, waygate.Change{Kind: waygate.ChangeConnection, Tenant: c.Tenant, Integration: c.Integration, ID: c.ID})
	}
	return all
}

func ofCredential(c waygate.StoredCredential) waygate.Change {
	return waygate.Change{Kind: waygate.ChangeCredential, Tenant: c.Tenant, Integration: c.Integration, ID: c.ID}
}

func ofDefinition(id string) []waygate.Change {
	return []waygate.Change{{Kind: waygate.ChangeDefinition, ID: id}}
}

func ofVariable(tenant, connectionID string) []waygate.Change {
	return []waygate.Change{{Kind: waygate.ChangeVariable, Tenant: tenant, ID: connectionID}}
}

// connectionChangesTold: also of the connection that loses or gets the primary
// place by the change of another.
func connectionChangesTold(e *env) {
	w := e.watching()
	first, cred := e.connect(acme, "first")
	w.tells("Insert", append(ofConnections(first), ofCredential(cred)))
	second, err := e.connections.Insert(e.ctx(), e.bare(acme, "second"), nil, nil)
	e.ok(err, "Insert")
	w.tells("Insert of one without a credential", ofConnections(second))
	e.setStatus(acme, "second", waygate.StatusError)
	w.tells("Update", ofConnections(second))
	e.setStatus(acme, "second", waygate.StatusActive)
	w.tells("Update", ofConnections(second))
	e.setStatus(acme, "first", waygate.StatusDisabled)
	w.tells("Update that disables the primary one", ofConnections(first, second))
	e.setStatus(acme, "first", waygate.StatusActive)
	w.told()
	e.ok(e.connections.SetPrimary(e.ctx(), acme, first.ID, nil), "SetPrimary")
	w.tells("SetPrimary", ofConnections(first, second))
	third, own := e.connect(acme, "third")
	w.told()
	e.ok(e.connections.Delete(e.ctx(), acme, third.ID, nil), "Delete")
	w.tells("Delete", append(ofConnections(third), ofCredential(own)))
	e.ok(e.connections.Delete(e.ctx(), acme, first.ID, nil), "Delete")
	w.tells("Delete of the primary one", append(ofConnections(first, second), ofCredential(cred)))
	e.ok(e.connections.Delete(e.ctx(), acme, second.ID, nil), "Delete")
	w.tells("Delete of the last one", ofConnections(second))
}

// credentialChangesTold: also of the connections that a saved status is carried
// over to.
func credentialChangesTold(e *env) {
	first, cred := e.connect(acme, "first")
	link := e.bare(acme, "second")
	link.CredentialID = cred.ID
	second, err := e.connections.Insert(e.ctx(), link, nil, nil)
	e.ok(err, "Insert")
	third, own := e.connect(acme, "third")
	w := e.watching()
	_, err = e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	w.tells("Save", []waygate.Change{ofCredential(cred)})
	cred = e.get(acme, cred.ID)
	cred.Status = waygate.CredentialRevoked
	_, err = e.credentials.Save(e.ctx(), cred, nil)
	e.ok(err, "Save")
	w.tells("Save of a revoked one", append(ofConnections(first, second), ofCredential(cred)))
	_, err = e.credentials.Mark(e.ctx(), acme, cred.ID, cred.Version+1, waygate.Intent{Holder: "h", Remaining: longLease})
	e.ok(err, "Mark")
	w.tells("Mark", []waygate.Change{ofCredential(cred)})
	third.CredentialID = cred.ID
	_, err = e.connections.Update(e.ctx(), third, nil)
	e.ok(err, "Update")
	w.tells("Update to another credential", append(ofConnections(third), ofCredential(own)))
}

func definitionChangesTold(e *env) {
	w := e.watching()
	e.define("api")
	w.tells("Put", ofDefinition("api"))
	_, err := e.revise(1)
	e.ok(err, "Put")
	w.tells("Put of a second version", ofDefinition("api"))
	e.ok(e.definitions.Delete(e.ctx(), "api", nil), "Delete")
	w.tells("Delete", ofDefinition("api"))
}

func variableChangesTold(e *env) {
	c, _ := e.connect(acme, "main")
	w := e.watching()
	for _, id := range []string{"", c.ID} {
		v := e.variable(acme, id, "a")
		e.put(v)
		w.tells("PutVariable", ofVariable(acme, id))
		e.put(v)
		w.tells("PutVariable of one that is there", ofVariable(acme, id))
		e.ok(e.variables.ResealVariable(e.ctx(), v, v.Sealed), "ResealVariable")
		w.tells("ResealVariable", ofVariable(acme, id))
		e.ok(e.variables.DeleteVariable(e.ctx(), acme, id, "a", nil), "DeleteVariable")
		w.tells("DeleteVariable", ofVariable(acme, id))
	}
	e.put(e.variable(acme, c.ID, "b"))
	w.told()
	e.ok(e.connections.Delete(e.ctx(), acme, c.ID, nil), "Delete")
	if told := w.told(); !slices.Contains(told, ofConnections(c)[0]) {
		e.Errorf("Delete of a connection with a variable: %+v is told", told)
	}
}

func purgeTold(e *env) {
	p, others := e.furnish(acme), e.furnish(globex)
	w := e.watching()
	_, err := e.connections.Purge(e.ctx(), acme, nil)
	e.ok(err, "Purge")
	may := append(ofConnections(p.conn), ofCredential(p.cred))
	may = append(append(may, ofVariable(acme, "")...), ofVariable(acme, p.conn.ID)...)
	w.tells("Purge", []waygate.Change{{Kind: waygate.ChangeTenant, Tenant: acme}}, may...)
	e.setStatus(globex, "main", waygate.StatusError)
	w.tells("Update for another tenant", ofConnections(others.conn))
}

// watchFromNow: an empty cursor tells nothing of what is there.
func watchFromNow(e *env) {
	for range 2 {
		page, err := e.watch.Changes(e.ctx(), "")
		e.ok(err, "Changes from now on")
		if len(page.Changes) != 0 || page.Cursor == "" {
			e.Errorf("Changes from now on told %d changes and gave the cursor %q", len(page.Changes), page.Cursor)
		}
		e.furnish(e.id("tenant"))
	}
}

// everyoneIsTold: by their own cursor, as often as they bring it.
func everyoneIsTold(e *env) {
	one, another := e.watching(), e.watching()
	e.define("api")
	for range 2 {
		again := *one
		again.tells("Put, to the first", ofDefinition("api"))
	}
	another.tells("Put, to the second", ofDefinition("api"))
	e.define("other")
	one.tells("two Puts, to the first", append(ofDefinition("api"), ofDefinition("other")...))
	another.tells("a Put, to the second", ofDefinition("other"))
}

// changesRace: who asks with a cursor from before a change is told of it,
// whatever else is changed and asked at the same time.
func changesRace(e *env) {
	const writers, rounds = 8, 20
	done := make(chan struct{})
	all, told := e.watching(), map[waygate.Change]bool{}
	var asking sync.WaitGroup
	asking.Go(func() {
		for end := false; !end; {
			select {
			case <-done:
				end = true // and once more
			default:
			}
			page, err := e.watch.Changes(e.ctx(), all.cursor)
			if err != nil || page.Reset {
				e.Errorf("Changes: Reset %t, error %v", page.Reset, err)
				return
			}
			all.cursor = page.Cursor
			for _, c := range page.Changes {
				told[c] = true
			}
		}
	})
	errs := e.race(writers, func(i int) error { return e.changeAndAsk(i, rounds) })
	close(done)
	asking.Wait()
	for i, err := range errs {
		e.ok(err, "the changes of a writer")
		for n := range rounds {
			if id := fmt.Sprintf("d-%d-%d", i, n); !told[ofDefinition(id)[0]] {
				e.Errorf("of definition %s nothing was told to one who asked all along", id)
			}
		}
	}
}

func (e *env) changeAndAsk(writer, rounds int) error {
	for n := range rounds {
		before, err := e.watch.Changes(e.ctx(), "")
		if err != nil {
			return err
		}
		id := fmt.Sprintf("d-%d-%d", writer, n)
		if _, err := e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: id}, 0, nil); err != nil {
			return err
		}
		page, err := e.watch.Changes(e.ctx(), before.Cursor)
		if err != nil {
			return err
		}
		if !slices.Contains(page.Changes, ofDefinition(id)[0]) {
			return fmt.Errorf("of %s nothing is told right after it was put", id)
		}
	}
	return nil
}
