package waygate_test

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// errAway is what a store says that can't be reached.
var errAway = errors.New("connection refused")

// spyStore counts what is asked of a store in memory. Its hooks, named for the
// method ("Find", "Get", "List", "Put", "Delete", "Changes", "Wait"), run before
// the store is asked, and with its answer at hand.
type spyStore struct {
	*memory.Store

	mu            sync.Mutex // guards what follows
	asked         map[string]int
	before, after func(ctx context.Context, method string) error
	// tell changes what Changes tells.
	tell func(cursor string, p *waygate.ChangePage) error
}

func newSpyStore(s *memory.Store) *spyStore { return &spyStore{Store: s, asked: map[string]int{}} }

func (s *spyStore) Unwrap() waygate.Store { return s.Store }

// hook sets what runs before each method; nil for nothing.
func (s *spyStore) hook(before func(ctx context.Context, method string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = before
}

// fail makes methods fail, of all or of those that are named.
func (s *spyStore) fail(methods ...string) {
	s.hook(func(_ context.Context, method string) error {
		for _, m := range methods {
			if m == method {
				return errAway
			}
		}
		if len(methods) == 0 {
			return errAway
		}
		return nil
	})
}

// hang makes methods wait for the end of their ctx.
func (s *spyStore) hang(methods ...string) {
	s.hook(func(ctx context.Context, method string) error {
		for _, m := range methods {
			if m == method {
				<-ctx.Done()
				return ctx.Err()
			}
		}
		return nil
	})
}

// hold keeps the next answer of a method back: held is closed when it is there,
// and it is given when leave is closed.
func (s *spyStore) hold(method string) (held, leave chan struct{}) {
	held, leave = make(chan struct{}), make(chan struct{})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.after = func(_ context.Context, m string) error {
		if m != method {
			return nil
		}
		s.mu.Lock()
		s.after = nil
		s.mu.Unlock()
		close(held)
		<-leave
		return nil
	}
	return held, leave
}

// tells sets what changes the answers of Changes; nil for nothing.
func (s *spyStore) tells(tell func(cursor string, p *waygate.ChangePage) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell = tell
}

// asks is how often a method was asked since the last time.
func (s *spyStore) asks(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.asked[method]
	s.asked[method] = 0
	return n
}

func (s *spyStore) ask(ctx context.Context, method string) error {
	s.mu.Lock()
	s.asked[method]++
	before := s.before
	s.mu.Unlock()
	if before == nil {
		return nil
	}
	return before(ctx, method)
}

func (s *spyStore) answer(ctx context.Context, method string, err error) error {
	s.mu.Lock()
	after := s.after
	s.mu.Unlock()
	if after == nil {
		return err
	}
	return cmp.Or(after(ctx, method), err)
}

func (s *spyStore) Changes(ctx context.Context, cursor string) (waygate.ChangePage, error) {
	if err := s.ask(ctx, "Changes"); err != nil {
		return waygate.ChangePage{}, err
	}
	page, err := s.Store.Changes(ctx, cursor)
	s.mu.Lock()
	tell := s.tell
	s.mu.Unlock()
	if tell != nil && err == nil {
		err = tell(cursor, &page)
	}
	return page, s.answer(ctx, "Changes", err)
}

// Wait can't tell, so that it is polled, unless a hook is there that lets it.
func (s *spyStore) Wait(ctx context.Context) error {
	s.mu.Lock()
	wakes := s.before != nil
	s.mu.Unlock()
	if !wakes {
		return errAway
	}
	if err := s.ask(ctx, "Wait"); err != nil {
		return err
	}
	return s.Store.Wait(ctx)
}

func (s *spyStore) Connections() waygate.ConnectionStore {
	return spyConnections{s.Store.Connections(), s}
}

type spyConnections struct {
	waygate.ConnectionStore
	s *spyStore
}

func (c spyConnections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	if err := c.s.ask(ctx, "Find"); err != nil {
		return waygate.StoredConnection{}, nil, err
	}
	row, cred, err := c.ConnectionStore.Find(ctx, tenant, integration, ref)
	return row, cred, c.s.answer(ctx, "Find", err)
}

func (s *spyStore) Definitions() waygate.DefinitionStore {
	return spyDefinitions{s.Store.Definitions(), s}
}

type spyDefinitions struct {
	waygate.DefinitionStore
	s *spyStore
}

func (d spyDefinitions) Get(ctx context.Context, id string, version int64) (waygate.StoredDefinition, error) {
	if err := d.s.ask(ctx, "Get"); err != nil {
		return waygate.StoredDefinition{}, err
	}
	row, err := d.DefinitionStore.Get(ctx, id, version)
	return row, d.s.answer(ctx, "Get", err)
}

func (d spyDefinitions) List(ctx context.Context, cursor string) (waygate.DefinitionPage, error) {
	if err := d.s.ask(ctx, "List"); err != nil {
		return waygate.DefinitionPage{}, err
	}
	page, err := d.DefinitionStore.List(ctx, cursor)
	return page, d.s.answer(ctx, "List", err)
}

func (d spyDefinitions) Put(ctx context.Context, row waygate.StoredDefinition, latest int64, a *waygate.AuditEntry) (waygate.StoredDefinition, error) {
	if err := d.s.ask(ctx, "Put"); err != nil {
		return row, err
	}
	row, err := d.DefinitionStore.Put(ctx, row, latest, a)
	return row, d.s.answer(ctx, "Put", err)
}

func (d spyDefinitions) Delete(ctx context.Context, id string, a *waygate.AuditEntry) error {
	if err := d.s.ask(ctx, "Delete"); err != nil {
		return err
	}
	return d.s.answer(ctx, "Delete", d.DefinitionStore.Delete(ctx, id, a))
}

// pair is two gateways over one store, as two processes have it: the first by way
// of a spy. Both have the integration "api", to which acme is connected as "main"
// and "second".
type pair struct {
	*testing.T
	store        *spyStore
	wire         *wire
	gw, other    *waygate.Gateway
	acme, theirs *waygate.Tenant
}

// The credentials of a pair's connections.
const (
	mainToken   = "token-of-main-0123"
	secondToken = "token-of-second-0123"
	newToken    = "another-token-0123"
)

func newPair(t *testing.T, change ...func(*waygate.Config)) *pair {
	t.Helper()
	p := barePair(t, change...)
	for _, gw := range []*waygate.Gateway{p.gw, p.other} {
		must(t, gw.Register(t.Context(), api(get("a"))))
	}
	connect(t, p.other, "acme", "api", auth.Token(mainToken))
	_, err := p.theirs.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token(secondToken)})
	must(t, err)
	return p
}

// barePair is a pair without integration and connections.
func barePair(t *testing.T, change ...func(*waygate.Config)) *pair {
	t.Helper()
	p := &pair{T: t, store: newSpyStore(memory.New()), wire: always(200, `{}`)}
	keyring := ring(t, "k1")
	change = append([]func(*waygate.Config){func(c *waygate.Config) { c.Keyring = keyring }}, change...)
	p.gw = wired(t, p.wire, append(change, func(c *waygate.Config) { c.Store = p.store })...)
	p.other = wired(t, p.wire, append(change, func(c *waygate.Config) { c.Store = p.store.Store })...)
	p.acme, p.theirs = p.gw.Tenant("acme"), p.other.Tenant("acme")
	return p
}

// token makes a call, and is the credential that it was made with.
func (p *pair) token(opts ...waygate.Option) string {
	p.Helper()
	_, err := p.acme.Invoke(p.Context(), "api.a", nil, opts...)
	must(p, err)
	return p.wire.last(p).header.Get("Authorization")[len("Bearer "):]
}

// uses makes a call, and wants it to be made with a credential.
func (p *pair) uses(want string, opts ...waygate.Option) {
	p.Helper()
	if got := p.token(opts...); got != want {
		p.Errorf("called with %q, want %q", got, want)
	}
}

// asked wants a method to have been asked so often since the last time.
func (p *pair) asked(method string, want int) {
	p.Helper()
	if got := p.store.asks(method); got != want {
		p.Errorf("%s was asked %d times, want %d", method, got, want)
	}
}

// run begins to Run a gateway, and returns what ends it. It is watching by then.
func (p *pair) run(gw *waygate.Gateway) (stop func()) {
	ctx, cancel := context.WithCancel(p.Context())
	ran := make(chan error, 1)
	go func() { ran <- gw.Run(ctx) }()
	synctest.Wait()
	return func() {
		p.Helper()
		cancel()
		must(p, <-ran)
	}
}

// watched starts a gateway's Run for the time of a test.
func (p *pair) watched() {
	stop := p.run(p.gw)
	p.Cleanup(stop)
	time.Sleep(time.Millisecond) // what is read now is younger than the watch
}
