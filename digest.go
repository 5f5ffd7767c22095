package waygate

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"hash"
	"slices"
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
		if form, err = writtenAction(def); err != nil {
			return nil
		}
		for _, text := range [][]byte{form, a.input.sum(), a.output.sum()} {
			sumText(h, text)
		}
	}
	return h.Sum(nil)
}

// writtenAction is an action's written form. Ours is known to be as encoding/json leaves it, which would look at all of it again.
func writtenAction(a Action) ([]byte, error) {
	switch a := a.(type) {
	case HTTPAction:
		return a.MarshalJSON()
	case *HTTPAction:
		if a != nil {
			return a.MarshalJSON()
		}
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
			h.InputSchema, h.OutputSchema = a.input.bytes(), a.output.bytes()
			in.Actions[i] = h
		}
	}
	return in
}

// bareAction leaves out the schemas of an action that is data: they are kept packed. What else info has a copy of, it shares.
func bareAction(a Action, info ActionInfo) Action {
	h, ok := a.(HTTPAction)
	if !ok {
		return a
	}
	h.InputSchema, h.OutputSchema = nil, nil
	h.Tags, h.Metadata, h.Parameters = info.Tags, info.Metadata, slices.Clip(slices.Clone(h.Parameters))
	return h
}
