package template

import "strings"

// callAt reads a call with its braces at src[at:]: {base64(user, ':', password)}.
func callAt(src string, at int) (part, int, error) {
	r := callReader{src: src, at: at + 1}
	c, err := r.call(1)
	if err != nil {
		return part{}, 0, err
	}
	r.space()
	if r.peek() != '}' {
		return part{}, 0, r.fault("a call ends with ) and }: it takes no default and no alternatives")
	}
	return part{offset: at, ref: c.self(), call: c}, r.at + 1 - at, nil
}

// callReader reads calls from a source.
type callReader struct {
	src string
	at  int
}

func (r *callReader) fault(reason string) error { return &Error{Offset: r.at, Reason: reason} }

// peek is the next byte, 0 at the end.
func (r *callReader) peek() byte {
	if r.at < len(r.src) {
		return r.src[r.at]
	}
	return 0
}

// space skips spaces and line breaks, which mean nothing between arguments.
func (r *callReader) space() {
	for r.at < len(r.src) && strings.IndexByte(" \t\r\n", r.src[r.at]) >= 0 {
		r.at++
	}
}

// name reads a name, "" if there is none.
func (r *callReader) name() string {
	start := r.at
	for r.at < len(r.src) && isName(r.src[r.at:r.at+1]) {
		r.at++
	}
	return r.src[start:r.at]
}

// call reads name(argument, …).
func (r *callReader) call(depth int) (*call, error) {
	if depth > maxCallDepth {
		return nil, r.fault("calls nest more than four deep")
	}
	r.space()
	c := &call{offset: r.at}
	name := r.name()
	f, ok := functionNamed(name)
	if !ok {
		r.at = c.offset
		return nil, r.fault("there is no function of that name: known are " + functionNames())
	}
	c.function = f
	r.space()
	if r.peek() != '(' {
		return nil, r.fault("a call's arguments stand in parentheses")
	}
	r.at++
	if err := r.arguments(c, depth); err != nil {
		return nil, err
	}
	if reason := f.check(c); reason != "" {
		return nil, c.fault(reason)
	}
	return c, nil
}

// arguments reads what stands between the parentheses, and the closing one.
func (r *callReader) arguments(c *call, depth int) error {
	for r.space(); r.peek() != ')'; r.space() {
		if len(c.args) > 0 {
			if r.peek() != ',' {
				return r.fault("a comma or ) is expected here: arguments are names, texts in quotes, and calls")
			}
			r.at++
			r.space()
		}
		if len(c.args) == maxArguments {
			return r.fault("a call takes no more than 16 arguments")
		}
		a, err := r.argument(depth)
		if err != nil {
			return err
		}
		c.args = append(c.args, a)
	}
	r.at++
	return nil
}

// argument reads one.
func (r *callReader) argument(depth int) (a argument, err error) {
	a.offset = r.at
	if q := r.peek(); q == '\'' || q == '"' {
		a.text, err = r.quoted(q)
		return a, err
	}
	name := r.name()
	end := r.at
	r.space()
	switch {
	case r.peek() == '(':
		r.at = a.offset
		a.call, err = r.call(depth + 1)
	case isDigits(name):
		r.at, a.text = end, name
	case name == "" || !isIdentifier(name):
		r.at = a.offset
		err = r.fault("an argument is a name, a text in quotes, a number or a call")
	default:
		r.at, a.ref = end, Ref{Name: name}
	}
	return a, err
}

// quoted reads a text in quotes.
func (r *callReader) quoted(quote byte) (string, error) {
	start := r.at
	var b strings.Builder
	for r.at++; r.at < len(r.src); r.at++ {
		switch c := r.src[r.at]; c {
		case quote:
			r.at++
			return b.String(), nil
		case '\\':
			r.at++
			plain, ok := unescaped(r.peek())
			if !ok {
				return "", r.fault(`after a \ in quotes one of n, t, \, ' and " is expected`)
			}
			b.WriteByte(plain)
		default:
			b.WriteByte(c)
		}
	}
	r.at = start
	return "", r.fault("a text in quotes has no end")
}

// unescaped is the character that an escape stands for.
func unescaped(c byte) (byte, bool) {
	switch c {
	case 'n':
		return '\n', true
	case 't':
		return '\t', true
	case '\\', '\'', '"':
		return c, true
	}
	return 0, false
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
