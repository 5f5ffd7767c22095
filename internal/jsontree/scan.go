package jsontree

// Scan walks a JSON text once, builds nothing, and says how deep and large it
// is and whether a key repeats.
//
// It accepts what encoding/json's Valid accepts (RFC 8259: one value, white
// space around it, no byte order mark) with one exception: text that is not
// UTF-8 is refused (RFC 8259, section 8.1). An escaped half of a surrogate pair
// is allowed and stands for U+FFFD. A fault gives a [*SyntaxError], a document
// past lim a [*LimitError], whichever comes first in the text.
//
// Keys are compared after unescaping. Objects of up to 32 keys cost no
// allocation, as long as all that are open at once have no more than 64 keys so
// far; a larger one costs a set.
func Scan(data []byte, lim Limits) (Stats, error) {
	lim = lim.withDefaults()
	st, _, err := scan(data, lim.Depth, lim.Nodes)
	return st, err
}

// scan is Scan with limits taken as they are, zero included. awkward says that
// the text holds something that only build reads right.
func scan(data []byte, depth, nodes int) (st Stats, awkward bool, err error) {
	var s scanner
	s.data, s.maxDepth, s.maxNodes = data, depth, nodes
	err = s.run()
	return s.st, s.awkward, err
}

// frame is one open object or array.
type frame struct {
	keys  keySet // of an object
	index int    // of the element in an array
	close byte   // '}' or ']'
}

// scanner walks one text. It stands on the stack: usual documents cost no
// allocation.
type scanner struct {
	data               []byte
	i                  int
	maxDepth, maxNodes int
	st                 Stats
	awkward            bool
	elements           int // of the array that the text is
	frames             stack[frame]
	keys               keyList
}

// run is a loop, not a recursion: a hostile text can't exhaust the stack.
func (s *scanner) run() error {
	s.space()
	for {
		open, err := s.value()
		if err != nil {
			return err
		}
		for !open {
			s.space()
			if s.frames.n == 0 {
				return s.end()
			}
			if open, err = s.next(); err != nil {
				return err
			}
		}
	}
}

// end refuses anything after the one value.
func (s *scanner) end() error {
	if s.i < len(s.data) {
		return s.fault("unexpected text after the value")
	}
	return nil
}

// value reads a scalar or the opening of a container. open says that another
// value follows at once.
func (s *scanner) value() (open bool, err error) {
	if s.i >= len(s.data) {
		return false, s.fault("a value is missing")
	}
	if err := s.count(); err != nil {
		return false, err
	}
	switch c := s.data[s.i]; c {
	case '"':
		return false, s.string()
	case '{':
		return s.open('}')
	case '[':
		return s.open(']')
	case 't':
		return false, s.literal("true")
	case 'f':
		return false, s.literal("false")
	case 'n':
		return false, s.literal("null")
	default:
		if c == '-' || '0' <= c && c <= '9' {
			return false, s.number()
		}
		return false, s.fault("a value can't start here")
	}
}

// open enters an object or array, and leaves it again if it is empty.
func (s *scanner) open(end byte) (bool, error) {
	if s.frames.n >= s.maxDepth {
		return false, &LimitError{What: "depth", Limit: s.maxDepth}
	}
	s.frames.push(frame{close: end, keys: keySet{base: s.keys.entries.n}})
	s.st.Depth = max(s.st.Depth, s.frames.n)
	s.i++
	s.space()
	if s.i < len(s.data) && s.data[s.i] == end {
		s.leave()
		return false, nil
	}
	if end == '}' {
		return true, s.key()
	}
	return true, nil
}

func (s *scanner) leave() {
	s.i++
	s.keys.entries.cut(s.frames.top().keys.base)
	s.frames.cut(s.frames.n - 1)
}

// next reads what follows a value inside a container.
func (s *scanner) next() (open bool, err error) {
	f := s.frames.top()
	if s.i >= len(s.data) {
		return false, s.fault("the text ends inside an object or array")
	}
	switch s.data[s.i] {
	case ',':
		s.i++
		s.space()
		f.index++
		if f.close == '}' {
			return true, s.key()
		}
		return true, nil
	case f.close:
		if s.frames.n == 1 && f.close == ']' {
			s.elements = f.index + 1
		}
		s.leave()
		return false, nil
	}
	if f.close == '}' {
		return false, s.fault("expected a comma or } after a member")
	}
	return false, s.fault("expected a comma or ] after an element")
}

// key reads a member's name and the colon after it.
func (s *scanner) key() error {
	if s.i >= len(s.data) || s.data[s.i] != '"' {
		return s.fault("expected a key in double quotes")
	}
	if err := s.count(); err != nil {
		return err
	}
	start := s.i + 1
	if err := s.string(); err != nil {
		return err
	}
	if s.st.Duplicate == "" {
		set := &s.frames.top().keys
		if !s.keys.add(set, s.data, start, s.i-1) {
			s.st.Duplicate = s.pointer(start, s.i-1)
		}
	}
	s.space()
	if s.i >= len(s.data) || s.data[s.i] != ':' {
		return s.fault("expected a colon after the key")
	}
	s.i++
	s.space()
	return nil
}

func (s *scanner) count() error {
	if s.st.Nodes >= s.maxNodes {
		return &LimitError{What: "nodes", Limit: s.maxNodes}
	}
	s.st.Nodes++
	return nil
}

func (s *scanner) space() {
	for s.i < len(s.data) {
		switch s.data[s.i] {
		case ' ', '\n', '\t', '\r':
			s.i++
		default:
			return
		}
	}
}
