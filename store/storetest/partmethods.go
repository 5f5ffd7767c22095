package storetest

import (
	"context"

	"github.com/waygate-go/waygate"
)

func credentialMethods() []method {
	gone := waygate.ErrUnresolved
	return []method{
		{name: "Credentials.Get", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			c, err := e.credentials.Get(ctx, p.tenant, p.cred.ID)
			return count(c.ID != ""), err
		}},
		{name: "Credentials.FindGrant", foreign: waygate.ErrConflict, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			c, err := e.credentials.FindGrant(ctx, p.tenant, p.cred.Digests)
			return count(c.ID != ""), err
		}},
		{name: "Credentials.Save", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			c := p.cred
			c.Sealed = []byte("saved")
			c, err := e.credentials.Save(ctx, c, e.entry(p.tenant, "save"))
			return count(c.ID != ""), err
		}},
		{name: "Credentials.Mark", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			c, err := e.credentials.Mark(ctx, p.tenant, p.cred.ID, p.cred.Version, waygate.Intent{Holder: "marker", Fence: 1, Remaining: longLease})
			return count(c.ID != ""), err
		}},
		{name: "Credentials.Acquire", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			l, err := e.credentials.Acquire(ctx, p.tenant, p.cred.ID, p.lease.Holder, 2*longLease)
			return count(l.Holder != ""), err
		}},
		{name: "Credentials.Renew", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			l, err := e.credentials.Renew(ctx, p.lease, 2*longLease)
			return count(l.Holder != ""), err
		}},
		{name: "Credentials.Release", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			return 0, e.credentials.Release(ctx, p.lease)
		}},
	}
}

func sharedMethods() []method {
	return []method{
		{name: "Credentials.Due", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.credentials.Due(ctx, base().AddDate(1, 0, 0), "")
			return len(page.Credentials), err
		}},
		{name: "Credentials.Scan", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.credentials.Scan(ctx, "")
			return len(page.Credentials), err
		}},
		{name: "Definitions.Put", shared: true, absent: waygate.ErrConflict, run: func(ctx context.Context, e *env, p place) (int, error) {
			d, err := e.definitions.Put(ctx, p.definition, p.definition.Version, e.entry("", "put"))
			return count(d.ID != ""), err
		}},
		{name: "Definitions.Get", shared: true, absent: waygate.ErrUnresolved, run: func(ctx context.Context, e *env, p place) (int, error) {
			d, err := e.definitions.Get(ctx, p.definition.ID, 0)
			return count(d.ID != ""), err
		}},
		{name: "Definitions.Get of a version", shared: true, absent: waygate.ErrUnresolved, run: func(ctx context.Context, e *env, p place) (int, error) {
			d, err := e.definitions.Get(ctx, p.definition.ID, p.definition.Version)
			return count(d.ID != ""), err
		}},
		{name: "Definitions.List", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.definitions.List(ctx, "")
			return len(page.Definitions), err
		}},
		{name: "Definitions.Delete", shared: true, absent: waygate.ErrUnresolved, run: func(ctx context.Context, e *env, p place) (int, error) {
			return 0, e.definitions.Delete(ctx, p.definition.ID, e.entry("", "delete"))
		}},
	}
}

func recordMethods() []method {
	return []method{
		{name: "Records.List", run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.records.List(ctx, p.tenant, waygate.RecordQuery{})
			return len(page.Records), err
		}},
		{name: "Records.Purge", run: func(ctx context.Context, e *env, p place) (int, error) {
			return e.records.Purge(ctx, p.tenant)
		}},
		{name: "Records.Expire", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			return e.records.Expire(ctx, base().AddDate(1, 0, 0))
		}},
		{name: "Records.Append", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			r := p.record
			r.ID = e.id("call")
			return 0, e.records.Append(ctx, []waygate.CallRecord{r})
		}},
	}
}

func flowMethods() []method {
	return []method{
		{name: "TakeFlow", foreign: waygate.ErrUnresolved, absent: waygate.ErrUnresolved, run: func(ctx context.Context, e *env, p place) (int, error) {
			f, err := e.flows.TakeFlow(ctx, p.tenant, p.flow.ID)
			return count(f.ID != ""), err
		}},
		{name: "PutFlow", run: func(ctx context.Context, e *env, p place) (int, error) {
			return 0, e.flows.PutFlow(ctx, p.flow, longLease)
		}},
	}
}

func appMethods() []method {
	gone := waygate.ErrUnresolved
	return []method{
		{name: "App", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			a, err := e.apps.App(ctx, p.tenant, p.app.Integration, p.app.ID)
			return count(a.ID != ""), err
		}},
		{name: "Apps", run: func(ctx context.Context, e *env, p place) (int, error) {
			list, err := e.apps.Apps(ctx, p.tenant, p.app.Integration)
			return len(list), err
		}},
		{name: "ScanApps", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.apps.ScanApps(ctx, "")
			return len(page.Apps), err
		}},
		{name: "PutApp of a version", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			a := p.app
			a.Sealed = []byte("changed")
			a, err := e.apps.PutApp(ctx, a, e.entry(p.tenant, "put app"))
			return count(a.ID != ""), err
		}},
		{name: "DeleteApp", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			return 0, e.apps.DeleteApp(ctx, p.tenant, p.app.Integration, p.app.ID, e.entry(p.tenant, "delete app"))
		}},
	}
}

func variableMethods() []method {
	gone := waygate.ErrUnresolved
	remove := func(id func(p place) waygate.StoredVariable) func(ctx context.Context, e *env, p place) (int, error) {
		return func(ctx context.Context, e *env, p place) (int, error) {
			v := id(p)
			return 0, e.variables.DeleteVariable(ctx, p.tenant, v.ConnectionID, v.Name, e.entry(p.tenant, "delete"))
		}
	}
	return []method{
		{name: "PutVariable of a connection", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			v := p.connsOwn
			v.Sealed = []byte("changed")
			return 0, e.variables.PutVariable(ctx, v, e.entry(p.tenant, "put"))
		}},
		{name: "Variables", run: func(ctx context.Context, e *env, p place) (int, error) {
			list, err := e.variables.Variables(ctx, p.tenant, p.conn.ID, nil)
			return len(list), err
		}},
		{name: "DeleteVariable", foreign: gone, absent: gone, run: remove(func(p place) waygate.StoredVariable { return p.own })},
		{name: "DeleteVariable of a connection", foreign: gone, absent: gone, run: remove(func(p place) waygate.StoredVariable { return p.connsOwn })},
		{name: "ScanVariables", shared: true, run: func(ctx context.Context, e *env, p place) (int, error) {
			page, err := e.variables.ScanVariables(ctx, "")
			return len(page.Variables), err
		}},
		{name: "ResealVariable", foreign: gone, absent: gone, run: func(ctx context.Context, e *env, p place) (int, error) {
			v := p.own
			v.Sealed = []byte("resealed")
			return 0, e.variables.ResealVariable(ctx, v, p.own.Sealed)
		}},
	}
}
