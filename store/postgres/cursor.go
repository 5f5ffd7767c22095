package postgres

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/jackc/pgx/v5"
)

// Bounds of what a listing gives at once.
const (
	usualLimit = 50
	mostLimit  = 100
)

// pageLimit applies the default and the bounds of a query's Limit.
func pageLimit(n int) (int, error) {
	if n < 0 || n > mostLimit {
		return 0, invalid("Limit: %d, want 1 to %d, or 0 for %d", n, mostLimit, usualLimit)
	}
	if n == 0 {
		return usualLimit, nil
	}
	return n, nil
}

// listing names what a cursor belongs to.
type listing struct {
	name   string // "connections", "records", …
	tenant string // empty for the listings of all tenants
}

// cursorSum puts a sum into the cursors of a schema, so that one of another listing or tenant, or one that was
// changed, is told apart. All processes make the same, for page two may be another's to give. It is no signature:
// whoever makes one up gets a place in a listing of their own tenant, which is what they could read anyhow.
type cursorSum struct{ schema string }

func newCursorSum(schema string) cursorSum { return cursorSum{schema} }

const sumSize = 8

// encode makes a cursor for a position.
func (c cursorSum) encode(l listing, position []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(c.sum(l, position), position...))
}

// decode returns the position of a cursor, nil for the empty one.
func (c cursorSum) decode(l listing, cursor string) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || strings.ContainsAny(cursor, "\r\n") || // which the decoder skips
		len(raw) <= sumSize || !hmac.Equal(raw[:sumSize], c.sum(l, raw[sumSize:])) {
		return nil, badCursor()
	}
	return raw[sumSize:], nil
}

func badCursor() error {
	return invalid("Cursor: is not one of this listing: begin again with an empty one")
}

func (c cursorSum) sum(l listing, position []byte) []byte {
	h := sha256.New()
	for _, part := range []string{"waygate cursor 1", c.schema, l.name, l.tenant} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Write(position)
	return h.Sum(nil)[:sumSize]
}

// encodeNumber and decodeNumber are for listings in the order of row numbers; the position is that of the last row
// given, 0 before the first one.
func (c cursorSum) encodeNumber(l listing, n int64) string {
	return c.encode(l, binary.BigEndian.AppendUint64(nil, uint64(n)))
}

func (c cursorSum) decodeNumber(l listing, cursor string) (int64, error) {
	position, err := c.decode(l, cursor)
	if err != nil || position == nil {
		return 0, err
	}
	if len(position) != 8 {
		return 0, badCursor() // one that was made up
	}
	return int64(binary.BigEndian.Uint64(position)), nil
}

// readPage asks for the rows of a page and one more, which it cuts off, and returns the cursor of the next page: empty if
// there was none.
func readPage[T any](ctx context.Context, s *Store, scan pgx.RowToFunc[T], limit int, cursor func(last T) string,
	text string, args ...any) ([]T, string, error) {
	list, err := collect(ctx, s, scan, text, args...)
	if err != nil || len(list) <= limit {
		return list, "", err
	}
	return list[:limit], cursor(list[limit-1]), nil
}

// numbered is a row with its place in listings.
type numbered[T any] struct {
	n   int64
	row T
}

func rowsOf[T any](list []numbered[T]) []T {
	var rows []T
	for _, r := range list {
		rows = append(rows, r.row)
	}
	return rows
}

// numberedPage reads a page of a listing that goes by the rows' numbers, and the cursor of the next one. query asks for the
// rows behind the last one given, one more than limit; asked is the limit that the caller wants, 0 for the usual one.
func numberedPage[T any](ctx context.Context, s *Store, l listing, cursor string, asked int, scan pgx.RowToFunc[numbered[T]],
	query func(last int64, limit int) (text string, args []any)) (rows []T, next string, err error) {
	if err := s.ready(ctx); err != nil {
		return nil, "", err
	}
	limit, err := pageLimit(asked)
	if err != nil {
		return nil, "", err
	}
	last, err := s.cursors.decodeNumber(l, cursor)
	if err != nil {
		return nil, "", err
	}
	text, args := query(last, limit)
	list, next, err := readPage(ctx, s, scan, limit, func(last numbered[T]) string { return s.cursors.encodeNumber(l, last.n) }, text, args...)
	if err != nil {
		return nil, "", err
	}
	return rowsOf(list), next, nil
}

// collect reads all rows of a statement.
func collect[T any](ctx context.Context, s *Store, scan pgx.RowToFunc[T], text string, args ...any) ([]T, error) {
	rows, err := s.db.Query(ctx, text, args...)
	if err != nil {
		return nil, s.fail(ctx, err)
	}
	list, err := pgx.CollectRows(rows, scan)
	return list, s.fail(ctx, err)
}
