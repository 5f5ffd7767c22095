package waygate

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/pagination"
)

// Collect reads pages into one result. The first limit that is reached ends it:
// [MaxPages] (5), [MaxItems] (500), [MaxChars] (100,000), [Timeout] (30 s for
// the whole read); Meta.Truncated says which, and Meta.Next goes on exactly
// there with [Continue]. At least one record is returned where there is one.
// [ForModel], [FullSet] and [Sample] set all four. Records count as they came,
// before any mapping; characters are those of the records, as JSON. When a
// page fails, what was read comes back beside the error, with a token that goes on
// at that page.
func (t *Tenant) Collect(ctx context.Context, action string, in any, opts ...Option) (*Result, error) {
	o, err := readOptions(opts)
	if err == nil && o.prefetch {
		err = fmt.Errorf("option Prefetch is for Items and Pages: Collect doesn't wait between pages")
	}
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
	evidence *pagination.Evidence // the first
}

func (c *collector) read(ctx context.Context) error {
	for c.more() {
		res, err := c.next(ctx)
		if err != nil {
			return err
		}
		if res == nil {
			c.token = ""
			c.attempts += c.lastOut.result.Meta.Attempts
			return nil
		}
		c.lastRes, c.token = res, res.Meta.Next
		if c.evidence == nil || c.evidence.Kind == "" {
			c.evidence = res.Meta.Pagination
		}
		c.attempts += res.Meta.Attempts
		c.warnings = append(c.warnings, res.Meta.Warnings...)
		list, _ := res.records.([]any)
		for i, record := range list {
			size := utf8.RuneCount(jsontree.Append(nil, record))
			if len(c.all) > 0 && c.chars+size > c.spec.opts.maxChars {
				return c.stopAtChars(ctx, i)
			}
			c.all, c.chars = append(c.all, record), c.chars+size
		}
		if err := c.checkpoint(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stopAtChars ends the read before record i of the last page.
func (c *collector) stopAtChars(ctx context.Context, i int) error {
	out := c.lastOut
	if err := c.stopAt(&out, out.skip+i); err != nil {
		return err
	}
	c.cut, c.token = "characters", out.result.Meta.Next
	c.at.Next, c.at.Items = c.token, len(c.all)
	return c.checkpoint(ctx)
}

// result sums up what was read, also if that is nothing.
func (c *collector) result(err error) *Result {
	res := &Result{records: c.all}
	if c.lastRes != nil {
		res.Status, res.Header, res.place = c.lastRes.Status, c.lastRes.Header, c.lastRes.place
		res.Meta = c.lastRes.Meta
	}
	m := &res.Meta
	m.ReadID, m.Attempts, m.Duration = c.spec.readID, c.attempts, c.t.gw.cfg.Now().Sub(c.start)
	m.Pages, m.Items, m.Characters = c.pages, len(c.all), c.chars
	m.Warnings, m.Next, m.Truncated, m.Pagination = c.warnings, c.token, c.cut, c.evidence
	m.HasMore = c.token != ""
	if err != nil {
		m.Truncated = "error"
	}
	if c.loop != nil { // the token would lead round and round
		m.Next, m.HasMore = "", false
	}
	return res
}
