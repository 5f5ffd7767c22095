package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// Times of telling who is there.
const (
	beatEvery = 2 * time.Second
	goneAfter = 10 * time.Second
)

// Take takes events from limits that all processes share; while Redis is away, from this process's share of them. It
// fails only with ctx. See [resilience.Quota].
func (s *Shared) Take(ctx context.Context, key resilience.LimitKey, limits []resilience.Limit, n int) (got int, wait time.Duration, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	if n < 1 {
		return 0, 0, nil
	}
	s.beat()
	if s.mayAsk() {
		got, wait, err := s.take(ctx, key, limits, n)
		s.answered(ctx, err)
		if err == nil || ctx.Err() != nil {
			return got, wait, err
		}
	}
	own, _ := s.local.GetOrCreate(key.Tenant, key, func() *resilience.Buckets { return &resilience.Buckets{} })
	got, wait = own.Take(time.Now(), s.share(limits), n)
	return got, wait, nil
}

// share is what this process keeps to by itself.
func (s *Shared) share(limits []resilience.Limit) []resilience.Limit {
	n := s.Processes()
	all := make([]resilience.Limit, 0, len(limits))
	for _, l := range limits {
		if l.Validate() == nil {
			all = append(all, resilience.Limit{Rate: l.Rate * (1 - s.options.Margin) / float64(n), Per: l.Per, Burst: max(l.AtOnce()/n, 1)})
		}
	}
	return all
}

func (s *Shared) take(ctx context.Context, key resilience.LimitKey, limits []resilience.Limit, n int) (got int, wait time.Duration, err error) {
	args := []any{n}
	for _, l := range limits {
		if l.Validate() == nil {
			name := strconv.FormatFloat(l.PerSecond(), 'g', -1, 64) + "/" + strconv.Itoa(l.AtOnce())
			perMicrosecond := strconv.FormatFloat(l.PerSecond()*(1-s.options.Margin)/1e6, 'g', -1, 64)
			args = append(args, name, perMicrosecond, l.AtOnce())
		}
	}
	if len(args) == 1 {
		return n, 0, nil
	}
	name := quotaKey(s.options.Prefix, key)
	answer, err := within(ctx, s.options.Timeout, func(ctx context.Context) ([]int64, error) {
		return s.scripts.take.Run(ctx, s.client, []string{name}, args...).Int64Slice()
	})
	if err != nil {
		return 0, 0, err
	}
	return readTaken(answer, n)
}

// errReply is the error of an answer that the scripts don't give.
var errReply = errors.New("an answer that the script doesn't give: does something else use the same keys?")

// readTaken reads the answer of takeScript.
func readTaken(answer []int64, n int) (got int, wait time.Duration, err error) {
	const longest = int64(1<<63-1) / int64(time.Microsecond)
	if len(answer) != 2 || answer[0] < 0 || answer[0] > int64(n) || answer[1] < 0 || answer[1] > longest {
		return 0, 0, errReply
	}
	got, wait = int(answer[0]), time.Duration(answer[1])*time.Microsecond
	if got < n {
		wait = max(wait, time.Microsecond)
	}
	return got, wait, nil
}

// quotaKey is the name of a key's hash: its fields quoted, whatever bytes they are, so that no two keys have the same.
func quotaKey(prefix string, k resilience.LimitKey) string {
	return fmt.Sprintf("%squota:%q", prefix, []string{k.Scope, k.Tenant, k.Integration, k.Connection, k.App, k.Host})
}

// beat says now and then that this process is there, and learns how many are. It doesn't wait for that.
func (s *Shared) beat() {
	now, at := time.Now().UnixNano(), s.beatAt.Load()
	if now < at || s.away.Load() || !s.beatAt.CompareAndSwap(at, now+int64(beatEvery)) {
		return
	}
	go func() {
		n, err := within(context.Background(), s.options.Timeout, func(ctx context.Context) (int64, error) {
			return s.scripts.beat.Run(ctx, s.client, []string{s.options.Prefix + "processes"}, s.id, goneAfter.Microseconds()).Int64()
		})
		if err == nil && n > 0 {
			s.count.Store(n)
		}
	}()
}
