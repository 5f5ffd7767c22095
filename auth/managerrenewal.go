package auth

import (
	"context"
	"errors"
	"time"
)

// renew is the whole of a flight.
func (f *flight) renew(ctx context.Context) (TokenRow, error) {
	row, err := f.load(ctx)
	if err != nil {
		return TokenRow{}, storeError(f.s.Ref, err)
	}
	if ok, err := f.judge(row, false); ok || err != nil {
		return row, err
	}
	if how, err := f.renewal(row); err == nil && how.Spends {
		f.grace = how.Grace
	}
	for {
		if row, ok, err := f.acquire(ctx); ok || err != nil {
			return row, err
		}
		row, err := f.renewLeased(ctx)
		if !errors.Is(err, errLost) {
			return row, err
		}
	}
}

// judge says whether row can be used as it is. After a look under the lease, when the
// store's time is known, it also says why row mustn't be renewed.
func (f *flight) judge(row TokenRow, leased bool) (bool, error) {
	if err := stateError(f.s.Ref, row); err != nil {
		return false, err
	}
	now := f.m.now()
	old := expired(row, now)
	refused := f.used != nil && sameValues(row.Credential, *f.used)
	switch {
	case !refused && !old && (f.used != nil || !dueAt(row, now)):
		return true, nil
	case !leased && !f.m.clock.known():
	case backingOff(row, now):
		return false, f.m.away(f.s.Ref, row, now)
	case refused && !old: // one that has expired on its way is renewed as any other
		if wait := f.tooSoon(row, now); wait > 0 {
			return false, f.m.soon(f.s.Ref, row, wait)
		}
	}
	return false, nil
}

// tooSoon is how long it is until a refused credential may be renewed.
func (f *flight) tooSoon(row TokenRow, now time.Time) time.Duration {
	var wait time.Duration
	if n := f.m.noteOf(f.s.Ref); !n.forced.IsZero() && n.grant == row.Grant {
		wait = forcedInterval - time.Since(n.forced)
	}
	if !row.Forced.IsZero() {
		wait = max(wait, forcedInterval-now.Sub(row.Forced))
	}
	return min(wait, forcedInterval)
}

// renewLeased does what is done under the lease, until it has an outcome.
func (f *flight) renewLeased(ctx context.Context) (TokenRow, error) {
	for {
		row, err := f.load(ctx)
		if err != nil {
			return TokenRow{}, storeError(f.s.Ref, err)
		}
		if ok, err := f.judge(row, true); ok || err != nil {
			return row, err
		}
		how, err := f.renewal(row)
		switch {
		case err != nil:
			return TokenRow{}, &ManagerError{Ref: f.s.Ref, Reason: RenewalCall, State: row.State, Err: err}
		case !how.Possible:
			return f.impossible(ctx, row)
		case how.Spends && f.suspicious(row):
			err = f.settle(ctx, row)
		default:
			row.Intent = nil
			row, err = f.request(ctx, row, how)
			if !errors.Is(err, errAgain) && !errors.Is(err, errLost) {
				return row, err
			}
		}
		if errors.Is(err, errAgain) {
			err = sleep(ctx, 20*time.Millisecond)
		}
		if err != nil {
			return TokenRow{}, err
		}
	}
}

// renewal asks the scheme how the credential of row is renewed.
func (f *flight) renewal(row TokenRow) (how Renewal, _ error) {
	err := contained("Renewer.Renewal", func() error {
		how = f.s.Scheme.Renewal(row.Credential)
		return nil
	})
	return how, err
}

// impossible stores what becomes of a credential that can't be renewed: nothing is due,
// and in the end it has expired.
func (f *flight) impossible(ctx context.Context, row TokenRow) (TokenRow, error) {
	old := expired(row, f.m.now())
	change := row
	change.RefreshAt = time.Time{}
	if old {
		change.State, change.Cause = TokenExpired, string(TokenExpired)
	}
	if row.State != change.State || !row.RefreshAt.IsZero() {
		if saved, err := f.save(ctx, change); err == nil {
			row = saved
		}
	}
	if old || f.used != nil {
		return TokenRow{}, &ManagerError{Ref: f.s.Ref, Reason: RenewalImpossible, State: row.State}
	}
	return row, nil
}

// settle deals with the intent of somebody who may be dead. It waits until that request
// must have ended, and until somebody who holds its answer would have saved it; then it
// writes down that the grant is in doubt, and announces that. After each step the row
// has to be read again.
func (f *flight) settle(ctx context.Context, row TokenRow) error {
	watch := f.m.settling() - time.Since(f.m.watched(f.s.Ref, row.Version))
	wait, sent := row.Intent.Remaining, f.m.cfg.Deadline-row.Intent.Remaining
	if sent >= f.grace || sent+watch+f.m.cfg.Deadline/10 < f.grace { // else a grace would be over meanwhile
		wait = max(wait, watch)
	}
	if wait > 0 {
		if err := f.stay(ctx, 0); err != nil {
			return err
		}
		return sleep(ctx, min(wait, 250*time.Millisecond))
	}
	next := row
	next.State, next.Cause, next.RefreshAt = TokenDoubtful, string(TokenInDoubt), f.m.now()
	saved, err := f.save(ctx, next)
	if errors.Is(err, ErrMoved) {
		return errAgain
	}
	if err != nil { // it may have been written, and then nobody else tells
		now, lost := f.load(context.WithoutCancel(ctx))
		if lost != nil || now.State != TokenDoubtful || now.Version != row.Version+1 {
			return storeError(f.s.Ref, err)
		}
		saved = now
	}
	f.m.announce(f.s.Ref, EventRefreshInDoubt, saved, nil)
	return nil
}

// suspicious reports whether row has an intent that may have spent the grant.
func (f *flight) suspicious(row TokenRow) bool {
	if row.Intent == nil {
		return false
	}
	return row.Intent.Holder != f.m.cfg.Holder || row.Version != f.m.noteOf(f.s.Ref).harmless
}

// stay extends the lease if less than a request's time, or more, is left of it.
func (f *flight) stay(ctx context.Context, need time.Duration) error {
	if f.left() > max(need, f.leaseTime()/2) {
		return nil
	}
	switch err := f.take(ctx); {
	case errors.Is(err, ErrLeased):
		return errLost
	case err != nil:
		return storeError(f.s.Ref, err)
	}
	return nil
}

// longestPause is the longest pause between two tries to save an answer that is held:
// 5 s with the default Deadline.
func (m *Manager) longestPause() time.Duration { return m.cfg.Deadline / 4 }

// settling is how long an intent that nobody seems to own is watched: longer than
// longestPause, so that whoever holds an answer while the store is away saves it before
// somebody else takes it for lost.
func (m *Manager) settling() time.Duration { return m.longestPause() + m.cfg.Deadline/20 }
