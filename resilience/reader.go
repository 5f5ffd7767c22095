package resilience

import (
	"fmt"
	"net/http"
	"time"
)

// Reading is what an answer was found to say.
type Reading struct {
	// Means is what an [Answer] says it means; empty if the status says it.
	Means Meaning
	// Wait is how long the provider wants no repeat, if Stated.
	Wait   time.Duration
	Stated bool
}

// Reader reads answers by what was declared about a provider. It is immutable and safe for concurrent use. A nil Reader
// knows of no declarations, and so reads Retry-After alone.
type Reader struct {
	waits   []wait
	quotas  []quota
	rules   []rule
	renamed bool // one of waits declares Retry-After
}

// NewReader makes declarations ready. An [*Error] names the one that can't be used, "waits[0].form". At most 16 waits, 16
// quotas and 64 answers can be declared. It returns nil if there are none.
func NewReader(waits []Wait, remaining []Remaining, answers []Answer) (*Reader, error) {
	r := &Reader{}
	for i, w := range waits {
		c, err := w.compile()
		if err != nil {
			return nil, within(fmt.Sprintf("waits[%d]", i), err)
		}
		r.waits = append(r.waits, c)
		r.renamed = r.renamed || c.header == retryAfter
	}
	for i, q := range remaining {
		c, err := q.compile()
		if err != nil {
			return nil, within(fmt.Sprintf("remaining[%d]", i), err)
		}
		r.quotas = append(r.quotas, c)
	}
	for i, a := range answers {
		c, err := a.compile()
		if err != nil {
			return nil, within(fmt.Sprintf("answers[%d]", i), err)
		}
		r.rules = append(r.rules, c)
	}
	switch {
	case len(r.waits) > maxWaits:
		return nil, wrong("waits", "there are %d, want at most %d", len(r.waits), maxWaits)
	case len(r.quotas) > maxWaits:
		return nil, wrong("remaining", "there are %d, want at most %d", len(r.quotas), maxWaits)
	case len(r.rules) > maxAnswers:
		return nil, wrong("answers", "there are %d, want at most %d", len(r.rules), maxAnswers)
	case len(r.waits)+len(r.quotas)+len(r.rules) == 0:
		return nil, nil
	}
	return r, nil
}

// within puts the place of a declaration before the field of its error.
func within(place string, err error) error {
	e, ok := err.(*Error)
	if !ok {
		return err
	}
	return &Error{Field: place + "." + e.Field, Reason: e.Reason, Err: e.Err}
}

// Read says what an answer means, and what wait it states; points in time are compared with now. body may be cut or nil:
// then what stands in it isn't known. The first Answer that matches counts. Of several waits the longest wins; Answer.Wait
// counts only where none is stated.
func (r *Reader) Read(status int, h http.Header, body []byte, now time.Time) Reading {
	if r == nil {
		wait, ok := RetryAfter(h, now)
		return Reading{Wait: wait, Stated: ok}
	}
	m := &message{status: status, header: h, body: body}
	var reading Reading
	var otherwise time.Duration
	for _, rule := range r.rules {
		if rule.matches(m) {
			reading.Means, otherwise = rule.Means, rule.Wait
			break
		}
	}
	r.readWait(m, &reading, now)
	if !reading.Stated && otherwise > 0 {
		reading.Wait, reading.Stated = otherwise, true
	}
	return reading
}

// readWait finds the longest wait that is stated.
func (r *Reader) readWait(m *message, reading *Reading, now time.Time) {
	state := func(d time.Duration, ok bool) {
		if ok {
			reading.Wait, reading.Stated = max(reading.Wait, d), true
		}
	}
	if !r.renamed {
		state(RetryAfter(m.header, now))
	}
	for _, w := range r.waits {
		if w.applies(m.status, reading.Means) {
			state(longest(w.texts(m), w.form, now))
		}
	}
	if m.status < 200 || m.status > 299 || reading.Means != "" {
		connection, action := r.Exhausted(m.header, now)
		state(connection, connection > 0)
		state(action, action > 0)
	}
}

// Exhausted says for how long nothing is left of the quotas, by the header of any answer: those of the connection, and
// those of the action. 0 means that something is, or that it isn't known.
func (r *Reader) Exhausted(h http.Header, now time.Time) (connection, action time.Duration) {
	if r == nil {
		return 0, 0
	}
	for _, q := range r.quotas {
		wait, ok := q.exhausted(h, now)
		switch {
		case !ok:
		case q.perAction:
			action = max(action, wait)
		default:
			connection = max(connection, wait)
		}
	}
	return connection, action
}
