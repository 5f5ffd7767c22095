package openapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/openapi"
)

// schemaDoc is a document with one operation, whose body and answer have the schema.
func schemaDoc(version, schema, more string) string {
	if more == "" {
		more = "{}"
	}
	if version == "2.0" {
		return fmt.Sprintf(`{"swagger":"2.0","host":"api.example.com","info":{"title":"t"},"definitions":%s,"paths":{"/a":{"post":{
			"parameters":[{"name":"b","in":"body","required":true,"schema":%s}],"responses":{"200":{"schema":%s}}}}}}`, more, schema, schema)
	}
	return fmt.Sprintf(`{"openapi":%q,"servers":[{"url":"https://api.example.com"}],"info":{"title":"t"},"components":{"schemas":%s},"paths":{"/a":{"post":{
		"requestBody":{"required":true,"content":{"application/json":{"schema":%s}}},
		"responses":{"200":{"content":{"application/json":{"schema":%s}}}}}}}}`, version, more, schema, schema)
}

// converted gives what becomes of a schema in an answer, and in a body.
func converted(t *testing.T, version, schema, more string) (out, in string, notes []openapi.Note) {
	t.Helper()
	res := imported(t, schemaDoc(version, schema, more), openapi.ImportOptions{Layout: "grouped"})
	a := action(t, res, "post_a")
	in = strings.TrimPrefix(string(a.InputSchema), `{"type":"object","properties":{"body":`)
	const rest = `},"required":["body"],"additionalProperties":false`
	if strings.Contains(in, rest+`,"$defs"`) {
		in = strings.Replace(in, "}"+rest, "", 1)
	} else {
		in = strings.TrimSuffix(strings.Replace(in, rest, "", 1), "}")
	}
	for _, n := range res.Report.Notes {
		if n.Code != openapi.NoteAuth {
			notes = append(notes, n)
		}
	}
	return string(a.OutputSchema), in, notes
}

func TestSchemas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, version, schema, want, codes string }{
		{"nullable", "3.0.3", `{"type":"string","nullable":true}`, `{"type":["string","null"]}`, ""},
		{"nullable enum", "3.0.3", `{"type":"string","enum":["a"],"nullable":true}`, `{"type":["string","null"],"enum":["a",null]}`, ""},
		{"nullable of parts", "3.0.3", `{"allOf":[{"type":"string"}],"nullable":true}`, `{"anyOf":[{"allOf":[{"type":"string"}]},{"type":"null"}]}`, ""},
		{"x-nullable", "2.0", `{"type":"integer","x-nullable":true}`, `{"type":["integer","null"]}`, ""},
		{"types", "3.1.0", `{"type":["string","null"]}`, `{"type":["string","null"]}`, ""},
		{"exclusive", "3.0.3", `{"minimum":1,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":false}`, `{"exclusiveMinimum":1,"maximum":9}`, ""},
		{"exclusive number", "3.1.0", `{"exclusiveMinimum":1}`, `{"exclusiveMinimum":1}`, ""},
		{"example", "3.0.3", `{"type":"string","example":"a b"}`, `{"type":"string","examples":["a b"]}`, ""},
		{"discriminator stays", "3.0.3", `{"type":"object","discriminator":{"propertyName":"k"}}`, `{"type":"object","discriminator":{"propertyName":"k"}}`, ""},
		{"extensions go", "3.0.3", `{"type":"string","x-a":1,"xml":{},"externalDocs":{"url":"x"}}`, `{"type":"string"}`, ""},
		{"order stays", "3.0.3", `{"properties":{"z":{},"a":{}},"type":"object"}`, `{"properties":{"z":{},"a":{}},"type":"object"}`, ""},
		{"pattern", "3.0.3", `{"type":"string","pattern":"^(?!a)b$"}`, `{"type":"string"}`, "pattern"},
		{"numeric pattern", "3.0.3", `{"type":"string","pattern":5}`, `{"type":"string"}`, "pattern"},
		{"pattern properties", "3.1.0", `{"patternProperties":{"^a":{"type":"string"},"(?=x)":{}}}`, `{"patternProperties":{"^a":{"type":"string"}}}`, "pattern"},
		{"empty items", "3.0.3", `{"type":"array","items":[]}`, `{"type":"array"}`, "schema"},
		{"list of items", "3.0.3", `{"type":"array","items":[{"type":"string"}]}`, `{"type":"array","prefixItems":[{"type":"string"}]}`, "schema"},
		{"unknown type", "3.0.3", `{"type":"date"}`, `{}`, "schema"},
		{"empty enum", "3.0.3", `{"type":"string","enum":[]}`, `{"type":"string"}`, "schema"},
		{"enum of another type", "3.0.3", `{"type":"integer","enum":["1","2"]}`, `{"type":"integer"}`, "schema"},
		{"required twice", "3.0.3", `{"required":["a","a"],"properties":{"a":{}}}`, `{"required":["a"],"properties":{"a":{}}}`, ""},
		{"required as boolean", "3.0.3", `{"properties":{"a":{"type":"string","required":true}}}`, `{"properties":{"a":{"type":"string"}}}`, ""},
		{"negative length", "3.0.3", `{"maxLength":-1,"minLength":1.5,"maxItems":"3"}`, `{}`, "schema"},
		{"huge number", "3.0.3", `{"maximum":1e999,"multipleOf":0}`, `{}`, "schema"},
		{"empty allOf", "3.0.3", `{"type":"object","allOf":[],"properties":[]}`, `{"type":"object"}`, "schema"},
		{"file", "2.0", `{"type":"object","properties":{"f":{"type":"file"}}}`, `{"type":"object","properties":{"f":{"type":"string"}}}`, ""},
		{"beside ref in 3.0", "3.0.3", `{"properties":{"a":{"$ref":"#/components/schemas/A","description":"d","type":"object"}}}`,
			`{"properties":{"a":{"$ref":"#/$defs/A","description":"d"}},"$defs":{"A":{"type":"string"}}}`, "schema"},
		{"beside ref in 3.1", "3.1.0", `{"properties":{"a":{"$ref":"#/components/schemas/A","maxLength":3}}}`,
			`{"properties":{"a":{"$ref":"#/$defs/A","maxLength":3}},"$defs":{"A":{"type":"string"}}}`, ""},
		{"nullable ref", "3.0.3", `{"properties":{"a":{"$ref":"#/components/schemas/A","nullable":true}}}`,
			`{"properties":{"a":{"anyOf":[{"$ref":"#/$defs/A"},{"type":"null"}]}},"$defs":{"A":{"type":"string"}}}`, ""},
		{"a member called $ref", "3.0.3", `{"properties":{"$ref":{"type":"string"}}}`, `{"properties":{"$ref":{"type":"string"}}}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, in, notes := converted(t, tc.version, tc.schema, `{"A":{"type":"string"}}`)
			if diff := cmp.Diff(tc.want, out); diff != "" && tc.want != "{}" {
				t.Errorf("answer: %s", diff)
			}
			if diff := cmp.Diff(tc.want, in); diff != "" {
				t.Errorf("body: %s", diff)
			}
			if got := codes(notes); got != tc.codes {
				t.Errorf("notes %q, want %q: %v", got, tc.codes, notes)
			}
		})
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, schema, more, want, codes string }{
		{"recursion", `{"$ref":"#/components/schemas/Node"}`, `{"Node":{"properties":{"next":{"$ref":"#/components/schemas/Node"}}}}`,
			`{"$ref":"#/$defs/Node","$defs":{"Node":{"properties":{"next":{"$ref":"#/$defs/Node"}}}}}`, ""},
		{"circle without a step", `{"$ref":"#/components/schemas/A"}`, `{"A":{"$ref":"#/components/schemas/B"},"B":{"allOf":[{"$ref":"#/components/schemas/A"}]}}`,
			`{"$ref":"#/$defs/A","$defs":{"A":true,"B":{"allOf":[{"$ref":"#/$defs/A"}]}}}`, "ref_cycle"},
		{"into a schema", `{"$ref":"#/components/schemas/A/properties/x%20y"}`, `{"A":{"properties":{"x y":{"type":"string"}}}}`,
			`{"$ref":"#/$defs/x_y_HASH","$defs":{"x_y_HASH":{"type":"string"}}}`, ""},
		{"an odd name", `{"$ref":"#/components/schemas/A~1B%5BC%5D"}`, `{"A/B[C]":{"type":"string"}}`,
			`{"$ref":"#/$defs/A_B_C__HASH","$defs":{"A_B_C__HASH":{"type":"string"}}}`, ""},
		{"dangling", `{"type":"object","properties":{"a":{"$ref":"#/components/schemas/Gone"}}}`, ``,
			`{"type":"object","properties":{"a":{}}}`, "unresolved_ref"},
		{"no text", `{"properties":{"a":{"$ref":5,"type":"string"},"b":{"$ref":null}}}`, ``, `{"properties":{"a":{"type":"string"},"b":{}}}`, "schema"},
		{"out of the document", `{"properties":{"a":{"$ref":"other.json#/A"}}}`, ``, `{"properties":{"a":{}}}`, "unresolved_ref"},
		{"only what is needed", `{"properties":{"a":{"$ref":"#/components/schemas/A"}}}`, `{"A":{"type":"string"},"B":{"type":"null"}}`,
			`{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, _, notes := converted(t, "3.1.0", tc.schema, tc.more)
			if diff := cmp.Diff(tc.want, withoutHashes(out)); diff != "" {
				t.Error(diff)
			}
			if got := codes(notes); got != tc.codes {
				t.Errorf("notes %q, want %q: %v", got, tc.codes, notes)
			}
		})
	}
}

// withoutHashes replaces what stands behind the names of schemas that aren't named in the document.
func withoutHashes(s string) string {
	const digits = "0123456789abcdef"
	for i := 0; i+13 <= len(s); i++ {
		if s[i] == '_' && strings.Trim(s[i+1:i+13], digits) == "" {
			s = s[:i+1] + "HASH" + s[i+13:]
		}
	}
	return s
}

func TestDirections(t *testing.T) {
	t.Parallel()
	const thing = `{"Base":{"type":"object","required":["id","name"],"properties":{
		"id":{"type":"integer","readOnly":true},"name":{"type":"string"},"secret":{"type":"string","writeOnly":true},"made":{"$ref":"#/components/schemas/Made"}}},
		"Made":{"type":"string","readOnly":true}}`
	out, in, _ := converted(t, "3.0.3", `{"allOf":[{"$ref":"#/components/schemas/Base"},{"required":["id","secret","name"]}]}`, thing)
	wantOut := `{"allOf":[{"$ref":"#/$defs/Base"},{"required":["id","name"]}],"$defs":{"Base":{"type":"object","required":["id","name"],"properties":{"id":{"type":"integer"},"name":{"type":"string"},"made":{"$ref":"#/$defs/Made"}}},"Made":{"type":"string"}}}`
	wantIn := `{"allOf":[{"$ref":"#/$defs/Base"},{"required":["secret","name"]}],"$defs":{"Base":{"type":"object","required":["name"],"properties":{"name":{"type":"string"},"secret":{"type":"string"}}}}}`
	if diff := cmp.Diff(wantOut, out); diff != "" {
		t.Errorf("answer: %s", diff)
	}
	if diff := cmp.Diff(wantIn, in); diff != "" {
		t.Errorf("body: %s", diff)
	}
}

// TestLargeSchemas holds what goes first of a schema that is too large: texts, then what is farthest away; members of the
// top stay.
func TestLargeSchemas(t *testing.T) {
	t.Parallel()
	chain := func(text string, n int) string {
		var defs []string
		for i := range n {
			defs = append(defs, fmt.Sprintf(`"S%d":{"description":%q,"title":%q,"example":{"a":%q},"properties":{"own%d":{"type":"string"},"next":{"$ref":"#/components/schemas/S%d"}}}`, i, text, text, text, i, (i+1)%n))
		}
		return "{" + strings.Join(defs, ",") + "}"
	}
	deep := func(n int) string { // members of the top, each with more of the same within
		nested := `{"type":"object","description":"` + strings.Repeat("x", 200) + `","properties":{"a":{"type":"object","properties":{"b":{"type":"array","items":{"type":"string","enum":["` + strings.Repeat("y", 300) + `"]}}}}}}`
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`"top%d":%s`, i, nested))
		}
		return `{"type":"object","properties":{` + strings.Join(list, ",") + `}}`
	}
	const ref = `{"$ref":"#/components/schemas/S0"}`
	for _, tc := range []struct {
		name, schema, defs string
		notes              string
		has, hasNot        []string
	}{
		{"all fits", ref, chain("text", 3), "auth", []string{`"description":"text"`, `"examples"`, "own2"}, []string{":true", "…"}},
		{"without examples", ref, chain(strings.Repeat("x", 250), 10), "auth text", []string{"own9", "…"}, []string{":true"}},
		{"with a few texts", ref, chain(strings.Repeat("x", 1000), 60), "auth text", []string{"own59", "…"}, []string{":true"}},
		{"some of it", ref, chain(strings.Repeat("x", 1000), 200), "auth schema_cut", []string{"own50", ":true"}, []string{"own199"}},
		{"a large top", deep(17), "", "auth text", []string{`"top16":{"type":"object"`, "yyy"}, []string{"xxx"}},
		{"a larger top", deep(23), "", "auth schema_cut", []string{`"top22":{"type":"object","properties":{"a":{"type":"object"`}, []string{"xxx", "yyy"}},
		{"a huge top", deep(200), "", "auth schema_cut", []string{`"top0":{"type":"object"}`, `"top199":{"type":"object"}`}, []string{`"a":`}},
		{"too many members", deep(2000), "", "auth schema_cut", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			defs := tc.defs
			if defs == "" {
				defs = "{}"
			}
			const most = 8000
			res := imported(t, schemaDoc("3.0.3", tc.schema, defs), openapi.ImportOptions{MaxSchema: most})
			a := action(t, res, "post_a")
			for side, s := range map[string][]byte{"input": a.InputSchema, "output": a.OutputSchema} {
				if len(s) > most*9/8 {
					t.Errorf("%s: %d bytes", side, len(s))
				}
				for _, want := range tc.has {
					if !strings.Contains(string(s), want) {
						t.Errorf("%s: no %s in %.1500s", side, want, s)
					}
				}
				for _, never := range tc.hasNot {
					if strings.Contains(string(s), never) {
						t.Errorf("%s: %s in %.1500s", side, never, s)
					}
				}
			}
			if got := codes(res.Report.Notes); got != tc.notes {
				t.Errorf("notes %q, want %q", got, tc.notes)
			}
		})
	}
}
