package jsontree

import (
	"encoding/json"
	"errors"
	"reflect"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"

	"github.com/waygate-go/waygate/secret"
)

// other makes the tree of a value that only its JSON text describes.
func (m *maker) other(v any, depth int) (any, error) {
	if err := m.walk(reflect.ValueOf(v), depth, 0); err != nil {
		return nil, err
	}
	if m.options == nil {
		m.options = m.newOptions()
	}
	text, err := jsonv2.Marshal(v, m.options)
	if err != nil {
		// The options of encoding/json lose the place; without them tags like
		// "name," are refused. So the place is asked for only now.
		_, placed := jsonv2.Marshal(v, m.options, jsonv1.ReportErrorsWithLegacySemantics(false))
		return nil, valueError(err, placed, v)
	}
	st, awkward, err := scan(text, m.lim.Depth-depth, m.lim.Nodes-m.nodes)
	if err != nil {
		return nil, m.textError(err, v)
	}
	if st.Duplicate != "" {
		return nil, &ValueError{Pointer: st.Duplicate, Type: typeName(reflect.TypeOf(v)), Reason: "the key repeats an earlier one; give each key once"}
	}
	m.nodes += st.Nodes
	tree := parseScanned(text, awkward)
	if len(m.held) > 0 {
		tree = m.restore(tree)
	}
	return tree, nil
}

// newOptions are those of encoding/json, with secrets in clear.
func (m *maker) newOptions() jsonv2.Options {
	reveal := jsonv2.MarshalToFunc(func(enc *jsontext.Encoder, s secret.String) error {
		if text, ok := m.secret(s).(string); ok {
			return enc.WriteToken(jsontext.String(text))
		}
		return enc.WriteToken(jsontext.Null)
	})
	// To the library encoding/json's Number is a string like any other.
	number := jsonv2.MarshalToFunc(func(enc *jsontext.Encoder, n json.Number) error {
		text, err := numberText(n)
		if err != nil {
			return err
		}
		if quoted, _ := jsonv2.GetOption(enc.Options(), jsonv2.StringifyNumbers); quoted {
			return enc.WriteToken(jsontext.String(text))
		}
		return enc.WriteValue(jsontext.Value(text))
	})
	marshalers := []*jsonv2.Marshalers{reveal, number}
	for _, l := range m.leaves {
		marshalers = append(marshalers, l.marshal(m))
	}
	return jsonv2.JoinOptions(
		jsonv1.DefaultOptionsV1(),
		jsontext.EscapeForHTML(false),
		jsontext.EscapeForJS(false),
		jsonv2.WithMarshalers(jsonv2.JoinMarshalers(marshalers...)),
	)
}

// valueError makes a ValueError of what Marshal gave, with the place and type
// that a second error may know.
func valueError(err, placed error, v any) error {
	e := &ValueError{Type: typeName(reflect.TypeOf(v)), Reason: "has no JSON form", Err: err}
	var semantic *jsonv2.SemanticError
	if errors.As(placed, &semantic) {
		e.Pointer = string(semantic.JSONPointer)
		if semantic.GoType != nil {
			e.Type = semantic.GoType.String()
		}
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(placed, &syntactic) {
		e.Pointer = string(syntactic.JSONPointer)
		e.Reason = "gives text that is not JSON"
	}
	return e
}

// textError makes the error of a sub-text one of the whole value.
func (m *maker) textError(err error, v any) error {
	var limit *LimitError
	if errors.As(err, &limit) {
		limit.Limit = m.lim.Depth
		if limit.What == "nodes" {
			limit.Limit = m.lim.Nodes
		}
		return limit
	}
	return &ValueError{Type: typeName(reflect.TypeOf(v)), Reason: "gives text that is not JSON", Err: err}
}
