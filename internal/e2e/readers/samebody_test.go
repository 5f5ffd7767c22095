package readers_test

import (
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/openapi"
)

// body compares the media type, whether there has to be a body, and its members.
func (c *comparison) body() {
	if c.theirs.RequestBody == nil {
		if c.action.Body != nil {
			c.differ("body", "one", "none")
		}
		return
	}
	theirs := c.theirs.RequestBody.Value
	if c.noted(openapi.NoteBodyDropped, "") {
		return
	}
	media := chosen(c.action, theirs.Content)
	c.count["body"]++
	if media == nil {
		c.differ("body media type", c.action.Body, slices.Collect(maps.Keys(theirs.Content)))
		return
	}
	if theirs.Content["application/json"] != nil && encoding(c.action) != waygate.BodyJSON && encoding(c.action) != waygate.BodyMultipart {
		c.differ("body encoding", encoding(c.action), "application/json among others")
	}
	c.same("body: required", c.action.Body != nil && c.action.Body.Required, theirs.Required)
	if media.Schema == nil || encoding(c.action) == waygate.BodyText || encoding(c.action) == waygate.BodyBytes {
		return
	}
	c.members(whole(media.Schema.Value, 0), theirs.Required)
}

// members compares those of a body, whether they stand beside the parameters or not.
func (c *comparison) members(theirs *openapi3.Schema, required bool) {
	ours := member(c.input, "body", c.action.Layout, "")
	if c.action.Layout == waygate.LayoutGrouped {
		ours = property(c.input, "body")
	}
	flat := c.action.Layout != waygate.LayoutGrouped && (c.action.Body == nil || c.action.Body.Member == "")
	if flat {
		ours = c.flat(required)
	}
	if c.input == nil || len(ours) == 0 && c.noted(openapi.NoteSchemaCut, "") {
		c.count["cut schema"]++
		return
	}
	if !flat {
		c.same("body: type", types(ours["type"]), theirTypes(theirs))
	}
	if len(theirs.AnyOf)+len(theirs.OneOf) > 0 {
		c.same("body: alternatives", len(list(ours["anyOf"]))+len(list(ours["oneOf"])), len(theirs.AnyOf)+len(theirs.OneOf))
		return
	}
	properties, _ := ours["properties"].(map[string]any)
	want := []string{}
	for name, p := range theirs.Properties {
		if beside := p.Ref != "" && properties[name] == nil; beside {
			c.count["read-only beside a reference"]++ // which kin-openapi doesn't read in 3.0
		} else if !whole(p.Value, 0).ReadOnly {
			want = append(want, name)
		}
	}
	for _, name := range theirs.Required {
		if _, described := theirs.Properties[name]; !described && flat {
			want = append(want, name) // asked for, but not described
		}
	}
	slices.Sort(want)
	c.same("body: members", slices.Sorted(maps.Keys(properties)), slices.Compact(want))
	c.same("body: required members", sortedTexts(ours["required"]), wanted(theirs))
	for _, name := range want {
		if p := theirs.Properties[name]; p != nil && properties[name] != nil {
			c.schema("body member: "+name, property(ours, name), p.Value, false)
		}
	}
}

// wanted are the members that a request has to have.
func wanted(s *openapi3.Schema) []string {
	out := []string{}
	for _, name := range s.Required {
		if p := s.Properties[name]; (p == nil || !whole(p.Value, 0).ReadOnly) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// flat puts the members of a body together that stand beside parameters, under the names that they have in the body.
func (c *comparison) flat(required bool) map[string]any {
	as := map[string]string{}
	for _, p := range c.action.Parameters {
		if p.In == waygate.InBody && p.As != "" {
			as[p.Name] = p.As
		}
	}
	inBody := func(name string) (string, bool) {
		if c.named[name] {
			return "", false
		}
		if other, renamed := as[name]; renamed {
			return other, true
		}
		return name, true
	}
	properties, needed := map[string]any{}, []any{}
	all, _ := c.input["properties"].(map[string]any)
	for name, p := range all {
		if own, ok := inBody(name); ok {
			properties[own] = p
		}
	}
	from := c.input["required"]
	if !required { // a body that may be left out is whole if it is there
		then, _ := c.input["then"].(map[string]any)
		from = then["required"]
	}
	for _, name := range list(from) {
		if own, ok := inBody(name.(string)); ok {
			needed = append(needed, own)
		}
	}
	return map[string]any{"properties": properties, "required": needed}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

func sortedTexts(v any) []string {
	out := []string{}
	for _, x := range list(v) {
		if s, ok := x.(string); ok && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// answer compares what is said of success: the media type, and the members of its schema.
func (c *comparison) answer() {
	if c.op.Method == "HEAD" || c.theirs.Responses == nil {
		return
	}
	codes := slices.Sorted(maps.Keys(c.theirs.Responses.Map()))
	codes = slices.DeleteFunc(codes, func(code string) bool { return !strings.HasPrefix(code, "2") })
	var first *openapi3.Response
	schemas := []*openapi3.SchemaRef{}
	for _, code := range codes {
		r := c.theirs.Responses.Value(code).Value
		if first == nil && len(r.Content) > 0 {
			first = r
		}
		if media := r.Content.Get("application/json"); media != nil && r.Content["application/json"] != nil {
			schemas = append(schemas, media.Schema)
		}
	}
	if first == nil {
		if len(codes) > 0 {
			c.same("answer: kind", c.action.Response, waygate.ResponseEmpty)
		}
		return
	}
	if accept := c.action.Headers["Accept"]; accept != "" {
		c.count["answer media type"]++
		bare := func(name string) bool {
			t, _, _ := strings.Cut(name, ";")
			return strings.EqualFold(strings.TrimSpace(t), accept)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(first.Content)), bare) {
			c.differ("answer media type", accept, slices.Collect(maps.Keys(first.Content)))
		}
		return
	}
	if len(codes) != 1 || len(schemas) != 1 || schemas[0] == nil {
		return
	}
	ours, s := schemaOf(c.action.OutputSchema), whole(schemas[0].Value, 0)
	if ours == nil {
		if !s.IsEmpty() && c.action.Response == "" && !c.noted(openapi.NoteSchemaCut, "") {
			c.differ("answer schema", "none", s.Type)
		}
		return
	}
	if len(ours) <= 1 && c.noted(openapi.NoteSchemaCut, "") {
		c.count["cut schema"]++
		return
	}
	c.same("answer: type", types(ours["type"]), theirTypes(s))
	properties, _ := ours["properties"].(map[string]any)
	want := []string{}
	for name, p := range s.Properties {
		if !whole(p.Value, 0).WriteOnly {
			want = append(want, name)
		}
	}
	slices.Sort(want)
	c.same("answer: members", slices.Sorted(maps.Keys(properties)), want)
	for _, name := range want {
		p, own := s.Properties[name], types(property(ours, name)["type"])
		if theirs := theirTypes(whole(p.Value, 0)); own != theirs && p.Ref != "" { // nullable, beside a reference
			own = strings.TrimSpace(strings.ReplaceAll(" "+own+" ", " null ", " "))
		}
		if own == "" && c.noted(openapi.NoteSchemaCut, "") {
			c.count["cut schema"]++
			continue
		}
		c.same("answer member: "+name+" type", own, theirTypes(whole(p.Value, 0)))
	}
}

// security compares the alternatives, each as the places that are written to.
func (c *comparison) security() {
	requirements := c.kin.Security
	if c.theirs.Security != nil {
		requirements = *c.theirs.Security
	}
	theirs := []string{}
	for _, r := range requirements {
		places := []string{}
		for name := range r {
			places = append(places, c.placeOf(name))
		}
		slices.Sort(places)
		theirs = append(theirs, strings.Join(slices.Compact(places), "+"))
	}
	if len(requirements) == 0 && c.silent() { // any of those that are declared may sign
		for name := range c.kin.Components.SecuritySchemes {
			theirs = append(theirs, c.placeOf(name))
		}
	}
	if len(theirs) == 0 {
		theirs = append(theirs, "")
	}
	scheme := c.action.Auth
	if scheme == nil {
		scheme = c.ours.Integration.Auth
	}
	if c.theirs.Security == nil && c.kin.Security == nil && !c.silent() { // others ask for something, and this says nothing
		c.count["signed as the others"]++
		if c.action.Auth != nil {
			c.differ("security", c.action.Auth, "nothing is said")
		}
		return
	}
	ours := alternatives(scheme)
	slices.Sort(ours)
	slices.Sort(theirs)
	ours, theirs = slices.Compact(ours), slices.Compact(theirs)
	c.same("security", ours, theirs)
}

// silent says whether a document declares schemes, and asks for none of them.
func (c *comparison) silent() bool {
	if c.kin.Components == nil || len(c.kin.Components.SecuritySchemes) == 0 || c.kin.Security != nil {
		return false
	}
	for _, item := range c.kin.Paths.Map() {
		for _, op := range item.Operations() {
			if op.Security != nil {
				return false
			}
		}
	}
	return true
}

// placeOf is where a scheme of the document writes.
func (c *comparison) placeOf(name string) string {
	if c.kin.Components == nil || c.kin.Components.SecuritySchemes[name] == nil {
		return "undeclared"
	}
	s := c.kin.Components.SecuritySchemes[name].Value
	if s.Type == "apiKey" {
		if s.In == "header" {
			return "header " + strings.ToLower(s.Name)
		}
		return s.In + " " + s.Name
	}
	return "header authorization"
}

// alternatives are the ways in which a scheme may sign, each as its places.
func alternatives(s auth.Scheme) []string {
	switch s := s.(type) {
	case auth.None:
		return []string{""}
	case auth.Any:
		var out []string
		for _, m := range s.Schemes {
			out = append(out, alternatives(m)...)
		}
		return out
	}
	var places []string
	if p, ok := s.(auth.Placer); ok {
		for _, place := range p.Places() {
			name := place.Name
			if place.In == auth.InHeader || place.In == "" {
				name = strings.ToLower(name)
				place.In = auth.InHeader
			}
			places = append(places, string(place.In)+" "+name)
		}
	}
	slices.Sort(places)
	return []string{strings.Join(slices.Compact(places), "+")}
}
