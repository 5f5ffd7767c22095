package auth

import (
	"fmt"
	"strings"
	"time"
)

// TokenCause is what a failed request to a token endpoint means for the grant
// that was used in it.
type TokenCause string

// The causes.
const (
	// TokenUnsent: not a byte of the request left, so the grant is as it was.
	TokenUnsent TokenCause = "unsent"
	// TokenUnavailable: the provider said that it can't serve now (5xx, 429); the
	// grant is as it was.
	TokenUnavailable TokenCause = "unavailable"
	// TokenInDoubt: the request may have been served, and the answer is lost or
	// can't be read: a grant that is spent by its use may be spent.
	TokenInDoubt TokenCause = "in_doubt"
	// TokenRefused: the grant is gone (invalid_grant), or what a person logs in with is
	// wrong.
	TokenRefused TokenCause = "refused"
	// TokenApp: the provider doesn't accept the client (invalid_client,
	// unauthorized_client); the grant is as it was.
	TokenApp TokenCause = "app"
	// TokenRejected: the request is at fault (invalid_request, invalid_scope, …).
	TokenRejected TokenCause = "rejected"
	// TokenPending: the person hasn't decided yet (RFC 8628).
	TokenPending TokenCause = "pending"
)

// TokenError is a failed request to an endpoint of an authorization server. It
// holds nothing of the answer but what RFC 6749 §5.2 defines, capped and freed of
// the secrets that were sent.
type TokenError struct {
	// Op is "token", "refresh", "revoke", "introspect", "device" or "lookup".
	Op string
	// Cause says what it means.
	Cause TokenCause
	// Status is that of the answer; 0 if there was none.
	Status int
	// Code is the answer's "error", at most 64 characters of those that RFC 6749
	// allows; empty if there was none.
	Code string
	// Description is the answer's "error_description": at most 200 characters,
	// printable ASCII.
	Description string
	// RetryAfter is how long the provider asked to wait; 0 if it didn't.
	RetryAfter time.Duration
	// Date is what the provider's clock said; zero if it didn't.
	Date time.Time
	// Err is the cause, if there is one.
	Err error
}

// Error says what was asked, and what came of it.
func (e *TokenError) Error() string {
	parts := []string{"auth: " + e.Op + " request: " + string(e.Cause)}
	if e.Status != 0 {
		parts = append(parts, fmt.Sprintf("status %d", e.Status))
	}
	for _, s := range []string{e.Code, e.Description} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the cause.
func (e *TokenError) Unwrap() error { return e.Err }
