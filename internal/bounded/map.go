package bounded

import "sync"

// Map is a concurrent map of at most a fixed number of entries; adding one more drops the entry that was used least
// recently. Make it with [New]. It is safe for concurrent use.
type Map[K comparable, V any] struct {
	max     int
	onEvict func(K, V)

	mu      sync.Mutex // guards what follows; held for a few pointer moves, never while foreign code runs
	entries map[K]*entry[K, V]
	root    entry[K, V] // root.next is the newest, root.prev the oldest
}

// entry is one link of a ring that is ordered by use.
type entry[K comparable, V any] struct {
	key        K
	value      V
	prev, next *entry[K, V]
}

// New makes a map of at most max entries; less than 1 counts as 1. onEvict, which may be nil, is told of each entry
// that was dropped to make room, after it is gone and outside the lock; [Map.Delete] does not call it.
func New[K comparable, V any](max int, onEvict func(K, V)) *Map[K, V] {
	if max < 1 {
		max = 1
	}
	m := &Map[K, V]{max: max, onEvict: onEvict, entries: make(map[K]*entry[K, V])}
	m.root.prev, m.root.next = &m.root, &m.root
	return m
}

// Get returns the value of k, and marks it as used.
func (m *Map[K, V]) Get(k K) (V, bool) {
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

// GetOrCreate returns the value of k, and makes it with create if there is none. Of two goroutines that ask for the
// same new key at once both may call create, and both get the value that went in first; so create should be cheap and
// without effect. If create panics, the map is as it was.
func (m *Map[K, V]) GetOrCreate(k K, create func() V) V {
	if v, ok := m.Get(k); ok {
		return v
	}
	v, dropped := m.add(k, create())
	if dropped != nil && m.onEvict != nil {
		m.onEvict(dropped.key, dropped.value)
	}
	return v
}

// Delete removes k, if it is there.
func (m *Map[K, V]) Delete(k K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[k]; ok {
		m.unlink(e)
	}
}

// Len returns the number of entries.
func (m *Map[K, V]) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries)
}

// Range calls yield for each entry that was there when Range began, the one used last first, until yield returns
// false. It works on a copy, so yield may change the map.
func (m *Map[K, V]) Range(yield func(K, V) bool) {
	for _, e := range m.snapshot() {
		if !yield(e.key, e.value) {
			return
		}
	}
}

// add puts v under k unless a value is there by now, and returns the one that is, with the entry dropped for it.
func (m *Map[K, V]) add(k K, v V) (V, *entry[K, V]) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.entries[k]; ok {
		m.touch(e)
		return e.value, nil
	}
	var dropped *entry[K, V]
	if len(m.entries) >= m.max {
		dropped = m.root.prev
		m.unlink(dropped)
	}
	e := &entry[K, V]{key: k, value: v}
	m.entries[k] = e
	m.pushFront(e)
	return v, dropped
}

// snapshot copies the entries in order of use. An entry's key and value never change, so sharing them is safe.
func (m *Map[K, V]) snapshot() []*entry[K, V] {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*entry[K, V], 0, len(m.entries))
	for e := m.root.next; e != &m.root; e = e.next {
		all = append(all, e)
	}
	return all
}

// touch moves e to the front. Like the helpers below it needs m.mu.
func (m *Map[K, V]) touch(e *entry[K, V]) {
	if m.root.next == e {
		return
	}
	e.prev.next, e.next.prev = e.next, e.prev
	m.pushFront(e)
}

func (m *Map[K, V]) pushFront(e *entry[K, V]) {
	e.prev, e.next = &m.root, m.root.next
	e.prev.next, e.next.prev = e, e
}

func (m *Map[K, V]) unlink(e *entry[K, V]) {
	delete(m.entries, e.key)
	e.prev.next, e.next.prev = e.next, e.prev
}
