// Command core is what somebody writes who has found the library today.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing/fstest"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// Issue is what the program wants of an answer.
type Issue struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

func main() {
	ctx := context.Background()
	provider := httptest.NewServer(http.HandlerFunc(answer))
	defer provider.Close()
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{
		Allow:     []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Ports:     []uint16{netip.MustParseAddrPort(provider.Listener.Addr().String()).Port()},
		AllowHTTP: true,
	}})
	fine(err)
	fine(gw.Register(ctx, waygate.Integration{
		ID: "tracker", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "list_issues", Method: "GET", Path: "/issues", Pagination: pagination.Link{}},
			waygate.HTTPAction{ID: "get_issue", Method: "GET", Path: "/issues/{id}"},
		},
	}))
	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, "tracker", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")})
	fine(err)
	for issue, err := range waygate.Items[Issue](ctx, acme, "tracker.list_issues", nil) {
		fine(err)
		fmt.Println(issue.ID, issue.Title)
	}
	_, err = waygate.Invoke[Issue](ctx, acme, "tracker.get_issue", map[string]any{"id": 404})
	fmt.Println("missing:", errors.Is(err, waygate.ErrMissing))
	files(ctx, gw)
	fine(gw.Shutdown(ctx))
}

// answer is the provider: two pages of issues.
func answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Header.Get("Authorization") != "Bearer token-of-acme":
		http.Error(w, "{}", http.StatusUnauthorized)
	case r.URL.Path != "/issues":
		http.Error(w, "{}", http.StatusNotFound)
	case r.URL.Query().Get("page") == "":
		w.Header().Set("Link", `</issues?page=2>; rel="next"`)
		fmt.Fprint(w, `[{"id": 1, "title": "one"}, {"id": 2, "title": "two"}]`)
	default:
		fmt.Fprint(w, `[{"id": 3, "title": "three"}]`)
	}
}

// files makes an integration of an API document, and a catalogue file of that.
func files(ctx context.Context, gw *waygate.Gateway) {
	doc, err := openapi.Load(ctx, openapi.Bytes("crm.yaml", []byte(`
openapi: 3.1.0
info: {title: CRM, version: "1"}
servers: [{url: https://crm.example.com}]
paths: {/contacts: {get: {operationId: listContacts, responses: {"200": {description: ok}}}}}
`)), openapi.Options{})
	fine(err)
	res, err := doc.Import(ctx, openapi.ImportOptions{})
	fine(err)
	text, err := catalogue.YAML(res.Integration)
	fine(err)
	fine(catalogue.Register(ctx, gw, fstest.MapFS{"crm.yaml": {Data: text}}))
	fmt.Println("from a document:", res.Report.Imported)
}

func fine(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
