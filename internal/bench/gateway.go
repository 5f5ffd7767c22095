package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation"
)

// perTenant is how many connections a tenant has.
const perTenant = 5

// recordLimit is how many records are held: what is older goes, so that memory doesn't grow with the rounds.
const recordLimit = 2_000

// gateway is a Waygate as a service runs it: nothing of a call's way is turned off, and [waygate.Gateway.Run] is running.
type gateway struct {
	gw      *waygate.Gateway
	records *countingRecords
	tenants []*waygate.Tenant
	on      []waygate.Option // of a connection within its tenant
	calls   atomic.Int64     // made so far, by this program's count
	checked int64            // of them, by wholeWay
	stop    func() error
}

// countingRecords counts what is written to a store of records.
type countingRecords struct {
	waygate.RecordStore
	appended atomic.Int64
}

// Append implements [waygate.RecordStore].
func (c *countingRecords) Append(ctx context.Context, records []waygate.CallRecord) error {
	err := c.RecordStore.Append(ctx, records)
	if err == nil {
		c.appended.Add(int64(len(records)))
	}
	return err
}

// newGateway connects all tenants to the provider at url. rate is the limit of each connection, in calls a second.
func newGateway(ctx context.Context, url string, engine validation.Engine, rate float64) (*gateway, error) {
	store := memory.New(memory.RecordLimit(recordLimit))
	g := &gateway{records: &countingRecords{RecordStore: store.Records()}}
	gw, err := waygate.New(waygate.Config{
		Store: store, Records: g.records, Engine: engine,
		Egress: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true},
		Retry:  resilience.Exponential{MaxAttempts: attempts, Base: firstWait, Max: longestWait},
		Limits: []resilience.Limit{{Rate: rate, Burst: int(rate)}},
	})
	if err != nil {
		return nil, err
	}
	g.gw = gw
	if err := errors.Join(gw.Register(ctx, integration(url)), gw.Register(ctx, oauthIntegration(url))); err != nil {
		return nil, err
	}
	if err := g.connect(ctx); err != nil {
		return nil, err
	}
	g.stop = g.run(context.WithoutCancel(ctx))
	return g, nil
}

// run does the work beside the calls until the function that it returns is called.
func (g *gateway) run(ctx context.Context) (stop func() error) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.gw.Run(ctx) // it ends with ctx's error
	}()
	return func() error {
		cancel()
		<-done
		within, release := context.WithTimeout(context.Background(), 10*time.Second)
		defer release()
		return g.gw.Shutdown(within)
	}
}

// connect makes the connections of all tenants.
func (g *gateway) connect(ctx context.Context) error {
	for i := range connections {
		tenant, slug := g.gw.Tenant(fmt.Sprintf("tenant-%d", i/perTenant)), fmt.Sprintf("c%d", i%perTenant)
		if _, err := tenant.Connect(ctx, "crm", waygate.ConnectionSpec{Slug: slug, Credential: auth.Token(tokenOf(i))}); err != nil {
			return err
		}
		g.tenants, g.on = append(g.tenants, tenant), append(g.on, waygate.On(slug))
	}
	_, err := g.gw.PutApp(ctx, waygate.App{Integration: "crm-oauth", ID: "main", Client: auth.Client{ID: "bench", Secret: secret.New("secret-of-the-bench")},
		RedirectURLs: []string{"https://app.example.org/oauth"}})
	return err
}

// integration is the provider for everything but tokens.
func integration(url string) waygate.Integration {
	return waygate.Integration{ID: "crm", BaseURL: url, Auth: auth.Bearer{}, Headers: map[string]string{"Accept": "application/json"},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get", Method: "GET", Path: "/accounts/{account}/contacts"},
			waygate.HTTPAction{ID: "contacts", Method: "POST", Path: "/accounts/{account}/contacts"},
			waygate.HTTPAction{ID: "imports", Method: "POST", Path: "/accounts/{account}/imports"},
			waygate.HTTPAction{ID: "pages", Method: "GET", Path: "/accounts/{account}/pages", Pagination: pagination.Link{}},
			orderAction("orders1k", "orders1k"), orderAction("orders50k", "orders50k"), orderAction("misfit", "contacts"),
			waygate.HTTPAction{ID: "flaky", Method: "GET", Path: "/flaky/{key}"},
			waygate.HTTPAction{ID: "down", Method: "POST", Path: "/down/{key}"},
		}}
}

// orderAction validates both ways, strictly, and maps eight members.
func orderAction(id, path string) waygate.HTTPAction {
	m := &mapping.Mapping{}
	for _, f := range mapped() {
		m.Fields = append(m.Fields, mapping.Field{From: f[0], To: f[1], Required: true})
	}
	schema := testdata("order.schema.json")
	return waygate.HTTPAction{ID: id, Method: "POST", Path: "/accounts/a1/" + path, InputSchema: schema, OutputSchema: schema,
		OutputMapping: m, Validation: waygate.Validation{Input: validation.Strict, Response: validation.Strict}}
}

// oauthIntegration is the same provider, whose access tokens are renewed.
func oauthIntegration(url string) waygate.Integration {
	return waygate.Integration{ID: "crm-oauth", BaseURL: url, Headers: map[string]string{"Accept": "application/json"},
		Auth:    auth.OAuth2{AuthorizeURL: url + "/authorize", TokenURL: url + "/token"},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/accounts/{account}/contacts"}}}
}

// peer is the gateway as a client like the others.
func (g *gateway) peer(name string) *peer {
	return &peer{
		name: name,
		get: func(ctx context.Context, conn int) ([]contact, error) {
			return invoke[[]contact](ctx, g, conn, "crm.get", map[string]any{"account": "a1"})
		},
		post: func(ctx context.Context, conn int, path string, in batch) ([]contact, error) {
			return invoke[[]contact](ctx, g, conn, "crm."+path, importInput{Account: "a1", Contacts: in.Contacts})
		},
		order: func(ctx context.Context, path string, input any) (summary, error) {
			return invoke[summary](ctx, g, 0, "crm."+path, input)
		},
		pages: g.pages,
		flaky: func(ctx context.Context, key string) ([]contact, error) {
			return invoke[[]contact](ctx, g, 0, "crm.flaky", map[string]any{"key": key})
		},
		down: func(ctx context.Context, key string) error {
			_, err := invoke[any](ctx, g, 0, "crm.down", map[string]any{"key": key, "contacts": nil})
			return err
		},
	}
}

// importInput is a batch, and where it goes.
type importInput struct {
	Account  string    `json:"account"`
	Contacts []contact `json:"contacts"`
}

func invoke[T any](ctx context.Context, g *gateway, conn int, action string, in any) (T, error) {
	g.calls.Add(1)
	return waygate.Invoke[T](ctx, g.tenants[conn], action, in, g.on[conn])
}

func (g *gateway) pages(ctx context.Context) (items int, err error) {
	for _, err := range waygate.Items[contact](ctx, g.tenants[0], "crm.pages", map[string]any{"account": "a1"}, g.on[0]) {
		if err != nil {
			return items, err
		}
		items++
	}
	g.calls.Add(lastPage) // each page is a call
	return items, nil
}

// wholeWay fails unless each call left a record and was counted by the circuit of its connection.
func (g *gateway) wholeWay(ctx context.Context) error {
	if g.calls.Load() == g.checked {
		return nil // a circuit of calls long ago has forgotten them
	}
	g.checked = g.calls.Load()
	if err := g.gw.Flush(ctx); err != nil {
		return err
	}
	if calls, records, dropped := g.calls.Load(), g.records.appended.Load(), g.gw.DroppedRecords(); calls != records || dropped != 0 {
		return fmt.Errorf("%d calls left %d records, and %d were dropped: the call's way isn't whole", calls, records, dropped)
	}
	for _, state := range g.gw.Breakers().List(g.tenants[0].ID()) {
		if state.State == resilience.StateClosed && state.Requests > 0 {
			return nil
		}
	}
	return errors.New("no circuit counted the calls")
}
