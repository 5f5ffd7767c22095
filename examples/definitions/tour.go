package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// tour is what its stops share.
type tour struct {
	out  io.Writer
	gw   *waygate.Gateway
	acme *waygate.Tenant
}

func (t *tour) say(format string, args ...any) error {
	_, err := fmt.Fprintf(t.out, format+"\n", args...)
	return err
}

// list shows what there is to call.
func (t *tour) list(context.Context) error {
	for _, a := range t.gw.Actions(waygate.ActionFilter{Tag: "contacts"}) {
		writes := "writes"
		if a.Info.Effects.ReadOnly {
			writes = "reads"
		}
		if err := t.say("%-19s %-5s %-14s %s: %s", a.ID, a.Info.Method, a.Info.Path, writes, a.Info.Name); err != nil {
			return err
		}
	}
	return nil
}

// call invokes an action with a map and reads a map.
func (t *tour) call(ctx context.Context) error {
	created, err := t.acme.Invoke(ctx, "crm.create_contact", map[string]any{"name": "Alan", "email": "alan@acme.example"})
	if err != nil {
		return err
	}
	contact, ok := created.Value().(map[string]any)
	if !ok {
		return fmt.Errorf("the contact is %T, want an object", created.Value())
	}
	if err := t.say("created, status %d: %s, id %d (%T)", created.Status, contact["name"], contact["id"], contact["id"]); err != nil {
		return err
	}
	again, err := t.acme.Invoke(ctx, "crm.get_contact", map[string]any{"id": contact["id"]})
	if err != nil {
		return err
	}
	return t.say("read again: %s", again.JSON())
}

// collect reads pages up to a limit, then the rest.
func (t *tour) collect(ctx context.Context) error {
	first, err := t.acme.Collect(ctx, "crm.list_contacts", nil, waygate.MaxItems(5))
	if err != nil {
		return err
	}
	rest, err := t.acme.Collect(ctx, "crm.list_contacts", nil, waygate.Continue(first.Meta.Next))
	if err != nil {
		return err
	}
	if err := t.say("collected %d contacts (cut at %s), then %d", first.Meta.Items, first.Meta.Truncated, rest.Meta.Items); err != nil {
		return err
	}
	deals, err := t.acme.Collect(ctx, "crm.list_deals", nil)
	if err != nil {
		return err
	}
	var names []string
	for _, deal := range deals.Value().([]any) { // a collected value is always a list
		members, _ := deal.(map[string]any)
		names = slices.Sorted(maps.Keys(members))
	}
	return t.say("collected %d deals on %d pages, with the members %s", deals.Meta.Items, deals.Meta.Pages, strings.Join(names, ", "))
}

// writtenAgain: a definition's written form reads back as the same definition.
func (t *tour) writtenAgain(ctx context.Context) error {
	integration, err := t.gw.Integration("crm")
	if err != nil {
		return err
	}
	written, err := json.Marshal(integration)
	if err != nil {
		return err
	}
	read, err := t.gw.ParseIntegration(written)
	if err != nil {
		return err
	}
	again, err := json.Marshal(read)
	if err != nil {
		return err
	}
	if err := t.gw.Register(ctx, read); err != nil { // the same definition again: nothing to do
		return err
	}
	return t.say("written and read, it is the same: %t", bytes.Equal(written, again))
}

// broken definitions are refused where they are read or registered, never in a
// call.
func (t *tour) broken(ctx context.Context) error {
	for _, b := range []struct{ old, new string }{
		{`"minLength": 1`, `"minLength": "one"`},
		{`"path": "/contacts/{id}"`, `"path": "contacts/{id}"`},
		{`"kind": "cursor"`, `"kind": "zigzag"`},
		{`"tags": ["deals"]`, `"tagz": ["deals"]`},
		{`"records": "deals"`, `"records": "deals[*]"`},
	} {
		text := strings.Replace(definition, b.old, b.new, 1)
		integration, err := t.gw.ParseIntegration([]byte(text))
		if err == nil {
			integration.ID = "broken"
			err = t.gw.Register(ctx, integration)
		}
		var e *waygate.Error
		if !errors.As(err, &e) || !errors.Is(err, waygate.ErrConfig) {
			return fmt.Errorf("%s: got %v, want an error that is %w", b.new, err, waygate.ErrConfig)
		}
		if err := t.say("%s\n  %s", b.new, e.Err); err != nil {
			return err
		}
	}
	return nil
}
