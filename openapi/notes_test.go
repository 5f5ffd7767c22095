package openapi_test

import (
	"strings"
	"testing"

	"github.com/waygate-go/waygate/openapi"
)

// TestNotes holds that what an import narrows, leaves out or guesses is told, in one note of the right code each.
func TestNotes(t *testing.T) {
	t.Parallel()
	const ok = `"200": {description: ok, content: {application/json: {schema: {type: object}}}}`
	op := func(members string) string { return "/a: {post: {" + members + "}}" }
	body := func(content string) string {
		return op("requestBody: {content: {" + content + "}}, responses: {" + ok + "}")
	}
	oauth := func(flows string) string {
		return `
components: {securitySchemes: {o: {type: oauth2, flows: {` + flows + `}}, p: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://b.example.com/t", scopes: {}}}}, m: {type: mutualTLS}}}
`
	}
	const client = `clientCredentials: {tokenUrl: "https://a.example.com/t", scopes: {}}`
	const person = `authorizationCode: {authorizationUrl: "https://a.example.com/a", tokenUrl: "https://a.example.com/t", scopes: {}}`
	for _, tc := range []struct{ name, info, paths, more, code, detail string }{
		{"an XML body", "", body("application/xml: {schema: {type: object}}"), "", "media_type", "XML"},
		{"an XML answer", "", op(`responses: {"200": {description: ok, content: {text/xml: {schema: {type: object}}}}}`), "", "response", "XML"},
		{"answers of two media types", "", op(`responses: {` + ok + `, "202": {description: later, content: {text/plain: {}}}}`), "", "response", "another media type"},
		{"a form of alternatives", "", body("application/x-www-form-urlencoded: {schema: {oneOf: [{type: object}]}, encoding: {a: {style: deepObject}}}"), "", "body_form", "isn't read"},
		{"headers of a part", "", body("multipart/form-data: {schema: {type: object, properties: {a: {type: string}}}, encoding: {a: {headers: {X-A: {schema: {type: string}}}}}}"), "", "body_form", "headers of a part"},
		{"a form without members", "", body("application/x-www-form-urlencoded: {schema: {type: object, properties: {}}}"), "", "body_dropped", "without members"},
		{"two flows", "", op("security: [{o: []}], responses: {" + ok + "}"), oauth(client + ", " + person), "auth", "got by authorization_code"},
		{"two schemes that get tokens", "", op("security: [{o: []}, {p: []}], responses: {" + ok + "}"), oauth(client), "auth", "one way"},
		{"an alternative that can't be signed with", "", op("security: [{o: []}, {m: []}], responses: {" + ok + "}"), oauth(client), "auth", "left out"},
		{"a long description", "description: " + strings.Repeat("x", 3000), op("responses: {" + ok + "}"), "", "text", "2000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			info := "title: t"
			if tc.info != "" {
				info += ", " + tc.info
			}
			res := imported(t, "openapi: 3.1.0\ninfo: {"+info+"}\nservers: [{url: https://api.example.com}]\npaths: {"+tc.paths+"}\n"+tc.more, openapi.ImportOptions{})
			found := 0
			for _, n := range res.Report.Notes {
				if string(n.Code) == tc.code && strings.Contains(n.Detail, tc.detail) {
					found++
				}
			}
			if found != 1 || res.Report.Imported != 1 {
				t.Errorf("%d notes %s with %q among %v; skips %v", found, tc.code, tc.detail, res.Report.Notes, res.Report.Skips)
			}
		})
	}
}
