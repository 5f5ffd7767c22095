package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/stripemock"
)

// tally counts the operations that were answered.
type tally struct {
	called, answered     int
	posts, nested, lists int // POST with at least 3 fields; with an object in it; with a list in it, expand not counted
	expanded             int // with expand[]
	complaints, leftOut  []string
}

// drive calls all actions once, in the order of the document.
func drive(ctx context.Context, out io.Writer, stripe *stripemock.Mock, acme *waygate.Tenant, api waygate.Integration, seed uint64) (*tally, error) {
	t := &tally{}
	r := rand.New(rand.NewPCG(seed, 0))
	for _, a := range api.Actions {
		act, ok := a.(waygate.HTTPAction)
		if !ok {
			return nil, fmt.Errorf("%s is no HTTP action", a.Info().ID)
		}
		in, err := input(r, act)
		if err != nil {
			return nil, err
		}
		if why := unfit(act, in); why != "" {
			t.leftOut = append(t.leftOut, act.ID+": "+why)
			continue
		}
		t.called++
		_, err = acme.Invoke(ctx, api.ID+"."+act.ID, in)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := read(ctx, stripe, act, in, err); err != nil {
			t.complaints = append(t.complaints, fmt.Sprintf("%s %s: %v", act.Method, act.Path, err))
			continue
		}
		if err := t.count(out, act, in); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// unfit says why an operation isn't called.
func unfit(act waygate.HTTPAction, in object) string {
	_, rest := parts(act, in)
	switch {
	case act.Body != nil && act.Body.Encoding == waygate.BodyMultipart:
		return "a file, see examples/stripe"
	case act.Method == "POST" && len(rest) == 0:
		return "no field to send: none is declared, or the schema was cut"
	case act.Method == "GET" && objectInList(rest, false):
		return "a list of objects in a query, for which OpenAPI has no form"
	}
	return ""
}

func objectInList(v any, inList bool) bool {
	switch v := v.(type) {
	case object:
		for _, m := range v {
			if inList || objectInList(m, false) {
				return true
			}
		}
	case []any:
		for _, item := range v {
			if objectInList(item, true) {
				return true
			}
		}
	}
	return false
}

// read compares what stripe-mock read, by its log, with what was given. called is what became of the call.
func read(ctx context.Context, stripe *stripemock.Mock, act waygate.HTTPAction, in object, called error) error {
	if called != nil {
		var e *waygate.Error
		if errors.As(called, &e) && e.Attempts == 0 {
			return called // nothing was sent
		}
	}
	values, data := parts(act, in)
	path := act.Path
	for name, v := range values {
		path = strings.ReplaceAll(path, "{"+name+"}", fmt.Sprint(v))
	}
	want := act.Method + " " + path + " " + fmt.Sprint(data) + " 200"
	select {
	case got := <-stripe.Log:
		if got != want || called != nil {
			return fmt.Errorf("stripe-mock read %s\n  instead of %s: %w", got, want, called)
		}
		return nil
	case <-time.After(10 * time.Second):
		return fmt.Errorf("not in stripe-mock's log: %s: %w", want, called)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *tally) count(out io.Writer, act waygate.HTTPAction, in object) error {
	t.answered++
	fields, objects, lists, expands := shape(act, in)
	if act.Method == "POST" && fields >= 3 {
		t.posts++
		t.nested += objects
		t.lists += lists
	}
	t.expanded += expands
	var marks string
	for i, is := range []int{objects, lists, expands} {
		if is > 0 {
			marks += []string{" objects", " lists", " expand[]"}[i]
		}
	}
	_, err := fmt.Fprintf(out, "%-6s %-72s %2d fields%s\n", act.Method, act.Path, fields, marks)
	return err
}

// shape counts the fields outside of the path, and says with 1 whether there is an object, a list, an expansion.
func shape(act waygate.HTTPAction, in object) (fields, objects, lists, expands int) {
	_, rest := parts(act, in)
	for name, v := range rest {
		fields++
		switch v.(type) {
		case object:
			objects = 1
		case []any:
			if name == "expand" {
				expands = 1
			} else {
				lists = 1
			}
		}
	}
	return fields, objects, lists, expands
}

// tell prints the counts. It is an error if they are too small.
func (t *tally) tell(out io.Writer) error {
	for _, c := range t.complaints {
		if _, err := fmt.Fprintf(out, "complaint: %s\n", c); err != nil {
			return err
		}
	}
	for _, l := range t.leftOut {
		if _, err := fmt.Fprintf(out, "left out: %s\n", l); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "\n%d called, %d answered without complaint: %d POST with 3 fields or more, %d of them with objects, "+
		"%d with lists; %d with expand[]\n", t.called, t.answered, t.posts, t.nested, t.lists, t.expanded)
	return errors.Join(err, t.enough())
}

// enough holds where this program shows what it is meant to.
func (t *tally) enough() error {
	var list []error
	if n := len(t.complaints); n > 0 {
		list = append(list, fmt.Errorf("%d complaints, the first: %s", n, t.complaints[0]))
	}
	for _, c := range []struct {
		what       string
		got, least int
	}{
		{"operations answered", t.answered, 100}, {"POST with 3 fields", t.posts, 60}, {"of them with objects", t.nested, 20},
		{"of them with lists", t.lists, 10}, {"with expand[]", t.expanded, 20},
	} {
		if c.got < c.least {
			list = append(list, fmt.Errorf("%s: got %d, want %d", c.what, c.got, c.least))
		}
	}
	return errors.Join(list...)
}
