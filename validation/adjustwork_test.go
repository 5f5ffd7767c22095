package validation_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation"
)

// TestAdjustmentIsBounded holds that what a checker does before its engine counts
// as work, too. What is counted, not the time, is what is asked.
func TestAdjustmentIsBounded(t *testing.T) {
	t.Parallel()
	list := func(n int, item any) []any {
		l := make([]any, n)
		for i := range l {
			l[i] = item
		}
		return l
	}
	long := func(item any) any { return map[string]any{strings.Repeat("n", 1<<20): list(200, item)} }
	patterns := `{"patternProperties":{"(a?[ab]{0,300}){0,3}c$":true},"additionalProperties":false}`
	members := `{"additionalProperties":{"items":{"properties":{"a":{"type":"integer"}}}}}`
	for _, tc := range []struct {
		name, schema string
		rules        validation.Rules
		tree         any
	}{
		{"patterns of names, coerced", patterns, validation.Rules{Mode: validation.Coerce}, map[string]any{strings.Repeat("ab", 30<<10): true}},
		{"patterns of names, stripped", patterns, validation.Rules{Extra: validation.ExtraStrip}, map[string]any{strings.Repeat("ab", 30<<10): true}},
		{"alternatives", `{"items":{"anyOf":[{"type":"integer"}` + strings.Repeat(`,true`, 9000) + `]}}`,
			validation.Rules{Mode: validation.Coerce}, list(20_000, "x")},
		{"enum without null", `{"additionalProperties":{"additionalProperties":{"enum":[` + strings.Repeat(`"x",`, 50_000) + `"y"]}}}`,
			validation.Rules{Nulls: validation.NullsPass}, map[string]any{"m": nulls(500)}},
		{"places of changes", members, validation.Rules{Mode: validation.Coerce}, long(map[string]any{"a": "1"})},
		{"places of nulls", members, validation.Rules{Nulls: validation.NullsPass}, long(map[string]any{"a": nil})},
		{"places of extra members", members, validation.Rules{Extra: validation.ExtraError}, long(map[string]any{"b": "1"})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := validation.Kaptinlin{}.Compile([]byte(tc.schema))
			if err != nil {
				t.Fatal(err)
			}
			c, err := validation.NewChecker(s, []byte(tc.schema), tc.rules)
			if err != nil {
				t.Fatal(err)
			}
			report, err := c.Check(t.Context(), tc.tree)
			if err == nil || len(report.Violations) != 1 || report.Violations[0].Keyword != validation.KeywordLimit || report.Violations[0].Received != "unknown" { // the engine would name a type
				t.Errorf("got %d violations, %.200v", len(report.Violations), err)
			}
		})
	}
}

func nulls(n int) map[string]any {
	m := make(map[string]any, n)
	for i := range n {
		m[fmt.Sprint(i)] = nil
	}
	return m
}

// TestCoercedNumbersKeepTheirDigits holds that no number comes out as another one.
func TestCoercedNumbersKeepTheirDigits(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		text            string
		integer, number any // nil: left as it is, and refused
	}{
		{"9007199254740993.0", int64(9007199254740993), int64(9007199254740993)},
		{"12345678901234567890.0", json.Number("12345678901234567890"), json.Number("12345678901234567890")},
		{"1.00000000000000000001", nil, nil},
		{"1e-400", nil, nil},
		{"0.1", nil, 0.1},
		{"0.1234567890123456789", nil, 0.1234567890123456789},
		{"1e2", int64(100), float64(100)},
		{" 1", nil, nil}, {"1 ", nil, nil}, {"1\n", nil, nil}, {"0x10", nil, nil}, {"+1", nil, nil}, {"1_0", nil, nil}, {"01", nil, nil},
		{"NaN", nil, nil}, {"", nil, nil}, {"1e4000", nil, nil}, {"١", nil, nil},
	} {
		for typ, want := range map[string]any{"integer": tc.integer, "number": tc.number} {
			text := `{"type":"` + typ + `"}`
			s, err := validation.Kaptinlin{}.Compile([]byte(text))
			if err != nil {
				t.Fatal(err)
			}
			c, err := validation.NewChecker(s, []byte(text), validation.Rules{Mode: validation.Coerce})
			if err != nil {
				t.Fatal(err)
			}
			report, err := c.Check(t.Context(), tc.text)
			if want == nil {
				if err == nil || report.Tree != any(tc.text) {
					t.Errorf("%q as %s: got %v, %v; want it refused", tc.text, typ, report.Tree, err)
				}
				continue
			}
			if diff := cmp.Diff(want, report.Tree); diff != "" || err != nil {
				t.Errorf("%q as %s: %v %s", tc.text, typ, err, diff)
			}
		}
	}
}

// TestNilMapTakesDefaults holds that a map that was never made counts as empty.
func TestNilMapTakesDefaults(t *testing.T) {
	t.Parallel()
	const text = `{"properties":{"a":{"default":1}}}`
	s, err := validation.Kaptinlin{}.Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := validation.NewChecker(s, []byte(text), validation.Rules{Mode: validation.Coerce})
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Check(t.Context(), map[string]any(nil))
	if diff := cmp.Diff(any(map[string]any{"a": int64(1)}), report.Tree); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestStripKeepsWhatContainsDeclares holds that the schema under contains speaks for
// items that prefixItems names, too.
func TestStripKeepsWhatContainsDeclares(t *testing.T) {
	t.Parallel()
	const text = `{"prefixItems":[{"properties":{"a":true}}],"contains":{"properties":{"b":true},"required":["b"]}}`
	s, err := validation.Kaptinlin{}.Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := validation.NewChecker(s, []byte(text), validation.Rules{Extra: validation.ExtraStrip})
	if err != nil {
		t.Fatal(err)
	}
	report, err := c.Check(t.Context(), []any{map[string]any{"a": int64(1), "b": int64(2), "c": int64(3)}})
	if diff := cmp.Diff(any([]any{map[string]any{"a": int64(1), "b": int64(2)}}), report.Tree); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestDefaultsAreCopies holds that who changes a tree doesn't change the schema.
func TestDefaultsAreCopies(t *testing.T) {
	t.Parallel()
	const text = `{"properties":{"a":{"default":{"list":["x"]}}}}`
	s, err := validation.Kaptinlin{}.Compile([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	c, err := validation.NewChecker(s, []byte(text), validation.Rules{Mode: validation.Coerce})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		report, err := c.Check(t.Context(), map[string]any{})
		if diff := cmp.Diff(any(map[string]any{"a": map[string]any{"list": []any{"x"}}}), report.Tree); diff != "" || err != nil {
			t.Fatal(err, diff)
		}
		tree, _ := report.Tree.(map[string]any)
		inner, _ := tree["a"].(map[string]any)
		list, _ := inner["list"].([]any)
		list[0], inner["more"] = "changed", true
	}
}
