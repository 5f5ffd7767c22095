package storetest

import (
	"context"
	"time"

	"github.com/waygate-go/waygate"
)

// method is one method of a store, applied to a place.
type method struct {
	name string
	// shared methods have no tenant.
	shared bool
	// foreign is what a tenant gets that asks for another's rows, absent what
	// it gets where there are none at all; nil is an empty result.
	foreign, absent error
	// run returns how many rows it found.
	run func(ctx context.Context, e *env, p place) (int, error)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func (e *env) methods() []method {
	list := append(connectionMethods(), credentialMethods()...)
	list = append(list, sharedMethods()...)
	if e.statistics != nil {
		list = append(list, method{name: "Statistics", run: func(ctx context.Context, e *env, p place) (int, error) {
			sum, err := e.statistics.Statistics(ctx, p.tenant, waygate.StatisticsQuery{})
			return sum.Calls, err
		}})
	}
	list = append(list, recordMethods()...)
	if e.audits != nil {
		list = append(list, method{name: "Audit", run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.audits.Audit(ctx, p.tenant, waygate.AuditQuery{})
			return len(page.Entries), err
		}})
	}
	if e.variables != nil {
		list = append(list, variableMethods()...)
	}
	if e.flows != nil {
		list = append(list, flowMethods()...)
	}
	if e.apps != nil {
		list = append(list, appMethods()...)
	}
	if e.watch != nil {
		list = append(list, method{name: "Changes", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.watch.Changes(ctx, "")
			return len(page.Changes), err
		}})
	}
	return list
}

func connectionMethods() []method {
	look := func(name string, ref func(p place) string) method {
		return method{name: name, foreign: waygate.ErrUnresolved, absent: waygate.ErrUnresolved,
			run: func(ctx context.Context, e *env, p place) (int, error) {
				c, _, err := e.connections.Find(ctx, p.tenant, github, ref(p))
				return count(c.ID != ""), err
			}}
	}
	return append(connectionChanges(),
		look("Connections.Find by slug", func(p place) string { return p.conn.Slug }),
		look("Connections.Find by ID", func(p place) string { return p.conn.ID }),
		look("Connections.Find the primary", func(place) string { return "" }),
		method{name: "Connections.List", run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.connections.List(ctx, p.tenant, waygate.ConnectionQuery{})
			return len(page.Connections), err
		}},
		method{name: "Connections.Purge", run: func(ctx context.Context, e *env, p place) (int, error) {
			done, err := e.connections.Purge(ctx, p.tenant, nil)
			return done.Connections + done.Credentials + done.Variables + done.Apps + done.Flows, err
		}})
}

func connectionChanges() []method {
	change := func(name string, run func(ctx context.Context, e *env, p place) error) method {
		return method{name: name, foreign: waygate.ErrUnresolved, absent: waygate.ErrUnresolved,
			run: func(ctx context.Context, e *env, p place) (int, error) { return 0, run(ctx, e, p) }}
	}
	return []method{
		change("Connections.Insert with a credential that is there", func(ctx context.Context, e *env, p place) error {
			c := p.conn
			c.ID, c.Slug = e.id("con"), "linked"
			_, err := e.connections.Insert(ctx, c, nil, e.entry(p.tenant, "insert"))
			return err
		}),
		change("Connections.Update", func(ctx context.Context, e *env, p place) error {
			c := p.conn
			c.BaseURL = "https://changed.example.com"
			_, err := e.connections.Update(ctx, c, e.entry(p.tenant, "update"))
			return err
		}),
		change("Connections.SetPrimary", func(ctx context.Context, e *env, p place) error {
			return e.connections.SetPrimary(ctx, p.tenant, p.conn.ID, e.entry(p.tenant, "primary"))
		}),
		change("Connections.Delete", func(ctx context.Context, e *env, p place) error {
			return e.connections.Delete(ctx, p.tenant, p.conn.ID, e.entry(p.tenant, "delete"))
		}),
	}
}

// guarded runs a method and reports a panic as a failure of the test.
func (m method) guarded(ctx context.Context, e *env, p place) (rows int, err error) {
	e.Helper()
	defer func() {
		if r := recover(); r != nil {
			e.Errorf("%s panicked: %v", m.name, r)
		}
	}()
	return m.run(ctx, e, p)
}

// ended are contexts that ended before the method starts.
func ended() map[string]context.Context {
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	late, stop := context.WithDeadline(context.Background(), time.Unix(1, 0))
	stop()
	return map[string]context.Context{"canceled": canceled, "deadline": late}
}
