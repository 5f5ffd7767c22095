package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/validation"
)

// driftWatch is told when the answers of an action no longer fit its schema.
type driftWatch struct{}

var (
	_ waygate.Observer      = driftWatch{}
	_ waygate.DriftObserver = driftWatch{}
)

func (driftWatch) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (driftWatch) CallEnded(context.Context, waygate.CallRecord) {}

func (driftWatch) Drifted(_ context.Context, a validation.Alert) {
	fmt.Println("alert:", a.Action, a.Pointer, a.Keyword, a.Count)
}

// A provider that sends texts where it sent numbers: calls go on with a warning, and with numbers; the fifth time the
// host is told.
func ExampleDriftObserver() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"left": "3"}`)
	}))
	defer provider.Close()
	gw, acme := connected(waygate.Config{Observers: []waygate.Observer{driftWatch{}}}, waygate.Integration{
		ID: "stock", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "count", Method: "GET", Path: "/count",
			OutputSchema: json.RawMessage(`{"properties": {"left": {"type": "integer"}}}`),
			Validation:   waygate.Validation{Response: validation.Coerce},
		}},
	})
	for range validation.DriftThreshold {
		res, err := acme.Invoke(context.Background(), "stock.count", nil)
		noError(err)
		fmt.Println(string(res.JSON()), gw.Drift("stock.count").Level)
	}
	// Output:
	// {"left":3} warning
	// {"left":3} warning
	// {"left":3} warning
	// {"left":3} warning
	// alert: stock.count /left type 5
	// {"left":3} alert
}
