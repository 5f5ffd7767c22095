package resilience

import (
	"math"
	"time"
)

// Limits of [Limit].
const (
	largestRate  = 1e9
	longestPer   = 31 * 24 * time.Hour
	largestBurst = math.MaxInt32
)

// Limit is a token bucket: Rate events in each Per, on average, and up to Burst at once.
type Limit struct {
	// Rate of events, above 0 and at most 1e9.
	Rate float64 `json:"rate"`
	// Per is the time that Rate is for, up to 31 days; 0 = 1 s.
	Per time.Duration `json:"per,omitzero"`
	// Burst is how many events may happen at once after a quiet time, 1 to 2³¹−1. 0 = one second's worth of Rate, rounded up. In
	// its first Per a bucket lets Rate + Burst through: for a provider that counts strictly, keep Burst small.
	Burst int `json:"burst,omitzero"`
}

// Validate returns an [*Error] for the first field that is out of its limits. There is no way to write "unlimited": to
// have no limit, give none.
func (l Limit) Validate() error {
	switch {
	case !(l.Rate > 0 && l.Rate <= largestRate): // the negation catches NaN
		return wrong("rate", "must be above 0 and at most %g: leave the limit out to have none", largestRate)
	case l.Per < 0 || l.Per > longestPer:
		return wrong("per", "must be above 0 and at most %v, or 0 for 1s", longestPer)
	case l.Burst < 0 || l.Burst > largestBurst:
		return wrong("burst", "must be 1 to %d, or 0 for one second's worth", largestBurst)
	}
	return nil
}

// MarshalJSON writes the fields that are set, Per as text.
func (l Limit) MarshalJSON() ([]byte, error) {
	return encode(writtenLimit{Rate: l.Rate, Per: text(l.Per), Burst: l.Burst})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other members. It does not validate.
func (l *Limit) UnmarshalJSON(raw []byte) error {
	var w writtenLimit
	if err := decodeStrict(raw, &w); err != nil {
		return err
	}
	*l = Limit{Rate: w.Rate, Per: time.Duration(w.Per), Burst: w.Burst}
	return nil
}

// writtenLimit is the written form of [Limit].
type writtenLimit struct {
	Rate  float64 `json:"rate"`
	Per   text    `json:"per,omitzero"`
	Burst int     `json:"burst,omitzero"`
}

// PerSecond is the rate, in events a second.
func (l Limit) PerSecond() float64 {
	per := l.Per
	if per == 0 {
		per = time.Second
	}
	return l.Rate / per.Seconds()
}

// AtOnce is the burst: Burst, or what it is by default.
func (l Limit) AtOnce() int {
	if l.Burst > 0 {
		return l.Burst
	}
	return max(int(math.Ceil(l.PerSecond())), 1)
}
