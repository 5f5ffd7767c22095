package jsonpath

import (
	"strings"
	"unicode/utf8"
)

// What the refusals say.
const (
	useBrackets   = "a name with this character stands in brackets and quotes, like $['odd.name']"
	noFilter      = "filters and scripts are not supported: select the records in the service"
	noFunction    = "functions are not supported: name a member"
	noCurrent     = "'@' as the current item is not supported: begin with a name or $"
	oneDescent    = "only one '..' is allowed: name the levels between"
	nameExpected  = "a name is missing here"
	unclosed      = "the bracket is not closed: add ]"
	bracketHolds  = "brackets hold a quoted name, an index, a slice like 1:3 or *, or a list of such"
	indexTooLarge = "the index is over 1000000"
)

// parser reads a source from left to right; pos is the next byte.
type parser struct {
	src  string
	pos  int
	segs []segment
	fan  int // wildcards and slices so far
	deep int // position of "..", from 1, 0 if none
	// lists is the product of the lengths of the lists in brackets; 0 if there is none
	lists int
}

func (p *parser) fail(at int, reason string) error {
	return &Error{Path: p.src, Offset: at, Reason: reason}
}

func (p *parser) parse() error {
	if len(p.src) > MaxLength {
		return &Error{Path: strings.ToValidUTF8(p.src[:64], ""), Offset: MaxLength, Reason: "a path has at most 1024 bytes"}
	}
	if !utf8.ValidString(p.src) {
		return p.fail(0, "a path is UTF-8 text")
	}
	if p.src == "" {
		return nil
	}
	switch p.src[0] {
	case '$':
		return p.dollar()
	case '@':
		return p.atName()
	case '\'', '"':
		return p.quotedOnly()
	case '[':
		return p.rest()
	}
	if err := p.name(false); err != nil {
		return err
	}
	return p.rest()
}

// dollar reads a path that begins with the root.
func (p *parser) dollar() error {
	if len(p.src) > 1 && p.src[1] != '.' && p.src[1] != '[' {
		return p.fail(1, "after $ comes a dot or a bracket; "+useBrackets)
	}
	p.pos = 1
	return p.rest()
}

// atName takes the whole source as one key: "@odata.nextLink" is what providers write, and dots belong to it.
func (p *parser) atName() error {
	if len(p.src) == 1 || p.src[1] == '.' || p.src[1] == '[' {
		return p.fail(0, noCurrent)
	}
	for i := 1; i < len(p.src); i++ {
		if c := p.src[i]; !nameByte(c) && c != '.' && c != '@' && c != ':' {
			return p.fail(i, useBrackets)
		}
	}
	return p.add(0, segment{kind: member, name: p.src})
}

func (p *parser) quotedOnly() error {
	name, err := p.quoted()
	if err != nil {
		return err
	}
	if p.pos < len(p.src) {
		return p.fail(p.pos, "a path that begins with a quote is one name as a whole; "+useBrackets)
	}
	return p.add(0, segment{kind: member, name: name})
}

// rest reads the steps after the first.
func (p *parser) rest() error {
	for p.pos < len(p.src) {
		var err error
		switch p.src[p.pos] {
		case '.':
			err = p.dotted()
		case '[':
			err = p.bracket(false)
		case '(':
			err = p.fail(p.pos, noFunction)
		default:
			err = p.fail(p.pos, useBrackets)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// dotted reads ".name", ".*", "..name", "..*" and "..[…]".
func (p *parser) dotted() error {
	p.pos++
	deep := false
	if p.peek() == '.' {
		if p.deep > 0 {
			return p.fail(p.pos-1, oneDescent)
		}
		deep = true
		p.deep = len(p.segs) + 1
		p.pos++
	}
	switch c := p.peek(); {
	case c == '*':
		p.pos++
		return p.add(p.pos-1, segment{kind: wildcard, deep: deep})
	case c == '[' && deep:
		return p.bracket(true)
	case c == '.' && deep:
		return p.fail(p.pos, oneDescent)
	}
	return p.name(deep)
}

// name reads a bare name.
func (p *parser) name(deep bool) error {
	start := p.pos
	for p.pos < len(p.src) && nameByte(p.src[p.pos]) {
		p.pos++
	}
	if p.pos > start {
		return p.add(start, segment{kind: member, deep: deep, name: p.src[start:p.pos]})
	}
	switch p.peek() {
	case 0, '.', '[':
		return p.fail(p.pos, nameExpected)
	case '*':
		return p.fail(p.pos, "write $.* or $[*] for every item")
	case '?', '(':
		return p.fail(p.pos, noFilter)
	}
	return p.fail(p.pos, useBrackets)
}

// nameByte tells what a bare name is made of: letters, digits, "_", "-" and everything outside ASCII.
func nameByte(c byte) bool {
	return c == '_' || c == '-' || c >= utf8.RuneSelf ||
		'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

// add appends a step that was found at a place, within the limits.
func (p *parser) add(at int, s segment) error {
	if s.kind > index {
		p.fan++
	}
	p.segs = append(p.segs, s)
	switch {
	case len(p.segs) > MaxSegments:
		return p.fail(at, "a path has at most 64 steps")
	case p.fan > MaxFan:
		return p.fail(at, "a path has at most 8 wildcards, slices and lists")
	case p.deep > 0 && len(p.segs)-p.deep >= MaxAfter:
		return p.fail(at, "at most 8 steps may follow '..'")
	}
	return nil
}
