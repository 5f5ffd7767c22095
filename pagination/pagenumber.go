package pagination

import "github.com/waygate-go/waygate/internal/written"

// PageNumber counts pages.
//
// The last page is the one whose flag More says so, else the one whose number
// reaches Pages, else the one that reaches Total, else the one without records.
// ShortPage and EndStatus end a list earlier where the provider is known to
// allow it. Without Pages, a first page without a list of records is a single
// one, and a later one is an *Error. So is, with and without, one that says by
// Current that it is another than was asked for.
type PageNumber struct {
	// Param is the parameter that takes the number; required.
	Param string `json:"param"`
	// In is where that parameter goes. Empty means InQuery.
	In In `json:"in,omitempty"`
	// Start is the number of the first page; nil means 1. It is sent with the
	// first request, unless that sets a number by itself.
	Start *int `json:"start,omitempty"`
	// Current is where the body says the number of the page. With it, a provider
	// that ignores Param is noticed at the second page.
	Current string `json:"current,omitempty"`
	// More is where the body has a flag that says whether more is to come, read as
	// that of [Cursor].
	More string `json:"more,omitempty"`
	// Pages is where the body has the number of all pages, PagesHeader the header,
	// as X-WP-TotalPages; at most one of them. A page without it, or with a
	// negative one, says nothing.
	Pages       string `json:"pages,omitempty"`
	PagesHeader string `json:"pages_header,omitempty"`
	// Total is where the body has the number of all records, TotalHeader the
	// header; at most one of them.
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
	_ Strategy = PageNumber{}
	_ Preparer = PageNumber{}
	_ Placer   = PageNumber{}
	_ Ender    = PageNumber{}
	_ Counter  = PageNumber{}
)

// Kind is "page_number".
func (PageNumber) Kind() string { return "page_number" }

// Validate checks the parameters and the paths.
func (s PageNumber) Validate() error {
	_, err := s.compile()
	return err
}

// Prepare compiles the paths.
func (s PageNumber) Prepare() (Strategy, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c, nil
}

// First gives Start, and the page size if Limit is set.
func (s PageNumber) First() []Param { return s.fields().first() }

// Places gives the parameter that takes the number.
func (s PageNumber) Places() []Param { return []Param{{In: s.In.orQuery(), Name: s.Param}} }

// Ends reports whether status is EndStatus.
func (s PageNumber) Ends(status int) bool { return status != 0 && status == s.EndStatus }

// Counts is true.
func (PageNumber) Counts() bool { return true }

// Next gives the number after that of the page.
func (s PageNumber) Next(p Page) (*Next, error) {
	c, err := s.compile()
	if err != nil {
		return nil, err
	}
	return c.Next(p)
}

// MarshalJSON writes {"kind":"page_number"} and the fields that are set.
func (s PageNumber) MarshalJSON() ([]byte, error) {
	type plain PageNumber
	return written.Marshal(s.Kind(), plain(s))
}

// compiledPageNumber is a PageNumber whose paths are ready.
type compiledPageNumber struct {
	PageNumber
	counted counted
	pages   count
}

func (s PageNumber) start() int {
	if s.Start == nil {
		return 1
	}
	return *s.Start
}

func (s PageNumber) fields() countedFields {
	return countedFields{in: s.In, limitIn: s.LimitIn, param: s.Param, limitParam: s.LimitParam, current: s.Current, more: s.More,
		total: s.Total, totalHeader: s.TotalHeader, start: s.start(), limit: s.Limit, endStatus: s.EndStatus, shortPage: s.ShortPage}
}

func (s PageNumber) compile() (*compiledPageNumber, error) {
	c, err := s.fields().compile(s.Kind())
	if err != nil {
		return nil, err
	}
	pages, err := checkCount(s.Kind(), "pages", s.Pages, s.PagesHeader)
	if err != nil {
		return nil, err
	}
	return &compiledPageNumber{s, c, pages}, nil
}

// Next gives the number after that of the page.
func (c *compiledPageNumber) Next(p Page) (*Next, error) {
	at, err := c.counted.at(p, int64(c.start())+int64(max(p.Index, 0)))
	if err != nil {
		return nil, err
	}
	pages, err := c.pages.read(c.Kind(), p)
	if err != nil {
		return nil, err
	}
	seen := int64(-1)
	if p.Before >= 0 && p.Records >= 0 {
		seen = int64(p.Before) + int64(p.Records)
	}
	last, err := c.lastPage(p, at, pages, seen)
	if err != nil || last == yes {
		return nil, err
	}
	return c.counted.next(at + 1)
}

// lastPage puts the number of pages between the flag and the rest.
func (c *compiledPageNumber) lastPage(p Page, at, pages, seen int64) (answer, error) {
	more, err := flag(c.Kind(), c.counted.more, p.Body)
	if pages < 0 || more != unknown || err != nil {
		return c.counted.last(p, seen)
	}
	if at-int64(c.start())+1 >= pages {
		return yes, nil
	}
	return no, nil
}
