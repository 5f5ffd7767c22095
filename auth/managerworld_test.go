package auth_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// world is a store, a provider, and any number of processes, in a bubble of time.
type world struct {
	t    testing.TB
	ref  auth.CredentialRef
	rows *rows
	p    *issuer
	over chan struct{} // closed at the end: what hangs till then goes on, in vain

	procs []*proc
}

// proc is a process with a manager of its own.
type proc struct {
	w      *world
	m      *auth.Manager
	v      *view
	scheme *scheme
	source auth.Source

	dead    bool // see the model
	mu      sync.Mutex
	events  []auth.TokenEvent
	revoked []string // refresh tokens given back
	calls   int      // of Source.Call
}

func play(t *testing.T, run func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, ref: auth.CredentialRef{Tenant: "acme", ID: "con_1"}, rows: newRows(), p: newIssuer(), over: make(chan struct{})}
		run(w)
		close(w.over)
		synctest.Wait()
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		for _, p := range w.procs {
			_ = p.m.Shutdown(ctx)
		}
		time.Sleep(10 * time.Minute) // all that was started ends, or the bubble complains
	})
}

// proc starts a process; change may be nil.
func (w *world) proc(name string, change func(*auth.ManagerConfig)) *proc {
	w.t.Helper()
	p := &proc{w: w, v: &view{s: w.rows}, scheme: &scheme{p: w.p, how: auth.Renewal{Spends: true, Grace: w.p.grace}}}
	cfg := auth.ManagerConfig{Store: p.v, Holder: name, Rand: func() float64 { return 0.5 }, Observe: p.observe}
	if change != nil {
		change(&cfg)
	}
	m, err := auth.NewManager(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	p.m = m
	p.source = auth.Source{Ref: w.ref, Scheme: p.scheme, Call: p.call, Revoke: p.revoke}
	w.procs = append(w.procs, p)
	return p
}

func (p *proc) observe(e auth.TokenEvent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.events = append(p.events, e)
}

func (p *proc) call(context.Context, auth.Credential) (auth.TokenCall, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	return auth.TokenCall{HTTP: http.DefaultClient}, nil
}

func (p *proc) revoke(_ context.Context, c auth.Credential) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.revoked = append(p.revoked, refresh(c))
	p.w.p.revoke(c)
	return nil
}

// told lists the events of all processes, in each in order: "refreshed recovered".
func (w *world) told() string {
	var out []string
	for _, p := range w.procs {
		out = append(out, p.told()...)
	}
	return strings.Join(out, " ")
}

func (p *proc) told() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, e := range p.events {
		out = append(out, e.Event)
	}
	return out
}

// count says how often an event was told, by all.
func (w *world) count(event string) int {
	n := 0
	for _, p := range w.procs {
		for _, e := range p.told() {
			if e == event {
				n++
			}
		}
	}
	return n
}

// connect stores a grant whose token was given just now.
func (w *world) connect() auth.TokenRow {
	w.t.Helper()
	m, err := auth.NewManager(auth.ManagerConfig{Store: &view{s: w.rows}, Rand: func() float64 { return 0.5 }})
	if err != nil {
		w.t.Fatal(err)
	}
	now := time.Now().UTC()
	grant := "consent " + now.String()
	row := auth.TokenRow{Credential: w.p.grant(grant), State: auth.TokenActive, Grant: grant, Issued: now}
	if w.p.life > 0 {
		row.Credential.Expires = now.Add(w.p.life)
	}
	row.RefreshAt = m.Schedule(row, auth.Renewal{Possible: true, Spends: true}, now)
	return w.rows.put(w.ref, row)
}

// expired is connect, and waiting until the token has expired.
func (w *world) expired() auth.TokenRow {
	row := w.connect()
	time.Sleep(time.Until(row.Credential.Expires) + time.Second)
	return row
}

// get asks for the credential, waiting at most d.
func (p *proc) get(d time.Duration, have auth.TokenRow, used *auth.Credential) (auth.TokenRow, error) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	row, err := p.m.Credential(ctx, p.source, have, used)
	if err == nil && !p.w.rows.wasSaved(access(row.Credential)) {
		p.w.t.Errorf("%s is used and was never saved", access(row.Credential))
	}
	return row, err
}

// works asks for the credential until it has one that the provider accepts, for at most
// d, as a caller does who tries again.
func (p *proc) works(d time.Duration) bool {
	p.w.t.Helper()
	var have auth.TokenRow
	var used *auth.Credential
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(time.Second) {
		row, err := p.get(time.Until(end), have, used)
		if reason(err) == auth.RenewalNeedsReauth {
			return false
		}
		if err != nil {
			continue
		}
		if p.w.p.accepts(row.Credential) {
			return true
		}
		have, used = row, &row.Credential
	}
	return false
}

func reason(err error) auth.RenewalReason {
	var e *auth.ManagerError
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}

func retryAfter(err error) time.Duration {
	var e *auth.ManagerError
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// at does something at the nth of a step, and from then on if it gave an error.
func (w *world) at(at string, nth int, do func() error) func(context.Context, string) error {
	var mu sync.Mutex
	var dead error
	slept := false // whose ctx has ended meanwhile, and who hasn't seen it yet
	return func(ctx context.Context, step string) error {
		mu.Lock()
		if step == at {
			nth--
		}
		hit := step == at && nth == 0
		slept = slept || hit
		err := dead
		late := slept
		mu.Unlock()
		if hit {
			err = do()
			mu.Lock()
			dead = err
			mu.Unlock()
		}
		if err != nil || late {
			return err
		}
		return ctx.Err()
	}
}

// refuse makes operations of a store fail.
func refuse(err error, ops ...string) func(context.Context, string) error {
	return func(ctx context.Context, step string) error {
		if slices.Contains(ops, step) {
			return err
		}
		return ctx.Err()
	}
}

func goexit(context.Context) { runtime.Goexit() }
