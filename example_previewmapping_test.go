package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
)

// A mapping is tried on a sample before anybody depends on it. Nothing is sent.
func ExampleTenant_PreviewMapping() {
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "orders", BaseURL: "https://orders.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "list", Method: "GET", Path: "/orders",
			OutputMapping: &mapping.Mapping{Fields: []mapping.Field{
				{ID: "number", From: "$.orders[*].no", To: "$.orders[*].number", Type: mapping.TypeInteger},
			}},
		}},
	})
	p, err := acme.PreviewMapping(context.Background(), "orders.list", waygate.MappingSample{
		Direction: waygate.MapOutput,
		Value:     json.RawMessage(`{"orders": [{"no": "7"}, {"no": "none"}]}`),
	})
	noError(err)
	for _, f := range p.Fields {
		fmt.Println(f.ID, "applied:", f.Applied, "failed:", f.Failed, "at", f.Path)
	}
	// Output: number applied: 1 failed: 1 at $.orders[1].no
}
