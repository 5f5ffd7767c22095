package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
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
	gw, _ := connected(waygate.Config{}, orders(provider.URL)) // acme has the mappings of the definition
	ctx, globex := context.Background(), gw.Tenant("globex")
	own := map[string]waygate.ActionMappings{"list": {Output: &mapping.Override{
		Replace:  []mapping.Field{{ID: "number", From: "$.orders[*].no", To: "$.orders[*].reference"}},
		Suppress: []string{"state"},
	}}}
	_, err := globex.Connect(ctx, "orders", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-globex"), Mappings: own})
	noError(err)
	for _, tenant := range []string{"acme", "globex"} {
		res, err := gw.Tenant(tenant).Invoke(ctx, "orders.list", nil)
		noError(err)
		fmt.Println(string(res.JSON()))
	}
	// Output:
	// {"orders":[{"number":7,"state":"open"},{"number":8,"state":"x"}]}
	// {"orders":[{"reference":"7","st":"o"},{"reference":"8","st":"x"}]}
}
