package secret

import (
	"math/bits"
	"slices"
	"strings"
)

// maxWindow is the most bytes of each needle that the skip table knows; a wider window skips further, and fills the table.
const maxWindow = 24

// gram is how many bytes are looked at to decide how far to skip.
const gram = 3

// matcher finds many needles at once, with the skip table of Wu and Manber (A fast algorithm for multi-pattern
// searching, 1994): if the three bytes at the end of the window stand nowhere in the same window of any needle, the
// window moves on by all but two of its bytes.
type matcher struct {
	window int     // in bytes: no needle is shorter
	skip   []uint8 // by the hash of a gram
	shift  uint    // hash to index
	byKey  map[uint64][]needle
}

func newMatcher(values []phrase) *matcher {
	var all []needle
	m := &matcher{window: maxWindow}
	for _, p := range values {
		all = append(all, needles(p)...)
	}
	for _, n := range all {
		m.window = min(m.window, len(n.text))
	}
	// 128 entries a needle: it fills at most 22 of them, and the rest lets the window move. At most 1 MiB in all.
	size := min(bits.Len(uint(128*len(all)-1)), 20)
	m.skip, m.shift = make([]uint8, 1<<size), uint(32-size)
	m.byKey = make(map[uint64][]needle, len(all))
	for i := range m.skip {
		m.skip[i] = uint8(m.window - gram + 1)
	}
	for _, n := range all {
		m.add(n)
	}
	for _, same := range m.byKey { // the longest that fits is the one to take
		slices.SortStableFunc(same, func(a, b needle) int { return len(b.text) - len(a.text) })
	}
	return m
}

func (m *matcher) add(n needle) {
	for end := gram; end <= m.window; end++ {
		at := &m.skip[m.slot(n.text, end)]
		*at = min(*at, uint8(m.window-end))
	}
	k := key(n.text)
	for i, have := range m.byKey[k] {
		if have.text == n.text {
			m.byKey[k][i].whole = have.whole && n.whole
			return
		}
	}
	m.byKey[k] = append(m.byKey[k], n)
}

// slot is where the table keeps the gram of s that ends before end.
func (m *matcher) slot(s string, end int) uint32 {
	g := uint32(s[end-3]) | uint32(s[end-2])<<8 | uint32(s[end-1])<<16
	return g * 0x9E3779B1 >> m.shift // multiplied by 2^32 over the golden ratio: spreads neighbours
}

// key is the first 8 bytes of s; neither a needle nor what is compared with one is shorter.
func key(s string) uint64 {
	_ = s[MinRedacted-1]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// find calls hit for each place where a needle begins.
func (m *matcher) find(text string, hit func(span)) {
	end := m.window
	for end <= len(text) {
		if skip := m.skip[m.slot(text, end)]; skip > 0 {
			end += int(skip)
			continue
		}
		if sp, ok := m.at(text, end-m.window); ok {
			hit(sp)
		}
		end++
	}
	// What is left is shorter than the window: it can still be a needle cut off.
	for from := max(0, len(text)-m.window+1); from <= len(text)-MinRedacted; from++ {
		if sp, ok := m.at(text, from); ok {
			hit(sp)
		}
	}
}

// at gives the longest needle that begins at from.
func (m *matcher) at(text string, from int) (span, bool) {
	rest := text[from:]
	for _, n := range m.byKey[key(rest)] {
		if strings.HasPrefix(rest, n.text) {
			return n.reach(text, span{from, from + len(n.text)}), true
		}
		if !n.whole && len(rest) < len(n.text) && strings.HasPrefix(n.text, rest) {
			return span{from, len(text)}, true // cut off by the end of the text
		}
	}
	return span{}, false
}
