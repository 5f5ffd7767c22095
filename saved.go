package waygate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// SavedIntegration is a version of a definition in the store.
type SavedIntegration struct {
	ID      string    // the integration's
	Version int64     // 1, 2, 3, …
	SavedAt time.Time // by the store's clock
	// Definition is what was saved.
	Definition Integration
	// Err is set in a listing where Definition can't be read here: it has a kind
	// that Config.Kinds doesn't give.
	Err error
}

// SavedIntegrationList is one page of the definitions in the store. Cursor is
// empty on the last one.
type SavedIntegrationList struct {
	Integrations []*SavedIntegration // the newest version of each
	Cursor       string
}

// SaveIntegration writes a new version of a definition to the store, for all
// processes that share it. It is checked whole first: an error is [ErrConfig]
// and names the action and the field. One that holds Go (an action, a kind
// without written form) can't be saved: give it to [Gateway.Replace] in each
// process. What is there already, equal in its
// written form, is not saved again; one that somebody else saves at the same time
// is [ErrConflict].
//
// This process uses the new version at once, the others within 2 s where [Gateway.Run] works,
// else on their next use after 1 s. Calls in flight go on with the version that
// they began with. Where an integration of the same ID is registered in a
// process, that one is used there.
func (g *Gateway) SaveIntegration(ctx context.Context, in Integration) (*SavedIntegration, error) {
	const op = "save_integration"
	if err := g.begin(ctx, op); err != nil {
		return nil, err
	}
	defer g.life.end()
	c, err := g.compile(in)
	if err != nil {
		return nil, definitionError(op, in.ID, err)
	}
	if c.digest == nil {
		return nil, definitionError(op, in.ID, unwritable(c.def))
	}
	body, err := json.Marshal(c.definition())
	if err != nil {
		return nil, definitionError(op, in.ID, unwritable(c.def))
	}
	if _, err := parseIntegration(body, g.cfg.Kinds); err != nil { // others couldn't read it either
		return nil, definitionError(op, in.ID, fmt.Errorf("can't be read back: %w", err))
	}
	store := g.cfg.Store.Definitions()
	own := g.saved.entry(in.ID).begin(g)
	latest, err := store.Get(ctx, in.ID, 0)
	switch {
	case err == nil && bytes.Equal(latest.Body, body):
		g.saved.wrote(c, latest, own)
		return saved(c, latest), nil
	case err != nil && !errors.Is(err, ErrUnresolved):
		return nil, definitionStoreError(ctx, op, in.ID, err)
	}
	next := latest.Version + 1
	if next == 1 {
		next = 0 // not known: there may have been others under this id
	}
	row, err := store.Put(ctx, StoredDefinition{ID: in.ID, Body: body}, latest.Version,
		g.auditEntry(ctx, "", "definition.save", in.ID, audited(latest.Version, latest.Body), audited(next, body)))
	if errors.Is(err, ErrConflict) {
		err = errorf(KindConflict, op, "integration %q was saved by somebody else meanwhile: read it again", in.ID)
	}
	if err != nil {
		g.saved.changed(in.ID) // it isn't known what became of it
		return nil, definitionStoreError(ctx, op, in.ID, err)
	}
	g.saved.wrote(c, row, own)
	return saved(c, row), nil
}

// unwritable says which parts of a definition have no written form.
func unwritable(in Integration) error {
	var names []string
	for _, a := range in.Actions {
		if !hasWrittenForm(a) {
			info, _ := safeInfo(a)
			names = append(names, clip(info.ID))
		}
	}
	if len(names) == 0 {
		_, err := json.Marshal(in)
		return fmt.Errorf("has no written form: %w: register it in each process with Replace", err)
	}
	return fmt.Errorf("has no written form: these actions are Go: %s: register it in each process with Replace, or save the others under an id of their own", choices(names))
}

// audited is what the audit trail tells of a version: its number, if that is known,
// and not the whole.
func audited(version int64, body []byte) any {
	switch {
	case len(body) == 0:
		return nil
	case version == 0:
		return map[string]any{"bytes": len(body)}
	}
	return map[string]any{"version": version, "bytes": len(body)}
}

func saved(c *compiledIntegration, row StoredDefinition) *SavedIntegration {
	return &SavedIntegration{ID: row.ID, Version: row.Version, SavedAt: row.CreatedAt, Definition: c.definition()}
}

func definitionStoreError(ctx context.Context, op, id string, err error) error {
	e := errorAs(err, kindOf(ctx, err, KindStore))
	e.Op, e.Integration = op, id
	return e
}

// SavedIntegration reads a version of a definition from the store; the newest for
// version 0.
func (g *Gateway) SavedIntegration(ctx context.Context, id string, version int64) (*SavedIntegration, error) {
	const op = "saved_integration"
	if err := g.begin(ctx, op); err != nil {
		return nil, err
	}
	defer g.life.end()
	row, err := g.cfg.Store.Definitions().Get(ctx, id, version)
	if errors.Is(err, ErrUnresolved) {
		err = errorf(KindUnresolved, op, "no version %d of an integration %q is saved: use 0 for the latest", version, clip(id))
		if version == 0 {
			err = errorf(KindUnresolved, op, "no integration %q is saved: Gateway.SavedIntegrations lists what is", clip(id))
		}
	}
	if err != nil {
		return nil, definitionStoreError(ctx, op, id, err)
	}
	return g.readSaved(op, row)
}

func (g *Gateway) readSaved(op string, row StoredDefinition) (*SavedIntegration, error) {
	in, err := parseIntegration(row.Body, g.cfg.Kinds)
	if err != nil {
		return nil, definitionError(op, row.ID, fmt.Errorf("version %d: %w", row.Version, err))
	}
	return &SavedIntegration{ID: row.ID, Version: row.Version, SavedAt: row.CreatedAt, Definition: in}, nil
}

// SavedIntegrations lists the newest versions of the definitions in the store, in
// order of id; one that can't be read here has its Err set. cursor is that of the page before, empty for the first.
func (g *Gateway) SavedIntegrations(ctx context.Context, cursor string) (*SavedIntegrationList, error) {
	const op = "saved_integrations"
	if err := g.begin(ctx, op); err != nil {
		return nil, err
	}
	defer g.life.end()
	page, err := g.cfg.Store.Definitions().List(ctx, cursor)
	if err != nil {
		return nil, storeError(ctx, op, err)
	}
	list := &SavedIntegrationList{Cursor: page.Cursor}
	for _, row := range page.Definitions {
		s, err := g.readSaved(op, row)
		if err != nil {
			s = &SavedIntegration{ID: row.ID, Version: row.Version, SavedAt: row.CreatedAt, Err: err}
		}
		list.Integrations = append(list.Integrations, s)
	}
	return list, nil
}

// DeleteIntegration removes a saved definition; its connections stay, and its
// versions can still be read by number. One that isn't saved is [ErrUnresolved].
// What is registered in a process is not touched: see [Gateway.Unregister].
func (g *Gateway) DeleteIntegration(ctx context.Context, id string) error {
	const op = "delete_integration"
	if err := g.begin(ctx, op); err != nil {
		return err
	}
	defer g.life.end()
	own := g.saved.entry(id).begin(g)
	err := g.cfg.Store.Definitions().Delete(ctx, id, g.auditEntry(ctx, "", "definition.delete", id, nil, nil))
	if err == nil {
		g.saved.deleted(id, own)
		return nil
	}
	g.saved.changed(id)
	if errors.Is(err, ErrUnresolved) {
		hint := ""
		if _, registered := (*g.defs.Load())[id]; registered {
			hint = ": it is registered in this process, use Unregister"
		}
		err = errorf(KindUnresolved, op, "no integration %q is saved%s", clip(id), hint)
	}
	return definitionStoreError(ctx, op, id, err)
}
