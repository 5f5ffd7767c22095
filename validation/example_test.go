package validation_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waygate-go/waygate/validation"
)

// Each violation says where it is, which keyword it is of, what was expected, and what came: a type, never a value.
func Example() {
	schema, err := validation.Kaptinlin{}.Compile([]byte(`{
		"type": "object",
		"required": ["owner", "state"],
		"properties": {
			"owner": {"type": "string"},
			"state": {"enum": ["open", "closed"]},
			"labels": {"items": {"type": "string", "maxLength": 50}}
		},
		"additionalProperties": false
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	tree := map[string]any{"state": "new", "labels": []any{"bug", int64(7)}, "token": "ghp_secret"}
	for _, v := range schema.Validate(context.Background(), tree) {
		fmt.Printf("%s: %s: expected %s, received %s\n", v.Pointer, v.Keyword, v.Expected, v.Received)
	}
	// Output:
	// /labels/1: type: expected string, received integer
	// /owner: required: expected present, received absent
	// /state: enum: expected one of ["open","closed"], received string
	// /token: additionalProperties: expected absent, received string
}

// What can be made to fit is changed in a copy, and the report says what that was.
func ExampleChecker_Check() {
	text := []byte(`{"properties": {"page": {"type": "integer", "default": 1}, "open": {"type": "boolean"}}}`)
	schema, err := validation.Kaptinlin{}.Compile(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	checker, err := validation.NewChecker(schema, text, validation.Rules{Mode: validation.Coerce, Extra: validation.ExtraStrip})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := checker.Check(context.Background(), map[string]any{"open": "true", "debug": int64(1)})
	fmt.Println(report.Tree, err)
	for _, change := range report.Changes {
		fmt.Println(change.Pointer, change.Keyword, change.Received)
	}

	_, err = checker.Check(context.Background(), map[string]any{"open": "maybe"})
	var failed *validation.Error
	fmt.Println(errors.As(err, &failed), err)
	// Output:
	// map[open:true page:1] <nil>
	// /debug additionalProperties integer
	// /open type string
	// /page default absent
	// true validation failed: "/open" type
}

// A schema with a mistake in it is refused.
func ExampleKaptinlin_Compile() {
	_, err := validation.Kaptinlin{}.Compile([]byte(`{"properties": {"id": {"type": "strnig"}}}`))
	var refused *validation.SchemaError
	if errors.As(err, &refused) {
		fmt.Println(refused.Pointer)
		fmt.Println(refused.Reason)
	}
	// Output:
	// /properties/id/type
	// unknown type: use array, boolean, integer, null, number, object or string
}

// Thousands of schemas, looked at one after another: would they compile?
func ExampleVet() {
	vet := validation.Vet(validation.Kaptinlin{}) // without compiling, for many schemas
	fmt.Println(vet([]byte(`{"type": "string"}`)))
	fmt.Println(vet([]byte(`{"type": "strnig"}`)) == nil)
	// Output:
	// <nil>
	// false
}

// The price of some item has another type in five answers: that is an alert.
func ExampleDrift() {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	drift := validation.NewDrift(func() time.Time { return now })
	for i := range 5 {
		found := []validation.Violation{{Pointer: fmt.Sprintf("/items/%d/price", i), Keyword: "type"}}
		for _, alert := range drift.Observe("shop.list_items", found) {
			fmt.Println(alert.Action, alert.Pointer, alert.Keyword, alert.Count, alert.Since.Format(time.TimeOnly))
		}
		now = now.Add(time.Minute)
	}
	fmt.Println(drift.Level("shop.list_items"), drift.Level("shop.get_item"))
	// Output:
	// shop.list_items /items/*/price type 5 12:00:00
	// alert normal
}

// An engine that a host brings is asked for each schema; nil is the default one.
func ExampleCompile() {
	schema, err := validation.Compile(nil, []byte(`{"type": "string", "maxLength": 3}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range schema.Validate(context.Background(), "four") {
		fmt.Println(v.Keyword, v.Expected)
	}
	// Output: maxLength at most 3 characters
}
