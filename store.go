package waygate

import (
	"context"
	"time"
)

// Store is where definitions, connections, credentials and records live. It
// sees credentials sealed, never in clear.
//
// The package store/memory is the reference; store/storetest runs every clause
// below against an implementation, and a store passes all of it before it is
// used.
//
// What holds for every method of every part:
//
//  1. A method that takes a tenant reads and writes that tenant's rows only. A
//     row of another tenant is the same as no row.
//  2. Absence is an error that matches [ErrUnresolved]. Something that exists
//     already, or a version that moved, is one that matches [ErrConflict]. Any
//     other failure is returned as it is; the gateway reports it as [KindStore].
//  3. When ctx has ended before a method starts, it does nothing and returns
//     ctx.Err(). When ctx ends meanwhile, it returns soon; a change was then
//     made wholly or not at all.
//  4. All methods may be called from many goroutines at once.
//  5. What goes in and what comes out is never shared: a caller may change
//     slices and maps after the call, on either side, without effect on the
//     store.
//  6. A change and its [AuditEntry] are written together or not at all. A nil
//     entry writes none. A failed change writes none either.
//  7. Byte fields come back as they went in, whatever the bytes; text fields too,
//     for valid UTF-8 without NUL; up to 1 MiB a field. Ids and tenants have no
//     control characters. An audit entry's JSON comes back byte for byte.
//  8. Lists are in a stable order (by bytes, where it is of names), complete under
//     concurrent writes for rows that exist throughout, and end with an empty
//     cursor. A cursor that is damaged, or of another listing or tenant, matches
//     [ErrInvalidInput].
//  9. Times are the store's own clock where the store sets them (CreatedAt,
//     UpdatedAt, leases) and are kept to the microsecond at least.
//  10. Nothing panics. A method of a closed store returns an error.
//
// A Store may have more abilities, each an interface of its own: [AuditStore],
// [VariableStore], [FlowStore], [AppStore] and [WatchStore]; and a [RecordStore] may
// be a [StatisticsStore]. They are looked up once, in [New], also through an Unwrap
// method that returns the Store or RecordStore within, so that a wrapper doesn't
// hide them. A gateway method whose part is missing returns [ErrConfig].
type Store interface {
	// Connections, Credentials, Definitions and Records give the four parts, without I/O.
	Connections() ConnectionStore
	Credentials() CredentialStore
	Definitions() DefinitionStore
	Records() RecordStore
	// Durable reports whether rows outlive the process. New refuses a durable
	// store without Config.Keyring, because rows sealed with a key of this
	// process could not be opened by the next one.
	Durable() bool
}

// ConnectionStore keeps connections.
//
// Its clauses, beside those of [Store]:
//
//  1. At most one connection of a tenant and integration is primary, at every
//     moment that any reader can see.
//  2. As long as any connection of a tenant and integration is active, one is
//     primary. The first inserted becomes primary. When the primary is deleted
//     or disabled, the oldest active one takes its place in the same
//     transaction; if there is none, the next to become active does. One that
//     needs re-auth or is in error stays primary.
//  3. A slug is unique for a tenant and integration; an ID is unique overall.
//  4. Insert writes the connection and its credential in one transaction.
//  5. Find returns the connection together with its credential, in one round
//     trip to the store.
//  6. Update compares Version and sets it one higher; it never changes ID,
//     Tenant, Integration, Slug, Primary (but see clause 2) or CreatedAt. It may
//     change CredentialID to another credential of the tenant; the old one is
//     removed unless another connection uses it.
//  7. Delete removes the credential too, unless another connection uses it.
//  8. Purge removes all that the store holds of a tenant but its records, in one
//     transaction, and counts what it removed: the audit trail too, but for the
//     purge's own entry. A tenant without rows is not an error. The platform's
//     apps are no tenant's, and stay.
type ConnectionStore interface {
	// Insert adds a connection. cred may be nil where the connection needs none
	// or names an existing credential in CredentialID; a CredentialID that the
	// tenant doesn't have is ErrUnresolved. Version, Primary and the times of
	// the argument are ignored and set by the store.
	Insert(ctx context.Context, c StoredConnection, cred *StoredCredential, audit *AuditEntry) (StoredConnection, error)
	// Find returns a connection by slug or ID; an empty ref means the primary.
	// The credential is nil where there is none.
	Find(ctx context.Context, tenant, integration, ref string) (StoredConnection, *StoredCredential, error)
	// List returns connections, oldest first.
	List(ctx context.Context, tenant string, q ConnectionQuery) (ConnectionPage, error)
	// Update writes c over the row of the same ID if the row's version is
	// c.Version.
	Update(ctx context.Context, c StoredConnection, audit *AuditEntry) (StoredConnection, error)
	// SetPrimary makes an active connection the primary one. One that is not
	// active is ErrConflict.
	SetPrimary(ctx context.Context, tenant, id string, audit *AuditEntry) error
	// Delete removes a connection.
	Delete(ctx context.Context, tenant, id string, audit *AuditEntry) error
	// Purge removes everything of a tenant but its records.
	Purge(ctx context.Context, tenant string, audit *AuditEntry) (Purged, error)
}

// CredentialStore keeps sealed credentials, with the two things that make token
// refresh safe across processes: compare-and-set on a version, and a lease.
//
// Its clauses, beside those of [Store]:
//
//  1. Get reads what was last committed, never a replica that lags.
//  2. Save compares the version alone. It neither needs nor looks at a lease:
//     an answer that reached us is saved even if the lease ran out.
//  3. Save and Mark raise the version by exactly one; a lease doesn't change it.
//  4. Save commits in a transaction of its own, durably, before it returns.
//  5. Of many Saves of one version at once exactly one succeeds.
//  6. A lease is held by one holder at a time, by the store's clock. Acquire on
//     a lease held by another holder is ErrConflict; by the same holder it
//     extends it. An expired lease can be acquired by anyone.
//  7. Renew and Release by one who is not the holder any more are ErrConflict
//     and change nothing.
//  8. Each Acquire by a new holder gives a higher Fence than any before it on
//     that credential.
//  9. Due and Scan are the only methods without a tenant, for the gateway's own
//     work; a row that is there from the first page to the last is returned at
//     least once.
//  10. A grant digest belongs to one credential overall: another credential with
//     any of the same digests is ErrConflict.
//  11. Save carries the credential's status over to the connections that use it,
//     in the same transaction: active makes those that need re-auth or are in
//     error active; needs_reauth and revoked make those that are active or in
//     error need re-auth; the other states change none. Of a disabled connection
//     it is Resume that changes. The versions of changed connections rise.
//  12. Times that decide something are the store's own: Mark sets an intent's
//     deadline to Remaining from now by the store's clock, and reading gives what
//     remains, 0 or less when it is over. A lease's At is that clock when Acquire
//     or Renew was asked, and doesn't go back from one to the next.
//  13. Insert and Save keep what they are given, but for Version, UpdatedAt and the
//     intent, which are the store's; Mark changes nothing else than these.
type CredentialStore interface {
	// Get returns a credential.
	Get(ctx context.Context, tenant, id string) (StoredCredential, error)
	// FindGrant returns the tenant's credential that has any of these digests.
	// One that only another tenant has is ErrConflict.
	FindGrant(ctx context.Context, tenant string, digests [][]byte) (StoredCredential, error)
	// Save writes c over the row of the same ID if the row's version is
	// c.Version, and clears the row's intent.
	Save(ctx context.Context, c StoredCredential, audit *AuditEntry) (StoredCredential, error)
	// Mark writes the intent of a token request if the row's version is version.
	Mark(ctx context.Context, tenant, id string, version int64, in Intent) (StoredCredential, error)
	// Acquire takes or extends the lease for ttl (more than 0).
	Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (Lease, error)
	// Renew extends a lease that is still held.
	Renew(ctx context.Context, l Lease, ttl time.Duration) (Lease, error)
	// Release gives a lease up.
	Release(ctx context.Context, l Lease) error
	// Due returns credentials whose RefreshAt is set and before the given time,
	// in pages of at most 100.
	Due(ctx context.Context, before time.Time, cursor string) (CredentialPage, error)
	// Scan returns all credentials, in pages of at most 100.
	Scan(ctx context.Context, cursor string) (CredentialPage, error)
}

// DefinitionStore keeps versions of saved integration definitions. Definitions
// are the platform's, shared by all tenants.
//
// Its clauses, beside those of [Store] (1 does not apply):
//
//  1. Versions of an id are 1, 2, 3, … without a gap, also after a Delete.
//  2. Put adds the version after latest; if the newest version is not latest,
//     it is ErrConflict. Latest 0 means that the id must be new, or deleted.
//  3. A version never changes once written.
//  4. Get of version 0 returns the newest one.
//  5. After Delete, Get of version 0 and List don't find the id; a call in
//     flight can still Get the version that it began with.
//  6. List returns the newest version of each id, in order of id.
//  7. The body comes back byte for byte.
//  8. Of many Puts after the same version at once exactly one succeeds.
type DefinitionStore interface {
	Put(ctx context.Context, d StoredDefinition, latest int64, audit *AuditEntry) (StoredDefinition, error)
	Get(ctx context.Context, id string, version int64) (StoredDefinition, error)
	List(ctx context.Context, cursor string) (DefinitionPage, error)
	Delete(ctx context.Context, id string, audit *AuditEntry) error
}

// RecordStore keeps the records of calls. [Config].Records can name one apart
// from the rest of the store.
//
// Its clauses, beside those of [Store]:
//
//  1. Append writes all of a batch or nothing.
//  2. A record whose ID is there already is skipped: a batch can be sent twice.
//  3. A record is never changed once written.
//  4. List returns newest first by Start, then ID.
//  5. A listing that goes on by cursor neither repeats nor misses a record that
//     was there when it began.
//  6. Every filter that is set must match; an unset one matches all.
//  7. Expire removes what started before the given time, of all tenants, and
//     nothing else.
//  8. A bounded store may drop its oldest records instead of refusing new ones,
//     and says how many it keeps.
//  9. Purge removes a tenant's records, and counts them.
type RecordStore interface {
	// Append gets up to 1,000 records of many tenants from a gateway. One whose
	// ctx ends before they are written tries smaller batches.
	Append(ctx context.Context, records []CallRecord) error
	List(ctx context.Context, tenant string, q RecordQuery) (RecordPage, error)
	// Expire returns how many records it removed.
	Expire(ctx context.Context, before time.Time) (int, error)
	Purge(ctx context.Context, tenant string) (int, error)
}

// AuditStore is a [Store] whose audit trail can be read.
type AuditStore interface {
	// Audit returns a tenant's entries, newest first. The empty tenant is the
	// platform's own.
	Audit(ctx context.Context, tenant string, q AuditQuery) (AuditPage, error)
}

// VariableStore is a [Store] that keeps variables: values that templates of the
// tenant and its connections read as ${tenant.name} and ${connection.name}.
type VariableStore interface {
	// PutVariable adds or replaces a variable. One of a connection that the
	// tenant doesn't have is ErrUnresolved.
	PutVariable(ctx context.Context, v StoredVariable, audit *AuditEntry) error
	// Variables returns the tenant's own variables, and those of one connection
	// if connectionID isn't empty, in order of name: those of the given names, or
	// all if names is nil. At most 1,000.
	Variables(ctx context.Context, tenant, connectionID string, names []string) ([]StoredVariable, error)
	// DeleteVariable removes a variable.
	DeleteVariable(ctx context.Context, tenant, connectionID, name string, audit *AuditEntry) error
	// ScanVariables returns variables of all tenants, for the gateway's own
	// work, in pages of at most 100.
	ScanVariables(ctx context.Context, cursor string) (VariablePage, error)
	// ResealVariable replaces the sealed bytes if they still are old.
	ResealVariable(ctx context.Context, v StoredVariable, old []byte) error
}

// FlowStore is a [Store] that keeps authorizations while a browser is away at the
// provider, so that any process can go on when it comes back.
//
// Its clauses, beside those of [Store]:
//
//  1. A flow can be taken once, also of many who ask at once, whichever process
//     put it.
//  2. A flow whose time is over, by the store's clock, is no flow: it can't be
//     taken, its ID is free, and a purge doesn't count it.
//  3. Of many that are put under one ID of a tenant at once exactly one succeeds;
//     the others are ErrConflict and change nothing.
//  4. The latest 1,000 of a tenant are kept; beyond that its oldest may go, and no
//     other tenant's for them.
//  5. A purge of the tenant removes its flows.
type FlowStore interface {
	// PutFlow adds a flow that can be taken for ttl (more than 0), by the store's
	// clock. An ID that is there is ErrConflict. Beyond 1,000 of a tenant its oldest
	// may go.
	PutFlow(ctx context.Context, f StoredFlow, ttl time.Duration) error
	// TakeFlow removes a flow and returns it: of many who ask at once, one gets it.
	// One whose time is over is ErrUnresolved.
	TakeFlow(ctx context.Context, tenant, id string) (StoredFlow, error)
}

// AppStore is a [Store] that keeps OAuth client registrations, the platform's
// (whose Tenant is empty) and the tenants'.
//
// Its clauses, beside those of [Store]:
//
//  1. An ID is unique for a tenant and integration. A tenant that asks is given its
//     own alone, not the platform's.
//  2. PutApp of Version 0 adds, with Version 1 and the times of the store; of many
//     that add one ID at once exactly one succeeds.
//  3. PutApp of another Version compares it and sets it one higher; it never
//     changes CreatedAt. Of many at once exactly one succeeds. One that isn't there
//     is ErrUnresolved.
//  4. Settings and Sealed come back byte for byte. Settings that are no JSON are
//     ErrInvalidInput.
//  5. Apps are in order of ID; there are as many as PutApp allows, so they come
//     without pages.
//  6. An app that was deleted is gone, with its version.
//  7. A tenant's purge removes its own, never the platform's.
type AppStore interface {
	// PutApp adds an app if its Version is 0, else writes it over the one of that
	// version. One that is there already, or has another version, is ErrConflict. For
	// an integration a tenant has at most 100, the platform 1,000: one more is
	// ErrInvalidInput.
	PutApp(ctx context.Context, a StoredApp, audit *AuditEntry) (StoredApp, error)
	// App returns an app.
	App(ctx context.Context, tenant, integration, id string) (StoredApp, error)
	// Apps returns those of an integration, in order of ID.
	Apps(ctx context.Context, tenant, integration string) ([]StoredApp, error)
	// DeleteApp removes an app.
	DeleteApp(ctx context.Context, tenant, integration, id string, audit *AuditEntry) error
	// ScanApps returns apps of all tenants and the platform's, for the gateway's own
	// work, in pages of at most 100.
	ScanApps(ctx context.Context, cursor string) (AppPage, error)
}

// StatisticsStore is a [RecordStore] that can sum up records by itself.
type StatisticsStore interface {
	// Statistics sums up what List would give. Percentiles by the nearest-rank method, or within 2 % of it.
	Statistics(ctx context.Context, tenant string, q StatisticsQuery) (Statistics, error)
}

// WatchStore is a [Store] that tells what changed, so that what a process
// remembers of it needn't be asked for again.
//
// Its clauses, beside those of [Store] (1 does not apply):
//
//  1. Each committed change of a connection, a credential, a definition or a
//     variable is told once or more to everyone who asks with a cursor from
//     before its commit, whatever the order in which transactions began and
//     ended.
//  2. Of what was never committed nothing is told.
//  3. Asking costs one round trip, and no more than what changed since, whatever
//     the store holds.
//  4. A cursor that is too old for all to be told gives Reset.
type WatchStore interface {
	// Changes returns what was committed since cursor, in any order. An empty
	// cursor tells nothing, and gives one to go on from.
	Changes(ctx context.Context, cursor string) (ChangePage, error)
}

// WakingStore is a [WatchStore] that can say at once that something changed. It
// only makes watching quicker: a notification may be lost, or come for nothing.
type WakingStore interface {
	// Wait returns nil when something may have changed, and ctx's error when that
	// ends. Another error means that it can't tell at present. A gateway calls it
	// again and again, each time with as long as Run goes on.
	Wait(ctx context.Context) error
}
