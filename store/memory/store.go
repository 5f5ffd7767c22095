package memory

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
)

// The defaults of [RecordLimit] and [AuditLimit].
const (
	defaultRecords = 10_000
	defaultAudits  = 10_000
)

// Store is a [waygate.Store] in memory. Make it with [New]; all methods of a
// zero Store return [ErrClosed]. It may be used from many goroutines.
type Store struct {
	now     func() time.Time
	cursors cursorKey
	records records // has a lock of its own

	mu   sync.RWMutex // guards what follows
	open bool
	last uint64 // the number given last: rows are numbered in the order they came
	// tenants holds the tenants that have any row.
	tenants map[string]*tenant
	// connections has each connection by its ID.
	connections map[string]*connection
	// refs has each connection under its slug and its ID, and the primary ones
	// under "", so that Find is one look-up.
	refs map[refKey]*connection
	// digests says whose a grant is.
	digests map[string]*credential
	// credentials and variables are those of all tenants, for scans.
	credentials sequence[*credential]
	variables   sequence[*variable]
	definitions definitionSet
	audits      fair[audit]
	flows       flows
	apps        apps
	changes     changes
}

// tenant is what one tenant has.
type tenant struct {
	connections sequence[*connection]
	groups      map[string]*group // by integration
	credentials map[string]*credential
	variables   map[string][]*variable // by connection ID, in order of name
}

// An Option changes what [New] makes.
type Option func(*options)

type options struct {
	records, audits int
	now             func() time.Time
}

// RecordLimit is how many records are kept, of all tenants together: 10,000 by
// default, also for an n below 1. A full store drops the oldest record of the
// tenant that has the most.
func RecordLimit(n int) Option { return func(o *options) { o.records = max(n, 0) } }

// AuditLimit is how many entries of the audit trail are kept, of all tenants
// together: 10,000 by default, also for an n below 1. A full trail drops the
// oldest entry of the tenant that has the most.
func AuditLimit(n int) Option { return func(o *options) { o.audits = max(n, 0) } }

// Clock sets the store's clock, which stamps rows and ends leases; nil is
// time.Now. It is called with the store's lock held, from many goroutines, and
// must not call the store.
func Clock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// New makes an empty store. It starts no goroutine.
func New(opts ...Option) *Store {
	var o options
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	s := &Store{
		now:         o.now,
		cursors:     newCursorKey(),
		open:        true,
		tenants:     map[string]*tenant{},
		connections: map[string]*connection{},
		refs:        map[refKey]*connection{},
		digests:     map[string]*credential{},
		definitions: definitionSet{histories: map[string]*history{}},
		audits:      newFair(cmp.Or(o.audits, defaultAudits), compareAudits),
		flows:       newFlows(),
		apps:        newApps(),
		changes:     newChanges(),
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.records.init(cmp.Or(o.records, defaultRecords), s.cursors)
	return s
}

// Connections returns the part that keeps connections.
func (s *Store) Connections() waygate.ConnectionStore { return connections{s} }

// Credentials returns the part that keeps credentials.
func (s *Store) Credentials() waygate.CredentialStore { return credentials{s} }

// Definitions returns the part that keeps definitions.
func (s *Store) Definitions() waygate.DefinitionStore { return definitions{s} }

// Records returns the part that keeps records; it is a
// [waygate.StatisticsStore] too.
func (s *Store) Records() waygate.RecordStore { return &s.records }

// Durable is false: nothing outlives the process.
func (s *Store) Durable() bool { return false }

// Close lets go of everything. All methods called later return [ErrClosed].
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	s.last, s.tenants, s.connections, s.refs, s.digests = 0, nil, nil, nil, nil
	s.credentials, s.variables = sequence[*credential]{}, sequence[*variable]{}
	s.definitions, s.audits, s.flows, s.apps = definitionSet{}, fair[audit]{}, flows{}, apps{}
	s.changes.wake()
	s.changes = changes{}
	s.records.close()
	return nil
}

// beginWrite takes the lock for a change; without an error the caller gives it
// back with mu.Unlock.
func (s *Store) beginWrite(ctx context.Context) error {
	s.mu.Lock()
	if err := s.usable(ctx); err != nil {
		s.mu.Unlock()
		return err
	}
	return nil
}

// beginRead takes the lock for reading; without an error the caller gives it
// back with mu.RUnlock.
func (s *Store) beginRead(ctx context.Context) error {
	s.mu.RLock()
	if err := s.usable(ctx); err != nil {
		s.mu.RUnlock()
		return err
	}
	return nil
}

// usable is asked with the lock held, so that a ctx that ended while waiting for
// it counts too.
func (s *Store) usable(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.open {
		return ErrClosed
	}
	return nil
}

// next numbers a row.
func (s *Store) next() uint64 {
	s.last++
	return s.last
}

// stamp is the store's time for CreatedAt and UpdatedAt.
func (s *Store) stamp() time.Time { return s.now().Round(0) } // wall clock only

// tenant returns a tenant to add to.
func (s *Store) tenant(id string) *tenant {
	t := s.tenants[id]
	if t == nil {
		t = &tenant{groups: map[string]*group{}, credentials: map[string]*credential{}, variables: map[string][]*variable{}}
		s.tenants[id] = t
	}
	return t
}

// forget drops a tenant that has no row left.
func (s *Store) forget(id string) {
	t := s.tenants[id]
	if t != nil && t.connections.len() == 0 && len(t.credentials) == 0 && len(t.variables) == 0 {
		delete(s.tenants, id)
	}
}

var (
	_ waygate.Store         = (*Store)(nil)
	_ waygate.AuditStore    = (*Store)(nil)
	_ waygate.VariableStore = (*Store)(nil)
)
