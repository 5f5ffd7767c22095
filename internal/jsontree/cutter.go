package jsontree

// cutPiece is how much text is copied at once, for the strings in it.
const cutPiece = 512

// cutter copies strings out of a text: those that stand near one another share a copy,
// as long as most of what is copied is strings that are wanted.
type cutter struct {
	piece        string
	start        int // of piece in the text
	copied, used int // bytes
}

func (c *cutter) cut(data []byte, start, end int) string {
	n := end - start
	if n == 0 {
		return ""
	}
	c.used += n
	if end > c.start+len(c.piece) {
		if n > cutPiece/4 || c.copied > 4*c.used+cutPiece {
			return string(data[start:end])
		}
		c.start, c.piece = start, string(data[start:min(start+cutPiece, len(data))])
		c.copied += len(c.piece)
	}
	return c.piece[start-c.start : end-c.start]
}
