package auth

import (
	"context"
	"errors"
	"time"
)

// The calls of the store that a flight makes: each bounded and contained.

func (f *flight) stored(ctx context.Context, what string, run func(context.Context) error) error {
	err := f.bounded(ctx, "TokenStore."+what, run)
	switch {
	case err == nil || errors.Is(ctx.Err(), context.Canceled): // nobody wanted it any more
	case errors.Is(err, ErrMoved), errors.Is(err, ErrGone), errors.Is(err, ErrLeased):
	default:
		f.m.withNote(f.s.Ref, func(n *note) { n.broke = time.Now() })
	}
	return err
}

// bounded runs foreign code, for no longer than a request may take.
func (f *flight) bounded(ctx context.Context, what string, run func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, f.m.cfg.Deadline)
	defer cancel()
	return contained(what, func() error { return run(ctx) })
}

func (f *flight) load(ctx context.Context) (row TokenRow, _ error) {
	err := f.stored(ctx, "Load", func(ctx context.Context) (err error) {
		row, err = f.m.cfg.Store.Load(ctx, f.s.Ref)
		return err
	})
	return row, err
}

func (f *flight) save(ctx context.Context, row TokenRow) (saved TokenRow, _ error) {
	err := f.stored(ctx, "Save", func(ctx context.Context) (err error) {
		row.Intent = nil
		saved, err = f.m.cfg.Store.Save(ctx, f.s.Ref, row)
		return err
	})
	return saved, err
}

func (f *flight) mark(ctx context.Context, version int64) (row TokenRow, _ error) {
	in := TokenIntent{Holder: f.m.cfg.Holder, Fence: f.lease.Fence, Remaining: f.m.cfg.Deadline}
	err := f.stored(ctx, "Mark", func(ctx context.Context) (err error) {
		row, err = f.m.cfg.Store.Mark(ctx, f.s.Ref, version, in)
		return err
	})
	return row, err
}

// take takes the lease, or extends it, and learns the store's time.
func (f *flight) take(ctx context.Context) error {
	var got TokenLease
	asked, local := time.Now(), f.m.cfg.Now()
	err := f.stored(ctx, "Acquire", func(ctx context.Context) (err error) {
		got, err = f.m.cfg.Store.Acquire(ctx, f.s.Ref, f.m.cfg.Holder, f.leaseTime())
		return err
	})
	if err != nil {
		return err
	}
	f.m.clock.ask(local, f.m.cfg.Now(), got.At)
	f.lease, f.leased = got, asked
	return nil
}

// leaseTime is how long the lease is taken for. Where the provider takes a spent grant
// again for a while, it lasts little longer than the request, so that others can ask
// within that while if this process dies.
func (f *flight) leaseTime() time.Duration {
	if f.grace > 0 {
		return min(f.m.cfg.Lease, f.m.cfg.Deadline+f.m.cfg.Deadline/10)
	}
	return f.m.cfg.Lease
}

// left is how long the lease lasts still, by the monotonic clock.
func (f *flight) left() time.Duration { return f.lease.Remaining - time.Since(f.leased) }

// acquire takes the lease, and while somebody else has it, watches what becomes of the
// credential. ok says that it needn't be renewed any more.
func (f *flight) acquire(ctx context.Context) (_ TokenRow, ok bool, _ error) {
	for pause := 20 * time.Millisecond; ; pause = min(2*pause, 500*time.Millisecond) {
		err := f.take(ctx)
		if err == nil {
			return TokenRow{}, false, nil
		}
		if !errors.Is(err, ErrLeased) {
			return TokenRow{}, false, storeError(f.s.Ref, err)
		}
		if err := sleep(ctx, time.Duration(float64(pause)*(0.75+0.5*f.m.random()))); err != nil {
			return TokenRow{}, false, err
		}
		row, err := f.load(ctx)
		if err != nil {
			return TokenRow{}, false, storeError(f.s.Ref, err)
		}
		if ok, err := f.judge(row, false); ok || err != nil {
			return row, ok, err
		}
	}
}

// release gives the lease up. One that isn't given up runs out.
func (f *flight) release() {
	if f.leased.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(f.ctx), min(2*time.Second, f.m.cfg.Deadline))
	defer cancel()
	_ = contained("TokenStore.Release", func() error { return f.m.cfg.Store.Release(ctx, f.s.Ref, f.lease) })
}
