package template

import (
	"slices"
	"strings"
)

// Value is what a reference stands for.
type Value struct {
	// Text is the value; see [Place] for how it is escaped.
	Text string
	// Escaped says that Text is percent-escaped already, and that its slashes
	// part segments. It is legal in [Path] only, and checked: characters of a path
	// (RFC 3986, section 3.3), whole escapes, and what Path refuses.
	Escaped bool
}

// Expand is [Template.ExpandValues] for values that are all to be escaped.
func (t *Template) Expand(lookup func(Ref) (value string, ok bool)) (string, error) {
	return t.ExpandCalls(Env{}, lookup)
}

// ExpandCalls is [Template.Expand] for a template that may call functions, which
// take the time and randomness from env.
func (t *Template) ExpandCalls(env Env, lookup func(Ref) (value string, ok bool)) (string, error) {
	if t.isFixed() {
		return t.literal, nil
	}
	return t.expand(env, func(r Ref) (Value, bool) {
		if lookup == nil {
			return Value{}, false
		}
		text, ok := lookup(r)
		return Value{Text: text}, ok
	})
}

// ExpandValues puts in the values, each escaped for the place it lands in. A
// value is never looked into for further references. lookup is asked for each
// reference in order, and of alternatives until one is known and not empty;
// where it says no and the template has no default, and where a value can't
// stand in its place, there is an [*Error] that names the reference. So it is
// where only the joining of values makes what is refused in one: a host that is
// none, a path segment . or .., a path that begins with two slashes.
//
// A template without references costs no allocation.
func (t *Template) ExpandValues(lookup func(Ref) (v Value, ok bool)) (string, error) {
	if t.isFixed() {
		return t.literal, nil
	}
	return t.expand(Env{}, lookup)
}

func (t *Template) expand(env Env, lookup func(Ref) (Value, bool)) (string, error) {
	var (
		e    expansion
		room [8]span // beside e: what leaves e by its text would take it along
	)
	spans := room[:0]
	e.b.Grow(expectedLength)
	for i := range t.parts {
		p := &t.parts[i]
		if i > 0 && p.place != t.parts[i-1].place {
			if err := e.endPlace(t.parts[i-1].place, spans); err != nil {
				return "", err
			}
			spans = spans[:0]
		}
		text, err := p.expand(env, lookup)
		if err != nil {
			return "", err
		}
		if p.isRef() {
			spans = append(spans, span{part: p, from: e.b.Len(), to: e.b.Len() + len(text)})
		}
		e.b.WriteString(text)
	}
	if err := e.endPlace(t.parts[len(t.parts)-1].place, spans); err != nil {
		return "", err
	}
	return e.b.String(), nil
}

// expansion is a text in the making.
type expansion struct {
	b     strings.Builder
	start int // of the place being written
}

// expectedLength is the room that a text gets to begin with: few paths and headers are longer.
const expectedLength = 64

// span is where the value of a reference stands.
type span struct {
	part     *part
	from, to int
}

// endPlace checks what the joining of parts made; spans are those of the values in the place.
func (e *expansion) endPlace(place Place, spans []span) error {
	text := e.b.String()[e.start:]
	from, to, reason := 0, 0, ""
	switch {
	case len(spans) == 0: // literals were checked when compiled
	case place == Authority:
		host, _, _ := strings.Cut(text, ":")
		if !strings.HasPrefix(text, "[") {
			to, reason = len(host), hostFault(host)
		}
	case place == Path:
		from, to, reason = pathFault(text)
	}
	if reason != "" {
		return blame(spans, e.start+from, e.start+to, "with this value the "+reason)
	}
	e.start = e.b.Len()
	return nil
}

// blame names the first value that touches what is wrong.
func blame(spans []span, from, to int, reason string) error {
	i := slices.IndexFunc(spans, func(s span) bool { return s.to >= from && s.from <= to })
	p := spans[max(i, 0)].part
	return &Error{Offset: p.offset, Ref: p.ref, Reason: reason}
}

// expand gives the part's text, escaped.
func (p *part) expand(env Env, lookup func(Ref) (Value, bool)) (string, error) {
	if !p.isRef() {
		return p.text, nil
	}
	ref, v, err := p.value(env, lookup)
	if err != nil {
		return "", err
	}
	text, reason := "", ""
	if v.Escaped {
		text, reason = v.Text, p.escapedFault(v.Text)
	} else {
		text, reason = p.escape(v.Text)
	}
	if reason != "" {
		return "", &Error{Offset: p.offset, Ref: ref, Reason: reason}
	}
	return text, nil
}

// value is what the part stands for, before it is escaped.
func (p *part) value(env Env, lookup func(Ref) (Value, bool)) (Ref, Value, error) {
	if p.call != nil {
		text, err := p.call.text(env, lookup)
		return p.ref, Value{Text: text}, err
	}
	ref, v, ok := p.find(lookup)
	if !ok {
		return ref, v, &Error{Offset: p.offset, Ref: p.ref, Reason: p.missing()}
	}
	return ref, v, nil
}

// find asks for the value of a part: the first of its references that has one.
// A {name} that is known but empty gives way to another and to a default; a
// single one without either stands for the empty text, as a variable does.
func (p *part) find(lookup func(Ref) (Value, bool)) (Ref, Value, bool) {
	given, choice := false, p.ref.Scope == "" && (p.hasDef || len(p.others) > 0)
	for i := range 1 + len(p.others) {
		ref := p.ref
		if i > 0 {
			ref = p.others[i-1]
		}
		v, ok := Value{}, false
		if lookup != nil {
			v, ok = lookup(ref)
		}
		if ok && (!choice || v.Text != "") {
			return ref, v, true
		}
		given = given || ok
	}
	// Where an empty text can't stand, the error is about all of the names.
	empty := given && p.place != Path && p.place != Authority
	return p.ref, Value{Text: p.def}, p.hasDef || empty
}

// missing says what to do when there is no value.
func (p *part) missing() string {
	if len(p.others) == 0 {
		return p.ref.missing()
	}
	names := p.names()
	return "there is no value for {" + strings.Join(names, "|") + "}: give one of the parameters " + strings.Join(names, ", ")
}

func (p *part) names() []string {
	names := []string{p.ref.Name}
	for _, r := range p.others {
		names = append(names, r.Name)
	}
	return names
}
