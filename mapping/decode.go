package mapping

import (
	"errors"
	"strconv"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/waygate-go/waygate/internal/written"
)

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
