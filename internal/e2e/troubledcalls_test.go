package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/e2e/toxics"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// What one call may take, and how late a loaded machine may notice that it is over.
const (
	callTime    = 3 * time.Second
	attemptTime = 500 * time.Millisecond
	lateness    = time.Second
)

// troubledModes are what the provider can be asked to do, for reads and for writes. Most of it goes well, else the
// circuits would be all that is tested.
var (
	readModes  = []string{"ok", "ok", "ok", "ok", "ok", "ok", "storm", "busy", "garbled", "down"}
	writeModes = []string{"ok", "ok", "ok", "ok", "ok", "ok", "storm", "effect503", "lost", "garbled"}
)

// books are what the callers saw.
type books struct {
	mu       sync.Mutex
	outcomes map[string]map[string]int // by trouble and mode, then by kind of error
	repeated map[string]int            // attempts beyond the first of what the provider answers well, by trouble
	slowest  time.Duration
	stalls   []stall
	faults   []string
}

// stall is a time in which nothing here ran.
type stall struct {
	end time.Time
	gap time.Duration
}

// watch notes when the machine is late, for as long as ctx lasts: what a goroutine that does nothing is late by, calls are.
func (b *books) watch(ctx context.Context) {
	const step = 20 * time.Millisecond
	for before := time.Now(); ctx.Err() == nil; {
		time.Sleep(step)
		now := time.Now()
		if gap := now.Sub(before) - step; gap > 100*time.Millisecond {
			b.mu.Lock()
			b.stalls = append(b.stalls, stall{now, gap})
			b.mu.Unlock()
		}
		before = now
	}
}

// stall is how late the machine was since a time, in all.
func (b *books) stall(since time.Time) (sum time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.stalls {
		if s.end.After(since) {
			sum += s.gap
		}
	}
	return sum
}

func (b *books) fault(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) < 20 {
		b.faults = append(b.faults, fmt.Sprintf(format, args...))
	}
}

func (b *books) repeat(trouble string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.repeated[trouble] += n
}

func (b *books) enter(what, outcome string, took time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.outcomes[what] == nil {
		b.outcomes[what] = map[string]int{}
	}
	b.outcomes[what][outcome]++
	b.slowest = max(b.slowest, took)
}

// TestTroubledCalls makes calls over networks that delay, cut, reset, trickle and swallow, to a provider that refuses in
// every form, breaks off, answers with garbage, and fails after the effect. No call outlives its deadline or gets an answer
// that isn't its own; nothing is done twice that wasn't allowed to be; nothing stays behind.
//
// It runs alone, because it counts goroutines.
func TestTroubledCalls(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	provider := newTroubled(t)
	proxies, err := toxics.Start(t.Context(), provider.server.Listener.Addr().String(), toxics.All())
	must(t, err)
	t.Cleanup(func() { _ = proxies.Close() })
	gw := troubledGateway(t, proxies)
	b := &books{outcomes: map[string]map[string]int{}, repeated: map[string]int{}}

	began := time.Now()
	watching, stop := context.WithCancel(t.Context())
	var watcher sync.WaitGroup
	watcher.Go(func() { b.watch(watching) })
	calls := callTroubled(t, gw, provider, b)
	took := time.Since(began)
	stop()
	watcher.Wait()
	must(t, gw.Shutdown(t.Context()))
	_ = proxies.Close()
	for _, f := range append(b.faults, provider.wrong...) {
		t.Error(f)
	}
	t.Logf("%d calls in %.1f s; the slowest took %v of %v; the machine was late by %v in all", calls, took.Seconds(),
		b.slowest.Round(time.Millisecond), callTime, b.stall(began).Round(time.Millisecond))
	b.judge(t, calls)
	stays(t, "connections", 0, provider.open)
	provider.server.Close()
	stays(t, "goroutines", goroutines, runtime.NumGoroutine)
	stays(t, "open files", files, func() int { return openFiles(t) })
}

// troubledGateway knows the provider behind each proxy, and forty tenants of each.
func troubledGateway(t *testing.T, proxies *toxics.Proxies) *waygate.Gateway {
	t.Helper()
	policy := egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true}
	// Circuits take part, but a host where a third of the attempts fail all the time isn't to be left alone for a minute.
	host := resilience.HostSettings{Connections: 0.9, Open: 50 * time.Millisecond}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: policy, HostBreaker: host})
	must(t, err)
	body := []waygate.Parameter{{Name: "mode", In: waygate.InPath}, {Name: "tenant", In: waygate.InPath}, {Name: "id", In: waygate.InPath}}
	for _, trouble := range toxics.All() {
		must(t, gw.Register(t.Context(), waygate.Integration{
			ID: trouble.Name, BaseURL: "http://" + proxies.Addr(trouble.Name).String(), Auth: auth.Bearer{},
			Retry:   resilience.Exponential{Base: 10 * time.Millisecond, Max: 100 * time.Millisecond},
			Breaker: &resilience.BreakerSettings{Open: 50 * time.Millisecond},
			Timeout: waygate.Duration(callTime), AttemptTimeout: waygate.Duration(attemptTime),
			Actions: []waygate.Action{
				waygate.HTTPAction{ID: "read", Method: "GET", Path: "/read/{mode}/{tenant}/{id}"},
				waygate.HTTPAction{ID: "write", Method: "POST", Path: "/write/{mode}/{tenant}/{id}", Parameters: body},
				waygate.HTTPAction{
					ID: "write_once", Method: "POST", Path: "/write/{mode}/{tenant}/{id}", Parameters: body,
					Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"},
				},
			},
		}))
		for n := range 40 {
			tenant := fmt.Sprintf("t%02d", n)
			_, err := gw.Tenant(tenant).Connect(t.Context(), trouble.Name,
				waygate.ConnectionSpec{Slug: "main", Credential: auth.Token(tokenOf(tenant))})
			must(t, err)
		}
	}
	return gw
}

// callTroubled calls from 200 goroutines: 100,000 times in the long form, else for ten seconds.
func callTroubled(t *testing.T, gw *waygate.Gateway, provider *troubled, b *books) int {
	t.Helper()
	var made atomic.Int64
	end := time.Now().Add(soakTime())
	next := func() (int, bool) {
		n := int(made.Add(1))
		if soaking() {
			return n, n <= 100_000
		}
		return n, time.Now().Before(end)
	}
	var group sync.WaitGroup
	for g := range 200 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(g)))
			for n, more := next(); more; n, more = next() {
				callOnce(t.Context(), gw, provider, b, random, fmt.Sprintf("c%06d", n))
			}
		})
	}
	group.Wait()
	return int(made.Load()) - 200
}

// callOnce makes one call, and compares what came back with what the provider has in its books.
func callOnce(ctx context.Context, gw *waygate.Gateway, provider *troubled, b *books, random *rand.Rand, id string) {
	trouble := toxics.All()[random.IntN(len(toxics.All()))].Name
	action := []string{"read", "read", "write", "write_once"}[random.IntN(4)]
	mode, tenant := readModes[random.IntN(len(readModes))], fmt.Sprintf("t%02d", random.IntN(40))
	want := newThing(tenant, id)
	in := map[string]any{"mode": mode, "tenant": tenant, "id": id}
	var opts []waygate.Option
	if action != "read" {
		mode = writeModes[random.IntN(len(writeModes))]
		in = map[string]any{"mode": mode, "tenant": tenant, "id": id, "ID": id, "Tenant": tenant, "Pad": want.Pad, "Sum": want.Sum}
	}
	if action == "write_once" {
		opts = append(opts, waygate.IdempotencyKey(id))
	}
	began := time.Now()
	res, err := gw.Tenant(tenant).Invoke(ctx, trouble+"."+action, in, opts...)
	took := time.Since(began)
	var got thing
	if err == nil {
		if got, err = waygate.Decode[thing](res); mode == "ok" {
			b.repeat(trouble, res.Meta.Attempts-1)
		}
	}
	what := fmt.Sprintf("%s %s over %s (%s)", action, mode, trouble, id)
	outcome := "ok"
	var e *waygate.Error
	switch {
	case errors.As(err, &e):
		outcome = string(e.Kind)
	case err != nil:
		b.fault("%s: an error of another kind: %v", what, err)
	case got != want:
		b.fault("%s: a wrong answer: %+v", what, got)
	}
	if over := took - callTime - lateness; over > 0 && over > b.stall(began) {
		b.fault("%s: took %v; the machine was late by %v", what, took, b.stall(began))
	}
	b.enter(trouble+" "+action+" "+mode, outcome, took)
	d := provider.of(tenant, id)
	switch {
	case action == "write" && mode != "storm" && d.arrived > 1, d.effects > 1, d.many > 1:
		b.fault("%s: arrived %d times, with %d keys, done %d times", what, d.arrived, d.many, d.effects)
	case err == nil && action != "read" && changes(mode) && d.effects != 1:
		b.fault("%s: well, and done %d times", what, d.effects)
	case err == nil && d.arrived == 0:
		b.fault("%s: an answer to what never arrived", what)
	}
}

// kinds are the outcomes of all calls.
func (b *books) kinds() map[string]int {
	all := map[string]int{}
	for _, outcomes := range b.outcomes {
		for kind, n := range outcomes {
			all[kind] += n
		}
	}
	return all
}

// judge wants each way of failing to have been tried, and what has no trouble to have gone well.
func (b *books) judge(t *testing.T, calls int) {
	t.Helper()
	good, counted := 0, map[string]bool{}
	var idle []string
	for _, trouble := range toxics.All() {
		for action, modes := range map[string][]string{"read": readModes, "write": writeModes, "write_once": writeModes} {
			for _, mode := range modes {
				o := b.outcomes[trouble.Name+" "+action+" "+mode]
				tried := 0
				for _, n := range o {
					tried += n
				}
				if key := trouble.Name + " " + action + " " + mode; !counted[key] {
					counted[key] = true
					good += o["ok"]
				}
				if tried == 0 {
					t.Errorf("%s %s over %s was never tried", action, mode, trouble.Name)
				}
			}
		}
		if n := b.repeated[trouble.Name]; trouble.Breaks && n == 0 {
			idle = append(idle, trouble.Name)
		}
		t.Logf("%-16s read ok %v, garbled %v; write lost %v, write_once lost %v", trouble.Name, b.outcomes[trouble.Name+" read ok"],
			b.outcomes[trouble.Name+" read garbled"], b.outcomes[trouble.Name+" write lost"], b.outcomes[trouble.Name+" write_once lost"])
	}
	t.Logf("by outcome: %v", b.kinds())
	// Some networks break one connection in twenty, and the short form makes few: one of them can be spared by chance.
	if len(idle) > 1 || len(idle) > 0 && calls > 20_000 {
		t.Errorf("these broke nothing: %v", idle)
	}
	if good < calls/2 {
		t.Errorf("%d of %d calls went well: the troubles hide what they should try", good, calls)
	}
}

// stays waits until a number is back at what it was.
func stays(t *testing.T, what string, want int, now func() int) {
	t.Helper()
	end := time.Now().Add(10 * time.Second)
	for now() > want && time.Now().Before(end) {
		time.Sleep(50 * time.Millisecond)
	}
	if n := now(); n > want {
		stacks := make([]byte, 1<<20)
		t.Errorf("%d %s, and %d before\n%s", n, what, want, stacks[:runtime.Stack(stacks, true)])
	}
}

// openFiles are this process's, sockets included.
func openFiles(t *testing.T) int {
	t.Helper()
	files, err := os.ReadDir("/proc/self/fd")
	must(t, err)
	return len(files)
}
