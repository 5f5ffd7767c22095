package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/waygate-go/waygate"
)

// Error is a failure whose class is known. It holds ids and names, never what is sealed.
type Error struct {
	// Message says what is wrong and, where something can be done, what.
	Message string
	// Err is the class: waygate.ErrUnresolved, waygate.ErrConflict, waygate.ErrInvalidInput or waygate.ErrConfig.
	Err error
	// Cause is the database's error behind it; nil if there is none.
	Cause error
}

// Error returns the message.
func (e *Error) Error() string { return "postgres: " + e.Message }

// Unwrap returns the class and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Err}
	}
	return []error{e.Err, e.Cause}
}

func unresolved(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Err: waygate.ErrUnresolved}
}

func conflict(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Err: waygate.ErrConflict}
}

func invalid(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Err: waygate.ErrInvalidInput}
}

func badConfig(format string, args ...any) error {
	return &Error{Message: fmt.Sprintf(format, args...), Err: waygate.ErrConfig}
}

// The conditions of the server that mean something here (PostgreSQL, appendix A).
const (
	invalidSchemaName       = "3F000"
	undefinedTable          = "42P01"
	undefinedColumn         = "42703"
	uniqueViolation         = "23505"
	foreignKeyViolation     = "23503"
	checkViolation          = "23514"
	programLimitExceeded    = "54000"
	characterNotInRepertory = "22021"
	untranslatableCharacter = "22P05"
	invalidText             = "22P02"
	datetimeOverflow        = "22008"
	serializationFailure    = "40001"
	deadlockDetected        = "40P01"
	lockNotAvailable        = "55P03"
	duplicateTable          = "42P07"
	insufficientPrivilege   = "42501"
)

// codeOf is the condition of a server's error, empty for any other.
func codeOf(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// fail brings an error of the database, or of our own, into the form in which it leaves the store.
func (s *Store) fail(ctx context.Context, err error) error {
	var own *Error
	if err == nil || errors.As(err, &own) {
		return err
	}
	if class := s.classOf(err); class != nil {
		return class
	}
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		return fmt.Errorf("postgres: %w: %w", ended, err)
	}
	return fmt.Errorf("postgres: %w", err)
}

// classOf gives the server's conditions that are the host's affair a class, and says what to do; nil for the others.
func (s *Store) classOf(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return nil
	}
	switch pg.Code {
	case invalidSchemaName, undefinedTable, undefinedColumn:
		return &Error{fmt.Sprintf("the schema %q doesn't have the tables of this version: run postgres.Migrate", clip(s.schema)), waygate.ErrConfig, err}
	case uniqueViolation, foreignKeyViolation:
		return &Error{fmt.Sprintf("another change came between (%s): read again and repeat", pg.ConstraintName), waygate.ErrConflict, err}
	case programLimitExceeded:
		return &Error{"an id or a name is longer than an index can hold: keep them below 500 bytes", waygate.ErrInvalidInput, err}
	case characterNotInRepertory, untranslatableCharacter:
		return &Error{"a text holds NUL, or isn't UTF-8: take that out", waygate.ErrInvalidInput, err}
	case invalidText:
		return &Error{"a text isn't of its type: Before and After of an audit entry have to be JSON", waygate.ErrInvalidInput, err}
	case datetimeOverflow:
		return &Error{"a time is out of the range of the database: give one from 4713 BC to 294276 AD", waygate.ErrInvalidInput, err}
	}
	return nil
}

// clip keeps messages short whatever the names in them.
func clip(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
