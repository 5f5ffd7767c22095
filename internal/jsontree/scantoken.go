package jsontree

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// fault describes the place where the scanner stands.
func (s *scanner) fault(reason string) error {
	before := s.data[:s.i]
	return &SyntaxError{
		Offset: s.i,
		Line:   1 + bytes.Count(before, []byte{'\n'}),
		Column: s.i - bytes.LastIndexByte(before, '\n'),
		Reason: reason,
	}
}

func (s *scanner) literal(want string) error {
	if rest := s.data[s.i:]; len(rest) < len(want) || string(rest[:len(want)]) != want {
		return s.fault("expected " + want)
	}
	s.i += len(want)
	return nil
}

// plain gives the number of bytes at the start of b, eight at a time, that can
// stand in a string as they are: neither control, quote, backslash nor beyond ASCII.
func plain(b []byte) int {
	const (
		ones = 0x0101010101010101
		high = 0x8080808080808080
	)
	n := 0
	for ; len(b)-n >= 8; n += 8 {
		w := binary.LittleEndian.Uint64(b[n:])
		// x-ones has the high bit set in the lowest byte of x that is zero;
		// borrows disturb only bytes after it.
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		stop := (quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w | w
		if stop &= high; stop != 0 {
			return n + bits.TrailingZeros64(stop)/8
		}
	}
	return n
}

// string reads from the opening quote past the closing one.
func (s *scanner) string() error {
	s.i++
	for {
		s.i += plain(s.data[s.i:])
		if s.i >= len(s.data) {
			return s.fault("the text ends inside a string")
		}
		switch c := s.data[s.i]; {
		case c == '"':
			s.i++
			return nil
		case c == '\\':
			if err := s.escape(); err != nil {
				return err
			}
		case c < 0x20:
			return s.fault("a control character in a string must be escaped")
		case c < utf8.RuneSelf:
			s.i++
		default:
			r, n := utf8.DecodeRune(s.data[s.i:])
			if r == utf8.RuneError && n == 1 {
				return s.fault("the text is not UTF-8")
			}
			s.i += n
		}
	}
}

func (s *scanner) escape() error {
	rest := s.data[s.i:]
	if len(rest) < 2 {
		return s.fault("the text ends inside a string")
	}
	switch rest[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.i += 2
		return nil
	case 'u':
		r, ok := hex4(rest[2:])
		if !ok {
			return s.fault(`\u needs four hexadecimal digits`)
		}
		if isSurrogate(r) {
			s.awkward = true // oj makes two U+FFFD of a pair
		}
		s.i += 6
		return nil
	}
	return s.fault("unknown escape in a string")
}

// number reads by the grammar of RFC 8259, section 6, and notes what oj
// misreads, see [Parse].
func (s *scanner) number() error {
	start := s.i
	if s.data[s.i] == '-' {
		s.i++
	}
	first := s.i
	n := s.digits()
	switch {
	case n == 0:
		return s.fault("a digit is missing")
	case n > 1 && s.data[first] == '0':
		s.i = first + 1
		return s.fault("a number can't start with 0 and another digit")
	}
	whole := true
	if s.i < len(s.data) && s.data[s.i] == '.' {
		s.i++
		whole = false
		frac := s.digits()
		if frac == 0 {
			return s.fault("a digit is missing after the point")
		}
		s.awkward = s.awkward || frac >= 18 || !ojReadsFractions
	}
	if s.i < len(s.data) && s.data[s.i]|0x20 == 'e' {
		s.i++
		whole = false
		if s.i < len(s.data) && (s.data[s.i] == '+' || s.data[s.i] == '-') {
			s.i++
		}
		if s.digits() == 0 {
			return s.fault("a digit is missing in the exponent")
		}
		s.awkward = true
	}
	s.awkward = s.awkward || n >= 19 || whole && first > start && s.data[first] == '0'
	return nil
}

func (s *scanner) digits() int {
	start := s.i
	for s.i < len(s.data) && '0' <= s.data[s.i] && s.data[s.i] <= '9' {
		s.i++
	}
	return s.i - start
}

// pointer is the JSON pointer of the key data[start:end] in the open object.
func (s *scanner) pointer(start, end int) string {
	p := ""
	for i := range s.frames.n - 1 {
		if f := s.frames.at(i); f.close == ']' {
			p += "/" + strconv.Itoa(f.index)
			continue
		}
		// The open member of an object is the last key noted before the next
		// frame began.
		e := s.keys.entries.at(s.frames.at(i+1).keys.base - 1)
		p += pointerSegment(string(appendUnescaped(nil, s.data[e.start:e.end])))
	}
	return p + pointerSegment(string(appendUnescaped(nil, s.data[start:end])))
}
