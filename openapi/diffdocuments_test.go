package openapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

const adyen = corpus + "adyen.com/"

// tree reads a document as anybody would.
func tree(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// at goes down by names.
func at(t *testing.T, v any, names ...string) map[string]any {
	t.Helper()
	for _, name := range names {
		v = v.(map[string]any)[name]
	}
	m, ok := v.(map[string]any)
	if !ok {
		t.Fatalf("nothing at %q", names)
	}
	return m
}

// importOfTree imports a document.
func importOfTree(t *testing.T, doc map[string]any) waygate.Integration {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	res := loadAndImport(t, "doc.json", raw)
	if res == nil {
		t.FailNow()
	}
	return res.Integration
}

// TestDiffOfChanges changes a real document in one thing each, and wants that told: on the right side, as breaking or not.
func TestDiffOfChanges(t *testing.T) {
	t.Parallel()
	whole := tree(t, document(t, adyen+"ManagementService.json"))
	for path := range at(t, whole, "paths") { // of the others nothing is asked
		if path != "/companies" && path != "/companies/{companyId}/apiCredentials" {
			delete(at(t, whole, "paths"), path)
		}
	}
	schemasOf := at(t, whole, "components", "schemas")
	for name := range schemasOf {
		if !strings.Contains(name, "Compan") && !strings.Contains(name, "Link") && name != "AllowedOrigin" && name != "DataCenter" {
			delete(schemasOf, name)
		}
	}
	raw, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	before := importOfTree(t, whole)
	const list, create = "get_companies", "post_companies_company_id_api_c_sjcewa7b"
	schemas := func(doc map[string]any, name string) map[string]any { return at(t, doc, "components", "schemas", name) }
	parameter := func(doc map[string]any) map[string]any {
		return at(t, doc, "paths", "/companies", "get")["parameters"].([]any)[0].(map[string]any)
	}
	for _, tc := range []struct {
		name   string
		change func(doc map[string]any)
		action string
		want   openapi.Change
	}{
		{"a required member of an answer is gone", func(doc map[string]any) {
			delete(at(t, schemas(doc, "ListCompanyResponse"), "properties"), "itemsTotal")
		}, list,
			openapi.Change{Side: "output", Breaking: true, Pointer: "/properties/itemsTotal", Reason: "the member is gone"}},
		{"a member of an answer is no longer promised", func(doc map[string]any) { schemas(doc, "ListCompanyResponse")["required"] = []any{"pagesTotal"} }, list,
			openapi.Change{Side: "output", Breaking: true, Pointer: "/properties/itemsTotal", Reason: "the member is no longer required"}},
		{"a member deep in an answer has another type", func(doc map[string]any) { at(t, schemas(doc, "Company"), "properties", "name")["type"] = "integer" }, list,
			openapi.Change{Side: "output", Breaking: true, Pointer: "/properties/data/items/properties/name", Reason: "the type was string and is integer"}},
		{"a new member of an answer", func(doc map[string]any) { at(t, schemas(doc, "Company"), "properties")["more"] = map[string]any{} }, list,
			openapi.Change{Side: "output", Pointer: "/properties/data/items/properties/more", Reason: "the member is new"}},
		{"a parameter is needed now", func(doc map[string]any) { parameter(doc)["required"] = true }, list,
			openapi.Change{Side: "input", Breaking: true, Pointer: "/properties/pageNumber", Reason: "the member is required now"}},
		{"a parameter takes only some values", func(doc map[string]any) { at(t, parameter(doc), "schema")["enum"] = []any{1, 2} }, list,
			openapi.Change{Side: "input", Breaking: true, Pointer: "/properties/pageNumber", Reason: "only certain values are valid now"}},
		{"a parameter goes elsewhere", func(doc map[string]any) { parameter(doc)["in"] = "header" }, list,
			openapi.Change{Side: "request", Breaking: true, Pointer: "/parameters", Reason: "pageNumber was sent in the query, and is in the header"}},
		{"a parameter is written in another way", func(doc map[string]any) { parameter(doc)["allowReserved"] = true }, list,
			openapi.Change{Side: "request", Pointer: "/parameters", Reason: "pageNumber is written in another way"}},
		{"a member of a body is gone", func(doc map[string]any) {
			delete(at(t, schemas(doc, "CreateCompanyApiCredentialRequest"), "properties"), "roles")
		}, create,
			openapi.Change{Side: "input", Breaking: true, Pointer: "/properties/roles", Reason: "the member is gone"}},
		{"a member of a body that may be left out is needed", func(doc map[string]any) {
			schemas(doc, "CreateCompanyApiCredentialRequest")["required"] = []any{"roles"}
		}, create,
			openapi.Change{Side: "input", Breaking: true, Pointer: "/properties/roles", Reason: "the member is required now where there is a body"}},
		{"the body is needed", func(doc map[string]any) {
			at(t, doc, "paths", "/companies/{companyId}/apiCredentials", "post", "requestBody")["required"] = true
		}, create,
			openapi.Change{Side: "input", Breaking: true, Pointer: "/body", Reason: "the body is needed now, or stands elsewhere in the input"}},
		{"a member of a body is new", func(doc map[string]any) {
			at(t, schemas(doc, "CreateCompanyApiCredentialRequest"), "properties")["more"] = map[string]any{"type": "string"}
		}, create,
			openapi.Change{Side: "input", Pointer: "/properties/more", Reason: "the member is new"}},
		{"a text", func(doc map[string]any) { at(t, doc, "paths", "/companies", "get")["description"] = "other" }, list,
			openapi.Change{Side: "text", Pointer: "/description", Reason: "name, description or tags changed"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			doc := tree(t, raw)
			tc.change(doc)
			d := openapi.Diff(before, importOfTree(t, doc))
			if d.Breaking() != tc.want.Breaking {
				t.Errorf("breaking: %v, %+v", d.Breaking(), d)
			}
			i := slices.IndexFunc(d.Changed, func(a openapi.ActionChange) bool { return a.Action == tc.action })
			if i < 0 {
				t.Fatalf("nothing is told of %s: %+v", tc.action, d)
			}
			if got := d.Changed[i].Changes; !slices.Contains(got, tc.want) { // pages may change with a parameter of theirs
				t.Errorf("%+v, want %+v", got, tc.want)
			}
		})
	}
}

// TestDiffVersions compares real versions of APIs, and looks at the texts to see that nothing is missed: operations that came
// and went, members of bodies that went, members of bodies that are needed now.
func TestDiffVersions(t *testing.T) {
	t.Parallel()
	for old, now := range map[string]string{
		"ManagementService.json": "ManagementService-v3.json", "CheckoutService.json": "CheckoutService-v71.json", "TransferService.json": "TransferService-v4.json",
	} {
		if raced && now != "TransferService-v4.json" {
			continue // without the race detector they are compared
		}
		t.Run(now, func(t *testing.T) {
			t.Parallel()
			a, b := tree(t, document(t, adyen+old)), tree(t, document(t, adyen+now))
			d := openapi.Diff(importOfTree(t, a), importOfTree(t, b))
			was, is := requests(t, a), requests(t, b)
			var added, removed, gone, needed []string
			for key, op := range was {
				switch next, still := is[key]; {
				case !still:
					removed = append(removed, op.action)
				default:
					for name := range op.members {
						if _, there := next.members[name]; !there {
							gone = append(gone, op.action+" "+name)
						}
					}
					for _, name := range next.required {
						if !slices.Contains(op.required, name) {
							needed = append(needed, op.action+" "+name)
						}
					}
				}
			}
			for key, op := range is {
				if _, known := was[key]; !known {
					added = append(added, op.action)
				}
			}
			var foundGone, foundNeeded []string
			for _, x := range d.Changed {
				for _, c := range x.Changes {
					name, top := strings.CutPrefix(c.Pointer, "/properties/")
					switch {
					case c.Side != openapi.SideInput || !top || strings.Contains(name, "/"):
					case c.Reason == "the member is gone" && c.Breaking:
						foundGone = append(foundGone, x.Action+" "+name)
					case strings.HasPrefix(c.Reason, "the member is required now") && c.Breaking:
						foundNeeded = append(foundNeeded, x.Action+" "+name)
					}
				}
			}
			for what, pair := range map[string][2][]string{"added": {added, d.Added}, "removed": {removed, d.Removed}, "gone": {gone, foundGone}, "needed": {needed, foundNeeded}} {
				slices.Sort(pair[0])
				slices.Sort(pair[1])
				if diff := cmp.Diff(append([]string{}, pair[0]...), append([]string{}, pair[1]...)); diff != "" {
					t.Errorf("%s: %s", what, diff)
				}
			}
			t.Logf("%d added, %d removed, %d members gone, %d needed", len(added), len(removed), len(gone), len(needed))
		})
	}
}

// request is what an operation takes, read without any code of ours but for the names.
type request struct {
	action   string
	members  map[string]any
	required []string
}

// requests are those of a document that have no body, or one of JSON.
func requests(t *testing.T, doc map[string]any) map[string]request {
	t.Helper()
	out := map[string]request{}
	for path, item := range at(t, doc, "paths") {
		for method, v := range item.(map[string]any) {
			op := v.(map[string]any)
			id, _ := op["operationId"].(string)
			r := request{action: openapi.ActionName(id, strings.ToUpper(method), path), members: map[string]any{}}
			list, _ := op["parameters"].([]any)
			for _, p := range list {
				p := p.(map[string]any)
				if name, ok := p["name"].(string); ok && name != "Idempotency-Key" { // which stands behind a reference elsewhere
					r.members[name] = p
					if p["required"] == true {
						r.required = append(r.required, name)
					}
				}
			}
			if body, ok := op["requestBody"].(map[string]any); ok {
				schema := at(t, body, "content", "application/json", "schema")
				if ref, ok := schema["$ref"].(string); ok {
					schema = at(t, doc, "components", "schemas", strings.TrimPrefix(ref, "#/components/schemas/"))
				}
				properties, _ := schema["properties"].(map[string]any)
				for name, p := range properties {
					if p.(map[string]any)["readOnly"] != true {
						r.members[name] = p
					}
				}
				names, _ := schema["required"].([]any)
				for _, name := range names {
					r.required = append(r.required, name.(string))
				}
			}
			out[r.action] = r
		}
	}
	return out
}
