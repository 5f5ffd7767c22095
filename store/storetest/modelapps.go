package storetest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/waygate-go/waygate"
)

// putFlow puts one under one of a few IDs.
func (m *model) putFlow() error {
	f := m.e.flow(m.tenant)
	f.ID, f.Sealed = fmt.Sprint("flow ", m.rand.IntN(5)), []byte(fmt.Sprint(m.rand.Int()))
	err := m.e.flows.PutFlow(m.e.ctx(), f, longLease)
	m.did("put flow %s: %v", f.ID, err)
	if _, there := m.flows[f.ID]; there {
		return m.want(err, waygate.ErrConflict)
	}
	m.flows[f.ID] = f
	return m.want(err, nil)
}

func (m *model) takeFlow() error {
	id := fmt.Sprint("flow ", m.rand.IntN(5))
	f, err := m.e.flows.TakeFlow(m.e.ctx(), m.tenant, id)
	m.did("take flow %s: %v", id, err)
	want, there := m.flows[id]
	if !there {
		return m.want(err, waygate.ErrUnresolved)
	}
	delete(m.flows, id)
	if err == nil && canonical(f) != canonical(want) {
		return fmt.Errorf("flow %+v, want %+v", f, want)
	}
	return m.want(err, nil)
}

// putApp adds or changes one, now and then by a version that moved.
func (m *model) putApp() error {
	next := m.e.app(m.tenant, fmt.Sprint("app-", m.rand.IntN(5)))
	next.Sealed = []byte(fmt.Sprint(m.rand.Int()))
	old, there := m.apps[next.ID]
	class := error(nil)
	if next.Version = old.Version; m.rand.IntN(4) == 0 {
		next.Version, class = old.Version+1, waygate.ErrConflict
	}
	if !there && next.Version != 0 {
		class = waygate.ErrUnresolved
	}
	got, err := m.e.apps.PutApp(m.e.ctx(), next, nil)
	m.did("put app %s at %d: %v", next.ID, next.Version, err)
	if err := m.want(err, class); err != nil || class != nil {
		return err
	}
	if next.CreatedAt = old.CreatedAt; !there {
		next.CreatedAt = got.CreatedAt
	}
	next.Version, next.UpdatedAt = old.Version+1, got.UpdatedAt
	m.apps[next.ID] = next
	return nil
}

func (m *model) deleteApp() error {
	id := fmt.Sprint("app-", m.rand.IntN(5))
	err := m.e.apps.DeleteApp(m.e.ctx(), m.tenant, github, id, nil)
	m.did("delete app %s: %v", id, err)
	if _, there := m.apps[id]; !there {
		return m.want(err, waygate.ErrUnresolved)
	}
	delete(m.apps, id)
	return m.want(err, nil)
}

func (m *model) compareApps() error {
	if m.e.apps == nil {
		return nil
	}
	got, err := m.e.apps.Apps(m.e.ctx(), m.tenant, github)
	if err != nil {
		return err
	}
	var want []waygate.StoredApp
	for _, id := range slices.Sorted(maps.Keys(m.apps)) {
		want = append(want, m.apps[id])
	}
	if got, want := canonical(got), canonical(want); got != want {
		return fmt.Errorf("apps %s, want %s", got, want)
	}
	return nil
}

func (m *model) purge() error {
	done, err := m.e.connections.Purge(m.e.ctx(), m.tenant, nil)
	m.did("purge: %+v, %v", done, err)
	want := waygate.Purged{Connections: len(m.connections), Credentials: len(m.credentials), Apps: len(m.apps), Flows: len(m.flows)}
	if err == nil && done != want {
		err = fmt.Errorf("purge counted %+v, want %+v", done, want)
	}
	m.connections = nil
	clear(m.credentials)
	clear(m.flows)
	clear(m.apps)
	return err
}
