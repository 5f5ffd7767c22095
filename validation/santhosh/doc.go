// Package santhosh is a second engine for JSON Schemas: santhosh-tekuri/jsonschema
// behind the seam of package validation.
//
// It takes and refuses the same schemas as [validation.Kaptinlin], has the same
// limits and gives the same violations; both pass the suite in package
// validationtest. It validates faster, and lives in a module of its own so that
// only who uses it links it. A host switches in one line:
//
//	gw, err := waygate.New(waygate.Config{Engine: santhosh.Engine{}})
//
// or validates with a plain tree:
//
//	schema, err := santhosh.Engine{}.Compile(text)
//	if err != nil { … }                            // *validation.SchemaError
//	for _, v := range schema.Validate(ctx, tree) { // nil = valid
//		fmt.Println(v.Pointer, v.Keyword, v.Expected, v.Received)
//	}
//
// Nothing is read from disk or the network: references to other documents are
// answered from [Engine.Documents] alone.
package santhosh
