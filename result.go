package waygate

import (
	"net/http"
	"reflect"
	"time"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/pagination"
)

// Result is what a call gave. It belongs to the caller.
type Result struct {
	// Status is the HTTP status; for a collected read that of the last page.
	Status int
	Header http.Header // of the last answer
	Meta   Meta        // how it came about

	// text is the answer where nothing on the way needed its tree: then records and body are not set, and whoever wants
	// them gets a tree of his own, made of it.
	text    jsontree.Text
	records any // what Value returns
	body    any // the whole mapped body
	raw     []byte
	stream  *callStream
	place   callPlace
}

// Meta describes how a result came about.
type Meta struct {
	// CallID is the call's own; for a collected read the last page's.
	CallID string `json:"call_id"`
	// ReadID is shared by the pages of one read.
	ReadID string `json:"read_id,omitempty"`
	// Connection is the slug of the connection that was used.
	Connection string `json:"connection,omitempty"`
	// Attempts counts HTTP exchanges, over all pages of a collected read.
	Attempts int           `json:"attempts"`
	Duration time.Duration `json:"duration"` // in nanoseconds
	// Warnings say what was let pass: a response that doesn't match its schema,
	// a field that couldn't be mapped. They never hold values.
	Warnings []string `json:"warnings,omitempty"`
	// Next is a continuation token for [Continue]; empty after the last page. It
	// is valid for an hour.
	Next string `json:"next,omitempty"`
	// Pages, Items and Characters count what a collected read holds.
	Pages      int `json:"pages,omitempty"`
	Items      int `json:"items,omitempty"`
	Characters int `json:"characters,omitempty"`
	// HasMore says that the provider has more, or that it doesn't say: a list whose
	// end only an empty page shows. Truncated says which limit ended
	// the read: "pages", "items", "characters", "duration" or "error"; empty if
	// it came to the end.
	HasMore   bool   `json:"has_more,omitempty"`
	Truncated string `json:"truncated,omitempty"`
	// Pagination is what [pagination.Auto] went by: which strategy it recognised,
	// and by which members. Nil for any other.
	Pagination *pagination.Evidence `json:"pagination,omitempty"`
}

// Value returns the records, or the whole answer of an action without records,
// as a tree of map[string]any, []any, string, bool, int64, float64, json.Number
// (for numbers that fit neither) and nil. It is the caller's own copy, made anew
// by each call.
func (r *Result) Value() any {
	if !r.text.IsZero() {
		return r.text.Tree()
	}
	return jsontree.Clone(r.records)
}

// Body returns the whole mapped answer, of which Value is a part. It is the
// caller's own copy. A collected read has none.
func (r *Result) Body() any {
	if !r.text.IsZero() {
		return r.text.Tree()
	}
	return jsontree.Clone(r.body)
}

// JSON returns Value as compact JSON with sorted members.
func (r *Result) JSON() []byte { return jsontree.Append(nil, r.tree()) }

// tree is what Value copies: it is only read.
func (r *Result) tree() any {
	if !r.text.IsZero() {
		return r.text.Tree()
	}
	return r.records
}

// decode fills dst with what Value returns.
func (r *Result) decode(dst any) error {
	if !r.text.IsZero() {
		return r.text.Decode(dst)
	}
	return jsontree.Decode(r.records, dst)
}

// Bytes returns the answer of an action whose Response is [ResponseBytes], as it
// came; nil for any other.
func (r *Result) Bytes() []byte { return r.raw }

// Decode gives the records, or the whole answer of an action without records,
// as T. Names match as they are written: unlike encoding/json, AMOUNT doesn't
// fill amount. A mismatch is [ErrInvalidResponse]: its text and its one field name
// the place, the Go type and the type that came, never the value; the text says
// what to change where that can be told, such as a list for which T is no slice.
func Decode[T any](r *Result) (T, error) {
	var v T
	if r == nil {
		return v, errorf(KindConfig, "decode", "no result: check the error of the call first")
	}
	if raw, ok := any(&v).(*[]byte); ok && r.raw != nil {
		*raw = r.raw
		return v, nil
	}
	if r.stream != nil {
		return v, errorf(KindConfig, "decode", "the answer is a stream: read and close Result.Stream").of(r.place)
	}
	if err := r.decode(&v); err != nil {
		var zero T
		return zero, r.misfit(err, reflect.TypeFor[T]())
	}
	return v, nil
}
