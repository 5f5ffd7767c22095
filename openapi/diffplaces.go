package openapi

import (
	"maps"
	"slices"

	"github.com/waygate-go/waygate"
)

// diffParameters compares where members of the input go. That there are more of them, or fewer, is told of the schema.
func diffParameters(a, b waygate.HTTPAction) []Change {
	var out []Change
	if same(a.Parameters, b.Parameters) {
		return nil
	}
	old, now := placesOf(a), placesOf(b)
	for _, name := range slices.Sorted(maps.Keys(old)) {
		p, q := old[name], now[name]
		switch {
		case q.Name == "":
		case p.In != q.In:
			out = append(out, Change{SideRequest, true, "/parameters", name + " was sent in the " + string(p.In) + ", and is in the " + string(q.In)})
		case p.As != q.As:
			out = append(out, Change{SideRequest, true, "/parameters", name + " was sent as " + p.As + ", and is as " + q.As})
		case !same(p, q):
			out = append(out, Change{SideRequest, false, "/parameters", name + " is written in another way"})
		}
	}
	return out
}

// placesOf says where each member of a flat input goes. In a grouped one the groups' schemas show it.
func placesOf(h waygate.HTTPAction) map[string]waygate.Parameter {
	out := map[string]waygate.Parameter{}
	for _, p := range h.Parameters {
		name := p.Name
		if p.As == "" {
			p.As = p.Name
		}
		if h.Layout == waygate.LayoutGrouped {
			name = string(p.In) + "." + name
		}
		p.Required = false // the schema says so
		out[name] = p
	}
	if h.Layout == waygate.LayoutGrouped {
		return out
	}
	input, _ := treeOf(h.InputSchema).(map[string]any)
	members, _ := input["properties"].(map[string]any)
	for name := range members {
		if _, declared := out[name]; !declared { // an import declares all that isn't in the body
			out[name] = waygate.Parameter{Name: name, In: waygate.InBody, As: name}
		}
	}
	return out
}
