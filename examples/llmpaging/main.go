// Command llmpaging gives a language model a list in portions that fit its window.
// [listContacts] is what a model's tool does: it reads as many pages as fit a number
// of characters, ends exactly after the last record that does, also within a page,
// and gives a token that goes on with the next one.
//
//	go run ./examples/llmpaging
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// window is what an answer may cost: some 500 tokens of a model. Alone,
// [waygate.ForModel] allows 40,000 characters.
const window = 2000

// Portion is what the model reads.
type Portion struct {
	Contacts json.RawMessage `json:"contacts"`
	// Next is empty at the end of the list.
	Next string `json:"next,omitempty"`
	// Note says in words what a model would overlook.
	Note string `json:"note"`
}

// listContacts is the tool. next is that of the portion before, empty for the first.
func listContacts(ctx context.Context, t *waygate.Tenant, next string) (Portion, waygate.Meta, error) {
	opts := []waygate.Option{waygate.ForModel(), waygate.MaxChars(window), waygate.ReadOnly()}
	if next != "" {
		opts = append(opts, waygate.Continue(next))
	}
	res, err := t.Collect(ctx, "crm.list_contacts", map[string]any{"per_page": 20}, opts...)
	if err != nil && (res == nil || res.Meta.Items == 0) {
		return Portion{}, waygate.Meta{}, err
	}
	p := Portion{Contacts: res.JSON(), Next: res.Meta.Next, Note: "This is the end of the list."}
	switch {
	case err != nil: // a later page failed: what was read is good, and the token tries that page again
		p.Note = "The list could be read only in part. Ask again later with next."
	case p.Next != "":
		p.Note = fmt.Sprintf("There is more (%s). Ask again with next to see it.", res.Meta.Truncated)
	}
	return p, res.Meta, nil
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "llmpaging:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 70}, "globex": {Contacts: 70}}})
	if err != nil {
		return err
	}
	defer func() { _ = provider.Close() }()
	gw, err := newGateway(ctx, provider)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	acme, next, ids := gw.Tenant("acme"), "", map[int]bool{}
	for n := 1; n == 1 || next != ""; n++ {
		p, meta, err := listContacts(ctx, acme, next)
		if err != nil {
			return err
		}
		var contacts []struct{ ID int }
		if err := json.Unmarshal(p.Contacts, &contacts); err != nil {
			return err
		}
		for _, c := range contacts {
			if ids[c.ID] {
				return fmt.Errorf("contact %d came twice", c.ID)
			}
			ids[c.ID] = true
		}
		fmt.Fprintf(out, "portion %d: contacts %d to %d in %d characters, of %d pages. %s\n",
			n, contacts[0].ID, contacts[len(contacts)-1].ID, meta.Characters, meta.Pages, p.Note)
		if next = p.Next; n == 1 {
			_, _, err := listContacts(ctx, gw.Tenant("globex"), next)
			fmt.Fprintln(out, "the token in another tenant's hands is refused:", errors.Is(err, waygate.ErrInvalidInput))
		}
	}
	_, err = fmt.Fprintf(out, "all %d contacts, each once\n", len(ids))
	return err
}

// newGateway connects both accounts.
func newGateway(ctx context.Context, provider *crm.Server) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: provider.Policy()})
	if err != nil {
		return nil, err
	}
	if err := gw.Register(ctx, waygate.Integration{
		ID: "crm", BaseURL: provider.URL(), Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list_contacts", Method: "GET", Path: "/contacts", Pagination: pagination.Link{}}},
	}); err != nil {
		return nil, err
	}
	for _, tenant := range []string{"acme", "globex"} {
		account := waygate.ConnectionSpec{Slug: "main", Credential: auth.Token(provider.Token(tenant))}
		if _, err := gw.Tenant(tenant).Connect(ctx, "crm", account); err != nil {
			return nil, err
		}
	}
	return gw, nil
}
