package storetest

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// listed is one listing of a store, for what holds of all of them.
type listed struct {
	name string
	// max is how many rows a page has at most: a limit that was asked for, or
	// the bound of those that take none.
	max int
	// add makes a row and returns its name.
	add func(e *env, i int) string
	// page returns the names of a page.
	page func(e *env, limit int, cursor string) ([]string, string, error)
	// touch changes a row that is there, remove removes it; nil if it can't be.
	touch, remove func(e *env, name string)
}

func (e *env) listings() []listed {
	list := []listed{listedConnections(), listedCredentials("Scan"), listedCredentials("Due"), listedDefinitions(), listedRecords()}
	if e.audits != nil {
		list = append(list, listedAudits())
	}
	if e.variables != nil {
		list = append(list, listedVariables())
	}
	if e.apps != nil {
		list = append(list, listedApps())
	}
	return list
}

func listedConnections() listed {
	return listed{name: "ConnectionStore.List", max: 7,
		add: func(e *env, i int) string {
			c, _ := e.connect(acme, fmt.Sprintf("slug-%d", i))
			return c.Slug
		},
		page: func(e *env, limit int, cursor string) ([]string, string, error) {
			p, err := e.connections.List(e.ctx(), acme, waygate.ConnectionQuery{Limit: limit, Cursor: cursor})
			return ids(p.Connections, slug), p.Cursor, err
		},
		touch: func(e *env, name string) { e.setStatus(acme, name, waygate.StatusError) },
		remove: func(e *env, name string) {
			e.ok(e.connections.Delete(e.ctx(), acme, e.find(acme, name).ID, nil), "Delete")
		},
	}
}

// listedCredentials is Scan or Due.
func listedCredentials(method string) listed {
	l := listedConnections()
	l.name, l.max = method, 100
	l.add = func(e *env, i int) string {
		_, cred := e.connect(acme, fmt.Sprintf("slug-%d", i))
		return cred.ID
	}
	l.page = func(e *env, _ int, cursor string) ([]string, string, error) {
		if method == "Scan" {
			p, err := e.credentials.Scan(e.ctx(), cursor)
			return ids(p.Credentials, credentialID), p.Cursor, err
		}
		p, err := e.credentials.Due(e.ctx(), base().AddDate(1, 0, 0), cursor)
		return ids(p.Credentials, credentialID), p.Cursor, err
	}
	l.touch = func(e *env, name string) { // stays due, but earlier than all
		c := e.get(acme, name)
		c.RefreshAt = c.RefreshAt.Add(-48 * time.Hour)
		_, err := e.credentials.Save(e.ctx(), c, nil)
		e.ok(err, "Save")
	}
	l.remove = func(e *env, name string) {
		for _, c := range e.allConnections(acme, waygate.ConnectionQuery{Limit: 100}) {
			if c.CredentialID == name {
				e.ok(e.connections.Delete(e.ctx(), acme, c.ID, nil), "Delete")
			}
		}
	}
	return l
}

func listedDefinitions() listed {
	return listed{name: "DefinitionStore.List", max: 100,
		add: func(e *env, i int) string { return e.define(fmt.Sprintf("def-%04d", i*7919%10007)).ID },
		page: func(e *env, _ int, cursor string) ([]string, string, error) {
			p, err := e.definitions.List(e.ctx(), cursor)
			return ids(p.Definitions, definitionID), p.Cursor, err
		},
		touch: func(e *env, name string) {
			_, err := e.definitions.Put(e.ctx(), waygate.StoredDefinition{ID: name}, 1, nil)
			e.ok(err, "Put")
		},
		remove: func(e *env, name string) { e.ok(e.definitions.Delete(e.ctx(), name, nil), "Delete") },
	}
}

func listedRecords() listed {
	return listed{name: "RecordStore.List", max: 7,
		add: func(e *env, i int) string {
			r := e.record(acme, base().Add(time.Duration(i%10)*time.Second))
			e.append(r)
			return r.ID
		},
		page: func(e *env, limit int, cursor string) ([]string, string, error) {
			p, err := e.records.List(e.ctx(), acme, waygate.RecordQuery{Limit: limit, Cursor: cursor})
			return ids(p.Records, recordID), p.Cursor, err
		},
	}
}

func listedAudits() listed {
	return listed{name: "Audit", max: 7,
		add: func(e *env, i int) string {
			entry := e.entry(acme, "insert")
			entry.At = entry.At.Add(time.Duration(i) * time.Second)
			_, err := e.connections.Insert(e.ctx(), e.bare(acme, fmt.Sprintf("slug-%d", i)), nil, entry)
			e.ok(err, "Insert")
			return entry.ID
		},
		page: func(e *env, limit int, cursor string) ([]string, string, error) {
			p, err := e.audits.Audit(e.ctx(), acme, waygate.AuditQuery{Limit: limit, Cursor: cursor})
			return ids(p.Entries, auditID), p.Cursor, err
		},
	}
}

// exactPages: pages are as full as was asked, the last one has no cursor, and a
// second reading gives the same.
func exactPages(e *env) {
	for _, l := range e.listings() {
		e := e.again()
		var names []string
		for i := range 2 * l.max {
			names = append(names, l.add(e, i))
		}
		var all []string
		cursor := ""
		for i := range 2 {
			page, next, err := l.page(e, l.max, cursor)
			e.ok(err, l.name)
			if len(page) != l.max || (next == "") != (i == 1) {
				e.Errorf("%s: page %d has %d rows and the cursor %q, want %d rows, and no cursor on the last page", l.name, i+1, len(page), next, l.max)
			}
			all, cursor = append(all, page...), next
		}
		again := every(e, l.name, func(cursor string) ([]string, string, error) { return l.page(e, l.max, cursor) })
		e.same(again, all, l.name+" read twice")
		slices.Sort(names)
		slices.Sort(all)
		e.same(all, names, l.name)
	}
}

// limits: 50 by default, never more than 100.
func limits(e *env) {
	for i := range 110 {
		_, err := e.connections.Insert(e.ctx(), e.bare(acme, fmt.Sprintf("slug-%d", i)), nil, e.entry(acme, "insert"))
		e.ok(err, "Insert")
		e.append(e.record(acme, base()))
	}
	for _, l := range e.listings() {
		if l.max == 100 {
			continue // takes no limit
		}
		for limit, want := range map[int]int{0: 50, 1: 1, 100: 100} {
			page, _, err := l.page(e, limit, "")
			e.ok(err, l.name)
			if len(page) != want {
				e.Errorf("%s with limit %d: %d rows, want %d", l.name, limit, len(page), want)
			}
		}
		for _, limit := range []int{101, 1 << 31, -1} {
			if page, _, err := l.page(e, limit, ""); err == nil && len(page) > 100 {
				e.Errorf("%s with limit %d: %d rows, want at most 100", l.name, limit, len(page))
			}
		}
	}
}

// completeUnderWrites: rows that are there throughout are listed, whatever is
// written between two pages.
func completeUnderWrites(e *env) {
	for _, l := range e.listings() {
		e := e.again()
		rows := l.max + 25
		var names, noise []string
		for i := range rows {
			names = append(names, l.add(e, i))
		}
		for i := range 20 {
			noise = append(noise, l.add(e, rows+i))
		}
		step := 0
		all := every(e, l.name, func(cursor string) ([]string, string, error) {
			page, next, err := l.page(e, l.max, cursor)
			if l.remove != nil && step < len(noise) {
				l.remove(e, noise[step])
			}
			if l.touch != nil {
				l.touch(e, names[step%rows])          // listed before
				l.touch(e, names[(rows-1-step)%rows]) // to be listed yet
			}
			l.add(e, 1000+step)
			step++
			return page, next, err
		})
		for _, name := range names {
			if !slices.Contains(all, name) {
				e.Errorf("%s: missed %s, which was there from the first page to the last", l.name, name)
			}
		}
	}
}

// orderOfBytes: names are in the order of their bytes, not of a language or of
// UTF-16.
func orderOfBytes(e *env) {
	want := []string{"-", "0", "10", "9", "A", "Z", "_", "a", "a b", "a-b", "aB", "a_b", "ab", "b", "z", "Ä", "é", "ｅ", "\uffee", "\U0001F511"}
	at := func(i int) int { return i * 7 % len(want) }
	for i := range want {
		e.define(want[at(i)])
		r := e.record(acme, base())
		r.ID = want[at(i)]
		e.append(r)
		if e.variables != nil {
			e.put(e.variable(acme, "", want[at(i)]))
		}
		if e.apps != nil {
			e.addApp(e.app(acme, want[at(i)]))
		}
	}
	e.same(ids(e.allDefinitions(), definitionID), want, "the definitions")
	if e.variables != nil {
		list, err := e.variables.Variables(e.ctx(), acme, "", nil)
		e.ok(err, "Variables")
		e.same(ids(list, variableName), want, "the variables")
	}
	if e.apps != nil {
		list, err := e.apps.Apps(e.ctx(), acme, github)
		e.ok(err, "Apps")
		e.same(ids(list, appID), want, "the apps")
	}
	slices.Reverse(want)
	for _, limit := range []int{0, 1} {
		e.sameIDs(acme, waygate.RecordQuery{Limit: limit}, want, "records of one moment, newest first")
	}
}

// badCursors: what is not a cursor of the listing is invalid input.
func badCursors(e *env) {
	var good []string
	var all []listed
	for _, l := range e.listings() {
		for i := range l.max + 1 {
			if l.name != "Due" { // Scan made its rows
				l.add(e, len(all)*1000+i)
			}
		}
		_, next, err := l.page(e, l.max, "")
		e.ok(err, l.name)
		if next == "" {
			e.Fatalf("%s: no cursor on the first of two pages", l.name)
		}
		good, all = append(good, next), append(all, l)
	}
	for i, l := range all {
		bad := []string{"x", "0", "-1", "999999999999", "%", " ", "\x00", "é", strings.Repeat("A", 5000), good[i] + "A", good[i][:len(good[i])/2],
			base64.RawURLEncoding.EncodeToString([]byte("acme"))}
		for j := range all {
			if j != i {
				bad = append(bad, good[j])
			}
		}
		for _, cursor := range bad {
			if page, _, err := l.page(e, l.max, cursor); err == nil {
				e.Errorf("%s took the cursor %.60q (of %d rows), want ErrInvalidInput", l.name, cursor, len(page))
			} else {
				e.is(err, waygate.ErrInvalidInput, l.name+" with a bad cursor")
			}
		}
	}
}
