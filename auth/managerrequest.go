package auth

import (
	"context"
	"errors"
	"time"
)

// maxTries bounds the requests of one renewal whose answers are lost while the provider
// takes a spent grant again.
const maxTries = 3

// tokenRequest is a token request, and what came of it.
type tokenRequest struct {
	row   TokenRow // what it began with, and then as it was marked
	how   Renewal
	spent Credential // what is sent
	spare bool       // that is the row's spare
	doubt bool       // an earlier request may have spent the grant

	issued time.Time // when it was sent, by the store's clock
	until  time.Time // when it must have ended
	got    Credential
	fail   *TokenError // nil if it gave got
}

// request asks for a new token, and brings what comes of it to its end. With errAgain
// and errLost nothing is in the air.
func (f *flight) request(ctx context.Context, row TokenRow, how Renewal) (TokenRow, error) {
	return f.ask(ctx, tokenRequest{row: row, how: how, spent: row.Credential, doubt: row.State == TokenDoubtful})
}

// ask sends a until its answer isn't lost, or the provider wouldn't take it any more.
func (f *flight) ask(ctx context.Context, a tokenRequest) (TokenRow, error) {
	first := time.Now()
	for try := 1; ; try++ {
		var err error
		if a, err = f.send(ctx, a); err != nil {
			return TokenRow{}, err
		}
		lost := a.fail != nil && a.fail.Cause == TokenInDoubt && a.how.Spends
		if !lost || try == maxTries || time.Since(first) >= a.how.Grace {
			return f.conclude(context.WithoutCancel(ctx), a)
		}
		a.doubt = true
	}
}

// send marks and sends one request. An error says that nothing was sent.
func (f *flight) send(ctx context.Context, a tokenRequest) (tokenRequest, error) {
	call, err := f.call(ctx, a.spent)
	if err != nil {
		return a, err
	}
	if !f.commit() {
		return a, f.ctx.Err()
	}
	ctx = context.WithoutCancel(ctx)
	began := time.Now()
	ctx, cancel := context.WithDeadline(ctx, began.Add(f.m.cfg.Deadline)) // so that it ends before the intent does
	defer cancel()
	marked, err := f.ready(ctx, a.row, began)
	if err != nil {
		f.uncommit()
		return a, err
	}
	a.row, a.issued = marked, f.m.now()
	a.until = a.issued.Add(f.m.cfg.Deadline)
	f.m.withNote(f.s.Ref, func(n *note) {
		n.harmless = 0
		if f.used != nil {
			n.forced, n.grant = time.Now(), marked.Grant
		}
	})
	a.got, a.fail = f.post(ctx, call, a.spent)
	return a, nil
}

// call gets what the request is made with.
func (f *flight) call(ctx context.Context, c Credential) (call TokenCall, _ error) {
	err := f.bounded(ctx, "Source.Call", func(ctx context.Context) (err error) {
		call, err = f.s.Call(ctx, c)
		return err
	})
	if err != nil {
		return call, &ManagerError{Ref: f.s.Ref, Reason: RenewalCall, Err: err}
	}
	call.Now = f.m.now
	return call, nil
}

// ready marks the request, and makes sure that it can end while the lease and the mark
// last.
func (f *flight) ready(ctx context.Context, row TokenRow, began time.Time) (TokenRow, error) {
	marked, err := f.mark(ctx, row.Version)
	switch {
	case errors.Is(err, ErrMoved):
		return row, errAgain
	case errors.Is(err, ErrGone):
		return row, storeError(f.s.Ref, err)
	case err != nil: // it may have been written
		f.unmark(ctx, row, row.Version+1)
		return row, storeError(f.s.Ref, err)
	}
	fence := f.lease.Fence
	err = f.stay(ctx, f.m.cfg.Deadline)
	if err == nil && (f.lease.Fence != fence || time.Since(began) > f.m.cfg.Deadline/2) {
		err = errAgain // this process was stopped for a while: others may have taken over
	}
	if err != nil {
		f.unmark(ctx, row, marked.Version)
	}
	return marked, err
}

// unmark takes back an intent of this manager that nothing was sent under, unless it
// took the place of one. If that fails, this manager at least knows.
func (f *flight) unmark(ctx context.Context, before TokenRow, version int64) {
	if before.Intent != nil {
		return
	}
	f.m.withNote(f.s.Ref, func(n *note) { n.harmless = version })
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	row, err := f.load(ctx)
	if err == nil && row.Version == version && row.Intent != nil && row.Intent.Holder == f.m.cfg.Holder {
		_, _ = f.save(ctx, row)
	}
}

// post sends the one request.
func (f *flight) post(ctx context.Context, call TokenCall, c Credential) (got Credential, _ *TokenError) {
	err := contained("Renewer.Renew", func() (err error) {
		got, err = f.s.Scheme.Renew(ctx, call, c.Clone())
		return err
	})
	if err == nil {
		if err = got.Validate(); err == nil {
			return got, nil
		}
		return got, &TokenError{Op: "refresh", Cause: TokenInDoubt, Err: err}
	}
	return got, tokenFailure(err)
}

// tokenFailure is what an error of Renew means. One that isn't a *TokenError is from
// before the request was made up, if it is one of this package; of any other, nothing
// is known.
func tokenFailure(err error) *TokenError {
	var failed *TokenError
	if errors.As(err, &failed) {
		return failed
	}
	cause := TokenInDoubt
	var own *Error
	if errors.As(err, &own) && own.Op != opRenew {
		cause = TokenRejected
	}
	return &TokenError{Op: "refresh", Cause: cause, Err: err}
}
