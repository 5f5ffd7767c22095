package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/crm"
)

// story is what the chapters share. Its first error ends it.
type story struct {
	out          io.Writer
	provider     *crm.Server
	gw           *waygate.Gateway
	acme, globex *waygate.Tenant
	chapter      string
	number       int
	err          error
}

// title begins a chapter.
func (s *story) title(text string) {
	s.chapter = text
	s.number++
	s.print("\n%d. %s\n", s.number, text)
}

// say prints one fact.
func (s *story) say(format string, args ...any) { s.print("   "+format+"\n", args...) }

func (s *story) print(format string, args ...any) {
	if s.err != nil {
		return
	}
	if _, err := fmt.Fprintf(s.out, format, args...); err != nil {
		s.err = err
	}
}

// check compares what was seen with what should be, and says whether the story
// goes on.
func (s *story) check(what string, got, want any) bool {
	if !reflect.DeepEqual(got, want) {
		s.fail(fmt.Errorf("%s: got %v, want %v", what, got, want))
	}
	return s.err == nil
}

// fail ends the story.
func (s *story) fail(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("%s: %w", s.chapter, err)
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

// callRecords are acme's records that q selects, oldest first.
func (s *story) callRecords(ctx context.Context, q waygate.RecordQuery) []waygate.CallRecord {
	var all []waygate.CallRecord
	for {
		page, err := s.acme.Records(ctx, q)
		if err != nil {
			s.fail(err)
			return nil
		}
		for _, r := range page.Records {
			all = append([]waygate.CallRecord{r}, all...)
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			return all
		}
	}
}

// requests are those that the provider answered to acme below a path.
func (s *story) requests(path string) []crm.Exchange {
	var out []crm.Exchange
	for _, x := range s.provider.Seen("acme") {
		if x.Path == path {
			out = append(out, x)
		}
	}
	return out
}
