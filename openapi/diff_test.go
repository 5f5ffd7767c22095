package openapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/openapi"
)

// versions imports one operation with an old and a new schema, on both sides.
func versions(t *testing.T, old, now string) (input, output []openapi.Change) {
	t.Helper()
	const defs = `{"A":{"type":"string"},"B":{"type":"string"},"N":{"properties":{"next":{"$ref":"#/components/schemas/N"}}}}`
	a := imported(t, schemaDoc("3.1.0", old, defs), openapi.ImportOptions{Layout: "grouped"})
	b := imported(t, schemaDoc("3.1.0", now, defs), openapi.ImportOptions{Layout: "grouped"})
	d := openapi.Diff(a.Integration, b.Integration)
	for _, x := range d.Changed {
		for _, c := range x.Changes {
			c.Pointer = strings.TrimPrefix(c.Pointer, "/properties/body")
			if c.Side == openapi.SideInput {
				input = append(input, c)
			} else {
				output = append(output, c)
			}
		}
	}
	return input, output
}

// verdict tells the breaking ones, with a star, and the others.
func verdict(list []openapi.Change) string {
	var out []string
	for _, c := range list {
		out = append(out, map[bool]string{true: "*", false: ""}[c.Breaking]+c.Pointer+" "+c.Reason)
	}
	return strings.Join(out, "; ")
}

func TestDiffSchemas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, old, now, input, output string }{
		{"the same", `{"$ref":"#/components/schemas/N"}`, `{"$ref":"#/components/schemas/N"}`, "", ""},
		{"another name for the same", `{"properties":{"a":{"$ref":"#/components/schemas/A"}}}`, `{"properties":{"a":{"$ref":"#/components/schemas/B"}}}`, "", ""},
		{"a new member", `{"properties":{}}`, `{"properties":{"a":{}}}`, "/properties/a the member is new", "/properties/a the member is new"},
		{"a new required member", `{"properties":{}}`, `{"properties":{"a":{}},"required":["a"]}`,
			"/properties/a the member is new; */properties/a the member is required now", "/properties/a the member is new; /properties/a the member is required now"},
		{"a member is gone", `{"properties":{"a":{}}}`, `{"properties":{}}`, "*/properties/a the member is gone", "*/properties/a the member is gone"},
		{"no longer required", `{"properties":{"a":{}},"required":["a"]}`, `{"properties":{"a":{}}}`, "/properties/a the member is no longer required", "*/properties/a the member is no longer required"},
		{"null too", `{"type":"string"}`, `{"type":["string","null"]}`, " the type was string and is null or string", "* the type was string and is null or string"},
		{"narrower", `{"type":"number"}`, `{"type":"integer"}`, "* the type was number and is integer", " the type was number and is integer"},
		{"another type", `{"type":"string"}`, `{"type":"integer"}`, "* the type was string and is integer", "* the type was string and is integer"},
		{"one more value", `{"enum":["a"]}`, `{"enum":["a","b"]}`, " there are more values", "* there are more values"},
		{"one value less", `{"enum":["a","b"]}`, `{"enum":["a"]}`, "* some of the values are gone", " some of the values are gone"},
		{"shorter", `{"maxLength":5}`, `{"maxLength":3}`, "* maxLength is another", " maxLength is another"},
		{"from more", `{"minimum":1}`, `{"minimum":0}`, " minimum is another", "* minimum is another"},
		{"a new pattern", `{"type":"string"}`, `{"type":"string","pattern":"a"}`, "* pattern changed", " pattern changed"},
		{"closed", `{"type":"object"}`, `{"type":"object","additionalProperties":false}`, "* other members are refused now", " other members are refused now"},
		{"items", `{"items":{"type":"string"}}`, `{"items":{"type":"integer"}}`, "*/items the type was string and is integer", "*/items the type was string and is integer"},
		{"one alternative more", `{"anyOf":[{"type":"string"}]}`, `{"anyOf":[{"type":"string"},{"type":"null"}]}`, " anyOf has more or fewer alternatives", "* anyOf has more or fewer alternatives"},
		{"within what refers to itself", `{"$ref":"#/components/schemas/N"}`, `{"properties":{"next":{"$ref":"#/components/schemas/N"},"x":{}}}`, "/properties/x the member is new", "/properties/x the member is new"},
		{"a text", `{"description":"a"}`, `{"description":"b"}`, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			input, output := versions(t, tc.old, tc.now)
			if diff := cmp.Diff(tc.input, verdict(input)); diff != "" {
				t.Errorf("input: %s", diff)
			}
			if diff := cmp.Diff(tc.output, verdict(output)); diff != "" {
				t.Errorf("output: %s", diff)
			}
		})
	}
}

func TestDiffActions(t *testing.T) {
	t.Parallel()
	const head = "openapi: 3.0.3\ninfo: {title: t}\nservers: [{url: https://api.example.com}]\nsecurity: [{k: []}]\ncomponents: {securitySchemes: {k: {type: http, scheme: bearer}}}\npaths:\n"
	before := imported(t, head+`
  /a: {get: {operationId: stays, responses: {}}}
  /b: {get: {operationId: goes, responses: {}}}
  /c: {get: {operationId: old, responses: {}}}
  /d: {post: {operationId: moves, parameters: [{name: p, in: query}], responses: {"200": {content: {text/plain: {}}}}}}
`, openapi.ImportOptions{}).Integration
	after := imported(t, strings.Replace(head, "bearer", "basic", 1)+`
  /a: {get: {operationId: stays, responses: {}}}
  /c: {get: {operationId: new, responses: {}}}
  /d2: {post: {operationId: moves, deprecated: true, security: [], parameters: [{name: p, in: header}], responses: {"200": {content: {application/json: {}}}}}}
`, openapi.ImportOptions{}).Integration
	want := openapi.Difference{
		Integration: []openapi.Change{{Side: "request", Breaking: true, Pointer: "/auth", Reason: "requests are signed in another way: connections may need another credential"}},
		Added:       []string{"new"}, Removed: []string{"goes", "old"}, Renamed: []openapi.Renamed{{From: "old", To: "new"}},
		Changed: []openapi.ActionChange{{Action: "moves", Changes: []openapi.Change{
			{Side: "request", Pointer: "/path", Reason: "the path was /d and is /d2"},
			{Side: "request", Pointer: "/auth", Reason: "requests are signed in another way"},
			{Side: "request", Pointer: "/headers", Reason: "other headers are sent"},
			{Side: "request", Breaking: true, Pointer: "/parameters", Reason: "p was sent in the query, and is in the header"},
			{Side: "output", Breaking: true, Pointer: "/response", Reason: "the answer is read as something else"},
			{Side: "text", Pointer: "/deprecated", Reason: "it is deprecated now"},
		}}},
	}
	got := openapi.Diff(before, after)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got.Breaking() || got.Empty() {
		t.Errorf("breaking %v, empty %v", got.Breaking(), got.Empty())
	}
	if none := openapi.Diff(before, before); none.Breaking() || !none.Empty() {
		t.Errorf("the same twice: %+v", none)
	}
}

// TestDiffCut holds that what an import cut isn't taken for a change, but told, once.
func TestDiffCut(t *testing.T) {
	t.Parallel()
	with := func(a, b string) waygate.Integration {
		schema := `{"properties":{"a":{"$ref":"#/$defs/A"},"b":{"$ref":"#/$defs/B"}},"$defs":{"A":` + a + `,"B":` + b + `}}`
		return waygate.Integration{Actions: []waygate.Action{waygate.HTTPAction{ID: "a", OutputSchema: []byte(schema)}}}
	}
	const whole = `{"type":"object","properties":{"x":{}}}`
	told := []openapi.ActionChange{{Action: "a", Changes: []openapi.Change{{Side: "output", Pointer: "/properties/a",
		Reason: "one of the imports cut the schema here, or nearby, for its size: what it cut isn't compared"}}}}
	for _, tc := range []struct {
		before, after waygate.Integration
		want          []openapi.ActionChange
	}{
		{with(whole, whole), with("true", "true"), told},
		{with("true", "true"), with(whole, whole), told},
		{with("true", whole), with("true", whole), nil},
	} {
		if diff := cmp.Diff(tc.want, openapi.Diff(tc.before, tc.after).Changed); diff != "" {
			t.Error(diff)
		}
	}
}

// FuzzDiff holds that any two schemas are compared, and that one is equal to itself.
func FuzzDiff(f *testing.F) {
	f.Add([]byte(`{"$ref":"#/$defs/A","$defs":{"A":{"properties":{"a":{"$ref":"#/$defs/A"}}}}}`), []byte(`{"anyOf":[{"$ref":"#"},true,{"type":5}],"items":[]}`))
	f.Add([]byte(`{"allOf":[{"$ref":"#/$defs/A"}],"$defs":{"A":{"$ref":"#/$defs/B","type":"null"},"B":{"$ref":"#/$defs/A"}}}`), []byte(`{"additionalProperties":{"additionalProperties":{}}}`))
	with := func(schema []byte) waygate.Integration {
		return waygate.Integration{Actions: []waygate.Action{waygate.HTTPAction{ID: "a", InputSchema: schema, OutputSchema: schema}}}
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		openapi.Diff(with(a), with(b))
		if d := openapi.Diff(with(a), with(append([]byte(" "), a...))); !d.Empty() {
			t.Errorf("a schema differs from itself: %+v", d)
		}
	})
}

// What a new version of a document changes for callers, and whether it breaks them.
func ExampleDiff() {
	old, err := importOf(`{"type":"object","properties":{"name":{"type":"string"}}}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	now, err := importOf(`{"type":"object","properties":{"name":{"type":"string"},"team":{"type":"string"}},"required":["team"]}`)
	if err != nil {
		fmt.Println(err)
		return
	}
	d := openapi.Diff(old, now)
	fmt.Println("breaking:", d.Breaking())
	for _, a := range d.Changed {
		for _, c := range a.Changes {
			fmt.Println(a.Action, c.Side, c.Pointer, c.Breaking, c.Reason)
		}
	}
	// Output:
	// breaking: true
	// add_person input /properties/team false the member is new
	// add_person input /properties/team true the member is required now
}
