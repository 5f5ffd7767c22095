package resilience

import "time"

// longestEvery bounds Every of [Until].
const longestEvery = 24 * time.Hour

// Until repeats until a point in time: each Every, and the last time at Time itself. Without Every it waits for that time
// and repeats once, as for the end of a maintenance that the provider has announced. An attempt that fails when Time has
// come is the last. Waits are bounded by Time and by the context, also those that the provider states.
type Until struct {
	// Time is when the last attempt is made; needed.
	Time time.Time
	// Every is the time between attempts, up to 24 h; 0 = one repeat, at Time. At most 10 attempts are made in all, the
	// first one counted.
	Every time.Duration
}

var (
	_ Policy  = Until{}
	_ Clocked = Until{}
	_ Patient = Until{}
)

// Kind returns "until".
func (Until) Kind() string { return "until" }

// Validate returns an [*Error] for the first field that can't be used. A Time that has passed can.
func (u Until) Validate() error {
	switch {
	case u.Time.IsZero():
		return wrong("time", `is missing: give the point in time as "2026-01-02T15:04:05Z"`)
	case u.Every < 0 || u.Every > longestEvery:
		return wrong("every", "must be above 0 and at most %v, or 0 for one repeat", longestEvery)
	}
	return nil
}

// Attempts returns 2 without Every, else [MaxAttempts].
func (u Until) Attempts() int {
	if u.Every <= 0 {
		return 2
	}
	return MaxAttempts
}

// Wait is Next by the clock of the process; no wait when Time has come.
func (u Until) Wait(retry int, rnd func() float64) time.Duration {
	wait, _ := u.Next(retry, time.Now(), rnd)
	return wait
}

// Next returns the time from now to the next attempt, and false when Time has come. rnd is not called.
func (u Until) Next(_ int, now time.Time, _ func() float64) (time.Duration, bool) {
	left := u.Time.Sub(now)
	if left <= 0 {
		return 0, false
	}
	if u.Every > 0 {
		left = min(left, u.Every)
	}
	return left, true
}

// MaxWait returns the time that is left by the clock of the process.
func (u Until) MaxWait() time.Duration { return max(time.Until(u.Time), 0) }

// MarshalJSON writes the fields that are set; Time in UTC as RFC 3339 has it.
func (u Until) MarshalJSON() ([]byte, error) {
	return encode(writtenUntil{Kind: u.Kind(), Time: u.Time.UTC(), Every: text(u.Every)})
}

// writtenUntil is the written form of [Until].
type writtenUntil struct {
	Kind  string    `json:"kind"`
	Time  time.Time `json:"time,omitzero"`
	Every text      `json:"every,omitzero"`
}

func decodeUntil(raw []byte, _ KindMap) (Policy, error) {
	var w writtenUntil
	if err := decodeStrict(raw, &w); err != nil {
		return nil, err
	}
	return Until{Time: w.Time, Every: time.Duration(w.Every)}, nil
}
