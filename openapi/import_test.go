package openapi_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/openapi"
)

// operation is a document with one operation, in YAML.
func operation(method, path, op string) string {
	return "openapi: 3.0.3\ninfo: {title: t}\nservers: [{url: https://api.example.com}]\npaths:\n  " + path + ": {" + method + ": " + op + "}\n"
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ path, want, codes string }{
		{"/a/{b}", "/a/{b}", "parameter_added"},
		{`"/a b/é/{c d}"`, "/a%20b/%C3%A9/{c_d}", "parameter_added"},
		{`"/a/{x}.{y}:go"`, "/a/{x}.{y}:go", "parameter_added"},
		{`"/$metadata/${x}"`, "/$metadata/%24{x}", "parameter_added"},
		{`"a/b"`, "/a/b", "path"},
		{`"/{proxy+}"`, "/{proxy}", "parameter_added"},
		{`"/100%/x"`, "/100%25/x", ""},
		{`"/a#frag"`, "/a", "path"},
		{`"/a?x=1&y={z}&w"`, "/a?x=1&w=", "path parameter_added"},
	} {
		res := imported(t, operation("get", tc.path, `{operationId: x, responses: {"204": {}}}`), openapi.ImportOptions{Auth: auth.None{}})
		if a := action(t, res, "x"); a.Path != tc.want || codes(res.Report.Notes) != tc.codes {
			t.Errorf("%s: %s, want %s; notes %q, want %q", tc.path, a.Path, tc.want, codes(res.Report.Notes), tc.codes)
		}
	}
}

func TestSkips(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, method, path, op string
		want                   openapi.Code
	}{
		{"trace", "trace", "/a", "{}", openapi.SkipMethod},
		{"no object", "get", "/a", "[]", openapi.SkipMalformed},
		{"braces", "get", `"/a/{b"`, "{}", openapi.SkipPath},
		{"pseudo path", "post", `"/#Action=Go"`, "{}", openapi.SkipPseudoPath},
		{"parameter that isn't there", "get", "/a", `{parameters: [{$ref: "#/components/parameters/x"}]}`, openapi.SkipReference},
		{"body that isn't there", "post", "/a", `{requestBody: {$ref: "#/components/requestBodies/x"}}`, openapi.SkipReference},
		{"body in a circle", "post", "/a", `{requestBody: {$ref: "#/paths/~1a/post/requestBody"}}`, openapi.SkipReference},
		{"multipart/mixed", "post", "/a", `{requestBody: {content: {multipart/mixed: {}}}}`, openapi.SkipBody},
		{"a header's name", "get", "/a", `{parameters: [{name: "a b", in: header, required: true}]}`, openapi.SkipParameter},
		{"mutual TLS", "get", "/a", `{security: [{mtls: []}]}`, openapi.SkipAuth},
		{"digest", "get", "/a", `{security: [{digest: []}]}`, openapi.SkipAuth},
		{"a scheme that isn't there", "get", "/a", `{security: [{gone: []}]}`, openapi.SkipAuth},
		{"a server of its own", "get", "/a", `{servers: [{url: "http://localhost:80"}]}`, openapi.SkipServer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := operation(tc.method, tc.path, tc.op) + "  /good: {get: {responses: {}}}\ncomponents: {securitySchemes: {mtls: {type: mutualTLS}, digest: {type: http, scheme: digest}}}\n"
			res := imported(t, doc, openapi.ImportOptions{})
			if len(res.Report.Skips) != 1 || res.Report.Skips[0].Code != tc.want || res.Report.Imported != 1 {
				t.Fatalf("%v, want %s", res.Report.Skips, tc.want)
			}
			_, err := load(t, "a.yaml", doc).Import(t.Context(), openapi.ImportOptions{Strict: true})
			var e *openapi.Error
			if !errors.Is(err, openapi.ErrStrict) || !errors.As(err, &e) || e.Line < 1 || !strings.Contains(e.Error(), string(tc.want)) {
				t.Errorf("strict: %v", err)
			}
		})
	}
}

func TestServers(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, servers, want, params string }{
		{"absolute", `[{url: "https://api.example.com/v1/"}]`, "https://api.example.com/v1", ""},
		{"relative", `[{url: /v1}]`, "https://docs.example.com/v1", ""},
		{"twin with TLS", `[{url: "http://a.example.com"}, {url: "https://a.example.com"}]`, "https://a.example.com", ""},
		{"variable in the host", `[{url: "https://{shop}.example.com/{v}", variables: {shop: {default: demo, enum: [demo, live]}, v: {default: v2}}}]`,
			"https://{shop}.example.com/v2", `[{"name":"shop","enum":["demo","live"],"default":"demo"}]`},
		{"value of the host's", `[{url: "https://{region}.example.com", variables: {region: {default: us}}}]`, "https://eu.example.com", ""},
		{"scheme", `[{url: "{scheme}://a.example.com", variables: {scheme: {default: https}}}]`, "https://a.example.com", ""},
		{"a variable that can't be a host", `[{url: "https://{base}", variables: {base: {default: "a.example.com/v1"}}}]`, "https://a.example.com/v1", ""},
	} {
		doc := "openapi: 3.0.3\nservers: " + tc.servers + "\npaths: {}\n"
		res, err := load(t, "https://docs.example.com/openapi.yaml", doc).Import(t.Context(), openapi.ImportOptions{ID: "x", Variables: map[string]string{"region": "eu"}})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(res.Integration.Parameters) > 0 {
			got = text(t, res.Integration.Parameters)
		}
		if res.Integration.BaseURL != tc.want || got != tc.params {
			t.Errorf("%s: %s %s, want %s %s", tc.name, res.Integration.BaseURL, got, tc.want, tc.params)
		}
	}
	res := imported(t, "openapi: 3.0.3\ninfo: {title: t}\npaths: {}\n", openapi.ImportOptions{})
	if res.Integration.BaseURL != "https://{host}" || !strings.Contains(codes(res.Report.Notes), "server") {
		t.Errorf("no server: %s, %v", res.Integration.BaseURL, res.Report.Notes)
	}
	res = imported(t, "swagger: '2.0'\ninfo: {title: t}\nhost: a.example.com\nbasePath: v1\nschemes: [http, https]\npaths: {}\n", openapi.ImportOptions{})
	if res.Integration.BaseURL != "https://a.example.com/v1" {
		t.Errorf("Swagger: %s", res.Integration.BaseURL)
	}
}

func TestSecurity(t *testing.T) {
	t.Parallel()
	const schemes = `
components: {securitySchemes: {
  token: {type: http, scheme: bearer}, basic: {type: http, scheme: basic}, key: {type: apiKey, in: header, name: X-Key}, second: {type: apiKey, in: query, name: k2},
  oauth: {type: oauth2, flows: {authorizationCode: {authorizationUrl: "https://a.example.com/auth", tokenUrl: /token, scopes: {}}}},
  implicit: {type: oauth2, flows: {implicit: {authorizationUrl: "https://a.example.com/auth", scopes: {}}}}}}
`
	for _, tc := range []struct{ name, all, one, wantAll, wantOne string }{
		{"nothing is asked for", "", "", `{"kind":"any","schemes":[{"kind":"bearer"},{"kind":"basic"},{"kind":"key","in":"header","name":"X-Key"},{"kind":"key","in":"query","name":"k2"},` +
			`{"kind":"oauth2","authorize_url":"https://a.example.com/auth","token_url":"https://api.example.com/token"}]}`, "null"},
		{"one for all", "security: [{token: []}]", "", `{"kind":"bearer"}`, "null"},
		{"public", "security: [{token: []}]", "security: [], ", `{"kind":"bearer"}`, `{"kind":"none"}`},
		{"optional", "security: [{token: []}]", "security: [{}, {token: []}], ", `{"kind":"bearer"}`, `{"kind":"any","schemes":[{"kind":"bearer"},{"kind":"none"}]}`},
		{"or", "security: [{token: []}, {basic: []}]", "security: [{basic: []}], ", `{"kind":"any","schemes":[{"kind":"bearer"},{"kind":"basic"}]}`, `{"kind":"basic"}`},
		{"and", "security: [{token: []}]", "security: [{key: [], second: []}], ",
			`{"kind":"any","schemes":[{"kind":"all","schemes":[{"kind":"key","in":"header","name":"X-Key","field":"key"},{"kind":"key","in":"query","name":"k2","field":"second"}]},{"kind":"bearer"}]}`,
			`{"kind":"all","schemes":[{"kind":"key","in":"header","name":"X-Key","field":"key"},{"kind":"key","in":"query","name":"k2","field":"second"}]}`},
		{"OAuth", "security: [{oauth: [read]}, {key: []}]", "security: [{oauth: [write]}], ",
			`{"kind":"any","schemes":[{"kind":"oauth2","authorize_url":"https://a.example.com/auth","token_url":"https://api.example.com/token"},{"kind":"key","in":"header","name":"X-Key"}]}`, `{"kind":"bearer"}`},
		{"implicit", "security: [{implicit: []}]", "", `{"kind":"bearer"}`, "null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := "openapi: 3.0.3\ninfo: {title: t}\nservers: [{url: https://api.example.com}]\n" + tc.all + "\npaths: {/a: {get: {" + tc.one +
				"responses: {}}}, /b: {get: {responses: {}}}}" + schemes
			res := imported(t, doc, openapi.ImportOptions{})
			if diff := cmp.Diff(tc.wantAll, text(t, res.Integration.Auth)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.wantOne, text(t, action(t, res, "get_a").Auth)); diff != "" {
				t.Errorf("of the action: %s", diff)
			}
		})
	}
}

func TestSwagger(t *testing.T) {
	t.Parallel()
	res := imported(t, `
swagger: "2.0"
info: {title: t}
host: api.example.com
consumes: [application/json]
produces: [application/json]
securityDefinitions: {o: {type: oauth2, flow: application, tokenUrl: "https://api.example.com/token"}}
security: [{o: [read]}]
parameters: {page: {name: page, in: query, type: integer, minimum: 1, exclusiveMinimum: true, description: The page.}}
paths:
  /a:
    parameters: [{$ref: "#/parameters/page"}]
    get:
      parameters:
        - {name: csv, in: query, type: array, items: {type: string}}
        - {name: multi, in: query, type: array, items: {type: string}, collectionFormat: multi}
        - {name: tsv, in: query, type: array, items: {type: string}, collectionFormat: tsv}
      responses: {"200": {description: ok, schema: {type: file}}}
    post:
      consumes: [multipart/form-data]
      parameters: [{name: f, in: formData, type: file, required: true}, {name: n, in: formData, type: integer}]
      responses: {"201": {description: ok, schema: {$ref: "#/definitions/A"}}}
definitions: {A: {type: object, properties: {id: {type: integer}}}}
`, openapi.ImportOptions{})
	get := action(t, res, "get_a")
	want := []waygate.Parameter{
		{Name: "csv", In: "query", Style: "form", Explode: new(bool)}, {Name: "multi", In: "query", Style: "form"},
		{Name: "tsv", In: "query", Style: "tabDelimited", Explode: new(bool)}, {Name: "page", In: "query"},
	}
	if diff := cmp.Diff(want, get.Parameters); diff != "" {
		t.Error(diff)
	}
	if got := string(get.InputSchema); !strings.Contains(got, `"page":{"type":"integer","exclusiveMinimum":1,"description":"The page."}`) {
		t.Error(got)
	}
	if get.Response != waygate.ResponseBytes {
		t.Errorf("response %q", get.Response)
	}
	post := action(t, res, "post_a")
	if diff := cmp.Diff(&waygate.Body{Encoding: "multipart", Required: true}, post.Body); diff != "" {
		t.Error(diff)
	}
	if got, want := string(post.InputSchema), `"properties":{"page":`; !strings.Contains(got, want) || !strings.Contains(got, `"f":{"type":"string"}`) || !strings.Contains(got, `"required":["f"]`) {
		t.Error(got)
	}
	if got, want := string(post.OutputSchema), `{"$ref":"#/$defs/A","$defs":{"A":{"type":"object","properties":{"id":{"type":"integer"}}}}}`; got != want {
		t.Error(got)
	}
	if got, want := text(t, res.Integration.Auth), `{"kind":"oauth2","grant":"client_credentials","token_url":"https://api.example.com/token"}`; got != want {
		t.Error(got)
	}
}

func TestResponses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, responses string
		want            waygate.ResponseKind
		schema          string
	}{
		{"none", `{}`, "", ""},
		{"no content", `{"204": {}}`, waygate.ResponseEmpty, ""},
		{"text", `{"200": {content: {text/csv: {}}}}`, waygate.ResponseText, ""},
		{"XML", `{"200": {content: {application/xml: {schema: {type: object}}}}}`, waygate.ResponseText, ""},
		{"bytes", `{"200": {content: {application/zip: {}}}}`, waygate.ResponseBytes, ""},
		{"stream", `{"200": {content: {text/event-stream: {}}}}`, waygate.ResponseStream, ""},
		{"JSON before others", `{"200": {content: {text/plain: {}, application/json: {schema: {type: array}}}}}`, "", `{"type":"array"}`},
		{"any", `{"200": {content: {"*/*": {schema: {type: object}}}}}`, "", `{"type":"object"}`},
		{"two", `{"200": {content: {application/json: {schema: {type: object}}}}, "201": {content: {application/json: {schema: {type: array}}}}}`, "", `{"anyOf":[{"type":"object"},{"type":"array"}]}`},
		{"one without content", `{"200": {content: {application/json: {schema: {type: object}}}}, "202": {}}`, "", `{"anyOf":[{"type":"object"},{"type":"null"}]}`},
		{"default", `{default: {content: {application/json: {schema: {type: object}}}}}`, "", ""},
		{"range", `{2XX: {content: {application/json: {schema: {type: object}}}}}`, "", `{"type":"object"}`},
	} {
		res := imported(t, operation("get", "/a", "{responses: "+tc.responses+"}"), openapi.ImportOptions{})
		if a := action(t, res, "get_a"); a.Response != tc.want || string(a.OutputSchema) != tc.schema {
			t.Errorf("%s: %q %s, want %q %s", tc.name, a.Response, a.OutputSchema, tc.want, tc.schema)
		}
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	const answer = `responses: {"200": {content: {application/json: {schema: {type: object, properties: {data: {type: array, items: {type: object, properties: {id: {}}}}, `
	for _, tc := range []struct{ name, op, want, records, codes string }{
		{"cursor", `parameters: [{name: page_token, in: query}], ` + answer + `nextPageToken: {type: string}}}}}}}`, `{"kind":"cursor","path":"nextPageToken","param":"page_token"}`, "data", "auth"},
		{"one level down", `parameters: [{name: cursor, in: query}], ` + answer + `meta: {type: object, properties: {next_cursor: {}, has_more: {}}}}}}}}}`, `{"kind":"cursor","path":"meta.next_cursor","param":"cursor","more":"meta.has_more"}`, "data", "auth"},
		{"last record", `parameters: [{name: starting_after, in: query}], ` + answer + `has_more: {type: boolean}}}}}}}`, `{"kind":"cursor","last_field":"id","param":"starting_after","more":"has_more"}`, "data", "auth"},
		{"a parameter alone", `parameters: [{name: cursor, in: query}], ` + answer + `}}}}}}`, "null", "", "auth pagination"},
		{"an answer alone", answer + `next_cursor: {}}}}}}}`, "null", "", "auth"},
		{"a page number", `parameters: [{name: page, in: query}], ` + answer + `}}}}}}`, "null", "", "auth pagination"},
		{"numbered", `parameters: [{name: page, in: query, schema: {type: integer, default: 0}}], ` + answer + `total_pages: {}}}}}}}`, `{"kind":"page_number","param":"page","start":0,"pages":"total_pages"}`, "data", "auth"},
		{"a page that is text", `parameters: [{name: page, in: query, schema: {type: string}}], ` + answer + `has_more: {}, next_page: {type: string}}}}}}}`, `{"kind":"cursor","path":"next_page","param":"page","more":"has_more"}`, "data", "auth"},
		{"a text that nothing answers", `parameters: [{name: page, in: query, schema: {type: string}}], ` + answer + `has_more: {}, total_pages: {}}}}}}}`, "null", "", "auth pagination"},
		{"offset", `parameters: [{name: offset, in: query}], ` + answer + `meta: {type: object, properties: {totalCount: {}}}}}}}}}`, `{"kind":"offset","param":"offset","total":"meta.totalCount"}`, "data", "auth"},
		{"a name with blanks", `parameters: [{name: offset, in: query}], responses: {"200": {content: {application/json: {schema: {type: object, properties: {"Templates API": {type: array, items: {type: object}}, meta: {type: object, properties: {totalCount: {}}}}}}}}}`, `{"kind":"offset","param":"offset","total":"meta.totalCount"}`, `$['Templates API']`, "auth"},
		{"a Link header", `responses: {"200": {headers: {Link: {}}, content: {application/json: {schema: {type: array}}}}}`, `{"kind":"link"}`, "", "auth"},
	} {
		res := imported(t, operation("get", "/a", "{"+tc.op+"}"), openapi.ImportOptions{})
		a := action(t, res, "get_a")
		if got := text(t, a.Pagination); got != tc.want || a.Records != tc.records || codes(res.Report.Notes) != tc.codes {
			t.Errorf("%s: %s %q, notes %q; want %s %q, notes %q", tc.name, got, a.Records, codes(res.Report.Notes), tc.want, tc.records, tc.codes)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	doc := load(t, "a.yaml", "openapi: 3.0.3\ninfo: {title: t}\npaths: {/a: {get: {responses: {}}, put: {responses: {}}}}\n")
	for name, o := range map[string]openapi.ImportOptions{
		"Layout":  {Layout: "round"},
		"ID":      {ID: strings.Repeat("x", 41)},
		"Auth":    {Auth: auth.Key{}},
		"BaseURL": {BaseURL: "nowhere"},
		"Name":    {Name: func(openapi.Operation) string { return "same" }},
	} {
		if _, err := doc.Import(t.Context(), o); !errors.Is(err, openapi.ErrOption) || !strings.Contains(err.Error(), name+":") {
			t.Errorf("%s: %v", name, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := doc.Import(ended, openapi.ImportOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	var told []int
	res, err := doc.Import(t.Context(), openapi.ImportOptions{BaseURL: "https://b.example.com/x/", MaxActions: 1, Auth: auth.Bearer{}, Progress: func(done, total int) { told = append(told, done, total) },
		Name: func(op openapi.Operation) string { return "my_" + op.Action }})
	if err != nil {
		t.Fatal(err)
	}
	checkReport(t, res)
	if len(res.Report.Skips) != 1 || res.Report.Skips[0].Code != openapi.SkipLimit || res.Integration.BaseURL != "https://b.example.com/x" ||
		res.Integration.Actions[0].Info().ID != "my_get_a" || text(t, res.Integration.Auth) != `{"kind":"bearer"}` {
		t.Errorf("%+v", res)
	}
	if diff := cmp.Diff([]int{2, 2}, told); diff != "" {
		t.Error(diff)
	}
}
