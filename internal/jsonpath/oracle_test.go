package jsonpath_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ohler55/ojg/jp"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

// TestSameAsOjg compares the walker with the library whose paths these are, on lists only, where it has an order.
func TestSameAsOjg(t *testing.T) {
	t.Parallel()
	row := func(n int64) any {
		return map[string]any{"id": n, "l": []any{n, n + 1, n + 2}, "o": map[string]any{"x": []any{n}}}
	}
	tree := map[string]any{"rows": []any{row(1), row(10), nil, "s", row(20), []any{row(30)}}}
	steps := []string{"[0]", "[-1]", "[2]", "[*]", ".*", ".id", ".l", ".o.x", "['id']", "[1:3]", "[:-1]", "[-2:]"}
	paths := []string{"$.rows"}
	for _, a := range steps {
		paths = append(paths, "$.rows"+a)
		for _, b := range steps {
			paths = append(paths, "$.rows"+a+b)
			for _, c := range steps {
				paths = append(paths, "$.rows"+a+b+c)
			}
		}
	}
	compared := 0
	for _, path := range paths {
		x, err := jp.ParseString(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := compile(t, path).All(tree, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(printed(x.Get(tree)), printed(got)); d != "" {
			t.Errorf("%s: %s", path, d)
		}
		compared++
	}
	if compared != 1+12+12*12+12*12*12 {
		t.Errorf("compared %d paths", compared)
	}
}

// printed makes results comparable where the library's order is random, that is where an object had a wildcard.
func printed(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = fmt.Sprint(v)
	}
	slices.Sort(out)
	return out
}

// TestWhyRefused holds the reasons for the refusals against the library itself: when one of these fails, it has
// changed, and the refusal may go.
func TestWhyRefused(t *testing.T) {
	t.Parallel()
	t.Run("precedence", func(t *testing.T) {
		t.Parallel()
		// a || b && c is a || (b && c), so the record with a true belongs to the result.
		x, err := jp.ParseString("$[?@.a == true || @.b == true && @.c == true]")
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Get([]any{map[string]any{"a": true, "b": false, "c": false}}); len(got) == 1 {
			t.Error("mixed || and && have the right precedence now")
		}
	})
	t.Run("panic", func(t *testing.T) {
		t.Parallel()
		defer func() {
			if recover() == nil {
				t.Error("comparing two lists doesn't panic any more")
			}
		}()
		x, err := jp.ParseString("$[?@.a==@.b]")
		if err != nil {
			t.Fatal(err)
		}
		x.Get([]any{map[string]any{"a": []any{int64(1)}, "b": []any{int64(1)}}})
	})
	t.Run("json.Number", func(t *testing.T) {
		t.Parallel()
		x, err := jp.ParseString("$[?@.a==1]")
		if err != nil {
			t.Fatal(err)
		}
		if got := x.Get([]any{map[string]any{"a": json.Number("1")}}); len(got) != 0 {
			t.Error("filters see json.Number now")
		}
	})
	t.Run("order", func(t *testing.T) {
		t.Parallel()
		x, err := jp.ParseString("$.*")
		if err != nil {
			t.Fatal(err)
		}
		obj := map[string]any{}
		for i := range int64(50) {
			obj[fmt.Sprint(i)] = i
		}
		first := x.Get(obj)
		for range 20 {
			if !slices.Equal(first, x.Get(obj)) {
				return
			}
		}
		t.Error("objects have an order now")
	})
}

// TestSharesTheDocument says what the doc warns of: a result is the document's own part.
func TestSharesTheDocument(t *testing.T) {
	t.Parallel()
	inner := map[string]any{"id": "a"}
	got, ok := compile(t, "items[0]").First(map[string]any{"items": []any{inner}})
	if !ok {
		t.Fatal("not found")
	}
	got.(map[string]any)["id"] = "changed"
	if inner["id"] != "changed" {
		t.Error("First copies")
	}
}

func BenchmarkPath(b *testing.B) {
	items := make([]any, 500)
	for i := range items {
		items[i] = map[string]any{"id": int64(i), "user": map[string]any{"login": strings.Repeat("x", 8)}}
	}
	tree := map[string]any{"paging": map[string]any{"next": "c2"}, "items": items}
	for _, c := range []struct{ name, path string }{
		{"First/keys", "paging.next"}, {"First/wildcard", "items[*].user.login"},
		{"All/wildcard", "items[*].user.login"}, {"All/descent", "$..login"},
	} {
		p, err := jsonpath.Compile(c.path)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if strings.HasPrefix(c.name, "First") {
					p.First(tree)
				} else if _, err := p.All(tree, 1000); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/jp", func(b *testing.B) {
			x := jp.MustParseString(c.path)
			b.ReportAllocs()
			for b.Loop() {
				if strings.HasPrefix(c.name, "First") {
					x.First(tree)
				} else {
					x.Get(tree)
				}
			}
		})
	}
}
