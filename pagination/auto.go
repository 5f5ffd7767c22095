package pagination

import (
	"cmp"

	"github.com/waygate-go/waygate/internal/written"
)

// Auto goes by what [Detect] recognises on each page. It is for getting to know
// a provider, and for many small ones: it reports what it went by, as
// [Evidence], and a definition that names its strategy doesn't depend on how a
// provider spells its members.
//
// A page on which nothing is recognised, or that has no list of records, is the
// last. It is an *Error if a page says that there is more but not, in a form
// that is recognised, how to go on; if it asks for what it was asked for itself,
// which shows that the parameter is another; and what the strategy that was
// recognised finds.
//
// It guesses, and so it is for reading alone: who makes requests by it must not
// do so where they change something.
type Auto struct {
	// Param is the parameter that takes a token, an offset or a number. Empty means
	// the one that is customary for the member that is found: "cursor" for
	// next_cursor, "page" for current_page.
	Param string `json:"param,omitempty"`
	// In is where that parameter goes. Empty means InQuery.
	In In `json:"in,omitempty"`
	// Limit is the page size to ask for, at most 1,000,000. 0 leaves it to the
	// provider.
	Limit int `json:"limit,omitempty"`
	// LimitParam is the parameter for the page size, required with Limit.
	LimitParam string `json:"limit_param,omitempty"`
	// LimitIn is where that parameter goes. Empty means InQuery.
	LimitIn In `json:"limit_in,omitempty"`
}

var (
	_ Strategy  = Auto{}
	_ Placer    = Auto{}
	_ Counter   = Auto{}
	_ Explainer = Auto{}
)

// Kind is "auto".
func (Auto) Kind() string { return "auto" }

// Validate checks the parameters.
func (s Auto) Validate() error {
	if field, why := checkParam("", s.In, cmp.Or(s.Param, "cursor")); why != "" {
		return invalid(s.Kind(), field, why)
	}
	if s.In == InPath && s.Param == "" {
		return invalid(s.Kind(), "param", "is missing; name the variable of the path")
	}
	if field, why := checkPageSize(s.Limit, s.LimitParam, s.LimitIn); why != "" {
		return invalid(s.Kind(), field, why)
	}
	if s.Limit == 0 {
		return nil
	}
	for _, p := range s.Places() {
		if overlap(p.In, p.Name, s.LimitIn, s.LimitParam) {
			return invalid(s.Kind(), "limit_param", "may be the parameter that takes the token; name another")
		}
	}
	return nil
}

// First gives the page size, if Limit is set.
func (s Auto) First() []Param { return pageSize(s.Limit, s.LimitParam, s.LimitIn) }

// Places gives the parameters that may be set: Param, or else all that are
// customary.
func (s Auto) Places() []Param {
	if s.Param != "" {
		return []Param{{In: s.In.orQuery(), Name: s.Param}}
	}
	var list []Param
	for _, name := range customary() {
		list = append(list, Param{In: s.In.orQuery(), Name: name})
	}
	return list
}

// Counts is true: what is recognised may be a number to count up.
func (Auto) Counts() bool { return true }

// Next goes by what is recognised on the page.
func (s Auto) Next(p Page) (*Next, error) {
	if p.Records < 0 {
		return nil, nil
	}
	found, evidence := s.detect(p)
	if found == nil {
		if evidence.More {
			return nil, s.failed("the page says that there is more, but not in a form that is known; name the strategy")
		}
		return nil, nil
	}
	next, err := found.Next(p)
	if err != nil || next == nil {
		return nil, err
	}
	if next.URL != "" && p.URL != nil && next.URL == p.URL.String() || s.wasSent(next, p) {
		return nil, s.failed("the page asks for what it was asked for itself, so that the parameter is probably another; name the strategy")
	}
	return next, nil
}

// Explain says what is recognised on the page.
func (s Auto) Explain(p Page) Evidence {
	if p.Records < 0 {
		return Evidence{}
	}
	_, evidence := s.detect(p)
	return evidence
}

// MarshalJSON writes {"kind":"auto"} and the fields that are set.
func (s Auto) MarshalJSON() ([]byte, error) {
	type plain Auto
	return written.Marshal(s.Kind(), plain(s))
}

func (s Auto) detect(p Page) (Strategy, Evidence) {
	return detector{page: p, in: s.In, param: s.Param}.detect()
}

// wasSent reports whether all that next sets was sent for p.
func (s Auto) wasSent(next *Next, p Page) bool {
	for _, n := range next.Set {
		sent := Param{Value: p.sent(n.In, n.Name)}
		was, known := sent.Text()
		will, _ := n.Text()
		if !known || was != will {
			return false
		}
	}
	return len(next.Set) > 0
}

func (s Auto) failed(reason string) *Error {
	return &Error{Op: opNext, Strategy: s.Kind(), Reason: reason}
}
