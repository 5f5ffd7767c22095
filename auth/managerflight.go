package auth

import (
	"context"
	"sync"
	"time"
)

// flight is one renewal in this process, which any number of callers wait for.
type flight struct {
	m      *Manager
	s      Source
	used   *Credential // what was refused with a 401; nil if none was
	begun  time.Time
	ctx    context.Context
	cancel context.CancelFunc // for what comes before a request alone

	done chan struct{} // closed when row and err are set
	held chan struct{} // closed when why is: an answer came, and can't be saved so far
	gone chan struct{} // closed when the flight has left the manager
	once sync.Once     // closes done
	row  TokenRow
	err  error
	why  error

	// By the flight's own goroutine alone: the lease, and when it was asked for.
	lease  TokenLease
	leased time.Time

	// Guarded by Manager.mu.
	waiters   int
	kept      *time.Timer // set when a caller left with its good token: ends what nobody waits for
	committed bool        // a request is marked in the store, or sent
	stopped   bool
}

// board joins the flight for a credential, or begins one. Where it would have to wait
// for that, and urgent says no, it gives nil.
func (m *Manager) board(ctx context.Context, s Source, used *Credential, urgent func() bool) (*flight, error) {
	for {
		f, ok, err := m.enter(ctx, s, used)
		if ok || err != nil {
			return f, err
		}
		if !urgent() {
			return nil, nil
		}
		if err := f.waitGone(ctx); err != nil { // two at once would share a lease
			return nil, err
		}
	}
}

// enter is one try of board; ok is false if there is a flight that was stopped, or failed.
func (m *Manager) enter(ctx context.Context, s Source, used *Credential) (_ *flight, ok bool, _ error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, false, shutdownError(s.Ref)
	}
	if f := m.flights[s.Ref]; f != nil {
		if f.stopped || f.crashed() {
			return f, false, nil
		}
		f.waiters++
		return f, true, nil
	}
	if used != nil { // the caller's, who may leave and change it
		own := used.Clone()
		used = &own
	}
	f := &flight{m: m, s: s, used: used, begun: time.Now(), waiters: 1,
		done: make(chan struct{}), held: make(chan struct{}), gone: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	m.flights[s.Ref] = f
	go f.fly()
	return f, true, nil
}

// crashed reports whether the flight has ended, and another may do better.
func (f *flight) crashed() bool {
	select {
	case <-f.done:
		return f.err != nil && !final(f.err)
	default:
		return false
	}
}

// wait waits for the outcome, but while old says no, for no more than the first second
// of the flight; left reports that this is over.
func (f *flight) wait(ctx context.Context, old func() bool) (_ TokenRow, left bool, _ error) {
	defer f.leave()
	var enough <-chan time.Time
	if !old() {
		t := time.NewTimer(max(0, patience-time.Since(f.begun)))
		defer t.Stop()
		enough = t.C
	}
	for {
		select {
		case <-f.done:
			return f.row, false, f.err
		default:
		}
		select {
		case <-f.done:
		case <-f.held:
			return TokenRow{}, false, f.why
		case <-ctx.Done():
			return TokenRow{}, false, ctx.Err()
		case <-enough:
			enough = nil
			if !old() {
				f.keep()
				return TokenRow{}, true, nil
			}
		}
	}
}

// waitGone waits until the flight has left the manager.
func (f *flight) waitGone(ctx context.Context) error {
	select {
	case <-f.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// keep lets the flight go on for a while though nobody waits for it.
func (f *flight) keep() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	if f.kept == nil {
		f.kept = time.AfterFunc(f.m.cfg.Deadline, func() {
			f.m.mu.Lock()
			defer f.m.mu.Unlock()
			f.kept = nil
			f.stopIfAlone()
		})
	}
}

// leave is the end of one caller's waiting.
func (f *flight) leave() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.waiters--
	f.stopIfAlone()
}

// stopIfAlone ends a flight that nobody wants and that has sent nothing. The caller
// holds Manager.mu.
func (f *flight) stopIfAlone() {
	if f.waiters > 0 || f.kept != nil || f.committed {
		return
	}
	select {
	case <-f.done: // it has its outcome
	default:
		f.stopped = true
		f.cancel()
	}
}

// commit is the step after which the flight isn't stopped any more; false if it was.
func (f *flight) commit() bool {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.committed = f.ctx.Err() == nil
	return f.committed
}

// uncommit takes that back: nothing was sent.
func (f *flight) uncommit() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	f.committed = false
	f.stopIfAlone()
	if f.m.closed {
		f.cancel()
	}
}

// fly runs the renewal. Whatever happens in it, the flight ends and is left.
func (f *flight) fly() {
	err := error(&Error{Op: opRenew, Reason: "the renewal broke off"})
	defer f.depart()
	defer func() {
		if recover() != nil || err != nil {
			f.land(TokenRow{}, err)
		}
	}()
	var row TokenRow
	row, err = f.renew(f.ctx)
	f.land(row, err)
	f.release()
}

// land gives the outcome to all who wait.
func (f *flight) land(row TokenRow, err error) {
	f.once.Do(func() {
		stopped := f.ctx.Err() != nil
		switch reason := reasonOf(err); {
		case err == nil:
		case stopped && (reason == "" || reason == RenewalStore || reason == RenewalCall):
			err = shutdownError(f.s.Ref) // else nobody waits
		case reason == "":
			err = &ManagerError{Ref: f.s.Ref, Reason: RenewalStore, Err: err}
		}
		switch reasonOf(err) {
		case RenewalStore, RenewalCall: // nothing is stored that would keep others from trying at once
			f.m.withNote(f.s.Ref, func(n *note) { n.pause = time.Now().Add(firstPause) })
		}
		f.row, f.err = row, err
		close(f.done)
	})
}

// hold tells those who wait that the answer came, and can't be saved so far; false if
// they know.
func (f *flight) hold(err error) bool {
	select {
	case <-f.held:
		return false
	default:
		f.why = storeError(f.s.Ref, err)
		close(f.held)
		return true
	}
}

// depart removes the flight from the manager.
func (f *flight) depart() {
	f.m.mu.Lock()
	defer f.m.mu.Unlock()
	delete(f.m.flights, f.s.Ref)
	if f.kept != nil {
		f.kept.Stop()
	}
	f.cancel()
	close(f.gone)
}
