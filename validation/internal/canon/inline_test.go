package canon_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// inlined gives the inlined form as text, without format names.
func inlined(t *testing.T, schema string) (text string, doc *canon.Doc) {
	t.Helper()
	doc, err := canon.Compile([]byte(schema), limits())
	if err != nil {
		t.Fatal(err)
	}
	before, _ := json.Marshal(doc.Root)
	out := canon.Inline(doc)
	if after, _ := json.Marshal(doc.Root); string(after) != string(before) {
		t.Errorf("the form that was given has changed: %s, then %s", before, after)
	}
	after, err := json.Marshal(out.Root)
	if err != nil {
		t.Fatal(err)
	}
	return unformatted(string(after)), out
}

func TestInline(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ schema, want string }{
		"alone":                 {`{"items":{"$ref":"#/$defs/a"},"$defs":{"a":{"type":"null"}}}`, `{"items":{"type":"null"}}`},
		"the root":              {`{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}`, `{"type":"null"}`},
		"several":               {`{"properties":{"x":{"$ref":"#/$defs/a"},"y":{"$ref":"#/$defs/a"}},"$defs":{"a":{"const":1}}}`, `{"properties":{"x":{"const":1},"y":{"const":1}}}`},
		"in one another":        {`{"not":{"$ref":"#/$defs/a"},"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"},true]},"b":{"const":2}}}`, `{"not":{"anyOf":[{"const":2},true]}}`},
		"beside another":        {`{"not":{"$ref":"#/$defs/a","maxLength":3},"$defs":{"a":{"const":1}}}`, `{"$defs":{"d0":{"const":1}},"not":{"$ref":"#/$defs/d0","maxLength":3}}`},
		"a default":             {`{"not":{"$ref":"#/$defs/a","default":3},"$defs":{"a":{"const":1}}}`, `{"$defs":{"d0":{"const":1}},"not":{"$ref":"#/$defs/d0","default":3}}`},
		"to itself":             {`{"items":{"$ref":"#/$defs/a"},"$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}`, `{"$defs":{"d0":{"items":{"$ref":"#/$defs/d0"}}},"items":{"items":{"$ref":"#/$defs/d0"}}}`},
		"to the root":           {`{"items":{"$ref":"#"}}`, `{"items":{"$ref":"#"}}`},
		"a definition as false": {`{"items":{"$ref":"#/$defs/a"},"$defs":{"a":false}}`, `{"$defs":{"d0":false},"items":{"$ref":"#/$defs/d0"}}`},
		"by a pattern": {`{"patternProperties":{"^a":{"$ref":"#/$defs/a"},"^b":{"$ref":"#/$defs/a"}},"$defs":{"a":{"const":1}}}`,
			`{"format":"n8w32","patternProperties":{"^a":{"const":1,"title":"^a"},"^b":{"const":1,"title":"^b"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, _ := inlined(t, tc.schema)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInlineIsBounded holds that definitions which refer to one another twice aren't multiplied, that a large one isn't
// copied often, and that a chain of them isn't nested without end.
func TestInlineIsBounded(t *testing.T) {
	t.Parallel()
	var doubling, chain, many strings.Builder
	for i := range 40 {
		fmt.Fprintf(&doubling, `"a%d":{"items":{"$ref":"#/$defs/a%d"},"not":{"$ref":"#/$defs/a%d"}},`, i, i+1, i+1)
		fmt.Fprintf(&chain, `"a%d":{"items":{"$ref":"#/$defs/a%d"}},`, i, i+1)
	}
	for i := range 1000 {
		fmt.Fprintf(&many, `"p%d":{"$ref":"#/$defs/a0"},`, i)
	}
	large := strings.Repeat(`{"not":true},`, 1000) + "true"
	start := time.Now()
	for name, schema := range map[string]string{
		"doubling": `{"items":{"$ref":"#/$defs/a0"},"$defs":{` + doubling.String() + `"a40":{}}}`,
		"a chain":  `{"items":{"$ref":"#/$defs/a0"},"$defs":{` + chain.String() + `"a40":{}}}`,
		"many":     `{"properties":{` + many.String() + `"z":true},"$defs":{"a0":{"prefixItems":[` + large + `]}}}`,
	} {
		doc, err := canon.Compile([]byte(schema), limits())
		if err != nil {
			t.Fatal(err)
		}
		text, out := inlined(t, schema)
		if before, after := schemas(doc), schemas(out); after > 2*before+100 {
			t.Errorf("%s: %d schemas became %d", name, before, after)
		}
		if deepest := nest(out.Root, 0); deepest > 14 {
			t.Errorf("%s: %d deep", name, deepest)
		}
		if name != "many" && !strings.Contains(text, `"$ref"`) {
			t.Errorf("%s: nothing is referred to: the test tests nothing", name)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("took %s", took)
	}
}

// nest is how deep objects stand in one another under not and items.
func nest(schema any, depth int) int {
	object, ok := schema.(map[string]any)
	if !ok {
		return depth
	}
	return max(nest(object["not"], depth+1), nest(object["items"], depth+1))
}
