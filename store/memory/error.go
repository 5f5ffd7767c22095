package memory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/waygate-go/waygate"
)

// ErrClosed is the failure of every method of a store that was closed, or that
// was not made with [New].
var ErrClosed = errors.New("memory: the store is closed")

// Error is a failure of the store. It holds ids and names, never what is sealed.
type Error struct {
	// Message says what is wrong and, where something can be done, what.
	Message string
	// Err is the class: waygate.ErrUnresolved, waygate.ErrConflict or
	// waygate.ErrInvalidInput.
	Err error
}

// Error returns the message.
func (e *Error) Error() string { return "memory: " + e.Message }

// Unwrap returns the class.
func (e *Error) Unwrap() error { return e.Err }

func unresolved(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), waygate.ErrUnresolved}
}

func conflict(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), waygate.ErrConflict}
}

func invalid(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...), waygate.ErrInvalidInput}
}

// clip keeps messages short whatever the names in them.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
