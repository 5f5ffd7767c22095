package validation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/validation"
)

func TestDocuments(t *testing.T) {
	t.Parallel()
	const (
		uri  = "https://example.com/d.json"
		meta = "https://example.com/meta.json"
		head = `{"$schema":"https://json-schema.org/draft/2020-12/schema",`
		core = `"https://json-schema.org/draft/2020-12/vocab/core":true`
	)
	refersTo := func(uri string) string { return `{"$ref":"` + uri + `"}` }
	for _, tc := range []struct {
		name, schema string
		documents    map[string]string
		limit        int
		pointer      string // of the refusal; "-" for none
	}{
		{"a document", refersTo(uri), map[string]string{uri: `{"type":"null"}`}, 0, "-"},
		{"its member", refersTo(uri + "#/$defs/a"), map[string]string{uri: `{"$defs":{"a":{"type":"null"}}}`}, 0, "-"},
		{"its anchor", refersTo(uri + "#a"), map[string]string{uri: `{"x":1,"$defs":{"b":{"$anchor":"a"}}}`}, 0, "-"},
		{"no such anchor", refersTo(uri + "#b"), map[string]string{uri: `{}`}, 0, "/$ref"},
		{"no such member", refersTo(uri + "#/b"), map[string]string{uri: `{}`}, 0, "/$ref"},
		{"a mistake in it", refersTo(uri), map[string]string{uri: `{"items":{"type":"strnig"}}`}, 0, uri + "#/items/type"},
		{"not JSON", refersTo(uri), map[string]string{uri: `{`}, 0, uri + "#"},
		{"a reference out of it", refersTo(uri), map[string]string{uri: `{"$ref":"e.json"}`}, 0, uri + "#/$ref"},
		{"a cycle through it", refersTo(uri), map[string]string{uri: `{"$ref":"e.json"}`, "https://example.com/e.json": `{"$ref":"d.json"}`}, 0, uri + "#"},
		{"unused ones don't count", `{}`, map[string]string{uri: strings.Repeat(" ", 100) + `{"type":"strnig"}`}, 50, "-"},
		{"used ones do", refersTo(uri), map[string]string{uri: strings.Repeat(" ", 100) + `{}`}, 120, uri + "#"},
		{"a name with a fragment", `{}`, map[string]string{uri + "#": `{}`}, 0, ""},
		{"a relative name", `{}`, map[string]string{"d.json": `{}`}, 0, ""},
		{"draft-07 in 2020-12", refersTo(uri), map[string]string{uri: `{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"prefixItems":5}`}, 0, "-"},
		{"another dialect", refersTo(uri), map[string]string{uri: `{"$schema":"https://json-schema.org/draft/2019-09/schema"}`}, 0, uri + "#/$schema"},
		{"the metaschema", refersTo("https://json-schema.org/draft/2020-12/schema"), nil, 0, "-"},
		{"the older metaschema", refersTo("http://json-schema.org/draft-07/schema#"), nil, 0, "-"},
		{"a metaschema of one's own", `{"$schema":"` + meta + `"}`, map[string]string{meta: head + `"$vocabulary":{` + core + `}}`}, 0, "-"},
		{"it requires what we lack", `{"$schema":"` + meta + `"}`, map[string]string{meta: head + `"$vocabulary":{` + core + `,"https://example.com/v":true}}`}, 0, "/$schema"},
		{"it requires formats", `{"$schema":"` + meta + `"}`, map[string]string{meta: head + `"$vocabulary":{` + core + `,"https://json-schema.org/draft/2020-12/vocab/format-assertion":true}}`}, 0, "/$schema"},
		{"it lacks the core", `{"$schema":"` + meta + `"}`, map[string]string{meta: head + `"$vocabulary":{}}`}, 0, "/$schema"},
		{"it is of no dialect", `{"$schema":"` + meta + `"}`, map[string]string{meta: `{}`}, 0, "/$schema"},
		{"its vocabulary is odd", `{"$schema":"` + meta + `"}`, map[string]string{meta: head + `"$vocabulary":{"x":1}}`}, 0, "/$schema"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			engine := validation.Kaptinlin{MaxBytes: tc.limit, Documents: map[string][]byte{}}
			for name, text := range tc.documents {
				engine.Documents[name] = []byte(text)
			}
			_, err := engine.Compile([]byte(tc.schema))
			var refused *validation.SchemaError
			if tc.pointer == "-" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
			} else if !errors.As(err, &refused) || refused.Pointer != tc.pointer {
				t.Errorf("err = %#v, want one at %q", err, tc.pointer)
			}
		})
	}
}

// TestMetaschema holds that the embedded metaschemas judge schemas.
func TestMetaschema(t *testing.T) {
	t.Parallel()
	for _, uri := range []string{"https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"} {
		s := compile(t, validation.Kaptinlin{}, `{"$ref":"`+uri+`"}`)
		if got := s.Validate(t.Context(), parse(t, `{"properties":{"a":{"items":{"minLength":1}}}}`)); got != nil {
			t.Errorf("%s: a schema: %v", uri, got)
		}
		got := short(s.Validate(t.Context(), parse(t, `{"properties":{"a":{"items":{"minLength":-1}}}}`)))
		if len(got) == 0 || got[0] != "/properties/a/items anyOf object" && got[len(got)-1] != "/properties/a/items/minLength minimum integer" {
			t.Errorf("%s: a negative length: %v", uri, got)
		}
	}
}

// TestVocabulary holds that keywords of a vocabulary that a metaschema leaves out
// mean nothing.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	const meta = "https://example.com/meta.json"
	engine := validation.Kaptinlin{Documents: map[string][]byte{meta: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","$vocabulary":{
		"https://json-schema.org/draft/2020-12/vocab/core":true,"https://json-schema.org/draft/2020-12/vocab/applicator":true}}`)}}
	s := compile(t, engine, `{"$schema":"`+meta+`","type":"strnig","unevaluatedProperties":5,"properties":{"a":false}}`)
	if got := short(s.Validate(t.Context(), parse(t, `{"a":1}`))); len(got) != 1 || got[0] != "/a properties integer" {
		t.Errorf("got %v", got)
	}
}
