package payload

import "bytes"

// delimiter looks for a line that begins with the delimiter of parts in a content that comes in pieces. What a parser
// would take for a line is one here: after CR, LF or both, and at the very beginning, where the header's empty line
// has just ended.
type delimiter struct {
	line []byte // two hyphens and the boundary
	last []byte // the end of what came before: as many bytes as line has, or what there was
}

// begin starts a new content.
func (d *delimiter) begin() { d.last = append(d.last[:0], '\n') }

// within reports whether piece completes the delimiter, alone or with what came before.
func (d *delimiter) within(piece []byte) bool {
	n := len(d.line)
	d.last = append(d.last, piece[:min(len(piece), n)]...)
	if atLineStart(d.last, d.line) || atLineStart(piece, d.line) {
		return true
	}
	if len(piece) > n {
		d.last = append(d.last[:0], piece[len(piece)-n:]...)
	} else if len(d.last) > n {
		d.last = append(d.last[:0], d.last[len(d.last)-n:]...)
	}
	return false
}

// atLineStart reports whether b holds line after a line break. A match at the first byte has its line break
// elsewhere.
func atLineStart(b, line []byte) bool {
	for from := 0; ; {
		i := bytes.Index(b[from:], line)
		if i < 0 {
			return false
		}
		if at := from + i; at > 0 && (b[at-1] == '\n' || b[at-1] == '\r') {
			return true
		}
		from += i + 1
	}
}
