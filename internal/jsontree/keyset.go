package jsontree

import (
	"bytes"
	"hash/maphash"
)

// smallObject is the number of keys up to which an object's keys are compared
// one by one; above it a set is built.
const smallObject = 32

// keyEntry is one key seen: the hash of its unescaped text and where it stands.
type keyEntry struct {
	hash       uint64
	start, end int
}

// keyList holds the keys of all open objects, the innermost one's last. The
// hash is seeded anew for each text, so that nobody can prepare collisions.
type keyList struct {
	seed    maphash.Seed
	seeded  bool
	entries stack[keyEntry]
}

// keySet is the part of a keyList that one object owns.
type keySet struct {
	base  int            // its first entry
	bloom uint64         // bit hash%64 of each key
	index map[uint64]int // hash to entry, above smallObject keys
}

// add notes a key and reports whether it is new.
func (l *keyList) add(set *keySet, data []byte, start, end int) bool {
	if !l.seeded {
		l.seed, l.seeded = maphash.MakeSeed(), true
	}
	h := l.hash(data[start:end])
	e := keyEntry{h, start, end}
	bit := uint64(1) << (h % 64)
	if set.bloom&bit != 0 && l.has(set, data, e) {
		return false
	}
	set.bloom |= bit
	l.entries.push(e)
	if l.entries.n-set.base > smallObject {
		l.addIndex(set)
	}
	return true
}

// addIndex brings the set's index up to date.
func (l *keyList) addIndex(set *keySet) {
	from := l.entries.n - 1
	if set.index == nil {
		set.index = make(map[uint64]int, 4*smallObject)
		from = set.base
	}
	for i := from; i < l.entries.n; i++ {
		set.index[l.entries.at(i).hash] = i
	}
}

func (l *keyList) has(set *keySet, data []byte, e keyEntry) bool {
	if set.index != nil {
		i, ok := set.index[e.hash]
		if !ok {
			return false
		}
		if l.equal(data, l.entries.at(i), &e) {
			return true
		}
		// Two keys share 64 bits of hash: look at all.
	}
	for i := set.base; i < l.entries.n; i++ {
		if o := l.entries.at(i); o.hash == e.hash && l.equal(data, o, &e) {
			return true
		}
	}
	return false
}

func (l *keyList) equal(data []byte, a, b *keyEntry) bool {
	x, y := data[a.start:a.end], data[b.start:b.end]
	if bytes.IndexByte(x, '\\') < 0 && bytes.IndexByte(y, '\\') < 0 {
		return bytes.Equal(x, y)
	}
	return bytes.Equal(appendUnescaped(nil, x), appendUnescaped(nil, y))
}

// hash takes the text of a key; keys with escapes are rare and short.
func (l *keyList) hash(raw []byte) uint64 {
	if bytes.IndexByte(raw, '\\') < 0 {
		return maphash.Bytes(l.seed, raw)
	}
	var room [64]byte
	return maphash.Bytes(l.seed, appendUnescaped(room[:0], raw))
}
