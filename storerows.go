package waygate

import (
	"encoding/json"
	"time"
)

// Status is the state of a connection.
type Status string

// The states of a connection. Only an active one can be called.
const (
	StatusActive      Status = "active"       // calls go through
	StatusError       Status = "error"        // ErrConfig: it takes another credential, see Tenant.SetCredential
	StatusNeedsReauth Status = "needs_reauth" // ErrNeedsReauth: a person has to authorize it again
	StatusDisabled    Status = "disabled"     // ErrConfig: see Tenant.Disable
)

// CredentialStatus is the state of a credential.
type CredentialStatus string

// The states of a credential.
const (
	CredentialActive      CredentialStatus = "active"       // it can be used, or renewed
	CredentialExpired     CredentialStatus = "expired"      // its time is over, and it has nothing to be renewed with
	CredentialRevoked     CredentialStatus = "revoked"      // it was given up, and is never used again
	CredentialInDoubt     CredentialStatus = "in_doubt"     // a token request may have spent its grant
	CredentialNeedsReauth CredentialStatus = "needs_reauth" // its grant is gone for good
)

// StoredConnection is a connection as a store keeps it. It holds no secret.
type StoredConnection struct {
	ID, Tenant, Integration, Slug string // unique overall; Slug for a tenant and integration
	Status                        Status // what calls go by
	// Resume is what the status was before the connection was disabled, and what
	// it may become again; empty unless it is disabled.
	Resume  Status
	Primary bool // set by the store
	// CredentialID names the credential; empty if the connection needs none.
	CredentialID string
	BaseURL      string            // empty is the integration's
	Parameters   map[string]string // in clear
	Headers      map[string]string // in clear
	Metadata     map[string]string // the host's own
	Tags         []string          // in their order
	// Mappings are the connection's own mappings, as the gateway writes them; nil if
	// there are none.
	Mappings []byte
	// App is the OAuth app that the connection was made with; empty if none.
	App string
	// Version is raised by each change.
	Version              int64
	CreatedAt, UpdatedAt time.Time // by the store's clock
}

// StoredCredential is a credential as a store keeps it: sealed.
type StoredCredential struct {
	Tenant, ID, Integration string // ID is unique overall
	// Sealed is the sealed credential; Spare a second one, kept by the loser of
	// a conflict between two refreshes. Nil if none.
	Sealed, Spare []byte
	Status        CredentialStatus
	// Expires is when the credential expires; zero if unknown or never.
	Expires time.Time
	// RefreshAt is when a refresh is due, or may be tried again after an outage
	// of the token endpoint; zero if never.
	RefreshAt time.Time
	// Digests are keyed hashes of the current and the previous refresh token.
	Digests [][]byte
	// Grant names what was granted: renewals keep it, a re-auth brings another.
	// Empty for what can't be renewed.
	Grant string
	// IssuedAt is when the provider gave the token, by the store's clock; zero if
	// the host handed it over.
	IssuedAt time.Time
	// ForcedAt is when it was last renewed because a provider had refused it, by the
	// store's clock; zero if never.
	ForcedAt time.Time
	// Failures counts the renewals that failed since the last that didn't.
	Failures int
	// Cause says why Status isn't active; empty if it is.
	Cause string
	// Intent marks a token request that may have been sent; nil if none.
	Intent *Intent
	// Version is raised by each Save and Mark.
	Version   int64
	UpdatedAt time.Time // by the store's clock
}

// Intent marks, before a token request is sent, that it may have been sent.
type Intent struct {
	// Holder and Fence are those of the lease under which it is sent.
	Holder string
	Fence  int64
	// Remaining is how long until the token request has ended at the latest, by
	// the store's clock, counted from when the store was asked.
	Remaining time.Duration
}

// Lease is the right to start a refresh, for a while.
type Lease struct {
	Tenant, CredentialID, Holder string // Holder is a process
	Fence                        int64  // higher than that of any holder before
	// Remaining is how long the lease lasts, counted from when the store was
	// asked: compare it with a monotonic clock read before the call.
	Remaining time.Duration
	// At is the store's time when it was asked.
	At time.Time
}

// StoredFlow is an authorization that waits for a browser to come back.
type StoredFlow struct {
	Tenant, Integration string // whose it is
	// ID is a hash of what the browser brings back.
	ID string
	// Sealed is all else of it.
	Sealed []byte
}

// StoredApp is an OAuth client registration as a store keeps it.
type StoredApp struct {
	// Tenant is empty for one of the platform's.
	Tenant, Integration, ID string
	Status                  AppStatus // what authorizations go by
	// Settings is a JSON object without secrets; Sealed are its secrets.
	Settings json.RawMessage
	Sealed   []byte
	// Version is raised by each change.
	Version              int64
	CreatedAt, UpdatedAt time.Time // by the store's clock
}

// AppStatus is the state of an app.
type AppStatus string

// The states of an app. New connections are made with an active one. Those that
// were made with a deprecated one go on; one that is suspended gives no tokens. One in
// error was refused by the provider when it was last asked with (invalid_client): it
// is still used, and active again when the provider takes it.
const (
	AppActive     AppStatus = "active"
	AppSuspended  AppStatus = "suspended"
	AppDeprecated AppStatus = "deprecated"
	AppError      AppStatus = "error"
)

// AppPage is one page of a scan. Cursor is empty on the last one.
type AppPage struct {
	Apps   []StoredApp // at most 100
	Cursor string
}

// StoredDefinition is one version of a definition in its written form.
type StoredDefinition struct {
	ID        string    // the integration's
	Version   int64     // 1, 2, 3, …
	Body      []byte    // the written form
	CreatedAt time.Time // by the store's clock
}

// StoredVariable is a variable as a store keeps it: sealed, also when it is not
// secret.
type StoredVariable struct {
	Tenant string // whose it is
	// ConnectionID is empty for a variable of the tenant.
	ConnectionID string
	Name         string // unique for the tenant, or for the connection
	// Type is "string", "number", "boolean" or "json".
	Type      string
	Secret    bool      // masked in listings
	Sealed    []byte    // the value
	UpdatedAt time.Time // by the store's clock
}

// AuditEntry says who changed what. It never holds a secret.
type AuditEntry struct {
	// ID and At are set by the gateway.
	ID string    `json:"id"`
	At time.Time `json:"at"`
	// Tenant is empty for a change of the platform's.
	Tenant string `json:"tenant,omitempty"`
	// Actor is who made the change, from [WithActor]; empty if not told.
	Actor string `json:"actor,omitempty"`
	// Action is what was done: "connection.create", "connection.update",
	// "credential.set", "definition.save", …
	Action string `json:"action"`
	// Target is the full name of what was changed: "github/main".
	Target string `json:"target"`
	// Before and After are the changed values as JSON objects, free of secrets;
	// nil where there was nothing.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// ConnectionQuery selects connections of a tenant. The zero value selects all.
type ConnectionQuery struct {
	Integration string // its id
	Status      Status // exact
	Tag         string // one that the connection has
	// CredentialID selects those that use a credential.
	CredentialID string
	// Limit is 50 by default, at most 100.
	Limit int
	// Cursor is that of the page before; empty for the first page.
	Cursor string
}

// ConnectionPage is one page of a listing. Cursor is empty on the last one.
type ConnectionPage struct {
	Connections []StoredConnection // oldest first
	Cursor      string
}

// CredentialPage is one page of a scan. Cursor is empty on the last one.
type CredentialPage struct {
	Credentials []StoredCredential // at most 100
	Cursor      string
}

// DefinitionPage is one page of a listing. Cursor is empty on the last one.
type DefinitionPage struct {
	Definitions []StoredDefinition // the newest version of each
	Cursor      string
}

// VariablePage is one page of a scan. Cursor is empty on the last one.
type VariablePage struct {
	Variables []StoredVariable // at most 100
	Cursor    string
}

// ChangeKind is what a [Change] is of.
type ChangeKind string

// The kinds of changes.
const (
	ChangeConnection ChangeKind = "connection" // also its place as the primary one, and its removal
	ChangeCredential ChangeKind = "credential" // a save or a mark; not a lease
	ChangeDefinition ChangeKind = "definition" // a new version, or a deletion
	ChangeVariable   ChangeKind = "variable"
	ChangeTenant     ChangeKind = "tenant" // a purge: everything of the tenant
)

// Change says that something was changed, not how.
type Change struct {
	Kind ChangeKind // what was changed
	// Tenant is empty for a definition. Integration is that of a connection or a
	// credential.
	Tenant, Integration string
	// ID is the connection's, the credential's or the definition's; of a variable
	// its connection's, empty for one of the tenant; empty for a tenant.
	ID string
}

// ChangePage is what changed since a cursor. Cursor goes on from here, also if
// nothing changed. Reset says that more may have changed than Changes tells.
type ChangePage struct {
	Changes []Change
	Cursor  string
	Reset   bool
}

// AuditQuery selects audit entries. The zero value selects all.
type AuditQuery struct {
	Action, Target string // exact
	// Limit is 50 by default, at most 100.
	Limit  int
	Cursor string // that of the page before; empty for the first page
}

// AuditPage is one page of a listing. Cursor is empty on the last one.
type AuditPage struct {
	Entries []AuditEntry // newest first
	Cursor  string
}

// Purged counts what a purge removed.
type Purged struct {
	Connections, Credentials, Variables, Apps, Flows, Records int // rows of each
}
