package resilience

import (
	"net/http"
	"net/textproto"
	"regexp"
	"regexp/syntax"

	"github.com/waygate-go/waygate/internal/header"
	"github.com/waygate-go/waygate/internal/jsonpath"
)

// Bounds of declarations.
const (
	maxWaits     = 16
	maxPattern   = 1 << 10 // bytes
	maxSubject   = 64 << 10
	maxPlaces    = 100 // that a path may find
	maxMatchText = 1 << 10
	maxProgram   = 1_500 // instructions; matching takes time in proportion to them for each byte
)

// Wait declares a place where a provider says how long to wait: a header, a path in the body, or a pattern in one of the
// two or in the body's text.
//
// It is looked at in answers that are rate limited (429, or what an [Answer] says is) and in those of 503. Retry-After is
// always looked at, in every answer that may be repeated, in the form [FormRetryAfter] unless a Wait names that header and
// so declares another. Of all waits that can be read the longest wins.
type Wait struct {
	// Header is the name of the header that holds the wait; any case. If it comes several times, the longest wins.
	Header string `json:"header,omitempty"`
	// Path is where it stands in a JSON body, "error.retry_after". With several places the longest wins. A header and a path
	// can't be set both.
	Path string `json:"path,omitempty"`
	// Pattern is a regular expression of RE2's syntax whose first group holds the wait, "try again in ([0-9.]+)s". It is
	// applied to the header, or to the text at the path; without either, to the body's text: to the first 64 KiB of all that
	// together. At most 1 KiB, and 1,500 instructions once compiled, which large repeat counts come to.
	Pattern string `json:"pattern,omitempty"`
	// Form is how the wait is written; empty means FormRetryAfter.
	Form WaitForm `json:"form,omitempty"`
}

// Validate returns an [*Error] for the first field that can't be used.
func (w Wait) Validate() error {
	_, err := w.compile()
	return err
}

// wait is a Wait made ready.
type wait struct {
	header  string // canonical
	path    *jsonpath.Path
	pattern *regexp.Regexp
	form    WaitForm
}

func (w Wait) compile() (c wait, err error) {
	switch {
	case w.Header == "" && w.Path == "" && w.Pattern == "":
		return c, wrong("header", "is missing: name the header that holds the wait, or give the path or the pattern of its place in the body")
	case w.Header != "" && w.Path != "":
		return c, wrong("path", "is of the body, but header is set too: make two entries of them")
	case !isWaitForm(w.Form):
		return c, wrong("form", "there is no such form: use %s", waitForms)
	}
	c.form = w.Form
	if c.header, err = headerName("header", w.Header); err != nil {
		return c, err
	}
	if c.path, err = bodyPath(w.Path); err != nil {
		return c, err
	}
	if w.Pattern != "" {
		c.pattern, err = groupPattern(w.Pattern)
	}
	return c, err
}

// headerName checks the name of a header, if there is one, and makes it canonical.
func headerName(field, name string) (string, error) {
	if name == "" {
		return "", nil
	}
	if !header.IsToken(name) || len(name) > maxMatchText {
		return "", wrong(field, "is no name of a header: use letters, digits and -, as in Retry-After")
	}
	return textproto.CanonicalMIMEHeaderKey(name), nil
}

// bodyPath compiles a path, if there is one.
func bodyPath(src string) (*jsonpath.Path, error) {
	if src == "" {
		return nil, nil
	}
	p, err := jsonpath.Compile(src)
	if err != nil {
		return nil, &Error{Field: "path", Reason: "can't be used: " + err.Error(), Err: err}
	}
	return p, nil
}

// groupPattern compiles a pattern that has to have a group.
func groupPattern(src string) (*regexp.Regexp, error) {
	if len(src) > maxPattern {
		return nil, wrong("pattern", "has %d bytes, want at most %d: shorten it", len(src), maxPattern)
	}
	p, err := regexp.Compile(src)
	if err != nil {
		return nil, wrong("pattern", "is no regular expression of RE2's syntax: correct it, look-around and back-references there are none")
	}
	if size := programSize(src); size > maxProgram {
		return nil, wrong("pattern", "compiles to %d instructions, want at most %d: use smaller repeat counts", size, maxProgram)
	}
	if p.NumSubexp() == 0 {
		return nil, wrong("pattern", "has no group: put parentheses around what is the wait")
	}
	return p, nil
}

// programSize is how many instructions a pattern that compiles has.
func programSize(src string) int {
	re, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return 0
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0
	}
	return len(prog.Inst)
}

// texts are what stands in the places of a wait.
func (w wait) texts(m *message) []string {
	var found []string
	switch {
	case w.header != "":
		found = m.header[w.header]
	case w.path != nil:
		found = m.at(w.path)
	default:
		found = []string{string(m.text(maxSubject))}
	}
	if w.pattern == nil {
		return found
	}
	var groups []string
	left := maxSubject
	for _, text := range found[:min(len(found), maxPlaces)] {
		text = text[:min(len(text), left)]
		left -= len(text)
		if g := w.pattern.FindStringSubmatch(text); g != nil {
			groups = append(groups, g[1])
		}
	}
	return groups
}

// applies says whether a wait is looked at in an answer.
func (w wait) applies(status int, means Meaning) bool {
	return w.header == retryAfter || means == RateLimited || status == http.StatusServiceUnavailable ||
		means == "" && status == http.StatusTooManyRequests
}
