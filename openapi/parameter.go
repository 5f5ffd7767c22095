package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/rawjson"
	"github.com/waygate-go/waygate/internal/wire"
)

// parameter is one that the action has.
type parameter struct {
	waygate.Parameter
	schema *form // nil: anything
	shape  shape
	at     node
}

// parameters reads those of the path item and of the operation, which come before them.
func (d *draft) parameters() *fault {
	list, bad := d.declared()
	if bad != nil {
		return bad
	}
	for _, n := range list {
		p, bad := d.parameter(n)
		if bad != nil {
			return bad
		}
		if p != nil {
			d.params = append(d.params, *p)
		}
	}
	for i := range d.vars {
		d.variableParameter(&d.vars[i])
	}
	order := []waygate.In{waygate.InPath, waygate.InQuery, waygate.InHeader, waygate.InCookie}
	slices.SortStableFunc(d.params, func(a, b parameter) int { return slices.Index(order, a.In) - slices.Index(order, b.In) })
	return nil
}

// declared lists the parameters that aren't part of a body, each place and name once.
func (d *draft) declared() ([]node, *fault) {
	var list []node
	seen := map[string]bool{}
	for _, from := range []node{d.op.get("parameters"), d.op.item.get("parameters")} {
		here := map[string]bool{}
		for _, n := range from.items() {
			p, ok := d.im.d.deref(n)
			if !ok {
				return nil, &fault{SkipReference, n, "a parameter refers to something that isn't there"}
			}
			in := p.text("in")
			if p.kind() != '{' || p.text("name") == "" && in != "body" {
				d.note(NoteParameterDropped, n, "a parameter must be an object with name and in")
				continue
			}
			key := in + " " + p.text("name")
			if in == "header" {
				key = strings.ToLower(key)
			}
			if d.im.d.version == v20 && (in == "body" || in == "formData") || seen[key] {
				if here[key] {
					d.note(NoteParameterDropped, n, "the parameter is declared twice: the first counts")
				}
				continue
			}
			seen[key], here[key] = true, true
			list = append(list, p)
		}
	}
	return list, nil
}

// parameter reads one; nil where it isn't sent.
func (d *draft) parameter(n node) (*parameter, *fault) {
	p := &parameter{at: n, Parameter: waygate.Parameter{Name: n.text("name"), In: waygate.In(n.text("in")), Required: n.is("required")}}
	switch p.In {
	case waygate.InPath:
		if !d.inPath(p) {
			d.note(NoteParameterDropped, n, "the path has no such variable")
			return nil, nil
		}
	case waygate.InQuery, waygate.InCookie:
		if d.im.auth.writes(p.In, p.Name) {
			d.note(NoteParameterDropped, n, "the auth scheme sets it")
			return nil, nil
		}
	case waygate.InHeader:
		if drop, why := d.headerDropped(p); drop {
			if why != "" {
				d.note(NoteParameterDropped, n, why)
			}
			return nil, nil
		}
	default:
		if p.In == "querystring" {
			return d.unusable(p, "a parameter that is the whole query can't be written")
		}
		return d.unusable(p, "there is no such place for a parameter")
	}
	if len(p.Name) > 200 {
		return d.unusable(p, "its name is longer than 200 bytes")
	}
	d.schemaOf(p)
	d.styleOf(p)
	if err := (wire.Param{In: wire.In(p.In), Name: p.Name, Style: wire.Style(p.Style), Explode: p.Explode,
		AllowReserved: p.AllowReserved, AllowSlash: p.AllowSlash}).Validate(); err != nil {
		return d.unusable(p, "its name or style can't be written there")
	}
	return p, nil
}

// unusable drops a parameter, or the operation that can't do without it.
func (d *draft) unusable(p *parameter, why string) (*parameter, *fault) {
	if p.Required {
		return nil, &fault{SkipParameter, p.at, "a required parameter can't be sent: " + why}
	}
	d.note(NoteParameterDropped, p.at, why)
	return nil, nil
}

// inPath finds the path's variable for a parameter.
func (d *draft) inPath(p *parameter) bool {
	bare := strings.Trim(p.Name, "+*")
	for i, v := range d.vars {
		if v.name != p.Name && v.name != bare {
			continue
		}
		p.Required = true
		if v.query != "" { // it stands in the query of the path key
			p.In, p.Name = waygate.InQuery, v.query
		} else if v.as != p.Name {
			p.As = v.as
		}
		p.AllowSlash = v.slash
		if v.slash {
			d.note(NotePath, p.at, "the variable stands for several segments: a slash in its value stays")
		}
		d.vars[i].name = "" // settled
		return true
	}
	return false
}

// variableParameter adds what the path needs and nobody declares.
func (d *draft) variableParameter(v *variable) {
	if v.name == "" {
		return
	}
	p := parameter{at: d.op.node, Parameter: waygate.Parameter{Name: v.name, In: waygate.InPath, Required: true, AllowSlash: v.slash},
		schema: &form{text: []byte(`{"type":"string"}`)}}
	if v.query != "" {
		p.In, p.Name = waygate.InQuery, v.query
		if slices.ContainsFunc(d.params, func(x parameter) bool { return x.In == p.In && x.Name == p.Name }) {
			return
		}
	} else if v.as != v.name {
		p.As = v.as
	}
	d.note(NoteParameterAdded, d.op.node, "a variable of the path isn't declared: it was taken for a required text")
	d.params = append(d.params, p)
}

// headerDropped says which headers aren't the caller's to set. The one for an idempotency key becomes that.
func (d *draft) headerDropped(p *parameter) (drop bool, why string) {
	switch strings.ToLower(p.Name) {
	case "idempotency-key", "x-idempotency-key":
		if d.action.Idempotency == nil && d.op.Method != "GET" && d.op.Method != "HEAD" {
			d.action.Idempotency = &waygate.Idempotency{Header: p.Name}
			return true, "it is the action's idempotency key now: give it with the option IdempotencyKey"
		}
		return true, "an idempotency key is sent by the gateway alone"
	case "accept", "content-type", "authorization":
		return true, "the header is set by what it stands for: media types and security (OpenAPI 3.1, section 4.8.12.2)"
	case "cookie", "user-agent":
		if strings.EqualFold(p.Name, "cookie") {
			return true, "cookies are parameters of their own"
		}
	}
	switch {
	case !header.IsToken(p.Name) && !p.Required:
		return true, "it is no header's name"
	case header.IsToken(p.Name) && header.Reserved(p.Name):
		return true, "only the transport sets that header"
	case d.im.auth.writes(waygate.InHeader, p.Name):
		return true, "the auth scheme sets it"
	}
	return false, ""
}

// schemaOf reads a parameter's schema, from where its version has it.
func (d *draft) schemaOf(p *parameter) {
	n, o := p.at, buildOptions{description: cut(p.at.text("description"), maxDescription)}
	switch content := n.get("content").members(); {
	case d.im.d.version == v20:
		o.parameter = true
	case len(content) > 0:
		p.Style = waygate.StyleJSON
		if !isJSONType(content[0].name) {
			p.Style = ""
			d.note(NoteStyle, n, "its content has another type than JSON: it is written as text")
		}
		n = content[0].get("schema")
	default:
		n = n.get("schema")
	}
	if !n.exists() {
		p.schema = &form{text: []byte(`{}`)}
		if o.description != "" {
			p.schema.text = append(append([]byte(`{"description":`), jsonText(o.description)...), '}')
		}
		return
	}
	p.schema = d.im.d.schemas.build(n, sent, o)
	p.shape = d.im.shape(n, 0)
}

// writes says whether a scheme of the document sets a place.
func (s *security) writes(in waygate.In, name string) bool {
	return slices.ContainsFunc(s.places, func(p auth.Place) bool {
		if p.In != auth.In(in) {
			return false
		}
		return p.Name == name || p.In == auth.InHeader && strings.EqualFold(p.Name, name)
	})
}

// shape says which kinds of values a schema allows, as far as that decides how they are written.
type shape int

const (
	scalarShape shape = 1 << iota
	arrayShape
	objectShape
)

// shape looks at types, and at what a schema is put together from; 0 where nothing is said.
func (im *importer) shape(n node, depth int) shape {
	const deepest = 8
	n, ok := im.d.deref(n)
	if !ok || depth > deepest || !n.exists() {
		return 0
	}
	at := place{n.f, n.pointer}
	if known, ok := im.d.schemas.shapes[at]; ok {
		return known
	}
	im.d.schemas.shapes[at] = 0 // a circle
	s := im.shapeOf(n, depth)
	im.d.schemas.shapes[at] = s
	return s
}

func (im *importer) shapeOf(n node, depth int) shape {
	var s shape
	types := n.texts("type")
	if t := n.text("type"); t != "" {
		types = []string{t}
	}
	for _, t := range types {
		switch t {
		case "array":
			s |= arrayShape
		case "object":
			s |= objectShape
		case "string", "integer", "number", "boolean":
			s |= scalarShape
		}
	}
	if s != 0 {
		return s
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		for _, part := range n.get(keyword).items() {
			s |= im.shape(part, depth+1)
		}
	}
	switch {
	case s != 0:
	case n.get("properties").exists(), rawjson.Kind(n.get("additionalProperties").raw) == '{':
		s = objectShape
	case n.get("items").exists():
		s = arrayShape
	case n.get("enum").exists():
		s = scalarShape
	}
	return s
}
