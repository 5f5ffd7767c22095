package waygate

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Kind says what went wrong in a call, in terms that a program can act on.
// Every failure that leaves a [Gateway] or a [Tenant] is an [*Error] of one of
// these kinds; the constants below say when each one occurs.
type Kind string

// The kinds of failure. Each has a sentinel of the same name for [errors.Is].
const (
	// KindNetwork is a connection refused or reset, a failed DNS look-up or
	// TLS handshake.
	KindNetwork Kind = "network"
	// KindTimeout is an attempt or a call past its deadline (the caller's
	// own deadline too), and the provider's 408.
	KindTimeout Kind = "timeout"
	// KindAuth is a credential that the provider did not accept: a 401.
	KindAuth Kind = "auth"
	// KindNeedsReauth is a grant that is gone for good: a person has to
	// connect the account again.
	KindNeedsReauth Kind = "needs_reauth"
	// KindForbidden is the provider's 403, usually a missing scope.
	KindForbidden Kind = "forbidden"
	// KindRateLimited is the provider's 429, or a limit of this gateway that
	// would have made the call wait too long.
	KindRateLimited Kind = "rate_limited"
	// KindInvalidInput is input that failed a check before any request.
	KindInvalidInput Kind = "invalid_input"
	// KindRejected is the provider's 400 or 422.
	KindRejected Kind = "rejected"
	// KindMissing is the provider's 404 or 410.
	KindMissing Kind = "missing"
	// KindServer is the provider's 5xx or 425.
	KindServer Kind = "server"
	// KindClient is any other 4xx of the provider.
	KindClient Kind = "client"
	// KindCircuitOpen is a call that a circuit breaker refused.
	KindCircuitOpen Kind = "circuit_open"
	// KindInvalidResponse is an answer that could not be used: undecodable,
	// too large, failing strict validation, a 101 or a redirect that was not
	// followed.
	KindInvalidResponse Kind = "invalid_response"
	// KindUnresolved is an action, integration or connection that does not
	// exist here.
	KindUnresolved Kind = "unresolved"
	// KindConflict is something that exists already here, or a version that
	// moved; never the provider's 409, which is KindClient.
	KindConflict Kind = "conflict"
	// KindConfig is a set-up that cannot work: no credential, a missing
	// connection parameter, an address the egress policy refuses, an option
	// that does not fit, a gateway that was shut down.
	KindConfig Kind = "config"
	// KindStore is a failing store.
	KindStore Kind = "store"
	// KindCanceled is a call whose context the caller cancelled.
	KindCanceled Kind = "canceled"
)

// Category groups kinds for dashboards and alerts: NETWORK is Network; TIMEOUT is
// Timeout and Canceled; AUTH is Auth, NeedsReauth and Forbidden; RATE_LIMIT is
// RateLimited; VALIDATION is InvalidInput, Rejected and InvalidResponse;
// SERVER_ERROR is Server, CircuitOpen and Store; CLIENT_ERROR is the rest.
type Category string

// The categories of [Error.Category].
const (
	CategoryNetwork    Category = "NETWORK"
	CategoryTimeout    Category = "TIMEOUT"
	CategoryAuth       Category = "AUTH"
	CategoryRateLimit  Category = "RATE_LIMIT"
	CategoryValidation Category = "VALIDATION"
	CategoryServer     Category = "SERVER_ERROR"
	CategoryClient     Category = "CLIENT_ERROR"
)

// Hint says what a program, or an agent, can do about a failure: wait and try
// again (Network, Timeout, RateLimited, Server, CircuitOpen, Store), renew the
// credential (Auth, NeedsReauth), change the input (InvalidInput, Rejected,
// Missing), look at the set-up (Forbidden, Unresolved, Conflict, Config), or ask
// the provider (Client, InvalidResponse).
type Hint string

// The hints of [Error.Hint]. A cancelled call has none.
const (
	HintRetryAfterDelay         Hint = "RETRY_AFTER_DELAY"
	HintRefreshCredentials      Hint = "REFRESH_CREDENTIALS"
	HintCheckIntegrationConfig  Hint = "CHECK_INTEGRATION_CONFIG"
	HintRetryWithModifiedInput  Hint = "RETRY_WITH_MODIFIED_INPUT"
	HintContactExternalProvider Hint = "CONTACT_EXTERNAL_PROVIDER"
)

// Sentinels for [errors.Is]: an [*Error] of a kind matches the sentinel of that
// kind. A [Store] returns [ErrUnresolved] and [ErrConflict], plain or wrapped.
var (
	ErrNetwork         error = sentinel(KindNetwork)
	ErrTimeout         error = sentinel(KindTimeout)
	ErrAuth            error = sentinel(KindAuth)
	ErrNeedsReauth     error = sentinel(KindNeedsReauth)
	ErrForbidden       error = sentinel(KindForbidden)
	ErrRateLimited     error = sentinel(KindRateLimited)
	ErrInvalidInput    error = sentinel(KindInvalidInput)
	ErrRejected        error = sentinel(KindRejected)
	ErrMissing         error = sentinel(KindMissing)
	ErrServer          error = sentinel(KindServer)
	ErrClient          error = sentinel(KindClient)
	ErrCircuitOpen     error = sentinel(KindCircuitOpen)
	ErrInvalidResponse error = sentinel(KindInvalidResponse)
	ErrUnresolved      error = sentinel(KindUnresolved)
	ErrConflict        error = sentinel(KindConflict)
	ErrConfig          error = sentinel(KindConfig)
	ErrStore           error = sentinel(KindStore)
	ErrCanceled        error = sentinel(KindCanceled)
)

// sentinel is a kind as an error: comparable, without state.
type sentinel Kind

func (s sentinel) Error() string { return "waygate: " + Kind(s).text() }

// kindFacts is what is fixed for a kind.
type kindFacts struct {
	category Category
	hint     Hint
	text     string
}

func (k Kind) facts() kindFacts {
	switch k {
	case KindNetwork:
		return kindFacts{CategoryNetwork, HintRetryAfterDelay, "network failure"}
	case KindTimeout:
		return kindFacts{CategoryTimeout, HintRetryAfterDelay, "timed out"}
	case KindAuth:
		return kindFacts{CategoryAuth, HintRefreshCredentials, "credential not accepted"}
	case KindNeedsReauth:
		return kindFacts{CategoryAuth, HintRefreshCredentials, "needs to be connected again"}
	case KindForbidden:
		return kindFacts{CategoryAuth, HintCheckIntegrationConfig, "forbidden"}
	case KindRateLimited:
		return kindFacts{CategoryRateLimit, HintRetryAfterDelay, "rate limited"}
	case KindInvalidInput:
		return kindFacts{CategoryValidation, HintRetryWithModifiedInput, "invalid input"}
	case KindRejected:
		return kindFacts{CategoryValidation, HintRetryWithModifiedInput, "rejected by the provider"}
	case KindMissing:
		return kindFacts{CategoryClient, HintRetryWithModifiedInput, "not found at the provider"}
	case KindServer:
		return kindFacts{CategoryServer, HintRetryAfterDelay, "provider failed"}
	case KindClient:
		return kindFacts{CategoryClient, HintContactExternalProvider, "refused by the provider"}
	case KindCircuitOpen:
		return kindFacts{CategoryServer, HintRetryAfterDelay, "circuit open"}
	case KindInvalidResponse:
		return kindFacts{CategoryValidation, HintContactExternalProvider, "unusable response"}
	case KindUnresolved:
		return kindFacts{CategoryClient, HintCheckIntegrationConfig, "not found"}
	case KindConflict:
		return kindFacts{CategoryClient, HintCheckIntegrationConfig, "conflict"}
	case KindConfig:
		return kindFacts{CategoryClient, HintCheckIntegrationConfig, "configuration"}
	case KindStore:
		return kindFacts{CategoryServer, HintRetryAfterDelay, "store failed"}
	case KindCanceled:
		return kindFacts{CategoryTimeout, "", "canceled"}
	}
	return kindFacts{CategoryClient, HintCheckIntegrationConfig, "failed"}
}

func (k Kind) text() string { return k.facts().text }

// FieldError is one thing wrong with one field of an input or a response. It
// never holds the value.
type FieldError struct {
	// Pointer is the place as a JSON pointer (RFC 6901); empty for the whole.
	Pointer string `json:"pointer"`
	// Keyword is the rule that failed, usually a JSON Schema keyword.
	Keyword string `json:"keyword"`
	// Expected and Received are what the rule wanted and the type that came.
	Expected string `json:"expected,omitempty"`
	Received string `json:"received,omitempty"`
}

// Error is the one error type that leaves a [Gateway] or a [Tenant]. Use
// [errors.As] to read it and [errors.Is] with a sentinel such as
// [ErrRateLimited] to test for its kind; context.Canceled and
// context.DeadlineExceeded are found too where they apply.
//
// No field holds a secret that the gateway knows.
type Error struct {
	// Kind is what went wrong.
	Kind Kind
	// Op is the method that failed: "invoke", "connect", …
	Op string
	// Tenant, Integration, Action (its full id), Connection (its slug) and
	// CallID say where, as far as it was known.
	Tenant, Integration, Action, Connection, CallID string
	// Status is the provider's HTTP status, 0 if none came.
	Status int
	// Attempts is how many HTTP exchanges were made or tried; not those that the
	// egress policy or a circuit breaker refused.
	Attempts int
	// RetryAfter is how long to wait before trying again, if it is known.
	RetryAfter time.Duration
	// Fields lists what was wrong, field by field: of an input or a response, or
	// the member of a definition's written form that can't be used.
	Fields []FieldError
	// Hint is what to do about it.
	Hint Hint
	// Message and Code are the provider's own words, where the integration says in
	// its Errors how to find them: redacted, and cut at 1,000 and 100 bytes.
	Message, Code string
	// Body is the provider's answer, redacted and cut at 10,000 bytes.
	Body []byte
	// Err is the cause.
	Err error

	placed bool // the text of Err names the fields
}

// Category returns the group that the error's kind belongs to.
func (e *Error) Category() Category { return e.Kind.facts().category }

// Error says what failed, where and why, on one line, without secrets.
func (e *Error) Error() string {
	if e.Op == "" && e.Err != nil { // on its way to where it gets its place
		return e.Err.Error()
	}
	var b strings.Builder
	b.WriteString("waygate: ")
	if e.Op != "" {
		b.WriteString(e.Op + " ")
	}
	switch {
	case e.Action != "":
		b.WriteString(e.Action + " ")
	case e.Integration != "":
		b.WriteString(e.Integration + " ")
	}
	if e.Connection != "" {
		fmt.Fprintf(&b, "on %q ", e.Connection)
	}
	if e.Tenant != "" {
		fmt.Fprintf(&b, "for tenant %q ", e.Tenant)
	}
	text := strings.TrimSuffix(b.String(), " ")
	text = strings.TrimSuffix(text, ":") + ": " + e.Kind.text()
	if e.Status != 0 {
		text += fmt.Sprintf(" (status %d)", e.Status)
	}
	if e.Attempts > 1 {
		text += fmt.Sprintf(" after %d attempts", e.Attempts)
	}
	if e.RetryAfter > 0 {
		text += fmt.Sprintf(", retry after %s", e.RetryAfter.Round(time.Millisecond))
	}
	if e.Err != nil && e.Err != error(sentinel(e.Kind)) {
		text += ": " + e.Err.Error()
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	if e.placed {
		return text
	}
	return text + e.fieldText()
}

// fieldText names the first fields, so that a log line is enough to act on.
func (e *Error) fieldText() string {
	const most = 5
	var b strings.Builder
	for i, f := range e.Fields {
		if i == most {
			fmt.Fprintf(&b, "; and %d more", len(e.Fields)-most)
			break
		}
		fmt.Fprintf(&b, "; %s: %s", cmp.Or(f.Pointer, "(whole)"), f.Keyword)
		if f.Expected != "" {
			fmt.Fprintf(&b, " wants %s", f.Expected)
		}
		if f.Received != "" {
			fmt.Fprintf(&b, ", got %s", f.Received)
		}
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the sentinel of the error's kind.
func (e *Error) Is(target error) bool {
	s, ok := target.(sentinel)
	return ok && Kind(s) == e.Kind
}
