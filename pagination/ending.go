package pagination

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// maxPosition bounds an offset and a page number: beyond it float64, which many
// providers count in, has gaps.
const maxPosition = 1 << 53

// answer is what a page says about the pages after it.
type answer int

const (
	unknown answer = iota
	yes
	no
)

// flag reads whether more is to come from the place of a flag, nil for none.
func flag(kind string, at *jsonpath.Path, body any) (answer, error) {
	if at == nil {
		return unknown, nil
	}
	v, _ := at.First(body)
	if v == nil {
		return unknown, nil
	}
	text, ok := Param{Value: v}.Text()
	_, isText := v.(string)
	switch {
	case !ok:
	case text == "":
		return unknown, nil
	case strings.EqualFold(text, "false") || text == "0":
		return no, nil
	case strings.EqualFold(text, "true") || text == "1" || !isText:
		return yes, nil
	}
	return unknown, &Error{Op: opNext, Strategy: kind, Field: "more",
		Reason: "the flag is " + typeName(v) + " that says neither yes nor no; check more"}
}

// whole reads a whole number of 0 or more, also one that is written as text.
func whole(v any) (int64, bool) {
	text, ok := Param{Value: v}.Text()
	if f, isFloat := v.(float64); isFloat && (f != math.Trunc(f) || f < 0 || f > maxPosition) {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if _, isBool := v.(bool); !ok || isBool || err != nil || n < 0 || n > maxPosition {
		return 0, false
	}
	return n, true
}

// count is a number that a page gives in its body or in a header, such as how
// many records there are; the zero value gives none.
type count struct {
	field  string // of the definition, for errors
	path   *jsonpath.Path
	header string
}

// read gives the number, -1 if the page has none. A negative number, which some
// providers give where they don't know, counts as none.
func (c count) read(kind string, p Page) (int64, error) {
	var v any
	switch {
	case c.path != nil:
		v, _ = c.path.First(p.Body)
	case c.header != "":
		v = strings.TrimSpace(p.Header.Get(c.header))
	}
	if v == nil || v == "" {
		return -1, nil
	}
	if n, ok := whole(v); ok {
		return n, nil
	}
	if text, ok := (Param{Value: v}).Text(); ok && strings.HasPrefix(strings.TrimSpace(text), "-") {
		return -1, nil
	}
	return -1, &Error{Op: opNext, Strategy: kind, Field: c.field, Reason: "is " + typeName(v) + ", not a whole number; check " + c.field}
}

// checkCount compiles the two places of a count; only one of them may be given.
func checkCount(kind, field, path, header string) (count, error) {
	c := count{field: field, header: header}
	if header == "" {
		var err error
		c.path, err = compilePath(kind, field, path)
		return c, err
	}
	c.field += "_header"
	switch {
	case path != "":
		return c, invalid(kind, c.field, "leave it out, or "+field)
	case !isHeaderName(header) || len(header) > maxParamName:
		return c, invalid(kind, c.field, "is not a header that has a number")
	}
	return c, nil
}

// compilePath compiles the path of a field; nil if it is empty.
func compilePath(kind, field, src string) (*jsonpath.Path, error) {
	if src == "" {
		return nil, nil
	}
	path, err := jsonpath.Compile(src)
	if err != nil {
		return nil, &Error{Op: opValidate, Strategy: kind, Field: field, Err: err}
	}
	return path, nil
}

func invalid(kind, field, reason string) *Error {
	return &Error{Op: opValidate, Strategy: kind, Field: field, Reason: reason}
}

// checkEndStatus refuses a status that says something else than where a list
// ends.
func checkEndStatus(kind string, status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusConflict, http.StatusTooEarly, http.StatusTooManyRequests:
	default:
		if status == 0 || status >= 400 && status < 500 {
			return nil
		}
	}
	return invalid(kind, "end_status", "must be a 4xx status that a provider gives after the last page, as 404")
}

// checkShortPage refuses short_page without the size of a whole one.
func checkShortPage(kind string, short bool, limit int) error {
	if short && limit == 0 {
		return invalid(kind, "short_page", "needs limit, the size of a page that isn't short")
	}
	return nil
}
