package jsontree

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	// chunkSize is the memory that short strings are cut from, so that each
	// costs no allocation of its own. It is small, because one string that
	// outlives its tree keeps all of it.
	chunkSize = 1 << 10
	// shortString is how long a string may be to stand in a chunk.
	shortString = 64
	// cachedString is how long a value may be to be looked for among the last
	// ones: words, codes and dates come again, names and ids don't.
	cachedString = 16
	cacheSize    = 64
)

// parser makes a tree in one pass over a text, and checks on its way what [Scan]
// checks. It tells only that something is wrong: what it is, Scan says.
type parser struct {
	data      []byte
	i         int
	depth     int
	nodes     int // that are left
	maxDepth  int
	deepest   int
	duplicate bool // a key repeats another one of its object
	members   []pair
	items     []any
	chunk     strings.Builder
	room      []byte            // for strings with escapes
	keys      [cacheSize]string // the last ones
	values    [cacheSize]any    // short strings
}

// pair is a member of an object that is still open.
type pair struct {
	key   string
	value any
}

// parse gives the tree of a text; ok is false if Scan has something against it.
func (p *parser) parse() (tree any, ok bool) {
	p.space()
	if tree, ok = p.value(); !ok {
		return nil, false
	}
	p.space()
	return tree, p.i == len(p.data)
}

func (p *parser) space() {
	for p.i < len(p.data) {
		if c := p.data[p.i]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return
		}
		p.i++
	}
}

// next skips white space and gives the byte behind it, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.i < len(p.data) {
		return p.data[p.i]
	}
	return 0
}

func (p *parser) value() (any, bool) {
	if p.i >= len(p.data) || p.nodes <= 0 {
		return nil, false
	}
	p.nodes--
	switch p.data[p.i] {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return p.text()
	case 't':
		return true, p.literal("true")
	case 'f':
		return false, p.literal("false")
	case 'n':
		return nil, p.literal("null")
	}
	return p.number()
}

func (p *parser) literal(want string) bool {
	if rest := p.data[p.i:]; len(rest) < len(want) || string(rest[:len(want)]) != want {
		return false
	}
	p.i += len(want)
	return true
}

func (p *parser) enter() bool {
	if p.depth >= p.maxDepth {
		return false
	}
	p.depth++
	p.deepest = max(p.deepest, p.depth)
	p.i++
	return true
}

// leave passes the end of an object or array.
func (p *parser) leave() {
	p.depth--
	p.i++
}

// object collects the members first, so that the map has its size from the start.
func (p *parser) object() (any, bool) {
	if !p.enter() {
		return nil, false
	}
	start := len(p.members)
	for c := p.next(); c != '}'; {
		key, ok := p.key()
		if !ok {
			return nil, false
		}
		value, ok := p.value()
		if !ok {
			return nil, false
		}
		p.members = append(p.members, pair{key, value})
		if c = p.next(); c == ',' {
			p.i++
			if c = p.next(); c == '}' {
				return nil, false
			}
		} else if c != '}' {
			return nil, false
		}
	}
	p.leave()
	mine := p.members[start:]
	m := make(map[string]any, len(mine))
	for _, x := range mine {
		m[x.key] = x.value
	}
	p.duplicate = p.duplicate || len(m) < len(mine)
	p.members = p.members[:start]
	return m, true
}

// key reads a member's name and the colon after it, and stops at the value.
func (p *parser) key() (key string, ok bool) {
	if p.i >= len(p.data) || p.data[p.i] != '"' || p.nodes <= 0 {
		return "", false
	}
	p.nodes--
	raw, ok := p.raw()
	if !ok {
		return "", false
	}
	slot := &p.keys[slotOf(raw)]
	if *slot != string(raw) {
		*slot = p.keep(raw)
	}
	key = *slot
	if p.next() != ':' {
		return "", false
	}
	p.i++
	p.space()
	return key, true
}

func (p *parser) array() (any, bool) {
	if !p.enter() {
		return nil, false
	}
	start := len(p.items)
	for c := p.next(); c != ']'; {
		value, ok := p.value()
		if !ok {
			return nil, false
		}
		p.items = append(p.items, value)
		if c = p.next(); c == ',' {
			p.i++
			if c = p.next(); c == ']' {
				return nil, false
			}
		} else if c != ']' {
			return nil, false
		}
	}
	p.leave()
	list := make([]any, len(p.items)-start)
	copy(list, p.items[start:])
	p.items = p.items[:start]
	return list, true
}

// text reads a string that is a value.
func (p *parser) text() (any, bool) {
	raw, ok := p.raw()
	if !ok {
		return nil, false
	}
	if len(raw) > cachedString {
		return p.keep(raw), true
	}
	slot := &p.values[slotOf(raw)]
	if known, ok := (*slot).(string); !ok || known != string(raw) {
		*slot = p.keep(raw)
	}
	return *slot, true
}

// slotOf is the place in a cache for a string.
func slotOf(raw []byte) int {
	n := len(raw)
	if n == 0 {
		return 0
	}
	return (n + 7*int(raw[0]) + 5*int(raw[n/2]) + 3*int(raw[n-1])) % cacheSize
}

// keep makes a string of bytes that will change.
func (p *parser) keep(raw []byte) string {
	if len(raw) > shortString {
		return string(raw)
	}
	if p.chunk.Cap()-p.chunk.Len() < len(raw) {
		p.chunk.Reset()
		p.chunk.Grow(min(chunkSize, len(raw)+len(p.data)-p.i))
	}
	start := p.chunk.Len()
	p.chunk.Write(raw)
	return p.chunk.String()[start:]
}

// raw reads from the opening quote past the closing one and gives what stands
// between, without escapes. It is good until the next call.
func (p *parser) raw() ([]byte, bool) {
	p.i++
	start, escaped := p.i, false
	for {
		p.i += plain(p.data[p.i:])
		if p.i >= len(p.data) {
			return nil, false
		}
		switch c := p.data[p.i]; {
		case c == '"':
			raw := p.data[start:p.i]
			p.i++
			if escaped {
				p.room = appendUnescaped(p.room[:0], raw)
				raw = p.room
			}
			return raw, true
		case c == '\\':
			escaped = true
			if !p.escape() {
				return nil, false
			}
		case c < 0x20:
			return nil, false
		case c < utf8.RuneSelf:
			p.i++
		default:
			r, n := utf8.DecodeRune(p.data[p.i:])
			if r == utf8.RuneError && n == 1 {
				return nil, false
			}
			p.i += n
		}
	}
}

func (p *parser) escape() bool {
	n := escapeLength(p.data[p.i:])
	p.i += n
	return n > 0
}

// number reads by the grammar of RFC 8259, section 6. Integers of up to 18 digits
// are computed on the way.
func (p *parser) number() (any, bool) {
	start := p.i
	negative := p.data[p.i] == '-'
	if negative {
		p.i++
	}
	first, whole := p.i, int64(0)
	for ; p.i < len(p.data) && isDigit(p.data[p.i]); p.i++ {
		whole = whole*10 + int64(p.data[p.i]-'0') // of 19 digits and more it isn't used
	}
	n := p.i - first
	if n == 0 || n > 1 && p.data[first] == '0' {
		return nil, false
	}
	if p.i < len(p.data) && (p.data[p.i] == '.' || p.data[p.i]|0x20 == 'e') {
		if !p.fraction() {
			return nil, false
		}
		return floatOf(p.data[start:p.i]), true
	}
	switch {
	case n > 18, negative && whole == 0:
		return numberOf(string(p.data[start:p.i])), true
	case negative:
		return -whole, true
	}
	return whole, true
}

// fraction reads what may follow the integer part.
func (p *parser) fraction() bool {
	if p.data[p.i] == '.' {
		p.i++
		if p.digits() == 0 {
			return false
		}
	}
	if p.i < len(p.data) && p.data[p.i]|0x20 == 'e' {
		p.i++
		if p.i < len(p.data) && (p.data[p.i] == '+' || p.data[p.i] == '-') {
			p.i++
		}
		return p.digits() > 0
	}
	return true
}

func (p *parser) digits() int {
	start := p.i
	for p.i < len(p.data) && isDigit(p.data[p.i]) {
		p.i++
	}
	return p.i - start
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// floatOf gives the tree's form of a number with fraction or exponent.
func floatOf(text []byte) any {
	if f, err := strconv.ParseFloat(string(text), 64); err == nil {
		return f
	}
	return json.Number(text)
}

// numberOf gives the tree's form of a valid JSON number, as [Parse] says.
func numberOf(text string) any {
	if !isWhole(text) {
		return floatOf([]byte(text))
	}
	if text == "-0" {
		return math.Copysign(0, -1)
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i
	}
	return json.Number(text)
}
