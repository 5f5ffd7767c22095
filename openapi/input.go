package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

// member is a member of the input, or of one of its groups.
type member struct {
	name     string
	schema   *form
	required bool
}

// input lays the input out, and declares where its members go.
func (d *draft) input() *fault {
	a := &d.action
	a.Layout = d.im.o.Layout
	if b := d.body; b != nil && a.Layout != waygate.LayoutGrouped && b.spread == nil && b.encoding != waygate.BodyJSON && b.text == nil {
		a.Layout = waygate.LayoutGrouped
		d.note(NoteLayout, b.at, "the body is a form without known members: the input is grouped")
	}
	if a.Layout == waygate.LayoutFlat {
		a.Layout = ""
	}
	d.bodyOf()
	if a.Layout == waygate.LayoutGrouped {
		return d.grouped()
	}
	return d.flat()
}

// bodyOf says how the body is written.
func (d *draft) bodyOf() {
	b := d.body
	if b == nil {
		return
	}
	out := waygate.Body{Type: b.typ, Required: b.required}
	if b.encoding != waygate.BodyJSON {
		out.Encoding = b.encoding
	}
	if out != (waygate.Body{}) {
		d.action.Body = &out
	}
}

// whole is the schema of the body as one value.
func (d *draft) whole() *form {
	b := d.body
	if b.text != nil {
		return b.text
	}
	if b.schema.exists() {
		return d.im.d.schemas.build(b.schema, sent, buildOptions{})
	}
	if b.spread != nil {
		return d.object(d.fieldMembers(), b.spread.closed)
	}
	return &form{text: []byte(`{}`)}
}

func (d *draft) fieldMembers() []member {
	var list []member
	for _, f := range d.body.spread.fields {
		list = append(list, member{f.name, f.schema, f.required})
	}
	return list
}

// flat puts all into one object. A name that is taken gets its place behind it.
func (d *draft) flat() *fault {
	var list []member
	taken := map[string]bool{}
	if d.body != nil && d.body.spread == nil {
		taken["body"] = true
	}
	for i := range d.params {
		p := &d.params[i]
		if p.As == "" {
			p.As = p.Name
		}
		p.Name = d.free(p.Name, string(p.In), p.at, taken)
		list = append(list, member{p.Name, p.schema, p.Required})
		d.declare(p.Parameter)
	}
	if d.body == nil {
		return d.finish(list, true, nil)
	}
	if d.body.spread == nil {
		list = append(list, member{"body", d.whole(), d.body.required})
		if d.action.Body == nil {
			d.action.Body = &waygate.Body{}
		}
		if d.body.encoding != waygate.BodyText && d.body.encoding != waygate.BodyBytes { // those take it by themselves
			d.action.Body.Member = "body"
		}
		return d.finish(list, true, nil)
	}
	return d.flatFields(list, taken)
}

// flatFields adds the members of the body.
func (d *draft) flatFields(list []member, taken map[string]bool) *fault {
	b := d.body
	withBody := slices.Contains([]string{"POST", "PUT", "PATCH"}, d.op.Method)
	var inBody, needed []string
	for _, f := range b.spread.fields {
		name := d.free(f.name, "body", f.at, taken)
		list = append(list, member{name, f.schema, f.required && b.required})
		inBody = append(inBody, name)
		if f.required && !b.required {
			needed = append(needed, name)
		}
		if p := (waygate.Parameter{Name: name, In: waygate.InBody, As: f.name, Style: f.style, Explode: f.explode, Type: f.typ}); !withBody ||
			name != f.name || f.style != "" || f.typ != "" {
			d.declare(p)
		}
	}
	var rest []byte
	if len(needed) > 0 { // a body that may be left out is whole if it is there
		rest = append(rest, `"if":{"anyOf":[`...)
		for i, name := range inBody {
			if i > 0 {
				rest = append(rest, ',')
			}
			rest = append(append(append(rest, `{"required":[`...), jsonText(name)...), `]}`...)
		}
		rest = append(rest, `]},"then":{"required":[`...)
		for i, name := range needed {
			if i > 0 {
				rest = append(rest, ',')
			}
			rest = append(rest, jsonText(name)...)
		}
		rest = append(rest, `]}`...)
	}
	return d.finish(list, b.spread.closed || !withBody, rest)
}

// declare adds a parameter to the action.
func (d *draft) declare(p waygate.Parameter) {
	if p.As == p.Name {
		p.As = ""
	}
	d.action.Parameters = append(d.action.Parameters, p)
}

// free is a name that no other member has.
func (d *draft) free(name, in string, at node, taken map[string]bool) string {
	was := name
	for _, used := taken[name]; used; _, used = taken[name] {
		name += "_" + in
	}
	taken[name] = true
	if name != was {
		d.note(NoteParameterRenamed, at, "another member of the input has the name: this one is "+name)
	}
	return name
}

// grouped puts parameters into groups, and the body into another.
func (d *draft) grouped() *fault {
	var list []member
	for _, in := range []waygate.In{waygate.InPath, waygate.InQuery, waygate.InHeader, waygate.InCookie} {
		var group []member
		required := false
		for i := range d.params {
			p := &d.params[i]
			if p.In != in {
				continue
			}
			group = append(group, member{p.Name, p.schema, p.Required})
			required = required || p.Required
			d.declare(p.Parameter)
		}
		if len(group) > 0 {
			list = append(list, member{string(in), d.object(group, true), required})
		}
	}
	if b := d.body; b != nil {
		list = append(list, member{"body", d.whole(), b.required})
		if b.spread != nil {
			for _, f := range b.spread.fields {
				if f.style != "" || f.typ != "" {
					d.declare(waygate.Parameter{Name: f.name, In: waygate.InBody, Style: f.style, Explode: f.explode, Type: f.typ})
				}
			}
		}
	}
	return d.finish(list, true, nil)
}

// object is the schema of an object of members.
func (d *draft) object(list []member, closed bool) *form {
	out := &form{text: []byte(`{"type":"object"`)}
	out.again = func(t trim) *form {
		list := slices.Clone(list)
		for i := range list {
			list[i].schema = list[i].schema.trimmed(t)
		}
		return d.object(list, closed)
	}
	if len(list) > 0 {
		out.text = append(out.text, `,"properties":{`...)
	}
	var required []string
	for i, m := range list {
		if i > 0 {
			out.text = append(out.text, ',')
		}
		out.text = append(append(append(out.text, jsonText(m.name)...), ':'), m.schema.text...)
		out.add(m.schema)
		if m.required {
			required = append(required, string(jsonText(m.name)))
		}
	}
	if len(list) > 0 {
		out.text = append(out.text, '}')
	}
	if len(required) > 0 {
		out.text = append(out.text, `,"required":[`+strings.Join(required, ",")+`]`...)
	}
	if closed {
		out.text = append(out.text, `,"additionalProperties":false`...)
	}
	out.text = append(out.text, '}')
	return out
}

// add takes over what a part refers to.
func (f *form) add(part *form) {
	for _, d := range part.refs {
		if !slices.Contains(f.refs, d) {
			f.refs = append(f.refs, d)
		}
	}
	f.patterns += part.patterns
	f.notes = append(f.notes, part.notes...)
}

// finish makes the input schema.
func (d *draft) finish(list []member, closed bool, rest []byte) *fault {
	d.action.InputSchema = d.closed(d.object(list, closed).with(rest), sent)
	return nil
}

// with adds members to an object's text.
func (f *form) with(rest []byte) *form {
	if len(rest) == 0 {
		return f
	}
	out := *f
	out.text = append(append(append(slices.Clip(f.text[:len(f.text)-1]), ','), rest...), '}')
	out.again = func(t trim) *form { return f.trimmed(t).with(rest) }
	return &out
}

// closed adds what a schema refers to, and notes what was done to it.
func (d *draft) closed(f *form, dir direction) []byte {
	for _, n := range f.notes {
		n.Method, n.Path, n.Action = d.op.Method, d.op.Path, d.action.ID
		d.notes = append(d.notes, n)
	}
	key := string(f.text)
	c, known := d.im.closed[dir][key]
	if !known {
		c = d.im.d.schemas.close(f, dir, d.im.o.MaxSchema)
		if dir == received {
			d.im.closed[dir][key] = c
		}
	}
	for _, x := range c.defs {
		d.im.usedIn[dir][x] = true
	}
	side := map[direction]string{sent: "input", received: "answer"}[dir]
	switch {
	case c.text == nil:
		d.note(NoteSchemaCut, d.op.node, "the "+side+"'s schema is larger than ImportOptions.MaxSchema even without texts and what is nested: it is left out")
	case c.cut:
		d.note(NoteSchemaCut, d.op.node, "with all that it refers to, the "+side+"'s schema is larger than ImportOptions.MaxSchema: it has few texts, and the parts farthest away accept anything")
	case c.short:
		d.note(NoteText, d.op.node, "with all that it refers to, the "+side+"'s schema is larger than ImportOptions.MaxSchema: texts in it are cut or left out")
	}
	return c.text
}
