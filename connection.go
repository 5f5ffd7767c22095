package waygate

import (
	"context"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// Connection is one tenant's link to one integration, as a call uses it. The
// gateway makes them of what is stored; a host brings its own, for example of a
// vault, with [Through] or [Config].Resolve.
//
// What a Connection and the gateway owe each other:
//
//  1. Info names the tenant and the integration, and has an ID. One that names
//     another tenant or integration than the call's, or has no ID, is refused
//     with [ErrConfig], before Credential is asked.
//  2. Info holds no secret, and needs no I/O.
//  3. A status other than active (the empty one counts as active) fails the
//     call with the kind of that status; Credential is not asked.
//  4. Credential is asked before each signed attempt, so that a token that ran
//     out during a wait is not sent. It is not asked by an action that sends
//     nothing.
//  5. Both may be called from many goroutines at once.
//  6. Credential returns soon after its ctx ends.
//  7. The credential is only read, during the attempt: the implementation may
//     reuse its maps for nothing else, the gateway changes nothing in it.
//  8. A credential without a Kind, or one that the integration's scheme doesn't
//     accept, is [ErrConfig].
//  9. An error that matches a sentinel ([ErrNeedsReauth], [ErrConfig], …) keeps
//     its kind; once ctx has ended, its error is [ErrTimeout] or [ErrCanceled];
//     any other is [ErrStore]. Its text, freed from secrets that the gateway
//     knows, is part of the call's error.
//  10. A panic ends the call with [ErrConfig]; nothing stays held.
//  11. Base URL, parameters and mappings are checked as those of a stored
//     connection are.
//
// A Connection may also be a [Refresher]. Wrappers are looked through by an
// Unwrap() [Connection] method.
type Connection interface {
	Info() ConnectionInfo
	Credential(ctx context.Context) (auth.Credential, error)
}

// Refresher is a [Connection] that can replace a credential which the provider
// didn't accept.
type Refresher interface {
	// Refresh is called after a 401, at most once for each call, with the
	// credential that was sent; the attempt is then repeated with what it
	// returns. If the credential has changed meanwhile, return the new one
	// without asking the provider. On an error the call ends with it, by
	// clause 9 of [Connection], where any other error is [ErrAuth].
	Refresh(ctx context.Context, used auth.Credential) (auth.Credential, error)
}

// ConnectionInfo describes a connection. It holds no secret.
//
// A host's own [Connection] sets Tenant, Integration, an ID that is the same at
// every call (circuit breakers, rate limits, continuation tokens and idempotency
// keys are told apart by it) and a Slug (it stands in records and errors); and
// BaseURL, Parameters and Headers as it needs them. The rest may be left out. It
// has no stored variables: ${connection.name} reads its Parameters.
type ConnectionInfo struct {
	ID          string            `json:"id"` // con_…, longer than 40 bytes, for a stored one
	Tenant      string            `json:"tenant"`
	Integration string            `json:"integration"`
	Slug        string            `json:"slug"`
	Status      Status            `json:"status"`  // empty counts as active
	Primary     bool              `json:"primary"` // the one that calls without On use
	BaseURL     string            `json:"base_url,omitempty"`
	Parameters  map[string]string `json:"parameters,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"` // the host's own
	Tags        []string          `json:"tags,omitempty"`     // for listings
	// Mappings are what the connection changes of its actions' mappings, by the
	// action's ID without the integration's. For a host's own Connection they are
	// compiled at each call.
	Mappings map[string]ActionMappings `json:"mappings,omitempty"`
	// CredentialStatus is empty for a connection without credential, and in a
	// listing, which doesn't read credentials; Expires is zero there.
	CredentialStatus CredentialStatus `json:"credential_status,omitempty"`
	// CredentialCause says why CredentialStatus isn't active: "invalid_grant",
	// "in_doubt", …
	CredentialCause string `json:"credential_cause,omitempty"`
	// Expires is when the credential expires; zero if unknown or never.
	Expires time.Time `json:"expires,omitzero"`
	// App is the OAuth app that the connection was made with: its ID, after
	// "platform/" for one of the platform's; empty if there was none: then its tokens
	// are renewed with the only active one that there is.
	App       string    `json:"app,omitempty"`
	Version   int64     `json:"version"`             // raised by each change
	CreatedAt time.Time `json:"created_at,omitzero"` // by the store's clock
	UpdatedAt time.Time `json:"updated_at,omitzero"` // by the store's clock
}

// ConnectionSpec is what [Tenant.Connect] makes a connection of.
type ConnectionSpec struct {
	// Slug names the connection within the tenant and integration:
	// [a-z0-9](_?[a-z0-9-])*, at most 40 bytes.
	Slug string
	// Credential is checked against the integration's scheme, then sealed. The zero
	// value will do where the scheme needs none, and where an App asks for tokens in
	// its own name (auth.GrantClientCredentials, auth.GrantJWTBearer).
	// A refresh token without an access token that isn't stored yet is sent at once,
	// before anything is saved: a provider that rotates has spent it then, also if the
	// connection isn't made in the end. Give both where there are both.
	Credential auth.Credential
	// App names the OAuth app that tokens are got with, where the scheme is
	// auth.OAuth2: the tenant's own before the platform's ("platform/ID" for that
	// alone). Empty is the only active one, or none.
	App string
	// Unverified saves the credential without the integration's Verification.
	Unverified bool
	// BaseURL replaces the integration's. https, without query or fragment. It
	// is refused where the integration sends secrets of the platform (values of
	// Config.Env, a client certificate, or headers that it writes out, but for
	// Accept, Accept-Language, Content-Type, Prefer, User-Agent, any *-Version and
	// those with less than 8 bytes), unless it stays at the same registrable
	// domain or its origin is among the integration's Origins.
	BaseURL string
	// Parameters fill the integration's connection parameters.
	Parameters map[string]string
	// Headers are sent with each request of an HTTPAction; they come before the
	// action's and the integration's of the same name. Not for secrets.
	Headers  map[string]string
	Metadata map[string]string // the host's own, free of secrets
	// Tags are 2 to 30 bytes of [a-z0-9-], at most 10.
	Tags []string
	// Mappings change the mappings of the integration's actions for this connection,
	// by the action's ID without the integration's ("list_issues"). They are checked
	// against the actions as they are now. Not for secrets; at most 64 KiB as JSON.
	Mappings map[string]ActionMappings
}

// ConnectionUpdate changes a connection. A nil field leaves what is there; maps
// and slices are replaced whole.
type ConnectionUpdate struct {
	BaseURL    *string                   // empty is the integration's again
	Parameters map[string]string         // all of them
	Headers    map[string]string         // all of them; not for secrets
	Metadata   map[string]string         // all of it
	Tags       []string                  // all of them
	Mappings   map[string]ActionMappings // all of them, by the action's ID
	// Version, if not 0, must be that of the connection, else the update fails
	// with ErrConflict.
	Version int64
}

// infoOf is a stored connection as hosts see it.
func infoOf(c StoredConnection, cred *StoredCredential) ConnectionInfo {
	info := ConnectionInfo{
		ID: c.ID, Tenant: c.Tenant, Integration: c.Integration, Slug: c.Slug,
		Status: c.Status, Primary: c.Primary, BaseURL: c.BaseURL,
		Parameters: c.Parameters, Headers: c.Headers, Metadata: c.Metadata, Tags: c.Tags,
		App: c.App, Version: c.Version, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
	}
	info.Mappings, _ = decodeMappings(c.Mappings) // a call that needs them says what is wrong
	if cred != nil {
		info.CredentialStatus, info.CredentialCause, info.Expires = cred.Status, cred.Cause, cred.Expires
	}
	return info
}

// statusError is the failure of a call on a connection that is not active; nil
// if it is.
func statusError(info ConnectionInfo) *Error {
	switch info.Status {
	case StatusActive, "":
		return nil
	case StatusNeedsReauth:
		return errorf(KindNeedsReauth, "", "connection %q needs re-auth: connect the account again", info.Slug)
	case StatusDisabled:
		return errorf(KindConfig, "", "connection %q is disabled: enable it with Tenant.Enable", info.Slug)
	case StatusError:
		return errorf(KindConfig, "", "connection %q is in error: set a working credential with Tenant.SetCredential", info.Slug)
	}
	return errorf(KindConfig, "", "connection %q has the unknown status %q: its row may be of a later version: run that, or give it a status with Tenant.Enable", info.Slug, info.Status)
}
