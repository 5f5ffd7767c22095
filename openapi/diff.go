package openapi

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// Difference says what became of an integration's actions from one import to the next.
type Difference struct {
	// Integration holds what changed for all actions.
	Integration []Change `json:"integration,omitempty"`
	// Added and Removed are ids of actions, in the order of the imports. Removing one is breaking.
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
	// Renamed are actions of the same method and path under another id, which are among Added and Removed too.
	Renamed []Renamed `json:"renamed,omitempty"`
	// Changed are the actions that are there in both, and differ.
	Changed []ActionChange `json:"changed,omitempty"`
}

// Renamed is an action that has another id now.
type Renamed struct {
	From string `json:"from"` // the id before
	To   string `json:"to"`   // the id after
}

// ActionChange is an action that changed.
type ActionChange struct {
	Action  string   `json:"action"`  // its id
	Changes []Change `json:"changes"` // what is different
}

// Side says whom a change concerns.
type Side string

// The sides of a [Change].
const (
	SideInput   Side = "input"   // what a caller gives
	SideOutput  Side = "output"  // what a caller gets
	SideRequest Side = "request" // what is sent for the same input
	SideText    Side = "text"    // what people read
)

// Change is one thing that changed.
type Change struct {
	Side Side `json:"side"` // whom it concerns
	// Breaking says that a program which works with the old import may not work with the new one: an input that was valid
	// may be refused, or an answer have a form that it couldn't have before. Where that can't be told, it is breaking. So is a
	// member of the input that goes to another place of the request: with the old import the provider doesn't find it. What
	// an import cut for its size, see [ImportOptions].MaxSchema, isn't compared, as a change says that isn't breaking.
	Breaking bool `json:"breaking"`
	// Pointer is the place in the schema (RFC 6901), references followed; for other changes it is the member of the action.
	Pointer string `json:"pointer"`
	// Reason is what changed.
	Reason string `json:"reason"`
}

// Breaking says whether a program that works with the import before may not work with the one after: an action was
// removed, or a [Change] is breaking.
func (d Difference) Breaking() bool {
	breaking := func(c Change) bool { return c.Breaking }
	return len(d.Removed) > 0 || slices.ContainsFunc(d.Integration, breaking) ||
		slices.ContainsFunc(d.Changed, func(a ActionChange) bool { return slices.ContainsFunc(a.Changes, breaking) })
}

// Empty says whether there is no difference at all.
func (d Difference) Empty() bool {
	return len(d.Integration) == 0 && len(d.Added) == 0 && len(d.Removed) == 0 && len(d.Changed) == 0
}

// Diff compares two imports of the same API. Actions are told apart by their ids; those that aren't a
// [waygate.HTTPAction] are compared by their written form.
func Diff(before, after waygate.Integration) Difference {
	var d Difference
	d.Integration = diffIntegration(before, after)
	old := byID(before.Actions)
	now := byID(after.Actions)
	for _, a := range before.Actions {
		if id := a.Info().ID; now[id] == nil {
			d.Removed = append(d.Removed, id)
		}
	}
	for _, a := range after.Actions {
		id := a.Info().ID
		was := old[id]
		if was == nil {
			d.Added = append(d.Added, id)
			continue
		}
		if changes := diffAction(was, a); len(changes) > 0 {
			d.Changed = append(d.Changed, ActionChange{id, changes})
		}
	}
	for _, from := range d.Removed {
		for _, to := range d.Added {
			if a, b := old[from].Info(), now[to].Info(); a.Method == b.Method && a.Path == b.Path && a.Path != "" {
				d.Renamed = append(d.Renamed, Renamed{from, to})
			}
		}
	}
	return d
}

func byID(list []waygate.Action) map[string]waygate.Action {
	m := make(map[string]waygate.Action, len(list))
	for _, a := range list {
		m[a.Info().ID] = a
	}
	return m
}

func diffIntegration(before, after waygate.Integration) []Change {
	var out []Change
	if before.BaseURL != after.BaseURL {
		out = append(out, Change{SideRequest, false, "/base_url", "requests go elsewhere"})
	}
	if !same(before.Auth, after.Auth) {
		out = append(out, Change{SideRequest, true, "/auth", "requests are signed in another way: connections may need another credential"})
	}
	for _, p := range after.Parameters {
		known := slices.ContainsFunc(before.Parameters, func(o waygate.ConnectionParameter) bool { return o.Name == p.Name })
		if needed := p.Default == nil && !p.Optional; !known {
			out = append(out, Change{SideRequest, needed, "/parameters", "connections have a new parameter: " + p.Name})
		}
	}
	return out
}

// same says whether two parts have the same written form.
func same(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

func diffAction(before, after waygate.Action) []Change {
	a, okA := before.(waygate.HTTPAction)
	b, okB := after.(waygate.HTTPAction)
	if !okA || !okB {
		if same(before, after) {
			return nil
		}
		return []Change{{SideRequest, true, "", "the action changed in a way that can't be told"}}
	}
	out := diffRequest(a, b)
	out = append(out, diffSchemas(SideInput, a.InputSchema, b.InputSchema)...)
	out = append(out, diffSchemas(SideOutput, a.OutputSchema, b.OutputSchema)...)
	if a.Name != b.Name || a.Description != b.Description || !slices.Equal(a.Tags, b.Tags) {
		out = append(out, Change{SideText, false, "/description", "name, description or tags changed"})
	}
	if a.Deprecated != b.Deprecated {
		out = append(out, Change{SideText, false, "/deprecated", map[bool]string{true: "it is deprecated now", false: "it is no longer deprecated"}[b.Deprecated]})
	}
	return out
}

// diffRequest compares what isn't in the schemas.
func diffRequest(a, b waygate.HTTPAction) []Change {
	var out []Change
	add := func(differs bool, side Side, breaking bool, pointer, reason string) {
		if differs {
			out = append(out, Change{side, breaking, pointer, reason})
		}
	}
	add(a.Method != b.Method, SideRequest, false, "/method", "the method was "+a.Method+" and is "+b.Method)
	add(a.Path != b.Path, SideRequest, false, "/path", "the path was "+a.Path+" and is "+b.Path)
	add(a.BaseURL != b.BaseURL, SideRequest, false, "/base_url", "requests go elsewhere")
	_, unsigned := b.Auth.(auth.None)
	add(!same(a.Auth, b.Auth), SideRequest, !unsigned, "/auth", "requests are signed in another way")
	add(!same(a.Headers, b.Headers), SideRequest, false, "/headers", "other headers are sent")
	add(a.Layout != b.Layout, SideInput, true, "/layout", "the input is laid out in another way")
	out = append(out, diffParameters(a, b)...)
	add(requiresBody(a, b), SideInput, true, "/body", "the body is needed now, or stands elsewhere in the input")
	add(!same(a.Body, b.Body) && !requiresBody(a, b), SideRequest, false, "/body", "the body is written in another way, or no longer needed")
	add(a.Response != b.Response, SideOutput, true, "/response", "the answer is read as something else")
	add(a.Records != b.Records, SideOutput, true, "/records", "the records of the answer are elsewhere")
	add(!same(a.Pagination, b.Pagination), SideOutput, a.Pagination != nil && b.Pagination == nil, "/pagination", "pages are followed in another way, or no longer")
	add(!same(a.Idempotency, b.Idempotency), SideRequest, a.Idempotency != nil && b.Idempotency == nil, "/idempotency", "idempotency keys are sent in another way, or no longer")
	return out
}

// requiresBody says whether a body, or another one, is needed now.
func requiresBody(a, b waygate.HTTPAction) bool {
	var old, now waygate.Body
	if a.Body != nil {
		old = *a.Body
	}
	if b.Body != nil {
		now = *b.Body
	}
	return now.Required && !old.Required || old.Member != now.Member
}
