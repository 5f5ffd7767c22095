package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

// concurrentModel lets several tenants work at once, each at random and in its
// own order, and compares each answer with a model that knows only that tenant.
// Whatever one tenant's work does to another's shows as a difference.
func concurrentModel(e *env) {
	const tenants, steps = 8, 150
	e.Cleanup(func() {
		if e.Failed() {
			e.Logf("run this again with Capabilities.Seed = %d", e.caps.Seed)
		}
	})
	for _, err := range e.race(tenants, func(i int) error {
		m := &model{e: e, tenant: fmt.Sprint("tenant ", i), rand: rand.New(rand.NewPCG(e.caps.Seed, uint64(i))),
			credentials: map[string]*modelCredential{}, vacant: map[string]bool{},
			flows: map[string]waygate.StoredFlow{}, apps: map[string]waygate.StoredApp{}}
		for range steps {
			if err := m.step(); err != nil {
				return fmt.Errorf("%w\nafter:\n%s", err, strings.Join(m.log[max(0, len(m.log)-25):], "\n"))
			}
		}
		return nil
	}) {
		if err != nil {
			e.Errorf("the store and the model differ: %v", err)
		}
	}
}

// model is what one tenant should have.
type model struct {
	e      *env
	tenant string
	rand   *rand.Rand
	log    []string

	connections []*modelConnection // oldest first
	credentials map[string]*modelCredential
	records     []waygate.CallRecord // newest first
	flows       map[string]waygate.StoredFlow
	apps        map[string]waygate.StoredApp
	// vacant says of which integrations the next active connection is primary.
	vacant map[string]bool
}

type modelConnection struct {
	row  waygate.StoredConnection
	cred string
}

type modelCredential struct {
	row    waygate.StoredCredential
	holder string
	lease  waygate.Lease
	fence  int64
}

// step does one thing at random and then compares everything.
func (m *model) step() error {
	steps := []func() error{m.insert, m.insert, m.update, m.update, m.setPrimary, m.remove, m.save, m.save, m.mark,
		m.acquire, m.acquire, m.renew, m.release, m.append}
	if m.e.flows != nil {
		steps = append(steps, m.putFlow, m.takeFlow)
	}
	if m.e.apps != nil {
		steps = append(steps, m.putApp, m.putApp, m.deleteApp)
	}
	if m.rand.IntN(60) == 0 {
		steps = []func() error{m.purge}
	}
	if err := steps[m.rand.IntN(len(steps))](); err != nil {
		return err
	}
	return m.compare()
}

func (m *model) did(format string, args ...any) { m.log = append(m.log, fmt.Sprintf(format, args...)) }

// want compares an error with the class that the model expects; nil is success.
func (m *model) want(err, class error) error {
	if class == nil && err == nil || class != nil && errors.Is(err, class) {
		return nil
	}
	return fmt.Errorf("error %v, want %v", err, class)
}

// pick draws a connection; nil now and then, and when there is none.
func (m *model) pick() *modelConnection {
	if len(m.connections) == 0 || m.rand.IntN(12) == 0 {
		return nil
	}
	return m.connections[m.rand.IntN(len(m.connections))]
}

func (m *model) insert() error {
	c := m.e.connection(m.tenant, fmt.Sprint("slug-", m.rand.IntN(6)))
	c.Integration = []string{"github", "slack"}[m.rand.IntN(2)]
	cred := m.e.credential(m.tenant)
	var class error
	for _, other := range m.connections {
		if other.row.Integration == c.Integration && other.row.Slug == c.Slug {
			class = waygate.ErrConflict
		}
	}
	owner := m.pickCredential()
	if owner != nil && m.rand.IntN(5) == 0 {
		cred.Digests, class = owner.row.Digests, waygate.ErrConflict
	}
	c.CredentialID = cred.ID
	row, err := m.e.connections.Insert(m.e.ctx(), c, &cred, nil)
	m.did("insert %s/%s: %v", c.Integration, c.Slug, err)
	if err := m.want(err, class); err != nil || class != nil {
		return err
	}
	m.connections = append(m.connections, &modelConnection{row: row, cred: cred.ID})
	got, err := m.e.credentials.Get(m.e.ctx(), m.tenant, cred.ID)
	m.credentials[cred.ID] = &modelCredential{row: got}
	return err
}

func (m *model) update() error {
	c := m.pick()
	if c == nil {
		_, err := m.e.connections.Update(m.e.ctx(), waygate.StoredConnection{Tenant: m.tenant, ID: "con_none"}, nil)
		return m.want(err, waygate.ErrUnresolved)
	}
	next, class := c.row, error(nil)
	next.Status = []waygate.Status{waygate.StatusActive, waygate.StatusActive, waygate.StatusDisabled, waygate.StatusNeedsReauth}[m.rand.IntN(4)]
	next.Metadata = map[string]string{"n": fmt.Sprint(m.rand.Int())}
	next.Mappings = []byte(fmt.Sprint(m.rand.Int()))
	if next.Resume = ""; next.Status == waygate.StatusDisabled {
		next.Resume = []waygate.Status{waygate.StatusActive, waygate.StatusError, waygate.StatusNeedsReauth}[m.rand.IntN(3)]
	}
	if other := m.pickCredential(); other != nil && m.rand.IntN(4) == 0 {
		next.CredentialID = other.row.ID
	}
	if m.rand.IntN(5) == 0 {
		next.Version--
		class = waygate.ErrConflict
	}
	row, err := m.e.connections.Update(m.e.ctx(), next, nil)
	m.did("update %s/%s to %s with %s: %v", c.row.Integration, c.row.Slug, next.Status, next.CredentialID, err)
	if err := m.want(err, class); err != nil || class != nil {
		return err
	}
	if row.Version != next.Version+1 {
		return fmt.Errorf("version %d after %d", row.Version, next.Version)
	}
	old := c.cred
	c.row, c.cred = row, next.CredentialID
	m.leave(old)
	return nil
}

func (m *model) setPrimary() error {
	c := m.pick()
	if c == nil {
		return m.want(m.e.connections.SetPrimary(m.e.ctx(), m.tenant, "con_none", nil), waygate.ErrUnresolved)
	}
	err := m.e.connections.SetPrimary(m.e.ctx(), m.tenant, c.row.ID, nil)
	m.did("set primary %s/%s: %v", c.row.Integration, c.row.Slug, err)
	if c.row.Status != waygate.StatusActive {
		return m.want(err, waygate.ErrConflict)
	}
	for _, other := range m.connections {
		if other.row.Integration == c.row.Integration {
			other.row.Primary = other == c
		}
	}
	return m.want(err, nil)
}

func (m *model) remove() error {
	c := m.pick()
	if c == nil {
		return m.want(m.e.connections.Delete(m.e.ctx(), m.tenant, "con_none", nil), waygate.ErrUnresolved)
	}
	err := m.e.connections.Delete(m.e.ctx(), m.tenant, c.row.ID, nil)
	m.did("delete %s/%s: %v", c.row.Integration, c.row.Slug, err)
	m.connections = slices.DeleteFunc(m.connections, func(other *modelConnection) bool { return other == c })
	m.leave(c.cred)
	return m.want(err, nil)
}

func (m *model) append() error {
	var batch []waygate.CallRecord
	for range 1 + m.rand.IntN(3) {
		if len(m.records)+len(batch) < 50 { // of 8 tenants: below any bound
			batch = append(batch, m.e.record(m.tenant, base().Add(time.Duration(m.rand.IntN(100))*time.Second)))
		}
	}
	m.did("append %d", len(batch))
	m.records = append(m.records, batch...)
	slices.SortFunc(m.records, func(a, b waygate.CallRecord) int {
		if n := b.Start.Compare(a.Start); n != 0 {
			return n
		}
		return strings.Compare(b.ID, a.ID)
	})
	return m.e.records.Append(m.e.ctx(), batch)
}

// compare reads everything and compares it with the model.
func (m *model) compare() error {
	page, err := m.e.connections.List(m.e.ctx(), m.tenant, waygate.ConnectionQuery{Limit: 100})
	if err != nil {
		return err
	}
	if got, want := ids(page.Connections, connectionID), m.ids(); !slices.Equal(got, want) {
		return fmt.Errorf("connections %q, want %q", got, want)
	}
	for _, integration := range []string{"github", "slack"} {
		if err := m.comparePrimary(page.Connections, integration); err != nil {
			return err
		}
	}
	for i, c := range m.connections {
		got := page.Connections[i]
		c.row.Version, c.row.UpdatedAt = max(c.row.Version, got.Version), got.UpdatedAt // may have become primary
		if got, want := canonical(got), canonical(c.row); got != want {
			return fmt.Errorf("connection %s, want %s", got, want)
		}
		cred, err := m.e.credentials.Get(m.e.ctx(), m.tenant, c.cred)
		if err != nil {
			return err
		}
		if got, want := canonical(cred), canonical(m.credentials[c.cred].row); got != want {
			return fmt.Errorf("credential %s, want %s", got, want)
		}
	}
	records, err := m.e.records.List(m.e.ctx(), m.tenant, waygate.RecordQuery{Limit: 100})
	if got, want := ids(records.Records, recordID), ids(m.records, recordID); err != nil || !slices.Equal(got, want) {
		return fmt.Errorf("records %q, want %q (error %v)", got, want, err)
	}
	return m.compareApps()
}

func (m *model) ids() []string {
	list := make([]string, len(m.connections))
	for i, c := range m.connections {
		list[i] = c.row.ID
	}
	return list
}

// comparePrimary knows who is primary as long as any is active. Without one the
// store may keep the last, or none.
func (m *model) comparePrimary(list []waygate.StoredConnection, integration string) error {
	var active, old *modelConnection
	for _, c := range m.connections {
		if c.row.Integration != integration {
			continue
		}
		if active == nil && c.row.Status == waygate.StatusActive {
			active = c
		}
		if c.row.Primary {
			old = c
		}
	}
	vacant := m.vacant[integration] || old == nil || old.row.Status == waygate.StatusDisabled
	want := old
	if active != nil && vacant {
		want = active
	}
	m.vacant[integration] = vacant && active == nil
	for i, c := range m.connections {
		if c.row.Integration != integration {
			continue
		}
		expected := c == want
		if active == nil && c == old {
			expected = list[i].Primary
		}
		if list[i].Primary != expected {
			return fmt.Errorf("%s/%s: primary %t, want %t", integration, c.row.Slug, list[i].Primary, expected)
		}
		c.row.Primary = expected
	}
	return nil
}
