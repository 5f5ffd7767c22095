package postgres

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// defaultSchema is that of [Schema].
const defaultSchema = "waygate"

// Store is a [waygate.Store] in a PostgreSQL database. Make it with [New]; all methods of a zero Store fail. A store
// on a pool may be used from many goroutines.
type Store struct {
	db     DBTX
	schema string
	// names puts the schema's name into a statement.
	names *strings.Replacer
	// bound says that db is a transaction of the host's.
	bound   bool
	cursors cursorSum
	records *records
	// listener is what Wait waits with, nil without the option Listen.
	listener *listener
	// broken is why nothing works: an option that makes no sense.
	broken error
}

// An Option says where the tables are, in [New], [Migrate] and [Validate], and how New's store works.
type Option func(*options)

type options struct {
	schema string
	listen func(ctx context.Context) (*pgx.Conn, error)
}

// Schema is the name of the schema that holds the tables, "waygate" by default: any name that PostgreSQL takes, as it
// is, of 1 to 63 bytes.
func Schema(name string) Option { return func(o *options) { o.schema = name } }

// New makes a store on a database whose tables [Migrate] has made. It does no I/O: a schema that isn't there, or one
// of another version, shows when the store is used. Options that make no sense show there too, as
// [waygate.ErrConfig].
func New(db DBTX, opts ...Option) *Store {
	o := options{schema: defaultSchema}
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	s := &Store{db: db, schema: o.schema, names: strings.NewReplacer("{schema}", quote(o.schema)), cursors: newCursorSum(o.schema)}
	if db == nil {
		s.broken = badConfig("db: is nil: give New a pool")
	} else if err := checkSchema(o.schema); err != nil {
		s.broken = err
	} else {
		s.bound = isTransaction(db)
	}
	s.records, s.listener = newRecords(s), newListener(o.listen, o.schema)
	return s
}

// checkSchema tests a schema's name.
func checkSchema(name string) error {
	const most = 63 // NAMEDATALEN - 1: the server would cut off the rest
	switch {
	case name == "":
		return badConfig("Schema: is empty: leave the option out for %q", defaultSchema)
	case len(name) > most:
		return badConfig("Schema: %q has %d bytes, want at most %d", clip(name), len(name), most)
	case strings.ContainsRune(name, 0) || !utf8.ValidString(name):
		return badConfig("Schema: holds NUL, or isn't UTF-8")
	}
	return nil
}

// quote is a name as a part of a statement.
func quote(name ...string) string { return pgx.Identifier(name).Sanitize() }

// sql is a statement with the schema's name in it, and with other names, given in pairs with what stands for them.
// All are replaced at once, so that no name is taken for a part of the statement.
func (s *Store) sql(text string, more ...string) string {
	if len(more) == 0 {
		return s.names.Replace(text)
	}
	return strings.NewReplacer(append(more, "{schema}", quote(s.schema))...).Replace(text)
}

// ready tests what comes before any statement.
func (s *Store) ready(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s == nil || s.names == nil {
		return badConfig("the store is nil, or wasn't made with New: make it so")
	}
	return s.broken
}

// Connections returns the part that keeps connections.
func (s *Store) Connections() waygate.ConnectionStore { return connections{s} }

// Credentials returns the part that keeps credentials. On a transaction of the host's, Save, Mark, Acquire, Renew and
// Release return [waygate.ErrConfig]: they commit by themselves.
func (s *Store) Credentials() waygate.CredentialStore { return credentials{s} }

// Definitions returns the part that keeps definitions.
func (s *Store) Definitions() waygate.DefinitionStore { return definitions{s} }

// Records returns the part that keeps records; it is a [waygate.StatisticsStore] too.
func (s *Store) Records() waygate.RecordStore {
	if s.records == nil {
		return newRecords(s)
	}
	return s.records
}

// Durable is true.
func (s *Store) Durable() bool { return true }

var (
	_ waygate.Store         = (*Store)(nil)
	_ waygate.AuditStore    = (*Store)(nil)
	_ waygate.VariableStore = (*Store)(nil)
)
