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
	literal string // all of it, when fixed
	fixed   bool   // no part is a reference or a call
}

// part is a piece of literal text or a reference.
type part struct {
	text   string // literal; empty for a reference
	ref    Ref
	others []Ref  // alternatives to ref, in order
	def    string // default, if hasDef
	hasDef bool
	call   *call // a call in place of a reference, which ref then names
	port   bool  // an authority's reference that is the port
	place  Place
	offset int
}

func (p *part) isRef() bool { return p.ref.Name != "" }

// Refs lists what the template needs, each once, in the order of first use. The
// slice is the caller's own.
func (t *Template) Refs() []Ref { return slices.Clone(t.refs) }

// Literal gives the text of a template without references and calls; ok is false
// for any other.
func (t *Template) Literal() (text string, ok bool) { return t.literal, t.isFixed() }

// isFixed holds for the zero value too.
func (t *Template) isFixed() bool { return t.fixed || len(t.parts) == 0 }

// FixedPort says whether no value chooses the port of the authority.
func (t *Template) FixedPort() bool {
	return !slices.ContainsFunc(t.parts, func(p part) bool { return p.port })
}

// LiteralText is all that stands in the template beside the references,
// defaults and the texts in calls included.
func (t *Template) LiteralText() string { return strings.Join(t.LiteralTexts(), "") }

// LiteralTexts are the pieces of LiteralText, each as it will stand in what the
// template becomes; those in calls as they are written there.
func (t *Template) LiteralTexts() []string {
	if t.isFixed() {
		return []string{t.literal}
	}
	var texts []string
	for i := range t.parts {
		if text := t.parts[i].text + t.parts[i].def; text != "" { // one of the two is empty
			texts = append(texts, text)
		}
		if call := t.parts[i].call; call != nil {
			texts = call.texts(texts)
		}
	}
	return texts
}

// HostEnd tells how the host of an authority ends: text is what stands behind
// the last reference in it, the whole host if there is none, without the port;
// refs is that reference and its alternatives.
func (t *Template) HostEnd() (refs []Ref, text string) {
	for i := range t.parts {
		p := &t.parts[i]
		switch {
		case p.place != Authority || p.port:
		case p.isRef():
			refs, text = append([]Ref{p.ref}, p.others...), ""
		default:
			text += p.text
		}
	}
	if strings.HasPrefix(text, "[") {
		return nil, text[:strings.IndexByte(text, ']')+1]
	}
	text, _, _ = strings.Cut(text, ":")
	return refs, text
}

// HostHead tells what stands in the host of an authority before its last reference: text is what is written out between
// that and the reference before it, open that there is one before it.
func (t *Template) HostHead() (text string, open bool) {
	next := ""
	for i, refs := 0, 0; i < len(t.parts); i++ {
		p := &t.parts[i]
		switch {
		case p.place != Authority || p.port:
		case p.isRef():
			text, next, open = next, "", refs > 0
			refs++
		default:
			next += p.text
		}
	}
	return text, open
}
