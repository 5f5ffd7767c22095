package openapi

import (
	"slices"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/rawjson"
)

// spread is a body that is an object of known members, and nothing more: one that can be laid out flat.
type spread struct {
	fields   []field
	required []string
	closed   bool // there are no others
}

// field is a member of a body.
type field struct {
	name        string
	required    bool
	at          node
	schema      *form
	shape       shape
	style       waygate.Style
	explode     *bool
	typ         string
	asParameter bool // its schema stands among a parameter's members
}

// spread takes a schema apart; nil if that would change what it accepts.
func (im *importer) spread(schema node) *spread {
	if !schema.exists() {
		return nil
	}
	at := place{schema.f, schema.pointer}
	if to, ok := im.d.deref(schema); ok && len(rawjson.Object(schema.raw)) == 1 {
		at = place{to.f, to.pointer}
	}
	s, known := im.d.schemas.spreads[at]
	if !known {
		s = im.takenApart(schema)
		im.d.schemas.spreads[at] = s
	}
	if s == nil {
		return nil
	}
	own := *s
	own.fields = slices.Clone(s.fields)
	return &own
}

func (im *importer) takenApart(schema node) *spread {
	s := &spread{}
	if !im.gather(schema, s, 0) || len(s.fields) == 0 {
		return nil
	}
	for _, name := range s.required { // one that is asked for, but not described
		if !s.closed && !slices.ContainsFunc(s.fields, func(f field) bool { return f.name == name }) {
			s.fields = append(s.fields, field{name: name, schema: &form{text: []byte(`{}`)}})
		}
	}
	for i := range s.fields {
		f := &s.fields[i]
		if f.schema == nil {
			f.schema = im.d.schemas.build(f.at, sent, buildOptions{})
		}
		f.shape = im.shape(f.at, 0)
		f.required = slices.Contains(s.required, f.name)
	}
	return s
}

// gather adds the members that an object has; false if there is more to it than members.
func (im *importer) gather(n node, s *spread, depth int) bool {
	const deepest = 6
	if im.refWithMore(n) {
		return false
	}
	n, ok := im.d.deref(n)
	if !ok || n.kind() != '{' || depth > deepest || !s.plain(n) {
		return false
	}
	b := builder{s: im.d.schemas, f: n.f, dir: sent}
	hidden := b.hidden(n.raw)
	for _, p := range n.get("properties").members() {
		if slices.Contains(hidden, p.name) {
			continue
		}
		if slices.ContainsFunc(s.fields, func(f field) bool { return f.name == p.name }) {
			return false // two parts speak of it
		}
		s.fields = append(s.fields, field{name: p.name, at: p.node})
	}
	for _, name := range n.texts("required") {
		if !slices.Contains(hidden, name) && !slices.Contains(s.required, name) {
			s.required = append(s.required, name)
		}
	}
	for _, part := range n.get("allOf").items() {
		closed := s.closed
		if !im.gather(part, s, depth+1) || s.closed != closed {
			return false // a part that is closed would refuse the members of the others
		}
	}
	return true
}

// refWithMore says whether a reference has something beside it that accepts or rejects, which 3.1 and later read.
func (im *importer) refWithMore(n node) bool {
	if im.d.version == v20 || im.d.version == v30 || !n.get("$ref").exists() {
		return false
	}
	return slices.ContainsFunc(n.members(), func(x namedNode) bool { return x.name != "$ref" && assertion(x.name) })
}

// plain says whether a schema speaks of nothing but an object's members.
func (s *spread) plain(n node) bool {
	for _, m := range n.members() {
		switch m.name {
		case "properties", "required", "allOf":
		case "type":
			if t, ok := rawjson.Text(m.raw); !ok || t != "object" {
				return false
			}
		case "additionalProperties":
			if k := m.kind(); k == 'f' {
				s.closed = true
			} else if k != 't' && string(m.raw) != "{}" {
				return false
			}
		default:
			if assertion(m.name) && m.name != "$schema" && m.name != "$id" && m.name != "format" {
				return false
			}
		}
	}
	return true
}

// memberless says that an object's members are listed, and that there are none, as generators write it of operations that take
// nothing.
func (im *importer) memberless(schema node) bool {
	schema, ok := im.d.deref(schema)
	if !ok || schema.text("type") != "object" || schema.get("properties").kind() != '{' || len(schema.get("properties").members()) > 0 {
		return false
	}
	return !slices.ContainsFunc(schema.members(), func(m namedNode) bool {
		return assertion(m.name) && m.name != "type" && m.name != "properties" && !(m.name == "additionalProperties" && m.kind() == 'f')
	})
}
