package resilience

import (
	"context"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// DefaultLimiters is how many keys [NewLimiters] keeps where nothing else is set.
const DefaultLimiters = 10_000

// LimitKey names what is limited. The fields that don't matter in a Scope stay empty.
type LimitKey struct {
	Scope                                string // what the limit is for; of a gateway's "connection", "tenant", "integration", "app" or "host"
	Tenant, Integration, Connection, App string // whose; empty where the scope is wider
	Host                                 string // for a bound of what is under way there
}

// LimitError says that a place within the rate would come too late. Nothing was taken from the limit.
type LimitError struct {
	Key        LimitKey      // which limit
	RetryAfter time.Duration // until there is a place, as things stand
}

// Error names the scope and the time.
func (e *LimitError) Error() string {
	if e.Key.Host != "" {
		return fmt.Sprintf("too many requests under way to %s: try again in %v", e.Key.Host, e.RetryAfter.Round(time.Millisecond))
	}
	return fmt.Sprintf("rate limit of the %s: try again in %v", e.Key.Scope, e.RetryAfter.Round(time.Millisecond))
}

// Demand is one of several things that a request has to wait for: an event of each limit of a key.
type Demand struct {
	Key    LimitKey // what is limited
	Limits []Limit  // an event is taken of each
}

// Limiters keeps rates. Each key has token buckets, made as they are asked for, and a waiting line in which tenants take
// turns: where several share a key, each gets its share of the rate however often the others ask. At most 1,000 of a
// tenant wait for a key, and 10,000 in all. A set that is full forgets the key used least recently, of the tenant that
// has the most of them where that is more than a twentieth of all; keys whose buckets are full again and that
// nobody used for a minute are forgotten before. It is safe for concurrent use.
type Limiters struct {
	quota Quota
	keys  *bounded.Shared[LimitKey, *line]
}

// NewLimiters makes a set of at most max keys; less than 1 means [DefaultLimiters]. The rates are this process's own.
func NewLimiters(max int) *Limiters { return NewSharedLimiters(max, nil) }

// NewSharedLimiters makes a set as [NewLimiters] does, whose rates are kept by a quota that many processes share. The
// lines are this process's: within it tenants take turns, and the processes take what they get. A nil quota keeps them
// here.
func NewSharedLimiters(max int, quota Quota) *Limiters {
	if max < 1 {
		max = DefaultLimiters
	}
	return &Limiters{quota: quota, keys: bounded.NewShared[LimitKey](max, (*line).idle)}
}

// Wait takes one event from every limit of a key and waits until all of them allow it, in the order of asking. maxWait
// bounds the wait: 0 means [DefaultMaxWait], a negative one not to wait at all. If it would take longer, or until ctx's
// deadline, Wait returns a [*LimitError] at once, and takes nothing. If ctx ends, it returns ctx's error. Limits are
// told apart by their values; a key may come with up to 16. Those that Validate refuses are left out.
func (l *Limiters) Wait(ctx context.Context, key LimitKey, limits []Limit, maxWait time.Duration) error {
	return l.WaitAll(ctx, key.Tenant, []Demand{{key, limits}}, maxWait)
}

// WaitAll waits for a tenant until all demands are met, one after the other: put those that fewer share first. maxWait
// bounds the whole; otherwise it is as Wait. If one of them can't be met in time, as things stand at the beginning,
// nothing is taken from any; if that turns out later, what was taken for those before is gone.
func (l *Limiters) WaitAll(ctx context.Context, tenant string, demands []Demand, maxWait time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	patience := patience(ctx, maxWait)
	var room [4]*line
	lines := room[:min(len(demands), len(room))]
	if len(demands) > len(room) {
		lines = make([]*line, len(demands))
	}
	for i, d := range demands {
		if len(d.Limits) == 0 {
			continue
		}
		lines[i], _ = l.keys.GetOrCreate(tenant, d.Key, func() *line { return &line{key: d.Key, quota: l.quota, lastUse: time.Now()} })
		if len(demands) > 1 {
			if err := lines[i].check(tenant, d.Limits, patience); err != nil {
				return err
			}
		}
	}
	var end time.Time // of all waits, if there is more than one
	if len(demands) > 1 {
		end = time.Now().Add(patience)
	}
	for i, d := range demands {
		if lines[i] == nil {
			continue
		}
		if i > 0 {
			patience = max(time.Until(end), 0)
		}
		if err := lines[i].wait(ctx, tenant, d.Limits, patience); err != nil {
			return err
		}
	}
	return nil
}

// patience is the longest wait that is of use.
func patience(ctx context.Context, maxWait time.Duration) time.Duration {
	if maxWait == 0 {
		maxWait = DefaultMaxWait
	}
	if deadline, ok := ctx.Deadline(); ok {
		maxWait = min(maxWait, time.Until(deadline)-1) // a wait that ends with the deadline is too long
	}
	return min(max(maxWait, 0), longestPer)
}
