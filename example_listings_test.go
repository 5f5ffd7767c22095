package waygate_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// What a customer can call: the actions of what it is connected to, and those that need no connection. For a menu, or for
// the tools of an agent.
func ExampleTenant_Actions() {
	ctx := context.Background()
	gw, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "list_people", Method: "GET", Path: "/people", Description: "All that one may see.",
				Metadata: map[string]string{"menu": "People"}},
			waygate.HTTPAction{ID: "list_leads", Method: "GET", Path: "/leads", Deprecated: true},
			waygate.HTTPAction{ID: "add_person", Method: "POST", Path: "/people"},
		},
	})
	for id, scheme := range map[string]auth.Scheme{"bank": auth.Bearer{}, "weather": auth.None{}} {
		noError(gw.Register(ctx, waygate.Integration{
			ID: id, BaseURL: "https://" + id + ".example.com", Auth: scheme,
			Actions: []waygate.Action{waygate.HTTPAction{ID: "today", Method: "GET", Path: "/today"}},
		}))
	}

	list, err := acme.Actions(ctx, waygate.ActionFilter{Method: "GET"})
	noError(err)
	for _, a := range list {
		fmt.Printf("%s %s deprecated: %v %q\n", a.ID, a.Info.Path, a.Info.Deprecated, a.Info.Metadata["menu"])
	}
	// Output:
	// crm.list_leads /leads deprecated: true ""
	// crm.list_people /people deprecated: false "People"
	// weather.today /today deprecated: false ""
}

// A program that ends after its calls, without [Gateway.Run], writes their records before it goes.
func ExampleGateway_Flush() {
	ctx := context.Background()
	provider := newStock(0)
	defer provider.Close()
	records := memory.New().Records() // in place of a database
	gw, acme := connected(waygate.Config{Records: records}, stock(provider.URL))
	_, err := acme.Invoke(ctx, "stock.count", map[string]any{"item": "bolt"})
	noError(err)

	kept := func() int {
		page, err := records.List(ctx, "acme", waygate.RecordQuery{})
		noError(err)
		return len(page.Records)
	}
	before := kept()
	noError(gw.Flush(ctx)) // Run does it within a second, Shutdown in the end
	fmt.Println("before:", before, "after:", kept())
	// Output: before: 0 after: 1
}
