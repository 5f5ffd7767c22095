package validation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

func compile(t testing.TB, k validation.Kaptinlin, schema string) validation.Schema {
	t.Helper()
	s, err := k.Compile([]byte(schema))
	if err != nil {
		t.Fatalf("Compile: %v", err)
	}
	return s
}

func parse(t testing.TB, text string) any {
	t.Helper()
	tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestKaptinlinLimits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		engine validation.Kaptinlin
		good   string
		bad    string
	}{
		{"bytes", validation.Kaptinlin{MaxBytes: 20}, `{"type":"string"}`, `{"type":"string"}     `},
		{"depth", validation.Kaptinlin{MaxDepth: 4}, `{"not":{"not":{}}}`, `{"not":{"not":{"not":{"not":{}}}}}`},
		{"nodes", validation.Kaptinlin{MaxNodes: 5}, `{"type":"string"}`, `{"enum":[1,2,3,4,5]}`},
		{"patterns", validation.Kaptinlin{MaxPatterns: 1}, `{"pattern":"a","not":{"pattern":"a"}}`, `{"pattern":"a","not":{"pattern":"b"}}`},
		{"pattern", validation.Kaptinlin{MaxPattern: 3}, `{"pattern":"abc"}`, `{"pattern":"abcd"}`},
		{"pattern name", validation.Kaptinlin{MaxPattern: 3}, `{"patternProperties":{"abc":{}}}`, `{"patternProperties":{"abcd":{}}}`},
		{"pattern program", validation.Kaptinlin{}, `{"pattern":"a{500}"}`, `{"pattern":"` + strings.Repeat("a{1000}", 20) + `"}`},
		{"default bytes", validation.Kaptinlin{}, `{"title":"` + strings.Repeat("x", 1<<20-12) + `"}`, `{"title":"` + strings.Repeat("x", 1<<20) + `"}`},
		{"default pattern", validation.Kaptinlin{}, `{"pattern":"` + strings.Repeat("x", 1<<10) + `"}`, `{"pattern":"` + strings.Repeat("x", 1<<10+1) + `"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			compile(t, tc.engine, tc.good)
			_, err := tc.engine.Compile([]byte(tc.bad))
			var refused *validation.SchemaError
			if !errors.As(err, &refused) {
				t.Errorf("Compile = %v, want a *SchemaError", err)
			}
		})
	}
}

func TestKaptinlinNegativeLimit(t *testing.T) {
	t.Parallel()
	for name, engine := range map[string]validation.Kaptinlin{
		"MaxBytes": {MaxBytes: -1}, "MaxDepth": {MaxDepth: -1}, "MaxNodes": {MaxNodes: -1},
		"MaxPatterns": {MaxPatterns: -1}, "MaxPattern": {MaxPattern: -1}, "MaxSubject": {MaxSubject: -1},
		"MaxTreeNodes": {MaxTreeNodes: -1}, "Instances": {Instances: -1},
	} {
		_, err := engine.Compile([]byte(`{}`))
		if err == nil || !strings.Contains(err.Error(), "Kaptinlin."+name+" ") {
			t.Errorf("%s: %v does not name the field", name, err)
		}
	}
}

func TestKaptinlinTreeLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64<<10)
	for _, tc := range []struct {
		name    string
		schema  string
		tree    any
		pointer string
		keyword string
	}{
		{"subject at the limit", `{"items":{"pattern":"^a"}}`, []any{long}, "", ""},
		{"subject beyond", `{"items":{"pattern":"^a"}}`, []any{"a", long + "a"}, "/1", validation.KeywordLimit},
		{"no pattern, any length", `{"items":{"minLength":1}}`, []any{long + "a"}, "", ""},
		{"name at the limit", `{"patternProperties":{"^a":true}}`, map[string]any{long: nil}, "", ""},
		{"name beyond", `{"patternProperties":{"^a":true}}`, map[string]any{"o": map[string]any{long + "a": nil}}, "/o", validation.KeywordLimit},
		{"outsized number", `true`, map[string]any{"a": []any{int64(1), json.Number("1e1001")}}, "/a/1", validation.KeywordLimit},
		{"number at the limit", `{"items":{"type":"integer"}}`, []any{json.Number("1e1000")}, "", ""},
		{"not of a tree", `true`, map[string]any{"b/c": []any{nil, 5}}, "/b~1c/1", validation.KeywordInternal},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := compile(t, validation.Kaptinlin{}, tc.schema).Validate(t.Context(), tc.tree)
			if tc.keyword == "" {
				if got != nil {
					t.Errorf("got %v, want none", got)
				}
				return
			}
			if len(got) != 1 || got[0].Pointer != tc.pointer || got[0].Keyword != tc.keyword {
				t.Errorf("got %v, want one %s at %q", got, tc.keyword, tc.pointer)
			}
		})
	}
	if got := compile(t, validation.Kaptinlin{MaxTreeNodes: 3}, `true`).Validate(t.Context(), parse(t, `[1,2,3]`)); len(got) != 1 || got[0].Keyword != validation.KeywordLimit {
		t.Errorf("4 values of at most 3: %v", got)
	}
}

// TestKaptinlinMultiplying holds a schema that doubles the work with every
// level of the tree.
func TestKaptinlinMultiplying(t *testing.T) {
	t.Parallel()
	s := compile(t, validation.Kaptinlin{}, `{"allOf":[{"properties":{"x":{"$ref":"#"}}},{"properties":{"x":{"$ref":"#"}}}]}`)
	tree := any(map[string]any{})
	for range 60 {
		tree = map[string]any{"x": tree}
	}
	got := s.Validate(t.Context(), tree)
	if len(got) != 1 || got[0].Keyword != validation.KeywordLimit {
		t.Errorf("2^60 evaluations: %v", got)
	}
	if got := s.Validate(t.Context(), map[string]any{"x": map[string]any{}}); got != nil {
		t.Errorf("the schema does not recover: %v", got)
	}
}

// TestKaptinlinDeepSchema holds a schema that nests further than the plain form
// does.
func TestKaptinlinDeepSchema(t *testing.T) {
	t.Parallel()
	const depth = 50
	s := compile(t, validation.Kaptinlin{}, strings.Repeat(`{"properties":{"a":`, depth)+`{"type":"string"}`+strings.Repeat(`}}`, depth))
	got := s.Validate(t.Context(), parse(t, strings.Repeat(`{"a":`, depth)+`1`+strings.Repeat(`}`, depth)))
	want := []validation.Violation{{Pointer: strings.Repeat("/a", depth), Keyword: "type", Expected: "string", Received: "integer"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKaptinlinOneInstance(t *testing.T) {
	t.Parallel()
	s := compile(t, validation.Kaptinlin{Instances: 1}, `{"patternProperties":{"^a":{"type":"string","pattern":"^x"}}}`)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 50 {
				valid := (i+j)%2 == 0
				tree := map[string]any{"a": "y"}
				if valid {
					tree["a"] = "x"
				}
				if got := s.Validate(t.Context(), tree); (got == nil) != valid {
					t.Errorf("valid %v: %v", valid, got)
				}
			}
		})
	}
	wg.Wait()
}

// TestKaptinlinExpected holds the words, which are ours and not the engine's.
func TestKaptinlinExpected(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ schema, tree, want string }{
		{`{"type":["string","null"]}`, `1`, "string or null"},
		{`{"enum":["a",1,null]}`, `2`, `one of ["a",1,null]`},
		{`{"const":{"a":1}}`, `2`, `exactly {"a":1}`},
		{`{"minimum":1.50}`, `1`, "1.50 or more"},
		{`{"maximum":1}`, `2`, "1 or less"},
		{`{"exclusiveMinimum":1}`, `1`, "more than 1"},
		{`{"exclusiveMaximum":1}`, `1`, "less than 1"},
		{`{"multipleOf":2}`, `1`, "a multiple of 2"},
		{`{"minLength":2}`, `"a"`, "at least 2 characters"},
		{`{"maxLength":2.0}`, `"abc"`, "at most 2 characters"},
		{`{"minItems":1}`, `[]`, "at least 1 items"},
		{`{"maxItems":0}`, `[1]`, "at most 0 items"},
		{`{"minProperties":1}`, `{}`, "at least 1 members"},
		{`{"maxProperties":0}`, `{"a":1}`, "at most 0 members"},
		{`{"pattern":"^x$"}`, `"y"`, "a match of ^x$"},
		{`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `1`, "exactly one of 2 alternatives"},
		{`{"contains":{"type":"null"},"maxContains":1}`, `[null,null]`, "at most 1 items that fit the schema under contains"},
		{`{"enum":["` + strings.Repeat("é", 200) + `"]}`, `2`, `one of ["` + strings.Repeat("é", 95) + "…"},
	} {
		got := compile(t, validation.Kaptinlin{}, tc.schema).Validate(t.Context(), parse(t, tc.tree))
		if len(got) != 1 || got[0].Expected != tc.want {
			t.Errorf("%s: %+v, want %q", tc.schema, got, tc.want)
		}
	}
}

// TestKaptinlinClosest holds which alternative of anyOf is explained.
func TestKaptinlinClosest(t *testing.T) {
	t.Parallel()
	const shapes = `{"oneOf":[
		{"type":"object","required":["r"],"properties":{"kind":{"const":"circle"},"r":{"type":"number"}}},
		{"type":"object","required":["w","h"],"properties":{"kind":{"const":"box"},"w":{"type":"number"}}},
		{"type":"string"}]}`
	for _, tc := range []struct {
		tree string
		want []string
	}{
		{`{"kind":"box","w":"x"}`, []string{" oneOf", "/h required", "/w type"}},
		{`{"kind":"circle"}`, []string{" oneOf", "/r required"}},
		{`1`, []string{" oneOf"}},
	} {
		var got []string
		for _, v := range compile(t, validation.Kaptinlin{}, shapes).Validate(t.Context(), parse(t, tc.tree)) {
			got = append(got, v.Pointer+" "+v.Keyword)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: %s", tc.tree, diff)
		}
	}
	tied := compile(t, validation.Kaptinlin{}, `{"anyOf":[{"required":["a"]},{"required":["b"]}]}`)
	if got := tied.Validate(t.Context(), parse(t, `{}`)); len(got) != 1 {
		t.Errorf("a tie is guessed: %v", got)
	}
}

// TestIssues holds that what the benchmarks validate is valid, and that a
// mistake in it is found.
func TestIssues(t *testing.T) {
	t.Parallel()
	s := compile(t, validation.Kaptinlin{}, issueSchema)
	text := string(issues(50 << 10))
	if got := s.Validate(t.Context(), parse(t, text)); got != nil {
		t.Errorf("valid issues: %v", got)
	}
	got := s.Validate(t.Context(), parse(t, strings.Replace(text, `"color":"ff00aa"`, `"color":"red"`, 1)))
	if want := "[{/0/labels/0/color pattern a match of ^[0-9a-f]{6}$ string}]"; fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
