package secret

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// Redacted stands wherever a secret would have been printed.
const Redacted = "[redacted]"

// String is a secret that does not print. Its zero value is unset; [New] of the empty string is set, and empty.
//
// The value stands behind a pointer in an unexported field: fmt follows no pointer below the top level, so that the
// value stays unseen even where the String is itself an unexported field, whose methods fmt may not call. For the same
// reason == compares addresses: use [String.Equal].
//
// A String is immutable and safe for concurrent use. It can be read from JSON and text, and is never written to them:
// with the json option omitzero an unset one is left out, otherwise it is null.
type String struct{ p *string }

// New gives a String that holds s. New("") is set: it says that the secret is known to be empty.
func New(s string) String { return String{p: &s} }

// Reveal gives the value, "" if unset. This is the one way to it.
func (s String) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether the String was never set. An empty secret is set.
func (s String) IsZero() bool { return s.p == nil }

// Equal reports whether both are unset, or both are set to the same value. The time it takes depends on the lengths, not
// on the values.
func (s String) Equal(o String) bool {
	if s.IsZero() || o.IsZero() {
		return s.IsZero() == o.IsZero()
	}
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String gives [Redacted], also if unset.
func (s String) String() string { return Redacted }

// GoString gives [Redacted], also if unset.
func (s String) GoString() string { return Redacted }

// Format writes [Redacted] for every verb and flag, also if unset.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// LogValue gives [Redacted] to log/slog.
func (s String) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalJSON gives [Redacted] as a JSON string, null if unset.
func (s String) MarshalJSON() ([]byte, error) {
	if s.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`"` + Redacted + `"`), nil
}

// MarshalText gives [Redacted], the empty text if unset.
func (s String) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return []byte(Redacted), nil
}

// UnmarshalJSON reads a JSON string; null makes the String unset. Text that contains [Redacted] is refused with
// [ErrSecret], so that a printed credential is never saved over a real one, and so is text that is not valid UTF-8, which
// JSON would silently change.
func (s *String) UnmarshalJSON(raw []byte) error {
	// The decoder's own errors are not passed on: they quote what they could not read.
	var text *string
	if err := json.Unmarshal(raw, &text); err != nil {
		return unreadable("want a JSON string or null")
	}
	if text == nil {
		*s = String{}
		return nil
	}
	return s.set(*text)
}

// UnmarshalText reads the value as it stands, with the refusals of [String.UnmarshalJSON]. The empty text gives a set,
// empty secret.
func (s *String) UnmarshalText(text []byte) error { return s.set(string(text)) }

func (s *String) set(text string) error {
	switch {
	case strings.Contains(text, Redacted):
		return unreadable("holds " + Redacted + ", so it was printed, not exported: give the secret itself")
	case !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError):
		return unreadable("is not valid UTF-8: give binary secrets in base64 or hex")
	}
	*s = New(text)
	return nil
}

func unreadable(detail string) *Error {
	return &Error{Op: "unmarshal", Class: ErrSecret, Detail: detail}
}
