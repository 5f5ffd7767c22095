package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// reports is a provider that shows its headers, and takes two tokens.
func reports(w http.ResponseWriter, r *http.Request) {
	switch r.Header.Get("Authorization") {
	case "Bearer token-of-acme", "Bearer token-renewed":
		_, _ = fmt.Fprintf(w, `{"path": %q, "plan": %q, "trace": %q}`, r.URL.Path, r.Header.Get("X-Plan"), r.Header.Get("X-Trace"))
	default:
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// A variable is set once for a customer, and read by templates of headers and
// paths.
func ExampleTenant_SetVariable() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(reports))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "reports", BaseURL: provider.URL, Auth: auth.Bearer{},
		Headers: map[string]string{"X-Plan": "${tenant.plan:-free}"},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "daily", Method: "GET", Path: "/${connection.account:-own}/daily"}},
	})

	res, err := acme.Invoke(ctx, "reports.daily", nil)
	noError(err)
	fmt.Println(string(res.JSON()))

	noError(acme.SetVariable(ctx, waygate.Variable{Name: "plan", Value: "gold"}))
	noError(acme.SetVariable(ctx, waygate.Variable{Integration: "reports", Connection: "main", Name: "account", Value: 42}))
	res, err = acme.Invoke(ctx, "reports.daily", nil)
	noError(err)
	fmt.Println(string(res.JSON()))
	// Output:
	// {"path":"/own/daily","plan":"free","trace":""}
	// {"path":"/42/daily","plan":"gold","trace":""}
}

// What a tenant has set can be read back; secrets only by their names.
func ExampleTenant_Variables() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	ctx, acme := context.Background(), gw.Tenant("acme")
	for _, v := range []waygate.Variable{{Name: "limit", Value: 50}, {Name: "api_pin", Value: "81549300", Secret: true}} {
		noError(acme.SetVariable(ctx, v))
	}
	list, err := acme.Variables(ctx, "", "")
	noError(err)
	for _, v := range list {
		fmt.Println(v.Name, v.Type, v.Value)
	}
	noError(acme.DeleteVariable(ctx, waygate.Variable{Name: "api_pin"}))
	list, err = acme.Variables(ctx, "", "")
	noError(err)
	fmt.Println("left:", len(list))
	// Output:
	// api_pin string [redacted]
	// limit number 50
	// left: 1
}

// A variable of one call, with a default for calls that don't set it.
func ExampleVar() {
	provider := httptest.NewServer(http.HandlerFunc(reports))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "reports", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "daily", Method: "GET", Path: "/${call.format}/daily",
			Headers: map[string]string{"X-Trace": "${call.trace:-none}"},
		}},
	})

	res, err := acme.Invoke(context.Background(), "reports.daily", nil, waygate.Var("format", "csv"))
	noError(err)
	fmt.Println(string(res.JSON()))
	res, err = acme.Invoke(context.Background(), "reports.daily", nil, waygate.Var("format", "csv"), waygate.Var("trace", "t-1"))
	noError(err)
	fmt.Println(string(res.JSON()))
	_, err = acme.Invoke(context.Background(), "reports.daily", nil) // no default
	fmt.Println(errors.Is(err, waygate.ErrConfig))
	// Output:
	// {"path":"/csv/daily","plan":"","trace":"none"}
	// {"path":"/csv/daily","plan":"","trace":"t-1"}
	// true
}

// anyHost answers in place of the network, for any host.
type anyHost struct{}

func (anyHost) RoundTrip(r *http.Request) (*http.Response, error) {
	fmt.Println(r.Method, r.URL)
	w := httptest.NewRecorder()
	_, _ = w.WriteString(`[]`)
	return w.Result(), nil
}

// Each customer has a subdomain of its own. The pattern keeps a customer from
// leading requests elsewhere.
func ExampleConnectionParameter() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{
		Store:     memory.New(),
		Transport: func(http.RoundTripper) http.RoundTripper { return anyHost{} },
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID: "helpdesk", BaseURL: "https://{subdomain}.example.com/api", Auth: auth.Bearer{},
		Parameters: []waygate.ConnectionParameter{{Name: "subdomain", Title: "Your subdomain", Pattern: `[a-z0-9-]{1,63}`}},
		Actions:    []waygate.Action{waygate.HTTPAction{ID: "tickets", Method: "GET", Path: "/tickets"}},
	}))

	acme := gw.Tenant("acme")
	spec := waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")}
	spec.Parameters = map[string]string{"subdomain": "evil.example.net/"}
	_, err = acme.Connect(ctx, "helpdesk", spec)
	fmt.Println("refused:", errors.Is(err, waygate.ErrInvalidInput))

	spec.Parameters = map[string]string{"subdomain": "acme"}
	_, err = acme.Connect(ctx, "helpdesk", spec)
	noError(err)
	_, err = acme.Invoke(ctx, "helpdesk.tickets", nil)
	noError(err)
	// Output:
	// refused: true
	// GET https://acme.example.com/api/tickets
}

// Changing the key that seals credentials, while calls go on.
func ExampleGateway_Rewrap() {
	ctx := context.Background()
	oldKey, err := secret.GenerateKey("2025")
	noError(err)
	source := secret.StaticKeys{oldKey} // in production a secret.KeyFile, or a Source of your own
	keyring, err := secret.NewKeyring(ctx, &source)
	noError(err)
	gw, _ := connected(waygate.Config{Keyring: keyring}, waygate.Integration{ID: "reports", BaseURL: "https://api.example.com", Auth: auth.Bearer{}})

	newKey, err := secret.GenerateKey("2026")
	noError(err)
	source = secret.StaticKeys{newKey, oldKey} // the first seals, both open
	noError(keyring.Reload(ctx))               // in each process, before any rewraps
	for {
		n, err := gw.Rewrap(ctx)
		noError(err)
		fmt.Println("moved:", n.Moved, "left:", n.Left)
		if n.Left == 0 {
			break // else wait a minute: a token request is under way
		}
	}
	source = secret.StaticKeys{newKey}
	noError(keyring.Reload(ctx))
	// Output:
	// moved: 1 left: 0
}
