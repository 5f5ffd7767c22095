package pagination

import "github.com/waygate-go/waygate/internal/written"

// Offset counts records: each page is asked for with the number of those before
// it.
//
// The last page is the one whose flag More says so, else the one that reaches
// Total, else the one without records. ShortPage and EndStatus end a list
// earlier where the provider is known to allow it. A first page without a list of
// records is a single one. It is an *Error if a later page has none, if More
// promises more after an empty page, and if a page says by Current that it is
// another than was asked for.
type Offset struct {
	// Param is the parameter that takes the offset; required.
	Param string `json:"param"`
	// In is where that parameter goes. Empty means InQuery.
	In In `json:"in,omitempty"`
	// Start is the offset of the first record, 0 for most providers. It is sent
	// with the first request, unless that sets an offset by itself.
	Start int `json:"start,omitempty"`
	// Step is what to add for each page. 0 means the number of its records, which
	// is right also where a provider gives fewer than it was asked for. Set it to
	// the page size where a provider leaves records out after it has cut the page:
	// a page without records is then the last only if no Total says otherwise.
	Step int `json:"step,omitempty"`
	// Current is where the body says the offset of the page. With it, a provider
	// that ignores Param is noticed at the second page.
	Current string `json:"current,omitempty"`
	// More is where the body has a flag that says whether more is to come, read as
	// that of [Cursor].
	More string `json:"more,omitempty"`
	// Total is where the body has the number of all records, TotalHeader the
	// header, as X-Total-Count; at most one of them. A page without it, or with a
	// negative one, says nothing.
	Total       string `json:"total,omitempty"`
	TotalHeader string `json:"total_header,omitempty"`
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
	// EndStatus is a status, as 404, that an answer after the first page has if
	// the page before was the last. 0 means that there is none.
	EndStatus int `json:"end_status,omitempty"`
}

var (
	_ Strategy = Offset{}
	_ Preparer = Offset{}
	_ Placer   = Offset{}
	_ Ender    = Offset{}
	_ Counter  = Offset{}
)

// Kind is "offset".
func (Offset) Kind() string { return "offset" }

// Validate checks the parameters and the paths.
func (s Offset) Validate() error {
	_, err := s.compile()
	return err
}

// Prepare compiles the paths.
func (s Offset) Prepare() (Strategy, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// First gives Start, and the page size if Limit is set.
func (s Offset) First() []Param { return s.fields().first() }

// Places gives the parameter that takes the offset.
func (s Offset) Places() []Param { return []Param{{In: s.In.orQuery(), Name: s.Param}} }

// Ends reports whether status is EndStatus.
func (s Offset) Ends(status int) bool { return status != 0 && status == s.EndStatus }

// Counts is true.
func (Offset) Counts() bool { return true }

// Next gives the offset after the page.
func (s Offset) Next(p Page) (*Next, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c.Next(p)
}

// MarshalJSON writes {"kind":"offset"} and the fields that are set.
func (s Offset) MarshalJSON() ([]byte, error) {
	type plain Offset
	return written.Marshal(s.Kind(), plain(s))
}

// compiledOffset is an Offset whose paths are ready.
type compiledOffset struct {
	Offset
	counted counted
}

func (s Offset) fields() countedFields {
	return countedFields{in: s.In, limitIn: s.LimitIn, param: s.Param, limitParam: s.LimitParam, current: s.Current, more: s.More,
		total: s.Total, totalHeader: s.TotalHeader, start: s.Start, limit: s.Limit, endStatus: s.EndStatus, shortPage: s.ShortPage}
}

func (s Offset) compile() (*compiledOffset, error) {
	if s.Step < 0 || s.Step > maxPageSize {
		return nil, invalid(s.Kind(), "step", "must be between 0, which means the number of records, and 1,000,000")
	}
	c, err := s.fields().compile(s.Kind())
	if err != nil {
		return nil, err
	}
	c.sparse = s.Step > 0
	return &compiledOffset{s, c}, nil
}

// Next gives the offset after the page.
func (c *compiledOffset) Next(p Page) (*Next, error) {
	at, err := c.counted.at(p, int64(c.Start)+int64(max(p.Before, 0)))
	if err != nil {
		return nil, err
	}
	step := int64(c.Step)
	if step == 0 {
		step = int64(max(p.Records, 0))
	}
	last, err := c.counted.last(p, max(at+step-int64(c.Start), 0))
	switch {
	case err != nil || last == yes:
		return nil, err
	case step == 0:
		return nil, c.counted.failed("more", "the page says that there is more, but has no records to count on from; check more, or set step")
	}
	return c.counted.next(at + step)
}
