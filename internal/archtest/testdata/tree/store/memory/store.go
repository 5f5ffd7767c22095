// Package memory is an adapter.
package memory

import (
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// Store links what the core must not.
type Store struct{ _ pgx.Conn }

// Same compares.
func (s Store) Same(o Store) bool { return cmp.Equal(s, o) }
