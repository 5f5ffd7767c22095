package jsontree

// cursor walks over a text that scan accepted: it checks nothing again.
type cursor struct {
	data []byte
	i    int
}

// token skips white space and gives the next byte.
func (c *cursor) token() byte {
	for {
		switch b := c.data[c.i]; b {
		case ' ', '\n', '\t', '\r':
			c.i++
		default:
			return b
		}
	}
}

// next goes to the next element of an array or member of an object, behind the
// comma, or past the end of it.
func (c *cursor) next(end byte) bool {
	switch c.token() {
	case end:
		c.i++
		return false
	case ',':
		c.i++
		c.token()
	}
	return true
}

// colon goes past the colon of a member.
func (c *cursor) colon() {
	c.token()
	c.i++
}

// raw reads a string: what stands between its quotes.
func (c *cursor) raw() (raw []byte, escaped bool) {
	c.i++
	for start := c.i; ; {
		c.i += plain(c.data[c.i:])
		switch c.data[c.i] {
		case '"':
			c.i++
			return c.data[start : c.i-1], escaped
		case '\\':
			escaped = true
			c.i += 2 // never the closing quote
		default:
			c.i++
		}
	}
}

// number reads a number.
func (c *cursor) number() []byte {
	start := c.i
	for c.i < len(c.data) && numeric(c.data[c.i]) {
		c.i++
	}
	return c.data[start:c.i]
}

func numeric(c byte) bool {
	return '0' <= c && c <= '9' || c == '-' || c == '+' || c == '.' || c|0x20 == 'e'
}

// skip reads past a value.
func (c *cursor) skip() {
	for depth := 0; ; {
		switch b := c.token(); b {
		case '{', '[':
			depth++
			c.i++
		case '}', ']':
			depth--
			c.i++
		case '"':
			c.raw()
		case ',', ':':
			c.i++
		default:
			for c.i < len(c.data) && (numeric(c.data[c.i]) || 'a' <= c.data[c.i] && c.data[c.i] <= 'z') {
				c.i++
			}
		}
		if depth == 0 {
			return
		}
	}
}
