package pagination

import (
	"cmp"
	"strings"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/written"
)

// Link follows a URL that the page gives: in the Link header (RFC 8288), or in
// the body if Path is set.
//
// A relative URL is resolved against that of the page. One with another scheme
// than http or https, with user information, of more than 4 KiB, or, unless
// AnyOrigin is set, of another scheme, host or port than the page, is an
// *Error. The last page is the one that has no such link; in a body, null, ""
// and false say the same.
type Link struct {
	// Rel is the relation of the link to follow, in any case. Empty means "next".
	// Links with an anchor, which speak of another page, are passed over.
	Rel string `json:"rel,omitempty"`
	// Path is where the URL is in the body, as in "paging.next" or
	// "$['@odata.nextLink']". Empty means the Link header.
	Path string `json:"path,omitempty"`
	// AnyOrigin lets a link lead to another origin. A gateway checks the request
	// there like any other and doesn't sign it, unless the integration names the
	// origin; who sends requests by [Pages] keeps the credential back by themself.
	AnyOrigin bool `json:"any_origin,omitempty"`
	// Limit is the page size to ask for, at most 1,000,000. 0 leaves it to the
	// provider.
	Limit int `json:"limit,omitempty"`
	// LimitParam is the parameter for the page size, required with Limit.
	LimitParam string `json:"limit_param,omitempty"`
	// LimitIn is where that parameter goes. Empty means InQuery.
	LimitIn In `json:"limit_in,omitempty"`
	// StopOnEmpty says that a page without records is the last, also where it has
	// a link.
	StopOnEmpty bool `json:"stop_on_empty,omitempty"`
	// EndStatus is a status, as 404, that an answer after the first page has if
	// the page before was the last. 0 means that there is none.
	EndStatus int `json:"end_status,omitempty"`
}

var (
	_ Strategy = Link{}
	_ Preparer = Link{}
	_ Ender    = Link{}
)

// Kind is "link".
func (Link) Kind() string { return "link" }

// Validate checks the path, the relation and the page size.
func (s Link) Validate() error {
	_, err := s.compile()
	return err
}

// Prepare compiles the path.
func (s Link) Prepare() (Strategy, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// First gives the page size, if Limit is set.
func (s Link) First() []Param { return pageSize(s.Limit, s.LimitParam, s.LimitIn) }

// Ends reports whether status is EndStatus.
func (s Link) Ends(status int) bool { return status != 0 && status == s.EndStatus }

// Next gives the URL of the next page.
func (s Link) Next(p Page) (*Next, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c.Next(p)
}

// MarshalJSON writes {"kind":"link"} and the fields that are set.
func (s Link) MarshalJSON() ([]byte, error) {
	type plain Link
	return written.Marshal(s.Kind(), plain(s))
}

// compiledLink is a Link whose path is ready.
type compiledLink struct {
	Link
	rel  string         // to follow
	path *jsonpath.Path // nil: the header
}

func (s Link) compile() (*compiledLink, error) {
	c := &compiledLink{Link: s, rel: cmp.Or(s.Rel, "next")}
	if strings.ContainsAny(s.Rel, " \t,;\"") || len(s.Rel) > maxParamName {
		return nil, s.invalid("rel", "must be one relation of at most 256 bytes, as \"next\"")
	}
	if s.Path != "" {
		if s.Rel != "" {
			return nil, s.invalid("rel", "is for the Link header; leave out path, or rel")
		}
		path, err := jsonpath.Compile(s.Path)
		if err != nil {
			return nil, &Error{Op: opValidate, Strategy: s.Kind(), Field: "path", Err: err}
		}
		c.path = path
	}
	if field, why := checkPageSize(s.Limit, s.LimitParam, s.LimitIn); why != "" {
		return nil, s.invalid(field, why)
	}
	if err := checkEndStatus(s.Kind(), s.EndStatus); err != nil {
		return nil, err
	}
	return c, nil
}

func (s Link) invalid(field, reason string) *Error { return invalid(s.Kind(), field, reason) }

// Next gives the URL of the next page.
func (c *compiledLink) Next(p Page) (*Next, error) {
	if c.StopOnEmpty && p.Records == 0 {
		return nil, nil
	}
	ref, err := c.reference(p)
	if err != nil || ref == "" {
		return nil, err
	}
	u, why := resolve(p.URL, ref, c.AnyOrigin)
	if why != "" {
		return nil, c.failed(why)
	}
	return &Next{URL: u}, nil
}

// reference gives the link as the page has it, "" on the last page.
func (c *compiledLink) reference(p Page) (string, error) {
	if c.path == nil {
		return c.fromHeader(p)
	}
	v, _ := c.path.First(p.Body)
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case bool:
		if !v {
			return "", nil
		}
	}
	return "", c.failed("is not a URL but " + typeName(v) + "; check path")
}

func (c *compiledLink) fromHeader(p Page) (string, error) {
	links, err := ParseLink(p.Header.Values("Link"))
	if err != nil {
		return "", &Error{Op: opNext, Strategy: c.Kind(), Err: err}
	}
	for _, l := range links {
		if _, elsewhere := l.Params["anchor"]; elsewhere {
			continue
		}
		for rel := range strings.FieldsSeq(l.Params["rel"]) {
			if strings.EqualFold(rel, c.rel) {
				return l.URI, nil
			}
		}
	}
	return "", nil
}

// failed is an error about the link of a page.
func (c *compiledLink) failed(reason string) *Error {
	field := "header Link"
	if c.path != nil {
		field = "path"
	}
	return &Error{Op: opNext, Strategy: c.Kind(), Field: field, Reason: "the next link " + reason}
}
