package validationtest

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
)

// Engine runs every clause of the contract against e.
func Engine(t *testing.T, e validation.Engine) {
	for _, clause := range []struct {
		name string
		run  func(*testing.T, validation.Engine)
	}{
		{"1 dialects", dialects},
		{"2 4 refused", refusals},
		{"2 unknown keywords", unknownKeywords},
		{"2 4 references", references},
		{"3 closed documents", closedDocuments},
		{"4 recursion", recursion},
		{"5 limits", limits},
		{"5 bounded", bounded},
		{"5 stopped", stopped},
		{"5 long places", longPlaces},
		{"6 independence", independence},
		{"8 10 concurrency", concurrency},
		{"9 12 15 16 17 violations", violations},
		{"11 never panics", neverPanics},
		{"11 never changes the tree", treeUnchanged},
		{"12 at most 100", cap100},
		{"13 no values", noValues},
		{"14 numbers", numbers},
	} {
		t.Run(clause.name, func(t *testing.T) {
			t.Parallel()
			clause.run(t, e)
		})
	}
}

func compile(t *testing.T, e validation.Engine, schema string) validation.Schema {
	t.Helper()
	s, err := e.Compile([]byte(schema))
	if err != nil {
		t.Fatalf("Compile(%.200s): %v", schema, err)
	}
	vetted(t, e, schema, nil)
	return s
}

// vetted holds that an engine that is a Vetter says in advance what Compile says.
func vetted(t *testing.T, e validation.Engine, schema string, want *validation.SchemaError) {
	t.Helper()
	v, ok := e.(validation.Vetter)
	if !ok {
		return
	}
	err := v.Vet()([]byte(schema))
	var got *validation.SchemaError
	if errors.As(err, &got) != (want != nil) || err != nil && got == nil || got != nil && *got != *want {
		t.Errorf("Vet(%.200s): %v; Compile gives %v", schema, err, want)
	}
}

func parse(t *testing.T, text string) any {
	t.Helper()
	tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if err != nil {
		t.Fatalf("the suite's own tree: %v", err)
	}
	return tree
}

// refusal compiles a schema that must be refused.
func refusal(t *testing.T, e validation.Engine, schema string) *validation.SchemaError {
	t.Helper()
	s, err := e.Compile([]byte(schema))
	var refused *validation.SchemaError
	if !errors.As(err, &refused) || s != nil {
		t.Fatalf("Compile(%.200s) = %v, %v; want nil and a *SchemaError", schema, s, err)
	}
	if refused.Reason == "" || !strings.Contains(refused.Error(), refused.Reason) {
		t.Errorf("Compile(%.200s): %q does not say why", schema, refused.Error())
	}
	vetted(t, e, schema, refused)
	return refused
}

func findings(list []validation.Violation) []string {
	var out []string
	for _, v := range list {
		out = append(out, "#"+v.Pointer+" "+v.Keyword+" "+v.Received)
	}
	return out
}

func dialects(t *testing.T, e validation.Engine) {
	tuple := compile(t, e, `{"prefixItems":[{"type":"string"}]}`)
	if tuple.Validate(t.Context(), parse(t, `[1]`)) == nil {
		t.Error("a schema without $schema is not read as 2020-12")
	}
	named := compile(t, e, `{"$schema":"https://json-schema.org/draft/2020-12/schema","prefixItems":[{"type":"string"}]}`)
	if named.Validate(t.Context(), parse(t, `[1]`)) == nil {
		t.Error("2020-12 by $schema is not known")
	}
	for _, uri := range []string{"http://json-schema.org/draft-07/schema#", "http://json-schema.org/draft-07/schema"} {
		old := compile(t, e, `{"$schema":"`+uri+`","items":[{"type":"string"}],"prefixItems":[false]}`)
		if old.Validate(t.Context(), parse(t, `[1]`)) == nil || old.Validate(t.Context(), parse(t, `["a"]`)) != nil {
			t.Errorf("draft-07 by %s is not known", uri)
		}
	}
}

func refusals(t *testing.T, e validation.Engine) {
	for _, tc := range refusedCases() {
		t.Run(tc.name, func(t *testing.T) {
			if got := refusal(t, e, tc.schema); got.Pointer != tc.pointer {
				t.Errorf("Pointer = %q, want %q (%s)", got.Pointer, tc.pointer, got.Reason)
			}
		})
	}
}

func unknownKeywords(t *testing.T, e validation.Engine) {
	s := compile(t, e, `{"x-internal":{"type":"nonsense"},"nullable":true,"example":1,"minimun":5}`)
	if got := s.Validate(t.Context(), parse(t, `null`)); got != nil {
		t.Errorf("unknown keywords reject: %v", got)
	}
}

func closedDocuments(t *testing.T, e validation.Engine) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "s.json")
	if err := os.WriteFile(file, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{server.URL, server.URL + "/s.json#/$defs/a", "file://" + filepath.ToSlash(file), filepath.ToSlash(file)} {
		refusal(t, e, `{"properties":{"a":{"$ref":`+strconv.Quote(target)+`}}}`)
		refusal(t, e, `{"$id":`+strconv.Quote(target)+`,"$ref":"other.json"}`)
		refusal(t, e, `{"$schema":`+strconv.Quote(target)+`}`)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("Compile sent %d requests", n)
	}
	inside := compile(t, e, `{"$id":"https://example.com/root","properties":{"a":{"$ref":"item"},"b":{"$ref":"https://example.com/item#deep"}},
		"$defs":{"x":{"$id":"item","type":"string","$defs":{"y":{"$anchor":"deep","type":"null"}}}}}`)
	if got := findings(inside.Validate(t.Context(), parse(t, `{"a":1,"b":1}`))); !slices.Equal(got, []string{"#/a type integer", "#/b type integer"}) {
		t.Errorf("references inside the document by $id: %v", got)
	}
}

func recursion(t *testing.T, e validation.Engine) {
	s := compile(t, e, `{"$defs":{"node":{"type":"object","required":["v"],"additionalProperties":{"$ref":"#/$defs/node"},
		"properties":{"v":true,"next":{"anyOf":[{"$ref":"#/$defs/node"},{"type":"null"}]}}}},"$ref":"#/$defs/node"}`)
	if got := s.Validate(t.Context(), parse(t, strings.Repeat(`{"v":1,"next":`, 50)+`null`+strings.Repeat(`}`, 50))); got != nil {
		t.Errorf("a valid list of 50: %v", got)
	}
	if got := s.Validate(t.Context(), parse(t, `{"v":1,"x":{"v":1,"y":{}}}`)); !slices.Equal(findings(got), []string{"#/x/y/v required absent"}) {
		t.Errorf("a mistake at depth 3: %v", got)
	}
}

func limits(t *testing.T, e validation.Engine) {
	const size = 32 << 20
	refusal(t, e, `{"description":"`+strings.Repeat("x", size)+`"}`)
	refusal(t, e, strings.Repeat(`{"not":`, 100_000)+`true`+strings.Repeat(`}`, 100_000))
	refusal(t, e, `{"enum":[`+strings.Repeat(`0,`, 4<<20)+`1]}`)
	refusal(t, e, `{"pattern":"`+strings.Repeat("a", 64<<10)+`"}`)
	doubling := `{"$ref":"#/$defs/d0","$defs":{`
	for i := range 40 {
		next := `{"$ref":"#/$defs/d` + strconv.Itoa(i+1) + `"}`
		doubling += `"d` + strconv.Itoa(i) + `":{"allOf":[` + next + `,` + next + `]},`
	}
	refusal(t, e, doubling+`"d40":{}}}`)
}

func independence(t *testing.T, e validation.Engine) {
	text := []byte(`{"$id":"https://example.com/same","type":"string"}`)
	first, err := e.Compile(text)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != `{"$id":"https://example.com/same","type":"string"}` {
		t.Error("Compile changed its argument")
	}
	clear(text)
	second := compile(t, e, `{"$id":"https://example.com/same","type":"integer"}`)
	if first.Validate(t.Context(), "x") != nil || second.Validate(t.Context(), "x") == nil || second.Validate(t.Context(), int64(1)) != nil {
		t.Error("two schemas of one $id are mixed up")
	}
	refusal(t, e, `{"$ref":"https://example.com/same"}`)
}
