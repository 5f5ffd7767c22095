package bounded

import (
	"container/list"
	"sync"
)

// shares is into how many parts a [Shared] is thought to be divided: who holds more than one of them has to make room
// for the others.
const shares = 20

// Shared is a concurrent map of at most a fixed number of entries, each of which belongs to an owner. Adding one more
// drops the least recently used entry of the owner that holds the most, if that is more than a twentieth of the map;
// else the least recently used of all. So one owner who makes up names without end pushes out its own entries, and of
// others' at most a twentieth, those used least. An entry that two owners have asked for is common: it counts for
// none. Make it with [NewShared]. It is safe for concurrent use.
type Shared[K comparable, V any] struct {
	max, share int
	idle       func(V) bool

	mu      sync.Mutex // guards what follows
	entries map[K]*owned[K, V]
	used    *list.List // of *owned, the one used last in front
	owners  map[string]*list.List
	large   map[string]*list.List // the owners that hold more than a share
	hand    *list.Element         // of used: where the look for idle entries goes on; nil for the end
}

type owned[K comparable, V any] struct {
	key    K
	value  V
	owner  string
	common bool
	all    *list.Element // in used
	own    *list.Element // in owned; nil for a common one
	owned  *list.List    // the owner's
}

// NewShared makes a map of at most max entries; less than 1 counts as 1. idle, which may be nil, says of a value that
// it is as good as a new one: such entries are looked for, two at a time from the least recently used on, as others are
// added, and dropped. It runs under the map's lock, so it must not use the map, nor wait.
func NewShared[K comparable, V any](max int, idle func(V) bool) *Shared[K, V] {
	if max < 1 {
		max = 1
	}
	return &Shared[K, V]{
		max: max, share: (max + shares - 1) / shares, idle: idle,
		entries: make(map[K]*owned[K, V]), used: list.New(),
		owners: make(map[string]*list.List), large: make(map[string]*list.List),
	}
}

// Get returns the value of k, and marks it as used.
func (m *Shared[K, V]) Get(k K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[k]
	if !ok {
		var none V
		return none, false
	}
	m.touch(e)
	return e.value, true
}

// GetOrCreate returns the value of k for an owner, and makes it with create if there is none; shared says whether
// another owner has asked for it too. create runs under the map's lock: it has to be cheap and must not use the map.
// If it panics, the map is as it was.
func (m *Shared[K, V]) GetOrCreate(owner string, k K, create func() V) (v V, shared bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[k]; ok {
		m.touch(e)
		if !e.common && e.owner != owner {
			m.disown(e)
			e.common = true
		}
		return e.value, e.common
	}
	v = create()
	m.dropIdle()
	if len(m.entries) >= m.max {
		m.drop(m.surplus())
	}
	e := &owned[K, V]{key: k, value: v, owner: owner}
	m.entries[k] = e
	e.all = m.used.PushFront(e)
	m.give(e)
	return v, false
}

// Delete removes k, if it is there.
func (m *Shared[K, V]) Delete(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[k]; ok {
		m.drop(e)
	}
}

// Len returns the number of entries.
func (m *Shared[K, V]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries)
}

// Range calls yield for each entry that was there when Range began, the one used last first, until yield returns
// false. It works on a copy, so yield may change the map.
func (m *Shared[K, V]) Range(yield func(K, V) bool) {
	for _, e := range m.snapshot() {
		if !yield(e.key, e.value) {
			return
		}
	}
}

func (m *Shared[K, V]) snapshot() []*owned[K, V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*owned[K, V], 0, len(m.entries))
	for el := m.used.Front(); el != nil; el = el.Next() {
		all = append(all, el.Value.(*owned[K, V]))
	}
	return all
}

// touch marks e as used. Like the helpers below it needs m.mu.
func (m *Shared[K, V]) touch(e *owned[K, V]) {
	if m.used.Front() == e.all { // and so in front of its owner's
		return
	}
	m.used.MoveToFront(e.all)
	if e.own != nil {
		e.owned.MoveToFront(e.own)
	}
}

// sweep is how many entries are looked at for each one that is added.
const sweep = 2

func (m *Shared[K, V]) dropIdle() {
	if m.idle == nil {
		return
	}
	for range sweep {
		if m.hand == nil {
			if m.hand = m.used.Back(); m.hand == nil {
				return
			}
		}
		e := m.hand.Value.(*owned[K, V])
		m.hand = m.hand.Prev()
		if m.idle(e.value) {
			m.drop(e)
		}
	}
}

// surplus is the entry that goes when the map is full.
func (m *Shared[K, V]) surplus() *owned[K, V] {
	oldest := m.used.Back()
	most := 0
	for _, entries := range m.large {
		if entries.Len() > most {
			most, oldest = entries.Len(), entries.Back()
		}
	}
	return oldest.Value.(*owned[K, V])
}

func (m *Shared[K, V]) drop(e *owned[K, V]) {
	if m.hand == e.all {
		m.hand = e.all.Prev()
	}
	delete(m.entries, e.key)
	m.used.Remove(e.all)
	m.disown(e)
}

func (m *Shared[K, V]) give(e *owned[K, V]) {
	entries := m.owners[e.owner]
	if entries == nil {
		entries = list.New()
		m.owners[e.owner] = entries
	}
	e.owned, e.own = entries, entries.PushFront(e)
	if entries.Len() > m.share {
		m.large[e.owner] = entries
	}
}

func (m *Shared[K, V]) disown(e *owned[K, V]) {
	if e.own == nil {
		return
	}
	entries := m.owners[e.owner]
	entries.Remove(e.own)
	e.own = nil
	if entries.Len() <= m.share {
		delete(m.large, e.owner)
	}
	if entries.Len() == 0 {
		delete(m.owners, e.owner)
	}
}
