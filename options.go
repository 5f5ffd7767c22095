package waygate

import (
	"context"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// Option changes one call. An option that does not fit the call, or that is
// above its cap, makes the call fail with [ErrConfig]. What an option sets comes
// before the connection's, the action's, the integration's and [Config]'s.
type Option interface{ apply(*options) error }

// Caps of options.
const (
	maxTimeout    = 300 * time.Second
	minTimeout    = time.Second
	maxPagesCap   = 100
	maxItemsCap   = 10_000
	maxCharsCap   = 1_000_000
	maxKeyBytes   = 255
	defaultPages  = 5
	defaultItems  = 500
	defaultChars  = 100_000
	defaultWindow = 30 * time.Second // Collect's duration
)

type options struct {
	on             string
	through        Connection
	timeout        time.Duration
	idempotencyKey string
	retry          resilience.Policy
	vars           map[string]string
	maxPages       int
	maxItems       int
	maxChars       int
	continuation   string
	onPage         func(context.Context, Checkpoint) error
	prefetch       bool
	readOnly       bool
	bounded        []string // the options that only a collected or streamed read takes
}

type optionFunc func(*options) error

func (f optionFunc) apply(o *options) error { return f(o) }

// On chooses the connection by slug or ID. Without it, the primary one is used.
func On(slugOrID string) Option {
	return optionFunc(func(o *options) error {
		if slugOrID == "" {
			return fmt.Errorf("option On: empty slug or ID: leave the option out to use the primary connection")
		}
		o.on = slugOrID
		return nil
	})
}

// Through makes the call on the host's own connection.
func Through(c Connection) Option {
	return optionFunc(func(o *options) error {
		if c == nil {
			return fmt.Errorf("option Through: nil connection: give one, or leave the option out")
		}
		o.through = c
		return nil
	})
}

// Timeout bounds the whole call, retries and waits included: 1 s to 300 s. It
// is per page for Items and Pages; for Collect it bounds the whole read
// (default 30 s).
func Timeout(d time.Duration) Option {
	return optionFunc(func(o *options) error {
		if d < minTimeout || d > maxTimeout {
			return fmt.Errorf("option Timeout: %s is not between %s and %s", d, minTimeout, maxTimeout)
		}
		o.timeout = d
		return nil
	})
}

// IdempotencyKey lets a call that changes something be repeated: the provider
// recognises the key. The action must declare how to send it. What goes over
// the wire is derived from tenant, connection, action and key, so that tenants
// with the same key don't read each other's answers; it is the same after a
// restart. 1 to 255 bytes.
func IdempotencyKey(key string) Option {
	return optionFunc(func(o *options) error {
		if key == "" || len(key) > maxKeyBytes {
			return fmt.Errorf("option IdempotencyKey: %d bytes, want 1 to %d", len(key), maxKeyBytes)
		}
		o.idempotencyKey = key
		return nil
	})
}

// Retry replaces the retry policy; [resilience.Never] turns retries off.
func Retry(p resilience.Policy) Option {
	return optionFunc(func(o *options) error {
		if p == nil {
			return fmt.Errorf("option Retry: nil policy: use resilience.Never{} for no retries")
		}
		if err := p.Validate(); err != nil {
			return fmt.Errorf("option Retry: %w", err)
		}
		o.retry = p
		return nil
	})
}

// Var sets ${call.name} for templates, and ${var.name}.
func Var(name, value string) Option {
	return optionFunc(func(o *options) error {
		if err := checkVariableName(name); err != nil {
			return fmt.Errorf("option Var: %w", err)
		}
		if o.vars == nil {
			o.vars = map[string]string{}
		}
		o.vars[name] = value
		return nil
	})
}

// MaxPages bounds a read of pages: 1 to 100. Collect reads 5 without it; Items
// and Pages read all.
func MaxPages(n int) Option {
	return bounding("MaxPages", n, maxPagesCap, func(o *options) { o.maxPages = n })
}

// MaxItems bounds a read in records: 1 to 10,000. Collect reads 500 without it;
// Items and Pages read all.
func MaxItems(n int) Option {
	return bounding("MaxItems", n, maxItemsCap, func(o *options) { o.maxItems = n })
}

// MaxChars bounds a collected read in characters of its records' JSON: 1 to 1,000,000 (about
// four to a token of a language model). Collect reads 100,000 without it.
func MaxChars(n int) Option {
	return bounding("MaxChars", n, maxCharsCap, func(o *options) { o.maxChars = n })
}

func bounding(name string, n, most int, set func(*options)) Option {
	return optionFunc(func(o *options) error {
		if n < 1 || n > most {
			return fmt.Errorf("option %s: %d is not between 1 and %d", name, n, most)
		}
		o.bounded = append(o.bounded, name)
		set(o)
		return nil
	})
}

// Continue goes on where a read ended: token is its [Meta].Next. The call must
// be the same: tenant, connection, action, definition and input.
func Continue(token string) Option {
	return optionFunc(func(o *options) error {
		if token == "" || len(token) > maxTokenBytes {
			return fmt.Errorf("option Continue: %d bytes are no continuation token: use Meta.Next of a result as it is", len(token))
		}
		o.continuation = token
		return nil
	})
}

// ReadOnly refuses an action that may change something at the provider: one
// that doesn't say it is read-only is ErrConfig, without any request.
func ReadOnly() Option {
	return optionFunc(func(o *options) error { o.readOnly = true; return nil })
}

// readOptions applies opts in order; a later one wins.
func readOptions(opts []Option) (options, error) {
	if len(opts) == 0 {
		return options{}, nil
	}
	return applied(opts)
}

func applied(opts []Option) (options, error) {
	var o options
	for i, opt := range opts {
		if opt == nil {
			return o, fmt.Errorf("option %d is nil: leave it out", i)
		}
		if err := opt.apply(&o); err != nil {
			return o, err
		}
	}
	if o.on != "" && o.through != nil {
		return o, fmt.Errorf("options On and Through can't be used together: Through brings its own connection")
	}
	return o, nil
}
