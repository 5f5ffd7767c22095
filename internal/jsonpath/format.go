package jsonpath

import (
	"fmt"
	"strconv"
)

// append writes one step in canonical form.
func (s *segment) append(b []byte) []byte {
	if s.deep {
		b = append(b, '.', '.')
	}
	if s.kind == member && plain(s.name) {
		if !s.deep {
			b = append(b, '.')
		}
		return append(b, s.name...)
	}
	return append(s.appendSelector(append(b, '[')), ']')
}

// appendSelector writes what stands in the bracket.
func (s *segment) appendSelector(b []byte) []byte {
	switch s.kind {
	case index:
		return strconv.AppendInt(b, int64(s.n), 10)
	case wildcard:
		return append(b, '*')
	case slice:
		return s.cut.append(b)
	case union:
		for i := range s.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = s.list[i].appendSelector(b)
		}
		return b
	}
	return appendQuoted(b, s.name)
}

func (c bounds) append(b []byte) []byte {
	if c.hasStart {
		b = strconv.AppendInt(b, int64(c.start), 10)
	}
	b = append(b, ':')
	if c.hasEnd {
		b = strconv.AppendInt(b, int64(c.end), 10)
	}
	if c.step != 1 {
		b = append(b, ':')
		b = strconv.AppendInt(b, int64(c.step), 10)
	}
	return b
}

// plain tells a name that every JSONPath reader takes after a dot.
func plain(name string) bool {
	for i := range len(name) {
		c := name[i]
		digit := '0' <= c && c <= '9'
		if c >= 0x80 || c == '-' || !nameByte(c) || i == 0 && digit {
			return false
		}
	}
	return name != ""
}

func appendQuoted(b []byte, name string) []byte {
	b = append(b, '\'')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '\'' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = fmt.Appendf(b, `\u%04x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '\'')
}
