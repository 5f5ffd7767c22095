package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migration is one step to the newest tables.
type Migration struct {
	// Version counts from 1, without a gap.
	Version int
	// Name says what the step brings.
	Name string
	// SQL is one or more statements, to be run once, in one transaction. They note the step in the table
	// "migrations" of the schema, which is what [Migrate] and [Validate] look at.
	SQL string
}

// Migrations returns all steps for a schema ("" is "waygate"), in order, for hosts whose own tool runs them.
func Migrations(schema string) ([]Migration, error) {
	if schema == "" {
		schema = defaultSchema
	}
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	list, err := steps(schema)
	if err != nil {
		return nil, err
	}
	list[0].SQL = strings.ReplaceAll(createSchema, "{schema}", quote(schema)) + list[0].SQL
	return list, nil
}

const createSchema = "CREATE SCHEMA IF NOT EXISTS {schema};\n\n"

// steps reads the embedded files, which are named 0001_what_it_brings.sql. The first doesn't make the schema: a role
// may be allowed all within it, but not that.
func steps(schema string) ([]Migration, error) {
	files, err := fs.Glob(migrationFiles, "migrations/*.sql") // in order of name
	if err != nil {
		return nil, err
	}
	list := make([]Migration, len(files))
	for i, file := range files {
		text, err := migrationFiles.ReadFile(file)
		if err != nil {
			return nil, err
		}
		number, name, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, "migrations/"), ".sql"), "_")
		version, err := strconv.Atoi(number)
		if err != nil || version != i+1 {
			return nil, fmt.Errorf("migration %s: want number %d", file, i+1)
		}
		note := fmt.Sprintf("\nINSERT INTO {schema}.migrations (version, name) VALUES (%d, '%s');\n", version, name)
		list[i] = Migration{Version: version, Name: name, SQL: strings.ReplaceAll(string(text)+note, "{schema}", quote(schema))}
	}
	return list, nil
}

// Migrate brings the tables up to this version of the package: it makes the schema if need be and runs the steps that
// are missing, all in one transaction. Where nothing is missing it changes nothing. Many processes may do so at once.
//
// The role needs the right to create tables in the schema, and to create the schema unless it is there. Tables that
// are newer than the package are [waygate.ErrConfig].
func Migrate(ctx context.Context, db DBTX, opts ...Option) error {
	s := New(db, opts...)
	if err := s.ready(ctx); err != nil {
		return err
	}
	list, err := steps(s.schema)
	if err != nil {
		return s.fail(ctx, err)
	}
	return s.write(ctx, nil, func(q *txn) error {
		if err := s.lock(ctx, q, "migrate"); err != nil {
			return err
		}
		done, err := s.applied(ctx, q)
		if err != nil {
			return err
		}
		if err := s.newer(done, list); err != nil {
			return err
		}
		return s.run(ctx, q, list[len(done):])
	})
}

// run runs steps.
func (s *Store) run(ctx context.Context, q querier, list []Migration) error {
	var there bool
	if err := q.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1::text)", s.schema).Scan(&there); err != nil {
		return err
	}
	if !there {
		if _, err := q.Exec(ctx, s.sql(createSchema)); err != nil {
			return err
		}
	}
	for _, m := range list {
		if _, err := q.Exec(ctx, m.SQL); err != nil {
			return fmt.Errorf("migration %d (%s): %w", m.Version, m.Name, err)
		}
	}
	return nil
}

// applied returns the names of the steps that were run, in order; none where there is no schema.
func (s *Store) applied(ctx context.Context, q querier) ([]string, error) {
	var there bool
	table := quote(s.schema, "migrations")
	if err := q.QueryRow(ctx, "SELECT to_regclass($1::text) IS NOT NULL", table).Scan(&there); err != nil || !there {
		return nil, err
	}
	rows, err := q.Query(ctx, s.sql("SELECT name FROM {schema}.migrations ORDER BY version"))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// newer refuses tables that another version of the package has made.
func (s *Store) newer(done []string, list []Migration) error {
	for i, name := range done {
		if i >= len(list) {
			return badConfig("the tables in the schema %q are of version %d, newer than the %d that this program knows: use a newer program",
				clip(s.schema), len(done), len(list))
		}
		if name != list[i].Name {
			return badConfig("the tables in the schema %q come from another program: step %d is %q there, and %q here",
				clip(s.schema), i+1, clip(name), list[i].Name)
		}
	}
	return nil
}

// Validate reports whether the tables are those of this version of the package; it changes nothing. If steps are
// missing, or the tables are newer, the error matches [waygate.ErrConfig] and says which.
func Validate(ctx context.Context, db DBTX, opts ...Option) error {
	s := New(db, opts...)
	if err := s.ready(ctx); err != nil {
		return err
	}
	list, err := steps(s.schema)
	if err != nil {
		return s.fail(ctx, err)
	}
	done, err := s.applied(ctx, db)
	if err != nil {
		return s.fail(ctx, err)
	}
	if err := s.newer(done, list); err != nil || len(done) == len(list) {
		return err
	}
	missing := make([]string, 0, len(list))
	for _, m := range list[len(done):] {
		missing = append(missing, fmt.Sprintf("%d (%s)", m.Version, m.Name))
	}
	return badConfig("the schema %q lacks the steps %s: run postgres.Migrate", clip(s.schema), strings.Join(missing, ", "))
}
