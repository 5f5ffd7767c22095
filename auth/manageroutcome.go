package auth

import (
	"context"
	"errors"
	"time"
)

// valueOfGrant is the value that a grant is renewed with (RFC 6749 §6).
const valueOfGrant = "refresh_token"

// recordTries bounds how often it is tried to write down that a request failed: some 3 s.
// recordTime bounds how long, where the store hangs.
const (
	recordTries = 6
	recordTime  = 5 * time.Second
)

// conclude brings what came of a request to its end.
func (f *flight) conclude(ctx context.Context, a tokenRequest) (TokenRow, error) {
	if a.fail == nil {
		return f.keepAnswer(ctx, a)
	}
	f.m.withNote(f.s.Ref, func(n *note) { n.failed = a.fail })
	ctx, cancel := context.WithTimeout(ctx, recordTime)
	defer cancel()
	switch a.fail.Cause {
	case TokenRefused:
		return f.refused(ctx, a)
	case TokenUnsent, TokenUnavailable, TokenRejected, TokenPending, TokenApp:
		if a.doubt && a.row.State != TokenDoubtful { // an earlier request of this renewal was lost
			return f.doubtful(ctx, a)
		}
	default:
		if a.how.Spends {
			return f.doubtful(ctx, a)
		}
	}
	event := EventRefreshFailed
	if a.fail.Cause == TokenApp {
		event = EventAppError
	}
	at := f.m.now().Add(f.m.backoff(a.row.Failures+1, a.fail.RetryAfter))
	return f.failed(ctx, a, event, func(row *TokenRow) { row.RefreshAt = at })
}

// doubtful is the end of a request whose answer is lost, of a grant that may be spent.
// It is asked for once more when the request must have ended, and after that with
// growing pauses: that the provider can't be reached doesn't say that the grant is gone.
func (f *flight) doubtful(ctx context.Context, a tokenRequest) (TokenRow, error) {
	event, at := EventRefreshInDoubt, a.until
	if a.row.State == TokenDoubtful {
		event = EventRefreshFailed // it is known to be in doubt
		if later := f.m.now().Add(f.m.backoff(a.row.Failures+1, a.fail.RetryAfter)); later.After(at) {
			at = later
		}
	}
	return f.failed(ctx, a, event, func(row *TokenRow) {
		row.State, row.Cause, row.RefreshAt = TokenDoubtful, string(TokenInDoubt), at
	})
}

// failed writes down a failure and announces it. If another renewal or a re-auth came
// first, that is what counts.
func (f *flight) failed(ctx context.Context, a tokenRequest, event string, change func(*TokenRow)) (TokenRow, error) {
	saved, err := f.record(ctx, a, func(row *TokenRow) {
		row.Failures = a.row.Failures + 1
		change(row)
	})
	if err != nil {
		return TokenRow{}, err
	}
	f.m.announce(f.s.Ref, event, saved, a.fail)
	return TokenRow{}, f.m.failure(f.s.Ref, saved, a.fail)
}

// failure is the error of a request that failed.
func (m *Manager) failure(ref CredentialRef, row TokenRow, failed *TokenError) error {
	return &ManagerError{Ref: ref, Reason: RenewalProvider, State: row.State, Cause: string(failed.Cause),
		RetryAfter: max(0, row.RefreshAt.Sub(m.now())), Err: failed}
}

// record writes a change of the row that a was sent for, if it still is that row.
func (f *flight) record(ctx context.Context, a tokenRequest, change func(*TokenRow)) (TokenRow, error) {
	row, fresh := a.row, true
	var err error
	for try, pause := 1, 100*time.Millisecond; ; try, pause = try+1, 2*pause {
		if !fresh {
			row, err = f.load(ctx)
			if err == nil && (moved(row, a.row) || stateError(f.s.Ref, row) != nil || f.foreign(row)) {
				f.uncommit()
				return TokenRow{}, errAgain
			}
			fresh = err == nil
		}
		if fresh {
			next := row
			change(&next)
			if row, err = f.save(ctx, next); err == nil {
				return row, nil
			}
			fresh = false
		}
		switch {
		case errors.Is(err, ErrGone):
			return TokenRow{}, storeError(f.s.Ref, err)
		case try >= recordTries || ctx.Err() != nil:
			f.spared(a)
			return TokenRow{}, storeError(f.s.Ref, err)
		}
		if sleep(f.m.life, pause) != nil {
			try = recordTries
		}
	}
}

// spared remembers that the request of a cost nothing, where that couldn't be stored.
func (f *flight) spared(a tokenRequest) {
	if a.fail.Cause != TokenInDoubt && !a.doubt {
		f.m.withNote(f.s.Ref, func(n *note) { n.harmless = a.row.Version })
	}
}

// foreign reports whether a row is marked for a request of another manager.
func (f *flight) foreign(row TokenRow) bool {
	return row.Intent != nil && row.Intent.Holder != f.m.cfg.Holder
}

// moved reports whether a row has another grant, or another state of it, than before.
func moved(row, before TokenRow) bool {
	return row.Grant != before.Grant || !sameGrant(row.Credential, before.Credential)
}

// refused is the end of a grant that the provider doesn't take, unless it was replaced
// meanwhile, or the spare is taken.
func (f *flight) refused(ctx context.Context, a tokenRequest) (TokenRow, error) {
	if !a.spare {
		row, err := f.load(ctx)
		switch {
		case err != nil:
			f.spared(a)
			return TokenRow{}, storeError(f.s.Ref, err)
		case moved(row, a.row):
			f.uncommit()
			return TokenRow{}, errAgain
		case row.Spare != nil && stateError(f.s.Ref, row) == nil:
			f.spared(a)
			if !a.doubt {
				row.Intent = nil
			}
			a.row, a.spent, a.spare = row, *row.Spare, true
			return f.ask(f.ctx, a)
		}
	}
	cause := "invalid_grant"
	if a.doubt {
		cause = string(TokenInDoubt)
	}
	saved, err := f.record(ctx, a, func(row *TokenRow) {
		row.State, row.Cause, row.RefreshAt, row.Spare = TokenNeedsReauth, cause, time.Time{}, nil
	})
	if err != nil {
		return TokenRow{}, err
	}
	if a.doubt && a.row.State != TokenDoubtful { // nobody was told of the lost answer so far
		f.m.announce(f.s.Ref, EventRefreshInDoubt, saved, a.fail)
	}
	f.m.announce(f.s.Ref, EventNeedsReauth, saved, a.fail)
	return TokenRow{}, &ManagerError{Ref: f.s.Ref, Reason: RenewalNeedsReauth, State: saved.State, Cause: cause, Err: a.fail}
}

// sameValues reports whether two credentials sign alike.
func sameValues(a, b Credential) bool {
	if len(a.Values) != len(b.Values) {
		return false
	}
	for name, v := range a.Values {
		if w, ok := b.Values[name]; !ok || !v.Equal(w) {
			return false
		}
	}
	return true
}

// sameGrant reports whether two credentials are renewed by the same token.
func sameGrant(a, b Credential) bool {
	x, y := a.Values[valueOfGrant], b.Values[valueOfGrant]
	if x.IsZero() && y.IsZero() {
		return sameValues(a, b)
	}
	return x.Equal(y)
}
