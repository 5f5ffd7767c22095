package pagination_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/pagination"
)

func TestNextKeepsItsKeyWhenStored(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, n := range []pagination.Next{
		{}, {URL: "https://h/?a=<b>&c"}, {URL: "a"}, {Set: []pagination.Param{{Name: "a", Value: ""}}},
		{Set: []pagination.Param{{Name: "a", Value: "1"}}}, {Set: []pagination.Param{{Name: "a", Value: int64(1)}}},
		{Set: []pagination.Param{{Name: "a", Value: int64(9007199254740993)}}}, {Set: []pagination.Param{{Name: "a", Value: "b"}, {Name: "c", Value: "d"}}},
		{Set: []pagination.Param{{Name: "a", Value: "bc"}, {Name: "", Value: "d"}}},
		{Set: []pagination.Param{{Name: "a", Value: json.Number("92233720368547758070")}}},
		{Set: []pagination.Param{{Name: "a", Value: 1.5}}}, {Set: []pagination.Param{{Name: "a", Value: 1e21}}}, {Set: []pagination.Param{{Name: "a", Value: -0.25e-20}}},
		{Set: []pagination.Param{{Name: "a", Value: "sx"}}}, {Set: []pagination.Param{{Name: "as", Value: "x"}}},
		{Set: []pagination.Param{{Name: "a", Value: false}}}, {Set: []pagination.Param{{Name: "a", Value: "false"}}},
		{Set: []pagination.Param{{In: pagination.InHeader, Name: "a", Value: "1"}}},
	} {
		raw, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		var again pagination.Next
		if err := json.Unmarshal(raw, &again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(n, again); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
		key := n.Key()
		if other, taken := seen[key]; taken || key != again.Key() || len(key) != 64 {
			t.Errorf("%s has the key %s, as %s", raw, key, other)
		}
		seen[key] = string(raw)
	}
	// What reads the same on the wire is the same page.
	whole := pagination.Next{Set: []pagination.Param{{In: pagination.InQuery, Name: "a", Value: 3.0}}}
	if whole.Key() != (pagination.Next{Set: []pagination.Param{{Name: "a", Value: int64(3)}}}).Key() {
		t.Error("3 and 3.0, in the query and by default, are two pages")
	}
}

func TestParamIsStrict(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		`{"name":"a"}`, `{"name":"a","value":null}`, `{"name":"a","value":[]}`, `{"name":"a","value":{}}`,
		`{"name":"a","value":1,"x":1}`, `{"Name":"a","value":1}`, `{"name":1,"value":1}`, `[]`,
	} {
		var p pagination.Param
		var e *pagination.Error
		if err := json.Unmarshal([]byte(raw), &p); !errors.As(err, &e) {
			t.Errorf("%s: got %v", raw, err)
		}
	}
}

func TestParamText(t *testing.T) {
	t.Parallel()
	for want, v := range map[string]any{
		"a b": "a b", "": "", "true": true, "7": 7, "-9007199254740993": int64(-9007199254740993),
		"1.5": 1.5, "100000000000000000000000": 1e23, "1e400": json.Number("1e400"),
	} {
		if got, ok := (pagination.Param{Value: v}).Text(); !ok || got != want {
			t.Errorf("%v is %q", v, got)
		}
	}
	for _, v := range []any{nil, []any{}, map[string]any{}, uint(1)} {
		if _, ok := (pagination.Param{Value: v}).Text(); ok {
			t.Errorf("%T has a text", v)
		}
	}
}

// page is the nth of a long list.
func page(n int) pagination.Next {
	return pagination.Next{Set: []pagination.Param{{Name: "page", Value: int64(n)}}}
}

func TestGuard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ before, circle int }{
		{0, 1}, {0, 2}, {5, 1}, {5, 3}, {2000, 1}, {2000, 1024}, {0, 1024}, {0, 1025}, {10, 1500}, {3000, 5000}, {1, 20_000},
	} {
		t.Run(fmt.Sprintf("%d and %d", tt.before, tt.circle), func(t *testing.T) {
			t.Parallel()
			var g pagination.Guard
			bound := tt.before + tt.circle
			if tt.circle > 1024 {
				bound *= 3
			}
			for i := 0; ; i++ {
				n := i
				if i >= tt.before {
					n = tt.before + (i-tt.before)%tt.circle
				}
				if err := g.Seen(page(n)); err != nil {
					var e *pagination.Error
					if !errors.Is(err, pagination.ErrRepeated) || !errors.As(err, &e) || i < tt.before+tt.circle {
						t.Errorf("page %d: %v", i, err)
					}
					if err2 := g.Seen(page(-1)); err2 != nil {
						t.Errorf("a new page afterwards: %v", err2)
					}
					return
				}
				if i > bound {
					t.Fatalf("not noticed after %d pages", i)
				}
			}
		})
	}
}

func TestGuardLetsLongReadsPass(t *testing.T) {
	t.Parallel()
	var g pagination.Guard
	for i := range 50_000 {
		if err := g.Seen(page(i)); err != nil {
			t.Fatalf("page %d: %v", i, err)
		}
	}
}

func TestGuardMemoryIsBounded(t *testing.T) { // not parallel: it counts allocations
	// Once it is full, another page costs what hashing it does, and keeps nothing.
	var full pagination.Guard
	for i := range 10_000 {
		if err := full.Seen(page(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := full.Seen(page(5)); err != nil {
		t.Error("a page of long ago is still held")
	}
	i := 10_000
	got := testing.AllocsPerRun(5_000, func() {
		i++
		if err := full.Seen(page(i)); err != nil {
			t.Fatal(err)
		}
	})
	if hashing := testing.AllocsPerRun(100, func() { _ = page(i).Key() }); got > hashing {
		t.Errorf("a page costs %.0f allocations, %.0f for the key alone", got, hashing)
	}
}

func TestErrorIsOneLine(t *testing.T) {
	t.Parallel()
	err := &pagination.Error{Op: "next", Strategy: "link", Field: "path", Reason: "why", Err: errors.New("cause")}
	if got := err.Error(); got != "pagination: next link: path: why: cause" || strings.Contains(got, "\n") {
		t.Error(got)
	}
}
