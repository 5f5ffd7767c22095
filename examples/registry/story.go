package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"

	"github.com/waygate-go/waygate"
)

// story is what the chapters share. Its first error ends it.
type story struct {
	out      io.Writer
	registry *registry
	acme     *waygate.Tenant
	password string
	images   []image // what was pushed
	err      error
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

// call makes a call that succeeds.
func (s *story) call(ctx context.Context, action string, in any) *waygate.Result {
	if s.err == nil {
		res, err := s.acme.Invoke(ctx, action, in)
		if err == nil {
			return res
		}
		s.fail(err)
	}
	return &waygate.Result{}
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

// seen are the lines of the registry's log that begin so.
func (s *story) seen(prefix string) (lines []string) {
	s.registry.mu.Lock()
	defer s.registry.mu.Unlock()
	for _, line := range s.registry.log {
		if strings.HasPrefix(line, prefix) {
			lines = append(lines, line)
		}
	}
	return lines
}
