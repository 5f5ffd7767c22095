package redis

import (
	"fmt"
	"time"

	"go.uber.org/zap"
)

// Options of a [Shared]. The zero value is the default.
type Options struct {
	// Prefix of all keys, at most 200 bytes; "" = "waygate:". Services that share limits share it.
	Prefix string
	// Processes is how many are reckoned with at least when Redis is away; 0 = 1. It matters for one that has never
	// reached Redis, as the others know how many there were.
	Processes int
	// Margin is the part of each rate that is held back, up to 0.5; 0 = 0.03, a negative one is none. Requests that are
	// let through evenly arrive unevenly; without a margin a provider that counts strictly sees a little too many now
	// and then.
	Margin float64
	// Timeout bounds one question to Redis, 1 ms to 1 s; 0 = 250 ms. After it Redis is taken to be away.
	Timeout time.Duration
	// Again is the pause before Redis is asked again while it is away, 10 ms to 1 min; 0 = 1 s.
	Again time.Duration
	// Changed, which may be nil, is told when Redis is away and when it is back, in order, one at a time and under no
	// lock. It runs on the goroutine of whoever found out.
	Changed func(Change)
	// Logger gets the same; nil logs nothing.
	Logger *zap.Logger
}

// Change says that Redis is away, or back.
type Change struct {
	Away bool // Redis doesn't answer
	// Processes is by how many limits are divided while it is away.
	Processes int
	// Err is why it is taken to be away.
	Err error
	At  time.Time // by the process's clock
}

// Error says which of the [Options] is wrong, and what to do.
type Error struct {
	Field, Reason string // of Options, and what is wrong with it
}

// Error names the field.
func (e *Error) Error() string { return "redis: " + e.Field + ": " + e.Reason }

func (o Options) withDefaults() (Options, error) {
	wrong := func(field, format string, args ...any) (Options, error) {
		return o, &Error{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
	switch {
	case len(o.Prefix) > 200:
		return wrong("Prefix", "has %d bytes, want at most 200", len(o.Prefix))
	case o.Processes < 0 || o.Processes > 1_000_000:
		return wrong("Processes", "must be 1 to 1,000,000, or 0 for 1")
	case !(o.Margin <= 0.5): // the negation catches NaN
		return wrong("Margin", "must be at most 0.5, 0 for 0.03, or negative for none")
	case o.Timeout != 0 && (o.Timeout < time.Millisecond || o.Timeout > time.Second):
		return wrong("Timeout", "must be 1ms to 1s, or 0 for 250ms")
	case o.Again != 0 && (o.Again < 10*time.Millisecond || o.Again > time.Minute):
		return wrong("Again", "must be 10ms to 1m, or 0 for 1s")
	}
	if o.Prefix == "" {
		o.Prefix = "waygate:"
	}
	o.Processes = max(o.Processes, 1)
	switch {
	case o.Margin == 0:
		o.Margin = 0.03
	case o.Margin < 0:
		o.Margin = 0
	}
	if o.Timeout == 0 {
		o.Timeout = 250 * time.Millisecond
	}
	if o.Again == 0 {
		o.Again = time.Second
	}
	if o.Logger == nil {
		o.Logger = zap.NewNop()
	}
	return o, nil
}
