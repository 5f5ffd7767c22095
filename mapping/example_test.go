package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/mapping"
)

// Three fields: one moves, one has a default, one is written out. What no field names stays; the tree that was given
// too.
func Example() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{From: "user.login", To: "author"},
		{From: "state", To: "status", Default: json.RawMessage(`"open"`)},
		{To: "source", Const: json.RawMessage(`"github"`)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	tree := map[string]any{"user": map[string]any{"login": "octocat", "id": int64(1)}, "title": "It leaks"}
	out, notes, err := p.Apply(tree)
	fmt.Println(out, notes, err)
	fmt.Println(tree)
	// Output:
	// map[author:octocat source:github status:open title:It leaks user:map[id:1]] [] <nil>
	// map[title:It leaks user:map[id:1 login:octocat]]
}

// All fields read before any is written, so that two can change places.
func ExampleProgram_Apply_swap() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{{From: "from", To: "to"}, {From: "to", To: "from"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	out, _, _ := p.Apply(map[string]any{"from": "a", "to": "b"})
	fmt.Println(out)
	// Output: map[from:b to:a]
}

// A field that can't be mapped is noted, or makes the whole mapping fail.
func ExampleProgram_Apply_failures() {
	m := mapping.Mapping{Fields: []mapping.Field{{From: "id", To: "key"}, {From: "email", To: "mail", Required: true}}}
	for _, m.Mode = range []mapping.Mode{mapping.Passthrough, mapping.Fail} {
		p, err := mapping.Compile(m)
		if err != nil {
			fmt.Println(err)
			return
		}
		out, notes, err := p.Apply(map[string]any{"id": int64(7)})
		fmt.Println(m.Mode, out, len(notes), err)
	}
	// Output:
	// passthrough map[key:7] 1 <nil>
	// fail <nil> 1 mapping: fields[1]: $.email: the required member is absent: make the field optional or give it a default
}

// The written form is read strictly.
func ExampleMapping_UnmarshalJSON() {
	var m mapping.Mapping
	err := json.Unmarshal([]byte(`{"fields": [{"form": "user.login", "to": "author"}]}`), &m)
	var e *mapping.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field, "–", e.Reason)
	}
	// Output: fields[0].form – unknown member: remove it or correct its name: did you mean "from"?
}

// Places in lists: the items of one are the items of the other, and lists in them become one.
func Example_lists() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{From: "$.items[*].a", To: "$.people[*].b"},
		{From: "$.items[*].tags[*].name", To: "$.people[*].tags", Keep: true},
		{To: "$.people[*].kind", Const: json.RawMessage(`"user"`)},
		{To: "$.items", Const: json.RawMessage("null"), OmitEmpty: true},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"items": [{"a": 1, "tags": [{"name": "x"}, {"name": "y"}]}, {"a": 2}], "total": 2}`)))
	// Output: {"people":[{"b":1,"kind":"user","tags":["x","y"]},{"b":2,"kind":"user"}],"total":2}
}

// Texts become booleans, numbers and dates. What would lose something stays, with a note.
func Example_coercions() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{From: "active", To: "active", Type: mapping.TypeBoolean},
		{From: "count", To: "count", Type: mapping.TypeInteger},
		{From: "zip", To: "zip", Type: mapping.TypeString},
		{From: "seen", To: "seen", Type: mapping.TypeDate, Date: &mapping.Date{From: mapping.DateEpochMS}},
		{From: "due", To: "due", Type: mapping.TypeDate, Date: &mapping.Date{From: "02/01/2006", To: mapping.DateDay}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"active": "Yes", "count": "12", "zip": 1234, "seen": 1767323045123, "due": "24/12/2026"}`)))
	show(p.Apply(tree(`{"active": "perhaps", "count": 12.5}`)))
	// Output:
	// {"active":true,"count":12,"due":"2026-12-24","seen":"2026-01-02T03:04:05.123Z","zip":"1234"}
	// {"active":"perhaps","count":12.5}
	// $.active: it is no boolean: want true, yes, on or 1, or false, no, off or 0
	// $.count: the number has a fraction: nothing is rounded
}

// The provider's words for one's own.
func ExampleEnum() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{{
		From: "state", To: "status", Trim: true, Case: mapping.Lower,
		Enum: &mapping.Enum{Words: map[string]json.RawMessage{"o": json.RawMessage(`"open"`), "c": json.RawMessage(`"closed"`)},
			Unknown: mapping.UnknownKeep},
	}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"state": " O "}`)))
	show(p.Apply(tree(`{"state": "draft"}`)))
	// Output:
	// {"status":"open"}
	// {"status":"draft"}
}

// One of a list, or a list of one.
func ExamplePick() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{From: "emails", To: "email", Pick: mapping.PickFirst, Keep: true},
		{From: "emails", To: "emails", Pick: mapping.PickAll},
		{From: "phones", To: "phone", Pick: mapping.PickLast, Default: json.RawMessage(`"none"`)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"emails": ["a@example.com", "b@example.com"], "phones": []}`)))
	show(p.Apply(tree(`{"emails": "a@example.com", "phones": [1, 2]}`)))
	// Output:
	// {"email":"a@example.com","emails":["a@example.com","b@example.com"],"phone":"none"}
	// {"email":"a@example.com","emails":["a@example.com"],"phone":2}
}

// An empty text, and a null, that nobody wants to see.
func ExampleField_omit() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{From: "note", To: "note", Trim: true, OmitEmpty: true},
		{From: "end", To: "end", OmitNull: true},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"note": "  ", "end": "", "n": 0}`)))
	show(p.Apply(tree(`{"note": "x", "end": null, "n": 0}`)))
	// Output:
	// {"end":"","n":0}
	// {"n":0,"note":"x"}
}

// One customer's changes to the mapping that all have.
func ExampleCompileOver() {
	base := mapping.Mapping{Fields: []mapping.Field{
		{ID: "author", From: "user", To: "author"},
		{ID: "state", From: "state", To: "status"},
		{ID: "link", From: "url", To: "link"},
	}}
	p, err := mapping.CompileOver(&base, mapping.Override{
		Replace:  []mapping.Field{{ID: "author", From: "user", To: "owner"}},
		Add:      []mapping.Field{{ID: "origin", To: "origin", Const: json.RawMessage(`"crm"`)}},
		Suppress: []string{"state"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	show(p.Apply(tree(`{"user": "ada", "state": "open", "url": "https://example.com/7"}`)))
	// Output: {"link":"https://example.com/7","origin":"crm","owner":"ada","state":"open"}
}

// What each field did, for somebody who writes a mapping.
func ExampleProgram_Preview() {
	p, err := mapping.Compile(mapping.Mapping{Fields: []mapping.Field{
		{ID: "age", From: "people[*].age", To: "people[*].years", Type: mapping.TypeInteger},
		{ID: "city", From: "city", To: "town", Default: json.RawMessage(`"none"`)},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, outcomes, _ := p.Preview(tree(`{"people": [{"age": "36"}, {"age": "old"}, {}]}`))
	for _, o := range outcomes {
		fmt.Println(o.ID, "applied", o.Applied, "defaulted", o.Defaulted, "absent", o.Absent, "failed", o.Failed, o.Path)
	}
	// Output:
	// age applied 1 defaulted 0 absent 1 failed 1 $.people[1].age
	// city applied 0 defaulted 1 absent 0 failed 0
}

// tree parses a document for an example.
func tree(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	return v
}

// show prints what Apply gave.
func show(out any, notes []mapping.Note, err error) {
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := json.Marshal(out)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
	for _, n := range notes {
		fmt.Printf("%s: %s\n", n.Path, n.Reason)
	}
}
