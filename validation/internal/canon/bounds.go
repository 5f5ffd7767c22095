package canon

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp/syntax"
	"strconv"
	"strings"
)

const (
	// maxProgram bounds a compiled pattern; matching takes time proportional
	// to it for each byte of the subject.
	maxProgram = 10_000
	// maxNumber and maxExponent bound a number in a schema: exact arithmetic
	// with 1e1000000 would take long.
	maxNumber   = 256
	maxExponent = 1000
)

// number reads a number exactly.
func number(at string, raw any) (*big.Rat, error) {
	text, ok := raw.(json.Number)
	if !ok {
		return nil, &Error{at, "must be a number"}
	}
	if Outsized(string(text), maxNumber, maxExponent) {
		return nil, &Error{at, fmt.Sprintf("the number is too long: write it with at most %d characters and an exponent within ±%d", maxNumber, maxExponent)}
	}
	value, ok := new(big.Rat).SetString(string(text))
	if !ok {
		return nil, &Error{at, "must be a number"}
	}
	return value, nil
}

// Outsized tells whether the text of a number is longer than length, or its
// exponent beyond ±exponent. A text that is not a number is outsized, too.
func Outsized(text string, length, exponent int) bool {
	if len(text) > length || !json.Valid([]byte(text)) {
		return true
	}
	i := strings.IndexAny(text, "eE")
	if i < 0 {
		return false
	}
	exp, err := strconv.Atoi(text[i+1:])
	return err != nil || exp > exponent || exp < -exponent
}

// programSize compiles a pattern as far as needed to know its size.
func programSize(text string) (int, error) {
	re, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return 0, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return 0, err
	}
	return len(prog.Inst), nil
}

// syntaxCode gives the kind of mistake in a pattern, without its text.
func syntaxCode(err error) string {
	var e *syntax.Error
	if errors.As(err, &e) {
		return e.Code.String()
	}
	return "it does not compile"
}
