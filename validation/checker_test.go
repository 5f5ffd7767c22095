package validation_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

func checker(t testing.TB, schema string, rules validation.Rules) *validation.Checker {
	t.Helper()
	c, err := validation.NewChecker(compile(t, validation.Kaptinlin{}, schema), []byte(schema), rules)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// adjusted is a case: what becomes of a tree, which violations remain, and what
// was changed, each as "pointer keyword received".
type adjusted struct {
	name, schema, tree string
	want               string
	violations         []string
	changes            []string
}

func (tc adjusted) run(t *testing.T, rules validation.Rules) {
	t.Run(tc.name, func(t *testing.T) {
		t.Parallel()
		tree := parse(t, tc.tree)
		before := jsontree.Append(nil, tree)
		report, err := checker(t, tc.schema, rules).Check(t.Context(), tree)
		if got := string(jsontree.Append(nil, report.Tree)); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
		if diff := cmp.Diff(tc.violations, short(report.Violations)); diff != "" {
			t.Errorf("violations: %s", diff)
		}
		if diff := cmp.Diff(tc.changes, short(report.Changes)); diff != "" {
			t.Errorf("changes: %s", diff)
		}
		if (err != nil) != (tc.violations != nil) {
			t.Errorf("err = %v", err)
		}
		if after := jsontree.Append(nil, tree); string(after) != string(before) {
			t.Errorf("the tree that was given became %s", after)
		}
	})
}

func short(list []validation.Violation) []string {
	var out []string
	for _, v := range list {
		out = append(out, strings.TrimSpace(v.Pointer+" "+v.Keyword+" "+v.Received))
	}
	return out
}

func TestCoerce(t *testing.T) {
	t.Parallel()
	const legacy = `"$schema":"http://json-schema.org/draft-07/schema#",`
	for _, tc := range []adjusted{
		{"string to integer", `{"type":"integer"}`, `"42"`, `42`, nil, []string{"type string"}},
		{"string with a fraction of nothing", `{"type":"integer"}`, `"4.0e1"`, `40`, nil, []string{"type string"}},
		{"string with a fraction", `{"type":"integer"}`, `"4.5"`, `"4.5"`, []string{"type string"}, nil},
		{"string to number", `{"type":"number"}`, `"-4.5"`, `-4.5`, nil, []string{"type string"}},
		{"long number keeps its digits", `{"type":"integer"}`, `"123456789012345678901234567890"`, `123456789012345678901234567890`, nil, []string{"type string"}},
		{"no number", `{"type":"number"}`, `"abc"`, `"abc"`, []string{"type string"}, nil},
		{"spaces are no number", `{"type":"number"}`, `" 1"`, `" 1"`, []string{"type string"}, nil},
		{"empty is no number", `{"type":"number"}`, `""`, `""`, []string{"type string"}, nil},
		{"true is no number", `{"type":"number"}`, `"true"`, `"true"`, []string{"type string"}, nil},
		{"an endless exponent", `{"type":"number"}`, `"1e999999999"`, `"1e999999999"`, []string{"type string"}, nil},
		{"string to boolean", `{"items":{"type":"boolean"}}`, `["true","false","yes",1,0,2]`, `[true,false,"yes",true,false,2]`,
			[]string{"/2 type string", "/5 type integer"}, []string{"/0 type string", "/1 type string", "/3 type integer", "/4 type integer"}},
		{"to string", `{"items":{"type":"string"}}`, `[1,1.50,true,null,[],{}]`, `["1","1.5","true",null,[],{}]`,
			[]string{"/3 type null", "/4 type array", "/5 type object"}, []string{"/0 type integer", "/1 type number", "/2 type boolean"}},
		{"the own type stays", `{"type":["string","integer"]}`, `"5"`, `"5"`, nil, nil},
		{"the first that works", `{"type":["integer","boolean"]}`, `"true"`, `true`, nil, []string{"type string"}},
		{"members, in any depth", `{"properties":{"a":{"properties":{"b":{"items":{"type":"integer"}}}}}}`, `{"a":{"b":["1",2]},"c":"1"}`, `{"a":{"b":[1,2]},"c":"1"}`,
			nil, []string{"/a/b/0 type string"}},
		{"references and allOf", `{"allOf":[{"$ref":"#/$defs/o"}],"$defs":{"o":{"properties":{"n":{"$ref":"#/$defs/n"}}},"n":{"type":"integer"}}}`, `{"n":"7"}`, `{"n":7}`, nil, []string{"/n type string"}},
		{"recursion", `{"properties":{"v":{"type":"integer"},"next":{"$ref":"#"}}}`, `{"v":"1","next":{"v":"2"}}`, `{"next":{"v":2},"v":1}`, nil, []string{"/next/v type string", "/v type string"}},
		{"nullable", `{"properties":{"a":{"anyOf":[{"type":"integer"},{"type":"null"}]},"b":{"oneOf":[{"type":"null"},{"type":"integer"}]}}}`, `{"a":"1","b":null}`, `{"a":1,"b":null}`, nil, []string{"/a type string"}},
		{"several alternatives", `{"anyOf":[{"type":"integer"},{"type":"boolean"}]}`, `"1"`, `"1"`, []string{"anyOf string"}, nil},
		{"by pattern and the rest", `{"patternProperties":{"^n_":{"type":"integer"}},"additionalProperties":{"type":"boolean"}}`, `{"n_a":"1","x":"true"}`, `{"n_a":1,"x":true}`, nil, []string{"/n_a type string", "/x type string"}},
		{"tuple", `{"prefixItems":[{"type":"integer"}],"items":{"type":"string"}}`, `["1",2]`, `[1,"2"]`, nil, []string{"/0 type string", "/1 type integer"}},
		{"draft-07 tuple", `{` + legacy + `"items":[{"type":"integer"}],"additionalItems":{"type":"string"}}`, `["1",2]`, `[1,"2"]`, nil, []string{"/0 type string", "/1 type integer"}},
		{"defaults", `{"properties":{"page":{"type":"integer","default":1},"o":{"default":{"a":[1.5]}},"in":{"properties":{"x":{"default":2}}}}}`, `{"in":{}}`, `{"in":{"x":2},"o":{"a":[1.5]},"page":1}`,
			nil, []string{"/in/x default absent", "/o default absent", "/page default absent"}},
		{"a default never replaces", `{"properties":{"a":{"default":1},"b":{"default":1},"c":{"default":1}}}`, `{"a":0,"b":"","c":false}`, `{"a":0,"b":"","c":false}`, nil, nil},
		{"a default through a reference", `{"required":["a"],"properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"string","default":"x"}}}`, `{}`, `{"a":"x"}`, nil, []string{"/a default absent"}},
		{"a default that doesn't fit", `{"properties":{"a":{"type":"integer","default":"x"}}}`, `{}`, `{"a":"x"}`, []string{"/a type string"}, []string{"/a default absent"}},
		{"what comes out is validated", `{"properties":{"a":{"type":"integer","maximum":3}}}`, `{"a":"4"}`, `{"a":4}`, []string{"/a maximum integer"}, []string{"/a type string"}},
		{"not for the sake of not, if and contains", `{"not":{"type":"integer"},"if":{"type":"integer"},"then":false,"contains":{"type":"integer"}}`, `"1"`, `"1"`, nil, nil},
	} {
		tc.run(t, validation.Rules{Mode: validation.Coerce})
	}
}

func TestNulls(t *testing.T) {
	t.Parallel()
	const schema = `{"required":["a"],"properties":{"a":{"type":"string","default":"x"},"b":{"type":"integer"},"c":{"type":["integer","null"],"default":3},
		"d":{"$ref":"#/$defs/d"},"e":{"anyOf":[{"type":"null"},{"type":"string"}]},"f":{"enum":[1,null]}},"$defs":{"d":{"const":4,"default":4}},"items":{"type":"string"}}`
	const tree = `{"a":null,"b":null,"c":null,"d":null,"e":null,"f":null}`
	for nulls, tc := range map[validation.Nulls]adjusted{
		"":                      {"zero", schema, tree, tree, []string{"/a type null", "/b type null", "/d const null"}, nil},
		validation.NullsReject:  {"reject", schema, tree, tree, []string{"/a type null", "/b type null", "/d const null"}, nil},
		validation.NullsDefault: {"default", schema, tree, `{"a":"x","b":null,"c":null,"d":4,"e":null,"f":null}`, []string{"/b type null"}, []string{"/a default null", "/d default null"}},
		validation.NullsPass:    {"pass", schema, tree, tree, nil, nil},
	} {
		tc.run(t, validation.Rules{Nulls: nulls})
	}
	pass := checker(t, schema, validation.Rules{Nulls: validation.NullsPass})
	for tree, want := range map[string][]string{
		tree:                                nil,
		`[null]`:                            {"/0 type null"},
		`{}`:                                {"/a required absent"},
		`{"a":null,"b":"x","o":{"a":null}}`: {"/b type string"},
	} {
		report, _ := pass.Check(t.Context(), parse(t, tree))
		if diff := cmp.Diff(want, short(report.Violations)); diff != "" {
			t.Errorf("%s: %s", tree, diff)
		}
	}
}

func TestExtra(t *testing.T) {
	t.Parallel()
	const schema = `{"$ref":"#/$defs/base","properties":{"a":{"properties":{"b":{}}},"free":{"type":"object"},"open":{"properties":{"k":{}},"additionalProperties":{"type":"integer"}},
		"list":{"items":{"properties":{"n":{}}}},"any":{"anyOf":[{"properties":{"p":{}}},{"properties":{"q":{}}}]}},
		"patternProperties":{"^x-":{}},"if":{"properties":{"cond":{}}},"$defs":{"base":{"properties":{"id":{}}}}}`
	const tree = `{"id":1,"a":{"b":1,"z":2},"free":{"z":1},"open":{"k":1,"z":2},"list":[{"n":1,"z":2},{"n":2}],"any":{"p":1,"q":2,"z":3},"x-y":1,"cond":1,"z":9}`
	extra := []string{"/a/z additionalProperties integer", "/any/z additionalProperties integer", "/list/0/z additionalProperties integer", "/z additionalProperties integer"}
	const stripped = `{"a":{"b":1},"any":{"p":1,"q":2},"cond":1,"free":{"z":1},"id":1,"list":[{"n":1},{"n":2}],"open":{"k":1,"z":2},"x-y":1}`
	whole := string(jsontree.Append(nil, parse(t, tree)))
	for rule, tc := range map[validation.Extra]adjusted{
		"":                    {"zero", schema, tree, whole, nil, nil},
		validation.ExtraKeep:  {"keep", schema, tree, whole, nil, nil},
		validation.ExtraStrip: {"strip", schema, tree, stripped, nil, extra},
		validation.ExtraError: {"error", schema, tree, whole, extra, nil},
	} {
		tc.run(t, validation.Rules{Extra: rule})
	}
	adjusted{"stripped before the schema says no", `{"properties":{"a":{}},"additionalProperties":false}`, `{"a":1,"b":2}`, `{"a":1}`, nil, []string{"/b additionalProperties integer"}}.
		run(t, validation.Rules{Extra: validation.ExtraStrip})
	adjusted{"true is open", `{"properties":{"a":{}},"additionalProperties":true}`, `{"a":1,"b":2}`, `{"a":1,"b":2}`, nil, nil}.
		run(t, validation.Rules{Extra: validation.ExtraError})
	adjusted{"no double report", `{"properties":{"a":{}},"additionalProperties":false}`, `{"b":2}`, `{"b":2}`, []string{"/b additionalProperties integer"}, nil}.
		run(t, validation.Rules{Extra: validation.ExtraError})
}

// TestCheckShares holds that what does not change is shared with the original,
// and what does is not.
func TestCheckShares(t *testing.T) {
	t.Parallel()
	c := checker(t, `{"properties":{"a":{"properties":{"n":{"type":"integer"}}},"b":{}}}`, validation.Rules{Mode: validation.Coerce})
	same := parse(t, `{"a":{"n":1},"b":{}}`)
	report, err := c.Check(t.Context(), same)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%p", report.Tree) != fmt.Sprintf("%p", same) {
		t.Error("a tree that fits was copied")
	}
	other := parse(t, `{"a":{"n":"1"},"b":{}}`).(map[string]any)
	report, err = c.Check(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	changed := report.Tree.(map[string]any)
	if fmt.Sprintf("%p", changed["b"]) != fmt.Sprintf("%p", other["b"]) || fmt.Sprintf("%p", changed["a"]) == fmt.Sprintf("%p", other["a"]) {
		t.Error("b was copied, or a was changed in place")
	}
}

// TestCheckLeaves holds that a file passes through, and is a text to the schema.
func TestCheckLeaves(t *testing.T) {
	t.Parallel()
	type file struct{ name string }
	c := checker(t, `{"properties":{"f":{"type":"string"},"n":{"type":"integer"}}}`, validation.Rules{Mode: validation.Coerce})
	report, err := c.CheckLeaves(t.Context(), map[string]any{"f": &file{"a"}, "n": "1"}, func(any) any { return "file" })
	if err != nil {
		t.Fatal(err)
	}
	if got := report.Tree.(map[string]any); got["n"] != int64(1) || got["f"].(*file).name != "a" {
		t.Errorf("got %v", got)
	}
}

// TestCheckBounded holds that a schema that multiplies, and a tree without end,
// are given up.
func TestCheckBounded(t *testing.T) {
	t.Parallel()
	tree := any(map[string]any{})
	for range 60 {
		tree = map[string]any{"x": tree}
	}
	cyclic := map[string]any{}
	cyclic["x"], cyclic["y"] = cyclic, cyclic
	for _, rules := range []validation.Rules{{Mode: validation.Coerce}, {Extra: validation.ExtraStrip}, {Nulls: validation.NullsPass, Mode: validation.Warn}} {
		c := checker(t, `{"allOf":[{"properties":{"x":{"$ref":"#"}}},{"properties":{"x":{"$ref":"#"}}}],"properties":{"y":{"$ref":"#"}}}`, rules)
		for name, tree := range map[string]any{"multiplying": tree, "cyclic": cyclic} {
			report, _ := c.Check(t.Context(), tree)
			if len(report.Violations) != 1 || report.Violations[0].Keyword != validation.KeywordLimit {
				t.Errorf("%s, %+v: %v", name, rules, report.Violations)
			}
		}
	}
}

func TestCheckHoldsNoValues(t *testing.T) {
	t.Parallel()
	const canary = "tok_5e3cr3t"
	c := checker(t, `{"properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"boolean"}}}`, validation.Rules{Mode: validation.Coerce, Extra: validation.ExtraError})
	report, err := c.Check(t.Context(), map[string]any{"a": canary, "b": json.Number("31337.31337e2"), "c": "tok", "z": canary})
	text := fmt.Sprintf("%+v %+v %v", report.Violations, report.Changes, err)
	if strings.Contains(text, canary) || strings.Contains(text, "31337") || len(report.Violations) != 3 || len(report.Changes) != 1 {
		t.Error(text)
	}
	var failed *validation.Error
	if !errors.As(err, &failed) {
		t.Errorf("err = %v", err)
	}
}
