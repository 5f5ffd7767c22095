package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

// story is what the chapters share. Its first error ends it. It observes the gateway.
type story struct {
	out      io.Writer
	provider *fositeserver.Server
	gw       *waygate.Gateway
	acme     *waygate.Tenant
	host     *host
	info     *waygate.ConnectionInfo
	err      error

	mu     sync.Mutex // guards what follows
	events []string
}

var _ waygate.ConnectionObserver = (*story)(nil)

func (s *story) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

func (s *story) CallEnded(context.Context, waygate.CallRecord) {}

// ConnectionChanged notes what the gateway announces.
func (s *story) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e.Event)
}

// announced checks what the gateway announced since it was last asked.
func (s *story) announced(want ...string) {
	s.mu.Lock()
	got := s.events
	s.events = nil
	s.mu.Unlock()
	s.check("announced", got, want)
}

// title begins a chapter.
func (s *story) title(text string) { s.print("\n%s\n", text) }

// say prints one fact.
func (s *story) say(format string, args ...any) { s.print("  "+format+"\n", args...) }

func (s *story) print(format string, args ...any) {
	if s.err == nil {
		_, s.err = fmt.Fprintf(s.out, format, args...)
	}
}

// check compares what was seen with what should be.
func (s *story) check(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		s.fail(fmt.Errorf("%s: got %v, want %v", what, got, want))
	}
}

// fail ends the story.
func (s *story) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// failure is the error of a call that has to fail in a certain way.
func (s *story) failure(err, want error) *waygate.Error {
	var e *waygate.Error
	if !errors.As(err, &e) || !errors.Is(err, want) {
		s.fail(fmt.Errorf("got the error %v, want one that is %v", err, want))
		return &waygate.Error{}
	}
	return e
}

// whoami calls the provider's API, which says whose token it was called with.
func (s *story) whoami(ctx context.Context) (string, error) {
	me, err := waygate.Invoke[struct {
		Sub string `json:"sub"`
	}](ctx, s.acme, "contacts.whoami", nil)
	return me.Sub, err
}

// connection reads the connection as it is now.
func (s *story) connection(ctx context.Context) *waygate.ConnectionInfo {
	info, err := s.acme.Connection(ctx, "contacts", "main")
	if err != nil {
		s.fail(err)
		return &waygate.ConnectionInfo{}
	}
	return info
}

// tokenRequests checks how often the provider was asked for tokens, by grant, and
// that no refresh token came twice.
func (s *story) tokenRequests(codes, refreshes int) {
	stats := s.provider.Stats()
	got := []int{stats.Requests["authorization_code"], stats.Requests["refresh_token"], stats.Reuses}
	s.check("token requests for codes and for refresh tokens, and reuses", got, []int{codes, refreshes, 0})
}

// expire waits until the token has expired.
func (s *story) expire(ctx context.Context) {
	if s.err != nil {
		return
	}
	select {
	case <-time.After(time.Until(s.connection(ctx).Expires) + 100*time.Millisecond):
	case <-ctx.Done():
		s.fail(ctx.Err())
	}
}
