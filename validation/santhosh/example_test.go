package santhosh_test

import (
	"context"
	"fmt"

	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// Example validates with one engine and then with the other: nothing else changes.
func Example() {
	text := []byte(`{"required": ["id"], "properties": {"id": {"type": "integer"}, "state": {"enum": ["open", "closed"]}}}`)
	for _, engine := range []validation.Engine{validation.Kaptinlin{}, santhosh.Engine{}} {
		schema, err := engine.Compile(text)
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, v := range schema.Validate(context.Background(), map[string]any{"id": "7", "state": "new"}) {
			fmt.Printf("%s: %s: expected %s, received %s\n", v.Pointer, v.Keyword, v.Expected, v.Received)
		}
	}
	// Output:
	// /id: type: expected integer, received string
	// /state: enum: expected one of ["open","closed"], received string
	// /id: type: expected integer, received string
	// /state: enum: expected one of ["open","closed"], received string
}

// A schema that refers to a document of the host's; nothing else is ever read.
func ExampleEngine_Compile() {
	engine := santhosh.Engine{Documents: map[string][]byte{
		"https://example.com/money.json": []byte(`{"type": "string", "pattern": "^[0-9]+\\.[0-9]{2}$"}`),
	}}
	schema, err := engine.Compile([]byte(`{"properties": {"price": {"$ref": "https://example.com/money.json"}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Validate(context.Background(), map[string]any{"price": "19.99"}) == nil)
	_, err = engine.Compile([]byte(`{"$ref": "file:///etc/hostname"}`))
	fmt.Println(err)
	// Output:
	// true
	// schema refused at "/$ref": the reference leads out of the document: put the schema under $defs and refer to it there, or give the engine that document
}
