package waygate

import "context"

// Prefetch asks for the next page of Items or Pages while the records of this one
// are used: at most one page, so that two are held. A page that is never used,
// because the reader stops before it, is cancelled, and has a record that says so.
// Errors come in their order, after the records before them.
//
// It is for actions that change nothing (see [Effects]); for others it is
// [ErrConfig], since a page that nobody reads may have an effect.
func Prefetch() Option {
	return optionFunc(func(o *options) error {
		o.bounded = append(o.bounded, "Prefetch")
		o.prefetch = true
		return nil
	})
}

// ahead is a page that was asked for before its reader came.
type ahead struct {
	cancel context.CancelFunc
	page   chan fetched // of one
}

type fetched struct {
	out outcome
	err error
}

// begin asks for the next page if the reader wants it early and will want it at
// all.
func (r *reader) begin(ctx context.Context) {
	if !r.spec.opts.prefetch || r.loop != nil || !r.more() {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{cancel: cancel, page: make(chan fetched, 1)}
	r.ahead = a
	spec, gw := r.spec, r.t.gw
	go func() {
		got := fetched{err: errorf(KindConfig, "read", "the goroutine was ended with runtime.Goexit")}
		defer func() {
			if p := recover(); p != nil {
				got = fetched{err: errorf(KindConfig, "read", "a part that the host brought panicked: %v", p)}
			}
			a.page <- got
		}()
		out, err := gw.call(ctx, spec)
		got = fetched{out, err}
	}()
}

// fetch gives the page that was asked for early, or asks for it.
func (r *reader) fetch(ctx context.Context) (outcome, error) {
	a := r.ahead
	if a == nil {
		return r.t.gw.call(ctx, r.spec)
	}
	r.ahead = nil
	defer a.cancel()
	got := <-a.page // ends with ctx, which the page was asked for with
	return got.out, got.err
}

// stop ends what nobody will read.
func (r *reader) stop() {
	if a := r.ahead; a != nil {
		r.ahead = nil
		a.cancel()
		<-a.page
	}
}

// checkReadOptions refuses options of a read that don't fit its action.
func (r *run) checkReadOptions() error {
	if r.spec.opts.prefetch && !r.action.info.Effects.ReadOnly {
		return errorf(KindConfig, "", "option Prefetch: action %s may change something: if it doesn't, declare that in its Effects", r.action.fullID)
	}
	return nil
}
