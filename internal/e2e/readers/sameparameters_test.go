package readers_test

import (
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

// parameters compares each that is declared with what the action has in that place, under that name.
func (c *comparison) parameters() {
	seen := 0
	for _, p := range c.params {
		ours, ok := c.parameter(p)
		if ok {
			seen++
			c.one(p, ours)
			continue
		}
		c.count["dropped parameter"]++
		if !c.mayDrop(p) || !c.noted(openapi.NoteParameterDropped, "") {
			c.differ("parameter "+placeOf(p).String(), "none", "one")
		}
	}
	for _, p := range c.action.Parameters {
		if p.In != waygate.InBody {
			c.named[p.Name] = true
			seen--
		}
	}
	if seen != 0 && !c.noted(openapi.NoteParameterAdded, "") {
		c.differ("parameters beyond", -seen, "none")
	}
}

// parameter finds the action's own.
func (c *comparison) parameter(p *openapi3.Parameter) (waygate.Parameter, bool) {
	if _, query, _ := strings.Cut(c.op.Path, "?"); p.In == "path" { // some paths have a query, and variables in it
		for pair := range strings.SplitSeq(query, "&") {
			if name, value, _ := strings.Cut(pair, "="); value == "{"+p.Name+"}" {
				p = &openapi3.Parameter{In: "query", Name: name}
			}
		}
	}
	for _, ours := range c.action.Parameters {
		name := ours.As
		if name == "" || ours.In == waygate.InPath {
			name = ours.Name
		}
		if string(ours.In) != p.In {
			continue
		}
		if name == p.Name || p.In == "header" && strings.EqualFold(name, p.Name) || p.In == "path" && strings.TrimSuffix(name, "_path") == p.Name {
			return ours, true
		}
	}
	return waygate.Parameter{}, false
}

// mayDrop says which parameters aren't the caller's to give.
func (c *comparison) mayDrop(p *openapi3.Parameter) bool {
	if p.In == "header" {
		fixed := []string{"accept", "content-type", "authorization", "host", "content-length", "connection", "cookie", "transfer-encoding", "te", "upgrade", "expect", "accept-encoding", "user-agent", "x-http-method-override"}
		key := strings.HasSuffix(strings.ToLower(p.Name), "idempotency-key")
		if slices.Contains(fixed, strings.ToLower(p.Name)) || key {
			return true
		}
	}
	return p.Name == "" || signs(c.kin, p.In, p.Name) || p.In == "path" && !strings.Contains(withoutFragment(c.op.Path), "{"+p.Name+"}")
}

// one compares one.
func (c *comparison) one(p *openapi3.Parameter, ours waygate.Parameter) {
	at := placeOf(p).String()
	c.same("parameter: "+at+" required", ours.Required || ours.In == waygate.InPath, p.Required || p.In == "path")
	ref := p.Schema
	for _, media := range p.Content {
		ref = media.Schema
	}
	if ref == nil {
		return
	}
	schema := member(c.input, ours.Name, c.action.Layout, string(ours.In))
	c.schema("parameter: "+at, schema, ref.Value, false)
	kind := kindOf(whole(ref.Value, 0))
	if kind != "array" && kind != "object" {
		return
	}
	if len(p.Content) > 0 {
		c.same("content: "+at, ours.Style, waygate.StyleJSON)
		return
	}
	sm, err := p.SerializationMethod()
	if err != nil {
		c.differ("style: "+at, ours.Style, err)
		return
	}
	style, explode := effective(ours)
	if sm.Style == "deepObject" && kind == "array" && c.noted(openapi.NoteStyle, "deepObject is for objects") {
		return
	}
	if sm.Style == "deepObject" { // which has no explode
		explode = sm.Explode
	}
	c.same("style: "+at, style, sm.Style)
	c.same("explode: "+at, explode, sm.Explode)
}

// effective is a parameter's style with the defaults of its place.
func effective(p waygate.Parameter) (style string, explode bool) {
	style = string(p.Style)
	if style == "" && (p.In == waygate.InPath || p.In == waygate.InHeader) {
		style = "simple"
	} else if style == "" {
		style = "form"
	}
	explode = style == "form"
	if p.Explode != nil {
		explode = *p.Explode
	}
	return style, explode
}
