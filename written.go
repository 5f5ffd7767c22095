package waygate

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/nearest"
	"github.com/waygate-go/waygate/internal/written"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
)

// maxDefinition bounds a written definition, in bytes.
const maxDefinition = 16 << 20

// MarshalJSON writes the definition: members in the order of the fields, each
// scheme, strategy, policy and action with its kind. An action in Go has no
// written form: the error names it.
func (in Integration) MarshalJSON() ([]byte, error) {
	for _, a := range in.Actions {
		if !hasWrittenForm(a) {
			info, _ := safeInfo(a)
			return nil, fmt.Errorf("integration %q: action %s (%T) is Go and has no written form: leave it out of the definition that is written", in.ID, info.ID, a)
		}
	}
	type plain Integration
	return json.Marshal(plain(in))
}

// hasWrittenForm says whether an action is data of a kind. A struct that embeds
// an HTTPAction isn't: it would be written as the plain action.
func hasWrittenForm(a Action) bool {
	switch a.(type) {
	case HTTPAction, *HTTPAction:
		return true
	}
	k, named := a.(interface{ Kind() string })
	_, written := a.(json.Marshaler)
	return named && written && k.Kind() != HTTPAction{}.Kind()
}

// ParseIntegration reads the written form of a definition, with the kinds of
// Config.Kinds. An unknown member, a member that stands twice, or an unknown
// kind is [ErrConfig], and the error names it. An action without kind is an
// [HTTPAction]. Only the form is checked here: the result isn't registered, and
// Register checks what it says.
func (g *Gateway) ParseIntegration(data []byte) (Integration, error) {
	in, err := parseIntegration(data, g.cfg.Kinds)
	if err != nil {
		return Integration{}, definitionError("parse", in.ID, err)
	}
	return in, nil
}

func parseIntegration(data []byte, kinds Kinds) (in Integration, err error) {
	if len(data) > maxDefinition {
		return in, fmt.Errorf("definition: %d bytes, want at most %d", len(data), maxDefinition)
	}
	stats, err := jsontree.Scan(data, jsontree.Limits{})
	if err != nil {
		return in, fmt.Errorf("definition: %w", err)
	}
	if stats.Duplicate != "" {
		return in, &memberError{pointer: stats.Duplicate, text: fmt.Sprintf("definition: %s stands twice", stats.Duplicate)}
	}
	if !present(data) {
		return in, fmt.Errorf("definition: want an object, got null")
	}
	type plain Integration
	w := struct {
		*plain
		Auth       json.RawMessage   `json:"auth"`
		Retry      json.RawMessage   `json:"retry"`
		Pagination json.RawMessage   `json:"pagination"`
		Actions    []json.RawMessage `json:"actions"`
	}{plain: (*plain)(&in)}
	if err := strict(data, &w); err != nil {
		return in, err
	}
	if present(w.Auth) {
		if err := kindAsText("auth", w.Auth, kinds.Auth, "bearer"); err != nil {
			return in, err
		}
		if in.Auth, err = auth.Decode(w.Auth, kinds.Auth); err != nil {
			return in, at("auth", err)
		}
	}
	if in.Retry, in.Pagination, err = decodePolicies(w.Retry, w.Pagination, kinds); err != nil {
		return in, err
	}
	for i, raw := range w.Actions {
		a, err := decodeAction(raw, kinds)
		if err != nil {
			return in, at(fmt.Sprintf("actions[%d]", i), fmt.Errorf("%s%w", idIn(raw), err))
		}
		in.Actions = append(in.Actions, a)
	}
	return in, nil
}

// idIn helps to find an action that can't be read.
func idIn(raw []byte) string {
	var named struct{ ID string }
	if json.Unmarshal(raw, &named) != nil || named.ID == "" {
		return ""
	}
	return fmt.Sprintf("(%s) ", clip(named.ID))
}

func decodePolicies(retry, pages json.RawMessage, kinds Kinds) (p resilience.Policy, s pagination.Strategy, err error) {
	if present(retry) {
		if err := kindAsText("retry", retry, kinds.Retry, "exponential"); err != nil {
			return nil, nil, err
		}
		if p, err = resilience.Decode(retry, kinds.Retry); err != nil {
			return nil, nil, at("retry", err)
		}
	}
	if present(pages) {
		if err := kindAsText("pagination", pages, kinds.Pagination, "link"); err != nil {
			return nil, nil, err
		}
		if s, err = pagination.Decode(pages, kinds.Pagination); err != nil {
			return nil, nil, at("pagination", err)
		}
	}
	return p, s, nil
}

// kindAsText refuses a text where an object with a kind is wanted.
func kindAsText[D any](field string, raw []byte, kinds map[string]D, example string) error {
	kind, text := written.KindAsText(raw, kinds, example)
	if !text {
		return nil
	}
	return at(field, fmt.Errorf("is a text, but wants an object with its kind: write %s: {kind: %s}, in JSON %q: {\"kind\": %q}", field, kind, field, kind))
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// decodeAction reads an action by its kind; "http" where none is given.
func decodeAction(raw []byte, kinds Kinds) (Action, error) {
	var head struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fmt.Errorf("want an object with id, method and path")
	}
	if head.Kind == "" {
		head.Kind = HTTPAction{}.Kind()
	}
	decode, ok := kinds.Actions[head.Kind]
	if !ok {
		return nil, at("kind", fmt.Errorf("%q is unknown: known are %s; others are given in Config.Kinds.Actions%s",
			clip(head.Kind), written.Known(kinds.Actions), nearest.DidYouMean(head.Kind, maps.Keys(kinds.Actions))))
	}
	a, err := decode(raw, kinds)
	if err == nil && a == nil {
		return nil, fmt.Errorf("the decoder of kind %q returned no action", head.Kind)
	}
	return a, err
}

// decodeHTTPAction reads the written form of an HTTPAction.
func decodeHTTPAction(raw []byte, kinds Kinds) (Action, error) {
	type plain HTTPAction
	var a HTTPAction
	w := struct {
		Kind string `json:"kind"`
		*plain
		Auth       json.RawMessage `json:"auth"`
		Retry      json.RawMessage `json:"retry"`
		Pagination json.RawMessage `json:"pagination"`
	}{plain: (*plain)(&a)}
	err := strict(raw, &w)
	if err != nil {
		return nil, err
	}
	if present(w.Auth) {
		if err := kindAsText("auth", w.Auth, kinds.Auth, "bearer"); err != nil {
			return nil, err
		}
		if a.Auth, err = auth.Decode(w.Auth, kinds.Auth); err != nil {
			return nil, at("auth", err)
		}
	}
	if a.Retry, a.Pagination, err = decodePolicies(w.Retry, w.Pagination, kinds); err != nil {
		return nil, err
	}
	return a, nil
}

// strict decodes and refuses unknown members. Names match exactly: encoding/json
// would take "ID" for "id".
func strict(data []byte, into any) error {
	err := written.Strict(data, into)
	var e *jsonv2.SemanticError
	if !errors.As(err, &e) {
		return err
	}
	place := ""
	if e.JSONPointer != "" {
		place = string(e.JSONPointer) + ": "
	}
	bad := &memberError{pointer: string(e.JSONPointer)}
	switch {
	case e.Err == jsonv2.ErrUnknownName:
		bad.text = fmt.Sprintf("unknown member %s%s", e.JSONPointer, written.Near(e))
	case e.GoType == reflect.TypeFor[Duration]() && e.JSONKind != '"':
		bad.text = place + `want a duration as text, like "30s"`
	case e.Err != nil: // of a part that reads itself
		bad.text, bad.err = fmt.Sprintf("%s%v", place, e.Err), e.Err
	default:
		bad.text = place + wrongType(e)
	}
	return bad
}

// wrongType says in words what stands in a place, and what belongs there.
func wrongType(e *jsonv2.SemanticError) string {
	typ := e.GoType
	for typ != nil && typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if typ == nil {
		return fmt.Sprintf("%s can't stand here", jsonWord(e.JSONKind))
	}
	want := "something else"
	switch typ.Kind() {
	case reflect.String:
		if want = "a text"; e.JSONKind != '{' && e.JSONKind != '[' {
			want = "a text: put it into quotes"
		}
	case reflect.Bool:
		want = "true or false"
	case reflect.Int, reflect.Int64, reflect.Uint8, reflect.Uint16, reflect.Uint64:
		want = "a whole number"
	case reflect.Float64:
		want = "a number"
	case reflect.Slice:
		if want = "a list"; e.JSONKind == '"' {
			want = "a list: put it into brackets, [...]"
		}
	case reflect.Map:
		want = "an object of names and values"
	case reflect.Struct:
		want = "an object"
		if names := slices.Collect(written.MemberNames(typ)); len(names) > 0 {
			want += " with " + choices(names)
		}
	}
	return fmt.Sprintf("%s stands here, want %s", jsonWord(e.JSONKind), want)
}

// jsonWord is a kind of JSON value in words.
func jsonWord(k jsontext.Kind) string {
	switch k {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return k.String() // true, false
}

// UnmarshalJSON reads a parameter, strictly; a number that is its default keeps
// its form.
func (p *Parameter) UnmarshalJSON(data []byte) error {
	type plain Parameter
	w := struct {
		*plain
		Default json.RawMessage `json:"default"`
	}{plain: (*plain)(p)}
	if err := strict(data, &w); err != nil {
		return err
	}
	if len(w.Default) == 0 {
		return nil
	}
	tree, _, err := jsontree.Parse(w.Default, jsontree.Limits{})
	p.Default = tree
	return err
}
