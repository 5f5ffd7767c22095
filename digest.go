package waygate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"maps"
	"slices"

	"github.com/waygate-go/waygate/mapping"
)

// identify makes the digest of the definition's written form, none if it holds Go, and the versions that continuation
// tokens are bound to.
func (c *compiledIntegration) identify() {
	c.digest = c.sum()
	for _, a := range c.actions {
		if a.version = c.digest; c.digest == nil { // what is written holds all actions: it is the same for each
			a.version = c.versionOf(a)
		}
	}
}

// sum is a digest of the written form, taken action by action: the whole can have 100 MB. It is nil if there is no such form.
func (c *compiledIntegration) sum() []byte {
	h := sha256.New()
	rest := c.def
	rest.Actions = nil
	form, err := json.Marshal(rest)
	if err != nil {
		return nil
	}
	sumText(h, form)
	for _, def := range c.def.Actions {
		a := c.actionOf(def)
		if a == nil || !hasWrittenForm(def) {
			return nil
		}
		if p, ok := def.(*HTTPAction); ok { // written as the value is
			def = bareAction(*p, p.Info())
		}
		if form, err = writtenAction(def); err != nil {
			return nil
		}
		for _, text := range [][]byte{form, a.input.sum(), a.output.sum()} {
			sumText(h, text)
		}
	}
	return h.Sum(nil)
}

// clone gives a copy that shares no list, map or setting that could be changed; the schemas are shared.
func (a HTTPAction) clone() HTTPAction {
	a.Tags, a.Parameters = slices.Clone(a.Tags), slices.Clip(slices.Clone(a.Parameters))
	a.Headers, a.Metadata = maps.Clone(a.Headers), maps.Clone(a.Metadata)
	a.Body, a.Idempotency, a.Answers = clonePointer(a.Body), clonePointer(a.Idempotency), cloneAnswers(a.Answers)
	a.InputMapping, a.OutputMapping = cloneMapping(a.InputMapping), cloneMapping(a.OutputMapping)
	return a
}

func cloneMapping(m *mapping.Mapping) *mapping.Mapping {
	if m = clonePointer(m); m != nil {
		m.Fields = slices.Clone(m.Fields)
	}
	return m
}

// writtenAction is an action's written form. Ours is known to be as encoding/json leaves it, which would look at all of it again.
func writtenAction(a Action) ([]byte, error) {
	switch a := a.(type) {
	case HTTPAction:
		return a.MarshalJSON()
	}
	return json.Marshal(a)
}

func sumText(h hash.Hash, text []byte) { _, _ = fmt.Fprintf(h, "%d:%s", len(text), text) }

// actionOf finds the compiled form of one of the definition's actions.
func (c *compiledIntegration) actionOf(def Action) *compiledAction {
	info, err := safeInfo(def)
	if err != nil {
		return nil
	}
	return c.actions[info.ID]
}

// versionOf identifies the version of a's definition where that holds Go: it is made of what can be written, so that a
// change of the Go itself isn't seen.
func (c *compiledIntegration) versionOf(a *compiledAction) []byte {
	def := c.def
	def.Actions = nil
	texts := []any{c.def.ID, def, a.info}
	if h, ok := unwrapped[interface{ definition() HTTPAction }](a.action); ok {
		texts = append(texts, h.definition())
	}
	h := sha256.New()
	for _, t := range texts {
		text, err := json.Marshal(t)
		if err != nil {
			text = nil // it holds Go too
		}
		sumText(h, text)
	}
	sumText(h, a.input.sum())
	sumText(h, a.output.sum())
	return h.Sum(nil)
}

// definition gives the definition as it was given.
func (c *compiledIntegration) definition() Integration {
	in := c.def.clone()
	for i, def := range in.Actions {
		if h, ok := def.(HTTPAction); ok {
			a := c.actions[h.ID]
			h = h.clone()
			h.InputSchema, h.OutputSchema = a.input.bytes(), a.output.bytes()
			in.Actions[i] = h
		}
	}
	return in
}

// bareAction is a copy of an action that is data without its schemas: they are kept packed. What info has a copy of, it
// shares.
func bareAction(a Action, info ActionInfo) Action {
	h, ok := a.(HTTPAction)
	if !ok {
		return a
	}
	h = h.clone()
	h.InputSchema, h.OutputSchema = nil, nil
	h.Tags, h.Metadata, h.Answers, h.Idempotency = info.Tags, info.Metadata, info.Answers, info.Idempotency
	h.InputMapping, h.OutputMapping = info.InputMapping, info.OutputMapping
	return h
}
