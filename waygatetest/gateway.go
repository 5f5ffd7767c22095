package waygatetest

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// shutdownTime is how long the calls of a test may still take when it ends.
const shutdownTime = 2 * time.Second

// Gateway is a [waygate.Gateway] for one test. Make it with [New].
type Gateway struct {
	*waygate.Gateway

	calls   *callLog
	stubsMu sync.Mutex // serialises Stub, which reads a definition and replaces it
}

// New makes a gateway for a test and shuts it down at the test's end. Unless
// options say otherwise
//
//   - it keeps everything in memory, under a key of its own;
//   - it may call loopback addresses over plain http, beside what the zero
//     [egress.Policy] lets through;
//   - retries wait the whole time of their policy, without jitter: Config.Rand
//     gives 1, its upper end;
//   - it logs nothing.
//
// The test fails if calls are still under way 2 s after its end. A config that
// can't be used ends the test at once.
func New(t testing.TB, opts ...Option) *Gateway {
	t.Helper()
	s := settings{}
	for _, opt := range opts {
		opt(&s)
	}
	cfg := waygate.Config{
		Store: memory.New(),
		Egress: egress.Policy{
			Allow:     []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
			AllowHTTP: true,
		},
		Rand: func() float64 { return 1 },
	}
	wire(&cfg.Egress, s.providers)
	for _, change := range s.changes {
		change(&cfg)
	}
	ownKey(t, &cfg)
	g := &Gateway{calls: &callLog{}}
	cfg.Observers = append(slices.Clone(cfg.Observers), g.calls)
	gw, err := waygate.New(cfg)
	if err != nil {
		t.Fatalf("waygatetest: %v", err)
	}
	g.Gateway = gw
	t.Cleanup(func() { shutDown(t, gw) })
	return g
}

// ownKey gives a durable store of a test the key that it must have.
func ownKey(t testing.TB, cfg *waygate.Config) {
	t.Helper()
	if cfg.Keyring != nil || cfg.Store == nil || !cfg.Store.Durable() {
		return
	}
	key, err := secret.GenerateKey("test")
	if err != nil {
		t.Fatalf("waygatetest: %v", err)
	}
	if cfg.Keyring, err = secret.NewKeyring(context.Background(), secret.StaticKeys{key}); err != nil {
		t.Fatalf("waygatetest: %v", err)
	}
}

func shutDown(t testing.TB, gw *waygate.Gateway) {
	t.Helper()
	// Not t.Context(), which has ended by now.
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := gw.Shutdown(ctx); err != nil {
		t.Errorf("waygatetest: calls are still under way at the end of the test, or records can't be written: %v", err)
	}
}

// Calls returns the records of all calls that have ended so far, in the order of
// their end.
func (g *Gateway) Calls() []waygate.CallRecord { return g.calls.all() }

// callLog is an observer that keeps the records of calls.
type callLog struct {
	mu    sync.Mutex // guards what follows
	ended []waygate.CallRecord
}

var _ waygate.Observer = (*callLog)(nil)

// CallStarted keeps ctx.
func (l *callLog) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

// CallEnded keeps the record.
func (l *callLog) CallEnded(_ context.Context, r waygate.CallRecord) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = append(l.ended, r)
}

func (l *callLog) all() []waygate.CallRecord {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.ended)
}

// Option changes what [New] makes.
type Option func(*settings)

type settings struct {
	providers []*Provider
	changes   []func(*waygate.Config)
}

func changing(change func(*waygate.Config)) Option {
	return func(s *settings) { s.changes = append(s.changes, change) }
}

// WithConfig changes the config after all that [New] and [WithProvider] put
// there. Several are applied in order, together with [WithStore] and
// [WithLogger].
func WithConfig(change func(*waygate.Config)) Option { return changing(change) }

// WithStore keeps the data in store in place of memory. A durable store gets a
// key of this test, if WithConfig gives no keyring.
func WithStore(store waygate.Store) Option {
	return changing(func(c *waygate.Config) { c.Store = store })
}

// WithLogger logs to logger; zaptest.NewLogger(t) shows the lines beside the
// test's.
func WithLogger(logger *zap.Logger) Option {
	return changing(func(c *waygate.Config) { c.Logger = logger })
}

// WithProvider lets the gateway reach p: it opens p's port, trusts p's
// certificate, and leads p's name to it if p is one over pipes. Several
// providers over pipes need different names, see [Host]. As soon as there is one
// over pipes, no name but theirs and localhost resolves.
func WithProvider(p *Provider) Option {
	return func(s *settings) { s.providers = append(s.providers, p) }
}
