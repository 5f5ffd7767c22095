package mapping

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

// Limits that [Compile] holds a mapping to.
const (
	MaxFields = 500     // fields of one mapping
	MaxDepth  = 10      // names in one path
	MaxValues = 1 << 20 // bytes of all constants and defaults together
)

// Mode says what becomes of a field that fails.
type Mode uint8

// The modes. In the written form they are "passthrough", which may be left out, and "fail".
const (
	Passthrough Mode = iota // the field is reported in a [Note] and its source left as it was
	Fail                    // the whole Apply fails
)

// String returns the written form.
func (m Mode) String() string {
	switch m {
	case Passthrough:
		return "passthrough"
	case Fail:
		return "fail"
	}
	return "Mode(" + strconv.Itoa(int(m)) + ")"
}

// MarshalText writes the mode; an unknown one is an [*Error].
func (m Mode) MarshalText() ([]byte, error) {
	if m > Fail {
		return nil, modeError()
	}
	return []byte(m.String()), nil
}

// UnmarshalText reads what MarshalText writes; anything else is an [*Error].
func (m *Mode) UnmarshalText(text []byte) error {
	switch string(text) {
	case "passthrough":
		*m = Passthrough
	case "fail":
		*m = Fail
	default:
		return modeError()
	}
	return nil
}

func modeError() *Error {
	return &Error{Field: "mode", Reason: "unknown mode: it is passthrough or fail"}
}

// Mapping is a list of fields to rename, set or drop in one JSON object. It is data; [Compile] makes it usable. One
// with no fields changes nothing, and what no field names stays as it is: it is no projection. To drop a member, set it
// to a constant null and omit it: Field{To: "meta", Const: json.RawMessage("null"), OmitEmpty: true}.
type Mapping struct {
	// Mode is what becomes of a field that fails. Default [Passthrough].
	Mode Mode `json:"mode,omitempty"`
	// Fields are done all at once, so that their order doesn't matter. At most [MaxFields].
	Fields []Field `json:"fields"`
}

// Field gives one member of the result its value: from the source, or a constant. Exactly one of From and Const is set.
//
// Paths name members only ("user.login", "$.user.login", "$['odd.key']"), at least one and at most [MaxDepth].
type Field struct {
	// From is the member to read. It is removed from where it stood, unless Keep is set; the object that held it stays,
	// also when that leaves it empty.
	From string `json:"from,omitempty"`
	// To is the member to write. Objects on the way that are absent or null are made; what stands there is replaced.
	To string `json:"to"`
	// Const is any JSON value, also null, false, 0 and "". nil means none.
	Const json.RawMessage `json:"const,omitempty"`
	// Default is the JSON value used where From is absent or null. nil means none: then an absent From leaves the field
	// out and a null one is taken as a null.
	Default json.RawMessage `json:"default,omitempty"`
	// Keep leaves the source where it is: a copy instead of a rename.
	Keep bool `json:"keep,omitempty"`
	// OmitEmpty leaves the target out of the result where the value to write is null, "", [] or {}; what stood there is
	// removed. 0 and false are not empty.
	OmitEmpty bool `json:"omit_empty,omitempty"`
	// Required makes an absent From a failure. Default: the field is skipped in silence.
	Required bool `json:"required,omitempty"`
}

// UnmarshalJSON reads the written form strictly: a member that is unknown, in other letter case or there twice is an
// [*Error] that names it, whatever decoder called.
func (m *Mapping) UnmarshalJSON(raw []byte) error {
	type plain Mapping // without this method
	var p plain
	if err := written.Strict(raw, &p); err != nil {
		return explain(err)
	}
	*m = Mapping(p)
	return nil
}

// explain tells in our words where a written form is wrong.
func explain(err error) error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	e := &Error{Reason: "not well-formed JSON", Err: err}
	var sem *jsonv2.SemanticError
	var syn *jsontext.SyntacticError
	switch {
	case errors.As(err, &sem):
		e.Field, e.Reason = dotted(sem.JSONPointer), "the value has the wrong type"
	case errors.As(err, &syn):
		e.Field = dotted(syn.JSONPointer)
	}
	switch {
	case errors.Is(err, jsonv2.ErrUnknownName):
		e.Reason = "unknown member: remove it or correct its name" + written.Near(err)
	case errors.Is(err, jsontext.ErrDuplicateName):
		e.Reason = "the member is there twice: remove one"
	}
	return e
}

// dotted turns a JSON pointer like /fields/2/from into fields[2].from, and keeps an endless name out of logs.
func dotted(p jsontext.Pointer) string {
	const most = 200
	var b strings.Builder
	for token := range p.Tokens() {
		_, err := strconv.Atoi(token)
		switch {
		case err == nil:
			b.WriteString("[" + token + "]")
		case b.Len() > 0:
			b.WriteString("." + token)
		default:
			b.WriteString(token)
		}
	}
	if b.Len() > most {
		return strings.ToValidUTF8(b.String()[:most], "") + "…"
	}
	return b.String()
}
