package waygate

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/nearest"
)

// unknownIntegration says that an integration isn't here, and which was perhaps
// meant. Integrations are shared by all tenants.
func (g *Gateway) unknownIntegration(op, id string) error {
	e := errorf(KindUnresolved, op, "no integration %q here: register or save it first%s", clip(id), nearest.DidYouMean(id, maps.Keys(g.known())))
	e.Integration = id
	return e
}

// unknownAction says that an action isn't there, and which was perhaps meant.
func unknownAction(c *compiledIntegration, name string) error {
	return errorf(KindUnresolved, "", "integration %q has no action %q%s", c.def.ID, clip(name), nearest.DidYouMean(name, maps.Keys(c.actions)))
}

// notFullID says that an action's id lacks its integration, or has it in another
// form.
func (g *Gateway) notFullID(id string) error {
	var same, all []string
	known := g.known()
	if c := known[id]; c != nil && len(c.actions) > 0 {
		for _, a := range c.actions {
			all = append(all, a.fullID)
		}
		slices.Sort(all)
		return errorf(KindUnresolved, "", "action %q: that is an integration, want one of its actions: %s", id, choices(all))
	}
	for _, c := range known {
		for name, a := range c.actions {
			all = append(all, a.fullID)
			if name == id {
				same = append(same, a.fullID)
			}
		}
	}
	meant := nearest.DidYouMean(id, slices.Values(all))
	if slices.Sort(same); len(same) > 0 {
		meant = ": did you mean " + strings.Join(same[:min(len(same), nearest.MaxNames)], " or ") + "?"
	}
	return errorf(KindUnresolved, "", "action %q: want its full id, like github.list_issues%s", clip(id), meant)
}

// meantConnection is the end of a text about a connection that isn't there: the
// tenant's own to this integration that are named nearly so. A store that fails
// leaves it out.
func (g *Gateway) meantConnection(ctx context.Context, tenant, integration, ref string) string {
	if ref == "" || len(ref) > maxSlug+3 { // an ID, or near no slug
		return ""
	}
	page, err := g.cfg.Store.Connections().List(ctx, tenant, ConnectionQuery{Integration: integration, Limit: 100})
	if err != nil {
		return ""
	}
	return nearest.DidYouMean(ref, func(yield func(string) bool) {
		for _, row := range page.Connections {
			if row.Tenant == tenant && row.Integration == integration && !yield(row.Slug) {
				return
			}
		}
	})
}

// absent is an input without a parameter that has to be there. A member that
// nobody declares, of nearly that name, may be what was meant for it.
func (h *compiledHTTP) absent(p *compiledParam, input any) error {
	given, _ := input.(map[string]any)
	if h.layout == LayoutGrouped {
		given, _ = given[string(p.In)].(map[string]any)
	}
	meant := nearest.Names(p.Name, func(yield func(string) bool) {
		for name := range given {
			if h.declared[h.key(p.In, name)] == nil && h.inPath[name] == nil && !yield(name) {
				return
			}
		}
	})
	return fieldError(h.place(p).String(), "required", "present"+insteadOf(meant), "absent")
}

func insteadOf(given []string) string {
	if len(given) == 0 {
		return ""
	}
	return fmt.Sprintf(" (not as %q)", clip(given[0]))
}

// maxHints bounds the fields of an error that are given names that were perhaps
// meant, and maxHintSchema the schema that is read for that, in bytes.
const (
	maxHints      = 5
	maxHintSchema = 256 << 10
)

// meantMembers adds to fields of an input that its schema doesn't know the names
// that it knows, and to those that are missing what is there nearly so named.
func (a *compiledAction) meantMembers(fields []FieldError, input any) {
	fields = fields[:min(len(fields), maxHints)]
	if a.input.size() > maxHintSchema || !slices.ContainsFunc(fields, FieldError.aboutName) {
		return
	}
	schema, _, err := jsontree.Parse(a.input.bytes(), jsontree.Limits{})
	if err != nil {
		return
	}
	for i, f := range fields {
		parent, name := f.Pointer[:max(0, strings.LastIndexByte(f.Pointer, '/'))], lastToken(f.Pointer)
		properties, members := propertiesAt(schema, input, parent)
		switch f.Keyword {
		case "additionalProperties", "unevaluatedProperties":
			if meant := nearest.DidYouMean(name, without(properties, members)); meant != "" {
				fields[i].Expected += " (" + strings.TrimPrefix(meant, ": ") + ")"
			}
		case "required":
			fields[i].Expected += insteadOf(nearest.Names(name, without(members, properties)))
		}
	}
}

// aboutName says that a member is there which shouldn't be, or isn't which should.
func (f FieldError) aboutName() bool {
	switch f.Keyword {
	case "additionalProperties", "unevaluatedProperties", "required":
		return true
	}
	return false
}

// propertiesAt finds an object of an input and what its schema says of its
// members, as far as properties lead there.
func propertiesAt(schema, input any, pointer string) (properties, members map[string]any) {
	for pointer != "" {
		var token string
		token, pointer, _ = strings.Cut(pointer[1:], "/")
		if pointer != "" {
			pointer = "/" + pointer
		}
		token = unescapeToken(token)
		schema, input = memberOf(memberOf(schema, "properties"), token), memberOf(input, token)
	}
	properties, _ = memberOf(schema, "properties").(map[string]any)
	members, _ = input.(map[string]any)
	return properties, members
}

func memberOf(tree any, name string) any {
	m, _ := tree.(map[string]any)
	return m[name]
}

// without are the names in one object that aren't in another.
func without(names, but map[string]any) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range names {
			if _, there := but[name]; !there && !yield(name) {
				return
			}
		}
	}
}

func lastToken(pointer string) string {
	return unescapeToken(pointer[strings.LastIndexByte(pointer, '/')+1:])
}

// unescapeToken reads one step of a JSON pointer (RFC 6901, section 4).
func unescapeToken(token string) string {
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
}
