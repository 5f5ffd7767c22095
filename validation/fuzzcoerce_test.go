package validation_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// FuzzCheck holds for any schema, tree and rules: nothing panics, the tree that was
// given stays as it is, what comes out without an error fits the schema, and what
// came out is left alone the next time.
func FuzzCheck(f *testing.F) {
	for _, schema := range []string{
		`true`, `{"type":"integer"}`, `{"items":{"type":["boolean","number"]}}`,
		`{"properties":{"a":{"type":"integer","default":"x"},"b":{"$ref":"#"},"c":{"default":{"d":[1.50,1e400]}}},"required":["a"]}`,
		`{"allOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"a":{"type":"integer"}}}],"additionalProperties":{"type":"string"}}`,
		`{"patternProperties":{"^a":{"type":"null","default":null}},"unevaluatedProperties":false,"anyOf":[{"type":"null"},{"properties":{"x":{"type":"boolean"}}}]}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":{"type":"integer"}}`,
	} {
		for i, tree := range []string{`"42"`, `{"a":"7","b":{"a":null},"z":1}`, `["true","1.0",null,[]]`, `{"x":"true","ab":0,"":{}}`} {
			f.Add(schema, tree, uint8(i*7))
		}
	}
	modes := []validation.Mode{validation.Coerce, validation.Strict, validation.Warn}
	nulls := []validation.Nulls{"", validation.NullsDefault, validation.NullsPass}
	extras := []validation.Extra{"", validation.ExtraStrip, validation.ExtraError}
	engine := validation.Kaptinlin{Instances: 1, MaxBytes: 4 << 10}
	f.Fuzz(func(t *testing.T, schema, text string, pick uint8) {
		compiled, err := engine.Compile([]byte(schema))
		if err != nil {
			return
		}
		tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
		if err != nil {
			return
		}
		rules := validation.Rules{Mode: modes[pick%3], Nulls: nulls[pick/3%3], Extra: extras[pick/9%3]}
		c, err := validation.NewChecker(compiled, []byte(schema), rules)
		if err != nil {
			t.Fatal(err)
		}
		before := string(jsontree.Append(nil, tree))
		report, err := c.Check(t.Context(), tree)
		if after := string(jsontree.Append(nil, tree)); after != before {
			t.Fatalf("the tree was %s and is %s", before, after)
		}
		limited := slices.ContainsFunc(report.Violations, func(v validation.Violation) bool { return v.Keyword == validation.KeywordLimit })
		var failed *validation.Error
		if (err != nil) != (len(report.Violations) > 0 && rules.Mode != validation.Warn) || err != nil && !errors.As(err, &failed) {
			t.Fatalf("err = %v, violations %v", err, report.Violations)
		}
		if len(report.Violations) > 0 || limited {
			return
		}
		if found := compiled.Validate(t.Context(), report.Tree); found != nil && rules.Nulls != validation.NullsPass {
			t.Fatalf("%s came out of %s, and has %v", jsontree.Append(nil, report.Tree), before, found)
		}
		again, err := c.Check(t.Context(), report.Tree)
		if out, twice := string(jsontree.Append(nil, report.Tree)), string(jsontree.Append(nil, again.Tree)); err != nil || out != twice {
			t.Fatalf("%s became %s, %v", out, twice, err)
		}
		if len(again.Changes) > 0 && !strings.Contains(schema, "allOf") && !strings.Contains(schema, "$ref") {
			t.Fatalf("changed again: %v", again.Changes)
		}
	})
}

// FuzzConvert holds that a string which becomes a number is that number's JSON text.
func FuzzConvert(f *testing.F) {
	for _, s := range []string{"1", "-0", "1e5", "1.0", "01", "+1", ".5", "1.", "NaN", "0x1", "1e400", "", " 1", "1 ", "９", "\"1\"", "[1]"} {
		f.Add(s)
	}
	number := checker(f, `{"type":"number"}`, validation.Rules{Mode: validation.Coerce})
	f.Fuzz(func(t *testing.T, s string) {
		report, err := number.Check(t.Context(), s)
		if valid := json.Valid([]byte(s)) && strings.TrimLeft(s[:1], "-0123456789") == "" && strings.TrimSpace(s) == s; err == nil && !valid {
			t.Fatalf("%q became %v", s, report.Tree)
		} else if err != nil && valid && len(s) < 20 && !strings.ContainsAny(s, "eE") {
			t.Fatalf("%q did not become a number", s)
		}
	})
}
