package validationtest

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

func violations(t *testing.T, e validation.Engine) {
	for _, tc := range violationCases() {
		t.Run(tc.name, func(t *testing.T) {
			s, tree := compile(t, e, tc.schema), parse(t, tc.tree)
			found := s.Validate(t.Context(), tree)
			got := findings(found)
			if tc.open {
				got = slices.DeleteFunc(got, func(f string) bool { return !slices.Contains(tc.want, f) })
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", findings(found), tc.want)
			}
			for _, v := range found {
				if v.Expected == "" || len(v.Expected) > 300 {
					t.Errorf("%s %s: Expected = %q", v.Pointer, v.Keyword, v.Expected)
				}
			}
			for range 5 {
				if again := s.Validate(t.Context(), tree); !slices.Equal(again, found) {
					t.Fatalf("the second time %v, the first time %v", again, found)
				}
			}
		})
	}
}

// concurrency compiles and validates from 64 goroutines; patterns, members by
// pattern and recursion are what engines keep lazily.
func concurrency(t *testing.T, e validation.Engine) {
	const schema = `{"type":"object","patternProperties":{"^s_":{"type":"string","pattern":"^[a-z]+$"},"^n_":{"$ref":"#/$defs/n"}},
		"properties":{"kid":{"$ref":"#"}},"$defs":{"n":{"type":"integer"}}}`
	shared := compile(t, e, schema)
	good := parse(t, `{"s_a":"abc","n_b":1,"kid":{"s_c":"d","n_q":7}}`)
	bad := parse(t, `{"s_a":"ABC","n_b":"x","kid":{"s_c":1}}`)
	want := []string{"#/kid/s_c type integer", "#/n_b type string", "#/s_a pattern string"}
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			own, err := e.Compile([]byte(schema))
			if err != nil {
				t.Errorf("Compile: %v", err)
				return
			}
			for range 20 {
				for _, s := range []validation.Schema{shared, own} {
					if got := s.Validate(t.Context(), good); got != nil {
						t.Errorf("a valid tree: %v", got)
					}
					if got := findings(s.Validate(t.Context(), bad)); !slices.Equal(got, want) {
						t.Errorf("got %q, want %q", got, want)
					}
				}
			}
		})
	}
	wg.Wait()
}

func neverPanics(t *testing.T, e validation.Engine) {
	deep := any(int64(1))
	for range 200_000 {
		deep = []any{deep}
	}
	cyclic := map[string]any{}
	cyclic["self"] = cyclic
	trees := []struct {
		name string
		tree any
	}{
		{"deep", deep},
		{"cyclic", cyclic},
		{"struct", struct{ A int }{1}},
		{"pointer", new(int)},
		{"bytes", []byte(`{"a":1}`)},
		{"func inside", map[string]any{"f": func() {}}},
		{"chan inside", []any{make(chan int)}},
		{"not a number", math.NaN()},
		{"infinite", []any{math.Inf(1)}},
		{"broken json.Number", json.Number("abc")},
		{"empty json.Number", json.Number("")},
		{"outsized exponent", json.Number("1e999999999")},
		{"outsized digits", json.Number(strings.Repeat("9", 1<<20))},
	}
	schema := compile(t, e, `{"type":["object","array","number","string"],"minimum":0,"multipleOf":0.1,"uniqueItems":true,
		"additionalProperties":{"$ref":"#"},"items":{"$ref":"#"},"patternProperties":{"^a":true},"propertyNames":{"pattern":"."}}`)
	for _, tc := range trees {
		t.Run(tc.name, func(t *testing.T) {
			got := schema.Validate(t.Context(), tc.tree)
			if len(got) == 0 {
				t.Fatal("accepted")
			}
			for _, v := range got {
				if v.Keyword != validation.KeywordInternal && v.Keyword != validation.KeywordLimit {
					t.Errorf("%+v: want the keyword internal or limit", v)
				}
			}
		})
	}
	for name, s := range map[string]string{
		"subject":              `{"pattern":"a"}`,
		"subject under not":    `{"not":{"pattern":"^b"}}`,
		"subject beside anyOf": `{"anyOf":[{"pattern":"^b"},{"maxLength":5}]}`,
	} {
		if got := compile(t, e, s).Validate(t.Context(), strings.Repeat("a", 1<<20)); len(got) == 0 {
			t.Errorf("%s: a pattern met 1 MiB and accepted", name)
		}
	}
}

func treeUnchanged(t *testing.T, e validation.Engine) {
	const text = `{"a":[1,2.5,{"b":null}],"big":123456789012345678901234567890,"s":"x","t":true}`
	s := compile(t, e, `{"type":"object","properties":{"a":{"items":{"default":1}},"missing":{"default":5}},"required":["missing"],"default":{}}`)
	tree := parse(t, text)
	before := jsontree.Append(nil, tree)
	s.Validate(t.Context(), tree)
	if after := jsontree.Append(nil, tree); string(after) != string(before) {
		t.Errorf("the tree was %s and is %s", before, after)
	}
}

func cap100(t *testing.T, e validation.Engine) {
	s := compile(t, e, `{"additionalProperties":{"type":"string"}}`)
	tree := map[string]any{}
	for i := range 250 {
		tree[fmt.Sprintf("m%03d", i)] = int64(i)
	}
	got := s.Validate(t.Context(), tree)
	if len(got) != validation.MaxViolations {
		t.Fatalf("%d violations, want %d", len(got), validation.MaxViolations)
	}
	for i, v := range got {
		if want := fmt.Sprintf("/m%03d", i); v.Pointer != want {
			t.Fatalf("violation %d is at %s, want %s: the first by pointer are kept", i, v.Pointer, want)
		}
	}
}

func noValues(t *testing.T, e validation.Engine) {
	const canary = "tok_5e3cr3t"
	tree := map[string]any{
		"enum": canary, "const": canary, "pattern": canary, "short": canary, "type": canary,
		"list": []any{canary, canary}, "number": json.Number("31337.31337"), "any": canary, "not": canary,
		"object": map[string]any{"v": canary}, "if": canary,
	}
	s := compile(t, e, `{"properties":{"enum":{"enum":["a"]},"const":{"const":"b"},"pattern":{"pattern":"^x$"},"short":{"maxLength":1},
		"type":{"type":"integer"},"list":{"uniqueItems":true,"items":{"maxLength":2}},"number":{"maximum":1,"multipleOf":2,"enum":[5]},
		"any":{"anyOf":[{"const":"q"},{"pattern":"^z"}]},"not":{"not":{"type":"string"}},"object":{"const":{}},"if":{"if":true,"then":false}}}`)
	found := s.Validate(t.Context(), tree)
	if len(found) < len(tree) {
		t.Fatalf("only %d violations: %v", len(found), found)
	}
	text, err := json.Marshal(found)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, (&validation.Error{Violations: found}).Error()...)
	for _, secret := range []string{canary, "31337"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("a value is in the violations: %s", text)
		}
	}
}

func numbers(t *testing.T, e validation.Engine) {
	const huge = "123456789012345678901234567890"
	for _, tc := range []struct {
		schema string
		tree   any
		valid  bool
	}{
		{`{"type":"integer"}`, int64(1), true},
		{`{"type":"integer"}`, 1.0, true},
		{`{"type":"integer"}`, 1e300, true},
		{`{"type":"integer"}`, json.Number(huge), true},
		{`{"type":"integer"}`, json.Number("1e400"), true},
		{`{"type":"integer"}`, 1.5, false},
		{`{"type":"integer"}`, json.Number("1e-400"), false},
		{`{"type":"number"}`, int64(math.MinInt64), true},
		{`{"type":"string"}`, json.Number("5"), false},
		{`{"const":1}`, 1.0, true},
		{`{"const":1.0}`, int64(1), true},
		{`{"enum":[` + huge + `]}`, json.Number(huge), true},
		{`{"enum":[` + huge + `]}`, json.Number(huge + "1"), false},
		{`{"const":9007199254740993}`, int64(9007199254740992), false},
		{`{"maximum":` + huge + `}`, json.Number(huge), true},
		{`{"exclusiveMaximum":` + huge + `}`, json.Number(huge), false},
		{`{"maximum":9223372036854775806}`, int64(math.MaxInt64), false},
		{`{"multipleOf":0.01}`, 19.99, true},
		{`{"multipleOf":0.0001}`, 0.00751, false},
		{`{"uniqueItems":true}`, []any{int64(1), 1.0}, false},
		{`{"uniqueItems":true}`, []any{int64(1), true, "1"}, true},
		{`{"maxLength":1e30}`, "abc", true},
		{`{"maxLength":2}`, "日本", true},
	} {
		if got := compile(t, e, tc.schema).Validate(t.Context(), tc.tree); (got == nil) != tc.valid {
			t.Errorf("%s on %v (%T): %v, want valid %v", tc.schema, tc.tree, tc.tree, got, tc.valid)
		}
	}
}
