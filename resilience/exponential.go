package resilience

import (
	"math"
	"time"
)

// Defaults and limits of [Exponential].
const (
	defaultAttempts = 3
	defaultBase     = time.Second
	defaultMaxWait  = 30 * time.Second
	defaultFactor   = 2.0

	longestWait   = time.Hour // of Base and Max
	largestFactor = 100
)

// Exponential waits longer before each repeat: a random time between nothing and Base·Factor^(retry−1), which is cut at
// Max. Drawing from the whole span ("full jitter") spreads the callers that one outage has brought into step. The zero
// value is the default policy.
type Exponential struct {
	MaxAttempts int           // all attempts, the first one counted: 1 to 10; 0 = 3
	Base        time.Duration // upper bound of the first wait, at most 1 h; 0 = 1 s
	Max         time.Duration // upper bound of any wait, at least Base, at most 1 h; 0 = 30 s, or Base if that is longer
	Factor      float64       // growth from one bound to the next, 1 to 100; 0 = 2
	NoJitter    bool          // wait the upper bound itself
}

var _ Policy = Exponential{}

// Kind returns "exponential".
func (Exponential) Kind() string { return "exponential" }

// Validate returns an [*Error] for the first field that is out of its limits.
func (e Exponential) Validate() error {
	switch {
	case e.MaxAttempts < 0 || e.MaxAttempts > MaxAttempts:
		return wrong("max_attempts", "must be 1 to %d, or 0 for %d", MaxAttempts, defaultAttempts)
	case e.Base < 0 || e.Base > longestWait:
		return wrong("base", "must be above 0 and at most %v, or 0 for %v", longestWait, defaultBase)
	case e.Max < 0 || e.Max > longestWait:
		return wrong("max", "must be above 0 and at most %v, or 0 for %v", longestWait, defaultMaxWait)
	case e.Max > 0 && e.Max < e.base():
		return wrong("max", "must be at least base, which is %v", e.base())
	case e.Factor != 0 && !(e.Factor >= 1 && e.Factor <= largestFactor): // the negation catches NaN
		return wrong("factor", "must be 1 to %d, or 0 for %v", largestFactor, defaultFactor)
	}
	return nil
}

// Attempts returns MaxAttempts or its default.
func (e Exponential) Attempts() int {
	if e.MaxAttempts == 0 {
		return defaultAttempts
	}
	return min(max(e.MaxAttempts, 1), MaxAttempts)
}

// Wait returns the time before repeat number retry, never more than Max. rnd is not called with NoJitter.
func (e Exponential) Wait(retry int, rnd func() float64) time.Duration {
	bound := e.bound(max(retry, 1))
	if e.NoJitter || rnd == nil {
		return bound
	}
	return time.Duration(rnd() * float64(bound))
}

// MarshalJSON writes the fields that are set, durations as text.
func (e Exponential) MarshalJSON() ([]byte, error) {
	return encode(writtenExponential{
		Kind: e.Kind(), MaxAttempts: e.MaxAttempts, Base: text(e.Base), Max: text(e.Max),
		Factor: e.Factor, NoJitter: e.NoJitter,
	})
}

// bound computes in floating point, where growth saturates instead of turning negative.
func (e Exponential) bound(retry int) time.Duration {
	factor := e.Factor
	if !(factor >= 1) {
		factor = defaultFactor
	}
	grown := float64(e.base()) * math.Pow(factor, float64(retry-1))
	if limit := e.max(); grown > float64(limit) {
		return limit
	}
	return time.Duration(grown)
}

func (e Exponential) base() time.Duration {
	if e.Base <= 0 {
		return defaultBase
	}
	return e.Base
}

func (e Exponential) max() time.Duration {
	if e.Max <= 0 {
		return max(defaultMaxWait, e.base())
	}
	return e.Max
}

// writtenExponential is the written form of [Exponential].
type writtenExponential struct {
	Kind        string  `json:"kind"`
	MaxAttempts int     `json:"max_attempts,omitzero"`
	Base        text    `json:"base,omitzero"`
	Max         text    `json:"max,omitzero"`
	Factor      float64 `json:"factor,omitzero"`
	NoJitter    bool    `json:"no_jitter,omitzero"`
}

func decodeExponential(raw []byte, _ KindMap) (Policy, error) {
	var w writtenExponential
	if err := decodeStrict(raw, &w); err != nil {
		return nil, err
	}
	return Exponential{
		MaxAttempts: w.MaxAttempts, Base: time.Duration(w.Base), Max: time.Duration(w.Max),
		Factor: w.Factor, NoJitter: w.NoJitter,
	}, nil
}
