package waygate_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// connected makes a gateway of one integration, as [Example] does it at length,
// and connects the tenant acme to it. It may reach this machine, repeats after
// milliseconds, and gives up after two seconds.
func connected(cfg waygate.Config, in waygate.Integration) (*waygate.Gateway, *waygate.Tenant) {
	ctx := context.Background()
	cfg.Store = memory.New()
	cfg.Egress = egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true}
	cfg.Retry = resilience.Exponential{Base: time.Millisecond}
	cfg.Timeout = 2 * time.Second
	gw, err := waygate.New(cfg)
	noError(err)
	noError(gw.Register(ctx, in))
	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, in.ID, waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")})
	noError(err)
	return gw, acme
}

// billing is a provider with five invoices, two to a page.
func billing(w http.ResponseWriter, r *http.Request) {
	const invoices = 5
	first, _ := strconv.Atoi(cmp.Or(r.FormValue("after"), "0"))
	switch {
	case r.URL.Path != "/invoices":
		w.WriteHeader(http.StatusServiceUnavailable)
	case first+2 < invoices:
		_, _ = fmt.Fprintf(w, `{"invoices": [{"number": %d}, {"number": %d}], "next": "%d"}`, first+1, first+2, first+2)
	default:
		_, _ = fmt.Fprintf(w, `{"invoices": [{"number": %d}]}`, first+1)
	}
}

// invoices describes billing.
func invoices(baseURL string) waygate.Integration {
	return waygate.Integration{
		ID: "billing", BaseURL: baseURL, Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{
				ID: "invoices", Method: "GET", Path: "/invoices",
				Records: "invoices", Pagination: pagination.Cursor{Path: "next", Param: "after"},
			},
			waygate.HTTPAction{ID: "balance", Method: "GET", Path: "/balance"}, // out of order
		},
	}
}

// With a key, a POST is repeated although its answer was lost: the provider
// knows the key, and does the work once.
func ExampleIdempotencyKey() {
	charges := map[string]int{} // requests by key, as the provider counts them
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := r.Header.Get("Idempotency-Key")
		if charges[key]++; charges[key] == 1 {
			panic(http.ErrAbortHandler) // the card is charged, but the answer is lost
		}
		_, _ = fmt.Fprintf(w, `{"charge": "ch_%d"}`, len(charges))
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "cards", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "charge", Method: "POST", Path: "/charges",
			Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"},
		}},
	})

	res, err := acme.Invoke(context.Background(), "cards.charge", map[string]any{"cents": 990},
		waygate.IdempotencyKey("order-17"))
	noError(err)
	fmt.Println(string(res.JSON()), "attempts:", res.Meta.Attempts, "keys:", len(charges))

	_, err = acme.Invoke(context.Background(), "cards.charge", nil, waygate.IdempotencyKey("order-18"))
	noError(err)
	fmt.Println("keys:", len(charges))
	// Output:
	// {"charge":"ch_1"} attempts: 2 keys: 1
	// keys: 2
}

// One call, for somebody who waits at a screen, is not to be repeated.
func ExampleRetry() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	var e *waygate.Error
	_, err := acme.Invoke(context.Background(), "billing.balance", nil)
	if errors.As(err, &e) {
		fmt.Println("as configured:", e.Kind, e.Attempts)
	}
	_, err = acme.Invoke(context.Background(), "billing.balance", nil, waygate.Retry(resilience.Never{}))
	if errors.As(err, &e) {
		fmt.Println("never:", e.Kind, e.Attempts)
	}
	// Output:
	// as configured: server 3
	// never: server 1
}

// A bounded read, for a program that can't hold everything.
func ExampleTenant_Collect() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	res, err := acme.Collect(context.Background(), "billing.invoices", nil, waygate.MaxItems(3))
	noError(err)
	fmt.Println(string(res.JSON()))
	fmt.Println(res.Meta.Items, "items of", res.Meta.Pages, "pages, more:", res.Meta.HasMore, "ended by:", res.Meta.Truncated)
	// Output:
	// [{"number":1},{"number":2},{"number":3}]
	// 3 items of 2 pages, more: true ended by: items
}

// A read goes on exactly where it ended, here in the midst of a page; the token
// may come from another process.
func ExampleContinue() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	res, err := acme.Collect(context.Background(), "billing.invoices", nil, waygate.MaxItems(3))
	noError(err)
	fmt.Println(string(res.JSON()))
	for res.Meta.Next != "" {
		res, err = acme.Collect(context.Background(), "billing.invoices", nil,
			waygate.Continue(res.Meta.Next), waygate.MaxItems(3))
		noError(err)
		fmt.Println(string(res.JSON()))
	}
	// Output:
	// [{"number":1},{"number":2},{"number":3}]
	// [{"number":4},{"number":5}]
}

// A read that stopped goes on from its last checkpoint, in any process that shares
// the store.
func ExampleOnPage() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	ctx := context.Background()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	type invoice struct {
		Number int `json:"number"`
	}
	var place string // where the next read begins; keep it with what was done
	keep := waygate.OnPage(func(_ context.Context, at waygate.Checkpoint) error {
		place = at.Next
		return nil
	})
	for i, err := range waygate.Items[invoice](ctx, acme, "billing.invoices", nil, keep) {
		noError(err)
		if i.Number == 4 {
			break // as if the process had ended here, before 4 was done
		}
		fmt.Println("done:", i.Number)
	}
	for i, err := range waygate.Items[invoice](ctx, acme, "billing.invoices", nil, keep, waygate.Continue(place)) {
		noError(err)
		fmt.Println("then:", i.Number)
	}
	// Output:
	// done: 1
	// done: 2
	// done: 3
	// then: 3
	// then: 4
	// then: 5
}

// A look at what there is: ten records of one page at most.
func ExampleSample() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	res, err := acme.Collect(context.Background(), "billing.invoices", nil, waygate.Sample())
	noError(err)
	fmt.Println(string(res.JSON()), res.Meta.Truncated, res.Meta.HasMore)
	// Output: [{"number":1},{"number":2}] pages true
}

// Page by page, for a host that saves each page before it asks for the next.
func ExamplePages() {
	provider := httptest.NewServer(http.HandlerFunc(billing))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, invoices(provider.URL))

	type Invoice struct {
		Number int `json:"number"`
	}
	for page, err := range waygate.Pages[Invoice](context.Background(), acme, "billing.invoices", nil) {
		noError(err)
		fmt.Println(page.Items, "last:", page.Meta.Next == "")
	}
	// Output:
	// [{1} {2}] last: false
	// [{3} {4}] last: false
	// [{5}] last: true
}

// A secret in the input reaches the provider, and nothing that is kept.
func ExampleTenant_Invoke_secret() {
	type Signup struct {
		Email    string        `json:"email"`
		Password secret.String `json:"password"`
	}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println("sent:", string(body))
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{RecordBodies: true}, waygate.Integration{
		ID: "portal", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "sign_up", Method: "POST", Path: "/users"}},
	})

	in := Signup{Email: "ann@example.com", Password: secret.New("correct horse")}
	_, err := acme.Invoke(context.Background(), "portal.sign_up", in)
	noError(err)
	page, err := acme.Records(context.Background(), waygate.RecordQuery{})
	noError(err)
	fmt.Println("kept:", page.Records[0].Request.Body)
	// Output:
	// sent: {"email":"ann@example.com","password":"correct horse"}
	// kept: {"email":"ann@example.com","password":"[redacted]"}
}
