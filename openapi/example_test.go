package openapi_test

import (
	"context"
	"fmt"
	"strings"
	"testing/fstest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

// crm is a document. A program has it in a file: openapi.File(os.DirFS("."), "crm.yaml").
func crm() openapi.Source {
	return openapi.Bytes("crm.yaml", []byte(`
openapi: 3.1.0
info: {title: CRM, version: "2"}
servers: [{url: https://api.crm.example.com/v2}]
security: [{token: []}]
paths:
  /contacts:
    get:
      operationId: listContacts
      tags: [contacts]
      parameters:
        - {name: cursor, in: query, schema: {type: string}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}, explode: false}
      responses:
        "200":
          description: a page
          content: {application/json: {schema: {$ref: "#/components/schemas/Page"}}}
  /contacts/{id}:
    trace: {responses: {}}
components:
  securitySchemes: {token: {type: http, scheme: bearer}}
  schemas:
    Page:
      type: object
      properties:
        contacts: {type: array, items: {$ref: "#/components/schemas/Contact"}}
        next_cursor: {type: string}
    Contact:
      type: object
      properties: {name: {type: string}, reports_to: {$ref: "#/components/schemas/Contact"}}
`))
}

// A document becomes an integration. The report says of each operation whether it did, and if not, why.
func Example() {
	ctx := context.Background()
	doc, err := openapi.Load(ctx, crm(), openapi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := doc.Import(ctx, openapi.ImportOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = gw.Shutdown(ctx) }()
	if err := gw.Register(ctx, res.Integration); err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		fmt.Println(a.ID, a.Info.Method, a.Info.Path)
	}
	fmt.Println(res.Report.Total, "=", res.Report.Imported, "+", res.Report.Filtered, "+", res.Report.Skipped)
	for _, s := range res.Report.Skips {
		fmt.Println(s)
	}
	// Output:
	// crm.list_contacts GET /contacts
	// 2 = 1 + 0 + 1
	// TRACE /contacts/{id} (line 19, /paths/~1contacts~1{id}/trace): method: the method can't be sent: only GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS can
}

// What a document holds, before anything is imported.
func ExampleDocument_Operations() {
	doc, err := openapi.Load(context.Background(), crm(), openapi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range doc.Operations() {
		fmt.Println(op.Line, op.Method, op.Path, op.Action)
	}
	// Output:
	// 8 GET /contacts list_contacts
	// 19 TRACE /contacts/{id} trace_contacts_id
}

// A part of a document: by tag, and nothing that deletes.
func ExampleMatching() {
	ctx := context.Background()
	doc, err := openapi.Load(ctx, crm(), openapi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	only, err := openapi.Matching("tag:contacts", "!DELETE /**")
	if err != nil {
		fmt.Println(err)
		return
	}
	res, err := doc.Import(ctx, openapi.ImportOptions{Select: only})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Report.Imported, "imported,", res.Report.Filtered, "filtered")
	// Output: 1 imported, 1 filtered
}

// importOf imports a document with one operation, whose body has the schema.
func importOf(schema string) (waygate.Integration, error) {
	ctx := context.Background()
	doc, err := openapi.Load(ctx, openapi.Bytes("people.json", []byte(`{"openapi":"3.0.3","info":{"title":"people"},
		"servers":[{"url":"https://people.example.com"}],"paths":{"/people":{"post":{"operationId":"addPerson",
		"requestBody":{"required":true,"content":{"application/json":{"schema":`+schema+`}}},"responses":{"204":{}}}}}}`)), openapi.Options{})
	if err != nil {
		return waygate.Integration{}, err
	}
	res, err := doc.Import(ctx, openapi.ImportOptions{})
	if err != nil {
		return waygate.Integration{}, err
	}
	return res.Integration, nil
}

// A document in a file, with those that it refers to in files beside it.
func ExampleFile() {
	dir := fstest.MapFS{ // os.DirFS("apis") of a program
		"crm.yaml":      {Data: []byte("openapi: 3.1.0\ninfo: {title: CRM, version: '1'}\npaths:\n  /me: {$ref: 'paths/me.yaml'}\n")},
		"paths/me.yaml": {Data: []byte("get: {operationId: getMe, responses: {'204': {description: here}}}\n")},
	}
	doc, err := openapi.Load(context.Background(), openapi.File(dir, "crm.yaml"), openapi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, op := range doc.Operations() {
		fmt.Println(op.Method, op.Path, op.Action)
	}
	// Output: GET /me get_me
}

// A document that somebody sends, such as the body of an upload.
func ExampleReader() {
	body := strings.NewReader(`{"swagger":"2.0","info":{"title":"CRM","version":"1"},"paths":{}}`)
	doc, err := openapi.Load(context.Background(), openapi.Reader("upload.json", body), openapi.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(doc.Title(), doc.Version(), doc.Format())
	// Output: CRM 1 2.0
}

// What an operation will be called, with an operationId and without one.
func ExampleActionName() {
	fmt.Println(openapi.ActionName("listContacts", "GET", "/contacts"))
	fmt.Println(openapi.ActionName("", "GET", "/contacts/{id}/notes"))
	// Output:
	// list_contacts
	// get_contacts_id_notes
}
