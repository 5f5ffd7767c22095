package resilience

import (
	"net/http"
	"time"
)

// Standard names headers that many providers share, so that a [Remaining] needs no more.
type Standard string

// The standards.
const (
	// StandardIETF is the field RateLimit of the IETF's drafts "RateLimit header fields for HTTP", in the syntax of the
	// latest ("default";r=50;t=30) and of earlier ones (limit=100, remaining=50, reset=30), and the fields that drafts
	// before had instead: RateLimit-Remaining and RateLimit-Reset. Times are seconds from now.
	StandardIETF Standard = "ietf"
	// StandardXRateLimit is X-RateLimit-Remaining and X-RateLimit-Reset. Providers disagree on what the second means, so
	// Form has to say it.
	StandardXRateLimit Standard = "x_ratelimit"
)

// Scope is what an exhausted quota holds back.
type Scope string

// The scopes.
const (
	// ScopeConnection is all calls of the connection. It is the default.
	ScopeConnection Scope = "connection"
	// ScopeAction is the connection's calls of the same action, for a provider that counts each endpoint apart.
	ScopeAction Scope = "action"
)

// Remaining declares the headers by which a provider says how much of a quota is left, and when it is full again. When
// nothing is left, requests are held back before the provider refuses them. In an answer that is refused, the time until
// then counts as a wait, with those of [Wait].
//
// What is left is a number, of which less than 1 is nothing, or the used and the whole as in "40/40". The same header may
// come several times: the least counts, and of the resets the latest.
type Remaining struct {
	// Standard gives Header and Reset, which then stay empty.
	Standard Standard `json:"standard,omitempty"`
	// Header says what is left.
	Header string `json:"header,omitempty"`
	// Reset is the header that says when the quota is full again; Form how that is written, and needed with it.
	Reset string   `json:"reset,omitempty"`
	Form  WaitForm `json:"form,omitempty"`
	// Wait is how long it takes where the answer doesn't say: above 0 and up to 1 h; 0 = not known, so that nothing is held
	// back.
	Wait time.Duration `json:"wait,omitzero"`
	// Per is what is held back; empty means ScopeConnection.
	Per Scope `json:"per,omitempty"`
}

// Validate returns an [*Error] for the first field that can't be used.
func (r Remaining) Validate() error {
	_, err := r.compile()
	return err
}

// MarshalJSON writes the fields that are set, Wait as text.
func (r Remaining) MarshalJSON() ([]byte, error) {
	return encode(writtenRemaining{
		Standard: r.Standard, Header: r.Header, Reset: r.Reset, Form: r.Form, Wait: text(r.Wait), Per: r.Per,
	})
}

// UnmarshalJSON reads what MarshalJSON writes, and refuses other members. It does not validate.
func (r *Remaining) UnmarshalJSON(raw []byte) error {
	var w writtenRemaining
	if err := decodeStrict(raw, &w); err != nil {
		return err
	}
	*r = Remaining{Standard: w.Standard, Header: w.Header, Reset: w.Reset, Form: w.Form, Wait: time.Duration(w.Wait), Per: w.Per}
	return nil
}

// writtenRemaining is the written form of [Remaining].
type writtenRemaining struct {
	Standard Standard `json:"standard,omitzero"`
	Header   string   `json:"header,omitzero"`
	Reset    string   `json:"reset,omitzero"`
	Form     WaitForm `json:"form,omitzero"`
	Wait     text     `json:"wait,omitzero"`
	Per      Scope    `json:"per,omitzero"`
}

// quota is a Remaining made ready.
type quota struct {
	left, reset string // canonical
	form        WaitForm
	wait        time.Duration
	perAction   bool
	fields      bool // RateLimit is read too
}

func (r Remaining) compile() (q quota, err error) {
	switch {
	case !isWaitForm(r.Form):
		return q, wrong("form", "there is no such form: use %s", waitForms)
	case r.Wait < 0 || r.Wait > longestWait:
		return q, wrong("wait", "must be above 0 and at most %v", longestWait)
	case r.Per != "" && r.Per != ScopeConnection && r.Per != ScopeAction:
		return q, wrong("per", "there is no such scope: use connection or action")
	}
	q = quota{form: r.Form, wait: r.Wait, perAction: r.Per == ScopeAction}
	if r.Standard != "" {
		return r.standard(q)
	}
	switch {
	case r.Header == "":
		return q, wrong("header", "is missing: name the header that says what is left, or a standard")
	case r.Reset == "" && r.Form != "":
		return q, wrong("reset", "is missing: form says how it is written")
	case r.Reset == "" && r.Wait == 0:
		return q, wrong("reset", "is missing: name the header that says when the quota is full again, or give wait")
	case r.Reset != "" && r.Form == "":
		return q, wrong("form", "is missing: say how %s is written, as %s", "the reset", waitForms)
	}
	if q.left, err = headerName("header", r.Header); err != nil {
		return q, err
	}
	q.reset, err = headerName("reset", r.Reset)
	return q, err
}

func (r Remaining) standard(q quota) (quota, error) {
	switch {
	case r.Header != "":
		return q, wrong("header", "comes with the standard: leave it out, or leave standard out")
	case r.Reset != "":
		return q, wrong("reset", "comes with the standard: leave it out, or leave standard out")
	}
	switch r.Standard {
	case StandardIETF:
		if r.Form != "" {
			return q, wrong("form", "comes with the standard, which has seconds: leave it out")
		}
		q.left, q.reset, q.form, q.fields = "Ratelimit-Remaining", "Ratelimit-Reset", FormSeconds, true
	case StandardXRateLimit:
		if r.Form == "" {
			return q, wrong("form", "is missing: some providers write seconds into X-RateLimit-Reset, others a point in time; use %s", waitForms)
		}
		q.left, q.reset = "X-Ratelimit-Remaining", "X-Ratelimit-Reset"
	default:
		return q, wrong("standard", "there is no such standard: use ietf or x_ratelimit")
	}
	return q, nil
}

// exhausted says, if nothing is left, how long that lasts. A time that isn't known is false too.
func (q quota) exhausted(h http.Header, now time.Time) (wait time.Duration, ok bool) {
	if q.fields {
		wait, ok = rateLimitFields(h["Ratelimit"])
	}
	if !nothingLeft(h[q.left]) {
		return wait, ok
	}
	d, stated := longest(h[q.reset], q.form, now)
	switch {
	case stated:
		return max(wait, d), true
	case q.wait > 0 && !ok:
		return q.wait, true
	}
	return wait, ok
}
