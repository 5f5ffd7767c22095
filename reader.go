package waygate

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/pagination"
)

// reader reads an action page by page.
type reader struct {
	t        *Tenant
	spec     callSpec
	guard    pagination.Guard
	started  bool
	nextStep *step
	pages    int
	items    int    // raw ones, as far as they were delivered
	cut      string // the limit that ended the read
	loop     error  // the next page was read before
	lastOut  outcome
	ahead    *ahead     // the next page, on its way
	due      bool       // a page was delivered that no checkpoint tells of
	at       Checkpoint // what that would tell
}

// newReader makes a reader without I/O; a wrong option fails its first call, so
// that the failure has a record.
func (t *Tenant) newReader(action string, in any, opts []Option) *reader {
	o, err := readOptions(opts)
	if err == nil && o.maxChars != 0 {
		err = fmt.Errorf("options MaxChars, ForModel, FullSet and Sample are for Collect: call that, or leave them out")
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
	case r.nextStep == nil, r.cut != "":
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

// next reads one page; nil, nil says that there is none, and that the page before
// was the last. Its records are a list, cut to what the limits leave.
func (r *reader) next(ctx context.Context) (*Result, error) {
	if r.loop != nil {
		return nil, r.loop
	}
	out, err := r.fetch(ctx)
	if err != nil {
		return nil, err
	}
	if out.past {
		return nil, r.end(ctx, out)
	}
	if err := r.guard.Same(out.same); err != nil {
		r.loop = newError(KindInvalidResponse, "read", err).of(out.run.place())
		return nil, r.loop
	}
	r.advance(&out)
	if err := r.deliver(&out); err != nil {
		return nil, err
	}
	r.due = true
	r.at = Checkpoint{ReadID: r.spec.readID, Next: out.result.Meta.Next, Pages: r.pages, Items: r.items}
	r.begin(ctx)
	return out.result, nil
}

// end ends the read after the page before.
func (r *reader) end(ctx context.Context, out outcome) error {
	r.started, r.nextStep, r.lastOut = true, nil, out
	r.due, r.at = r.spec.opts.onPage != nil, Checkpoint{ReadID: r.spec.readID, Pages: r.pages, Items: r.items}
	return r.checkpoint(ctx)
}

// deliver cuts the records of a page to what was not delivered before and what
// the limits leave. What counts for the limits are the raw records, or those of
// the mapping where it makes more of them.
func (r *reader) deliver(out *outcome) error {
	list, err := recordsOf(*out)
	if err != nil {
		return err
	}
	skip := min(out.skip, len(list))
	list = list[skip:]
	counted := max(out.raw-skip, len(list))
	if most := r.spec.opts.maxItems; most > 0 && len(list) > most-r.items {
		if err := r.stopAt(out, skip+most-r.items); err != nil {
			return err
		}
		list = list[:most-r.items]
		counted = len(list)
	}
	r.items += counted
	out.result.records = list
	out.result.Meta.HasMore = r.nextStep != nil
	if !r.more() {
		out.result.Meta.Truncated = r.cut
	}
	return nil
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
