package openapi_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/openapi"
)

// broken is a document with faults that real ones have, each in an operation of its own.
const broken = `{"openapi":"3.0.3","info":{"title":"t"},"servers":[{"url":"https://api.example.com"}],"paths":{
"/dangling":{"get":{"parameters":[{"$ref":"#/components/parameters/gone"}],"responses":{}}},
"/dangling-schema":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/Gone"}}}}}},"responses":{}}},
"/pattern":{"get":{"parameters":[{"name":"a","in":"query","schema":{"type":"string","pattern":42}}],"responses":{}}},
"/sub-pointer":{"get":{"responses":{"200":{"content":{"application/json":{"schema":{"$ref":"#/paths/~1source/post/requestBody/content/application~1json/schema"}}}}}}},
"/source":{"post":{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"a":{"type":"string"}}}}}},"responses":{}}},
"/escapes":{"get":{"parameters":[{"n\u0061me":"\u0061\/b","in":"query","schema":{"type":"string","description":"\"\\\u2028\ud83d\ude00"}}],"responses":{}}},
"/items":{"get":{"parameters":[{"name":"a","in":"query","schema":{"type":"array","items":[]}}],"responses":{}}},
"/no-object":{"get":[1,2]},
"/no-item":7,
"/no-parameters":{"get":{"parameters":{"name":"a"},"responses":[]}},
"/no-responses":{"get":{}},
"/odd-parameter":{"get":{"parameters":[5,{"in":"query"},{"name":"x","in":"nowhere"},{"name":"ok","in":"query"}],"responses":{}}},
"/odd-body":{"post":{"requestBody":[],"responses":{}}},
"/circle":{"get":{"parameters":[{"$ref":"#/paths/~1circle/get/parameters/0"}],"responses":{}}},
"/good":{"get":{"responses":{}}}}}`

// TestBroken holds that a fault costs the operation that has it, and no other.
func TestBroken(t *testing.T) {
	t.Parallel()
	res := imported(t, broken, openapi.ImportOptions{})
	want := map[string]openapi.Code{
		"/dangling": openapi.SkipReference, "/no-object": openapi.SkipMalformed, "/odd-body": openapi.SkipMalformed, "/circle": openapi.SkipReference,
	}
	for _, s := range res.Report.Skips {
		if want[s.Path] != s.Code {
			t.Errorf("%s", s)
		}
		delete(want, s.Path)
	}
	if len(want) > 0 || res.Report.Total != 14 || res.Report.Imported != 10 {
		t.Errorf("not skipped: %v; %d of %d imported", want, res.Report.Imported, res.Report.Total)
	}
	if got := string(action(t, res, "get_sub_pointer").OutputSchema); !strings.Contains(got, `"a":{"type":"string"}`) {
		t.Errorf("a reference into another operation: %s", got)
	}
	if got := action(t, res, "get_escapes").Parameters; len(got) != 1 || got[0].Name != "a/b" {
		t.Errorf("escapes: %v", got)
	}
	for _, path := range []string{"/dangling-schema", "/pattern", "/items"} {
		found := false
		for _, n := range res.Report.Notes {
			found = found || n.Path == path && n.Code != openapi.NoteResponse
		}
		if !found {
			t.Errorf("%s: no note of what was left out", path)
		}
	}
}

// TestHostile holds that documents which are made to hurt end within limits.
func TestHostile(t *testing.T) {
	t.Parallel()
	var chain, wide, deep strings.Builder
	for i := range 1000 {
		chain.WriteString(`,"C` + itoa(i) + `":{"allOf":[{"$ref":"#/components/schemas/C` + itoa((i+1)%1000) + `"}]}`)
		wide.WriteString(`,"W` + itoa(i) + `":{"type":"object","properties":{"a":{"$ref":"#/components/schemas/W` + itoa((i*7+1)%1000) + `"},"b":{"$ref":"#/components/schemas/W` + itoa((i*13+5)%1000) + `"}}}`)
	}
	deep.WriteString(strings.Repeat(`{"items":`, 200) + `{}` + strings.Repeat(`}`, 200))
	schemas := `{"X":{}` + chain.String() + wide.String() + `,"D":` + deep.String() + `,"S":{"$ref":"#/components/schemas/S"},"T":{"allOf":[{"$ref":"#/components/schemas/T"},{"$ref":"#/components/schemas/T"}]}}`
	for _, name := range []string{"C0", "W0", "D", "S", "T"} {
		ref := `{"$ref":"#/components/schemas/` + name + `"}`
		imported(t, schemaDoc("3.1.0", ref, schemas), openapi.ImportOptions{})
	}
	imported(t, `{"openapi":"3.0.0","info":{"title":"t"},"paths":{"/a":{"$ref":"#/paths/~1b"},"/b":{"$ref":"#/paths/~1a"}}}`, openapi.ImportOptions{})
	imported(t, `{"openapi":"3.0.0","info":{"title":"t"},"paths":{"/`+strings.Repeat("{x}", 3000)+`":{"get":{}}}}`, openapi.ImportOptions{})
}

func itoa(i int) string { return strconv.Itoa(i) }

// FuzzLoad holds that any text is refused or imported, within limits, and that what is imported can be written.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		broken, schemaDoc("2.0", `{"type":"object"}`, ""), schemaDoc("3.0.0", `{"allOf":[{"$ref":"#/components/schemas/A"}]}`, `{"A":{"nullable":true}}`),
		"openapi: 3.1.0\npaths: {/a/{b}: {get: {parameters: [{name: b, in: path, style: matrix}]}}}", "swagger: 2\npaths: {/a: {post: {parameters: [{in: formData, name: x, type: file}]}}}",
		"openapi: 3.0.0\nservers: [{url: 'https://{a}.{b}'}]", `{"openapi":"3.2.0","paths":{"/a#b?c={d}":{"query":{},"additionalOperations":{"X":{}}}}}`,
		schemaDoc("3.1.0", `{"$ref":"#a"}`, `{"A":{"$id":"x","$anchor":"a","$ref":"y#b"},"B":{"$id":"y","$dynamicAnchor":"b","$ref":"x#/%2e","allOf":[{"$ref":"#a"}]}}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		d, err := openapi.Load(t.Context(), openapi.Bytes("", doc), openapi.Options{MaxBytes: 1 << 14, MaxValues: 5_000})
		if err != nil {
			return
		}
		res, err := d.Import(t.Context(), openapi.ImportOptions{ID: "x", BaseURL: "https://a.example.com"})
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, res)
		if raw, err := json.Marshal(res.Integration); err != nil || !json.Valid(raw) {
			t.Errorf("no written form: %v", err)
		}
	})
}
