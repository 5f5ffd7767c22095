package memory

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
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

// cursorKey signs the cursors of one store, so that one of another store,
// listing or tenant, or one that was changed, is told apart from its own.
type cursorKey [32]byte

const sumSize = 8

func newCursorKey() (k cursorKey) {
	_, _ = rand.Read(k[:]) // never fails
	return k
}

// encode makes a cursor for a position.
func (k cursorKey) encode(l listing, position []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(k.sum(l, position), position...))
}

// decode returns the position of a cursor, nil for the empty one.
func (k cursorKey) decode(l listing, cursor string) ([]byte, error) {
	if cursor == "" {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || strings.ContainsAny(cursor, "\r\n") || len(raw) <= sumSize || !hmac.Equal(raw[:sumSize], k.sum(l, raw[sumSize:])) {
		return nil, badCursor()
	}
	return raw[sumSize:], nil
}

func badCursor() error {
	return invalid("Cursor: is not one of this listing: begin again with an empty one")
}

func (k cursorKey) sum(l listing, position []byte) []byte {
	h := hmac.New(sha256.New, k[:])
	for _, part := range []string{l.name, l.tenant} {
		h.Write(binary.AppendUvarint(nil, uint64(len(part))))
		h.Write([]byte(part))
	}
	h.Write(position)
	return h.Sum(nil)[:sumSize]
}

// encodeNumber and decodeNumber are for listings in the order of row numbers;
// the position is that of the last row given, 0 before the first one.
func (k cursorKey) encodeNumber(l listing, n uint64) string {
	return k.encode(l, binary.BigEndian.AppendUint64(nil, n))
}

func (k cursorKey) decodeNumber(l listing, cursor string) (uint64, error) {
	position, err := k.decode(l, cursor)
	if err != nil || position == nil {
		return 0, err
	}
	return binary.BigEndian.Uint64(position), nil
}

// numberedPage is a page of a listing in the order of row numbers, of those rows that read takes, and the cursor of the
// next one. That order never changes, so a row that is written meanwhile can't slip past. asked is the limit that the
// caller wants, 0 for the usual one.
func numberedPage[R, T any](ctx context.Context, s *Store, l listing, cursor string, asked int, rows func() *sequence[R],
	read func(R) (T, bool)) (list []T, next string, err error) {
	if err := s.beginRead(ctx); err != nil {
		return nil, "", err
	}
	defer s.mu.RUnlock()
	limit, err := pageLimit(asked)
	if err != nil {
		return nil, "", err
	}
	last, err := s.cursors.decodeNumber(l, cursor)
	if err != nil {
		return nil, "", err
	}
	for n, r := range rows().after(last) {
		row, ok := read(r)
		if !ok {
			continue
		}
		if len(list) == limit {
			return list, s.cursors.encodeNumber(l, last), nil
		}
		list, last = append(list, row), n
	}
	return list, "", nil
}
