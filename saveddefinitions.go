package waygate

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate/internal/bounded"
)

// maxSaved bounds the ids that are remembered, those that nobody saved included.
const maxSaved = 10_000

// savedDefinitions remembers the definitions of the store, compiled.
type savedDefinitions struct {
	gw   *Gateway
	defs *bounded.Map[string, *remembered[savedDefinition]]

	mu       sync.Mutex      // guards what follows
	shadowed map[string]bool // ids that are registered too, and were told of
	behind   bool            // something was saved or deleted elsewhere
}

// savedDefinition is a version of a definition; compiled is nil where nothing is
// saved.
type savedDefinition struct {
	compiled *compiledIntegration
	version  int64
}

func newSavedDefinitions(g *Gateway) *savedDefinitions {
	return &savedDefinitions{gw: g, shadowed: map[string]bool{},
		defs: bounded.New[string, *remembered[savedDefinition]](maxSaved, nil)}
}

func (s *savedDefinitions) entry(id string) *remembered[savedDefinition] {
	return s.defs.GetOrCreate(id, func() *remembered[savedDefinition] { return &remembered[savedDefinition]{} })
}

// get finds a saved definition; nil if there is none.
func (s *savedDefinitions) get(ctx context.Context, id string) (*compiledIntegration, error) {
	m := s.entry(id)
	d, err := m.get(ctx, s.gw, func(ctx context.Context) (savedDefinition, error) { return s.read(ctx, id, m) })
	if err != nil {
		return nil, storeError(ctx, "", err)
	}
	return d.compiled, nil
}

// read asks the store for the newest version, and compiles it if it is another
// than the one that is known.
func (s *savedDefinitions) read(ctx context.Context, id string, m *remembered[savedDefinition]) (savedDefinition, error) {
	row, err := s.gw.cfg.Store.Definitions().Get(ctx, id, 0)
	if errors.Is(err, ErrUnresolved) {
		return savedDefinition{}, nil
	}
	if err != nil {
		return savedDefinition{}, err
	}
	m.mu.Lock()
	known := m.value
	m.mu.Unlock()
	if known.compiled != nil && known.version == row.Version {
		return known, nil
	}
	in, err := parseIntegration(row.Body, s.gw.cfg.Kinds)
	if err != nil {
		return savedDefinition{}, definitionError("", id, fmt.Errorf("version %d in the store: %w", row.Version, err))
	}
	c, err := s.gw.compile(in)
	if err != nil {
		return savedDefinition{}, definitionError("", id, fmt.Errorf("version %d in the store: %w", row.Version, err))
	}
	return savedDefinition{c, row.Version}, nil
}

// all are the definitions that are known.
func (s *savedDefinitions) all() map[string]*compiledIntegration {
	list := map[string]*compiledIntegration{}
	s.defs.Range(func(id string, m *remembered[savedDefinition]) bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.known && m.value.compiled != nil {
			list[id] = m.value.compiled
		}
		return true
	})
	return list
}

// changed is told of what somebody saved or deleted.
func (s *savedDefinitions) changed(id string) {
	s.missed()
	if m, ok := s.defs.Get(id); ok {
		m.expire(s.gw.cfg.Now())
	}
}

// changedAll is for a watch that may have missed something.
func (s *savedDefinitions) changedAll() {
	s.missed()
	s.defs.Range(func(_ string, m *remembered[savedDefinition]) bool {
		m.expire(s.gw.cfg.Now())
		return true
	})
}

// missed makes the next follow read the list.
func (s *savedDefinitions) missed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = true
}

// follow reads what was saved elsewhere, while Run runs: for a listing that is
// complete, and calls that need not wait.
func (s *savedDefinitions) follow(ctx context.Context) error {
	s.mu.Lock()
	behind := s.behind
	s.behind = false
	s.mu.Unlock()
	if !behind {
		return nil
	}
	done := false
	defer func() { // also after a panic of the store's
		if !done {
			s.missed()
		}
	}()
	err := s.load(ctx)
	done = err == nil
	return err
}

func (s *savedDefinitions) load(ctx context.Context) error {
	gone := s.all()
	for cursor := ""; ; {
		page, err := s.gw.cfg.Store.Definitions().List(ctx, cursor)
		if err != nil {
			return err
		}
		for _, row := range page.Definitions {
			delete(gone, row.ID)
			s.outdated(row.ID, row.Version)
			s.refresh(ctx, row.ID)
			s.shadow(row.ID)
		}
		if cursor = page.Cursor; cursor == "" {
			break
		}
	}
	for id := range gone { // deleted elsewhere
		s.outdated(id, 0)
		s.refresh(ctx, id)
	}
	return ctx.Err()
}

// outdated makes an id be asked for anew if another version of it is known.
func (s *savedDefinitions) outdated(id string, version int64) {
	m := s.entry(id)
	m.mu.Lock()
	known := m.value.version
	m.mu.Unlock()
	if known != version {
		m.expire(s.gw.cfg.Now())
	}
}

func (s *savedDefinitions) refresh(ctx context.Context, id string) {
	if _, err := s.get(ctx, id); err != nil && ctx.Err() == nil {
		s.gw.cfg.Logger.Warn("waygate: a saved integration can't be used", zap.String("integration", id), zap.Error(err))
	}
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

// deleted remembers that this process deleted a definition.
func (s *savedDefinitions) deleted(id string, c change) {
	s.entry(id).set(savedDefinition{}, c)
	s.missed()
}

// wrote remembers what this process saved.
func (s *savedDefinitions) wrote(c *compiledIntegration, row StoredDefinition, own change) {
	s.entry(row.ID).set(savedDefinition{c, row.Version}, own)
	s.missed()
}
