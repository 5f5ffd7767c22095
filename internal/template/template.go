package template

import (
	"slices"
	"strings"
)

// Template is a compiled template: immutable, safe for concurrent use. Make one
// with [Compile] or [CompileURL]; the zero value is the empty text.
type Template struct {
	parts   []part
	refs    []Ref
	literal string // all of it, when refs is empty
}

// part is a piece of literal text or a reference.
type part struct {
	text   string // literal; empty for a reference
	ref    Ref
	def    string // default, if hasDef
	hasDef bool
	port   bool // an authority's reference that is the port
	place  Place
	offset int
}

func (p *part) isRef() bool { return p.ref.Name != "" }

// Refs lists what the template needs, each once, in the order of first use. The
// slice is the caller's own.
func (t *Template) Refs() []Ref { return slices.Clone(t.refs) }

// Literal gives the text of a template without references; ok is false for any
// other.
func (t *Template) Literal() (text string, ok bool) { return t.literal, len(t.refs) == 0 }

// Expand puts in the values, each escaped for the place it lands in. A value is
// never looked into for further references. lookup is asked for each reference
// in order; where it says no and the template has no default, and where a value
// can't stand in its place, Expand gives an [*Error] that names the reference.
//
// A template without references costs no allocation.
func (t *Template) Expand(lookup func(Ref) (value string, ok bool)) (string, error) {
	if len(t.refs) == 0 {
		return t.literal, nil
	}
	var b strings.Builder
	start := 0 // of the authority or of the path segment being written
	for i := range t.parts {
		p := &t.parts[i]
		if i > 0 && p.place != t.parts[i-1].place {
			if t.parts[i-1].place == Authority {
				if err := t.checkHost(b.String()[start:]); err != nil {
					return "", err
				}
			}
			start = b.Len()
		}
		text, err := p.expand(lookup)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	if t.parts[len(t.parts)-1].place == Authority {
		if err := t.checkHost(b.String()[start:]); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// expand gives the part's text, escaped.
func (p *part) expand(lookup func(Ref) (string, bool)) (string, error) {
	if !p.isRef() {
		return p.text, nil
	}
	value, ok := "", false
	if lookup != nil {
		value, ok = lookup(p.ref)
	}
	if !ok {
		if !p.hasDef {
			return "", &Error{Offset: p.offset, Ref: p.ref, Reason: p.ref.missing()}
		}
		value = p.def
	}
	text, reason := p.escape(value)
	if reason != "" {
		return "", &Error{Offset: p.offset, Ref: p.ref, Reason: reason}
	}
	return text, nil
}

// checkHost refuses a host that only the joining of parts made wrong.
func (t *Template) checkHost(authority string) error {
	host, _, _ := strings.Cut(authority, ":")
	if reason := hostFault(host); reason != "" {
		i := slices.IndexFunc(t.parts, func(p part) bool { return p.isRef() && p.place == Authority })
		if i < 0 {
			return nil // literal hosts were checked when compiled
		}
		return &Error{Offset: t.parts[i].offset, Ref: t.parts[i].ref, Reason: "with this value the " + reason}
	}
	return nil
}
