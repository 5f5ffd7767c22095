package openapi_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/waygate-go/waygate/openapi"
)

// TestIdentifiers follows references to the names that schemas give themselves: anchors, and URIs of their own.
func TestIdentifiers(t *testing.T) {
	t.Parallel()
	const schemas = `{
		"Anchored":{"$anchor":"thing","type":"object","properties":{"anchored":{"type":"string"},"self":{"$ref":"#thing"}}},
		"Dynamic":{"$dynamicAnchor":"node","properties":{"dynamic":{}}},
		"Named":{"$id":"https://schemas.example.com/named/main","properties":{"own":{"$ref":"#/$defs/Own"},"other":{"$ref":"other"},"root":{"$ref":"#/components/schemas/Plain"},"inner":{"$ref":"#inside"}},
			"$defs":{"Own":{"properties":{"of_named":{}}},"In":{"$anchor":"inside","properties":{"of_inside":{}}}}},
		"Other":{"$id":"https://schemas.example.com/named/other","properties":{"of_other":{}},"$defs":{"Own":{"properties":{"of_other_own":{}}}}},
		"Same1":{"$anchor":"same","type":"string"},"Same2":{"$anchor":"same","type":"integer"},
		"Plain":{"properties":{"plain":{}}},
		"Hidden":{"$anchor":"hidden","type":"string","readOnly":true},
		"Twice1":{"$id":"a","$defs":{"x":{"$anchor":"twice","properties":{"first":{}}}}},
		"Twice2":{"$id":"b","$defs":{"x":{"$anchor":"twice","properties":{"second":{}}}}}}`
	for _, tc := range []struct{ name, version, ref, has, codes string }{
		{"an anchor", "3.1.0", "#thing", `"anchored":{"type":"string"},"self":{"$ref":"#/$defs/Anchored"}`, "auth"},
		{"a dynamic anchor", "3.1.0", "#node", `"dynamic":{}`, "auth"},
		{"an anchor within a schema with a name, from outside", "3.1.0", "#inside", "of_inside", "auth"},
		{"an anchor by URI", "3.1.0", "https://schemas.example.com/named/main#inside", "of_inside", "auth"},
		{"a URI", "3.1.0", "https://schemas.example.com/named/other", "of_other", "auth"},
		{"a pointer below a URI", "3.1.0", "https://schemas.example.com/named/other#/$defs/Own", "of_other_own", "auth"},
		{"references within a schema with a name", "3.1.0", "#/components/schemas/Named", "of_named", "auth"},
		{"one beside it", "3.1.0", "#/components/schemas/Named", "of_other", "auth"},
		{"one from the root of the document", "3.1.0", "#/components/schemas/Named", "plain", "auth"},
		{"an anchor of it", "3.1.0", "#/components/schemas/Named", "of_inside", "auth"},
		{"relative to the document", "3.1.0", "b#twice", "second", "auth"},
		{"an anchor that two have", "3.1.0", "#twice", "", "auth unresolved_ref"},
		{"an anchor that two have in one resource", "3.1.0", "#same", "", "auth unresolved_ref"},
		{"an anchor that nobody has", "3.1.0", "#nobody", "", "auth unresolved_ref"},
		{"a URI that nobody has", "3.1.0", "https://schemas.example.com/nobody", "", "auth unresolved_ref"},
		{"in 3.0 there are none", "3.0.3", "#thing", "", "auth unresolved_ref"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			res := imported(t, schemaDoc(tc.version, `{"properties":{"x":{"$ref":"`+tc.ref+`"}}}`, schemas), openapi.ImportOptions{})
			a := action(t, res, "post_a")
			for side, s := range map[string][]byte{"input": a.InputSchema, "answer": a.OutputSchema} {
				if !strings.Contains(string(s), tc.has) {
					t.Errorf("%s: no %s in %s", side, tc.has, s)
				}
			}
			if got := codes(res.Report.Notes); got != tc.codes {
				t.Errorf("notes %q, want %q: %v", got, tc.codes, res.Report.Notes)
			}
		})
	}
	res := imported(t, schemaDoc("3.1.0", `{"properties":{"gone":{"$ref":"#hidden"},"here":{}}}`, schemas), openapi.ImportOptions{})
	if a := action(t, res, "post_a"); strings.Contains(string(a.InputSchema), "gone") || !strings.Contains(string(a.OutputSchema), "gone") {
		t.Errorf("a read-only member behind an anchor: %s, %s", a.InputSchema, a.OutputSchema)
	}
}

// TestAnchorsElsewhere follows an anchor of another file, and the name that a document of 3.2 gives itself; a parameter whose
// anchor isn't there costs its operation.
func TestAnchorsElsewhere(t *testing.T) {
	t.Parallel()
	var asked []string
	src := openapi.File(fstest.MapFS{
		"api/main.yaml": {Data: []byte(`
openapi: 3.2.0
$self: https://api.example.com/api/main.yaml
servers: [{url: https://api.example.com}]
paths:
  /a: {get: {responses: {"200": {content: {application/json: {schema: {$ref: "schemas.json#thing"}}}}}}}
  /b: {get: {responses: {"200": {content: {application/json: {schema: {$ref: "https://api.example.com/api/main.yaml#/components/schemas/Own"}}}}}}}
  /c: {get: {parameters: [{$ref: "#nobody"}], responses: {}}}
components: {schemas: {Own: {properties: {own: {}}}}}
`)},
		"api/schemas.json": {Data: []byte(`{"$defs":{"T":{"$anchor":"thing","properties":{"of_file":{}}}}}`)},
	}, "api/main.yaml")
	other := src.Other
	src.Other = func(ctx context.Context, name string) (io.ReadCloser, error) {
		asked = append(asked, name)
		return other(ctx, name)
	}
	d, err := openapi.Load(t.Context(), src, openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Import(t.Context(), openapi.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, res)
	for id, want := range map[string]string{"get_a": "of_file", "get_b": `"own"`} {
		if got := string(action(t, res, id).OutputSchema); !strings.Contains(got, want) {
			t.Errorf("%s: %s", id, got)
		}
	}
	if s := res.Report.Skips; len(s) != 1 || s[0].Path != "/c" || s[0].Code != openapi.SkipReference {
		t.Errorf("%v", s)
	}
	if len(asked) != 1 || asked[0] != "/api/schemas.json" {
		t.Errorf("asked for %q", asked)
	}
}
