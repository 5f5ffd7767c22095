package docs_test

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/waygatetest"
)

//go:embed integrations
var integrations embed.FS

// Ticket is what a host wants to know of one.
type Ticket struct {
	ID      int    `json:"id"`
	Subject string `json:"subject"`
}

// Example_connectProvider lets the gateway read the files, and shows a request without sending it.
func Example_connectProvider() {
	ctx := context.Background()
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	noError(catalogue.Register(ctx, gw, integrations))

	acme := gw.Tenant("acme")
	_, err = acme.Connect(ctx, "helpdesk", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Token("token-of-acme"),
		Parameters: map[string]string{"subdomain": "acme"},
		Unverified: true, // there is no helpdesk behind this page
	})
	noError(err)
	p, err := acme.Preview(ctx, "helpdesk.list_tickets", map[string]any{"status": "open"})
	noError(err)
	fmt.Println(p.Method, p.URL)
	fmt.Println("Authorization:", p.Header.Get("Authorization"))
	// Output:
	// GET https://acme.helpdesk.example.com/api/v2/tickets?per_page=100&status=open
	// Authorization: [redacted]
}

// Example_connectMistakes shows what a file with mistakes is answered.
func Example_connectMistakes() {
	gw, err := waygate.New(waygate.Config{Store: memory.New()})
	noError(err)
	err = catalogue.Register(context.Background(), gw, fstest.MapFS{
		"crm.yaml":  {Data: []byte("id: crm\nbase_url: https://crm.example.com\nauth: {kind: berer}\n")},
		"shop.yaml": {Data: []byte("id: shop\nbase_url: https://shop.example.com\nauth: {kind: bearer}\nactions:\n  - {id: list, metod: GET, path: /orders}\n")},
	})
	fmt.Println(err)
	var e *catalogue.Error
	fmt.Println(errors.Is(err, waygate.ErrConfig), errors.As(err, &e), e.File, e.Line, e.Field)
	// Output:
	// crm.yaml:3:8: /auth/kind: auth: auth: decode: kind: there is no scheme "berer"; known are all, any, basic, bearer, client_certificate, github_app, headers, jwt, key, login, none, oauth1, oauth2, signature: did you mean "bearer"?
	// shop.yaml:5:16: /actions/0/metod: actions[0]: (list) unknown member /metod: did you mean "method"?
	// true true crm.yaml 3 /auth/kind
}

func TestHelpdesk(t *testing.T) {
	t.Parallel()
	p := waygatetest.NewProvider(t)
	gw := waygatetest.New(t, waygatetest.WithProvider(p))
	list, err := catalogue.Parse(gw.Gateway, integrations)
	must(t, err)
	for _, in := range list {
		in.BaseURL = p.URL() // the scripted provider in place of the real one
		must(t, gw.Register(t.Context(), in))
	}

	p.On("GET /me", waygatetest.JSON(200, map[string]any{"id": 1}))
	p.On("GET /tickets",
		waygatetest.JSON(200, map[string]any{"tickets": []Ticket{{1, "Printer"}}, "meta": map[string]any{"next": "c2"}}),
		waygatetest.JSON(200, map[string]any{"tickets": []Ticket{{2, "Scanner"}}, "meta": map[string]any{}}))

	acme := gw.Tenant("acme")
	_, err = acme.Connect(t.Context(), "helpdesk", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Token("token-of-acme"), Parameters: map[string]string{"subdomain": "acme"},
	})
	must(t, err)
	var got []Ticket
	for ticket, err := range waygate.Items[Ticket](t.Context(), acme, "helpdesk.list_tickets", nil) {
		must(t, err)
		got = append(got, ticket)
	}
	if diff := cmp.Diff([]Ticket{{1, "Printer"}, {2, "Scanner"}}, got); diff != "" {
		t.Error(diff)
	}
	if asked := p.Requests("GET /tickets"); len(asked) != 2 || asked[1].Query.Get("after") != "c2" {
		t.Errorf("asked for %d pages, the second after %q", len(asked), asked[1].Query.Get("after"))
	}
}

func noError(err error) {
	if err != nil {
		panic(err)
	}
}
