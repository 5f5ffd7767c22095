package memory

import (
	"context"
	"slices"

	"github.com/waygate-go/waygate"
)

// definitions is the store as a [waygate.DefinitionStore].
type definitions struct{ s *Store }

// definitionSet is all definitions.
type definitionSet struct {
	histories map[string]*history
	ids       []string // of those not deleted, in order
}

// history is all versions of an id: version n is at n-1.
type history struct {
	versions []waygate.StoredDefinition
	deleted  bool
}

// newest is the version that is in use, 0 if none.
func (h *history) newest() int64 {
	if h == nil || h.deleted {
		return 0
	}
	return int64(len(h.versions))
}

func (p definitions) Put(ctx context.Context, d waygate.StoredDefinition, latest int64, entry *waygate.AuditEntry) (waygate.StoredDefinition, error) {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return waygate.StoredDefinition{}, err
	}
	defer s.mu.Unlock()
	if d.ID == "" {
		return waygate.StoredDefinition{}, invalid("ID: is empty: a definition needs one")
	}
	if err := checkAudit(entry, ""); err != nil {
		return waygate.StoredDefinition{}, err
	}
	set := &s.definitions
	h := set.histories[d.ID]
	if h.newest() != latest {
		return waygate.StoredDefinition{}, conflict("the newest version of definition %q is %d, not %d: read it again", clip(d.ID), h.newest(), latest)
	}
	if h == nil {
		h = &history{}
		set.histories[d.ID] = h
	}
	if latest == 0 {
		i, _ := slices.BinarySearch(set.ids, d.ID)
		set.ids = slices.Insert(set.ids, i, d.ID)
	}
	row := cloneDefinition(d)
	row.Version, row.CreatedAt = int64(len(h.versions))+1, s.stamp()
	h.versions, h.deleted = append(h.versions, row), false
	s.tell(waygate.ChangeDefinition, "", "", d.ID)
	s.audit(entry)
	return cloneDefinition(row), nil
}

func (p definitions) Get(ctx context.Context, id string, version int64) (waygate.StoredDefinition, error) {
	s := p.s
	if err := s.beginRead(ctx); err != nil {
		return waygate.StoredDefinition{}, err
	}
	defer s.mu.RUnlock()
	h := s.definitions.histories[id]
	if version == 0 {
		version = h.newest()
	}
	if h == nil || version < 1 || version > int64(len(h.versions)) {
		return waygate.StoredDefinition{}, unresolved("there is no such definition or version of %q", clip(id))
	}
	return cloneDefinition(h.versions[version-1]), nil
}

func (p definitions) List(ctx context.Context, cursor string) (waygate.DefinitionPage, error) {
	s, l := p.s, listing{name: "definitions"}
	var page waygate.DefinitionPage
	if err := s.beginRead(ctx); err != nil {
		return page, err
	}
	defer s.mu.RUnlock()
	last, err := s.cursors.decode(l, cursor)
	if err != nil {
		return page, err
	}
	ids := s.definitions.ids
	i, found := slices.BinarySearch(ids, string(last))
	if found {
		i++
	}
	for _, id := range ids[i:] {
		if len(page.Definitions) == mostLimit {
			page.Cursor = s.cursors.encode(l, last)
			break
		}
		versions := s.definitions.histories[id].versions
		page.Definitions = append(page.Definitions, cloneDefinition(versions[len(versions)-1]))
		last = []byte(id)
	}
	return page, nil
}

// Delete hides an id. Its versions stay, so that a call in flight can read the
// one it began with and numbers go on where they ended.
func (p definitions) Delete(ctx context.Context, id string, entry *waygate.AuditEntry) error {
	s := p.s
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := checkAudit(entry, ""); err != nil {
		return err
	}
	set := &s.definitions
	h := set.histories[id]
	if h.newest() == 0 {
		return unresolved("there is no definition %q", clip(id))
	}
	h.deleted = true
	i, _ := slices.BinarySearch(set.ids, id)
	set.ids = slices.Delete(set.ids, i, i+1)
	s.tell(waygate.ChangeDefinition, "", "", id)
	s.audit(entry)
	return nil
}
