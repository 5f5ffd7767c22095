package resilience

import "time"

// MaxAttempts is the most attempts that a policy may ask for, the first one counted. It keeps one call from
// multiplying an outage.
const MaxAttempts = 10

// Policy says how often a call is tried, and how long it waits in between. Whether it may be repeated at all is not
// the policy's choice but [Transport]'s.
//
//  1. Kind is the policy's name in the written form, the same for every value of the type.
//  2. Validate reports, as an [*Error], a value that can't be used. The other methods work on any value, also on one
//     that Validate refuses.
//  3. Attempts counts all attempts, 1 to [MaxAttempts]; the loop reads anything else as the nearest of these.
//  4. Wait is the time before repeat number retry, which counts from 1. rnd returns a number in [0, 1). A negative
//     time counts as none. The loop prefers a time that the provider states.
//  5. A policy is used by many calls at once, so it is immutable and keeps no state between them.
//  6. MarshalJSON writes an object with the member "kind", and the decoder of that kind reads it back.
type Policy interface {
	Kind() string
	Validate() error
	Attempts() int
	Wait(retry int, rnd func() float64) time.Duration
}

// Clocked is a [Policy] whose waits depend on the time of day.
type Clocked interface {
	Policy
	// Next is asked in place of Wait: the time from now to repeat number retry, and false if there is none any more.
	Next(retry int, now time.Time, rnd func() float64) (time.Duration, bool)
}

// Patient is a [Policy] that has its own bound of the waits that a provider states.
type Patient interface {
	Policy
	// MaxWait is the longest that is accepted, in place of [Transport.MaxWait].
	MaxWait() time.Duration
}

// Never is the policy of a single attempt. A request is still sent again after a 401 if [Transport.Refresh] brings a
// new credential, as that repeat is not a retry.
type Never struct{}

var _ Policy = Never{}

// Kind returns "never".
func (Never) Kind() string { return "never" }

// Validate returns nil.
func (Never) Validate() error { return nil }

// Attempts returns 1.
func (Never) Attempts() int { return 1 }

// Wait returns 0.
func (Never) Wait(int, func() float64) time.Duration { return 0 }

// MarshalJSON writes {"kind":"never"}.
func (n Never) MarshalJSON() ([]byte, error) { return []byte(`{"kind":"never"}`), nil }
