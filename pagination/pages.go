package pagination

import (
	"context"
	"iter"
	"slices"
)

// Pages reads a list page by page, without a gateway: fetch sends the request
// for a page, for which [Apply] makes it, and gives what came back. Its Next has
// all parameters in force, those of First included; the first one has nothing
// else. The Index, Before and, if it is nil, Sent of what fetch gives are filled
// in.
//
// The next page is fetched when the reader comes back for it. The first error
// ends the read: of ctx, of fetch, of the strategy, or of a provider that goes in
// circles, which wraps [ErrRepeated]. There is no limit but the reader's.
func Pages(ctx context.Context, s Strategy, fetch func(context.Context, Next) (Page, error)) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		prepared, err := Prepare(s)
		if err != nil {
			yield(Page{}, err)
			return
		}
		r := walk{strategy: prepared, next: &Next{}}
		for r.next != nil {
			page, more, err := r.page(ctx, fetch)
			if err != nil {
				yield(Page{}, err)
				return
			}
			if !more || !yield(page, nil) {
				return
			}
			if err := r.failed; err != nil {
				yield(Page{}, err)
				return
			}
		}
	}
}

// walk is one read of Pages.
type walk struct {
	strategy      Strategy
	guard         Guard
	next          *Next
	index, before int
	failed        error // of the page to come
}

// page fetches one page and finds the next; more is false if there was none.
func (w *walk) page(ctx context.Context, fetch func(context.Context, Next) (Page, error)) (p Page, more bool, err error) {
	if err := ctx.Err(); err != nil {
		return p, false, err
	}
	ask := Next{URL: w.next.URL, Set: merged(w.strategy.First(), w.next.Set)}
	if p, err = fetch(ctx, ask); err != nil {
		return p, false, err
	}
	if e, ok := w.strategy.(Ender); ok && w.index > 0 && p.Status != 0 && e.Ends(p.Status) {
		return p, false, nil
	}
	p.Index, p.Before = w.index, w.before
	if p.Sent == nil {
		p.Sent = ask.Set
	}
	if c, ok := w.strategy.(Counter); ok && c.Counts() {
		if err := w.guard.Same(p); err != nil {
			return p, false, err
		}
	}
	if w.next, err = w.strategy.Next(p); err != nil {
		return p, false, err
	}
	if w.next != nil {
		w.failed = w.guard.Seen(*w.next)
	}
	w.index++
	if p.Records < 0 || w.before < 0 {
		w.before = -1
	} else {
		w.before += p.Records
	}
	return p, true, nil
}

// merged gives the parameters of first with those of then over them.
func merged(first, then []Param) []Param {
	out := slices.DeleteFunc(first, func(p Param) bool {
		return slices.ContainsFunc(then, func(q Param) bool { return samePlace(p.In, p.Name, q.In, q.Name) })
	})
	return append(out, then...)
}
