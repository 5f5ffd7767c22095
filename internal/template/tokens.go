package template

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxSource is the longest source of a template, in bytes.
const MaxSource = 64 << 10

// tokens cuts a source into literals, references and, if they are allowed, calls;
// they have no place yet.
func tokens(src string, calls bool) ([]part, error) {
	switch {
	case len(src) > MaxSource:
		return nil, &Error{Offset: MaxSource, Reason: "a template can't be longer than 64 KiB"}
	case !utf8.ValidString(src):
		return nil, &Error{Reason: "a template must be UTF-8 text"}
	}
	parts := make([]part, 0, 2*strings.Count(src, "{")+1) // as many as there can be
	var text strings.Builder
	start := 0
	flush := func(end int) {
		if text.Len() > 0 {
			own := text.String()
			if as := src[start:end]; as == own { // so that it isn't kept twice
				own = as
			}
			parts = append(parts, part{text: own, offset: start})
			text.Reset()
		}
	}
	for i := 0; i < len(src); {
		literal, n := literalAt(src[i:])
		if n > 0 {
			if text.Len() == 0 {
				start = i
			}
			text.WriteString(literal)
			i += n
			continue
		}
		flush(i)
		p, n, err := value(src, i, calls)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
		i += n
	}
	flush(len(src))
	if cap(parts) > len(parts)+1 { // there may be thousands of templates
		parts = slices.Clip(slices.Clone(parts))
	}
	return parts, nil
}

// literalAt gives the literal text at the start of s and the bytes it takes; 0
// bytes where a reference or a stray brace stands.
func literalAt(s string) (text string, n int) {
	switch {
	case strings.HasPrefix(s, "$${"):
		return "${", 3
	case strings.HasPrefix(s, "${"):
		return "", 0
	case strings.HasPrefix(s, "{{"):
		return "{", 2
	case strings.HasPrefix(s, "}}"):
		return "}", 2
	case s[0] == '{' || s[0] == '}':
		return "", 0
	}
	n = 1 // a dollar alone is text
	if more := strings.IndexAny(s[1:], "${}"); more >= 0 {
		n += more
	} else {
		n = len(s)
	}
	return s[:n], n
}

// value reads a reference or a call at src[at:].
func value(src string, at int, calls bool) (part, int, error) {
	if !isCall(src[at:]) {
		return reference(src, at)
	}
	if !calls {
		return part{}, 0, &Error{Offset: at, Reason: "functions can't be called here: only a signing scheme's own templates may; for the character { itself write {{"}
	}
	return callAt(src, at)
}

// reference reads {name}, {name|other}, ${scope.name} and any of them with
// :-default at src[at:].
func reference(src string, at int) (p part, n int, err error) {
	fault := func(reason string) (part, int, error) {
		return part{}, 0, &Error{Offset: at, Reason: reason}
	}
	if src[at] == '}' {
		return fault("a } without its {: for the character itself write }}")
	}
	open := strings.IndexByte(src[at:], '{') + 1
	inside, _, closed := strings.Cut(src[at+open:], "}")
	if !closed {
		return fault("a { without its }: for the character itself write {{")
	}
	n = open + len(inside) + 1
	p = part{offset: at}
	name, def, hasDef := strings.Cut(inside, ":-")
	if p.def, p.hasDef = def, hasDef; strings.IndexByte(def, '{') >= 0 {
		return fault("a default can't hold { or }")
	}
	if open == 1 {
		if !p.setNames(name) {
			return fault("write {name}, {name|other} or {name:-text}, names of letters, digits, dots, hyphens and underscores; " +
				"for the character { itself write {{")
		}
		return p, n, nil
	}
	scope, name, _ := strings.Cut(name, ".")
	if !isScope(scope) {
		return fault("unknown scope: write ${connection.name}, ${call.name}, ${tenant.name}, ${var.name} or ${env.name}; for the characters ${ themselves write $${")
	}
	if !isName(name) {
		return fault("write ${" + scope + ".name}, the name of letters, digits, dots, hyphens and underscores")
	}
	p.ref = Ref{Scope: scope, Name: name}
	return p, n, nil
}

// setNames reads the names of one parameter or of alternatives.
func (p *part) setNames(names string) bool {
	for name := range strings.SplitSeq(names, "|") {
		switch {
		case !isName(name):
			return false
		case p.ref.Name == "":
			p.ref.Name = name
		default:
			p.others = append(p.others, Ref{Name: name})
		}
	}
	return true
}
