package openapi_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/openapi"
)

func TestLoadFails(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	deep := `{"openapi":"3.0.0","x":` + strings.Repeat("[", 300) + strings.Repeat("]", 300) + "}"
	var bomb strings.Builder
	bomb.WriteString("openapi: 3.0.0\na: &a [x,x,x,x,x,x,x,x,x,x]\n")
	for i := range 9 {
		c := string(rune('b' + i))
		before := string(rune('a' + i))
		bomb.WriteString(c + ": &" + c + " [" + strings.Repeat("*"+before+",", 10) + "]\n")
	}
	for _, tc := range []struct {
		name string
		ctx  context.Context
		src  openapi.Source
		opts openapi.Options
		want error
		line int
	}{
		{"nothing", t.Context(), openapi.Bytes("a.json", nil), openapi.Options{}, openapi.ErrMalformed, 1},
		{"no source", t.Context(), openapi.Source{}, openapi.Options{}, openapi.ErrUnreadable, 0},
		{"no JSON", t.Context(), openapi.Bytes("a.json", []byte("{\n \"openapi\": 3.0.0}")), openapi.Options{}, openapi.ErrMalformed, 2},
		{"no YAML", t.Context(), openapi.Bytes("a.yaml", []byte("a: [")), openapi.Options{}, openapi.ErrMalformed, 1},
		{"a list", t.Context(), openapi.Bytes("a.json", []byte("[]")), openapi.Options{}, openapi.ErrMalformed, 1},
		{"another thing", t.Context(), openapi.Bytes("a.json", []byte(`{"asyncapi":"2.0.0"}`)), openapi.Options{}, openapi.ErrVersion, 1},
		{"Swagger 1.2", t.Context(), openapi.Bytes("a.json", []byte(`{"swagger":"1.2"}`)), openapi.Options{}, openapi.ErrVersion, 1},
		{"OpenAPI 4", t.Context(), openapi.Bytes("a.json", []byte(`{"openapi":"4.0.0"}`)), openapi.Options{}, openapi.ErrVersion, 1},
		{"a member twice", t.Context(), openapi.Bytes("a.json", []byte("{\"openapi\":\"3.0.0\",\n\"paths\":{},\n\"paths\":{}}")), openapi.Options{}, openapi.ErrMalformed, 2},
		{"a key twice", t.Context(), openapi.Bytes("a.yaml", []byte("openapi: 3.0.0\npaths: {}\npaths: {}")), openapi.Options{}, openapi.ErrMalformed, 3},
		{"too large", t.Context(), openapi.Bytes("a.json", []byte(`{"openapi":"3.0.0"}`)), openapi.Options{MaxBytes: 10}, openapi.ErrLimit, 0},
		{"too large to read", t.Context(), openapi.Reader("a.json", strings.NewReader(`{"openapi":"3.0.0"}`)), openapi.Options{MaxBytes: 10}, openapi.ErrLimit, 0},
		{"too deep", t.Context(), openapi.Bytes("a.json", []byte(deep)), openapi.Options{}, openapi.ErrLimit, 0},
		{"too many values", t.Context(), openapi.Bytes("a.json", []byte(`{"openapi":"3.0.0","x":[1,2,3,4]}`)), openapi.Options{MaxValues: 5}, openapi.ErrLimit, 0},
		{"too many operations", t.Context(), openapi.Bytes("a.json", []byte(`{"openapi":"3.0.0","paths":{"/a":{"get":{},"put":{}}}}`)), openapi.Options{MaxOperations: 1}, openapi.ErrLimit, 0},
		{"a bomb of aliases", t.Context(), openapi.Bytes("a.yaml", []byte(bomb.String())), openapi.Options{}, openapi.ErrMalformed, 2},
		{"large YAML", t.Context(), openapi.Bytes("a.yaml", []byte("openapi: 3.0.0")), openapi.Options{MaxYAML: 5}, openapi.ErrLimit, 0},
		{"the context has ended", ended, openapi.Bytes("a.json", []byte(`{"openapi":"3.0.0"}`)), openapi.Options{}, context.Canceled, 0},
		{"can't be read", t.Context(), openapi.Reader("a.json", iotest.ErrReader(io.ErrUnexpectedEOF)), openapi.Options{}, io.ErrUnexpectedEOF, 0},
		{"no such file", t.Context(), openapi.File(fstest.MapFS{}, "a.yaml"), openapi.Options{}, openapi.ErrUnreadable, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := openapi.Load(tc.ctx, tc.src, tc.opts)
			var e *openapi.Error
			if !errors.Is(err, tc.want) || !errors.As(err, &e) || e.Line != tc.line {
				t.Errorf("%v (line %d), want %v on line %d", err, lineOf(err), tc.want, tc.line)
			}
		})
	}
}

func lineOf(err error) int {
	var e *openapi.Error
	if errors.As(err, &e) {
		return e.Line
	}
	return 0
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{"swagger":"2.0"}`: "2.0", `{"openapi":"3.0.3"}`: "3.0", `{"openapi":"3.1.1"}`: "3.1", `{"openapi":"3.2.0"}`: "3.2",
		"swagger: 2.0": "2.0", "openapi: 3.0.1": "3.0", "\uFEFFopenapi: '3.1.0'": "3.1", "\uFEFF{\"openapi\":\"3.1.0\"}": "3.1",
	} {
		if got := load(t, "", src).Format(); got != want {
			t.Errorf("%s: %s, want %s", src, got, want)
		}
	}
}

func TestOperations(t *testing.T) {
	t.Parallel()
	d := load(t, "a.yaml", `openapi: 3.2.0
info: {title: T, version: 1}
paths:
  /a:
    summary: of all
    parameters: []
    get: {operationId: a.b, tags: [x, y], deprecated: true, summary: s}
    query: {}
    additionalOperations: {COPY: {}}
  x-other: {get: {}}
  /b: {$ref: "#/components/pathItems/b"}
  /c: null
  /d: {post: 5}
components: {pathItems: {b: {head: {}, x-get: {}}}}
`)
	want := []openapi.Operation{
		{Method: "GET", Path: "/a", ID: "a.b", Action: "a_b", Summary: "s", Tags: []string{"x", "y"}, Deprecated: true, Pointer: "/paths/~1a/get", Line: 7},
		{Method: "QUERY", Path: "/a", Action: "query_a", Pointer: "/paths/~1a/query", Line: 8},
		{Method: "COPY", Path: "/a", Action: "copy_a", Pointer: "/paths/~1a/additionalOperations/COPY", Line: 9},
		{Method: "HEAD", Path: "/b", Action: "head_b", Pointer: "/components/pathItems/b/head", Line: 14},
		{Method: "POST", Path: "/d", Action: "post_d", Pointer: "/paths/~1d/post", Line: 13},
	}
	if diff := cmp.Diff(want, d.Operations()); diff != "" {
		t.Error(diff)
	}
	if d.Title() != "T" || d.Version() != "1" {
		t.Errorf("%q, %q", d.Title(), d.Version())
	}
}

// TestOtherDocuments holds that references to other files are followed through the file system, and only there.
func TestOtherDocuments(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"api/main.yaml": {Data: []byte(`
openapi: 3.1.0
servers: [{url: https://api.example.com}]
paths:
  /a: {$ref: "paths/a.yaml"}
  /b: {get: {parameters: [{$ref: "https://elsewhere.example.com/p.yaml"}], responses: {}}}
  /c: {get: {parameters: [{$ref: "../../../etc/passwd"}], responses: {}}}
`)},
		"api/paths/a.yaml":     {Data: []byte(`get: {responses: {"200": {content: {application/json: {schema: {$ref: "../schemas.json#/Thing"}}}}}}`)},
		"api/schemas.json":     {Data: []byte(`{"Thing":{"properties":{"next":{"$ref":"#/Thing"},"main":{"$ref":"main.yaml#/paths"}}}}`)},
		"api/broken.yaml":      {Data: []byte(`[`)},
		"api/never/asked.yaml": {Data: []byte(`a: 1`)},
	}
	d, err := openapi.Load(t.Context(), openapi.File(fsys, "api/main.yaml"), openapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := d.Import(t.Context(), openapi.ImportOptions{})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, res)
	if got := withoutHashes(string(action(t, res, "get_a").OutputSchema)); !strings.HasPrefix(got, `{"$ref":"#/$defs/Thing_HASH","$defs":{"Thing_HASH":{"properties":{"next":{"$ref":"#/$defs/Thing_HASH"}`) {
		t.Error(got)
	}
	if len(res.Report.Skips) != 2 || res.Report.Skips[0].Code != openapi.SkipReference || res.Report.Skips[1].Code != openapi.SkipReference {
		t.Errorf("%v", res.Report.Skips)
	}
	if _, err := openapi.Load(t.Context(), openapi.File(fsys, "api/main.yaml"), openapi.Options{MaxDocuments: 1}); !errors.Is(err, openapi.ErrLimit) {
		t.Errorf("more documents than allowed: %v", err)
	}
}
