package template

import (
	"slices"
	"strings"
)

// Compile reads a template for one place. Literal text is checked for that
// place too: in a path, query or authority it must already be escaped. Faults,
// also a default that could not stand there, give an [*Error].
func Compile(src string, place Place) (*Template, error) {
	return compile(src, place, false)
}

// CompileCalls is [Compile] for a template that may also call functions, as the
// package's documentation says. A function that isn't there, arguments that it
// doesn't take, and a call in an authority are an [*Error].
func CompileCalls(src string, place Place) (*Template, error) {
	return compile(src, place, true)
}

func compile(src string, place Place, calls bool) (*Template, error) {
	if place > XML {
		return nil, &Error{Reason: "there is no such place"}
	}
	parts, err := tokens(src, calls)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		parts[i].place = place
	}
	return finish(parts)
}

// finish checks parts that know their place and makes the template.
func finish(parts []part) (*Template, error) {
	for i := range parts {
		if p := &parts[i]; !p.isRef() {
			if reason := literalFault(p.place, p.text); reason != "" {
				return nil, &Error{Offset: p.offset, Reason: reason}
			}
		}
	}
	if err := checkPath(placed(parts, Path)); err != nil {
		return nil, err
	}
	if err := checkAuthority(placed(parts, Authority)); err != nil {
		return nil, err
	}
	markPort(parts)
	refs, err := references(parts)
	if err != nil {
		return nil, err
	}
	t := &Template{parts: parts, refs: refs, fixed: !slices.ContainsFunc(parts, func(p part) bool { return p.isRef() })}
	if t.fixed {
		t.literal = outline(parts)
	}
	return t, nil
}

// references lists each reference once and checks the defaults.
func references(parts []part) ([]Ref, error) {
	var refs []Ref
	seen := map[Ref]bool{}
	for i := range parts {
		p := &parts[i]
		switch {
		case !p.isRef():
			continue
		case p.call != nil && p.place == Authority:
			return nil, &Error{Offset: p.offset, Ref: p.ref, Reason: "a host can't be computed: write it, or name a value"}
		}
		if _, reason := p.escape(p.def); p.hasDef && reason != "" {
			return nil, &Error{Offset: p.offset, Ref: p.ref, Reason: "its default can't stand here: " + reason}
		}
		for _, r := range p.needs() {
			if !seen[r] {
				seen[r] = true
				refs = append(refs, r)
			}
		}
	}
	return refs, nil
}

// needs lists the values that a part asks for.
func (p *part) needs() []Ref {
	if p.call != nil {
		return p.call.needs(nil)
	}
	return append([]Ref{p.ref}, p.others...)
}

// placed gives the parts of one place.
func placed(parts []part, place Place) []part {
	return slices.DeleteFunc(slices.Clone(parts), func(p part) bool { return p.place != place })
}

// outline joins parts, with a byte that no literal can hold for each reference.
func outline(parts []part) string {
	var b strings.Builder
	for i := range parts {
		if parts[i].isRef() {
			b.WriteByte(0)
		} else {
			b.WriteString(parts[i].text)
		}
	}
	return b.String()
}

func checkPath(parts []part) error {
	if len(parts) == 0 {
		return nil
	}
	if _, _, reason := pathFault(outline(parts)); reason != "" {
		return &Error{Offset: parts[0].offset, Reason: "the " + reason}
	}
	return nil
}

// markPort finds the reference that is an authority's port.
func markPort(parts []part) {
	for i := 1; i < len(parts); i++ {
		before := &parts[i-1]
		if parts[i].isRef() && parts[i].place == Authority && before.place == Authority && strings.HasSuffix(before.text, ":") {
			parts[i].port = true
		}
	}
}

func checkAuthority(parts []part) error {
	if len(parts) == 0 {
		return nil
	}
	fault := func(reason string) error { return &Error{Offset: parts[0].offset, Reason: reason} }
	authority := outline(parts)
	if strings.HasPrefix(authority, "[") {
		if reason := ipFault(authority); reason != "" {
			return fault(reason)
		}
		return nil
	}
	host, port, hasPort := strings.Cut(authority, ":")
	if hasPort && port != "\x00" {
		if strings.Contains(port, "\x00") {
			return fault("a value in a port must be the whole port")
		}
		if reason := portFault(port); reason != "" {
			return fault(reason)
		}
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	if strings.Contains(last, "\x00") && last != "\x00" {
		return fault("a value in the last label of a host must be the whole label: beside text or another value it would choose the domain")
	}
	// A letter stands for each value: what it joins to is known on expansion.
	if reason := hostFault(strings.ReplaceAll(host, "\x00", "a")); reason != "" {
		return fault(reason)
	}
	return nil
}
