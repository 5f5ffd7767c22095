package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/stripemock"
)

// story is what the chapters share. Its first error ends it.
type story struct {
	out    io.Writer
	stripe *stripemock.Mock
	gw     *waygate.Gateway
	acme   *waygate.Tenant
	key    string
	err    error
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

// seen checks the next request in stripe-mock's log.
func (s *story) seen(ctx context.Context, want string) {
	if s.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	select {
	case got := <-s.stripe.Log:
		s.check("in stripe-mock's log", got, want)
	case <-ctx.Done():
		s.fail(fmt.Errorf("%s isn't in stripe-mock's log: %w", want, ctx.Err()))
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

// form makes a call, and checks the bytes of its form: in a preview, which sends
// nothing, and in the call's record. What stripe-mock read is for seen to check.
func form[T any](ctx context.Context, s *story, action string, in any, pairs ...string) (v T) {
	preview, err := s.acme.Preview(ctx, action, in)
	if err != nil {
		s.fail(err)
		return v
	}
	s.check("the form in the preview", preview.Body, strings.Join(pairs, "&"))
	s.check("Authorization in the preview", preview.Header.Get("Authorization"), "[redacted]")
	s.check("the key in the preview", strings.Contains(fmt.Sprint(preview), s.key), false)
	v, err = waygate.Invoke[T](ctx, s.acme, action, in)
	s.fail(err)
	page, err := s.acme.Records(ctx, waygate.RecordQuery{Action: action})
	if err != nil || len(page.Records) != 1 {
		s.fail(fmt.Errorf("records of %s: got %v, %v", action, page, err))
		return v
	}
	s.check("the form that was sent", page.Records[0].Request.Body, preview.Body)
	s.say("%s %s", preview.Method, preview.Header.Get("Content-Type"))
	for _, pair := range pairs {
		pair, _ = url.QueryUnescape(pair)
		s.say("  %s", pair)
	}
	return v
}

// account is a connection of the catalogue's integrations to stripe-mock.
func (s *story) account(slug, key string) waygate.ConnectionSpec {
	return waygate.ConnectionSpec{
		Slug: slug, Credential: auth.Token(key), BaseURL: "http://" + s.stripe.Addr.String() + "/v1",
	}
}
