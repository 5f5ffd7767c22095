package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/validation"
)

// Input that is made to fit its schema: a text becomes the number that it is. What can't be made to fit is refused,
// before anything is sent.
func ExampleValidation() {
	provider := httptest.NewServer(http.HandlerFunc(mirror)) // prints what it is asked
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add", Method: "POST", Path: "/people",
			InputSchema: json.RawMessage(`{"properties": {"age": {"type": "integer"}, "lang": {"default": "en"}}}`),
			Validation:  waygate.Validation{Input: validation.Coerce},
		}},
	})
	_, err := acme.Invoke(context.Background(), "crm.add", map[string]any{"age": "42"})
	noError(err)
	_, err = acme.Invoke(context.Background(), "crm.add", map[string]any{"age": "forty"})
	fmt.Println("refused:", errors.Is(err, waygate.ErrInvalidInput))
	// Output:
	// POST /people  {"age":42,"lang":"en"}
	// refused: true
}

// What becomes of a null that the schema doesn't allow: it is refused, or replaced by the schema's default, or sent.
func ExampleValidation_nulls() {
	provider := httptest.NewServer(http.HandlerFunc(mirror)) // prints what it is asked
	defer provider.Close()
	var actions []waygate.Action
	for _, nulls := range []validation.Nulls{validation.NullsReject, validation.NullsDefault, validation.NullsPass} {
		actions = append(actions, waygate.HTTPAction{
			ID: string(nulls), Method: "POST", Path: "/people",
			InputSchema: json.RawMessage(`{"properties": {"lang": {"type": "string", "default": "en"}}}`),
			Validation:  waygate.Validation{InputNulls: nulls},
		})
	}
	gw, acme := connected(waygate.Config{}, waygate.Integration{ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{}, Actions: actions})
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		_, err := acme.Invoke(context.Background(), a.ID, map[string]any{"lang": nil})
		fmt.Println(a.ID, "refused:", errors.Is(err, waygate.ErrInvalidInput))
	}
	// Output:
	// POST /people  {"lang":"en"}
	// crm.default refused: false
	// POST /people  {"lang":null}
	// crm.pass refused: false
	// crm.reject refused: true
}

// What becomes of a member that no schema names: it is sent, or taken out, or refused.
func ExampleValidation_extra() {
	provider := httptest.NewServer(http.HandlerFunc(mirror)) // prints what it is asked
	defer provider.Close()
	var actions []waygate.Action
	for _, extra := range []validation.Extra{validation.ExtraKeep, validation.ExtraStrip, validation.ExtraError} {
		actions = append(actions, waygate.HTTPAction{
			ID: string(extra), Method: "POST", Path: "/people",
			InputSchema: json.RawMessage(`{"properties": {"name": {"type": "string"}}}`),
			Validation:  waygate.Validation{InputExtra: extra},
		})
	}
	gw, acme := connected(waygate.Config{}, waygate.Integration{ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{}, Actions: actions})
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		_, err := acme.Invoke(context.Background(), a.ID, map[string]any{"name": "Ann", "shoe": 38})
		fmt.Println(a.ID, "refused:", errors.Is(err, waygate.ErrInvalidInput))
	}
	// Output:
	// crm.error refused: true
	// POST /people  {"name":"Ann","shoe":38}
	// crm.keep refused: false
	// POST /people  {"name":"Ann"}
	// crm.strip refused: false
}

// An answer that doesn't fit its schema: by default the call succeeds, with a warning. Strict makes it fail, here for all
// actions but one; and coerce makes the answer fit.
func ExampleValidation_response() {
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"name": null, "shoe": 38}`)
	}))
	defer provider.Close()
	me := waygate.HTTPAction{
		ID: "strict", Method: "GET", Path: "/me",
		OutputSchema: json.RawMessage(`{"properties": {"name": {"type": "string", "default": "?"}}}`),
	}
	warned, fitted := me, me
	warned.ID, warned.Validation = "warned", waygate.Validation{Response: validation.Warn}
	fitted.ID, fitted.Validation = "fitted", waygate.Validation{
		Response: validation.Coerce, ResponseNulls: validation.NullsDefault, ResponseExtra: validation.ExtraStrip,
	}
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{},
		Validation: waygate.Validation{Response: validation.Strict},
		Actions:    []waygate.Action{me, warned, fitted},
	})

	_, err := acme.Invoke(context.Background(), "crm.strict", nil)
	var e *waygate.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Fields[0].Pointer, "wants", e.Fields[0].Expected, "and got", e.Fields[0].Received)
	}
	for _, action := range []string{"crm.warned", "crm.fitted"} {
		res, err := acme.Invoke(context.Background(), action, nil)
		noError(err)
		fmt.Println(string(res.JSON()), res.Meta.Warnings)
	}
	// Output:
	// invalid_response /name wants string and got null
	// {"name":null,"shoe":38} [response /name: type wants string, got null]
	// {"name":"?"} []
}

// Bounds of the schemas that a host takes from others, and of what they check: the default engine with other limits. A
// whole other engine is given in the same way.
func ExampleConfig_engine() {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Engine: validation.Kaptinlin{MaxPatterns: 1}})
	noError(err)
	err = gw.Check(waygate.Integration{
		ID: "crm", BaseURL: "https://crm.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add", Method: "POST", Path: "/people",
			InputSchema: json.RawMessage(`{"properties": {"id": {"pattern": "^p-"}, "phone": {"pattern": "^[0-9]+$"}}}`),
		}},
	})
	fmt.Println("refused:", errors.Is(err, waygate.ErrConfig))
	// Output: refused: true
}
