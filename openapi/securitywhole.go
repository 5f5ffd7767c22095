package openapi

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// whole is the integration's scheme: whichever of the alternatives that its actions need.
func (s *security) whole(im *importer) auth.Scheme {
	at := im.d.root.get("components").get("securitySchemes")
	if !at.exists() {
		at = im.d.root
	}
	if s.given {
		return im.o.Auth
	}
	if len(s.taken) == 0 {
		if list := s.declared(); len(list) > 0 && !s.root.exists() && !im.anySecurity() {
			im.note(NoteAuth, at, "schemes are declared, but nothing asks for one: each call is signed with any of them")
			return anyOf(list, false)
		}
		if len(s.schemes) == 0 {
			im.note(NoteAuth, at, "the document says nothing of authentication: calls aren't signed, unless ImportOptions.Auth says how")
		}
		return auth.None{}
	}
	const most = 16
	if len(s.taken) > most {
		im.note(NoteAuth, at, "more than 16 alternatives: the first 16 are kept")
	}
	s.sortTaken()
	all := anyOf(s.taken, false)
	if all.Validate() != nil {
		im.note(NoteAuth, at, "the alternatives don't fit together: the first is taken")
		all = together(s.taken[0], false)
	}
	obtaining := slices.DeleteFunc(slices.Clone(s.taken), func(r requirement) bool { return !obtains(together(r, false)) })
	if len(obtaining) > 1 {
		im.note(NoteAuth, at, "several schemes get tokens, and a credential has one way to: the first of them does, the others take its token")
	}
	s.inherit(im.actions)
	return all
}

// sortTaken puts the document's own alternatives first, in its order.
func (s *security) sortTaken() {
	first, _, _ := s.requirements(s.root)
	at := func(r requirement) int {
		if i := slices.IndexFunc(first, r.equal); i >= 0 {
			return i
		}
		return len(first)
	}
	slices.SortStableFunc(s.taken, func(a, b requirement) int { return at(a) - at(b) })
}

// declared are the schemes, each as an alternative.
func (s *security) declared() []requirement {
	var list []requirement
	for _, name := range s.order {
		if sc := s.schemes[name]; sc.whole != nil {
			list = append(list, requirement{schemes: []*scheme{sc}})
		}
	}
	return list
}

// anySecurity says whether an operation says something of security.
func (im *importer) anySecurity() bool {
	for _, op := range im.d.ops {
		if op.get("security").exists() {
			return true
		}
	}
	return false
}

// inherit takes the scheme of its own from each action that would be signed in the same way without.
func (s *security) inherit(actions []waygate.Action) {
	all, err := json.Marshal(anyOf(s.taken, true))
	if err != nil {
		return
	}
	for i, a := range actions {
		h, ok := a.(waygate.HTTPAction)
		if !ok || h.Auth == nil {
			continue
		}
		if own, err := json.Marshal(h.Auth); err == nil && bytes.Equal(own, all) {
			h.Auth = nil
			actions[i] = h
		}
	}
}
