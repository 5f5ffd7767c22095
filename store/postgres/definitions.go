package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/waygate-go/waygate"
)

// definitions is the store as a [waygate.DefinitionStore].
type definitions struct{ s *Store }

func (p definitions) Put(ctx context.Context, d waygate.StoredDefinition, latest int64, entry *waygate.AuditEntry) (waygate.StoredDefinition, error) {
	var put waygate.StoredDefinition
	if err := p.s.ready(ctx); err != nil {
		return put, err
	}
	if d.ID == "" {
		return put, invalid("ID: is empty: a definition needs one")
	}
	if err := checkAudit(entry, ""); err != nil {
		return put, err
	}
	err := p.s.write(ctx, entry, func(q *txn) error {
		version, err := p.next(ctx, q, d.ID, latest)
		if err != nil {
			return err
		}
		q.tell(waygate.ChangeDefinition, "", "", d.ID)
		put, err = p.add(ctx, q, d, version)
		return err
	})
	if err != nil {
		return waygate.StoredDefinition{}, err
	}
	return put, nil
}

// next takes the number after latest, if that is the newest version.
func (p definitions) next(ctx context.Context, q *txn, id string, latest int64) (version int64, err error) {
	if latest == 0 {
		err = q.QueryRow(ctx, p.s.sql(`
			INSERT INTO {schema}.definition_heads AS h (id, newest) VALUES ($1::text, 1)
			ON CONFLICT (id) DO UPDATE SET newest = h.newest + 1, deleted = false WHERE h.deleted
			RETURNING newest`), id).Scan(&version)
	} else {
		err = q.QueryRow(ctx, p.s.sql(`
			UPDATE {schema}.definition_heads SET newest = newest + 1
			WHERE id = $1::text AND newest = $2::bigint AND NOT deleted
			RETURNING newest`), id, latest).Scan(&version)
	}
	if err != pgx.ErrNoRows {
		return version, err
	}
	var newest int64
	err = q.QueryRow(ctx, p.s.sql(`
		SELECT coalesce(max(newest), 0) FROM {schema}.definition_heads WHERE id = $1::text AND NOT deleted`), id).Scan(&newest)
	if err != nil {
		return 0, err
	}
	return 0, conflict("the newest version of definition %q is %d, not %d: read it again", clip(id), newest, latest)
}

func (p definitions) add(ctx context.Context, q *txn, d waygate.StoredDefinition, version int64) (waygate.StoredDefinition, error) {
	body := d.Body
	if body == nil {
		body = []byte{}
	}
	return definition(q.QueryRow(ctx, p.s.sql(`
		INSERT INTO {schema}.definitions AS d (id, version, body, created_at)
		VALUES ($1::text, $2::bigint, $3::bytea, clock_timestamp())
		RETURNING `+definitionColumns), d.ID, version, body))
}

const definitionColumns = `d.id, d.version, d.body, d.created_at`

// definition reads a row of definitionColumns.
func definition(row pgx.Row) (waygate.StoredDefinition, error) {
	var d waygate.StoredDefinition
	err := row.Scan(&d.ID, &d.Version, &d.Body, &d.CreatedAt)
	d.CreatedAt = d.CreatedAt.UTC()
	return d, err
}

func (p definitions) Get(ctx context.Context, id string, version int64) (waygate.StoredDefinition, error) {
	s, none := p.s, waygate.StoredDefinition{}
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	text := `SELECT ` + definitionColumns + ` FROM {schema}.definitions d `
	args := []any{id}
	if version == 0 {
		text += `JOIN {schema}.definition_heads h ON h.id = d.id AND h.newest = d.version WHERE d.id = $1::text AND NOT h.deleted`
	} else {
		text += `WHERE d.id = $1::text AND d.version = $2::bigint`
		args = append(args, version)
	}
	d, err := definition(s.db.QueryRow(ctx, s.sql(text), args...))
	if err == pgx.ErrNoRows {
		return none, unresolved("there is no such definition or version of %q", clip(id))
	}
	if err != nil {
		return none, s.fail(ctx, err)
	}
	return d, nil
}

func (p definitions) List(ctx context.Context, cursor string) (waygate.DefinitionPage, error) {
	s, l := p.s, listing{name: "definitions"}
	var none waygate.DefinitionPage
	if err := s.ready(ctx); err != nil {
		return none, err
	}
	last, err := s.cursors.decode(l, cursor)
	if err != nil {
		return none, err
	}
	list, next, err := readPage(ctx, s, func(row pgx.CollectableRow) (waygate.StoredDefinition, error) { return definition(row) }, mostLimit,
		func(last waygate.StoredDefinition) string { return s.cursors.encode(l, []byte(last.ID)) }, s.sql(`SELECT `+definitionColumns+`
		FROM {schema}.definition_heads h JOIN {schema}.definitions d ON d.id = h.id AND d.version = h.newest
		WHERE NOT h.deleted AND h.id > $1::text ORDER BY h.id LIMIT `+fmt.Sprint(mostLimit+1)), string(last))
	if err != nil {
		return none, err
	}
	return waygate.DefinitionPage{Definitions: list, Cursor: next}, nil
}

// Delete hides an id. Its versions stay, so that a call in flight can read the one it began with and numbers go on
// where they ended.
func (p definitions) Delete(ctx context.Context, id string, entry *waygate.AuditEntry) error {
	if err := p.s.ready(ctx); err != nil {
		return err
	}
	if err := checkAudit(entry, ""); err != nil {
		return err
	}
	return p.s.write(ctx, entry, func(q *txn) error {
		tag, err := q.Exec(ctx, p.s.sql(`
			UPDATE {schema}.definition_heads SET deleted = true WHERE id = $1::text AND NOT deleted`), id)
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 0 {
			return unresolved("there is no definition %q", clip(id))
		}
		q.tell(waygate.ChangeDefinition, "", "", id)
		return nil
	})
}
