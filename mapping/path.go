package mapping

import (
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// path is a place in a document that may be written to: names and [*]. index fills the [*] in.
type path struct {
	steps []jsonpath.Step
	each  int // [*] in it
}

// index says for each [*] of a path, from the left, which item is meant. It may be shorter than the path has [*]: then
// it means all places below.
type index struct {
	n  int
	at [MaxEach]int
}

func (x index) with(i int) index {
	x.at[x.n] = i
	x.n++
	return x
}

// text is the canonical form of the path, with the numbers of the index in place of its first [*].
func (p path) text(x index) string {
	b := []byte{'$'}
	n := 0
	for _, s := range p.steps {
		if s.Each && n < x.n {
			b = fmt.Appendf(b, "[%d]", x.at[n])
			n++
			continue
		}
		b = append(b, s.String()...)
	}
	return string(b)
}

// compilePath compiles a source or target. Only a source that is kept may be something other than names and [*]: then
// the path is nil, and reads is all there is.
func compilePath(label, src string) (reads *jsonpath.Path, steps []jsonpath.Step, err error) {
	p, err := jsonpath.Compile(src)
	var fault *jsonpath.Error
	if errors.As(err, &fault) {
		reason := fmt.Sprintf("at byte %d: %s", fault.Offset, fault.Reason)
		return nil, nil, &Error{Field: label, Path: fault.Path, Reason: reason, Err: err}
	}
	if err != nil {
		return nil, nil, &Error{Field: label, Path: src, Reason: "not a path", Err: err}
	}
	switch n := p.Len(); {
	case n == 0:
		err = &Error{Field: label, Path: src, Reason: "the path names no member: write one like user.login"}
	case n > MaxDepth:
		err = &Error{Field: label, Path: src, Reason: fmt.Sprintf("a path here has at most %d steps, this one %d", MaxDepth, n)}
	}
	if err != nil {
		return nil, nil, err
	}
	if steps, ok := p.Steps(); ok {
		return nil, steps, nil
	}
	return p, nil, nil
}

// newPath counts the [*] and bounds them.
func newPath(label, src string, steps []jsonpath.Step) (path, error) {
	p := path{steps: steps}
	for _, s := range steps {
		if s.Each {
			p.each++
		}
	}
	if p.each > MaxEach {
		return p, &Error{Field: label, Path: src, Reason: fmt.Sprintf("a path here has at most %d [*], this one %d", MaxEach, p.each)}
	}
	return p, nil
}
