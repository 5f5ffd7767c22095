package waygate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.uber.org/zap"
)

// SavedIntegration is a version of a definition in the store.
type SavedIntegration struct {
	ID      string
	Version int64 // 1, 2, 3, …
	SavedAt time.Time
	// Definition is what was saved.
	Definition Integration
}

// SavedIntegrationList is one page of the definitions in the store. Cursor is
// empty on the last one.
type SavedIntegrationList struct {
	Integrations []*SavedIntegration
	Cursor       string
}

// SaveIntegration writes a new version of a definition to the store, for all
// processes that share it. It is checked whole first: an error is [ErrConfig]
// and names the action and the field. One that holds Go (an action, a kind
// without written form) can't be saved. What is there already, equal in its
// written form, is not saved again; one that somebody else saves at the same time
// is [ErrConflict].
//
// This process uses the new version at once, the others within 2 s if they [Run],
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
	if c.written == "" {
		_, err := json.Marshal(c.def)
		return nil, definitionError(op, in.ID, fmt.Errorf("has no written form: %w", err))
	}
	if _, err := parseIntegration([]byte(c.written), g.cfg.Kinds); err != nil { // others couldn't read it either
		return nil, definitionError(op, in.ID, fmt.Errorf("can't be read back: %w", err))
	}
	store := g.cfg.Store.Definitions()
	latest, err := store.Get(ctx, in.ID, 0)
	switch {
	case err == nil && string(latest.Body) == c.written:
		g.saved.put(c, latest, g.cfg.Now())
		return saved(c, latest), nil
	case err != nil && !errors.Is(err, ErrUnresolved):
		return nil, definitionStoreError(ctx, op, in.ID, err)
	}
	before, _ := auditedVersion(latest)
	after, _ := auditedVersion(StoredDefinition{Version: latest.Version + 1, Body: []byte(c.written)})
	row, err := store.Put(ctx, StoredDefinition{ID: in.ID, Body: []byte(c.written)}, latest.Version,
		g.auditEntry(ctx, "", "definition.save", in.ID, before, after))
	if errors.Is(err, ErrConflict) {
		err = errorf(KindConflict, op, "integration %q was saved by somebody else meanwhile: read it again", in.ID)
	}
	if err != nil {
		return nil, definitionStoreError(ctx, op, in.ID, err)
	}
	g.saved.put(c, row, g.cfg.Now())
	return saved(c, row), nil
}

// auditedVersion is what the audit trail tells of a version: not the whole.
func auditedVersion(d StoredDefinition) (any, bool) {
	if d.Version == 0 {
		return nil, false
	}
	return map[string]any{"version": d.Version, "bytes": len(d.Body)}, true
}

func saved(c *compiledIntegration, row StoredDefinition) *SavedIntegration {
	return &SavedIntegration{ID: row.ID, Version: row.Version, SavedAt: row.CreatedAt, Definition: c.def.clone()}
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
		err = errorf(KindUnresolved, op, "no version %d of an integration %q is saved", version, clip(id))
		if version == 0 {
			err = errorf(KindUnresolved, op, "no integration %q is saved", clip(id))
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
// order of id. cursor is that of the page before, empty for the first.
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
			return nil, err
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
	err := g.cfg.Store.Definitions().Delete(ctx, id, g.auditEntry(ctx, "", "definition.delete", id, nil, nil))
	g.saved.forget(id)
	if errors.Is(err, ErrUnresolved) {
		err = errorf(KindUnresolved, op, "no integration %q is saved", clip(id))
	}
	if err != nil {
		return definitionStoreError(ctx, op, id, err)
	}
	return nil
}

// savedDefinitions remembers the definitions of the store, compiled.
type savedDefinitions struct {
	gw *Gateway

	mu       sync.Mutex // guards what follows
	defs     map[string]savedDefinition
	reading  map[string]chan struct{} // closed when the reader of an id is done
	shadowed map[string]bool          // ids that are registered too, and were told of
	behind   bool                     // something was saved or deleted elsewhere
}

type savedDefinition struct {
	compiled *compiledIntegration // nil: nothing is saved under this id
	version  int64
	at       time.Time // when the store was asked
	expired  bool      // something newer is there
}

// maxSaved bounds the ids that are remembered, those that nobody saved included.
const maxSaved = 10_000

func newSavedDefinitions(g *Gateway) *savedDefinitions {
	return &savedDefinitions{gw: g, defs: map[string]savedDefinition{}, reading: map[string]chan struct{}{}, shadowed: map[string]bool{}, behind: true}
}

// put remembers what was read or written; a version that is older than what is
// known is not believed.
func (s *savedDefinitions) put(c *compiledIntegration, row StoredDefinition, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old := s.defs[row.ID]; old.compiled != nil && old.version > row.Version && old.at.After(at) {
		return
	}
	if len(s.defs) >= maxSaved {
		clear(s.defs)
	}
	s.defs[row.ID] = savedDefinition{compiled: c, version: row.Version, at: at}
}

func (s *savedDefinitions) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.defs, id)
}

// expire makes an id be asked for anew; what is known serves if the store is away.
func (s *savedDefinitions) expire(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = true
	if d, ok := s.defs[id]; ok {
		d.expired = true
		s.defs[id] = d
	}
}

func (s *savedDefinitions) expireAll() {
	for id := range s.all() {
		s.expire(id)
	}
}

// all are the definitions that are known and not hidden.
func (s *savedDefinitions) all() map[string]*compiledIntegration {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make(map[string]*compiledIntegration, len(s.defs))
	for id, d := range s.defs {
		if d.compiled != nil {
			list[id] = d.compiled
		}
	}
	return list
}

// follow reads what was saved elsewhere, while Run runs.
func (s *savedDefinitions) follow(ctx context.Context) error {
	s.mu.Lock()
	behind := s.behind
	s.behind = false
	s.mu.Unlock()
	if !behind {
		return nil
	}
	err := s.load(ctx)
	if err != nil {
		s.mu.Lock()
		s.behind = true
		s.mu.Unlock()
	}
	return err
}

// load reads all saved definitions, for a listing that is complete and calls that
// need not wait.
func (s *savedDefinitions) load(ctx context.Context) error {
	for cursor := ""; ; {
		page, err := s.gw.cfg.Store.Definitions().List(ctx, cursor)
		if err != nil {
			return err
		}
		for _, row := range page.Definitions {
			if _, err := s.get(ctx, row.ID); err != nil && ctx.Err() == nil {
				s.gw.cfg.Logger.Warn("waygate: a saved integration can't be used", zap.String("integration", row.ID), zap.Error(err))
			}
			s.shadow(row.ID)
		}
		if cursor = page.Cursor; cursor == "" {
			return nil
		}
	}
}

// get finds a saved definition; nil if there is none.
func (s *savedDefinitions) get(ctx context.Context, id string) (*compiledIntegration, error) {
	for {
		s.mu.Lock()
		d, known := s.defs[id]
		if known && !d.expired && s.gw.watch.believes(d.at) {
			s.mu.Unlock()
			return d.compiled, nil
		}
		done := s.reading[id]
		if done == nil {
			s.reading[id] = make(chan struct{})
			s.mu.Unlock()
			return s.read(ctx, id, d, known)
		}
		s.mu.Unlock()
		select {
		case <-done:
		case <-ctx.Done():
			return nil, ctxError(ctx)
		}
	}
}

// read asks the store for the newest version, and compiles it if it is another
// than the one that is known.
func (s *savedDefinitions) read(ctx context.Context, id string, old savedDefinition, known bool) (*compiledIntegration, error) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(s.reading[id])
		delete(s.reading, id)
	}()
	at := s.gw.cfg.Now()
	row, err := s.gw.cfg.Store.Definitions().Get(ctx, id, 0)
	switch {
	case errors.Is(err, ErrUnresolved):
		s.put(nil, StoredDefinition{ID: id}, at)
		return nil, nil
	case err != nil && known && ctx.Err() == nil && at.Sub(s.gw.watch.known(old.at)) <= s.gw.cfg.MaxStale:
		return old.compiled, nil
	case err != nil:
		return nil, storeError(ctx, "", err)
	}
	c := old.compiled
	if c == nil || old.version != row.Version {
		in, err := parseIntegration(row.Body, s.gw.cfg.Kinds)
		if err == nil {
			c, err = s.gw.compile(in)
		}
		if err != nil {
			return nil, definitionError("", id, fmt.Errorf("version %d in the store: %w", row.Version, err))
		}
	}
	s.put(c, row, at)
	return c, nil
}

// shadow tells, once for each id, that a registered definition hides a saved one.
func (s *savedDefinitions) shadow(id string) {
	_, both := (*s.gw.defs.Load())[id]
	s.mu.Lock()
	told := s.shadowed[id]
	s.shadowed[id] = told || both
	s.mu.Unlock()
	if both && !told {
		s.gw.cfg.Logger.Info("waygate: an integration is both registered here and saved: the registered one is used", zap.String("integration", id))
	}
}
