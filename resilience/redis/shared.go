package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"github.com/waygate-go/waygate/internal/bounded"
	"github.com/waygate-go/waygate/resilience"
)

// Shared is what processes have in common. Make it with [New]; it is safe for concurrent use, and needs no closing: the
// client is the caller's.
type Shared struct {
	client  goredis.UniversalClient
	options Options
	id      string // of this process
	scripts scripts

	away   atomic.Bool
	askAt  atomic.Int64 // when to ask again while away, Unix nanoseconds
	beatAt atomic.Int64 // when to say again that this process is there
	count  atomic.Int64 // of processes

	telling sync.Mutex // guards what follows
	changes []Change   // not yet told
	busy    bool       // a goroutine is at it

	local *bounded.Shared[resilience.LimitKey, *resilience.Buckets]

	mu     sync.Mutex // guards forced
	forced map[resilience.BreakerKey]resilience.State
}

var (
	_ resilience.Quota          = (*Shared)(nil)
	_ resilience.SharedCircuits = (*Shared)(nil)
)

// maxLocal bounds the keys of which this process keeps its share while Redis is away.
const maxLocal = 10_000

// New makes what processes share, over a client of go-redis: a single server, Sentinel or a cluster of Redis 5 or later.
// It does no I/O. An error is an [*Error] that names the option.
func New(client goredis.UniversalClient, o Options) (*Shared, error) {
	if client == nil {
		return nil, &Error{Field: "client", Reason: "is nil: make one with redis.NewClient of github.com/redis/go-redis/v9"}
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Shared{
		client: client, options: o, id: rand.Text(), scripts: newScripts(),
		local: bounded.NewShared[resilience.LimitKey, *resilience.Buckets](maxLocal, nil),
	}, nil
}

// Processes is how many are reckoned with: those that were there within the last 10 s when that was asked last, but no
// fewer than [Options.Processes].
func (s *Shared) Processes() int { return max(int(s.count.Load()), s.options.Processes) }

// Away says whether Redis is taken to be away.
func (s *Shared) Away() bool { return s.away.Load() }

// mayAsk says whether to ask Redis now. While it is away one is let through in each pause.
func (s *Shared) mayAsk() bool {
	if !s.away.Load() {
		return true
	}
	now, at := time.Now().UnixNano(), s.askAt.Load()
	return now >= at && s.askAt.CompareAndSwap(at, now+int64(s.options.Again))
}

// answered is what a question came to; it tells of a change. The end of the caller's own ctx says nothing about Redis.
func (s *Shared) answered(ctx context.Context, err error) {
	if err != nil && ctx.Err() != nil || (err != nil) == s.away.Load() {
		return
	}
	if s.noteChange(err) {
		s.tell()
	}
}

// noteChange queues a change, and says whether the caller has to tell it: if another is at it, that one goes on.
func (s *Shared) noteChange(err error) bool {
	s.telling.Lock()
	defer s.telling.Unlock()
	if !s.away.CompareAndSwap(err == nil, err != nil) {
		return false
	}
	s.askAt.Store(time.Now().UnixNano() + int64(s.options.Again))
	s.changes = append(s.changes, Change{Away: err != nil, Processes: s.Processes(), Err: err, At: time.Now()})
	first := !s.busy
	s.busy = true
	return first
}

// tell tells the changes one by one, in order, under no lock.
func (s *Shared) tell() {
	for {
		s.telling.Lock()
		if len(s.changes) == 0 {
			s.busy = false
			s.telling.Unlock()
			return
		}
		c := s.changes[0]
		s.changes = s.changes[1:]
		s.telling.Unlock()
		s.say(c)
	}
}

func (s *Shared) say(c Change) {
	if c.Away {
		s.options.Logger.Warn("waygate: Redis is away, this process keeps to its share of the limits", zap.Int("processes", c.Processes), zap.Error(c.Err))
	} else {
		s.options.Logger.Info("waygate: Redis is back")
	}
	if s.options.Changed != nil {
		defer func() {
			if recover() != nil { // its value isn't logged: it could hold anything
				s.options.Logger.Error("waygate: Options.Changed panicked")
			}
		}()
		s.options.Changed(c)
	}
}

// errSlow is the error of a question that took too long, errAway of one that was not asked.
var (
	errSlow = errors.New("no answer in time")
	errAway = errors.New("not asked: Redis is away")
)

// within asks a question and waits for its answer no longer than timeout or ctx, whatever the client's own timeouts are.
func within[T any](ctx context.Context, timeout time.Duration, ask func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errSlow)
	got := make(chan answer, 1)
	go func() {
		defer cancel()
		v, err := ask(ctx)
		got <- answer{v, err}
	}()
	select {
	case a := <-got:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-got: // its end ended ctx
		return a.value, a.err
	default:
		var none T
		return none, context.Cause(ctx)
	}
}
