package waygate

import (
	"context"
	"iter"
)

// Page is one page of a read.
type Page[T any] struct {
	Items []T  // the records, mapped and decoded
	Meta  Meta // of the call that brought the page
}

// Items reads all pages of an action and gives their records one by one. Each
// page is one call; the next is asked for only when the records before it were
// used, unless [Prefetch] is given. Memory doesn't grow with the number of pages.
// The first error ends the read. Without [MaxPages] and [MaxItems] there is no
// limit. [OnPage] tells from where a read that ended could go on.
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
		defer r.stop()
		for r.more() {
			page, err := readPage[T](ctx, r)
			if page == nil && err == nil { // the page before was the last
				return
			}
			if !yield(page, err) || err != nil {
				return
			}
			if err := r.checkpoint(ctx); err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// readPage gives nil, nil if there is no further page.
func readPage[T any](ctx context.Context, r *reader) (*Page[T], error) {
	res, err := r.next(ctx)
	if res == nil || err != nil {
		return nil, err
	}
	items, err := Decode[[]T](res)
	if err != nil {
		return nil, err
	}
	return &Page[T]{Items: items, Meta: res.Meta}, nil
}
