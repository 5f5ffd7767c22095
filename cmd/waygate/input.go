package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// read gives the input; nil if there is none.
func (o calling) read(s streams) (any, error) {
	text := []byte(o.input)
	if o.input == "-" {
		var err error
		if text, err = io.ReadAll(s.in); err != nil {
			return nil, fmt.Errorf("--input: %w", err)
		}
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, nil
	}
	var in map[string]any
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var typ *json.UnmarshalTypeError
	switch err := dec.Decode(&in); {
	case errors.As(err, &typ):
		return nil, fmt.Errorf(`--input: this is JSON of type %s: write an object, as {"id": 7}`, typ.Value)
	case err != nil:
		return nil, fmt.Errorf(`--input: write a JSON object, as {"id": 7}: %w`, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("--input: something follows the JSON object: leave it out")
	}
	return in, nil
}
