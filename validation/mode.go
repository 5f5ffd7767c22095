package validation

import (
	"context"
	"fmt"
)

// Mode says what happens to a tree that does not fit its schema. The empty
// mode means the default of the place where it stands: Strict for input, Warn
// for responses; [cmp.Or] fills it in.
type Mode string

const (
	// Strict turns violations into an [*Error].
	Strict Mode = "strict"
	// Warn reports violations and goes on.
	Warn Mode = "warn"
	// Off does not validate.
	Off Mode = "off"
)

// Validate returns an error for a mode that does not exist. The empty mode is
// fine.
func (m Mode) Validate() error {
	switch m {
	case "", Strict, Warn, Off:
		return nil
	}
	return &ModeError{Mode: m}
}

// ModeError names a mode that does not exist.
type ModeError struct{ Mode Mode }

// Error lists the modes there are.
func (e *ModeError) Error() string {
	return fmt.Sprintf("validation mode %.40q is unknown: use %q, %q or %q", string(e.Mode), Strict, Warn, Off)
}

// Check validates tree in the given mode. Strict, and the empty mode, return
// an [*Error]; Warn returns the violations as warnings; Off looks at nothing.
// A mode that does not exist is a [*ModeError], and a nil schema in any mode
// but Off is a [*SchemaError]: forgetting to compile must not accept
// everything.
func Check(ctx context.Context, m Mode, s Schema, tree any) (warnings []Violation, err error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	if m == Off {
		return nil, nil
	}
	if s == nil {
		return nil, &SchemaError{Reason: "there is no compiled schema: compile one, or set the mode to off"}
	}
	found := s.Validate(ctx, tree)
	if len(found) == 0 {
		return nil, nil
	}
	if m == Warn {
		return found, nil
	}
	return nil, &Error{Violations: found}
}
