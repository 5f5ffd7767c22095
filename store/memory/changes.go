package memory

import (
	"context"
	"crypto/rand"
	"encoding/binary"

	"github.com/waygate-go/waygate"
)

// mostChanges is how many of the latest changes can be told.
const mostChanges = 10_000

// changes are the latest changes of a store, numbered from 1 in the order they
// came. It is guarded by the store's lock.
type changes struct {
	// origin stands in cursors, so that one of another store is known as such.
	origin [16]byte
	last   uint64           // the number of the latest; 0 if nothing was changed yet
	ring   []waygate.Change // number n is at (n-1) modulo mostChanges
	// woken is closed by the next change; nil if nobody waits for it.
	woken chan struct{}
}

func newChanges() (c changes) {
	_, _ = rand.Read(c.origin[:]) // never fails
	return c
}

// tell notes what was changed, under the lock of the change.
func (s *Store) tell(kind waygate.ChangeKind, tenant, integration, id string) {
	c := &s.changes
	told := waygate.Change{Kind: kind, Tenant: tenant, Integration: integration, ID: id}
	if len(c.ring) < mostChanges {
		c.ring = append(c.ring, told)
	} else {
		c.ring[c.last%mostChanges] = told
	}
	c.last++
	c.wake()
}

func (s *Store) tellConnection(c waygate.StoredConnection) {
	s.tell(waygate.ChangeConnection, c.Tenant, c.Integration, c.ID)
}

func (s *Store) tellCredential(c waygate.StoredCredential) {
	s.tell(waygate.ChangeCredential, c.Tenant, c.Integration, c.ID)
}

func (s *Store) tellVariable(tenant, connectionID string) {
	s.tell(waygate.ChangeVariable, tenant, "", connectionID)
}

// wake ends the waiting of all that wait.
func (c *changes) wake() {
	if c.woken != nil {
		close(c.woken)
		c.woken = nil
	}
}

// Changes returns what was changed since cursor; see [waygate.WatchStore]. The
// latest 10,000 changes can be told: a cursor from before them, or one of another
// store, gives Reset. Each change is told once, in the order in which they came.
func (s *Store) Changes(ctx context.Context, cursor string) (waygate.ChangePage, error) {
	if err := s.beginRead(ctx); err != nil {
		return waygate.ChangePage{}, err
	}
	defer s.mu.RUnlock()
	c := &s.changes
	page := waygate.ChangePage{Cursor: c.cursor()}
	if cursor == "" {
		return page, nil
	}
	since, own, err := c.since(cursor)
	if err != nil {
		return waygate.ChangePage{}, err
	}
	if !own || c.last-since > mostChanges { // also if it is from beyond the last, which nobody was given
		page.Reset = true
		return page, nil
	}
	told := map[waygate.Change]bool{}
	for n := since; n < c.last; n++ {
		if one := c.ring[n%mostChanges]; !told[one] {
			told[one] = true
			page.Changes = append(page.Changes, one)
		}
	}
	return page, nil
}

// cursor is one that knows of all changes. It is signed without a key, which
// would make one of another store, that is to give Reset, look damaged.
func (c *changes) cursor() string {
	position := binary.BigEndian.AppendUint64(c.origin[:len(c.origin):len(c.origin)], c.last)
	return cursorKey{}.encode(listing{name: "changes"}, position)
}

// since is the number of the last change that a cursor knows of, and whether the
// cursor is this store's own.
func (c *changes) since(cursor string) (n uint64, own bool, err error) {
	position, err := cursorKey{}.decode(listing{name: "changes"}, cursor)
	if err != nil {
		return 0, false, err
	}
	if len(position) != len(c.origin)+8 {
		return 0, false, badCursor()
	}
	own = [16]byte(position[:len(c.origin)]) == c.origin
	return binary.BigEndian.Uint64(position[len(c.origin):]), own, nil
}

// Wait returns nil at the next change of anything that [Store.Changes] tells of,
// ctx's error when that ends, and [ErrClosed] when the store is closed; see
// [waygate.WakingStore].
func (s *Store) Wait(ctx context.Context) error {
	woken, err := s.nextChange(ctx)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-woken:
	}
	if err := s.beginRead(ctx); err != nil { // closing wakes too
		return err
	}
	s.mu.RUnlock()
	return nil
}

// nextChange is closed by the next change.
func (s *Store) nextChange(ctx context.Context) (<-chan struct{}, error) {
	if err := s.beginWrite(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	if s.changes.woken == nil {
		s.changes.woken = make(chan struct{})
	}
	return s.changes.woken, nil
}

var (
	_ waygate.WatchStore  = (*Store)(nil)
	_ waygate.WakingStore = (*Store)(nil)
)
