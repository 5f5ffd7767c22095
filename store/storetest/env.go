package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// Two tenants that most tests use, and the integration.
const (
	acme   = "acme"
	globex = "globex"
	github = "github"
)

// env is what one test has: a new store with its parts.
type env struct {
	*testing.T
	caps        Capabilities
	newStore    func(t *testing.T) waygate.Store
	store       waygate.Store
	connections waygate.ConnectionStore
	credentials waygate.CredentialStore
	definitions waygate.DefinitionStore
	records     waygate.RecordStore
	audits      waygate.AuditStore      // nil if not declared
	variables   waygate.VariableStore   // nil if not declared
	flows       waygate.FlowStore       // nil if not declared
	apps        waygate.AppStore        // nil if not declared
	statistics  waygate.StatisticsStore // nil if not declared
	watch       waygate.WatchStore      // nil if not declared
	waking      waygate.WakingStore     // nil if not declared

	mu   sync.Mutex // guards last
	last int
}

func newEnv(t *testing.T, newStore func(t *testing.T) waygate.Store, caps Capabilities) *env {
	s := newStore(t)
	e := &env{T: t, caps: caps, newStore: newStore, store: s, connections: s.Connections(), credentials: s.Credentials(),
		definitions: s.Definitions(), records: s.Records()}
	if caps.Audit {
		e.audits, _ = optional[waygate.AuditStore](s)
	}
	if caps.Variables {
		e.variables, _ = optional[waygate.VariableStore](s)
	}
	if caps.Flows {
		e.flows, _ = optional[waygate.FlowStore](s)
	}
	if caps.Apps {
		e.apps, _ = optional[waygate.AppStore](s)
	}
	if caps.Statistics {
		e.statistics, _ = optional[waygate.StatisticsStore](s.Records())
	}
	if caps.Watch {
		e.watch, _ = optional[waygate.WatchStore](s)
	}
	if caps.Wakes {
		e.waking, _ = optional[waygate.WakingStore](s)
	}
	return e
}

// again is the same test with another new store.
func (e *env) again() *env { return newEnv(e.T, e.newStore, e.caps) }

// ctx is the context of the test.
func (e *env) ctx() context.Context { return e.Context() }

// id makes an id that no other of the store's has; longer than a slug.
func (e *env) id(prefix string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	return fmt.Sprintf("%s_%040d", prefix, e.last)
}

// ok wants success.
func (e *env) ok(err error, what string) {
	e.Helper()
	if err != nil {
		e.Fatalf("%s: %v", what, err)
	}
}

// is wants a failure of a class, and of that class alone.
func (e *env) is(err, class error, what string) {
	e.Helper()
	if !errors.Is(err, class) {
		e.Errorf("%s: error %v, want one that matches %q", what, err, class)
	}
	for _, other := range []error{waygate.ErrUnresolved, waygate.ErrConflict} {
		if other != class && errors.Is(err, other) {
			e.Errorf("%s: error %v matches %q too", what, err, other)
		}
	}
}

// same compares what was read with what was written.
func (e *env) same(got, want any, what string) {
	e.Helper()
	g, w := canonical(got), canonical(want)
	if g == w {
		return
	}
	at := 0
	for at < len(g) && at < len(w) && g[at] == w[at] {
		at++
	}
	e.Errorf("%s differs\n got: %s\nwant: %s", what, around(g, at), around(w, at))
}

// around keeps messages readable where rows are large.
func around(s string, at int) string {
	const side = 400
	from, to := max(at-side, 0), min(at+side, len(s))
	return strings.ToValidUTF8(s[from:to], "?")
}

// tick makes the next row younger than the ones before: times are kept to the
// microsecond.
func (e *env) tick() {
	if e.caps.Advance != nil {
		e.caps.Advance(time.Millisecond)
		return
	}
	time.Sleep(100 * time.Microsecond)
}

// Leases: long ones don't end within a test, short ones soon.
const longLease = time.Hour

func (e *env) shortLease() time.Duration {
	if e.caps.Advance != nil {
		return time.Minute
	}
	return 300 * time.Millisecond
}

// elapsed wants try to succeed once d has passed; in real time it has 10 s more.
func (e *env) elapsed(d time.Duration, try func() error, what string) {
	e.Helper()
	if e.caps.Advance != nil {
		e.caps.Advance(d)
		e.ok(try(), what)
		return
	}
	var err error
	for end := time.Now().Add(d + 10*time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	e.ok(err, what)
}

// race does n things at once and returns their errors.
func (e *env) race(n int, do func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}

// racers is how many contend.
const racers = 24

// one wants exactly one success, and of the others a conflict.
func (e *env) one(errs []error, what string) {
	e.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		e.is(err, waygate.ErrConflict, what)
	}
	if won != 1 {
		e.Errorf("%s: %d of %d succeeded, want exactly 1", what, won, len(errs))
	}
}

// every reads a listing to its end.
func every[T any](e *env, what string, page func(cursor string) ([]T, string, error)) []T {
	e.Helper()
	var all []T
	const most = 10_000
	cursor := ""
	for range most {
		rows, next, err := page(cursor)
		e.ok(err, what)
		all = append(all, rows...)
		if next == "" {
			return all
		}
		cursor = next
	}
	e.Fatalf("%s: no end after %d pages", what, most)
	return nil
}
