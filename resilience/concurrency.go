package resilience

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// Limits of [Concurrency].
const (
	mostAtOnce  = 100_000
	longestSlow = time.Hour
)

// Concurrency is how many requests may be under way to one host. The zero value is no limit.
type Concurrency struct {
	// Max is how many at once, 1 to 100,000.
	Max int `json:"max"`
	// Adaptive lets the number go down to what the host bears, and up to Max again (additive increase, multiplicative
	// decrease): a request that the host had too much of takes a third of it away, down to 1, if it began after the
	// last time that this happened; as many that it served as there are places add one.
	Adaptive bool `json:"adaptive,omitzero"`
	// Slow is the time from which on an answer counts as too much too, up to 1 h; 0 for no such time. It needs Adaptive.
	Slow time.Duration `json:"slow,omitzero"`
}

// Validate returns an [*Error] for the first field that is out of its limits.
func (c Concurrency) Validate() error {
	switch {
	case c.Max < 1 || c.Max > mostAtOnce:
		return wrong("max", "must be 1 to %d: leave the whole out to have no limit", mostAtOnce)
	case c.Slow < 0 || c.Slow > longestSlow:
		return wrong("slow", "must be above 0 and at most %v, or 0 for none", longestSlow)
	case c.Slow > 0 && !c.Adaptive:
		return wrong("slow", "has no meaning without adaptive: set that too")
	}
	return nil
}

// MarshalJSON writes the fields that are set, Slow as text.
func (c Concurrency) MarshalJSON() ([]byte, error) {
	return encode(writtenConcurrency{Max: c.Max, Adaptive: c.Adaptive, Slow: text(c.Slow)})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other members. It does not validate.
func (c *Concurrency) UnmarshalJSON(raw []byte) error {
	var w writtenConcurrency
	if err := decodeStrict(raw, &w); err != nil {
		return err
	}
	*c = Concurrency{Max: w.Max, Adaptive: w.Adaptive, Slow: time.Duration(w.Slow)}
	return nil
}

// writtenConcurrency is the written form of [Concurrency].
type writtenConcurrency struct {
	Max      int  `json:"max"`
	Adaptive bool `json:"adaptive,omitzero"`
	Slow     text `json:"slow,omitzero"`
}

// Slots keeps how many requests are under way, host by host. Who waits for a place waits as in [Limiters], tenant by
// tenant in turn. Once a second tenant has come to a host, one tenant holds at most half of the places there, rounded
// up: requests that hang fill no more than that. It is safe for concurrent use.
type Slots struct {
	hosts *bounded.Shared[string, *slots]
}

// NewSlots makes a set of at most max hosts; less than 1 means [DefaultLimiters]. When it is full it forgets as
// Limiters do; of a host that is forgotten while requests are under way more than Max can be.
func NewSlots(max int) *Slots {
	if max < 1 {
		max = DefaultLimiters
	}
	return &Slots{hosts: bounded.NewShared[string](max, (*slots).idle)}
}

// Acquire waits for a place. release must be called when the request has ended, whatever happens: strained says that the
// host showed that it was too much (a 429, a 503, a timeout). Only its first call counts, and it is never nil. maxWait
// bounds the wait: 0 means [DefaultMaxWait], a negative one not to wait at all. After it the error is a [*LimitError],
// whose RetryAfter is a guess; when ctx ends it is ctx's. c without Max, or one that Validate refuses, lets all through.
func (s *Slots) Acquire(ctx context.Context, tenant, host string, c Concurrency, maxWait time.Duration) (release func(strained bool), err error) {
	if err := ctx.Err(); err != nil {
		return func(bool) {}, err
	}
	if c.Validate() != nil {
		return func(bool) {}, nil
	}
	h, shared := s.hosts.GetOrCreate(tenant, host, func() *slots {
		return &slots{host: host, held: make(map[string]int), limit: float64(c.Max)}
	})
	if err := h.acquire(ctx, tenant, c, shared, patience(ctx, maxWait)); err != nil {
		return func(bool) {}, err
	}
	began := time.Now()
	var once sync.Once
	return func(strained bool) {
		once.Do(func() { h.release(tenant, strained, began) })
	}, nil
}

// slots are the places of one host.
type slots struct {
	host string

	mu       sync.Mutex // guards what follows
	settings Concurrency
	shared   bool
	limit    float64 // of what is under way, 1 to settings.Max
	lessened time.Time
	busy     int
	held     map[string]int // by tenant
	queue    lanes
}

func (s *slots) acquire(ctx context.Context, tenant string, c Concurrency, shared bool, patience time.Duration) error {
	w, err := s.join(tenant, c, shared, patience)
	if err != nil || w == nil {
		return err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-w.ready:
		return w.err
	case <-ctx.Done():
		return s.leave(w, ctx.Err())
	case <-timer.C:
		return s.leave(w, s.full())
	}
}

// full is the error of who found no place; when there is one nobody knows.
func (s *slots) full() error {
	return &LimitError{Key: LimitKey{Scope: "host", Host: s.host}, RetryAfter: time.Second}
}

func (s *slots) join(tenant string, c Concurrency, shared bool, patience time.Duration) (*waiter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Max != s.settings.Max || !c.Adaptive {
		s.limit = float64(c.Max)
	}
	s.settings, s.shared = c, s.shared || shared
	if s.queue.length(tenant) == 0 && s.free(tenant) {
		s.take(tenant)
		return nil, nil
	}
	if patience <= 0 || !s.queue.hasRoom(tenant) {
		return nil, s.full()
	}
	w := s.queue.push(tenant)
	s.serve() // for others, if the limit has risen
	return w, nil
}

// free says whether a tenant may have one more. Needs s.mu, as do the helpers below.
func (s *slots) free(tenant string) bool {
	limit := int(s.limit)
	if s.busy >= limit {
		return false
	}
	return !s.shared || s.held[tenant] < (limit+1)/2
}

func (s *slots) take(tenant string) {
	s.busy++
	s.held[tenant]++
}

func (s *slots) serve() {
	for s.queue.pop(func(tenant string) bool {
		if !s.free(tenant) {
			return false
		}
		s.take(tenant)
		return true
	}) {
	}
}

func (s *slots) release(tenant string, strained bool, began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	if s.held[tenant]--; s.held[tenant] == 0 {
		delete(s.held, tenant)
	}
	if s.settings.Adaptive {
		s.adapt(began, strained || s.settings.Slow > 0 && time.Since(began) >= s.settings.Slow)
	}
	s.serve()
}

// lessenBy is what the adaptive limit is multiplied with.
const lessenBy = 2.0 / 3

func (s *slots) adapt(began time.Time, strained bool) {
	if !strained {
		s.limit = min(s.limit+1/s.limit, float64(s.settings.Max))
		return
	}
	if !began.Before(s.lessened) {
		s.limit, s.lessened = max(math.Floor(s.limit*lessenBy), 1), time.Now()
	}
}

func (s *slots) leave(w *waiter, why error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.end(w, why) // or it has a place meanwhile
	return w.err
}

// idle says that the host is as good as a new one.
func (s *slots) idle() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy == 0 && s.queue.waiting == 0 && s.limit >= float64(s.settings.Max)
}
