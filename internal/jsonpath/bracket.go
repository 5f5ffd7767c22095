package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// bracket reads "['name']", "[0]", "[-1]", "[1:3]", "[*]" and a list of such: "['a', 'b']". Blanks may stand around
// each of its parts (RFC 9535 §2.1.1).
func (p *parser) bracket(deep bool) error {
	open := p.pos
	var list []segment
	for sep := byte(','); sep == ','; {
		p.pos++ // the bracket, or a comma
		p.blanks()
		s := segment{deep: deep}
		if err := p.selector(open, &s); err != nil {
			return err
		}
		list = append(list, s)
		p.blanks()
		sep = p.peek()
	}
	switch p.peek() {
	case ']':
		p.pos++
		return p.addList(open, list)
	case 0:
		return p.fail(open, unclosed)
	}
	return p.fail(p.pos, bracketHolds)
}

// selector reads one of what a bracket holds.
func (p *parser) selector(open int, s *segment) (err error) {
	switch c := p.peek(); {
	case c == '\'' || c == '"':
		s.name, err = p.quoted()
		return err
	case c == '*':
		s.kind = wildcard
		p.pos++
		return nil
	case c == '-' || c == ':' || '0' <= c && c <= '9':
		return p.numbers(s)
	case c == '?' || c == '(':
		return p.fail(p.pos, noFilter)
	case c == 0:
		return p.fail(open, unclosed)
	}
	return p.fail(p.pos, bracketHolds)
}

// addList appends what a bracket held. A list multiplies the work of what follows, so lists are bounded together.
func (p *parser) addList(at int, list []segment) error {
	if len(list) == 1 {
		return p.add(at, list[0])
	}
	if p.lists = max(p.lists, 1) * len(list); p.lists > MaxList {
		return p.fail(at, "lists in brackets name at most 64 places together: use one path for each")
	}
	return p.add(at, segment{kind: union, deep: list[0].deep, list: list})
}

// blanks skips what RFC 9535 §2.1.1 calls blank space.
func (p *parser) blanks() {
	for p.pos < len(p.src) && strings.IndexByte(" \t\n\r", p.src[p.pos]) >= 0 {
		p.pos++
	}
}

// numbers reads an index or a slice.
func (p *parser) numbers(s *segment) error {
	n, ok, err := p.number()
	if err != nil {
		return err
	}
	if p.blanks(); p.peek() != ':' {
		s.kind, s.n = index, n
		return nil
	}
	s.kind = slice
	s.cut = bounds{start: n, hasStart: ok, step: 1}
	p.pos++
	p.blanks()
	if s.cut.end, s.cut.hasEnd, err = p.number(); err != nil {
		return err
	}
	if p.blanks(); p.peek() != ':' {
		return nil
	}
	p.pos++
	p.blanks()
	step, ok, err := p.number()
	if ok {
		s.cut.step = step
	}
	return err
}

// number reads an optional integer in its shortest form, which is what RFC 9535 §2.1 asks for.
func (p *parser) number() (n int, ok bool, err error) {
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	text := p.src[start:p.pos]
	if text == "" {
		return 0, false, nil
	}
	if len(text) > len("-1000000") {
		return 0, false, p.fail(start, indexTooLarge)
	}
	n, err = strconv.Atoi(text)
	if err != nil || strconv.Itoa(n) != text {
		return 0, false, p.fail(start, "an index is an integer like 0, 12 or -1")
	}
	if n > MaxIndex || n < -MaxIndex {
		return 0, false, p.fail(start, indexTooLarge)
	}
	return n, true, nil
}

// quoted reads a quoted name with the escapes of RFC 9535 §2.3.1.
func (p *parser) quoted() (string, error) {
	open := p.pos
	quote := p.src[open]
	var b strings.Builder
	for p.pos++; p.pos < len(p.src); p.pos++ {
		switch c := p.src[p.pos]; {
		case c == quote:
			p.pos++
			return b.String(), nil
		case c < ' ':
			return "", p.fail(p.pos, `a control character in a name is written as \u and four digits`)
		case c != '\\':
			b.WriteByte(c)
		default:
			if err := p.escape(&b, quote); err != nil {
				return "", err
			}
		}
	}
	return "", p.fail(open, "the quote is not closed")
}

// escape reads what follows a backslash and stops at its last byte. Of the quotes only the one around needs it.
func (p *parser) escape(b *strings.Builder, quote byte) error {
	at := p.pos
	p.pos++
	switch c := p.peek(); c {
	case '\\', '/', quote:
		b.WriteByte(c)
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		r, ok := p.hex(p.pos + 1)
		p.pos += 4
		if ok && utf16.IsSurrogate(r) {
			low, _ := p.hex(p.pos + 3)
			ok = strings.HasPrefix(p.src[p.pos+1:], `\u`)
			r = utf16.DecodeRune(r, low)
			ok = ok && r != utf8.RuneError
			p.pos += 6
		}
		if !ok {
			return p.fail(at, `\u is followed by four hexadecimal digits, a pair of such for a character over U+FFFF`)
		}
		b.WriteRune(r)
	default:
		return p.fail(at, `after a backslash comes one of \ / b f n r t u, or the quote around`)
	}
	return nil
}

// hex reads four hexadecimal digits at a place, if they are there.
func (p *parser) hex(at int) (rune, bool) {
	if at+4 > len(p.src) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.src[at:at+4], 16, 32)
	return rune(n), err == nil
}
