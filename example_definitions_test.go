package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/store/memory"
)

// mirror is a provider that prints what it is asked, and has two contacts.
func mirror(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	fmt.Println(r.Method, r.URL, r.Header.Get("X-Region"), string(body))
	_, _ = io.WriteString(w, `{"data": {"people": [{"nm": "Ann"}, {"nm": "Bob"}]}}`)
}

// Where each member of the input goes. What isn't declared goes to the path if
// it stands there, else to the query or the body, as the method has it.
func ExampleParameter() {
	provider := httptest.NewServer(http.HandlerFunc(mirror))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "add", Method: "POST", Path: "/lists/{list}/people",
			Parameters: []waygate.Parameter{
				{Name: "dry_run", In: waygate.InQuery, As: "dry-run", Default: false},
				{Name: "region", In: waygate.InHeader, As: "X-Region", Required: true},
			},
		}},
	})

	_, err := acme.Invoke(context.Background(), "crm.add", map[string]any{"list": "a/b", "region": "eu", "name": "Ann"})
	noError(err)
	_, err = acme.Invoke(context.Background(), "crm.add", map[string]any{"list": "a/b", "name": "Ann"})
	var e *waygate.Error
	if errors.As(err, &e) {
		fmt.Println(e.Kind, e.Fields[0].Pointer, e.Fields[0].Keyword)
	}
	// Output:
	// POST /lists/a%2Fb/people?dry-run=false eu {"name":"Ann"}
	// invalid_input /region required
}

// Callers see one vocabulary, whatever the provider calls things. Records is
// where the records are in the provider's answer, MappedRecords where the
// mapping puts them.
func ExampleHTTPAction_mapping() {
	provider := httptest.NewServer(http.HandlerFunc(mirror))
	defer provider.Close()
	_, acme := connected(waygate.Config{}, waygate.Integration{
		ID: "crm", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{
			ID: "search", Method: "POST", Path: "/search",
			InputMapping: &mapping.Mapping{Fields: []mapping.Field{
				{From: "text", To: "query.q"},
				{From: "limit", To: "query.top", Default: json.RawMessage(`10`)},
				{To: "version", Const: json.RawMessage(`"v2"`)},
			}},
			Records:       "data.people",
			OutputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "data.people", To: "contacts"}}},
			MappedRecords: "contacts",
		}},
	})

	res, err := acme.Invoke(context.Background(), "crm.search", map[string]any{"text": "a*"})
	noError(err)
	fmt.Println(string(res.JSON()))
	fmt.Println(res.Body())
	// Output:
	// POST /search  {"query":{"q":"a*","top":10},"version":"v2"}
	// [{"nm":"Ann"},{"nm":"Bob"}]
	// map[contacts:[map[nm:Ann] map[nm:Bob]] data:map[]]
}

// A definition can come from a file or an admin's form.
func ExampleGateway_ParseIntegration() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	in, err := gw.ParseIntegration([]byte(`{
		"id": "github",
		"base_url": "https://api.github.com",
		"auth": {"kind": "bearer"},
		"actions": [{
			"kind": "http", "id": "list_issues", "method": "GET", "path": "/repos/{owner}/{repo}/issues",
			"pagination": {"kind": "link"}, "timeout": "20s"
		}]
	}`))
	noError(err)
	noError(gw.Register(context.Background(), in))
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		fmt.Println(a.ID, a.Info.Path, a.Info.Timeout)
	}
	written, err := json.Marshal(in) // and back again
	noError(err)
	fmt.Println(bytes.HasPrefix(written, []byte(`{"id":"github"`)))

	_, err = gw.ParseIntegration([]byte(`{"id": "x", "base_uri": "https://api.example.com"}`))
	fmt.Println(errors.Is(err, waygate.ErrConfig), err)
	// Output:
	// github.list_issues /repos/{owner}/{repo}/issues 20s
	// true
	// true waygate: parse x: configuration: unknown member /base_uri: did you mean "base_url"?
}
