package yamltree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// read makes nodes of a source that holds one document.
func read(src []byte, lim Limits) (*yaml.Node, error) {
	if len(src) > lim.Bytes {
		return nil, &Error{Line: 1, Column: 1, Reason: fmt.Sprintf("the text has %d bytes, want at most %d: divide it into several files", len(src), lim.Bytes)}
	}
	if !utf8.Valid(src) {
		line, col := notText(src)
		return nil, &Error{Line: line, Column: col, Reason: "the text is not UTF-8: save it as UTF-8"}
	}
	if line := tagDirective(src); line > 0 {
		return nil, &Error{Line: line, Column: 1, Reason: "directives %TAG aren't taken: leave it out, and the tags that it is for"}
	}
	src = withoutVersion(src)
	lines := &lineReader{src: src}
	dec := yaml.NewDecoder(lines)
	doc, err := next(dec)
	switch {
	case errors.Is(err, io.EOF):
		return nil, &Error{Line: 1, Column: 1, Reason: "the text is empty: there is nothing to read"}
	case err != nil:
		return nil, malformed(src, lines.line, err)
	}
	switch more, err := next(dec); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, malformed(src, lines.line, err)
	default:
		return nil, &Error{Line: more.Line, Column: more.Column, Reason: "a second document begins here: put each into a file of its own"}
	}
	return doc.Content[0], nil
}

// next reads one document. The reader underneath panics where it finds itself at fault.
func next(dec *yaml.Decoder) (doc *yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("yaml: the text can't be read")
		}
	}()
	doc = new(yaml.Node)
	if err = dec.Decode(doc); err == nil && len(doc.Content) != 1 {
		err = io.EOF
	}
	return doc, err
}

// tagDirective is the line of the first directive %TAG, 0 if there is none. Tags are refused anyway, and the reader
// underneath takes a time for many that grows with their square. It takes them before each document, a second one too,
// and after each of the line breaks of YAML 1.1, section 5.4.
func tagDirective(src []byte) int {
	for at := 0; ; at++ {
		next := bytes.Index(src[at:], []byte("%TAG"))
		if next < 0 {
			return 0
		}
		at += next
		if before := bytes.TrimRight(src[:at], "\uFEFF"); len(before) == 0 || endsLine(before) {
			return bytes.Count(before, []byte{'\n'}) + 1
		}
	}
}

func endsLine(text []byte) bool {
	r, _ := utf8.DecodeLastRune(text)
	return strings.ContainsRune("\n\r\u0085\u2028\u2029", r)
}

// withoutVersion makes a comment of the directive %YAML: the reader underneath takes 1.1 alone. What we read means the
// same in both versions.
func withoutVersion(src []byte) []byte {
	for at := 0; at < len(src); {
		line, _, _ := bytes.Cut(src[at:], []byte{'\n'})
		text := string(bytes.TrimSpace(line))
		switch {
		case text == "%YAML 1.2" || text == "%YAML 1.1":
			src = bytes.Clone(src)
			src[at] = '#'
			return src
		case text != "" && text[0] != '#' && text[0] != '%':
			return src
		}
		at += len(line) + 1
	}
	return src
}

// malformed says on which line the reader stopped. It doesn't say so itself: it names the line where the surrounding
// value began, counted from 0 or from 1. So the text is cut shorter until it doesn't end in the same complaint: by a line
// at a time, and by halves where that doesn't help, because a bracket or a quote was never closed.
func malformed(src []byte, line int, err error) *Error {
	reason := complaint(err)
	lines := bytes.Split(src, []byte{'\n'})
	line = contentLine(lines, line)
	same := func(shorter int) bool {
		_, err := next(yaml.NewDecoder(&lineReader{src: src, most: shorter}))
		return shorter > 0 && err != nil && complaint(err) == reason
	}
	for tries := 0; ; tries++ {
		shorter := contentLine(lines, line-1)
		if !same(shorter) {
			break
		}
		if line = shorter; tries == 3 {
			first := sort.Search(line-1, func(i int) bool { return same(i + 1) })
			line = contentLine(lines, first+1)
			break
		}
	}
	e := &Error{Line: max(line, 1), Column: 1, Reason: "is not well-formed YAML: " + reason + ": " + remedy(reason)}
	if line > 0 {
		e.Column = len(lines[line-1]) - len(bytes.TrimLeft(lines[line-1], " ")) + 1
	}
	return e
}

// remedy says what to do about a complaint.
func remedy(reason string) string {
	if strings.Contains(reason, "tab character") {
		return "indent with spaces"
	}
	return "check the indentation, brackets and quotes around here"
}

// complaint is what the reader said, without the line.
func complaint(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		if _, rest, ok := strings.Cut(rest, ": "); ok {
			return rest
		}
	}
	return text
}

// contentLine is the last line up to the given one, counted from 1, that isn't blank and no comment; 0 if there is none.
func contentLine(lines [][]byte, line int) int {
	for line = min(line, len(lines)); line > 0; line-- {
		if text := bytes.TrimSpace(lines[line-1]); len(text) > 0 && text[0] != '#' {
			break
		}
	}
	return line
}

// notText is the place of the first byte that isn't UTF-8.
func notText(src []byte) (line, col int) {
	line, col = 1, 1
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == utf8.RuneError && n == 1 {
			break
		}
		if col++; r == '\n' {
			line, col = line+1, 1
		}
		src = src[n:]
	}
	return line, col
}

// lineReader hands out a source line by line, so that it is known how far the reader came.
type lineReader struct {
	src  []byte
	line int // the last line of which something was handed out
	most int // the last line to hand out; 0 is all
	open bool
}

// Read gives the next line, or as much of it as there is room for.
func (r *lineReader) Read(p []byte) (int, error) {
	if len(r.src) == 0 || r.most > 0 && r.line == r.most && !r.open {
		return 0, io.EOF
	}
	if !r.open {
		r.line++
	}
	n := bytes.IndexByte(r.src, '\n') + 1
	if n == 0 {
		n = len(r.src)
	}
	r.open = n > len(p)
	n = copy(p, r.src[:n])
	r.src = r.src[n:]
	return n, nil
}
