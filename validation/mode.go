package validation

import "fmt"

// Mode says what happens to a tree that does not fit its schema. The empty
// mode means the default of the place where it stands: Strict for input, Warn
// for responses; [cmp.Or] fills it in.
type Mode string

const (
	// Strict turns violations into an [*Error].
	Strict Mode = "strict"
	// Coerce changes what can be changed without loss, so that it fits: "5" to
	// 5 where an integer is asked for, an absent member to its default. What
	// comes out is validated as under Strict. See [Checker.Check].
	Coerce Mode = "coerce"
	// Warn reports violations and goes on.
	Warn Mode = "warn"
	// Off does not validate.
	Off Mode = "off"
)

// Validate returns an error for a mode that does not exist. The empty mode is
// fine.
func (m Mode) Validate() error {
	switch m {
	case "", Strict, Coerce, Warn, Off:
		return nil
	}
	return &ModeError{Mode: m}
}

// ModeError names a Mode that does not exist.
type ModeError struct{ Mode Mode }

// Error lists the modes there are.
func (e *ModeError) Error() string {
	return fmt.Sprintf("validation mode %.40q is unknown: use %q, %q, %q or %q", string(e.Mode), Strict, Coerce, Warn, Off)
}
