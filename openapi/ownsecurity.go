package openapi

import (
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
)

// security keeps what the operation needs.
func (d *draft) security() *fault {
	s := d.im.auth
	list := d.op.get("security")
	if list.kind() == '[' && len(list.items()) == 0 && (s.given || len(s.schemes) > 0) {
		d.action.Auth = auth.None{}
		return nil
	}
	if s.given || !list.exists() && !s.root.exists() {
		return nil
	}
	at := list
	if !list.exists() {
		list, at = s.root, d.op.node
	}
	needs, optional, why := s.requirements(list)
	switch {
	case len(needs) == 0 && !optional && why != "":
		return &fault{SkipAuth, at, why}
	case len(needs) == 0:
		d.action.Auth = auth.None{}
		return nil
	case why != "":
		d.note(NoteAuth, at, "an alternative was left out: "+why)
	}
	for _, r := range needs {
		if !slices.ContainsFunc(s.taken, r.equal) {
			s.taken = append(s.taken, r)
		}
	}
	d.action.Auth = anyOf(needs, true)
	if optional {
		d.action.Auth = anyOf(needs, true, auth.None{})
	}
	d.scopes(needs)
	return nil
}

// scopes are told where the action is listed.
func (d *draft) scopes(needs []requirement) {
	for _, r := range needs {
		if len(r.scopes) > 0 {
			if d.action.Metadata == nil {
				d.action.Metadata = map[string]string{}
			}
			d.action.Metadata["scopes"] = cut(strings.Join(r.scopes, " "), 500)
			return
		}
	}
}

func (r requirement) equal(o requirement) bool { return slices.Equal(r.schemes, o.schemes) }
