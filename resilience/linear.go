package resilience

import "time"

// Linear waits longer by the same time before each repeat: a random time between nothing and Step·retry, which is cut at
// Max. The jitter is that of [Exponential].
type Linear struct {
	MaxAttempts int           // all attempts, the first one counted: 1 to 10; 0 = 3
	Step        time.Duration // upper bound of the first wait, and what each bound has more than the last, at most 1 h; 0 = 1 s
	Max         time.Duration // upper bound of any wait, at least Step, at most 1 h; 0 = 30 s, or Step if that is longer
	NoJitter    bool          // wait the upper bound itself
}

var _ Policy = Linear{}

// Kind returns "linear".
func (Linear) Kind() string { return "linear" }

// Validate returns an [*Error] for the first field that is out of its limits.
func (l Linear) Validate() error {
	switch {
	case l.MaxAttempts < 0 || l.MaxAttempts > MaxAttempts:
		return wrong("max_attempts", "must be 1 to %d, or 0 for %d", MaxAttempts, defaultAttempts)
	case l.Step < 0 || l.Step > longestWait:
		return wrong("step", "must be above 0 and at most %v, or 0 for %v", longestWait, defaultBase)
	case l.Max < 0 || l.Max > longestWait:
		return wrong("max", "must be above 0 and at most %v, or 0 for %v", longestWait, defaultMaxWait)
	case l.Max > 0 && l.Max < l.step():
		return wrong("max", "must be at least step, which is %v", l.step())
	}
	return nil
}

// Attempts returns MaxAttempts or its default.
func (l Linear) Attempts() int { return Exponential{MaxAttempts: l.MaxAttempts}.Attempts() }

// Wait returns the time before repeat number retry, never more than Max. rnd is not called with NoJitter.
func (l Linear) Wait(retry int, rnd func() float64) time.Duration {
	bound := l.step() * time.Duration(min(max(retry, 1), MaxAttempts)) // at most 10 h
	most := l.Max
	if most <= 0 {
		most = max(defaultMaxWait, l.step())
	}
	bound = min(bound, most)
	if l.NoJitter || rnd == nil {
		return bound
	}
	return time.Duration(rnd() * float64(bound))
}

func (l Linear) step() time.Duration {
	if l.Step <= 0 {
		return defaultBase
	}
	return min(l.Step, longestWait)
}

// MarshalJSON writes the fields that are set, durations as text.
func (l Linear) MarshalJSON() ([]byte, error) {
	return encode(writtenLinear{Kind: l.Kind(), MaxAttempts: l.MaxAttempts, Step: text(l.Step), Max: text(l.Max), NoJitter: l.NoJitter})
}

// writtenLinear is the written form of [Linear].
type writtenLinear struct {
	Kind        string `json:"kind"`
	MaxAttempts int    `json:"max_attempts,omitzero"`
	Step        text   `json:"step,omitzero"`
	Max         text   `json:"max,omitzero"`
	NoJitter    bool   `json:"no_jitter,omitzero"`
}

func decodeLinear(raw []byte, _ KindMap) (Policy, error) {
	var w writtenLinear
	if err := decodeStrict(raw, &w); err != nil {
		return nil, err
	}
	return Linear{MaxAttempts: w.MaxAttempts, Step: time.Duration(w.Step), Max: time.Duration(w.Max), NoJitter: w.NoJitter}, nil
}
