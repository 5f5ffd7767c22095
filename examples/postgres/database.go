package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate/internal/pgserver"
)

// database is where the processes meet.
type database struct {
	dsn, schema string
	stop        func() error // a server of our own
	pool        *pgxpool.Pool
}

func openDatabase(ctx context.Context, dsn string) (*database, error) {
	d := &database{dsn: dsn, schema: "waygate_example_" + strings.ToLower(rand.Text()), stop: func() error { return nil }}
	if dsn == "" {
		server, err := pgserver.Start(ctx, pgserver.Options{})
		if err != nil {
			return nil, err
		}
		d.dsn, d.stop = server.DSN(), server.Stop
	}
	var err error
	if d.pool, err = pgxpool.New(ctx, d.dsn); err != nil {
		_ = d.stop()
	}
	return d, err
}

func (d *database) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, _ = d.pool.Exec(ctx, "DROP SCHEMA IF EXISTS "+d.schema+" CASCADE")
	d.pool.Close()
	_ = d.stop()
}

// rows gives all rows of all tables as text, with bytes in hex.
func (d *database) rows(ctx context.Context) (tables int, rows []string) {
	names := must(d.texts(ctx, "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = $1::regnamespace", d.schema))
	for _, name := range names {
		rows = append(rows, must(d.texts(ctx, "SELECT t::text FROM "+pgx.Identifier{d.schema, name}.Sanitize()+" t"))...)
	}
	return len(names), rows
}

func (d *database) texts(ctx context.Context, sql string, args ...any) ([]string, error) {
	rows, err := d.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// holding counts the rows that hold one of the values, of 20 bytes or so: in
// clear, in base64, or in hex of either.
func holding(rows []string, values ...string) (n int) {
	var forms []string
	for _, value := range values {
		forms = append(forms, value, hex.EncodeToString([]byte(value)))
		for before := range 3 { // its base64 depends on where in a text it stands
			text := base64.StdEncoding.EncodeToString([]byte("--"[:before] + value))
			text = text[(before*8+5)/6 : len(text)-4]
			forms = append(forms, text, hex.EncodeToString([]byte(text)))
		}
	}
	for _, row := range rows {
		if slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(row, form) }) {
			n++
		}
	}
	return n
}
