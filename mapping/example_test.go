package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/waygate-go/waygate/mapping"
)

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

func ExampleMapping_UnmarshalJSON() {
	var m mapping.Mapping
	err := json.Unmarshal([]byte(`{"fields": [{"form": "user.login", "to": "author"}]}`), &m)
	var e *mapping.Error
	if errors.As(err, &e) {
		fmt.Println(e.Field, "–", e.Reason)
	}
	// Output: fields[0].form – unknown member: remove it or correct its name: did you mean "from"?
}
