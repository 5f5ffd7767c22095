package resilience

import (
	"math"
	"time"
)

// Limits of [BreakerSettings].
const (
	longestWindow = time.Hour
	longestOpen   = time.Hour
	mostProbes    = 3
	mostFailures  = math.MaxInt32
)

// BreakerSettings says when a circuit opens, and how it closes again. The zero value is the default.
type BreakerSettings struct {
	// Failures in a row open the circuit, however long they take; 1 to 2³¹−1, 0 = 5.
	Failures int `json:"failures,omitzero"`
	// Rate of failures within Window, above 0 and up to 1, opens it too; 0 = 0.5. Outcomes that are ignored count
	// neither as requests nor as failures.
	Rate float64 `json:"rate,omitzero"`
	// Window over which Rate is taken, 1 s to 1 h, in steps of a tenth; 0 = 30 s.
	Window time.Duration `json:"window,omitzero"`
	// MinRequests within Window before Rate means anything; 1 to 2³¹−1, 0 = 10.
	MinRequests int `json:"min_requests,omitzero"`
	// Open is how long an open circuit refuses before it lets a probe through, up to 1 h; 0 = 60 s. It doubles with
	// each probe that fails, up to 1 h. A probe that has not reported after this time is taken for lost.
	Open time.Duration `json:"open,omitzero"`
	// Probes that must succeed in a row to close the circuit, which is also how many may be under way at once: 1 to 3;
	// 0 = 1.
	Probes int `json:"probes,omitzero"`
	// Disabled lets everything through and counts nothing, unless the circuit is forced open.
	Disabled bool `json:"disabled,omitzero"`
}

// Validate returns an [*Error] for the first field that is out of its limits.
func (s BreakerSettings) Validate() error {
	switch {
	case s.Failures < 0 || s.Failures > mostFailures:
		return wrong("failures", "must be 1 to %d, or 0 for 5", mostFailures)
	case !(s.Rate >= 0 && s.Rate <= 1): // the negation catches NaN
		return wrong("rate", "must be above 0 and at most 1, or 0 for 0.5")
	case s.Window != 0 && (s.Window < time.Second || s.Window > longestWindow):
		return wrong("window", "must be 1s to %v, or 0 for 30s", longestWindow)
	case s.MinRequests < 0 || s.MinRequests > mostFailures:
		return wrong("min_requests", "must be 1 to %d, or 0 for 10", mostFailures)
	case s.Open < 0 || s.Open > longestOpen:
		return wrong("open", "must be above 0 and at most %v, or 0 for 60s", longestOpen)
	case s.Probes < 0 || s.Probes > mostProbes:
		return wrong("probes", "must be 1 to %d, or 0 for 1", mostProbes)
	}
	return nil
}

// MarshalJSON writes the fields that are set, durations as text.
func (s BreakerSettings) MarshalJSON() ([]byte, error) {
	return encode(writtenSettings{
		Failures: s.Failures, Rate: s.Rate, Window: text(s.Window), MinRequests: s.MinRequests,
		Open: text(s.Open), Probes: s.Probes, Disabled: s.Disabled,
	})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other members. It does not validate.
func (s *BreakerSettings) UnmarshalJSON(raw []byte) error {
	var w writtenSettings
	if err := decodeStrict(raw, &w); err != nil {
		return err
	}
	*s = BreakerSettings{
		Failures: w.Failures, Rate: w.Rate, Window: time.Duration(w.Window), MinRequests: w.MinRequests,
		Open: time.Duration(w.Open), Probes: w.Probes, Disabled: w.Disabled,
	}
	return nil
}

// writtenSettings is the written form of [BreakerSettings].
type writtenSettings struct {
	Failures    int     `json:"failures,omitzero"`
	Rate        float64 `json:"rate,omitzero"`
	Window      text    `json:"window,omitzero"`
	MinRequests int     `json:"min_requests,omitzero"`
	Open        text    `json:"open,omitzero"`
	Probes      int     `json:"probes,omitzero"`
	Disabled    bool    `json:"disabled,omitzero"`
}

// defaulted fills in what is not set, and what Validate would have refused.
func (s BreakerSettings) defaulted() BreakerSettings {
	if s.Failures <= 0 {
		s.Failures = 5
	}
	if !(s.Rate > 0 && s.Rate <= 1) {
		s.Rate = 0.5
	}
	if s.Window < time.Second || s.Window > longestWindow {
		s.Window = 30 * time.Second
	}
	if s.MinRequests <= 0 {
		s.MinRequests = 10
	}
	if s.Open <= 0 || s.Open > longestOpen {
		s.Open = 60 * time.Second
	}
	if s.Probes <= 0 || s.Probes > mostProbes {
		s.Probes = 1
	}
	return s
}
