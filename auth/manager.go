package auth

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// The defaults of a [ManagerConfig], and what can't be set.
const (
	defaultLease    = 60 * time.Second
	defaultDeadline = 20 * time.Second
	patience        = time.Second      // how long a call waits for a renewal while its token is good
	forcedInterval  = 30 * time.Second // between two renewals after a 401
	maxNotes        = 10_000           // credentials that a manager remembers something of
	maxHolder       = 200              // bytes
)

// ManagerConfig is what a [Manager] works with. Only Store is required.
type ManagerConfig struct {
	// Store keeps the credentials.
	Store TokenStore
	// Lease is how long the right to renew is taken for: 60 s, or three times
	// Deadline if that is longer. It must be longer than Deadline.
	Lease time.Duration
	// Deadline bounds one token request, and one call of the store: 20 s.
	Deadline time.Duration
	// Holder names this manager in leases and intents, at most 200 bytes. No two
	// managers that are alive may share it. Empty: 16 random bytes, in hex.
	Holder string
	// Now is the local clock, which may be off: times are corrected by the store's.
	// Nil: time.Now.
	Now func() time.Time
	// Rand gives numbers in [0, 1), from many goroutines. Nil: math/rand/v2.
	Rand func() float64
	// Observe is told what became of credentials, by the goroutine of the renewal,
	// and must not block. It may be nil; a panic of it is contained.
	Observe func(TokenEvent)
}

// Source is one credential and how it is renewed.
type Source struct {
	Ref    CredentialRef // which credential
	Scheme Renewer       // what renews it
	// Call gives what the token request for c is made with. It is asked only when a
	// request is about to be sent, for it may have to read the client from a store.
	// An error of it ends the renewal, and nothing was sent. Now of the TokenCall is
	// replaced by the store's clock.
	Call func(ctx context.Context, c Credential) (TokenCall, error)
	// Revoke gives tokens back that nobody will use: those that arrived after the
	// credential was removed. After a re-auth it is not asked: at some providers that
	// would end what was granted anew. It may be nil.
	Revoke func(ctx context.Context, c Credential) error
}

// Manager renews credentials that many processes share. A grant that is spent by its
// use is sent by one holder at a time, and what came of it is saved before it is used.
//
// Each renewal takes the credential's lease, reads it again, marks in the store that a
// request may be on its way, sends one request, and saves the answer if the version is
// the one that was read. An answer whose save fails is held, and saved when the store
// is back, until [Manager.Shutdown] gives up. If the answer itself is lost, or the
// process with it, the mark stays behind: whoever finds it waits until that request
// must have ended, announces "refresh_in_doubt", and asks again.
//
// In a process, all who want a credential share one renewal. It goes on when they
// leave, unless nothing was sent yet. Make one with [NewManager]; it starts no
// goroutine of its own and is safe for concurrent use.
type Manager struct {
	cfg   ManagerConfig
	clock storeClock
	notes *bounded.Map[CredentialRef, *note]
	// life ends when Shutdown gives up.
	life context.Context
	end  context.CancelFunc

	mu      sync.Mutex // guards what follows, the fields of flights and of notes that say so
	flights map[CredentialRef]*flight
	closed  bool
}

// NewManager checks the configuration. The *Error names the field at fault.
func NewManager(c ManagerConfig) (*Manager, error) {
	c.Deadline = cmp.Or(c.Deadline, defaultDeadline)
	c.Lease = cmp.Or(c.Lease, max(defaultLease, 3*c.Deadline))
	switch {
	case c.Store == nil:
		return nil, invalid("store", "is required: it keeps the credentials")
	case c.Deadline < 0:
		return nil, invalid("deadline", "must be more than 0")
	case c.Lease <= c.Deadline:
		return nil, invalid("lease", "must be longer than deadline, which is "+c.Deadline.String())
	case len(c.Holder) > maxHolder:
		return nil, invalid("holder", "must be at most 200 bytes")
	}
	if c.Holder == "" {
		var b [16]byte
		_, _ = rand.Read(b[:]) // never fails
		c.Holder = hex.EncodeToString(b[:])
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rand == nil {
		c.Rand = mathrand.Float64
	}
	m := &Manager{cfg: c, flights: map[CredentialRef]*flight{}}
	m.notes = bounded.New[CredentialRef, *note](maxNotes, nil)
	m.life, m.end = context.WithCancel(context.Background())
	return m, nil
}

// Credential gives what to sign with: have, what the caller's cache holds, if it is
// still good, else the stored or the renewed one. A have whose Version is 0 is none. used is the credential that a provider refused
// with a 401; nil if none was.
//
// While have is due but not expired, it waits at most 1 s for the renewal and then
// gives have; once have has expired it waits for the end of the renewal or of ctx.
// After failures it is not asked again before have.RefreshAt. After a 401 a credential
// is renewed at most once in 30 s, and not if another one is stored already: that is
// given at once.
//
// Errors are those of ctx, or a *[ManagerError].
func (m *Manager) Credential(ctx context.Context, s Source, have TokenRow, used *Credential) (TokenRow, error) {
	if err := s.check(ctx); err != nil {
		return TokenRow{}, err
	}
	if used == nil {
		if row, ok, err := m.Standing(s.Ref, have); ok || err != nil {
			return row, err
		}
	}
	for range 5 {
		row, again, err := m.join(ctx, s, have, used)
		if !again {
			return row, err
		}
	}
	return TokenRow{}, m.soon(s.Ref, have, forcedInterval)
}

// Renew renews the stored credential if it is due, and waits for the end of that or of
// ctx. One that isn't due is no error. It is for background work.
func (m *Manager) Renew(ctx context.Context, s Source) error {
	if err := s.check(ctx); err != nil {
		return err
	}
	for range 5 {
		f, err := m.board(ctx, s, nil, always)
		if err != nil {
			return err
		}
		_, _, err = f.wait(ctx, always)
		if reasonOf(err) != RenewalTooSoon { // that was another's, who had a 401
			return err
		}
		if err := f.waitGone(ctx); err != nil {
			return err
		}
	}
	return nil
}

func always() bool { return true }

// check tests what a caller brings.
func (s Source) check(ctx context.Context) error {
	switch {
	case s.Scheme == nil:
		return invalid("scheme", "is required: it renews the credential")
	case s.Call == nil:
		return invalid("call", "is required: it gives what the token request is made with")
	}
	return ctx.Err()
}

// Standing is what [Manager.Credential] says of have where it needs no renewal to tell: ok is false where it does. It asks
// nobody, so that it needs no [Source].
func (m *Manager) Standing(ref CredentialRef, have TokenRow) (row TokenRow, ok bool, err error) {
	if err := stateError(ref, have); err != nil {
		return TokenRow{}, true, err
	}
	now := m.now()
	switch old := expired(have, now); {
	case have.Version == 0: // nothing is cached
		return TokenRow{}, false, nil
	case !old && (!dueAt(have, now) || m.paused(ref)):
		return have, true, nil
	case backingOff(have, now) && m.clock.known():
		return TokenRow{}, true, m.away(ref, have, now)
	}
	return TokenRow{}, false, nil
}

// join takes part in one renewal. again says that it was one of others, which doesn't
// tell what this caller needs.
func (m *Manager) join(ctx context.Context, s Source, have TokenRow, used *Credential) (_ TokenRow, again bool, _ error) {
	old := func() bool { return used != nil || have.Version == 0 || expired(have, m.now()) }
	f, err := m.board(ctx, s, used, old)
	switch {
	case (f == nil && err == nil) || (reasonOf(err) == RenewalShutdown && !old()):
		return have, false, nil
	case err != nil:
		return TokenRow{}, false, err
	}
	row, left, err := f.wait(ctx, old)
	switch {
	case left:
		return have, false, nil
	case err == nil && used != nil && sameValues(row.Credential, *used):
		err = f.waitGone(ctx)
		return TokenRow{}, err == nil, err
	case used == nil && f.used != nil && reasonOf(err) == RenewalTooSoon && old():
		err = f.waitGone(ctx)
		return TokenRow{}, err == nil, err
	case err != nil && ctx.Err() == nil && !final(err) && !old():
		return have, false, nil // its own failure is announced, and have is good
	}
	return row, false, err
}

// Shutdown ends renewals that have sent nothing yet, and waits for the others: also for
// those that hold an answer which couldn't be saved so far. When ctx ends they get one
// more try to save what they hold, and Shutdown returns ctx's error. Afterwards
// [Manager.Credential] gives what is good still, and else an error.
func (m *Manager) Shutdown(ctx context.Context) error {
	m.mu.Lock()
	m.closed = true
	var under []*flight
	for _, f := range m.flights {
		if !f.committed {
			f.cancel()
		}
		under = append(under, f)
	}
	m.mu.Unlock()
	for _, f := range under {
		if err := f.waitGone(ctx); err != nil {
			m.end()
			return err
		}
	}
	m.end()
	return nil
}
