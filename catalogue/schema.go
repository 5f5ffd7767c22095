package catalogue

import _ "embed" // schema.json

//go:embed schema.json
var schema string

// Schema is the JSON Schema (2020-12) of a file of a catalogue, for editors and for checks that need no gateway: of an
// integration, of an action, and of a list of actions. It knows the kinds that are built in; a host that brings kinds of
// its own (waygate.Config.Kinds) adds them to $defs. It is the file schema.json beside this package's code.
func Schema() []byte { return []byte(schema) }
