package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/store/memory"
)

// orders is an integration whose answers are mapped; each field has an ID, so that connections can override it.
func orders(base string) waygate.Integration {
	return waygate.Integration{ID: "orders", BaseURL: base, Auth: auth.Bearer{}, Actions: []waygate.Action{
		waygate.HTTPAction{ID: "list", Method: "GET", Path: "/orders", OutputMapping: &mapping.Mapping{Fields: []mapping.Field{
			{ID: "number", From: "$.orders[*].no", To: "$.orders[*].number", Type: mapping.TypeInteger},
			{ID: "state", From: "$.orders[*].st", To: "$.orders[*].state",
				Enum: &mapping.Enum{Words: map[string]json.RawMessage{"o": json.RawMessage(`"open"`)}, Unknown: mapping.UnknownKeep}},
		}}},
	}}
}

// One customer's account calls the number by another name, and has no use for the state.
func ExampleActionMappings() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"orders": [{"no": "7", "st": "o"}, {"no": "8", "st": "x"}]}`)
	}))
	defer provider.Close()
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true}})
	noError(err)
	ctx := context.Background()
	noError(gw.Register(ctx, orders(provider.URL)))
	own := map[string]waygate.ActionMappings{"list": {Output: &mapping.Override{
		Replace:  []mapping.Field{{ID: "number", From: "$.orders[*].no", To: "$.orders[*].reference"}},
		Suppress: []string{"state"},
	}}}
	for tenant, mappings := range map[string]map[string]waygate.ActionMappings{"acme": nil, "globex": own} {
		_, err := gw.Tenant(tenant).Connect(ctx, "orders", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("t-0123456789"), Mappings: mappings})
		noError(err)
	}
	for _, tenant := range []string{"acme", "globex"} {
		res, err := gw.Tenant(tenant).Invoke(ctx, "orders.list", nil)
		noError(err)
		fmt.Println(string(res.JSON()))
	}
	// Output:
	// {"orders":[{"number":7,"state":"open"},{"number":8,"state":"x"}]}
	// {"orders":[{"reference":"7","st":"o"},{"reference":"8","st":"x"}]}
}

// A mapping is tried on a sample before anybody depends on it.
func ExampleTenant_PreviewMapping() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	ctx := context.Background()
	noError(gw.Register(ctx, orders("https://orders.example.com")))
	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, "orders", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("t-0123456789")})
	noError(err)
	sample := waygate.MappingSample{Direction: waygate.MapOutput, Value: json.RawMessage(`{"orders": [{"no": "7", "st": "o"}, {"no": "none", "st": "x"}]}`)}
	p, err := acme.PreviewMapping(ctx, "orders.list", sample)
	noError(err)
	for _, f := range p.Fields {
		fmt.Println(f.ID, "applied", f.Applied, "kept", f.Kept, "failed", f.Failed, f.Path)
	}
	// Output:
	// number applied 1 kept 0 failed 1 $.orders[1].no
	// state applied 1 kept 1 failed 0
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
