package pagination

import (
	"encoding/json"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

// In is a part of a request.
type In string

// The parts of a request that a parameter can go to. The empty In means InQuery.
const (
	InQuery  In = "query"  // a parameter of the URL's query
	InHeader In = "header" // a header
	InPath   In = "path"   // {name} in the path
	InBody   In = "body"   // a member of a JSON object by its dotted path, or a pair of a form
)

func (in In) orQuery() In {
	if in == "" {
		return InQuery
	}
	return in
}

// Param is a parameter to set over those of the original request.
type Param struct {
	// In is where it goes. Empty means InQuery.
	In In `json:"in,omitempty"`
	// Name is that of the query parameter, header or path variable, or in a body
	// the dotted path of a member: "variables.after".
	Name string `json:"name"`
	// Value is a string, bool, int64, float64 or json.Number, as the provider gave
	// it. In a body it keeps its type; elsewhere Text is what to write.
	Value any `json:"value"`
}

// Text gives the value as it stands in a query, header or path: a string
// unchanged, an int64 or float64 in digits without an exponent, a json.Number as
// the provider wrote it, and true or false. ok is false for another type.
func (p Param) Text() (text string, ok bool) {
	switch v := p.Value.(type) {
	case string:
		return v, true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case json.Number:
		return v.String(), true
	}
	return "", false
}

// UnmarshalJSON reads a written parameter, strictly. Numbers that fit become
// int64, other numbers float64, and those too big json.Number, so that a cursor
// comes back as it was.
func (p *Param) UnmarshalJSON(raw []byte) error {
	var w struct {
		In    In             `json:"in"`
		Name  string         `json:"name"`
		Value jsontext.Value `json:"value"`
	}
	if err := written.Strict(raw, &w); err != nil {
		return decodeError("", written.Explain(err))
	}
	value, ok := scalar(w.Value)
	if !ok {
		return &Error{Op: opDecode, Field: "value", Reason: "must be a string, a number or a boolean"}
	}
	*p = Param{In: w.In, Name: w.Name, Value: value}
	return nil
}

// scalar reads one JSON string, number or boolean.
func scalar(raw jsontext.Value) (any, bool) {
	switch raw.Kind() {
	case 't', 'f':
		return raw.Kind() == 't', true
	case '"':
		s, err := jsontext.AppendUnquote(nil, raw)
		return string(s), err == nil
	case '0':
		if n, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return n, true
		}
		if f, err := strconv.ParseFloat(string(raw), 64); err == nil && !isInteger(string(raw)) {
			return f, true
		}
		return json.Number(raw), true
	}
	return nil, false
}

// isInteger reports whether a JSON number is written in digits alone.
func isInteger(number string) bool {
	for _, b := range []byte(number) {
		if (b < '0' || b > '9') && b != '-' {
			return false
		}
	}
	return true
}
