package canon_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

func limits() canon.Limits {
	return canon.Limits{Bytes: 1 << 20, Depth: 128, Nodes: 100_000, Patterns: 256, PatternBytes: 1 << 10}
}

// plain compiles a schema and gives the plain form as text, without the format
// names unless they hold a pattern.
func plain(t *testing.T, schema string) string {
	t.Helper()
	doc, err := canon.Compile([]byte(schema), limits())
	if err != nil {
		t.Fatalf("Compile(%s): %v", schema, err)
	}
	text, err := json.Marshal(doc.Root)
	if err != nil {
		t.Fatal(err)
	}
	return unformatted(string(text))
}

func unformatted(text string) string {
	return strings.NewReplacer(`"format":"lw4",`, ``, `,"format":"lw4"`, ``, `"format":"lw4"`, ``, `"format":"w4",`, ``, `,"format":"w4"`, ``, `"format":"w4"`, ``).Replace(text)
}

func TestPlainForm(t *testing.T) {
	t.Parallel()
	const legacy = `"$schema":"http://json-schema.org/draft-07/schema#",`
	for _, tc := range []struct{ name, schema, want string }{
		{"bool", `true`, `true`},
		{"annotations go", `{"title":"t","format":"email","contentSchema":{},"x-y":1,"type":"string"}`, `{"type":"string"}`},
		{"a default stays", `{"default":{"a":1.50}}`, `{"default":{"a":1.50}}`},
		{"unused definitions go", `{"$defs":{"a":{}}}`, `{}`},
		{"used definitions are renamed", `{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"},"b":{}}}`,
			`{"$defs":{"d0":{"type":"null"}},"$ref":"#/$defs/d0"}`},
		{"identifiers go", `{"$id":"https://example.com/a","properties":{"x":{"$ref":"b"},"y":{"$ref":"https://example.com/a#c"}},"$defs":{"x":{"$id":"b","const":1},"y":{"$anchor":"c","const":2}}}`,
			`{"$defs":{"d0":{"const":1},"d1":{"const":2}},"properties":{"x":{"$ref":"#/$defs/d0"},"y":{"$ref":"#/$defs/d1"}}}`},
		{"a target in place becomes a reference", `{"properties":{"a":{"minimum":1},"b":{"$ref":"#/properties/a"}}}`,
			`{"$defs":{"d0":{"minimum":1}},"properties":{"a":{"$ref":"#/$defs/d0"},"b":{"$ref":"#/$defs/d0"}}}`},
		{"the root stays", `{"items":{"$ref":"#"}}`, `{"items":{"$ref":"#"}}`},
		{"a target under an unknown keyword", `{"$ref":"#/x/0","x":[{"type":"null"}]}`, `{"$defs":{"d0":{"type":"null"}},"$ref":"#/$defs/d0"}`},
		{"escapes in a pointer", `{"$ref":"#/$defs/a~1b%25","$defs":{"a/b%":{"type":"null"}}}`, `{"$defs":{"d0":{"type":"null"}},"$ref":"#/$defs/d0"}`},
		{"a single dynamic anchor is a reference", `{"items":{"$dynamicRef":"#n"},"$defs":{"n":{"$dynamicAnchor":"n"}}}`,
			`{"$defs":{"d0":{}},"items":{"$ref":"#/$defs/d0"}}`},
		{"counts", `{"maxLength":3.0,"minItems":1e2,"maxItems":1e30}`, `{"maxItems":9007199254740992,"maxLength":3,"minItems":100}`},
		{"numbers keep their digits", `{"minimum":0.10000000000000000000001}`, `{"minimum":0.10000000000000000000001}`},
		{"then without if goes", `{"then":false,"else":false}`, `{}`},
		{"patterns are named", `{"patternProperties":{"^a":{"pattern":"b"}}}`, `{"format":"n4w16","patternProperties":{"^a":{"format":"w4 b","title":"^a"}}}`},
		{"draft-07 tuple", `{` + legacy + `"items":[true],"additionalItems":false}`, `{"items":false,"prefixItems":[true]}`},
		{"draft-07 additionalItems alone", `{` + legacy + `"items":true,"additionalItems":false}`, `{"items":true}`},
		{"draft-07 dependencies", `{` + legacy + `"dependencies":{"a":["b"],"c":false}}`, `{"dependentRequired":{"a":["b"]},"dependentSchemas":{"c":false}}`},
		{"draft-07 reference alone", `{` + legacy + `"$ref":"#/definitions/a","type":5,"definitions":{"a":{"type":"null"}}}`, `{"$defs":{"d0":{"type":"null"}},"$ref":"#/$defs/d0"}`},
		{"draft-07 does not know", `{` + legacy + `"prefixItems":[false],"dependentRequired":5,"minContains":"x","unevaluatedItems":false,"$anchor":1}`, `{}`},
		{"2020-12 does not know", `{"additionalItems":5,"dependencies":5}`, `{}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, plain(t, tc.schema)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestNesting holds that schemas in the plain form stand at most so deep inside
// one another.
func TestNesting(t *testing.T) {
	t.Parallel()
	doc, err := canon.Compile([]byte(strings.Repeat(`{"not":`, 60)+`{}`+strings.Repeat(`}`, 60)), limits())
	if err != nil {
		t.Fatal(err)
	}
	for name, schema := range doc.Defs {
		if text, err := json.Marshal(schema); err != nil || strings.Count(string(text), `"not"`) > 13 {
			t.Errorf("%s: %s, %v", name, text, err)
		}
	}
	if len(doc.Defs) < 4 {
		t.Errorf("only %d definitions", len(doc.Defs))
	}
}

func TestRefusedChain(t *testing.T) {
	t.Parallel()
	defs := `{"$defs":{`
	for i := range 300 {
		defs += `"a` + strings.Repeat("x", i) + `":{"$ref":"#/$defs/a` + strings.Repeat("x", i+1) + `"},`
	}
	_, err := canon.Compile([]byte(defs+`"a`+strings.Repeat("x", 300)+`":{}}}`), limits())
	var refused *canon.Error
	if !errors.As(err, &refused) {
		t.Errorf("a chain of 300 references: %v", err)
	}
}

// FuzzCompile holds that every accepted schema gives a form in which each
// reference has a target and each format a meaning.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`true`, `{"$ref":"#"}`, `{"items":{"$ref":"#"}}`, `{"$ref":"#/a/b","a":{"b":{"$ref":"#/a/c"},"c":{}}}`,
		`{"$id":"x:y","$defs":{"a":{"$id":"#b"},"c":{"$anchor":"d"}},"allOf":[{"$ref":"#d"}]}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"dependencies":{"a":[]},"definitions":{"a":{"$id":"#z"}},"not":{"$ref":"#z"}}`,
		`{"pattern":"a","properties":{"$ref":{"pattern":"b"}},"patternProperties":{"c":{"$ref":"#/properties/$ref"}}}`,
		strings.Repeat(`{"not":`, 40) + `{}` + strings.Repeat(`}`, 40),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := canon.Compile(text, limits())
		if err != nil {
			var refused *canon.Error
			if !errors.As(err, &refused) {
				t.Fatalf("%v is not an *Error", err)
			}
			return
		}
		if _, err := json.Marshal(doc.Root); err != nil {
			t.Fatal(err)
		}
		checkSchema(t, doc, doc.Root)
		inlined := canon.Inline(doc)
		checkSchema(t, inlined, inlined.Root)
		if before, after := schemas(doc), schemas(inlined); after > 2*before+100 {
			t.Fatalf("%d schemas became %d", before, after)
		}
	})
}

// schemas counts those of a document by their formats, of which each has one.
func schemas(doc *canon.Doc) int {
	text, _ := json.Marshal(doc.Root)
	return bytes.Count(text, []byte(`"format":"`))
}

// checkSchema walks the plain form; it knows only where schemas stand.
func checkSchema(t *testing.T, doc *canon.Doc, schema any) {
	t.Helper()
	object, ok := schema.(map[string]any)
	if !ok {
		if _, ok := schema.(bool); !ok {
			t.Fatalf("%v is not a schema", schema)
		}
		return
	}
	if ref, ok := object["$ref"].(string); ok && ref != "#" {
		if _, ok := doc.Defs[strings.TrimPrefix(ref, "#/$defs/")]; !ok {
			t.Fatalf("%s has no target", ref)
		}
	}
	if name, ok := object["format"].(string); ok {
		if format, ok := doc.Formats[name]; !ok || format.Weight < 1 || (format.Pattern != nil) != strings.Contains(name, " ") {
			t.Fatalf("format %q is %v", name, format)
		}
	}
	for keyword, value := range object {
		switch keyword {
		case "not", "if", "then", "else", "items", "contains", "additionalProperties", "propertyNames", "unevaluatedItems", "unevaluatedProperties":
			checkSchema(t, doc, value)
		case "allOf", "anyOf", "oneOf", "prefixItems":
			for _, inner := range value.([]any) {
				checkSchema(t, doc, inner)
			}
		case "properties", "patternProperties", "dependentSchemas", "$defs":
			for _, inner := range value.(map[string]any) {
				checkSchema(t, doc, inner)
			}
		}
	}
}
