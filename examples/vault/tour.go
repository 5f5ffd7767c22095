package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/crm"
)

// tour is what its stops share.
type tour struct {
	out      io.Writer
	gw       *waygate.Gateway
	provider *crm.Server
	keys     *vault
}

// Contact is a contact of the CRM.
type Contact struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

func (t *tour) say(format string, args ...any) error {
	_, err := fmt.Fprintf(t.out, format+"\n", args...)
	return err
}

// contact gets the first contact of a tenant.
func (t *tour) contact(ctx context.Context, tenant string, opts ...waygate.Option) (Contact, *waygate.Result, error) {
	res, err := t.gw.Tenant(tenant).Invoke(ctx, "crm.get_contact", map[string]any{"id": 1}, opts...)
	if err != nil {
		return Contact{}, nil, err
	}
	c, err := waygate.Decode[Contact](res)
	return c, res, err
}

// resolved: acme has no connection in the gateway's store, Config.Resolve finds
// the vault's.
func (t *tour) resolved(ctx context.Context) error {
	c, res, err := t.contact(ctx, "acme")
	if err != nil {
		return err
	}
	return t.say("over the connection %q: %s, %d attempt", res.Meta.Connection, c.Name, res.Meta.Attempts)
}

// paged: a read goes over one connection from its first page to its last.
func (t *tour) paged(ctx context.Context) error {
	contacts, pages := 0, 0
	for page, err := range waygate.Pages[Contact](ctx, t.gw.Tenant("acme"), "crm.list_contacts", nil) {
		if err != nil {
			return err
		}
		contacts, pages = contacts+len(page.Items), pages+1
	}
	return t.say("and page by page: %d contacts on %d pages", contacts, pages)
}

// rotated: the token in the vault has run out. The call finds out by a 401, has
// it replaced, and goes on.
func (t *tour) rotated(ctx context.Context) error {
	t.provider.Issue("acme")
	c, res, err := t.contact(ctx, "acme")
	if err != nil {
		return err
	}
	records, err := t.gw.Tenant("acme").Records(ctx, waygate.RecordQuery{Action: "get_contact", Limit: 1})
	if err != nil {
		return err
	}
	var statuses []int
	for _, record := range records.Records {
		for _, a := range record.Attempts {
			statuses = append(statuses, a.Status)
		}
	}
	return t.say("with a token that ran out: %s, %d attempts %v", c.Name, res.Meta.Attempts, statuses)
}

// inGo: all that the action in Go sent is its own call's, but for what it called
// itself, which has a record of its own.
func (t *tour) inGo(ctx context.Context) error {
	t.provider.Issue("acme")
	acme := t.gw.Tenant("acme")
	c, err := waygate.Invoke[Contact](ctx, acme, "crm.newest_contact", nil)
	if err != nil {
		return err
	}
	records, err := acme.Records(ctx, waygate.RecordQuery{Limit: 2})
	if err != nil {
		return err
	}
	calls, child := map[string]waygate.CallRecord{}, waygate.CallRecord{}
	for _, r := range records.Records {
		calls[r.ID] = r
		if r.Parent != "" {
			child = r
		}
	}
	parent := calls[child.Parent]
	return t.say("by an action in Go: %s; %s made %d attempts, and %s for it %d", c.Name,
		parent.Action, len(parent.Attempts), child.Action, len(child.Attempts))
}

// through: the vault's resolve doesn't know globex. The call brings the
// connection itself.
func (t *tour) through(ctx context.Context) error {
	_, _, err := t.contact(ctx, "globex")
	if !errors.Is(err, waygate.ErrUnresolved) {
		return fmt.Errorf("without a connection: got %v, want one that is %w", err, waygate.ErrUnresolved)
	}
	desk := newVault(t.provider.Issue)
	desk.put("globex", t.provider.Token("globex"))
	c, res, err := t.contact(ctx, "globex", waygate.Through(desk.account("globex")))
	if err != nil {
		return err
	}
	return t.say("through a connection at hand: %s, %d attempt", c.Name, res.Meta.Attempts)
}

// refused: a connection that isn't the tenant's, and one that has to be renewed
// by a person.
func (t *tour) refused(ctx context.Context) error {
	_, _, err := t.contact(ctx, "globex", waygate.Through(t.keys.account("acme")))
	var foreign, empty *waygate.Error
	if !errors.As(err, &foreign) || !errors.Is(err, waygate.ErrConfig) {
		return fmt.Errorf("another tenant's connection: got %v, want one that is %w", err, waygate.ErrConfig)
	}
	_, _, err = t.contact(ctx, "initech", waygate.Through(t.keys.account("initech")))
	if !errors.As(err, &empty) || !errors.Is(err, waygate.ErrNeedsReauth) {
		return fmt.Errorf("a token that is not there: got %v, want one that is %w", err, waygate.ErrNeedsReauth)
	}
	return t.say("another tenant's connection: %s, %d attempts; a token that isn't there: %s, %d attempts",
		foreign.Kind, foreign.Attempts, empty.Kind, empty.Attempts)
}
