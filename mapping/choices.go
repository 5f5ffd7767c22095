package mapping

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/nearest"
)

// Pick says what becomes of a list. What it is given is the list that a source's [*] gathered, or a list that stands in
// the document; a single value counts as a list of one, since there are providers that send an only item without its
// list. The first or last item of an empty list is absent, so that a default is used or nothing is written.
type Pick string

// The picks. Empty takes the value as it is.
const (
	PickFirst Pick = "first" // the first item
	PickLast  Pick = "last"  // the last item
	PickAll   Pick = "all"   // the whole list; a single value becomes a list of one
)

// Case is what becomes of the letters of a text.
type Case string

// The cases, letter by letter by Unicode's simple rules, the same in every language. Empty leaves letters as they are.
const (
	Upper Case = "upper" // straße becomes STRAßE
	Lower Case = "lower" // Ann becomes ann
)

// Type is what a value has to be. What can't be made one without loss is a failure. Of a list that a source's [*]
// gathered each item is made one; any other list, and an object, is of no such type. null stays null.
type Type string

// The types. Empty leaves the value as it is.
const (
	// TypeString: a number in its shortest form, as JSON has it, and true or false.
	TypeString Type = "string"
	// TypeNumber: of a text digits with a sign, a fraction and an exponent as JSON writes them, leading zeros allowed;
	// no blanks around, no grouping, no hexadecimal, no NaN.
	TypeNumber Type = "number"
	// TypeInteger: a number without fraction, also written as 42.0 or 1e3, of any size. Nothing is rounded.
	TypeInteger Type = "integer"
	// TypeBoolean: the words true, yes, on and 1, and false, no, off and 0, whatever the case and the blanks around; the
	// numbers 1 and 0.
	TypeBoolean Type = "boolean"
	// TypeDate: see [Date].
	TypeDate Type = "date"
)

// Enum translates words. A text is looked up as it is, letter by letter (use Trim and Case before it), a number or
// boolean by how JSON writes it: 1, true. Lists and objects are failures.
type Enum struct {
	// Words are the values to write, by the words to read; at least one. A value may be anything.
	Words map[string]json.RawMessage `json:"words"`
	// Unknown says what becomes of any other word. Default [UnknownFail].
	Unknown Unknown `json:"unknown,omitempty"`
}

// Unknown says what becomes of a word that an [Enum] doesn't have.
type Unknown string

// The ways with an unknown word. Empty is UnknownFail.
const (
	UnknownFail    Unknown = "fail"    // the field fails
	UnknownKeep    Unknown = "keep"    // the word is written as it is
	UnknownDefault Unknown = "default" // the field's Default is written
)

// checkChoices refuses options that no constant names.
func checkChoices(f Field) (member, reason string) {
	unknown := Unknown("")
	if f.Enum != nil {
		unknown = f.Enum.Unknown
	}
	for _, c := range []struct {
		member, value string
		known         []string
	}{
		{"pick", string(f.Pick), []string{"first", "last", "all"}},
		{"case", string(f.Case), []string{"upper", "lower"}},
		{"type", string(f.Type), []string{"string", "number", "integer", "boolean", "date"}},
		{"enum.unknown", string(unknown), []string{"fail", "keep", "default"}},
	} {
		if c.value != "" && !slices.Contains(c.known, c.value) {
			return c.member, fmt.Sprintf("it is one of %s, or left out%s", strings.Join(c.known, ", "),
				nearest.DidYouMean(c.value, slices.Values(c.known)))
		}
	}
	return "", ""
}
