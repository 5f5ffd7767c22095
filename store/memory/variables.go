package memory

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// mostVariables is how many a read of variables finds: those of the tenant and
// those of one connection together.
const mostVariables = 1000

// variable is a row with its place in scans.
type variable struct {
	n   uint64
	row waygate.StoredVariable
}

func compareName(v *variable, name string) int { return strings.Compare(v.row.Name, name) }

// PutVariable adds or replaces a variable; see [waygate.VariableStore]. One more
// than a read may find (1,000 of a tenant and any one connection of it) is
// [waygate.ErrInvalidInput].
func (s *Store) PutVariable(ctx context.Context, v waygate.StoredVariable, entry *waygate.AuditEntry) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if v.Name == "" {
		return invalid("Name: is empty: a variable needs one")
	}
	if err := checkAudit(entry, v.Tenant); err != nil {
		return err
	}
	if err := s.checkScope(v); err != nil {
		return err
	}
	row := cloneVariable(v)
	row.UpdatedAt = s.stamp()
	scope, i, found := s.findVariable(v.Tenant, v.ConnectionID, v.Name)
	switch {
	case found:
		scope[i].row = row
	case s.roomForVariable(v):
		added := &variable{s.next(), row}
		s.tenant(v.Tenant).variables[v.ConnectionID] = slices.Insert(scope, i, added)
		s.variables.add(added.n, added)
	default:
		return invalid("Name: %q would be more than the %d variables that a read can find: delete some first", clip(v.Name), mostVariables)
	}
	s.tellVariable(v.Tenant, v.ConnectionID)
	s.audit(entry)
	return nil
}

// checkScope tests that the connection of a variable is the tenant's.
func (s *Store) checkScope(v waygate.StoredVariable) error {
	if v.ConnectionID == "" {
		return nil
	}
	_, err := s.connectionToChange(v.Tenant, v.ConnectionID, nil)
	return err
}

// roomForVariable reports whether every read would still find all.
func (s *Store) roomForVariable(v waygate.StoredVariable) bool {
	t := s.tenants[v.Tenant]
	if t == nil {
		return true
	}
	most := len(t.variables[v.ConnectionID])
	if v.ConnectionID == "" {
		most = 0
		for id, scope := range t.variables {
			if id != "" {
				most = max(most, len(scope))
			}
		}
	}
	return len(t.variables[""])+most < mostVariables
}

// findVariable returns a scope, and the place in it where the name is or should
// be.
func (s *Store) findVariable(tenant, connectionID, name string) (scope []*variable, i int, found bool) {
	if t := s.tenants[tenant]; t != nil {
		scope = t.variables[connectionID]
	}
	i, found = slices.BinarySearchFunc(scope, name, compareName)
	return scope, i, found
}

// Variables returns a tenant's variables; see [waygate.VariableStore]. Of two
// with one name, the tenant's comes before the connection's.
func (s *Store) Variables(ctx context.Context, tenant, connectionID string, names []string) ([]waygate.StoredVariable, error) {
	if err := s.beginRead(ctx); err != nil {
		return nil, err
	}
	defer s.mu.RUnlock()
	t := s.tenants[tenant]
	if t == nil {
		return nil, nil
	}
	own, other := t.variables[""], []*variable(nil)
	if connectionID != "" {
		other = t.variables[connectionID]
	}
	if names != nil {
		names = slices.Compact(slices.Sorted(slices.Values(names)))
		own, other = named(own, names), named(other, names)
	}
	all := make([]waygate.StoredVariable, 0, len(own)+len(other))
	for len(own)+len(other) > 0 {
		next := &own
		if len(own) == 0 || len(other) > 0 && other[0].row.Name < own[0].row.Name {
			next = &other
		}
		all = append(all, cloneVariable((*next)[0].row))
		*next = (*next)[1:]
	}
	return all, nil
}

// named picks the variables of sorted names out of a scope.
func named(scope []*variable, names []string) []*variable {
	var found []*variable
	for _, name := range names {
		if i, ok := slices.BinarySearchFunc(scope, name, compareName); ok {
			found = append(found, scope[i])
		}
	}
	return found
}

// DeleteVariable removes a variable; see [waygate.VariableStore].
func (s *Store) DeleteVariable(ctx context.Context, tenant, connectionID, name string, entry *waygate.AuditEntry) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if err := checkAudit(entry, tenant); err != nil {
		return err
	}
	scope, i, found := s.findVariable(tenant, connectionID, name)
	if !found {
		return unresolved("tenant %q has no such variable %q", clip(tenant), clip(name))
	}
	s.variables.remove(scope[i].n)
	t := s.tenants[tenant]
	if scope = slices.Delete(scope, i, i+1); len(scope) == 0 {
		delete(t.variables, connectionID)
	} else {
		t.variables[connectionID] = scope
	}
	s.forget(tenant)
	s.tellVariable(tenant, connectionID)
	s.audit(entry)
	return nil
}

// ScanVariables returns the variables of all tenants; see
// [waygate.VariableStore].
func (s *Store) ScanVariables(ctx context.Context, cursor string) (waygate.VariablePage, error) {
	list, next, err := numberedPage(ctx, s, listing{name: "variables"}, cursor, mostLimit, func() *sequence[*variable] { return &s.variables },
		func(v *variable) (waygate.StoredVariable, bool) { return cloneVariable(v.row), true })
	return waygate.VariablePage{Variables: list, Cursor: next}, err
}

// ResealVariable replaces the sealed bytes of a variable, and nothing else of
// it; see [waygate.VariableStore].
func (s *Store) ResealVariable(ctx context.Context, v waygate.StoredVariable, old []byte) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	scope, i, found := s.findVariable(v.Tenant, v.ConnectionID, v.Name)
	if !found {
		return unresolved("tenant %q has no such variable %q", clip(v.Tenant), clip(v.Name))
	}
	row := &scope[i].row
	if !bytes.Equal(row.Sealed, old) {
		return conflict("variable %q was written meanwhile: repeat", clip(v.Name))
	}
	row.Sealed = bytes.Clone(v.Sealed)
	s.tellVariable(v.Tenant, v.ConnectionID)
	return nil
}
