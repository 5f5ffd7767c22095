package waygatetest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/waygatetest"
)

func sprintf(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func TestCalls(t *testing.T) {
	t.Parallel()
	p := waygatetest.NewProvider(t)
	p.On("GET /issues", waygatetest.JSON(200, []int{1}), waygatetest.Status(404))
	gw := waygatetest.New(t, waygatetest.WithProvider(p))
	acme := register(t, gw, issues(p, nil))
	for _, want := range []error{nil, waygate.ErrMissing} {
		if _, err := acme.Invoke(t.Context(), "tracker.list", nil); !errors.Is(err, want) {
			t.Fatalf("got %v, want %v", err, want)
		}
	}
	calls := gw.Calls()
	if len(calls) != 2 || calls[0].Kind != "" || calls[1].Kind != waygate.KindMissing || calls[1].Action != "list" {
		t.Errorf("got %+v", calls)
	}
}

func TestOptionsOfNew(t *testing.T) {
	t.Parallel()
	store := durable{memory.New()}
	core, lines := observer.New(zapcore.DebugLevel)
	changed := false
	gw := waygatetest.New(t,
		waygatetest.WithStore(store),
		waygatetest.WithLogger(zap.New(core)),
		waygatetest.WithConfig(func(c *waygate.Config) {
			changed = c.Store == waygate.Store(store) && c.Egress.AllowHTTP && c.Rand() == 1
			c.Env = map[string]string{"name": "value"}
		}))
	if !changed {
		t.Error("WithConfig doesn't see what New and the options before it put there")
	}
	_, err := gw.Tenant("acme").Invoke(t.Context(), "tracker.list", nil)
	if !errors.Is(err, waygate.ErrUnresolved) {
		t.Errorf("got %v", err)
	}
	if lines.Len() != 1 {
		t.Errorf("the logger got %d lines, want 1", lines.Len())
	}
}

// durable asks for a keyring.
type durable struct{ waygate.Store }

func (durable) Durable() bool { return true }

func TestNewFails(t *testing.T) {
	t.Parallel()
	var fake fakeTB
	defer fake.end()
	defer func() {
		if _, ok := recover().(fatal); !ok || len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "Timeout") {
			t.Errorf("got %q, want a fatal failure that names the field", fake.errors)
		}
	}()
	waygatetest.New(&fake, waygatetest.WithConfig(func(c *waygate.Config) { c.Timeout = 1 }))
}

func TestCallInFlightFailsItsTest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fake fakeTB
		p := waygatetest.NewProvider(t, waygatetest.OverPipe())
		p.On("GET /issues", waygatetest.Hang())
		gw := waygatetest.New(&fake, waygatetest.WithProvider(p))
		acme := register(t, gw, issues(p, nil))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_, _ = acme.Invoke(ctx, "tracker.list", nil)
		}()
		synctest.Wait()
		start := time.Now()
		fake.end()
		if took := time.Since(start); took != 2*time.Second || len(fake.errors) != 1 {
			t.Errorf("got %q after %s, want one failure after 2s", fake.errors, took)
		}
		cancel()
		<-ended
	})
}

func TestStub(t *testing.T) {
	t.Parallel()
	gw := waygatetest.New(t)
	in := waygate.Integration{ID: "crm", BaseURL: "https://crm.example.com", Auth: auth.Bearer{}, Actions: []waygate.Action{
		waygate.HTTPAction{ID: "get", Method: "GET", Path: "/people/{id}", Records: "$.people",
			InputSchema: []byte(`{"type":"object","required":["id"]}`)},
	}}
	acme := register(t, gw, in)
	if _, err := acme.Connect(t.Context(), "crm", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("t")}); err != nil {
		t.Fatal(err)
	}
	input := map[string]any{"id": 7}
	own := errors.New("out of order")
	for _, c := range []struct {
		name   string
		answer any
		want   error
	}{
		{"value", map[string]any{"people": []string{"ann"}}, nil},
		{"error", own, own},
		{"kind", waygate.ErrNeedsReauth, waygate.ErrNeedsReauth},
		{"function", func(_ context.Context, c *waygate.Call) (*waygate.Response, error) {
			id, _ := c.Input.(map[string]any)["id"].(int64)
			return &waygate.Response{Value: map[string]any{"people": []string{sprintf("no. %d", id)}}}, nil
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			waygatetest.Stub(t, gw, "crm.get", c.answer)
			got, err := waygate.Invoke[[]string](t.Context(), acme, "crm.get", input)
			if !errors.Is(err, c.want) || err == nil && len(got) != 1 {
				t.Errorf("got %v, %v: want one name, or %v", got, err, c.want)
			}
			if _, err := acme.Invoke(t.Context(), "crm.get", nil); !errors.Is(err, waygate.ErrInvalidInput) {
				t.Errorf("without its id: got %v, want the input refused as by the action itself", err)
			}
		})
	}
	back, err := gw.Integration("crm")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := back.Actions[0].(waygate.HTTPAction); !ok {
		t.Errorf("after the stubs' end the action is a %T, want the one of before", back.Actions[0])
	}
}

func TestStubOfNothing(t *testing.T) {
	t.Parallel()
	for _, action := range []string{"crm", "crm.get"} {
		func() {
			var fake fakeTB
			defer fake.end()
			gw := waygatetest.New(&fake)
			defer func() {
				if _, ok := recover().(fatal); !ok || len(fake.errors) != 1 || !strings.Contains(fake.errors[0], "crm") {
					t.Errorf("%s: got %q, want a fatal failure that names it", action, fake.errors)
				}
			}()
			waygatetest.Stub(&fake, gw, action, 1)
		}()
	}
}
