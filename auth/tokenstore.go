package auth

import (
	"context"
	"errors"
	"time"
)

// Errors of a [TokenStore].
var (
	// ErrMoved: the version is not the one that was read.
	ErrMoved = errors.New("auth: the credential was changed meanwhile")
	// ErrLeased: somebody else holds the lease.
	ErrLeased = errors.New("auth: the credential is being renewed by somebody else")
	// ErrGone: there is no such credential (any more).
	ErrGone = errors.New("auth: there is no such credential")
)

// CredentialRef names a credential in a [TokenStore]: the Tenant whose it is, and its ID, which is unique overall.
type CredentialRef struct{ Tenant, ID string }

// TokenState is the state of a credential.
type TokenState string

// The states.
const (
	TokenActive      TokenState = "active"       // it can be used, or renewed
	TokenExpired     TokenState = "expired"      // its time is over, and it has nothing to be renewed with
	TokenRevoked     TokenState = "revoked"      // it was given up, and is never used again
	TokenDoubtful    TokenState = "in_doubt"     // a request may have spent its grant; it is asked with once more
	TokenNeedsReauth TokenState = "needs_reauth" // its grant is gone: somebody has to grant it anew
)

// TokenRow is a credential as a [TokenStore] keeps it. All its times are by the
// store's clock.
type TokenRow struct {
	Credential Credential // opened; read only
	// Spare is the answer that lost a conflict of two renewals; nil if none.
	Spare *Credential
	State TokenState
	// Cause says why, where State isn't active: "in_doubt", "invalid_grant", …
	Cause string
	// Grant names what the person or the platform granted: every renewal keeps it,
	// a re-auth brings another.
	Grant string
	// Issued is when the provider gave the token; zero if it was handed over by the
	// host.
	Issued time.Time
	// Forced is when it was last renewed because a provider had refused it; zero if
	// never.
	Forced time.Time
	// RefreshAt is when a renewal is due, or may be tried again after failures; zero
	// if never.
	RefreshAt time.Time
	// Failures counts the renewals that failed since the last that didn't.
	Failures int
	// Intent marks a token request that may have been sent; nil if none.
	Intent *TokenIntent
	// Version is raised by Save and Mark.
	Version int64
	// Updated is when the row was last written.
	Updated time.Time
}

// TokenIntent marks a token request before it is sent.
type TokenIntent struct {
	Holder string // who holds the lease
	Fence  int64  // the lease's number
	// Remaining is how long until the request has ended at the latest, counted from
	// when the store was asked; 0 or less when it is over.
	Remaining time.Duration
}

// TokenLease is the right to send a token request, for a while.
type TokenLease struct {
	Holder string // who holds it
	Fence  int64  // higher than that of any holder before
	// Remaining is how long it lasts, counted from when the store was asked.
	Remaining time.Duration
	// At is the store's time when it was asked, by which a clock that is off is
	// found.
	At time.Time
}

// TokenStore is where a [Manager] keeps credentials: rows with a version, and a
// lease for each, both by the store's clock. What it must keep to is that of the
// gateway's CredentialStore.
type TokenStore interface {
	// Load reads what was last committed. [ErrGone] if it isn't there.
	Load(ctx context.Context, ref CredentialRef) (TokenRow, error)
	// Save writes row, without an intent, durably and in a transaction of its own,
	// if the stored version is row.Version; else [ErrMoved], or [ErrGone].
	Save(ctx context.Context, ref CredentialRef, row TokenRow) (TokenRow, error)
	// Mark writes an intent if the stored version is version; else [ErrMoved], or
	// [ErrGone].
	Mark(ctx context.Context, ref CredentialRef, version int64, in TokenIntent) (TokenRow, error)
	// Acquire takes the lease, or extends it for the same holder. [ErrLeased] if
	// somebody else has it.
	Acquire(ctx context.Context, ref CredentialRef, holder string, ttl time.Duration) (TokenLease, error)
	// Release gives it up; what is lost already is no error.
	Release(ctx context.Context, ref CredentialRef, l TokenLease) error
}
