package main

import (
	"context"
	"strings"

	"github.com/waygate-go/waygate"
)

// connect: stripe-mock takes any key that looks like one of a test account.
func (s *story) connect(ctx context.Context) {
	s.title("A key is proved before it is saved")
	_, err := s.acme.Connect(ctx, "stripe", s.account("main", "a-wrong-key"))
	e := s.failure(err, waygate.ErrAuth)
	s.seen(ctx, "GET /v1/balance - 401")
	s.check("Stripe repeats the key, the error doesn't", strings.Contains(e.Message, "was 'Bearer [redacted]'"), true)
	_, err = s.acme.Connection(ctx, "stripe", "main")
	s.say("a wrong key: %s, status %d, %s; then the connection is %s", e.Kind, e.Status, e.Hint,
		s.failure(err, waygate.ErrUnresolved).Kind)

	info, err := s.acme.Connect(ctx, "stripe", s.account("main", s.key))
	if err != nil {
		s.fail(err)
		return
	}
	s.seen(ctx, "GET /v1/balance map[] 200")
	s.say("another one: connected as %s, %s", info.Slug, info.Status)
}

// Customer is as much of one as this program reads.
type Customer struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Metadata map[string]string `json:"metadata"`
	Deleted  bool              `json:"deleted"`
	Source   struct {
		BankName string `json:"bank_name"`
	} `json:"default_source"`
}

// customer is made of a map.
func (s *story) customer(ctx context.Context) {
	s.title("A form with objects and lists, from a map")
	c := form[Customer](ctx, s, "stripe.create_customer", map[string]any{
		"name":              "Ada & Söhne",
		"address":           map[string]any{"city": "Zürich", "line1": "Bahnhofstrasse 1"},
		"metadata":          map[string]any{"order": 6735},
		"preferred_locales": []string{"de", "en"},
		"expand":            []string{"default_source"},
	},
		"address%5Bcity%5D=Z%C3%BCrich", "address%5Bline1%5D=Bahnhofstrasse+1",
		"expand%5B%5D=default_source", "metadata%5Border%5D=6735", "name=Ada+%26+S%C3%B6hne",
		"preferred_locales%5B%5D=de", "preferred_locales%5B%5D=en")
	s.seen(ctx, "POST /v1/customers map[address:map[city:Zürich line1:Bahnhofstrasse 1] expand:[default_source] "+
		"metadata:map[order:6735] name:Ada & Söhne preferred_locales:[de en]] 200")
	s.check("name", c.Name, "Ada & Söhne")
	s.check("metadata, which stripe-mock doesn't echo", len(c.Metadata), 0)
	s.check("an expanded source", c.Source.BankName, "STRIPE TEST BANK")
	s.say("answer: %s, with the source at %s expanded", c.Name, c.Source.BankName)
}

// Intent is a payment under way, as this program writes and reads it.
type Intent struct {
	Amount   int      `json:"amount"`
	Currency string   `json:"currency"`
	Methods  []string `json:"payment_method_types"`
	Details  Details  `json:"amount_details"`
}

// Details are what is paid for.
type Details struct {
	Items []Item `json:"line_items,omitempty"`
}

// Item is one thing of these.
type Item struct {
	Name     string `json:"product_name"`
	Quantity int    `json:"quantity"`
	Cost     int    `json:"unit_cost"`
}

// paymentIntent is made of a struct, and read as the same.
func (s *story) paymentIntent(ctx context.Context) {
	s.title("A form with a list of objects, from a struct")
	in := Intent{2400, "chf", []string{"card", "link"}, Details{[]Item{{"Tea", 2, 700}, {"Pot", 1, 1000}}}}
	got := form[Intent](ctx, s, "stripe.create_payment_intent", in, "amount=2400",
		"amount_details%5Bline_items%5D%5B0%5D%5Bproduct_name%5D=Tea",
		"amount_details%5Bline_items%5D%5B0%5D%5Bquantity%5D=2",
		"amount_details%5Bline_items%5D%5B0%5D%5Bunit_cost%5D=700",
		"amount_details%5Bline_items%5D%5B1%5D%5Bproduct_name%5D=Pot",
		"amount_details%5Bline_items%5D%5B1%5D%5Bquantity%5D=1",
		"amount_details%5Bline_items%5D%5B1%5D%5Bunit_cost%5D=1000",
		"currency=chf", "payment_method_types%5B%5D=card", "payment_method_types%5B%5D=link")
	s.seen(ctx, "POST /v1/payment_intents map[amount:2400 amount_details:map[line_items:["+
		"map[product_name:Tea quantity:2 unit_cost:700] map[product_name:Pot quantity:1 unit_cost:1000]]] "+
		"currency:chf payment_method_types:[card link]] 200")
	in.Details = got.Details // stripe-mock has details of its own
	s.check("answer", got, in)
	s.say("answer: %d.%02d %s by %s", got.Amount/100, got.Amount%100, got.Currency, strings.Join(got.Methods, " or "))
}

// lists: each page is a call. These have one.
func (s *story) lists(ctx context.Context) {
	s.title("Lists, page by page")
	s.list(ctx, "stripe.list_charges", nil, "GET /v1/charges map[limit:100] 200")
	s.list(ctx, "stripe.search_customers", map[string]any{"query": "email:'ada@acme.example'"},
		"GET /v1/customers/search map[limit:100 query:email:'ada@acme.example'] 200")
}

func (s *story) list(ctx context.Context, action string, in map[string]any, seen string) {
	found, pages := 0, 0
	for page, err := range waygate.Pages[struct{}](ctx, s.acme, action, in) {
		if err != nil {
			s.fail(err)
			return
		}
		found, pages = found+len(page.Items), pages+1
	}
	s.seen(ctx, seen)
	s.check("records and pages", []int{found, pages}, []int{1, 1})
	s.say("%s: %d on %d page", action, found, pages)
}

// unknown ids are as good as known ones here.
func (s *story) unknown(ctx context.Context) {
	s.title("One customer, by id")
	const id = "cus_nobody"
	got, err := waygate.Invoke[Customer](ctx, s.acme, "stripe.get_customer",
		map[string]any{"customer": id, "expand": []string{"default_source", "subscriptions"}})
	s.fail(err)
	s.seen(ctx, "GET /v1/customers/"+id+" map[expand:[default_source subscriptions]] 200")
	gone, err := waygate.Invoke[Customer](ctx, s.acme, "stripe.delete_customer", map[string]any{"customer": id})
	s.fail(err)
	s.seen(ctx, "DELETE /v1/customers/"+id+" map[] 200")
	s.check("ids", []string{got.ID, gone.ID}, []string{id, id})
	s.check("deleted", gone.Deleted, true)
	s.say("%s: read, its source at %s expanded; then deleted: %t", got.ID, got.Source.BankName, gone.Deleted)
}

// file goes to the other integration, whose connection has the same key.
func (s *story) file(ctx context.Context) {
	s.title("A file")
	_, err := s.acme.Connect(ctx, "stripe-files", s.account("main", s.key))
	s.fail(err)
	got, err := waygate.Invoke[map[string]any](ctx, s.acme, "stripe-files.upload_file", map[string]any{
		"purpose": "dispute_evidence",
		"file":    waygate.FileBytes("receipt.txt", "text/plain", []byte("2 teas, 1 pot")),
	})
	s.fail(err)
	s.seen(ctx, "POST /v1/files map[file:2 teas, 1 pot purpose:dispute_evidence] 200")
	s.check("answer", []any{got["object"], got["purpose"]}, []any{"file", "dispute_evidence"})
	s.say("uploaded: a %v for %v", got["object"], got["purpose"])
}
