package validation_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// FuzzCompile holds that no schema makes Compile panic or Validate report a
// mistake of the schema, that what it accepts it can run, and that the answer
// is sorted, bounded and the same each time.
func FuzzCompile(f *testing.F) {
	trees := []string{`null`, `true`, `"abc"`, `-0.5`, `9`, `[1,"a",{"a":null}]`, `{"a":{"b":[1,1]},"x-y":"z","":0}`}
	for _, schema := range []string{
		``, `{`, `[]`, `true`, `false`, `{}`, `{"type":"x"}`, `{"$ref":"#"}`, `{"$ref":"#/properties/a"}`, issueSchema,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false,"dependencies":{"a":["b"],"c":{"minProperties":2}}}`,
		`{"allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"properties":{"x":{"$ref":"#"}}}}}`,
		`{"patternProperties":{"^a":{"type":"string","pattern":"b+"},"b$":false},"propertyNames":{"maxLength":2}}`,
		`{"$id":"https://example.com/a","$defs":{"b":{"$id":"b","$anchor":"c","not":{}}},"anyOf":[{"$ref":"b#c"},{"$ref":"#/$defs/b"}]}`,
		`{"if":{"type":"object"},"then":{"required":["q"]},"else":{"oneOf":[{"const":1},{"enum":[1,"abc"]}]}}`,
		`{"contains":{"minimum":1},"minContains":2,"unevaluatedItems":{"type":"string"},"unevaluatedProperties":false}`,
		`{"$dynamicRef":"#n","$defs":{"n":{"$dynamicAnchor":"n","items":{"$dynamicRef":"#n"}}}}`,
		`{"minimum":1e999999999}`, `{"pattern":"(a{1000}){1000}"}`, `{"properties":{"~/":{"type":["null"]}},"required":["~/"]}`,
	} {
		f.Add(schema)
	}
	var parsed []any
	for _, tree := range trees {
		parsed = append(parsed, parse(f, tree))
	}
	engine := validation.Kaptinlin{Instances: 1, MaxBytes: 4 << 10}
	f.Fuzz(func(t *testing.T, text string) {
		schema, err := engine.Compile([]byte(text))
		var refused *validation.SchemaError
		if err != nil {
			if !errors.As(err, &refused) || schema != nil || refused.Reason == "" {
				t.Fatalf("Compile = %v, %#v", schema, err)
			}
			if strings.Contains(refused.Reason, "the engine") {
				t.Fatalf("our check let through what the engine refused: %v", err)
			}
			return
		}
		for _, tree := range parsed {
			checkAnswer(t, schema, tree)
		}
	})
}

// FuzzValidate does the same for trees.
func FuzzValidate(f *testing.F) {
	for _, tree := range []string{
		`null`, `[]`, `{}`, string(issues(1)), `[{"id":1.0,"title":"x"}]`, `[{"id":1e400,"user":{"login":1}}]`,
		`{"a":{"a":{"b":"x"}},"x-1":[1,2,2]}`, `{"~/":1,"":{"":{}}}`, `[[[[1e-999]]]]`, `[123456789012345678901234567890]`,
	} {
		f.Add(tree)
	}
	schemas := []validation.Schema{
		compile(f, validation.Kaptinlin{}, issueSchema),
		compile(f, validation.Kaptinlin{}, `{"type":["object","array","integer"],"additionalProperties":{"$ref":"#"},"items":{"$ref":"#"},
			"patternProperties":{"^x-":{"uniqueItems":true},"^a$":{"maxProperties":1}},"propertyNames":{"pattern":"^[^~]*$"},
			"not":{"required":["b","c"]},"multipleOf":0.5,"dependentRequired":{"a":["z"]}}`),
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
		if err != nil {
			return
		}
		before := jsontree.Append(nil, tree)
		for _, schema := range schemas {
			checkAnswer(t, schema, tree)
		}
		if after := jsontree.Append(nil, tree); string(before) != string(after) {
			t.Fatalf("the tree was %s and is %s", before, after)
		}
	})
}

func checkAnswer(t *testing.T, schema validation.Schema, tree any) {
	t.Helper()
	found := schema.Validate(t.Context(), tree)
	if again := schema.Validate(t.Context(), tree); !slices.Equal(found, again) {
		t.Fatalf("first %v, then %v", found, again)
	}
	if len(found) > validation.MaxViolations {
		t.Fatalf("%d violations", len(found))
	}
	for i, v := range found {
		if v.Keyword == validation.KeywordInternal {
			t.Fatalf("internal: %+v", v)
		}
		if v.Keyword == "" || v.Expected == "" || v.Received == "" {
			t.Fatalf("incomplete: %+v", v)
		}
		if i > 0 && (found[i-1].Pointer > v.Pointer || found[i-1].Pointer == v.Pointer && found[i-1].Keyword > v.Keyword) {
			t.Fatalf("not sorted: %v", found)
		}
	}
}
