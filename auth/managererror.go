package auth

import (
	"context"
	"errors"
	"strings"
	"time"
)

// RenewalReason says why a [Manager] has no credential to give.
type RenewalReason string

// The reasons.
const (
	// RenewalNeedsReauth: the grant is gone for good; somebody has to grant it anew.
	RenewalNeedsReauth RenewalReason = "needs_reauth"
	// RenewalProvider: the token endpoint couldn't be reached, or gave no token;
	// Cause says which. It is asked again after RetryAfter.
	RenewalProvider RenewalReason = "provider"
	// RenewalStore: the store failed. If that was after the answer came, the answer
	// is held and will be saved.
	RenewalStore RenewalReason = "store"
	// RenewalGone: there is no such credential any more.
	RenewalGone RenewalReason = "gone"
	// RenewalTooSoon: the refused credential was renewed less than 30 s ago; its 401
	// stands. RetryAfter says when it can be renewed.
	RenewalTooSoon RenewalReason = "too_soon"
	// RenewalImpossible: the credential has nothing to be renewed with.
	RenewalImpossible RenewalReason = "impossible"
	// RenewalCall: [Source].Call failed.
	RenewalCall RenewalReason = "call"
	// RenewalShutdown: the manager was shut down.
	RenewalShutdown RenewalReason = "shutdown"
)

// ManagerError is the error of a [Manager]. It holds no secret, unless an error of the
// store or of Source.Call does.
type ManagerError struct {
	Ref    CredentialRef // which credential
	Reason RenewalReason // why there is none to give
	// State is the credential's; empty if it isn't known.
	State TokenState
	// Cause is a [TokenCause] for RenewalProvider, and that of the row for
	// RenewalNeedsReauth; else empty.
	Cause string
	// RetryAfter is how long until it may go better; 0 if that isn't known.
	RetryAfter time.Duration
	// Err is the cause, a *[TokenError] where a request failed; nil if there is none.
	Err error
}

// Error says which credential, why, and what the cause was.
func (e *ManagerError) Error() string {
	parts := []string{"auth: renew credential " + e.Ref.ID + ": " + e.Reason.text()}
	if e.Cause != "" {
		parts = append(parts, e.Cause)
	}
	if e.RetryAfter > 0 {
		parts = append(parts, "try again in "+e.RetryAfter.Round(time.Millisecond).String())
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// text says a reason in words.
func (r RenewalReason) text() string {
	switch r {
	case RenewalNeedsReauth:
		return "its grant is gone"
	case RenewalProvider:
		return "the provider gave no token"
	case RenewalStore:
		return "the store failed"
	case RenewalGone:
		return "it was removed"
	case RenewalTooSoon:
		return "it was renewed less than " + forcedInterval.String() + " ago"
	case RenewalImpossible:
		return "it has nothing to be renewed with"
	case RenewalCall:
		return "the request can't be made"
	case RenewalShutdown:
		return "renewals were shut down"
	}
	return string(r)
}

// Unwrap gives the cause.
func (e *ManagerError) Unwrap() error { return e.Err }

// reasonOf is the reason of an error, empty if it has none.
func reasonOf(err error) RenewalReason {
	var e *ManagerError
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

// final reports whether an error says that the credential is of no use any more, even
// if it hasn't expired.
func final(err error) bool {
	switch reasonOf(err) {
	case RenewalNeedsReauth, RenewalGone:
		return true
	}
	return false
}

// stateError is the error of a row that can't be used nor renewed.
func stateError(ref CredentialRef, row TokenRow) error {
	switch row.State {
	case TokenNeedsReauth, TokenRevoked:
		return &ManagerError{Ref: ref, Reason: RenewalNeedsReauth, State: row.State, Cause: row.Cause}
	}
	return nil
}

// away is the error of a credential that has expired while its renewals fail.
func (m *Manager) away(ref CredentialRef, row TokenRow, now time.Time) error {
	e := &ManagerError{Ref: ref, Reason: RenewalProvider, State: row.State, Cause: string(TokenUnavailable)}
	if failed := m.lastFailure(ref); failed != nil {
		e.Cause, e.Err = string(failed.Cause), failed
	}
	e.RetryAfter = max(0, row.RefreshAt.Sub(now))
	return e
}

// soon is the error of a 401 that comes too soon after a renewal.
func (m *Manager) soon(ref CredentialRef, row TokenRow, after time.Duration) error {
	return &ManagerError{Ref: ref, Reason: RenewalTooSoon, State: row.State, RetryAfter: after}
}

// storeError is that of a call of the store.
func storeError(ref CredentialRef, err error) error {
	if errors.Is(err, ErrGone) {
		return &ManagerError{Ref: ref, Reason: RenewalGone, Err: err}
	}
	return &ManagerError{Ref: ref, Reason: RenewalStore, Err: err}
}

// shutdownError is that of a flight that was stopped, or never began.
func shutdownError(ref CredentialRef) error {
	return &ManagerError{Ref: ref, Reason: RenewalShutdown}
}

// Steps of a flight that have to be taken again.
var (
	errAgain = errors.New("auth: the credential has to be read again")
	errLost  = errors.New("auth: the lease was lost")
)

// contained runs foreign code so that neither a panic nor a Goexit of it ends the
// goroutine that called. The value of a panic isn't shown: it may hold a secret.
func contained(what string, run func() error) error {
	done := make(chan error, 1)
	go func() {
		err := error(&Error{Op: opRenew, Reason: what + " ended its goroutine"})
		defer func() {
			if recover() != nil {
				err = &Error{Op: opRenew, Reason: what + " panicked"}
			}
			done <- err
		}()
		err = run()
	}()
	return <-done
}

// sleep waits for d or for the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
