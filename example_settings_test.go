package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// What a provider grants: two calls an hour for an account, five for the platform, one request at a time. A call that
// would have to wait for too long isn't sent.
func ExampleIntegration_limits() {
	provider := newStock(0)
	defer provider.Close()
	in := stock(provider.URL)
	in.Limits = []resilience.Limit{{Rate: 2, Per: time.Hour, Burst: 2}}
	in.SharedLimits = []resilience.Limit{{Rate: 5, Per: time.Hour, Burst: 5}}
	in.Concurrency = &resilience.Concurrency{Max: 1}
	_, acme := connected(waygate.Config{}, in)

	for range 3 {
		_, err := acme.Invoke(context.Background(), "stock.count", map[string]any{"item": "bolt"})
		var e *waygate.Error
		if errors.As(err, &e) {
			fmt.Println(e.Kind, "status:", e.Status, "sent:", e.Attempts, "again in minutes:", e.RetryAfter > 20*time.Minute)
			continue
		}
		fmt.Println("ok")
	}
	// Output:
	// ok
	// ok
	// rate_limited status: 0 sent: 0 again in minutes: true
}

// A form in the way that a provider reads it.
func ExampleBody() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Println(r.Header.Get("Content-Type"))
		fmt.Println(string(body))
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "shop", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "order", Method: "POST", Path: "/orders",
			Body: &waygate.Body{Encoding: waygate.BodyForm, Objects: "dots", Arrays: "repeat"},
		}},
	})
	_, err := acme.Invoke(context.Background(), "shop.order", map[string]any{
		"customer": map[string]any{"name": "Ann"}, "item": []string{"bolt", "nut"}, "paid": false,
	})
	noError(err)
	// Output:
	// application/x-www-form-urlencoded
	// customer.name=Ann&item=bolt&item=nut&paid=false
}

// Input that is made to fit its schema: texts become numbers, nulls become the default, members that nobody declared
// are left out.
func ExampleValidation() {
	provider := httptest.NewServer(http.HandlerFunc(mirror))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add", Method: "POST", Path: "/people",
			InputSchema: json.RawMessage(`{
				"properties": {"name": {"type": "string"}, "age": {"type": "integer"}, "lang": {"type": "string", "default": "en"}},
				"required": ["name"]
			}`),
			Validation: waygate.Validation{Input: validation.Coerce, InputNulls: validation.NullsDefault, InputExtra: validation.ExtraStrip},
		}},
	})
	_, err := acme.Invoke(context.Background(), "crm.add", map[string]any{"name": "Ann", "age": "42", "lang": nil, "shoe": 38})
	noError(err)
	_, err = acme.Invoke(context.Background(), "crm.add", map[string]any{"name": "Ann", "age": "forty"})
	fmt.Println(errors.Is(err, waygate.ErrInvalidInput))
	// Output:
	// POST /people  {"age":42,"lang":"en","name":"Ann"}
	// true
}

// A secret of the platform's own, which a definition names: it is sent, and seen nowhere else.
func ExampleConfig_env() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Println("sent:", r.Header.Get("X-Partner"))
	}))
	defer provider.Close()
	_, acme := connected(waygate.Config{Env: map[string]string{"partner": "the-partner-key"}}, waygate.Integration{
		ID: "shop", BaseURL: provider.URL, Auth: auth.Bearer{}, Headers: map[string]string{"X-Partner": "${env.partner}"},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "orders", Method: "GET", Path: "/orders"}},
	})
	_, err := acme.Invoke(ctx, "shop.orders", nil)
	noError(err)
	p, err := acme.Preview(ctx, "shop.orders", nil)
	noError(err)
	fmt.Println("shown:", p.Header.Get("X-Partner"))
	// Output:
	// sent: the-partner-key
	// shown: [redacted]
}

// Connections that the host keeps, for some tenants; the others have theirs in the gateway's store.
func ExampleConfig_resolve() {
	provider := httptest.NewServer(http.HandlerFunc(reports))
	defer provider.Close()
	gw, acme := connected(waygate.Config{
		Resolve: func(_ context.Context, tenant, integration string) (waygate.Connection, error) {
			if tenant != "globex" || integration != "reports" {
				return nil, nil // the stored ones
			}
			return &vaultConnection{tenant: tenant, token: "token-renewed"}, nil
		},
	}, waygate.Integration{
		ID: "reports", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "daily", Method: "GET", Path: "/daily"}},
	})
	for _, t := range []*waygate.Tenant{acme, gw.Tenant("globex")} {
		res, err := t.Invoke(context.Background(), "reports.daily", nil)
		noError(err)
		fmt.Println(t.ID(), "by", res.Meta.Connection)
	}
	// Output:
	// acme by main
	// globex by vault
}

// An account's own host, which the person types in: held to the provider's domains.
func ExampleConnectionParameter_domains() {
	ctx := context.Background()
	gw, _ := connected(waygate.Config{}, waygate.Integration{ID: "other", BaseURL: "https://api.example.org", Auth: auth.Bearer{}})
	noError(gw.Register(ctx, waygate.Integration{
		ID: "erp", BaseURL: "https://{host}/api", Auth: auth.Bearer{},
		Parameters: []waygate.ConnectionParameter{{
			Name: "host", Title: "Host", Description: "As in your browser's address bar", Format: "hostname",
			Domains: []string{"erp.example.com", "erp-cloud.example.net"},
		}},
	}))
	for _, host := range []string{"eu1.erp.example.com", "erp.example.com.evil.example", "10.0.0.1"} {
		_, err := gw.Tenant("acme").Connect(ctx, "erp", waygate.ConnectionSpec{
			Slug: "main", Credential: auth.Token("token-of-acme"), Parameters: map[string]string{"host": host},
		})
		var e *waygate.Error
		if errors.As(err, &e) {
			fmt.Println("refused:", e.Kind, e.Fields[0].Pointer, e.Fields[0].Keyword)
			continue
		}
		fmt.Println("connected")
	}
	// Output:
	// connected
	// refused: invalid_input /parameters/host format
	// refused: invalid_input /parameters/host format
}
