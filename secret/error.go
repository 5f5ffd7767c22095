package secret

import (
	"errors"
	"strconv"
	"strings"
)

// The classes of an [*Error], for errors.Is.
var (
	// ErrKey: a key, or the list a [Source] gave, can't be used.
	ErrKey = errors.New("unusable key")
	// ErrBinding: a [Binding] or the bytes to seal can't be used.
	ErrBinding = errors.New("unusable binding")
	// ErrUnknownKey: the sealing key is not in the keyring; [Error.KeyID] names it.
	ErrUnknownKey = errors.New("unknown key")
	// ErrNotAuthentic: sealed for another place, by another key of the same id, or damaged since.
	ErrNotAuthentic = errors.New("not authentic")
	// ErrMalformed: the bytes were not made by [Keyring.Seal].
	ErrMalformed = errors.New("malformed")
	// ErrSecret: text that can't be read as a secret, for instance [Redacted] itself.
	ErrSecret = errors.New("unusable secret")
)

// Error is what every function of this package fails with. It never holds a secret value, provided that the host's own
// [Source] puts none into its errors.
type Error struct {
	Op     string // what was tried: "seal", "open", "parse key", "load keys", "unmarshal"
	Class  error  // one of the sentinels above, never nil
	Field  string // the part that is wrong ("purpose", "secret"), empty if it is the whole
	KeyID  string // the key concerned, empty if none or not known
	Line   int    // the line of the key file, from 1; 0 outside of one
	Detail string // what is wrong and what to do about it
	Err    error  // the cause, may be nil
}

// Error gives one line: where, what, and what to do.
func (e *Error) Error() string {
	parts := []string{"secret: " + e.Op}
	if e.Line > 0 {
		parts = append(parts, "line "+strconv.Itoa(e.Line))
	}
	if e.KeyID != "" {
		parts = append(parts, "key "+strconv.Quote(e.KeyID))
	}
	if e.Field != "" {
		parts = append(parts, e.Field)
	}
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	return strings.Join(parts, ": ")
}

// Unwrap gives the class and the cause, so that errors.Is and errors.As find both.
func (e *Error) Unwrap() []error {
	out := make([]error, 0, 2)
	for _, err := range []error{e.Class, e.Err} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}
