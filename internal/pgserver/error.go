//go:build unix

package pgserver

import (
	"errors"
	"fmt"
)

// ErrExternal is what Kill and Restart return for the server that WAYGATE_TEST_DATABASE_URL names: it isn't ours.
var ErrExternal = errors.New("pgserver: the server is the one that " + URLVariable + " names: it isn't ours to kill or restart; unset the variable for tests that do")

// ErrStopped is what methods return after Stop.
var ErrStopped = errors.New("pgserver: stopped already: start another")

// MissingError says that a program was not found, and which Debian package holds it.
type MissingError struct {
	Program string // such as "initdb"
	Package string // the Debian package, such as "postgresql"
	Looked  string // where it was looked for
}

// Error names the program, the package and the script that installs it.
func (e *MissingError) Error() string {
	return fmt.Sprintf("pgserver: no %s in %s: install the Debian package %s (apt-get install %s, or tools/scripts/services.sh)",
		e.Program, e.Looked, e.Package, e.Package)
}
