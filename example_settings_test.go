package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

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
			return &vaultConnection{tenant: tenant, token: "token-renewed"}, nil // as in the Example of Through
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
