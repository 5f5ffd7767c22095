package auth

import (
	"context"
	"errors"
	"time"
)

// reconcileTries bounds how often a save that lost is tried again without a pause.
const reconcileTries = 3

// keepAnswer saves a new token, however long that takes, and only then gives it. It
// ends without when the credential is gone, or when Shutdown gives up.
func (f *flight) keepAnswer(ctx context.Context, a tokenRequest) (TokenRow, error) {
	row := f.filled(a.row, a)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, f.m.longestPause()) {
		last := f.m.life.Err() != nil
		saved, err := f.save(ctx, row)
		if err == nil {
			return f.saved(a, saved)
		}
		for try := 0; errors.Is(err, ErrMoved) && try < reconcileTries; try++ {
			saved, err = f.reconcile(ctx, a)
		}
		switch {
		case err == nil:
			return saved, stateError(f.s.Ref, saved)
		case errors.Is(err, ErrGone):
			f.giveBack(ctx, a)
			return TokenRow{}, storeError(f.s.Ref, err)
		case last:
			return TokenRow{}, &ManagerError{Ref: f.s.Ref, Reason: RenewalShutdown, Err: err}
		}
		if f.hold(err) {
			f.m.announce(f.s.Ref, EventRefreshFailed, a.row, f.why)
		}
		_ = sleep(f.m.life, time.Duration(float64(pause)*(0.9+0.1*f.m.random())))
		_ = f.take(ctx) // as long as it can be had, nobody else takes the answer for lost
	}
}

// filled is row with the new token in it.
func (f *flight) filled(row TokenRow, a tokenRequest) TokenRow {
	if row.Spare != nil && a.row.Spare != nil && sameValues(*row.Spare, *a.row.Spare) {
		row.Spare = nil // it was spent, or isn't needed any more
	}
	row.Credential = a.got
	if a.got.Expires.IsZero() && a.how.Lifetime > 0 {
		row.Credential.Expires = a.issued.Add(a.how.Lifetime)
	}
	row.State, row.Cause, row.Failures, row.Issued = TokenActive, "", 0, a.issued
	if f.used != nil {
		row.Forced = a.issued
	}
	row.RefreshAt = f.m.Schedule(row, a.how, a.issued)
	return row
}

// saved announces a renewal that stands.
func (f *flight) saved(a tokenRequest, row TokenRow) (TokenRow, error) {
	f.m.withNote(f.s.Ref, func(n *note) { n.failed = nil })
	f.m.announce(f.s.Ref, EventRefreshed, row, nil)
	if a.doubt || a.row.Failures > 0 || (a.row.State != TokenActive && a.row.State != "") {
		f.m.announce(f.s.Ref, EventRecovered, row, nil)
	}
	return row, nil
}

// reconcile finds a place for a new token where the row was changed meanwhile, and
// gives the row that is to be used. ErrMoved: it was changed again.
func (f *flight) reconcile(ctx context.Context, a tokenRequest) (TokenRow, error) {
	row, err := f.unmarked(ctx, a)
	if err != nil {
		return TokenRow{}, err
	}
	switch {
	case sameValues(row.Credential, a.got): // saved by an earlier try; or another got the same answer
		return f.saved(a, row)
	case row.State == TokenRevoked: // given up
		f.giveBack(ctx, a)
		return row, nil
	case row.Grant != a.row.Grant: // granted anew: some providers would end that with a revocation of ours
		return row, nil
	case !moved(row, a.row) || row.State == TokenNeedsReauth: // the row as we knew it, but for its state or its sealing
		if row, err = f.save(ctx, f.filled(row, a)); err != nil {
			return row, err
		}
		return f.saved(a, row)
	case row.Spare != nil && sameValues(*row.Spare, a.got):
		return row, nil
	}
	spare := a.got // another renewal came first: keep what may be the one that counts
	row.Spare = &spare
	return f.save(ctx, row)
}

// unmarked reads the row. If another renewal came first, and the next one's request is
// in the air, it waits for the end of that: a save would take its mark away.
func (f *flight) unmarked(ctx context.Context, a tokenRequest) (TokenRow, error) {
	for {
		row, err := f.load(ctx)
		marked := err == nil && row.Intent != nil && row.Intent.Remaining > 0
		if !marked || row.Grant != a.row.Grant || !moved(row, a.row) || stateError(f.s.Ref, row) != nil {
			return row, err
		}
		f.land(row, nil) // nobody need wait for that
		if err := sleep(f.m.life, min(row.Intent.Remaining, 250*time.Millisecond)); err != nil {
			return row, err
		}
	}
}

// giveBack revokes a new token that nobody will use.
func (f *flight) giveBack(ctx context.Context, a tokenRequest) {
	if f.s.Revoke == nil {
		return
	}
	err := f.bounded(ctx, "Source.Revoke", func(ctx context.Context) error { return f.s.Revoke(ctx, a.got) })
	row := f.filled(a.row, a)
	row.State = TokenRevoked
	f.m.announce(f.s.Ref, EventRevoked, row, err)
}
