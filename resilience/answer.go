package resilience

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// Meaning is what an answer means for the loop, whatever its status says.
type Meaning string

// The meanings.
const (
	// Retry is a failure that passes: it is repeated as a 500 is, so only where a repeat is safe.
	Retry Meaning = "retry"
	// RateLimited is a refusal for want of quota, which did nothing: it is repeated as a 429 is, whatever the method. Of
	// an answer whose status is a success it is the definition's word alone that nothing was done: not for batches that can
	// be done in part, nor for texts that an answer may hold for another reason.
	RateLimited Meaning = "rate_limited"
	// RefreshThenRetry is a credential that isn't accepted: it is handled as a 401 is, once and only if the credential can
	// be renewed. It says that nothing was done.
	RefreshThenRetry Meaning = "refresh_then_retry"
	// Fail is a failure that isn't repeated.
	Fail Meaning = "fail"
	// Ignore is no failure.
	Ignore Meaning = "ignore"
)

const maxAnswers = 64

// Answer declares what an answer means by its status, and by what stands in a header or in the body, where that is not
// what the status says: a 403 that is a rate limit, a 200 whose body says that it failed.
//
// A text is compared as a whole with Equals, or looked for with Contains, case and all; numbers and booleans as they are
// written in JSON. Without either it is enough that something stands there, other than null. Where several places are
// found one has to match. Without header and path, Contains is looked for in the body's text.
type Answer struct {
	// Status lists the statuses that it is about, 200 to 299 and 400 to 599; at least one.
	Status []int `json:"status,omitempty"`
	// Header or Path is where to look: the name of a header, or a path in a JSON body, "errors[*].extensions.code".
	Header string `json:"header,omitempty"`
	Path   string `json:"path,omitempty"`
	// Equals or Contains is what has to stand there; at most 1 KiB.
	Equals   string `json:"equals,omitempty"`
	Contains string `json:"contains,omitempty"`
	// Means is what such an answer is; needed.
	Means Meaning `json:"means,omitempty"`
	// Wait is how long to wait before a repeat where the answer states nothing, up to 1 h; 0 leaves it to the policy. The
	// loop's bound on stated waits holds for it.
	Wait time.Duration `json:"wait,omitzero"`
}

// Validate returns an [*Error] for the first field that can't be used.
func (a Answer) Validate() error {
	_, err := a.compile()
	return err
}

// MarshalJSON writes the fields that are set, Wait as text.
func (a Answer) MarshalJSON() ([]byte, error) {
	return encode(writtenAnswer{
		Status: a.Status, Header: a.Header, Path: a.Path, Equals: a.Equals, Contains: a.Contains, Means: a.Means, Wait: text(a.Wait),
	})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other members. It does not validate.
func (a *Answer) UnmarshalJSON(raw []byte) error {
	var w writtenAnswer
	if err := decodeStrict(raw, &w); err != nil {
		return err
	}
	*a = Answer{
		Status: w.Status, Header: w.Header, Path: w.Path, Equals: w.Equals, Contains: w.Contains, Means: w.Means, Wait: time.Duration(w.Wait),
	}
	return nil
}

// writtenAnswer is the written form of [Answer].
type writtenAnswer struct {
	Status   []int   `json:"status,omitempty"`
	Header   string  `json:"header,omitzero"`
	Path     string  `json:"path,omitzero"`
	Equals   string  `json:"equals,omitzero"`
	Contains string  `json:"contains,omitzero"`
	Means    Meaning `json:"means,omitzero"`
	Wait     text    `json:"wait,omitzero"`
}

// rule is an Answer made ready.
type rule struct {
	Answer
	path    *jsonpath.Path
	literal string // stands in the body if the rule matches; empty if that isn't sure
}

func (a Answer) compile() (r rule, err error) {
	if err := a.check(); err != nil {
		return r, err
	}
	r.Answer = a
	r.Status = slices.Clone(a.Status)
	if r.Header, err = headerName("header", a.Header); err != nil {
		return r, err
	}
	if r.path, err = bodyPath(a.Path); err != nil {
		return r, err
	}
	r.literal = a.Equals + a.Contains
	if strings.Trim(r.literal, "0123456789+-.eE") == "" || strings.ContainsFunc(r.literal, escaped) {
		r.literal = "" // a number can be written in several ways
	}
	return r, nil
}

// escaped reports what may stand in a JSON string only behind a backslash, or is replaced if it isn't UTF-8.
func escaped(c rune) bool { return c < ' ' || c == '"' || c == '\\' || c == '\uFFFD' }

func (a Answer) check() error {
	if len(a.Status) == 0 {
		return wrong("status", "is missing: list the statuses that it is about, as [403]")
	}
	for _, s := range a.Status {
		if (s < 200 || s > 299) && (s < 400 || s > 599) {
			return wrong("status", "%d is none that can be declared: use 200 to 299 and 400 to 599", s)
		}
	}
	switch {
	case a.Header != "" && a.Path != "":
		return wrong("path", "is of the body, but header is set too: make two entries of them")
	case a.Equals != "" && a.Contains != "":
		return wrong("contains", "is set beside equals: use one of the two")
	case a.Equals != "" && a.Header == "" && a.Path == "":
		return wrong("equals", "needs a header or a path that it is compared with")
	case len(a.Equals)+len(a.Contains) > maxMatchText:
		return wrong("contains", "is too long: equals and contains have at most %d bytes", maxMatchText)
	case a.Wait < 0 || a.Wait > longestWait:
		return wrong("wait", "must be above 0 and at most %v, or 0 for what the policy says", longestWait)
	}
	switch a.Means {
	case Retry, RateLimited, RefreshThenRetry, Fail, Ignore:
		return nil
	case "":
		return wrong("means", "is missing: use retry, rate_limited, refresh_then_retry, fail or ignore")
	}
	return wrong("means", "there is no such meaning: use retry, rate_limited, refresh_then_retry, fail or ignore")
}

// matches says whether an answer is one of those.
func (r rule) matches(m *message) bool {
	if !slices.Contains(r.Status, m.status) {
		return false
	}
	switch {
	case r.Header != "":
		return slices.ContainsFunc(m.header[r.Header], func(v string) bool { return r.text(strings.TrimSpace(v)) })
	case r.path != nil:
		return r.inBody(m)
	}
	return r.Contains == "" || bytes.Contains(m.text(math.MaxInt), []byte(r.Contains))
}

func (r rule) inBody(m *message) bool {
	if r.literal != "" && !m.mayHold(r.literal) {
		return false
	}
	if r.Equals == "" && r.Contains == "" {
		return slices.ContainsFunc(m.places(r.path), func(v any) bool { return v != nil })
	}
	return slices.ContainsFunc(m.at(r.path), r.text)
}

// text compares a text that was found.
func (r rule) text(s string) bool {
	switch {
	case r.Equals != "":
		return s == r.Equals
	case r.Contains != "":
		return strings.Contains(s, r.Contains)
	}
	return true
}
