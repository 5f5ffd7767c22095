package waygate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/pagination"
)

// Page is one page of a read.
type Page[T any] struct {
	Items []T
	Meta  Meta
}

// Items reads all pages of an action and gives their records one by one. Each
// page is one call; the next is asked for only when the records before it were
// used. Memory doesn't grow with the number of pages. The first error ends the
// read. Without [MaxPages] and [MaxItems] there is no limit.
func Items[T any](ctx context.Context, t *Tenant, action string, in any, opts ...Option) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for page, err := range Pages[T](ctx, t, action, in, opts...) {
			if err != nil {
				var zero T
				yield(zero, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
		}
	}
}

// Pages reads all pages of an action. See [Items].
func Pages[T any](ctx context.Context, t *Tenant, action string, in any, opts ...Option) iter.Seq2[*Page[T], error] {
	return func(yield func(*Page[T], error) bool) {
		r := t.newReader(action, in, opts)
		for r.more() {
			page, err := readPage[T](ctx, r)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func readPage[T any](ctx context.Context, r *reader) (*Page[T], error) {
	res, err := r.next(ctx)
	if err != nil {
		return nil, err
	}
	items, err := Decode[[]T](res)
	if err != nil {
		return nil, err
	}
	return &Page[T]{Items: items, Meta: res.Meta}, nil
}

// reader reads an action page by page.
type reader struct {
	t        *Tenant
	spec     callSpec
	guard    pagination.Guard
	started  bool
	nextStep *step
	pages    int
	items    int
	cut      string // the limit that ended the read
	loop     error  // the next page was read before
	lastOut  outcome
}

// newReader makes a reader without I/O; a wrong option fails its first call, so
// that the failure has a record.
func (t *Tenant) newReader(action string, in any, opts []Option) *reader {
	o, err := readOptions(opts)
	if err == nil && o.maxChars != 0 {
		err = fmt.Errorf("option MaxChars is for Collect")
	}
	return t.readerWith(action, in, o, err)
}

func (t *Tenant) readerWith(action string, in any, o options, optErr error) *reader {
	return &reader{t: t, spec: callSpec{tenant: t.id, name: action, input: in, opts: o, optErr: optErr,
		readID: newID("read", t.gw.cfg.Now()), page: 1}}
}

// more says whether there is a page to read, within the limits.
func (r *reader) more() bool {
	switch {
	case !r.started:
		return true
	case r.nextStep == nil:
		return false
	case r.spec.opts.maxPages > 0 && r.pages >= r.spec.opts.maxPages:
		r.cut = "pages"
		return false
	case r.spec.opts.maxItems > 0 && r.items >= r.spec.opts.maxItems:
		r.cut = "items"
		return false
	}
	return true
}

// next reads one page. Its records are a list, cut to what the limits leave.
func (r *reader) next(ctx context.Context) (*Result, error) {
	if r.loop != nil {
		return nil, r.loop
	}
	out, err := r.t.gw.call(ctx, r.spec)
	if err != nil {
		return nil, err
	}
	r.advance(&out)
	list, err := recordsOf(out)
	if err != nil {
		return nil, err
	}
	skip := min(out.skip, len(list))
	list = list[skip:]
	if most := r.spec.opts.maxItems; most > 0 && len(list) > most-r.items {
		if err := r.stopAt(&out, skip+most-r.items); err != nil {
			return nil, err
		}
		list = list[:most-r.items]
	}
	r.items += len(list)
	out.result.records = list
	out.result.Meta.HasMore = r.nextStep != nil
	if !r.more() {
		out.result.Meta.Truncated = r.cut
	}
	return out.result, nil
}

// advance notes where the next page begins, and holds still what must not change
// between pages.
func (r *reader) advance(out *outcome) {
	r.started, r.lastOut = true, *out
	r.pages++
	r.nextStep = out.next
	r.spec.page = out.page + 1
	r.spec.opts.continuation = ""
	if info := out.run.link.info; out.pinned.source == nil && info.ID != "" {
		r.spec.opts.on = info.ID
	}
	if out.next == nil {
		return
	}
	p := out.pinned
	p.step = out.next
	r.spec.pinned = &p
	if err := r.guard.Seen(out.next.key()); err != nil { // this page is good: the next read fails
		r.loop = newError(KindInvalidResponse, "read", err).of(out.run.place())
	}
}

// stopAt makes the read end within the page of out, after n of its records, so
// that a token goes on exactly there.
func (r *reader) stopAt(out *outcome, n int) error {
	at := step{Page: out.page, Skip: n}
	if out.from != nil {
		at = *out.from
		at.Skip = n
	}
	r.nextStep, r.cut = &at, "items"
	p := out.pinned
	p.step = &at
	r.spec.pinned = &p
	token, err := out.run.sealStep(at)
	out.result.Meta.Next = token
	return err
}

// recordsOf are a page's records as a list.
func recordsOf(out outcome) ([]any, error) {
	switch v := out.result.records.(type) {
	case []any:
		return v, nil
	case nil:
		return nil, nil
	default:
		return nil, errorf(KindConfig, "read", "the answer is %s, not a list of records: %s", jsontree.TypeName(v), out.result.notAList()).of(out.run.place())
	}
}

// Collect reads pages into one result. The first limit that is reached ends it:
// [MaxPages] (5), [MaxItems] (500), [MaxChars] (100,000), [Timeout] (30 s for
// the whole read); Meta.Truncated says which, and Meta.Next goes on exactly
// there with [Continue]. At least one record is returned where there is one. When
// a page fails, what was read comes back beside the error.
func (t *Tenant) Collect(ctx context.Context, action string, in any, opts ...Option) (*Result, error) {
	o, err := readOptions(opts)
	o.maxPages = withDefault(o.maxPages, defaultPages)
	o.maxItems = withDefault(o.maxItems, defaultItems)
	o.maxChars = withDefault(o.maxChars, defaultChars)
	window := o.timeout
	if window == 0 {
		window = defaultWindow
	}
	o.timeout = 0
	bounded, cancel := context.WithTimeout(ctx, window)
	defer cancel()
	c := &collector{reader: t.readerWith(action, in, o, err), start: t.gw.cfg.Now(), all: []any{}}
	err = c.read(bounded)
	if c.pages > 0 && ctx.Err() == nil && errors.Is(bounded.Err(), context.DeadlineExceeded) && errors.Is(err, ErrTimeout) {
		c.cut, err = "duration", nil
	}
	return c.result(err), err
}

func withDefault(n, other int) int {
	if n == 0 {
		return other
	}
	return n
}

// collector gathers pages.
type collector struct {
	*reader
	start    time.Time
	all      []any
	chars    int
	attempts int
	warnings []string
	lastRes  *Result
	token    string
}

func (c *collector) read(ctx context.Context) error {
	for c.more() {
		res, err := c.next(ctx)
		if err != nil {
			return err
		}
		c.lastRes, c.token = res, res.Meta.Next
		c.attempts += res.Meta.Attempts
		c.warnings = append(c.warnings, res.Meta.Warnings...)
		list, _ := res.records.([]any)
		for i, record := range list {
			size := utf8.RuneCount(jsontree.Append(nil, record))
			if len(c.all) > 0 && c.chars+size > c.spec.opts.maxChars {
				return c.stopAtChars(i)
			}
			c.all, c.chars = append(c.all, record), c.chars+size
		}
	}
	return nil
}

// stopAtChars ends the read before record i of the last page.
func (c *collector) stopAtChars(i int) error {
	out := c.lastOut
	if err := c.stopAt(&out, out.skip+i); err != nil {
		return err
	}
	c.cut, c.token = "characters", out.result.Meta.Next
	return nil
}

// result sums up; nil only where nothing was read.
func (c *collector) result(err error) *Result {
	res := &Result{records: c.all}
	if c.lastRes != nil {
		res.Status, res.Header, res.place = c.lastRes.Status, c.lastRes.Header, c.lastRes.place
		res.Meta = c.lastRes.Meta
	}
	m := &res.Meta
	m.ReadID, m.Attempts, m.Duration = c.spec.readID, c.attempts, c.t.gw.cfg.Now().Sub(c.start)
	m.Pages, m.Items, m.Characters = c.pages, len(c.all), c.chars
	m.Warnings, m.Next, m.Truncated = c.warnings, c.token, c.cut
	m.HasMore = c.token != ""
	if err != nil {
		m.Truncated = "error"
	}
	if c.loop != nil { // the token would lead round and round
		m.Next, m.HasMore = "", false
	}
	return res
}
