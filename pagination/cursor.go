package pagination

import (
	"strings"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/written"
)

// Cursor carries a token from one page into a parameter of the request for the
// next. The token comes from exactly one of Path, Header and LastField.
//
// The last page is the one whose flag More says so, or whose token is missing,
// null or "", or, with LastField, the one without records; ShortPage, StopOnEmpty
// and EndStatus tell more, but not against More. A token of 0 or false
// is a value like any other, and a number stays a number. It is an *Error if the
// flag says that there is more and the token is missing, if a last record lacks
// its field, and if a token is an object or an array or has more than 4 KiB.
type Cursor struct {
	// Path is where the token is in the body: "meta.next_cursor".
	Path string `json:"path,omitempty"`
	// Header is the response header that has the token.
	Header string `json:"header,omitempty"`
	// LastField is where the token is in the last record of the page: "id".
	LastField string `json:"last_field,omitempty"`
	// Param is the parameter that takes the token; required.
	Param string `json:"param"`
	// In is where that parameter goes. Empty means InQuery.
	In In `json:"in,omitempty"`
	// More is where the body has a flag that says whether more is to come:
	// "has_more". true, a number but 0, and the words true and 1 say yes; false, 0
	// and the words false and 0 say no; null, "" and a missing flag leave it to the
	// token. Empty means that there is no flag.
	More string `json:"more,omitempty"`
	// Limit is the page size to ask for, at most 1,000,000. 0 leaves it to the
	// provider.
	Limit int `json:"limit,omitempty"`
	// LimitParam is the parameter for the page size, required with Limit.
	LimitParam string `json:"limit_param,omitempty"`
	// LimitIn is where that parameter goes. Empty means InQuery.
	LimitIn In `json:"limit_in,omitempty"`
	// ShortPage says that a page of fewer than Limit records is the last. Set it
	// only where the provider never gives a short page before, nor caps Limit.
	ShortPage bool `json:"short_page,omitempty"`
	// StopOnEmpty says that a page without records is the last, also where it has
	// a token.
	StopOnEmpty bool `json:"stop_on_empty,omitempty"`
	// EndStatus is a status, as 404, that an answer after the first page has if
	// the page before was the last. 0 means that there is none.
	EndStatus int `json:"end_status,omitempty"`
}

var (
	_ Strategy = Cursor{}
	_ Preparer = Cursor{}
	_ Placer   = Cursor{}
	_ Ender    = Cursor{}
)

// Kind is "cursor".
func (Cursor) Kind() string { return "cursor" }

// Validate checks that there is one source, the paths, and the parameters.
func (s Cursor) Validate() error {
	_, err := s.compile()
	return err
}

// Prepare compiles the paths.
func (s Cursor) Prepare() (Strategy, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// First gives the page size, if Limit is set.
func (s Cursor) First() []Param { return pageSize(s.Limit, s.LimitParam, s.LimitIn) }

// Places gives the parameter that takes the token.
func (s Cursor) Places() []Param { return []Param{{In: s.In.orQuery(), Name: s.Param}} }

// Ends reports whether status is EndStatus.
func (s Cursor) Ends(status int) bool { return status != 0 && status == s.EndStatus }

// Next gives the parameter with the token of the page.
func (s Cursor) Next(p Page) (*Next, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c.Next(p)
}

// MarshalJSON writes {"kind":"cursor"} and the fields that are set.
func (s Cursor) MarshalJSON() ([]byte, error) {
	type plain Cursor
	return written.Marshal(s.Kind(), plain(s))
}

// compiledCursor is a Cursor whose paths are ready; nil means not given.
type compiledCursor struct {
	Cursor
	path, last, more *jsonpath.Path
}

func (s Cursor) compile() (*compiledCursor, error) {
	given := 0
	for _, source := range []string{s.Path, s.Header, s.LastField} {
		if source != "" {
			given++
		}
	}
	if given != 1 {
		return nil, s.invalid("path", "say where the token is: exactly one of path, header and last_field")
	}
	if s.Header != "" && (!isHeaderName(s.Header) || len(s.Header) > maxParamName) {
		return nil, s.invalid("header", "is not a header that has a token")
	}
	if field, why := checkParam("", s.In, s.Param); why != "" {
		return nil, s.invalid(field, why)
	}
	if field, why := checkPageSize(s.Limit, s.LimitParam, s.LimitIn); why != "" {
		return nil, s.invalid(field, why)
	}
	if s.Limit > 0 && overlap(s.In, s.Param, s.LimitIn, s.LimitParam) {
		return nil, s.invalid("limit_param", "is the parameter that takes the token; name another")
	}
	if err := checkShortPage(s.Kind(), s.ShortPage, s.Limit); err != nil {
		return nil, err
	}
	if err := checkEndStatus(s.Kind(), s.EndStatus); err != nil {
		return nil, err
	}
	return s.compilePaths()
}

func (s Cursor) compilePaths() (*compiledCursor, error) {
	c := &compiledCursor{Cursor: s}
	for _, f := range []struct {
		name, src string
		into      **jsonpath.Path
	}{{"path", s.Path, &c.path}, {"last_field", s.LastField, &c.last}, {"more", s.More, &c.more}} {
		var err error
		if *f.into, err = compilePath(s.Kind(), f.name, f.src); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s Cursor) invalid(field, reason string) *Error { return invalid(s.Kind(), field, reason) }

// Next gives the parameter with the token of the page.
func (c *compiledCursor) Next(p Page) (*Next, error) {
	more, err := flag(c.Kind(), c.more, p.Body)
	if err != nil || more == no {
		return nil, err
	}
	if more == unknown && (c.ShortPage && p.Records >= 0 && p.Records < c.Limit || c.StopOnEmpty && p.Records == 0) {
		return nil, nil
	}
	token, err := c.token(p)
	if err != nil {
		return nil, err
	}
	if token == nil || token == "" {
		if more == yes {
			return nil, c.failed("the page says that there is more, but has no token to go on with; check more")
		}
		return nil, nil
	}
	if why := c.checkToken(token); why != "" {
		return nil, c.failed(why)
	}
	return &Next{Set: []Param{{In: c.In.orQuery(), Name: c.Param, Value: token}}}, nil
}

// token gives what the page has, nil if that is nothing.
func (c *compiledCursor) token(p Page) (any, error) {
	switch {
	case c.Header != "":
		return strings.TrimSpace(p.Header.Get(c.Header)), nil
	case c.path != nil:
		v, _ := c.path.First(p.Body)
		return v, nil
	case p.Last == nil:
		return nil, nil
	}
	v, _ := c.last.First(p.Last)
	if v == nil || v == "" {
		return nil, c.failed("the last record has no such field to go on with")
	}
	return v, nil
}

// checkToken says what is wrong with a token, "" if nothing is.
func (c *compiledCursor) checkToken(token any) string {
	text, ok := Param{Value: token}.Text()
	switch {
	case !ok:
		return "the token is " + typeName(token) + "; it must be a string, a number or a boolean"
	case len(text) > maxCursor:
		return "the token is longer than 4 KiB"
	case !utf8.ValidString(text):
		return "the token is not valid UTF-8"
	case c.In == InHeader && strings.ContainsFunc(text, isControl):
		return "the token has a control character, which no header can carry"
	}
	return ""
}

// failed is an error about the token of a page.
func (c *compiledCursor) failed(reason string) *Error {
	field := "path"
	switch {
	case c.Header != "":
		field = "header " + c.Header
	case c.last != nil:
		field = "last_field"
	}
	return &Error{Op: opNext, Strategy: c.Kind(), Field: field, Reason: reason}
}
