package waygate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/nearest"
)

// placed is a value of the input on its way.
type placed struct {
	at    inputPlace
	param *compiledParam
	value any
	whole bool // it is the whole body
}

// place puts each member of the input where it goes, in order of name, so that
// the same input always gives the same request, or the same error.
func (d *draft) place(h *compiledHTTP, input any) error {
	members, ok := input.(map[string]any)
	if !ok && input != nil {
		return fieldError("", "type", "object", jsontree.TypeName(input))
	}
	list, err := h.spread(members)
	if err != nil {
		return err
	}
	if h.layout != LayoutGrouped && h.withBody() && h.body.object() {
		d.hasBody = members != nil && len(members) == 0 // {} is said, nil isn't
	}
	d.count = len(list)
	var given map[*compiledParam]bool
	if len(h.order) > 0 {
		given = make(map[*compiledParam]bool, len(list))
	}
	for _, x := range list {
		if given != nil {
			given[x.param] = true
		}
		if err := d.put(x); err != nil {
			return err
		}
	}
	for _, p := range h.order {
		if given[p] {
			continue
		}
		switch {
		case p.Default != nil:
			d.hide(p)
			if err := d.put(placed{at: h.place(p), param: p, value: p.Default, whole: h.isWhole(p)}); err != nil {
				return err
			}
		case (p.Required || p.In == InPath) && !h.paged(p):
			return h.absent(p, input)
		}
	}
	if h.body.required && !d.hasBody {
		return fieldError(h.bodyPointer(), "required", "a body", "absent")
	}
	return nil
}

// spread lists the values of an input with their places.
func (h *compiledHTTP) spread(members map[string]any) ([]placed, error) {
	list := make([]placed, 0, len(members))
	var room [16]string
	for _, name := range sortedNames(room[:0], members) {
		at := memberAt(name)
		if h.layout != LayoutGrouped {
			p := h.flat(name)
			if p.In == InBody && !h.body.object() && !h.isWhole(p) {
				return nil, fieldError(at.String(), "additionalProperties", "the body in "+h.body.member, "another name")
			}
			list = append(list, placed{at, p, members[name], h.isWhole(p)})
			continue
		}
		more, err := h.group(In(name), at, members[name])
		if err != nil {
			return nil, err
		}
		list = append(list, more...)
	}
	return list, nil
}

// group lists the values of one group of a grouped input.
func (h *compiledHTTP) group(in In, at inputPlace, v any) ([]placed, error) {
	if !slices.Contains([]In{InPath, InQuery, InHeader, InCookie, InBody}, in) {
		return nil, fieldError(at.String(), "additionalProperties", "path, query, header, cookie or body", "another name")
	}
	if in == InBody && h.bodyless() {
		return nil, fieldError(at.String(), "additionalProperties", "no body for "+h.method, jsontree.TypeName(v))
	}
	members, object := v.(map[string]any)
	if in == InBody && (!object || len(members) == 0 || !h.body.object()) {
		whole := len(members) > 0 || !h.body.object() || !object // else it is an object that has no members yet
		return []placed{{at, newParam(Parameter{In: InBody}), v, whole}}, nil
	}
	if !object {
		if v == nil {
			return nil, nil
		}
		return nil, fieldError(at.String(), "type", "object", jsontree.TypeName(v))
	}
	list := make([]placed, 0, len(members))
	for _, name := range slices.Sorted(maps.Keys(members)) {
		p, ok := h.declared[paramKey{in, name}]
		if !ok {
			if err := h.checkUndeclared(in, name); err != nil {
				return nil, fieldError(at.member(name).String(), "name", err.Error(), "another name")
			}
			if p = h.inPath[name]; in != InPath {
				p = undeclared(in, name)
			}
		}
		list = append(list, placed{at.member(name), p, members[name], false})
	}
	return list, nil
}

// isWhole says that a parameter of a flat input is all of the body.
func (h *compiledHTTP) isWhole(p *compiledParam) bool {
	return h.layout != LayoutGrouped && p.In == InBody && h.body.member != "" && p.Name == h.body.member
}

// checkUndeclared refuses a name that the input may not choose.
func (h *compiledHTTP) checkUndeclared(in In, name string) error {
	switch in {
	case InPath:
		if h.inPath[name] == nil {
			return fmt.Errorf("a {name} of the path%s", nearest.DidYouMean(name, maps.Keys(h.inPath)))
		}
	case InHeader:
		if strings.EqualFold(name, h.keyHeader) || checkHeaderName(name, h.places) != nil {
			return fmt.Errorf("the name of a header that the input may set")
		}
	case InCookie:
		if checkCookieName(name, h.places) != nil {
			return fmt.Errorf("the name of a cookie that the input may set")
		}
	}
	return nil
}

// flat finds where a member of a flat input goes: where it is declared, else to
// the path template's variable, else to the query of a method without body, else
// to the body.
func (h *compiledHTTP) flat(name string) *compiledParam {
	if p, ok := h.declared[paramKey{name: name}]; ok {
		return p
	}
	switch {
	case h.inPath[name] != nil:
		return h.inPath[name]
	case h.withBody(), name == h.body.member && name != "":
		return undeclared(InBody, name)
	}
	return undeclared(InQuery, name)
}

func undeclared(in In, name string) *compiledParam {
	p := newParam(Parameter{Name: name, As: name, In: in})
	p.undeclared = true
	return p
}

// place is a parameter's place in an input.
func (h *compiledHTTP) place(p *compiledParam) inputPlace {
	if h.layout == LayoutGrouped {
		return memberAt(string(p.In)).member(p.Name)
	}
	return memberAt(p.Name)
}

// sortedNames appends the names of members to room, in the order of their bytes.
func sortedNames(room []string, members map[string]any) []string {
	for name := range members {
		room = append(room, name)
	}
	slices.Sort(room)
	return room
}

func (h *compiledHTTP) bodyPointer() string {
	if h.layout == LayoutGrouped {
		return "/body"
	}
	if h.body.member == "" {
		return ""
	}
	return pointerTo(h.body.member)
}
