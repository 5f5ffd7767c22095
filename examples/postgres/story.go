package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"reflect"
	"time"
)

// story is what the chapters share.
type story struct {
	out    io.Writer
	number int
	db     *database
	crm    *provider
	first  *process
	ends   []func() error // of the processes' calls
	tokens []string       // all that were ever in use
}

// title begins a chapter.
func (s *story) title(text string) {
	s.number++
	must(fmt.Fprintf(s.out, "\n%d. %s\n", s.number, text))
}

// say prints one fact.
func (s *story) say(format string, args ...any) { must(fmt.Fprintf(s.out, "   "+format+"\n", args...)) }

// failure ends the story, from any depth: the chapters tell what goes well.
type failure struct{ error }

func must[T any](v T, err error) T {
	if err != nil {
		panic(failure{err})
	}
	return v
}

// same compares what was seen with what should be.
func same(what string, got, want any) {
	if !reflect.DeepEqual(got, want) {
		panic(failure{fmt.Errorf("%s: got %v, want %v", what, got, want)})
	}
}

func recovered(err *error) {
	switch p := recover().(type) {
	case nil:
	case failure:
		*err = p.error
	default:
		panic(p)
	}
}

// stop ends what still goes on; the first error is the reason.
func (s *story) stop(err *error) {
	for _, end := range s.ends {
		*err = cmp.Or(*err, end())
	}
	if s.first != nil {
		*err = cmp.Or(*err, s.first.close())
	}
}

// await waits until each process has sent a request that is so.
func (s *story) await(ctx context.Context, what string, is func(request) bool) {
	ctx, cancel := context.WithTimeoutCause(ctx, 20*time.Second, fmt.Errorf("%s: not seen within 20s", what))
	defer cancel()
	for {
		seen := map[int]bool{}
		for _, r := range s.crm.seen(is) {
			seen[r.process] = true
		}
		if len(seen) == processes {
			return
		}
		select {
		case <-ctx.Done():
			panic(failure{context.Cause(ctx)})
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// followed says how long after a change the last request as before came, of each
// process. That is bounded.
func (s *story) followed(since time.Time, before func(request) bool) (text string) {
	var last [processes]time.Duration
	for _, r := range s.crm.seen(before) {
		last[r.process-1] = max(0, r.at.Sub(since)).Round(time.Millisecond)
	}
	same("all follow within "+follows.String(), max(last[0], last[1], last[2], follows), follows)
	return fmt.Sprintf("process 1 after %s, process 2 after %s, process 3 after %s, of at most %s", last[0], last[1], last[2], follows)
}
