package resilience

import (
	"fmt"
	"slices"
	"time"
)

// longestScheduled bounds each wait of a [Schedule].
const longestScheduled = 24 * time.Hour

// Schedule waits the times that it lists, one before each repeat, without jitter: for work that can wait, such as a
// delivery in the background. What it waits, and what the provider states meanwhile, is bounded by the context alone; a
// call with a deadline is not repeated past that.
type Schedule struct {
	// Waits are 1 to 9 times, each up to 24 h; none means 1 m, 5 m, 15 m, 1 h. They must not be changed afterwards.
	Waits []time.Duration
}

var (
	_ Policy  = Schedule{}
	_ Patient = Schedule{}
)

// Kind returns "schedule".
func (Schedule) Kind() string { return "schedule" }

// Validate returns an [*Error] for the first wait that is out of its limits.
func (s Schedule) Validate() error {
	if len(s.Waits) >= MaxAttempts {
		return wrong("waits", "there are %d, want at most %d", len(s.Waits), MaxAttempts-1)
	}
	for i, w := range s.Waits {
		if w < 0 || w > longestScheduled {
			return wrong(fmt.Sprintf("waits[%d]", i), "must be at least 0s and at most %v", longestScheduled)
		}
	}
	return nil
}

// Attempts returns one more than there are waits.
func (s Schedule) Attempts() int { return min(len(s.waits())+1, MaxAttempts) }

// Wait returns the wait before repeat number retry; beyond the last, the last. rnd is not called.
func (s Schedule) Wait(retry int, _ func() float64) time.Duration {
	waits := s.waits()
	return waits[min(max(retry, 1), len(waits))-1]
}

// MaxWait returns a year: the context alone bounds what the provider may state.
func (Schedule) MaxWait() time.Duration { return longestStated }

func (s Schedule) waits() []time.Duration {
	if len(s.Waits) == 0 {
		return []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}
	}
	return s.Waits
}

// MarshalJSON writes the waits, if they are set, as text.
func (s Schedule) MarshalJSON() ([]byte, error) {
	w := writtenSchedule{Kind: s.Kind()}
	for _, d := range s.Waits {
		w.Waits = append(w.Waits, text(d))
	}
	return encode(w)
}

// writtenSchedule is the written form of [Schedule].
type writtenSchedule struct {
	Kind  string `json:"kind"`
	Waits []text `json:"waits,omitempty"`
}

func decodeSchedule(raw []byte, _ KindMap) (Policy, error) {
	var w writtenSchedule
	if err := decodeStrict(raw, &w); err != nil {
		return nil, err
	}
	var s Schedule
	for _, d := range w.Waits {
		s.Waits = append(s.Waits, time.Duration(d))
	}
	return Schedule{Waits: slices.Clip(s.Waits)}, nil
}
