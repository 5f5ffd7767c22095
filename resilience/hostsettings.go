package resilience

import "time"

// Limits of [HostSettings].
const (
	mostAttempts = 10_000
	mostTenants  = 1_000
)

// HostSettings says when the circuit of a whole host opens, for all tenants at once. The zero value is the default.
// Each of the three conditions has to hold, so that no single tenant opens it, whatever answers it provokes.
type HostSettings struct {
	// Attempts that failed within Window, 1 to 10,000; 0 = 10.
	Attempts int
	// Tenants that have to have a failing connection, 2 to 1,000; 0 = 3. It is also how many of them have to see a probe fail before
	// the circuit stays open for longer.
	Tenants int
	// Connections is the share of the connections with an attempt within Window that have to be failing, above 0 and up
	// to 1; 0 = 0.5. One is failing if it has not worked since its last failed attempt: a few failures among many
	// answers, on every connection, are no outage. The failing connections of one tenant count for at most as many as
	// those of all others together.
	Connections float64
	// Window that the attempts are taken from, 1 s to 1 h; 0 = 30 s.
	Window time.Duration
	// Open is how long the circuit refuses before it lets probes through, up to 1 h; 0 = 60 s. It doubles each time
	// that probes fail, up to 1 h.
	Open time.Duration
	// Disabled leaves hosts without a circuit of their own, unless it is forced.
	Disabled bool
}

// Validate returns an [*Error] for the first field that is out of its limits.
func (s HostSettings) Validate() error {
	switch {
	case s.Attempts < 0 || s.Attempts > mostAttempts:
		return wrong("attempts", "must be 1 to %d, or 0 for 10", mostAttempts)
	case s.Tenants < 0 || s.Tenants == 1 || s.Tenants > mostTenants:
		return wrong("tenants", "must be 2 to %d, or 0 for 3", mostTenants)
	case !(s.Connections >= 0 && s.Connections <= 1): // the negation catches NaN
		return wrong("connections", "must be above 0 and at most 1, or 0 for 0.5")
	case s.Window != 0 && (s.Window < time.Second || s.Window > longestWindow):
		return wrong("window", "must be 1s to %v, or 0 for 30s", longestWindow)
	case s.Open < 0 || s.Open > longestOpen:
		return wrong("open", "must be above 0 and at most %v, or 0 for 60s", longestOpen)
	}
	return nil
}

// defaulted fills in what is not set, and what Validate would have refused.
func (s HostSettings) defaulted() HostSettings {
	if s.Attempts <= 0 || s.Attempts > mostAttempts {
		s.Attempts = 10
	}
	if s.Tenants < 2 || s.Tenants > mostTenants {
		s.Tenants = 3
	}
	if !(s.Connections > 0 && s.Connections <= 1) {
		s.Connections = 0.5
	}
	if s.Window < time.Second || s.Window > longestWindow {
		s.Window = 30 * time.Second
	}
	if s.Open <= 0 || s.Open > longestOpen {
		s.Open = 60 * time.Second
	}
	return s
}
