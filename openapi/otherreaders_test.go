package openapi_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

// What internal/e2e/readers found, where the import read a document otherwise than others do.

// TestSchemesInUse: a place where a scheme would write is a parameter's, if no operation asks for that scheme.
func TestSchemesInUse(t *testing.T) {
	t.Parallel()
	const doc = `
openapi: 3.0.3
info: {title: t}
security: [{key: [], app: []}]
components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}, app: {type: apiKey, in: header, name: X-App}}}
paths:
  /a: {get: {security: [{key: []}], parameters: [{name: X-App, in: header, required: true}, {name: x-key, in: header}]}}
`
	for name, tc := range map[string]struct{ more, want string }{
		"own":       {"", "X-App"},
		"inherited": {"  /b: {get: {}}\n", ""},
	} {
		a := action(t, imported(t, doc+tc.more, openapi.ImportOptions{}), "get_a")
		var got []string
		for _, p := range a.Parameters {
			if p.In != waygate.InHeader || !p.Required && p.Name == "X-App" {
				t.Errorf("%s: %+v", name, p)
			}
			got = append(got, p.Name)
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%s: parameters %q, want %q", name, got, tc.want)
		}
	}
}

// TestRequiredAlone: what a body has to have is asked for, whether it is described or not.
func TestRequiredAlone(t *testing.T) {
	t.Parallel()
	const body = `{requestBody: {required: true, content: {application/x-www-form-urlencoded: {schema: {type: object, required: [grant, a], properties: {a: {type: string}}%s}}}}}`
	a := action(t, imported(t, operation("post", "/a", strings.Replace(body, "%s", "", 1)), openapi.ImportOptions{}), "post_a")
	if got, want := string(a.InputSchema), `{"type":"object","properties":{"a":{"type":"string"},"grant":{}},"required":["a","grant"]}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestServerVariables: a variable that begins with a slash is no part of the host.
func TestServerVariables(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ url, value, want string }{
		{"https://api.example.com{v}", "/sell/v1", "https://api.example.com/sell/v1"},
		{"https://api.example.com/{v}", "/sell/v1/", "https://api.example.com/sell/v1"},
		{"https://api.example.com/{v}/x", "sell", "https://api.example.com/sell/x"},
		{"https://api.example.com{v}/x", "/", "https://api.example.com/x"},
		{"{v}", "/v1", "https://{host}/v1"},
		{"{v}", "https://api.example.com/v1", "https://api.example.com/v1"},
		{"{v}/v2", "https://api.example.com", "https://api.example.com/v2"},
		{"https://{v}", "api.example.com/v1", "https://api.example.com/v1"},
		{"https://{v}.example.com", "eu", "https://{v}.example.com"},
	} {
		doc := func(def string) string {
			return "openapi: 3.0.3\ninfo: {title: t}\nservers: [{url: '" + tc.url + "', variables: {v: {default: '" + def + "'}}}]\npaths: {/a: {get: {}}}\n"
		}
		if got := imported(t, doc(tc.value), openapi.ImportOptions{}).Integration.BaseURL; got != tc.want {
			t.Errorf("%s with %s: %s, want %s", tc.url, tc.value, got, tc.want)
		}
		given := imported(t, doc("other"), openapi.ImportOptions{Variables: map[string]string{"v": tc.value}}).Integration.BaseURL
		if want := strings.ReplaceAll(tc.want, "{v}", tc.value); given != want {
			t.Errorf("%s, given %s: %s, want %s", tc.url, tc.value, given, want)
		}
	}
}

// TestPartStyles: what 3.1 says of how a part is written isn't followed, and that is told; 3.0 says nothing by it.
func TestPartStyles(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"3.0.3": "", "3.1.0": "style"} {
		doc := strings.Replace(operation("post", "/a", `{security: [], requestBody: {content: {multipart/form-data: {schema: {type: object, properties: {l: {type: array}, s: {type: string}}},
			encoding: {l: {style: form}, s: {style: form}}}}}, responses: {"204": {}}}`), "3.0.3", version, 1)
		var notes []openapi.Note
		for _, n := range imported(t, doc, openapi.ImportOptions{}).Report.Notes {
			if n.Method != "" {
				notes = append(notes, n)
			}
		}
		if codes(notes) != want || len(notes) != len(strings.Fields(want)) {
			t.Errorf("%s: %v, want %q", version, notes, want)
		}
	}
}
