package waygatetest

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// spyConnection stands around a host's connection: it counts, and lets a clause
// change what the connection says and gives.
type spyConnection struct {
	inner waygate.Connection

	mu         sync.Mutex // guards what follows
	info       func(*waygate.ConnectionInfo)
	credential func(context.Context) (auth.Credential, error) // nil is the connection's own
	refresh    refreshFunc                                    // nil is the connection's own
	asked      int
	refreshed  []auth.Credential // what Refresh was given
}

// Info is the connection's own, changed.
func (s *spyConnection) Info() waygate.ConnectionInfo {
	i := s.inner.Info()
	s.mu.Lock()
	change := s.info
	s.mu.Unlock()
	if change != nil {
		change(&i)
	}
	return i
}

// Credential is the connection's own, or what the clause wants.
func (s *spyConnection) Credential(ctx context.Context) (auth.Credential, error) {
	s.mu.Lock()
	s.asked++
	give := s.credential
	s.mu.Unlock()
	if give != nil {
		return give(ctx)
	}
	return s.inner.Credential(ctx)
}

// timesAsked is how often Credential was asked so far.
func (s *spyConnection) timesAsked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// spyRefresher is a spyConnection around a Refresher.
type spyRefresher struct{ *spyConnection }

var _ waygate.Refresher = spyRefresher{}

// Refresh is the connection's own, or what the clause wants.
func (s spyRefresher) Refresh(ctx context.Context, used auth.Credential) (auth.Credential, error) {
	s.mu.Lock()
	s.refreshed = append(s.refreshed, used.Clone())
	instead := s.refresh
	s.mu.Unlock()
	if instead != nil {
		return instead(ctx, used)
	}
	inner, _ := s.inner.(waygate.Refresher)
	return inner.Refresh(ctx, used)
}

// spyStore lets a clause change what Find gives.
type spyStore struct {
	waygate.Store

	mu   sync.Mutex // guards what follows
	find func(context.Context, *waygate.StoredConnection, *waygate.StoredCredential) error
	// ahead is how far the gateway's clock is: what it remembers of the store is
	// older than it believes, each time that a clause changes what Find gives.
	ahead atomic.Int64
}

// now is the gateway's clock.
func (s *spyStore) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())) }

// Unwrap lets the gateway find what the store can do beside.
func (s *spyStore) Unwrap() waygate.Store { return s.Store }

// Connections finds through the spy.
func (s *spyStore) Connections() waygate.ConnectionStore {
	return spyConnections{s.Store.Connections(), s}
}

func (s *spyStore) set(find func(context.Context, *waygate.StoredConnection, *waygate.StoredCredential) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.find = find
	s.ahead.Add(int64(1500 * time.Millisecond))
}

type spyConnections struct {
	waygate.ConnectionStore
	spy *spyStore
}

// Find gives what the store has, changed.
func (c spyConnections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	row, cred, err := c.ConnectionStore.Find(ctx, tenant, integration, ref)
	c.spy.mu.Lock()
	change := c.spy.find
	c.spy.mu.Unlock()
	if change == nil || err != nil {
		return row, cred, err
	}
	err = change(ctx, &row, cred)
	return row, cred, err
}

// spyScheme is auth.Bearer, and keeps each credential that it signed with beside
// a copy made then.
type spyScheme struct {
	auth.Bearer
	signed *signatures
}

type signatures struct {
	mu            sync.Mutex // guards what follows
	given, copies []auth.Credential
}

// Authorize signs and keeps what it signed with, which a scheme must not: here
// it shows who else changes it.
func (s spyScheme) Authorize(ctx context.Context, r *http.Request, c auth.Credential) error {
	s.signed.mu.Lock()
	s.signed.given = append(s.signed.given, c)
	s.signed.copies = append(s.signed.copies, c.Clone())
	s.signed.mu.Unlock()
	return s.Bearer.Authorize(ctx, r, c)
}

// pickyScheme would sign with anything, but accepts nothing.
type pickyScheme struct{ auth.Bearer }

// Accepts refuses.
func (pickyScheme) Accepts(auth.Credential) error { return errors.New("this scheme accepts nothing") }

// wrapper hides what a connection can do beside, but for who looks through it.
type wrapper struct{ inner waygate.Connection }

// Info is the inner connection's.
func (w wrapper) Info() waygate.ConnectionInfo { return w.inner.Info() }

// Credential is the inner connection's.
func (w wrapper) Credential(ctx context.Context) (auth.Credential, error) {
	return w.inner.Credential(ctx)
}

// Unwrap is what it wraps.
func (w wrapper) Unwrap() waygate.Connection { return w.inner }

func (s *signatures) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.given)
}

// unchanged says whether all credentials are as they were when they signed.
func (s *signatures) unchanged() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return reflect.DeepEqual(s.given, s.copies)
}
