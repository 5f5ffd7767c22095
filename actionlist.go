package waygate

import (
	"maps"
	"slices"
	"strings"
)

// ActionFilter selects actions of [Gateway.Actions]. The zero value selects all.
type ActionFilter struct {
	Integration string // its id; exact
	Tag         string // one that the action has
	Method      string // GET, POST, …, in any case of letters
	// Text is looked for in id, name and description, in any case of letters.
	Text string
}

// ActionSummary is an action in a listing.
type ActionSummary struct {
	// ID is the full id: "github.list_issues".
	ID          string
	Integration string     // the integration's id
	Info        ActionInfo // a copy of what the action gives
}

// Actions lists the actions of registered and saved integrations, in order of
// their full ids. Of the saved ones those are listed that this process knows: all
// while [Gateway.Run] runs, else those it has used.
func (g *Gateway) Actions(f ActionFilter) []ActionSummary {
	var out []ActionSummary
	for id, c := range g.known() {
		if f.Integration != "" && f.Integration != id {
			continue
		}
		for _, a := range c.actions {
			if f.matches(a.info) {
				out = append(out, ActionSummary{ID: a.fullID, Integration: id, Info: a.described()})
			}
		}
	}
	slices.SortFunc(out, func(a, b ActionSummary) int { return strings.Compare(a.ID, b.ID) })
	return out
}

func (f ActionFilter) matches(i ActionInfo) bool {
	if f.Tag != "" && !slices.Contains(i.Tags, f.Tag) {
		return false
	}
	if f.Method != "" && !strings.EqualFold(f.Method, i.Method) {
		return false
	}
	text := strings.ToLower(f.Text)
	return text == "" || strings.Contains(strings.ToLower(i.ID+"\n"+i.Name+"\n"+i.Description), text)
}

// described is what the action said of itself.
func (a *compiledAction) described() ActionInfo {
	i := a.info.clone()
	i.InputSchema, i.OutputSchema = a.input.bytes(), a.output.bytes()
	return i
}

// bare leaves the schemas out: they are kept packed.
func (i ActionInfo) bare() ActionInfo {
	i.InputSchema, i.OutputSchema = nil, nil
	return i
}

// clone lets a caller change what it was given.
func (i ActionInfo) clone() ActionInfo {
	i.Tags = slices.Clone(i.Tags)
	i.InputSchema = slices.Clone(i.InputSchema)
	i.OutputSchema = slices.Clone(i.OutputSchema)
	i.Metadata = maps.Clone(i.Metadata)
	i.Answers, i.Idempotency = cloneAnswers(i.Answers), clonePointer(i.Idempotency)
	i.InputMapping, i.OutputMapping = cloneMapping(i.InputMapping), cloneMapping(i.OutputMapping)
	return i
}
