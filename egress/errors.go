package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"
)

// ErrDenied is what every [*DeniedError] answers to errors.Is.
var ErrDenied = errors.New("egress: denied by policy")

// DeniedError says that a [Policy] refused a destination, before anything was sent to it. It is never worth a retry:
// the same destination is refused again until the policy or the URL changes.
type DeniedError struct {
	// Host is the host that was asked for, without port, user or query. Empty when the URL names none.
	Host string
	// Addr is the address that was refused, the zero Addr when the refusal came before any address was known. Where
	// Host is a name the address stays out of the message, so that a caller who is shown it cannot map a private
	// network by asking for names.
	Addr netip.Addr
	// Reason says what was wrong and what to do about it.
	Reason string
}

// Error names the host and the way out. It never holds userinfo, path or query of a URL.
func (e *DeniedError) Error() string {
	if e.Host == "" {
		return "egress: refused: " + e.Reason
	}
	return "egress: host " + quoteHost(e.Host) + " refused: " + e.Reason
}

// Is reports whether target is [ErrDenied].
func (e *DeniedError) Is(target error) bool { return target == ErrDenied }

// ResponseError says that a server answered with something that is not taken from it: a switch of protocol, a header
// longer than Policy.MaxHeaderBytes, or a redirect that is not followed.
type ResponseError struct {
	// Status is the HTTP status of the refused response, 0 where there is none.
	Status int
	// Reason says what was wrong with it.
	Reason string
}

// Error gives the reason, and the status where there is one.
func (e *ResponseError) Error() string {
	if e.Status == 0 {
		return "egress: response refused: " + e.Reason
	}
	return "egress: response with status " + strconv.Itoa(e.Status) + " refused: " + e.Reason
}

// TooLargeError says that a body has more bytes than the reader may hold.
type TooLargeError struct {
	// Limit is the number of bytes, after decompression, that would have been accepted.
	Limit int64
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("egress: body is larger than %d bytes; ask for less at a time or raise Policy.MaxBodyBytes", e.Limit)
}

// BudgetError says that there was no room for a body among those being read, until the context ended: it is this
// process that is busy, not the server.
type BudgetError struct {
	// Err is the context's error.
	Err error
}

// Error says what to do.
func (e *BudgetError) Error() string {
	return "egress: no room for the body among those being read; try later, or raise Policy.MaxInFlightBytes or MaxTenantBytes"
}

// Unwrap returns the context's error.
func (e *BudgetError) Unwrap() error { return e.Err }

// IdleError says that a body brought no byte for too long, see [IdleTimeout]. It is a net.Error that is a timeout.
type IdleError struct {
	// After is how long a byte was waited for.
	After time.Duration
}

// Error names the time.
func (e *IdleError) Error() string {
	return fmt.Sprintf("egress: no byte of the body came for %s; try again, or allow for longer pauses", e.After)
}

// Timeout is true.
func (e *IdleError) Timeout() bool { return true }

// Temporary is true. It is there because net.Error wants it.
func (e *IdleError) Temporary() bool { return true }

var _ net.Error = (*IdleError)(nil)

// ProxyError says that [Policy.Proxy] refused a request. The target has not seen it.
type ProxyError struct {
	// Status is the HTTP status of the proxy's answer: 407 where it does not take the user and password.
	Status int
}

// Error gives the status. What the proxy wrote beside it stays out: it is not for whoever called the target.
func (e *ProxyError) Error() string {
	return "egress: the proxy refused with status " + strconv.Itoa(e.Status) + "; check what it allows, and the user in Policy.Proxy"
}

// IdentityError says which part of an [Identity] cannot be used.
type IdentityError struct {
	// Field is the name of the field: "Certificate", "Key" or "Roots".
	Field string
	// Reason says what is wrong with it and what to give instead. It holds nothing of what was given.
	Reason string
}

// Error names the field first.
func (e *IdentityError) Error() string { return "egress: Identity." + e.Field + ": " + e.Reason }

// PolicyError says which field of a [Policy] cannot be used.
type PolicyError struct {
	// Field is the name of the field, with an index where it is a list: "Deny[2]".
	Field string
	// Reason says what is wrong with it and what to write instead.
	Reason string
}

// Error names the field first.
func (e *PolicyError) Error() string { return "egress: Policy." + e.Field + ": " + e.Reason }

// maxQuotedHost bounds how much of a host reaches a message: the longest name that DNS knows.
const maxQuotedHost = 253

// quoteHost makes a host from outside fit to print.
func quoteHost(host string) string {
	if len(host) > maxQuotedHost {
		host = host[:maxQuotedHost] + "…"
	}
	return strconv.Quote(host)
}
