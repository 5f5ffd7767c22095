package waygatetest_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/waygatetest"
)

// What a provider can be told to do, and what a call makes of it. Over pipes no port is opened.
func ExampleAnswer() {
	example(func(t testing.TB) {
		p := waygatetest.NewProvider(t, waygatetest.OverPipe(), waygatetest.Host("crm.test"))
		gw := waygatetest.New(t, waygatetest.WithProvider(p), waygatetest.WithStore(memory.New()), waygatetest.WithLogger(zap.NewNop()),
			waygatetest.WithConfig(func(c *waygate.Config) {
				c.Retry, c.AttemptTimeout = resilience.Never{}, time.Second
				c.Breaker.Disabled = true
			}))
		if err := gw.Register(t.Context(), people(p.URL())); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name   string
			answer waygatetest.Answer
		}{
			{"JSON", waygatetest.JSON(200, person{"Ann"})},
			{"Delay", waygatetest.Delay(time.Millisecond, waygatetest.JSON(200, person{"Ann"}))},
			{"Status", waygatetest.Status(404)},
			{"Header", waygatetest.Header("Retry-After", "30", waygatetest.Status(429))},
			{"Text", waygatetest.Text(200, "text/html", "<p>")},
			{"Cut", waygatetest.Cut(200, "application/json", `{"na`)},
			{"Drop", waygatetest.Drop()},
			{"Reset", waygatetest.Reset()},
			{"Hang", waygatetest.Hang()},
		} {
			p.On("GET /people/7", c.answer)
			_, err := gw.Tenant("acme").Invoke(t.Context(), "crm.get_person", map[string]any{"id": 7})
			var e *waygate.Error
			if !errors.As(err, &e) {
				e = &waygate.Error{}
			}
			fmt.Printf("%s %q\n", c.name, e.Kind)
		}
	})
	// Output:
	// JSON ""
	// Delay ""
	// Status "missing"
	// Header "rate_limited"
	// Text "invalid_response"
	// Cut "network"
	// Drop "network"
	// Reset "network"
	// Hang "timeout"
}

// A provider that fails twice and then sends back what it got, over HTTP/2. TLS does the same over HTTP/1.1.
func ExampleRepeat() {
	example(func(t testing.TB) {
		for _, option := range []waygatetest.ProviderOption{waygatetest.HTTP2(), waygatetest.TLS()} {
			p := waygatetest.NewProvider(t, option)
			p.On("POST /people", append(waygatetest.Repeat(2, waygatetest.Status(429)), waygatetest.Echo(201))...)
			gw := waygatetest.New(t, waygatetest.WithProvider(p), waygatetest.WithConfig(func(c *waygate.Config) {
				c.Retry = resilience.Linear{Step: time.Millisecond}
			}))
			if err := gw.Register(t.Context(), people(p.URL())); err != nil {
				t.Fatal(err)
			}
			ann, err := waygate.Invoke[person](t.Context(), gw.Tenant("acme"), "crm.add_person", person{"Ann"})
			asked := p.Requests("")
			fmt.Println(ann.Name, err, len(asked), asked[0].Proto)
		}
	})
	// Output:
	// Ann <nil> 3 HTTP/2.0
	// Ann <nil> 3 HTTP/1.1
}

// The suites for a host's own parts are called from its tests.
func ExampleTestAction() {
	TestEcho := func(t *testing.T) {
		waygatetest.TestAction(t, waygatetest.ActionHarness{
			Integration: func(p *waygatetest.Provider) waygate.Integration {
				return waygate.Integration{ID: "own", BaseURL: p.URL(), Auth: auth.Bearer{}, Actions: []waygate.Action{
					waygate.HTTPAction{ID: "echo", Method: "POST", Path: "/echo", Effects: waygate.Effects{Idempotent: true}},
				}}
			},
			Action: "echo", Body: true,
		})
	}
	TestStored := func(t *testing.T) { waygatetest.TestConnection(t, waygatetest.ConnectionHarness{}) }
	_, _ = TestEcho, TestStored // go test calls them
	// Output:
}
