package resilience

import (
	"fmt"
	"time"
)

// BreakerKey names a circuit: one tenant's connection to one host, so that one customer's trouble is nobody else's.
// Connection is the connection's ID, not its slug; Host is as it stands in the URL, with the port only if that has one.
// Without a Tenant it names the circuit of the whole host, for all of them.
type BreakerKey struct {
	Tenant, Connection, Host string
	// Use keeps requests of another kind to the same host apart: [UseToken], or "" for calls.
	Use string
}

// UseToken is the [BreakerKey.Use] of requests to token endpoints. Open circuits of this use stay so for 5 min at most,
// which is also the longest pause between the renewals of one credential: expired tokens fail every call.
const UseToken = "token"

// longestTokenOpen bounds the growth where k is of that use.
const longestTokenOpen = 5 * time.Minute

func (k BreakerKey) longest() time.Duration {
	if k.Use == UseToken {
		return longestTokenOpen
	}
	return longestOpen
}

// host is the key of the whole host's circuit.
func (k BreakerKey) host() BreakerKey { return BreakerKey{Host: k.Host, Use: k.Use} }

// State is a circuit's state.
type State string

// The states of a circuit.
const (
	StateClosed   State = "closed"    // everything passes and is counted
	StateOpen     State = "open"      // nothing passes until the time is up, then a probe
	StateHalfOpen State = "half_open" // probes are under way
)

// Outcome is what became of a request that a circuit let through.
type Outcome uint8

// The outcomes of a request. An unknown one is read as Ignored.
const (
	Success Outcome = iota // it was answered
	Failure                // the provider failed: 5xx, network, timeout
	Ignored                // it says nothing about the provider: 4xx, cancelled; it gives back a probe's place
)

// BreakerChange is a change of a circuit's state. A Reset of a forced circuit gives one too, also to the same state.
type BreakerChange struct {
	Key      BreakerKey // which circuit
	From, To State      // the state before
	Forced   bool       // To was forced
	At       time.Time  // by the breakers' clock
}

// BreakerState is a circuit as it stands.
type BreakerState struct {
	Key    BreakerKey // which circuit
	State  State
	Forced bool      // State holds until Reset
	Since  time.Time // State began; for a closed circuit that never changed, its first use
	// RetryAfter is the time until an open circuit lets a probe through. 0 there means that the next request will be
	// one. 0 in other states, and where it is forced.
	RetryAfter time.Duration
	// Requests are the outcomes within the window, ignored ones left out, and Failures those of them that are; both are
	// counted while the circuit is closed. Of a whole host's circuit they are connections: those that attempted
	// anything, and those that failed and haven't worked since.
	Requests    int
	Failures    int
	Consecutive int // failures since the last success
}

// OpenError says that a circuit refused a request.
type OpenError struct {
	Key        BreakerKey    // which circuit
	RetryAfter time.Duration // until the circuit may let a probe through; 0 if it is forced
	Forced     bool          // an operator opened it: it stays open until Reset
}

// Error names the host and the time.
func (e *OpenError) Error() string {
	what := e.Key.Host
	if e.Key.Use != "" {
		what += " (" + e.Key.Use + ")"
	}
	if e.Key.Tenant == "" {
		what = "the whole host " + what
	}
	if e.Forced {
		return fmt.Sprintf("circuit for %s is forced open: reset it to let requests through", what)
	}
	return fmt.Sprintf("circuit for %s is open: try again in %v", what, e.RetryAfter.Round(time.Millisecond))
}

// Unsent returns true: nothing of the request went out.
func (e *OpenError) Unsent() bool { return true }
