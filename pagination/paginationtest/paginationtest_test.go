package paginationtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/pagination/paginationtest"
)

// server pages by a token in the body.
func server(list []any, size int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		to := min(from+size, len(list))
		page := map[string]any{"data": list[from:to]}
		if to < len(list) {
			page["next"] = strconv.Itoa(to)
		}
		_ = json.NewEncoder(w).Encode(page)
	})
}

func options() paginationtest.Options {
	return paginationtest.Options{
		Provider: server,
		Records: func(body any) []any {
			object, _ := body.(map[string]any)
			list, _ := object["data"].([]any)
			return list
		},
		Unwritten: true,
	}
}

// broken is a good cursor whose Next is another's.
type broken struct {
	pagination.Cursor
	next func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error)
}

func (b broken) Prepare() (pagination.Strategy, error)            { return b.plain(), nil }
func (b broken) Next(p pagination.Page) (*pagination.Next, error) { return b.next(b.Cursor, p) }
func (b broken) plain() pagination.Strategy                       { return b }

func TestSuiteFindsBrokenPromises(t *testing.T) {
	t.Parallel()
	cursor := pagination.Cursor{Path: "next", Param: "cursor"}
	text := func(p pagination.Page) string {
		object, _ := p.Body.(map[string]any)
		next, _ := object["next"].(string)
		return next
	}
	var calls atomic.Int64
	shared := []pagination.Param{{Name: "cursor"}}
	tests := []struct {
		name, want string
		next       func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error)
	}{
		{"stops early", "every item once", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			if text(p) > "5" {
				return nil, nil
			}
			return c.Next(p)
		}},
		{"never stops", "every item once", func(pagination.Cursor, pagination.Page) (*pagination.Next, error) {
			return &pagination.Next{Set: []pagination.Param{{Name: "cursor", Value: "1"}}}, nil
		}},
		{"asks for nothing", "every item once", func(pagination.Cursor, pagination.Page) (*pagination.Next, error) {
			return &pagination.Next{}, nil
		}},
		{"fails at the end", "every item once", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			if text(p) == "" {
				return nil, errors.New("no token")
			}
			return c.Next(p)
		}},
		{"gives what can't be stored", "every item once", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			n, err := c.Next(p)
			if n != nil {
				n.Set[0].Value = []any{n.Set[0].Value}
			}
			return n, err
		}},
		{"counts its calls", "no memory", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			n, err := c.Next(p)
			if n != nil && calls.Add(1) > 100 {
				n.Set = append(n.Set, pagination.Param{Name: "call", Value: calls.Load()})
			}
			return n, err
		}},
		{"changes the page", "aliasing", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			if object, ok := p.Body.(map[string]any); ok {
				defer delete(object, "data")
			}
			return c.Next(p)
		}},
		{"keeps what it gave", "aliasing", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			n, err := c.Next(p)
			if n != nil {
				shared[0].Value, n.Set = n.Set[0].Value, shared
			}
			return n, err
		}},
		{"follows any URL", "origin", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			if len(text(p)) > 8 {
				return &pagination.Next{URL: text(p)}, nil
			}
			return c.Next(p)
		}},
		{"takes long tokens", "origin", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			if text(p) == "" {
				return c.Next(p)
			}
			return &pagination.Next{Set: []pagination.Param{{Name: "cursor", Value: text(p) + text(p)}}}, nil
		}},
		{"tells the token", "silence", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			n, err := c.Next(p)
			if err != nil {
				err = fmt.Errorf("%w: %v", err, p.Body)
			}
			return n, err
		}},
		{"sets what it doesn't list", "places", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			n, err := c.Next(p)
			if n != nil {
				n.Set = append(n.Set, pagination.Param{Name: "other", Value: "x"})
			}
			return n, err
		}},
		{"needs a body", "panics", func(c pagination.Cursor, p pagination.Page) (*pagination.Next, error) {
			_ = p.Body.(map[string]any)
			return c.Next(p)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := paginationtest.Failures(broken{cursor, tt.next}, options(), tt.want)
			if got[tt.want] == nil {
				t.Errorf("the clause %q holds", tt.want)
			}
		})
	}
}

func TestSuiteFindsBadDefinitions(t *testing.T) {
	t.Parallel()
	if got := paginationtest.Failures(pagination.Cursor{}, options(), "definition"); len(got) == 0 {
		t.Error("an invalid definition is let pass")
	}
	if got := paginationtest.Failures(pagination.None{}, paginationtest.Options{}); len(got) == 0 {
		t.Error("options without a provider are let pass")
	}
	o := options()
	o.Unwritten = false
	o.Kinds = pagination.KindMap{}
	good := pagination.Cursor{Path: "next", Param: "cursor"}
	if got := paginationtest.Failures(good, o, "written form"); len(got) == 0 {
		t.Error("a strategy without a decoder is let pass")
	}
	if got := paginationtest.Failures(good, options()); len(got) > 0 {
		t.Errorf("a good strategy breaks %v: %v", slices.Sorted(maps.Keys(got)), got)
	}
}
