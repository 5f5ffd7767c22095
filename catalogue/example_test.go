package catalogue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing/fstest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// crm is a catalogue of one file. A program uses an embed.FS, or os.DirFS.
func crm() fstest.MapFS {
	return fstest.MapFS{"crm.yaml": {Data: []byte(`
id: crm
base_url: https://api.crm.example.com/v2
auth: {kind: bearer}
actions:
  - id: list_contacts
    method: GET
    path: /contacts
    records: data
    input_schema: {type: object, properties: {owner: {type: string}}}
`)}}
}

// A directory of definitions becomes the integrations of a gateway.
func Example() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = gw.Shutdown(ctx) }()
	if err := catalogue.Register(ctx, gw, crm()); err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		fmt.Println(a.ID, a.Info.Method, a.Info.Path)
	}
	// Output: crm.list_contacts GET /contacts
}

// Definitions are read without being registered, to be looked at or to replace others.
func ExampleParse() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = gw.Shutdown(ctx) }()
	list, err := catalogue.Parse(gw, crm())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, in := range list { // a catalogue in use is changed by Replace
		fmt.Println(in.ID, gw.Replace(ctx, in))
	}
	// Output: crm <nil>
}

// A mistake in a file is told with its line and column.
func ExampleError() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = gw.Shutdown(ctx) }()
	fsys := crm()
	fsys["shop.yaml"] = &fstest.MapFile{Data: []byte("id: shop\nbase_url: https://shop.example.com\nauth:\n  kind: berer\n")}
	err = catalogue.Register(ctx, gw, fsys)
	var e *catalogue.Error
	if errors.As(err, &e) {
		fmt.Println(e.File, e.Line, e.Column, e.Field, errors.Is(err, waygate.ErrConfig))
	}
	// Output: shop.yaml 4 3 /auth/kind true
}

// A definition that a program has made, as a file.
func ExampleYAML() {
	text, err := catalogue.YAML(waygate.Integration{
		ID:          "crm",
		Description: "Contacts and deals.\nAsk sales for a token.\n",
		BaseURL:     "https://api.crm.example.com/v2",
		Auth:        auth.Bearer{},
		Headers:     map[string]string{"X-Version": "2026-01-31"},
		Pagination:  pagination.Link{},
		Actions:     []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts"}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(text))
	// Output:
	// id: crm
	// description: |
	//   Contacts and deals.
	//   Ask sales for a token.
	// base_url: https://api.crm.example.com/v2
	// auth:
	//   kind: bearer
	// headers:
	//   X-Version: "2026-01-31"
	// pagination:
	//   kind: link
	// actions:
	//   - kind: http
	//     id: list_contacts
	//     method: GET
	//     path: /contacts
}

// The same as JSON.
func ExampleJSON() {
	text, err := catalogue.JSON(waygate.Integration{ID: "crm", BaseURL: "https://api.crm.example.com/v2", Auth: auth.Bearer{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(text))
	// Output:
	// {
	//   "id": "crm",
	//   "base_url": "https://api.crm.example.com/v2",
	//   "auth": {
	//     "kind": "bearer"
	//   }
	// }
}

// The JSON Schema of the files, for an editor or a CI.
func ExampleSchema() {
	var schema struct {
		Dialect string `json:"$schema"`
		Title   string `json:"title"`
	}
	if err := json.Unmarshal(catalogue.Schema(), &schema); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Title)
	fmt.Println(schema.Dialect)
	// Output:
	// File of a Waygate catalogue
	// https://json-schema.org/draft/2020-12/schema
}
