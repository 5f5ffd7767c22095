package mapping

import (
	"encoding/json"
	"strconv"
)

// Limits that [Compile] holds a mapping to, and [Program.Apply] a document.
const (
	MaxFields = 500     // fields of one mapping
	MaxDepth  = 10      // steps of one path: names, [*] and, in a source, the others
	MaxEach   = 4       // [*] in one path
	MaxValues = 1 << 20 // bytes of all constants, defaults and enum words together
	MaxID     = 40      // bytes of a field's ID

	MaxItems  = 5_000   // items that [*] leads one field through, of nested lists together
	MaxPlaces = 100_000 // the same, of all fields together
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

// Mapping is a list of fields to rename, set or drop in one JSON document. It is data; [Compile] makes it usable. One
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
// Paths name members ("user.login", "$.user.login", "$['odd.key']") and, with [*], each item of a list; at least one
// step and at most [MaxDepth]. The package documentation says how the [*] of both paths go together.
//
// A value that was read goes through Pick, Trim, Case, Enum and Type, in this order, each of which is off by default.
// null goes through unchanged; so do Const and Default, which are written as they stand.
type Field struct {
	// ID names the field for an [Override]: letters a-z, digits, "-" and "_" between them, at most [MaxID] bytes, once in
	// a mapping. A field without one can't be overridden.
	ID string `json:"id,omitempty"`
	// From is the member to read. It is removed from where it stood, unless Keep is set; the object or list that held it
	// stays, also when that leaves it empty. With Keep it may be any path: "items[-1].id", "tags[:3]", "$..id".
	From string `json:"from,omitempty"`
	// To is the member to write. Objects and lists on the way that are absent or null are made; what stands there is
	// replaced.
	To string `json:"to"`
	// Const is any JSON value, also null, false, 0 and "". nil means none.
	Const json.RawMessage `json:"const,omitempty"`
	// Default is the JSON value used where From is absent or null. nil means none: then an absent From leaves the field
	// out and a null one is taken as a null.
	Default json.RawMessage `json:"default,omitempty"`
	// Keep leaves the source where it is: a copy instead of a rename.
	Keep bool `json:"keep,omitempty"`
	// OmitNull leaves the target out of the result where the value to write is null; what stood there is removed.
	OmitNull bool `json:"omit_null,omitempty"`
	// OmitEmpty does so for null, "", [] and {}. 0 and false are not empty. A text that is empty once trimmed is left
	// out before Enum and Type see it.
	OmitEmpty bool `json:"omit_empty,omitempty"`
	// Required makes an absent From a failure. Default: the field is skipped in silence.
	Required bool `json:"required,omitempty"`
	// Pick takes one item of a list, or makes a list of a single value.
	Pick Pick `json:"pick,omitempty"`
	// Trim removes white space (as Unicode has it) from both ends of a text. Values of other types stay as they are.
	Trim bool `json:"trim,omitempty"`
	// Case changes the letters of a text. Values of other types stay as they are.
	Case Case `json:"case,omitempty"`
	// Enum translates words.
	Enum *Enum `json:"enum,omitempty"`
	// Type is what the value has to be, and is made of it where that loses nothing.
	Type Type `json:"type,omitempty"`
	// Date says how a date is read and written, for [TypeDate] only. nil is RFC 3339 to RFC 3339.
	Date *Date `json:"date,omitempty"`
}
