package jsonpath_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

func doc() any {
	return map[string]any{
		"id":              int64(7),
		"null":            nil,
		"big":             json.Number("123456789012345678901234567890"),
		"@odata.nextLink": "https://example.com/next",
		"odd.key":         map[string]any{"it's": "quoted", "\n": "control", "": "empty"},
		"user-id":         "u1",
		"größe":           1.5,
		"0":               "a member, not an index",
		"paging":          map[string]any{"next": "c2", "pages": []any{int64(1), int64(2), int64(3), int64(4), int64(5)}},
		"items": []any{
			map[string]any{"id": "a", "n": json.Number("1e400")},
			map[string]any{"id": "b"},
			"no object",
			map[string]any{"id": nil, "tags": []any{"x", "y"}},
		},
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path string
		want any
		ok   bool
	}{
		{"id", int64(7), true},
		{"$.id", int64(7), true},
		{"null", nil, true},
		{"absent", nil, false},
		{"null.x", nil, false},
		{"id.x", nil, false},
		{"big", json.Number("123456789012345678901234567890"), true},
		{"big.x", nil, false},
		{"items[0].n", json.Number("1e400"), true},
		{"items[0].n[0]", nil, false},
		{"@odata.nextLink", "https://example.com/next", true},
		{"$['@odata.nextLink']", "https://example.com/next", true},
		{`$["@odata.nextLink"]`, "https://example.com/next", true},
		{"['@odata.nextLink']", "https://example.com/next", true},
		{"'@odata.nextLink'", "https://example.com/next", true},
		{`"odd.key"`, doc().(map[string]any)["odd.key"], true},
		{`$['odd.key']['it\'s']`, "quoted", true},
		{`$['odd.key']["it's"]`, "quoted", true},
		{`$['odd.key']['\n']`, "control", true},
		{`$['odd.key']['\u000A']`, "control", true},
		{`$['odd.key']['']`, "empty", true},
		{"user-id", "u1", true},
		{"größe", 1.5, true},
		{"0", "a member, not an index", true},
		{"paging.next", "c2", true},
		{"paging['next']", "c2", true},
		{"items[0].id", "a", true},
		{"items[-1].tags[-1]", "y", true},
		{"items[4]", nil, false},
		{"items[-5]", nil, false},
		{"items[1000000]", nil, false},
		{"items.0", nil, false},
		{"paging[0]", nil, false},
		{"items[*].id", "a", true},
		{"items[*].tags", []any{"x", "y"}, true},
		{"items[*].absent", nil, false},
		{"$..next", "c2", true},
		{"paging.*", "c2", true}, // "next" sorts before "pages"
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			p, err := jsonpath.Compile(c.path)
			if err != nil {
				t.Fatal(err)
			}
			for _, form := range []string{c.path, p.String()} {
				p, err := jsonpath.Compile(form)
				if err != nil {
					t.Fatal(err)
				}
				got, ok := p.First(doc())
				if ok != c.ok || !cmp.Equal(got, c.want) {
					t.Errorf("%s: got %v, %v; want %v, %v", form, got, ok, c.want, c.ok)
				}
			}
		})
	}
}

func TestRoot(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"", "$"} {
		p, err := jsonpath.Compile(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, tree := range []any{nil, "s", []any{int64(1)}} {
			if got, ok := p.First(tree); !ok || !cmp.Equal(got, tree) {
				t.Errorf("First(%v) = %v, %v", tree, got, ok)
			}
			if got, err := p.All(tree, 1); err != nil || !cmp.Equal(got, []any{tree}) {
				t.Errorf("All(%v) = %v, %v", tree, got, err)
			}
		}
		if keys, ok := p.Keys(); !ok || len(keys) != 0 || p.String() != "$" || !p.Singular() {
			t.Errorf("root: keys %v, %v, %s", keys, ok, p)
		}
	}
	var zero jsonpath.Path
	for _, p := range []*jsonpath.Path{nil, &zero} {
		if v, ok := p.First("x"); v != "x" || !ok || !p.Singular() || p.String() != "$" {
			t.Errorf("zero value is not the root: %v, %v", v, ok)
		}
		if all, err := p.All("x", 1); len(all) != 1 || err != nil {
			t.Errorf("zero value is not the root: %v, %v", all, err)
		}
		if keys, ok := p.Keys(); !ok || len(keys) != 0 {
			t.Errorf("zero value is not the root: %v, %v", keys, ok)
		}
	}
}

func TestAll(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path string
		want []any
	}{
		{"items[*].id", []any{"a", "b", nil}},
		{"items.*.id", []any{"a", "b", nil}},
		{"items[*].absent", nil},
		{"id[*]", nil},
		{"paging.pages[*]", []any{int64(1), int64(2), int64(3), int64(4), int64(5)}},
		{"paging.pages[1:3]", []any{int64(2), int64(3)}},
		{"paging.pages[:2]", []any{int64(1), int64(2)}},
		{"paging.pages[-2:]", []any{int64(4), int64(5)}},
		{"paging.pages[:]", []any{int64(1), int64(2), int64(3), int64(4), int64(5)}},
		{"paging.pages[::2]", []any{int64(1), int64(3), int64(5)}},
		{"paging.pages[::-2]", []any{int64(5), int64(3), int64(1)}},
		{"paging.pages[3:0:-1]", []any{int64(4), int64(3), int64(2)}},
		{"paging.pages[-9:9]", []any{int64(1), int64(2), int64(3), int64(4), int64(5)}},
		{"paging.pages[9:-9:-1]", []any{int64(5), int64(4), int64(3), int64(2), int64(1)}},
		{"paging.pages[3:1]", nil},
		{"paging.pages[::0]", nil},
		{"paging[0:1]", nil},
		{"$..id", []any{int64(7), "a", "b", nil}},
		{"$..tags[0]", []any{"x"}},
		{"$..[1]", []any{doc().(map[string]any)["items"].([]any)[1], "y", int64(2)}},
		{"items..*", []any{
			map[string]any{"id": "a", "n": json.Number("1e400")}, map[string]any{"id": "b"}, "no object",
			map[string]any{"id": nil, "tags": []any{"x", "y"}},
			"a", json.Number("1e400"), "b", nil, []any{"x", "y"}, "x", "y",
		}},
		{"$..['next']", []any{"c2"}},
		{"paging.next", []any{"c2"}},
		{"paging['pages','next','absent']", []any{[]any{int64(1), int64(2), int64(3), int64(4), int64(5)}, "c2"}},
		{"paging.pages[0,-1,0]", []any{int64(1), int64(5), int64(1)}},
		{"paging.pages[1:3,0,'x']", []any{int64(2), int64(3), int64(1)}},
		{"paging.pages[ 0 , 1 : 3 ]", []any{int64(1), int64(2), int64(3)}},
		{"$..['next','none']", []any{"c2"}},
		{"absent", nil},
	} {
		t.Run(c.path, func(t *testing.T) {
			t.Parallel()
			p := compile(t, c.path)
			for range 10 { // the order is the same each time
				got, err := p.All(doc(), 20)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(c.want, got); d != "" {
					t.Fatal(d)
				}
			}
			again := compile(t, p.String())
			if got, err := again.All(doc(), 20); err != nil || !cmp.Equal(got, c.want) {
				t.Errorf("%s: %v, %v", p, got, err)
			}
			if again.String() != p.String() {
				t.Errorf("%s became %s", p, again)
			}
		})
	}
}

func TestAllIsBounded(t *testing.T) {
	t.Parallel()
	list := make([]any, 3*jsonpath.DefaultResults)
	for _, c := range []struct {
		path string
		n    int
		max  int
		fail bool
	}{
		{"$[*]", 3, 3, false},
		{"$[*]", 4, 3, true},
		{"$[:]", 4, 3, true},
		{"$..*", 4, 3, true},
		{"$[*]", jsonpath.DefaultResults, 0, false},
		{"$[*]", jsonpath.DefaultResults + 1, 0, true},
		{"$[*]", jsonpath.DefaultResults + 1, -1, true},
		{"$[*]", jsonpath.DefaultResults + 1, 1 << 40, false},
		{"$[0]", 3, 1, false},
	} {
		got, err := compile(t, c.path).All(list[:c.n:c.n], c.max)
		var e *jsonpath.Error
		if c.fail != errors.As(err, &e) || c.fail && (got != nil || e.Path != c.path) {
			t.Errorf("%s on %d, max %d: %d results, %v", c.path, c.n, c.max, len(got), err)
		}
	}
}

func TestDeepTree(t *testing.T) {
	t.Parallel()
	var tree any = "bottom"
	for range 200_000 {
		tree = []any{tree}
	}
	p := compile(t, "$..id")
	if v, ok := p.First(tree); ok {
		t.Errorf("found %v", v)
	}
	var e *jsonpath.Error
	if _, err := p.All(tree, 1); !errors.As(err, &e) || !strings.Contains(e.Reason, "nested too deep") {
		t.Errorf("got %v", err)
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]string{
		"a":             {"a"},
		"$.a.b":         {"a", "b"},
		"a['b.c']['d']": {"a", "b.c", "d"},
		"@odata.count":  {"@odata.count"},
		"a[0]":          nil,
		"a[*]":          nil,
		"a[1:2]":        nil,
		"$..a":          nil,
	} {
		p := compile(t, path)
		got, ok := p.Keys()
		if ok != (want != nil) || !cmp.Equal(got, want) {
			t.Errorf("%s: %v, %v", path, got, ok)
		}
		if ok {
			got[0] = "changed"
			if again, _ := p.Keys(); again[0] == "changed" {
				t.Errorf("%s: Keys hands out its own slice", path)
			}
		}
		if singular := want != nil || path == "a[0]"; p.Singular() != singular {
			t.Errorf("%s: Singular() = %v", path, p.Singular())
		}
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]jsonpath.Step{
		"":             {},
		"a.b":          {{Name: "a"}, {Name: "b"}},
		"$[*].a[*][*]": {{Each: true}, {Name: "a"}, {Each: true}, {Each: true}},
		"a['*']":       {{Name: "a"}, {Name: "*"}},
		"a[0]":         nil,
		"a['b','c']":   nil,
		"a[:]":         nil,
		"$..a":         nil,
		"$..*":         nil,
	} {
		got, ok := compile(t, path).Steps()
		if ok != (want != nil) || !cmp.Equal(got, want) {
			t.Errorf("%s: %v, %v", path, got, ok)
		}
	}
	if got, ok := (*jsonpath.Path)(nil).Steps(); !ok || len(got) != 0 {
		t.Errorf("root: %v, %v", got, ok)
	}
}

func TestString(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		"a.b":                  "$.a.b",
		"a['b']":               "$.a.b",
		"user-id":              "$['user-id']",
		"0":                    "$['0']",
		"@a.b":                 "$['@a.b']",
		"größe":                "$['größe']",
		`$["it's"]`:            `$['it\'s']`,
		`$['a\\b']`:            `$['a\\b']`,
		`$['\t\u0000']`:        `$['\u0009\u0000']`,
		`$['\ud83d\ude00']`:    "$['😀']",
		"a[0][-1]":             "$.a[0][-1]",
		"a.*":                  "$.a[*]",
		"a[::-1]":              "$.a[::-1]",
		"a[1:2:1]":             "$.a[1:2]",
		"$..a":                 "$..a",
		"$..['a b']":           "$..['a b']",
		"a..*":                 "$.a..[*]",
		"a[ 'b' , 0,1: :2]":    "$.a['b',0,1::2]",
		"$..['a','b']":         "$..['a','b']",
		`$['\b\f\n\r\/"']`:     `$['\u0008\u000c\u000a\u000d/"']`,
		`'a"b'`:                `$['a"b']`,
		`$["a\u0041\"\\"].b_1`: `$['aA"\\'].b_1`,
	} {
		if got := compile(t, src).String(); got != want {
			t.Errorf("%s: got %s, want %s", src, got, want)
		}
	}
}

func TestFirstDoesNotAllocate(t *testing.T) {
	tree := doc()
	for _, path := range []string{"paging.next", "items[-1].tags[0]", "absent.x", "@odata.nextLink"} {
		p := compile(t, path)
		if n := testing.AllocsPerRun(100, func() { p.First(tree) }); n != 0 {
			t.Errorf("%s: %v allocations", path, n)
		}
	}
}

// TestFirstStops holds that the rest of the document isn't looked at: each object visited would allocate.
func TestFirstStops(t *testing.T) {
	list := []any{map[string]any{"id": "a"}}
	for range 1000 {
		list = append(list, map[string]any{"x": map[string]any{"y": "z"}})
	}
	p := compile(t, "$..id")
	if n := testing.AllocsPerRun(10, func() { p.First(list) }); n > 10 {
		t.Errorf("%v allocations", n)
	}
}

func compile(t testing.TB, src string) *jsonpath.Path {
	t.Helper()
	p, err := jsonpath.Compile(src)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
