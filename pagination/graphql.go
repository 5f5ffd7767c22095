package pagination

import (
	"cmp"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/written"
)

// The parameters of a GraphQL that names none.
const (
	graphqlAfter = "variables.after"
	graphqlFirst = "variables.first"
)

// GraphQL reads a connection of a GraphQL service forwards, by the pageInfo of
// the Relay cursor connections specification: endCursor becomes a variable of
// the request for the next page while hasNextPage is true.
//
// The query has to ask for pageInfo { hasNextPage endCursor }. An answer with
// errors is an *Error even if it has data beside them, and so is one without
// pageInfo, or with a hasNextPage that is no boolean, or true without an
// endCursor.
type GraphQL struct {
	// Path is where the pageInfo is: "data.repository.issues.pageInfo"; required.
	Path string `json:"path"`
	// Param is the member of the body that takes the cursor. Empty means
	// "variables.after".
	Param string `json:"param,omitempty"`
	// Limit is the page size to ask for, at most 1,000,000. 0 leaves it to the
	// request.
	Limit int `json:"limit,omitempty"`
	// LimitParam is the member for the page size. Empty means "variables.first".
	LimitParam string `json:"limit_param,omitempty"`
}

var (
	_ Strategy = GraphQL{}
	_ Preparer = GraphQL{}
	_ Placer   = GraphQL{}
)

// Kind is "graphql".
func (GraphQL) Kind() string { return "graphql" }

// Validate checks the path and the variables.
func (s GraphQL) Validate() error {
	_, err := s.compile()
	return err
}

// Prepare compiles the path.
func (s GraphQL) Prepare() (Strategy, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// First gives the page size, if Limit is set.
func (s GraphQL) First() []Param {
	return pageSize(s.Limit, cmp.Or(s.LimitParam, graphqlFirst), InBody)
}

// Places gives the member that takes the cursor.
func (s GraphQL) Places() []Param { return []Param{{In: InBody, Name: cmp.Or(s.Param, graphqlAfter)}} }

// Next gives the member with the cursor.
func (s GraphQL) Next(p Page) (*Next, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c.Next(p)
}

// MarshalJSON writes {"kind":"graphql"} and the fields that are set.
func (s GraphQL) MarshalJSON() ([]byte, error) {
	type plain GraphQL
	return written.Marshal(s.Kind(), plain(s))
}

// compiledGraphQL is a GraphQL whose path is ready.
type compiledGraphQL struct {
	GraphQL
	info   *jsonpath.Path
	cursor *compiledCursor
}

func (s GraphQL) compile() (*compiledGraphQL, error) {
	if s.Path == "" {
		return nil, invalid(s.Kind(), "path", `is missing; say where the pageInfo is, as "data.issues.pageInfo"`)
	}
	info, err := compilePath(s.Kind(), "path", s.Path)
	if err != nil {
		return nil, err
	}
	if s.Limit == 0 && s.LimitParam != "" {
		return nil, invalid(s.Kind(), "limit", "is missing; limit_param needs a page size to send")
	}
	inner := Cursor{Path: "endCursor", Param: cmp.Or(s.Param, graphqlAfter), In: InBody, Limit: s.Limit}
	if s.Limit != 0 {
		inner.LimitParam, inner.LimitIn = cmp.Or(s.LimitParam, graphqlFirst), InBody
	}
	cursor, err := inner.compile()
	if e, ok := err.(*Error); ok {
		return nil, invalid(s.Kind(), e.Field, e.Reason)
	}
	return &compiledGraphQL{s, info, cursor}, nil
}

// Next gives the member with the cursor.
func (c *compiledGraphQL) Next(p Page) (*Next, error) {
	if body, ok := p.Body.(map[string]any); ok {
		if list, isList := body["errors"].([]any); body["errors"] != nil && !(isList && len(list) == 0) {
			return nil, c.failed("errors", "the answer has errors; see its body")
		}
	}
	v, _ := c.info.First(p.Body)
	info, ok := v.(map[string]any)
	if !ok {
		return nil, c.failed("path", "there is no pageInfo but "+typeName(v)+"; check path, and ask for pageInfo { hasNextPage endCursor }")
	}
	more, ok := info["hasNextPage"].(bool)
	switch {
	case !ok:
		return nil, c.failed("path", "its hasNextPage is "+typeName(info["hasNextPage"])+", not a boolean; ask for pageInfo { hasNextPage endCursor }")
	case !more:
		return nil, nil
	}
	next, err := c.cursor.Next(Page{Body: v})
	if e, ok := err.(*Error); ok {
		return nil, c.failed("path", "its endCursor can't be used: "+e.Reason)
	}
	if next == nil {
		return nil, c.failed("path", "it says that there is more, but has no endCursor; ask for pageInfo { hasNextPage endCursor }")
	}
	return next, nil
}

func (c *compiledGraphQL) failed(field, reason string) *Error {
	return &Error{Op: opNext, Strategy: c.Kind(), Field: field, Reason: reason}
}
