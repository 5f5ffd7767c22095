package waygate

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/waygate-go/waygate/internal/nearest"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxMappings = 64 << 10 // bytes of a connection's mappings, written out
	maxPrograms = 2_000    // pairs of compiled mappings of connections that are remembered
)

// ActionMappings is what a connection changes of one action's mappings: fields that
// it replaces, adds and suppresses, by their IDs. nil leaves the action's as it is.
type ActionMappings struct {
	// Input changes the action's InputMapping, Output its OutputMapping. Where the
	// action has none, there are only fields to add.
	Input  *mapping.Override `json:"input,omitempty"`
	Output *mapping.Override `json:"output,omitempty"`
}

// UnmarshalJSON reads the written form strictly.
func (m *ActionMappings) UnmarshalJSON(data []byte) error {
	type plain ActionMappings
	var p plain
	if err := strict(data, &p); err != nil {
		return err
	}
	*m = ActionMappings(p)
	return nil
}

func cloneMappings(m map[string]ActionMappings) map[string]ActionMappings {
	if m == nil {
		return nil
	}
	c := make(map[string]ActionMappings, len(m))
	for name, a := range m {
		c[name] = ActionMappings{cloneOverride(a.Input), cloneOverride(a.Output)}
	}
	return c
}

func cloneOverride(o *mapping.Override) *mapping.Override {
	if o == nil {
		return nil
	}
	c := o.Clone()
	return &c
}

// encodeMappings is how a store keeps mappings that were checked: nil for none.
func encodeMappings(m map[string]ActionMappings) []byte {
	if len(m) == 0 {
		return nil
	}
	text, err := json.Marshal(m) // in order of name
	if err != nil {
		return nil
	}
	return text
}

func decodeMappings(raw []byte) (map[string]ActionMappings, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var m map[string]ActionMappings
	if err := strict(raw, &m); err != nil {
		return nil, fmt.Errorf("the connection's mappings can't be read: %w", err)
	}
	return m, nil
}

// checkMappings tests a connection's mappings against the actions.
func (c *compiledIntegration) checkMappings(m map[string]ActionMappings) error {
	if len(m) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		a, ok := c.actions[name]
		if !ok {
			return errorf(KindInvalidInput, "", "Mappings[%q]: integration %q has no such action%s",
				clip(name), c.def.ID, nearest.DidYouMean(name, maps.Keys(c.actions)))
		}
		if _, err := a.compileMappings(m[name]); err != nil {
			return errorf(KindInvalidInput, "", "Mappings[%q].%w", name, err)
		}
	}
	text, err := json.Marshal(m)
	if err != nil {
		return errorf(KindInvalidInput, "", "Mappings: can't be written as JSON: %w", err)
	}
	if len(text) > maxMappings {
		return errorf(KindInvalidInput, "", "Mappings: %d bytes as JSON, want at most %d", len(text), maxMappings)
	}
	return nil
}

// programs are the compiled mappings of an action; nil where there is none.
type programs struct{ in, out *mapping.Program }

// compileMappings compiles an action's mappings as a connection changes them.
func (a *compiledAction) compileMappings(m ActionMappings) (p programs, err error) {
	p = programs{a.inMap, a.outMap}
	if m.Input != nil {
		if p.in, err = mapping.CompileOver(a.info.InputMapping, *m.Input); err != nil {
			return programs{}, at("Input", err)
		}
	}
	if m.Output != nil {
		if a.rawResponse() {
			return programs{}, at("Output", fmt.Errorf("the action's response is %s, so there is nothing to map: leave it out", a.info.Response))
		}
		if p.out, err = mapping.CompileOver(a.info.OutputMapping, *m.Output); err != nil {
			return programs{}, at("Output", err)
		}
	}
	return p, nil
}

// rawResponse says that the answer has no tree.
func (a *compiledAction) rawResponse() bool {
	switch a.info.Response {
	case ResponseBytes, ResponseStream, ResponseEmpty:
		return true
	}
	return false
}

// programKey says of which action, in one version of its definition, and of which
// connection, in one version of it, mappings were compiled.
type programKey struct {
	action             *compiledAction
	tenant, connection string
	version            int64
}

// keptPrograms are compiled mappings with what they were compiled of.
type keptPrograms struct {
	raw []byte
	programs
}

// resolveMappings finds the mappings of the call. The pages of a read have those of
// its first.
func (r *run) resolveMappings(context.Context) (err error) {
	if p := r.spec.pinned; p != nil && p.step != nil {
		r.maps = p.maps
		return nil
	}
	r.maps = programs{r.action.inMap, r.action.outMap}
	stored, _ := r.link.source.(*storedConnection)
	if stored != nil {
		if _, err := stored.mappings(); err != nil {
			return newError(KindConfig, "", err)
		}
	}
	own, ok := r.link.info.Mappings[r.action.info.ID]
	if !ok {
		return nil
	}
	if stored == nil { // nobody tells when a host's own have changed
		r.maps, err = r.action.compileMappings(own)
	} else {
		r.maps, err = r.gw.storedPrograms(r.action, stored.row, own)
	}
	if err != nil {
		return newError(KindConfig, "", fmt.Errorf("connection %q: Mappings[%q].%w: change them with Tenant.Update", r.link.info.Slug, r.action.info.ID, err))
	}
	return nil
}

// storedPrograms remembers what it compiles. The version says what was compiled;
// that the bytes are the same is looked at nonetheless, because a mistake would give
// one customer what another wants.
func (g *Gateway) storedPrograms(a *compiledAction, row StoredConnection, own ActionMappings) (programs, error) {
	key := programKey{a, row.Tenant, row.ID, row.Version}
	if kept, ok := g.programs.Get(key); ok && bytes.Equal(kept.raw, row.Mappings) {
		return kept.programs, nil
	}
	p, err := a.compileMappings(own)
	if err != nil {
		return programs{}, err
	}
	g.programs.Delete(key)
	g.programs.GetOrCreate(key, func() keptPrograms { return keptPrograms{row.Mappings, p} })
	return p, nil
}

// newStoredConnection reads the row's mappings when they are first asked for.
func newStoredConnection(g *Gateway, row StoredConnection, cred *StoredCredential) *storedConnection {
	return &storedConnection{gw: g, row: row, cred: cred,
		mappings: sync.OnceValues(func() (map[string]ActionMappings, error) { return decodeMappings(row.Mappings) })}
}

// mapInput maps the input. What the mapping and the schema's coercion make of a secret
// is one, too; also of one that a calling action passes on as text.
func (r *run) mapInput(tree any, secrets []secret.String) (any, []secret.String, error) {
	secrets = append(secrets, formsOf(r.maps.in, slices.Concat(r.secrets, secrets))...)
	if r.maps.in == nil {
		return tree, secrets, nil
	}
	mapped, notes, err := r.maps.in.Apply(tree)
	if err != nil {
		return nil, nil, newError(KindInvalidInput, "", fmt.Errorf("input mapping: %w", err))
	}
	r.inNotes = notes
	return mapped, secrets, nil
}

// warnOfInput tells of the fields that the input mapping couldn't do.
func (r *run) warnOfInput(res *Result) {
	for _, n := range r.inNotes {
		res.warn("input mapping: %s", noteText(n))
	}
}
