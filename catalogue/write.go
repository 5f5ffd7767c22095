package catalogue

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
	"go.yaml.in/yaml/v3"

	"github.com/waygate-go/waygate"
)

// YAML writes an integration as a file of a catalogue: members in the order of the Go fields, those of schemas and
// constants in their own order; texts of several lines as blocks; texts that a reader of any version of YAML could take
// for something else in quotes. The same integration gives the same bytes, and parsing and writing them again gives them
// again.
//
// An integration with actions in Go has no written form: the error names them.
func YAML(in waygate.Integration) ([]byte, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return yamlOf(raw)
}

// yamlOf writes a JSON text.
func yamlOf(raw []byte) ([]byte, error) {
	root, err := nodeOf(raw)
	if err != nil {
		return nil, fmt.Errorf("catalogue: the written form: %w", err)
	}
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(2)
	if err := enc.Encode(root); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if err := enc.Close(); err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return b.Bytes(), nil
}

// JSON writes an integration as a file of a catalogue, indented by two spaces, as [YAML] does in all else.
func JSON(in waygate.Integration) ([]byte, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	out, err := jsontext.AppendFormat(nil, raw, jsontext.Multiline(true), jsontext.WithIndent("  "), jsontext.PreserveRawStrings(false))
	if err != nil {
		return nil, fmt.Errorf("catalogue: the written form: %w", err)
	}
	return append(out, '\n'), nil
}
