package docs_test

import (
	"cmp"
	"context"
	"errors"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// open makes the gateway of a process.
func open(ctx context.Context, store waygate.Store, keyFile string, numbers *numbers, logger *zap.Logger) (*waygate.Gateway, error) {
	keyring, err := secret.NewKeyring(ctx, secret.KeyFile(keyFile))
	if err != nil {
		return nil, err
	}
	gw, err := waygate.New(waygate.Config{
		Store:     store,
		Keyring:   keyring,
		Logger:    logger,
		Observers: []waygate.Observer{numbers},
		Timeout:   30 * time.Second,    // of a call that sets none
		Retention: 30 * 24 * time.Hour, // of records
	})
	if err != nil {
		return nil, err
	}
	return gw, catalogue.Register(ctx, gw, integrations)
}

// serve lives as long as the host's own server, which listen runs until ctx ends and its requests are answered.
func serve(ctx context.Context, gw *waygate.Gateway, listen func(context.Context) error) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx)) // Run goes on while requests are finished
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- gw.Run(running) }()

	err := listen(ctx)

	stop()
	err = errors.Join(err, <-ended)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	return errors.Join(err, gw.Shutdown(last))
}

// ready answers a load balancer: can this process read the store? Calls go on without it for Config.MaxStale.
func ready(gw *waygate.Gateway) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, err := gw.Tenant("readiness").Connections(ctx, waygate.ConnectionQuery{Limit: 1}); err != nil {
			http.Error(w, "the store doesn't answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, "ok, %d records dropped\n", gw.DroppedRecords())
	}
}

// numbers counts for a dashboard. Labels are integrations, kinds and events: few. A tenant is no label.
type numbers struct{ calls, attempts, circuits, tokens *expvar.Map }

func newNumbers() *numbers {
	return &numbers{new(expvar.Map), new(expvar.Map), new(expvar.Map), new(expvar.Map)}
}

var (
	_ waygate.AttemptObserver    = (*numbers)(nil)
	_ waygate.BreakerObserver    = (*numbers)(nil)
	_ waygate.ConnectionObserver = (*numbers)(nil)
)

func (n *numbers) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (n *numbers) CallEnded(_ context.Context, r waygate.CallRecord) {
	n.calls.Add(r.Integration+" "+cmp.Or(string(r.Kind), "ok"), 1)
}

func (n *numbers) AttemptStarted(context.Context, waygate.AttemptInfo, http.Header) {}

func (n *numbers) AttemptEnded(_ context.Context, a waygate.AttemptInfo, r waygate.AttemptRecord) {
	n.attempts.Add(a.Integration+" "+cmp.Or(string(r.Kind), "ok"), 1)
}

func (n *numbers) BreakerChanged(c resilience.BreakerChange) {
	n.circuits.Add(c.Key.Host+" "+string(c.To), 1)
}

func (n *numbers) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	n.tokens.Add(e.Connection.Integration+" "+e.Event, 1)
}

// Example_production is a process from its start to its end.
func Example_production() {
	ctx, stop := context.WithCancel(context.Background())
	dir, err := os.MkdirTemp("", "keys")
	noError(err)
	defer func() { _ = os.RemoveAll(dir) }()
	key, err := secret.GenerateKey("2026-11")
	noError(err)
	keyFile := filepath.Join(dir, "keys")
	noError(os.WriteFile(keyFile, []byte(key.Encode().Reveal()+"\n"), 0o600))

	numbers := newNumbers()
	gw, err := open(ctx, memory.New(), keyFile, numbers, zap.NewNop())
	noError(err)
	noError(serve(ctx, gw, func(context.Context) error {
		_, err := gw.Tenant("acme").Connect(ctx, "helpdesk", waygate.ConnectionSpec{
			Slug: "main", Credential: auth.Token("token-of-acme"), Parameters: map[string]string{"subdomain": "acme"}, Unverified: true,
		})
		noError(err)
		_, err = gw.Tenant("acme").Invoke(ctx, "helpdesk.create_ticket", map[string]any{"subject": 7})
		fmt.Println("refused:", errors.Is(err, waygate.ErrInvalidInput))
		w := httptest.NewRecorder()
		ready(gw)(w, httptest.NewRequest(http.MethodGet, "/ready", nil))
		fmt.Print(w.Code, " ", w.Body)
		stop() // the signal to end
		return nil
	}))
	fmt.Println("calls:", numbers.calls)
	fmt.Println("connections:", numbers.tokens)
	_, err = gw.Tenant("acme").Invoke(context.Background(), "helpdesk.list_tickets", nil)
	fmt.Println(err)
	// Output:
	// refused: true
	// 200 ok, 0 records dropped
	// calls: {"helpdesk invalid_input": 1}
	// connections: {"helpdesk connected": 1}
	// waygate: invoke: configuration: the gateway was shut down: make a new one
}
