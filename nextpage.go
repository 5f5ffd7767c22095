package waygate

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/waygate-go/waygate/internal/wire"
	"github.com/waygate-go/waygate/pagination"
)

// nextHTTP is HTTPAction.Next.
func (r *run) nextHTTP(resp *Response) (any, bool, error) {
	s := r.action.http.strategy
	if s == nil {
		return nil, false, nil
	}
	page := r.pageOf(resp)
	if e, ok := s.(pagination.Explainer); ok {
		evidence := e.Explain(page)
		r.evidence = &evidence
	}
	if c, ok := s.(pagination.Counter); ok && c.Counts() {
		r.counted = page
	}
	next, err := s.Next(page)
	if err != nil || next == nil {
		return nil, false, err
	}
	return next, true, nil
}

// pageOf is an answer as a strategy sees it.
func (r *run) pageOf(resp *Response) pagination.Page {
	page := pagination.Page{URL: r.pageURL, Header: resp.Header, Body: resp.Value, Status: resp.Status,
		Index: r.page() - 1, Before: r.before(), Records: r.action.countRecords(resp.Value), Sent: r.sent}
	if records := r.action.rawRecords(resp.Value); len(records) > 0 {
		page.Last = records[len(records)-1]
	}
	return page
}

// before is the number of raw records on the pages before this one, -1 if it
// isn't known.
func (r *run) before() int {
	if r.step == nil {
		return 0
	}
	return r.step.Seen
}

// seen is the number of raw records up to the end of this page.
func (r *run) seen(raw any) int {
	before, here := r.before(), r.action.countRecords(raw)
	if before < 0 || here < 0 {
		return -1
	}
	return before + here
}

// countRecords is the number of records of a raw answer: 0 if it is empty or has
// null in their place, -1 if it has something else than a list.
func (a *compiledAction) countRecords(raw any) int {
	if raw == nil {
		return 0
	}
	if a.records != nil {
		v, there := a.records.First(raw)
		if there && v == nil {
			return 0
		}
		raw = v
	}
	list, ok := raw.([]any)
	if !ok {
		return -1
	}
	return len(list)
}

// pastEnd says that a status means that the page before was the last.
func (r *run) pastEnd(status int) bool {
	h := r.action.http
	if h == nil || r.step == nil || r.step.Next == nil {
		return false
	}
	e, ok := h.strategy.(pagination.Ender)
	return ok && e.Ends(status)
}

// noPage is the outcome of a page that isn't there: no records, and none after.
func (r *run) noPage(resp *Response, status int) outcome {
	return outcome{result: &Result{Status: status, Header: resp.Header, records: []any{}}, run: r, pinned: r.pin(),
		page: r.page(), from: r.step, past: true}
}

// withAnswer puts the answer beside the error of a page that can't be gone on
// from: what is wrong with it may be written there.
func withAnswer(err error, status int, data []byte) error {
	e, ok := err.(*Error)
	if !ok || e.Status != 0 || e.Kind != KindInvalidResponse {
		return err
	}
	told := *e
	told.Status, told.Body = status, data
	return &told
}

// checkGuess refuses to guess how to repeat a request that may change something.
func (h *compiledHTTP) checkGuess(a HTTPAction) error {
	if _, guesses := h.strategy.(pagination.Explainer); !guesses || a.Info().Effects.ReadOnly {
		return nil
	}
	return at("pagination", fmt.Errorf("%s guesses, and %s may change something: name the strategy, or declare effects.read_only", h.strategy.Kind(), h.method))
}

// paged says that the pagination fills a parameter in that the input leaves out.
func (h *compiledHTTP) paged(p *compiledParam) bool {
	return slices.ContainsFunc(h.first, func(f pagination.Param) bool {
		return samePlace(f, pagination.Param{In: pagination.In(p.In), Name: p.As})
	})
}

// keepsOwn says that the first page begins where the input says, not where the
// pagination does.
func (r *run) keepsOwn(d *draft, p pagination.Param) bool {
	if r.step != nil && r.step.Next != nil {
		return false
	}
	turned := slices.ContainsFunc(r.action.http.turned, func(t pagination.Param) bool { return samePlace(t, p) })
	return turned && d.value(p) != nil
}

// sentParams are the parameters of the pagination as d has them.
func (r *run) sentParams(d *draft) []pagination.Param {
	h := r.action.http
	if h.strategy == nil {
		return nil
	}
	var set []pagination.Param
	if r.step != nil && r.step.Next != nil {
		set = r.step.Next.Set
		if given, err := url.Parse(r.step.Next.URL); err == nil && r.step.Next.URL != "" {
			d = &draft{path: d.path, header: d.header, members: d.members, query: pairsOf(given)}
		}
	}
	var sent []pagination.Param
	for _, p := range slices.Concat(h.turned, h.first, set) {
		if slices.ContainsFunc(sent, func(s pagination.Param) bool { return samePlace(s, p) }) {
			continue
		}
		if p.Value = d.value(p); p.Value != nil {
			sent = append(sent, p)
		}
	}
	return sent
}

// pairsOf is the query of a URL that a page gave.
func pairsOf(u *url.URL) (list []wire.Pair) {
	for name, values := range u.Query() {
		list = append(list, wire.Pair{Name: escapeQuery(name), Value: escapeQuery(values[0])})
	}
	return list
}

func samePlace(a, b pagination.Param) bool {
	if a.In == "" {
		a.In = pagination.InQuery
	}
	if b.In == "" {
		b.In = pagination.InQuery
	}
	if a.In != b.In {
		return false
	}
	if a.In == pagination.InHeader {
		return http.CanonicalHeaderKey(a.Name) == http.CanonicalHeaderKey(b.Name)
	}
	return a.Name == b.Name
}

// value is what stands in the place of a parameter, nil for nothing: text, or in
// a body what the member holds.
func (d *draft) value(p pagination.Param) any {
	switch p.In {
	case pagination.InBody:
		return dotted(d.bodyMembers(), p.Name)
	case pagination.InHeader:
		if v := d.header[http.CanonicalHeaderKey(p.Name)]; len(v) > 0 {
			return v[0]
		}
	case pagination.InPath:
		v, there := d.path.get(p.Name)
		if !there {
			return nil
		}
		if text, err := url.PathUnescape(v.Text); v.Escaped && err == nil {
			return text
		}
		return v.Text
	default:
		name := escapeQuery(p.Name)
		i := slices.IndexFunc(d.query, func(q wire.Pair) bool { return q.Name == name })
		if i < 0 {
			return nil
		}
		if text, err := url.QueryUnescape(d.query[i].Value); err == nil {
			return text
		}
	}
	return nil
}

func (d *draft) bodyMembers() map[string]any {
	if d.isWhole {
		members, _ := d.whole.(map[string]any)
		return members
	}
	return d.members
}
