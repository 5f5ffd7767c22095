package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/rawjson"
)

// body is what an operation takes as its body.
type body struct {
	at       node
	encoding waygate.BodyEncoding
	typ      string // Content-Type, where it isn't the encoding's own
	required bool
	schema   node    // may be nothing
	spread   *spread // the members, if it is an object that can be laid out flat
	text     *form   // of a body that isn't JSON, nor made of members
}

// readBody finds the body and how it is written.
func (d *draft) readBody() *fault {
	bad := d.findBody()
	if bad != nil || d.body == nil {
		return bad
	}
	if d.op.Method == "GET" || d.op.Method == "HEAD" {
		d.note(NoteBodyDropped, d.body.at, "a "+d.op.Method+" has no body that a server must look at (RFC 9110, section 9.3): it isn't sent")
		d.body = nil
		return nil
	}
	return nil
}

func (d *draft) findBody() *fault {
	if d.im.d.version == v20 {
		return d.swaggerBody()
	}
	n := d.op.get("requestBody")
	if !n.exists() {
		return nil
	}
	n, ok := d.im.d.deref(n)
	switch {
	case !ok:
		return &fault{SkipReference, n, "the body refers to something that isn't there"}
	case n.kind() != '{':
		return &fault{SkipMalformed, n, "requestBody must be an object"}
	}
	content := n.get("content").members()
	for i, c := range content { // 3.1 allows a reference here too
		if to, ok := d.im.d.deref(c.node); ok {
			content[i].node = to
		}
	}
	i := d.chooseBody(content)
	if i < 0 {
		if len(content) == 0 {
			d.note(NoteBodyDropped, n, "the body has no content")
			return nil
		}
		return &fault{SkipBody, n, "a body of " + content[0].name + " can't be written"}
	}
	d.body = &body{at: n, required: n.is("required"), schema: content[i].get("schema")}
	d.encode(content[i].name, content[i].node)
	if d.body.encoding == waygate.BodyForm && d.im.memberless(d.body.schema) {
		d.note(NoteBodyDropped, n, "the body is a form without members: it isn't sent")
		d.body = nil
	}
	return nil
}

// bodyOrder is what is taken where the host has no wish.
func bodyOrder() []class {
	return []class{jsonClass, formClass, multipartClass, anyClass, textClass, bytesClass, streamClass, xmlClass}
}

// chooseBody picks a media type. A form with files goes before what can't carry any.
func (d *draft) chooseBody(content []namedNode) int {
	var types []string
	for _, c := range content {
		types = append(types, c.name)
	}
	order := bodyOrder()
	if i := slices.IndexFunc(content, func(c namedNode) bool { return classOf(c.name) == multipartClass }); i >= 0 && d.hasFile(content[i].get("schema")) {
		order = append([]class{multipartClass}, order...)
	}
	i := d.im.choose(types, order)
	if i >= 0 && len(types) > 1 {
		d.note(NoteMediaType, content[i].node, "the body is sent as "+types[i]+", one of "+cut(strings.Join(types, ", "), 200))
	}
	return i
}

// hasFile says whether an object has a member that is a file.
func (d *draft) hasFile(schema node) bool {
	schema, ok := d.im.d.deref(schema)
	if !ok {
		return false
	}
	for _, p := range schema.get("properties").members() {
		n, ok := d.im.d.deref(p.node)
		if item, isList := d.im.d.deref(n.get("items")); ok && isList && item.exists() {
			n = item
		}
		if n.text("format") == "binary" || n.text("type") == "file" {
			return true
		}
	}
	return false
}

// encode settles how a body of a media type is written.
func (d *draft) encode(mediaType string, at node) {
	b := d.body
	c := classOf(mediaType)
	if c == anyClass {
		c, mediaType = d.anyBody(at), ""
	}
	switch c {
	case jsonClass:
		b.encoding = waygate.BodyJSON
		if t := bareType(mediaType); t != "application/json" && isMediaType(mediaType) {
			b.typ = mediaType
		}
		b.spread = d.im.spread(b.schema)
	case formClass:
		b.encoding = waygate.BodyForm
		b.spread = d.im.spread(b.schema)
		d.formStyles(at)
	case multipartClass:
		b.encoding = waygate.BodyMultipart
		b.spread = d.im.spread(b.schema)
		d.partTypes(at)
	case textClass, xmlClass:
		b.encoding, b.text = waygate.BodyText, &form{text: []byte(`{"type":"string"}`)}
		if isMediaType(mediaType) && bareType(mediaType) != "text/plain" {
			b.typ = mediaType
		}
		if c == xmlClass {
			d.note(NoteMediaType, at, "the body is XML: it is given as text")
		}
	default:
		b.encoding, b.text = waygate.BodyBytes, &form{text: []byte(`{"type":"string","format":"binary"}`)}
		if isMediaType(mediaType) {
			b.typ = mediaType
		}
	}
}

// anyBody is what a body is sent as that may have any type.
func (d *draft) anyBody(at node) class {
	if s, ok := d.im.d.deref(d.body.schema); ok && (s.text("type") == "string" || s.text("format") == "binary") {
		d.note(NoteMediaType, at, "the body may have any type: it is sent as bytes")
		return bytesClass
	}
	d.note(NoteMediaType, at, "the body may have any type: it is sent as JSON")
	return jsonClass
}

// swaggerBody reads the body of Swagger 2.0: a parameter in body, or those in formData.
func (d *draft) swaggerBody() *fault {
	var whole node
	var fields []field
	seen := map[string]bool{}
	for _, from := range []node{d.op.get("parameters"), d.op.item.get("parameters")} {
		for _, n := range from.items() {
			p, ok := d.im.d.deref(n)
			switch in := p.text("in"); {
			case !ok: // told of with the parameters
			case in == "body" && !whole.exists():
				whole = p
			case in == "formData" && !seen[p.text("name")] && p.text("name") != "":
				seen[p.text("name")] = true
				fields = append(fields, d.formField(p))
			}
		}
	}
	types := d.mediaTypes("consumes")
	if len(fields) > 0 {
		d.swaggerForm(fields, types)
		return nil
	}
	if !whole.exists() {
		return nil
	}
	return d.swaggerWhole(whole, types)
}

// swaggerWhole is a body of one schema.
func (d *draft) swaggerWhole(whole node, types []string) *fault {
	chosen := ""
	if len(types) > 0 {
		i := d.im.choose(types, bodyOrder())
		if i < 0 {
			return &fault{SkipBody, whole, "a body of " + types[0] + " can't be written"}
		}
		if chosen = types[i]; len(types) > 1 {
			d.note(NoteMediaType, whole, "the body is sent as "+chosen+", one of "+cut(strings.Join(types, ", "), 200))
		}
	}
	d.body = &body{at: whole, required: whole.is("required"), schema: whole.get("schema")}
	if c := classOf(chosen); chosen == "" || c == formClass || c == multipartClass && !d.hasFile(d.body.schema) {
		if chosen != "" {
			d.note(NoteMediaType, whole, "a body of one schema can't be a form in this version: it is sent as JSON")
		}
		chosen = "application/json"
	}
	d.encode(chosen, whole)
	return nil
}

// mediaTypes are an operation's in Swagger 2.0, else the document's.
func (d *draft) mediaTypes(name string) []string {
	if list := d.op.get(name); list.exists() {
		return d.op.texts(name)
	}
	return d.im.d.root.texts(name)
}

// formField is a parameter in formData.
func (d *draft) formField(p node) field {
	f := field{name: p.text("name"), required: p.is("required"), at: p, shape: d.im.shape(p, 0), asParameter: true,
		schema: d.im.d.schemas.build(p, sent, buildOptions{parameter: true, description: cut(p.text("description"), maxDescription)})}
	styled := &parameter{at: p, shape: f.shape, Parameter: waygate.Parameter{In: waygate.InBody}}
	d.collection(styled)
	f.style, f.explode = styled.Style, styled.Explode
	return f
}

func (d *draft) swaggerForm(fields []field, types []string) {
	b := &body{at: d.op.node, encoding: waygate.BodyForm, spread: &spread{fields: fields}}
	file := slices.ContainsFunc(fields, func(f field) bool { return rawjson.Kind(f.at.raw) == '{' && f.at.text("type") == "file" })
	hasForm := slices.ContainsFunc(types, func(t string) bool { return classOf(t) == formClass })
	if file || !hasForm && slices.ContainsFunc(types, func(t string) bool { return classOf(t) == multipartClass }) {
		b.encoding = waygate.BodyMultipart
	}
	for i := range fields {
		if fields[i].required {
			b.required, b.spread.required = true, append(b.spread.required, fields[i].name)
		}
		if b.encoding == waygate.BodyMultipart {
			fields[i].style, fields[i].explode = "", nil
		}
	}
	d.body = b
}
