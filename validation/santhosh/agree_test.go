package santhosh_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// refuseAll loads nothing.
type refuseAll struct{}

func (refuseAll) Load(string) (any, error) { return nil, fmt.Errorf("nothing is loaded") }

// bare compiles a schema with the library alone.
func bare(text []byte) (*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(refuseAll{})
	c.RegisterFormat(&jsonschema.Format{Name: "email", Validate: func(any) error { return nil }})
	if err := c.AddResource("schema://document/", doc); err != nil {
		return nil, err
	}
	return c.Compile("schema://document/")
}

// FuzzAgree holds that both engines accept the same schemas, give the same verdict
// and violations of a tree, and that the verdict is the one of the library alone,
// which sees the schema as it is written.
func FuzzAgree(f *testing.F) {
	trees := []string{`null`, `"abc"`, `-0.5`, `9`, `[1,"a",{"a":null},1]`, `{"a":{"b":[1,1]},"x-y":"z","":0}`, `{"a":"b","c":[[]]}`}
	for _, schema := range []string{
		`true`, `false`, `{"type":["string","null"],"maxLength":2,"enum":["a",null]}`, `{"items":{"$ref":"#"},"minItems":2}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false,"dependencies":{"a":["b"],"c":{"minProperties":2}}}`,
		`{"patternProperties":{"^a":{"type":"string","pattern":"b+"},"b$":false},"propertyNames":{"maxLength":2},"additionalProperties":false}`,
		`{"$id":"https://example.com/a","$defs":{"b":{"$id":"b","$anchor":"c","not":{}}},"anyOf":[{"$ref":"b#c"},{"type":"array"}]}`,
		`{"if":{"type":"object"},"then":{"required":["q"]},"else":{"oneOf":[{"const":1},{"enum":[1,"abc"]}]}}`,
		`{"contains":{"minimum":1},"minContains":2,"unevaluatedItems":{"type":"string"},"unevaluatedProperties":false,"properties":{"a":{}}}`,
		`{"$id":"https://example.com/t","$dynamicAnchor":"n","items":{"$dynamicRef":"#n"},"$defs":{"s":{"$id":"s","$dynamicAnchor":"n","$ref":"t","type":"array"}},"allOf":[{"$ref":"s"}]}`,
		`{"uniqueItems":true,"multipleOf":0.5,"dependentSchemas":{"a":{"maxProperties":1}},"dependentRequired":{"a":["z"]}}`,
	} {
		for i := range trees {
			f.Add(schema, trees[i])
		}
	}
	first, second := validation.Kaptinlin{Instances: 1, MaxBytes: 4 << 10}, santhosh.Engine{Instances: 1, MaxBytes: 4 << 10}
	f.Fuzz(func(t *testing.T, schema, text string) {
		a, errA := first.Compile([]byte(schema))
		b, errB := second.Compile([]byte(schema))
		if (errA == nil) != (errB == nil) || errA != nil && errA.Error() != errB.Error() {
			t.Fatalf("Kaptinlin says %v, santhosh %v", errA, errB)
		}
		var tree any
		if errA != nil || len(text) > 4<<10 || json.Unmarshal([]byte(text), &tree) != nil {
			return
		}
		foundA, foundB := a.Validate(t.Context(), tree), b.Validate(t.Context(), tree)
		if limited(foundA) || limited(foundB) {
			return
		}
		if !slices.Equal(foundA, foundB) {
			t.Fatalf("Kaptinlin finds %v, santhosh %v", foundA, foundB)
		}
		if c, err := bare([]byte(schema)); err == nil && (c.Validate(tree) == nil) != (foundA == nil) {
			t.Fatalf("the engines find %v, the library alone %v", foundA, c.Validate(tree))
		}
	})
}

func limited(list []validation.Violation) bool {
	return slices.ContainsFunc(list, func(v validation.Violation) bool { return v.Keyword == validation.KeywordLimit })
}
