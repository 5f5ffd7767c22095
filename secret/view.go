package secret

import (
	"hash/maphash"
	"iter"
	"sort"
	"strings"
)

// The bytes that begin an escape: percent (URLs, forms), backslash (JSON, Go, JavaScript), ampersand (HTML, XML).
const escapes = `%\&`

// maxLayers is how many layers of escapes are undone.
const maxLayers = 3

// view is a text with escapes undone, which remembers where its bytes come from.
type view struct {
	text   string
	parent *view // nil: the text itself
	marks  []mark
}

// mark is one undone escape: size bytes at at, for long bytes at src in the parent.
type mark struct{ at, size, src, long int }

// views gives the text as it is, then with one layer of escapes of one kind undone, then two layers, in each order, and
// so on. The kinds are never undone together, for what is left of one layer may look like an escape of another. Two ways
// to the same text are taken once: as a rule the order does not matter, and few views are left.
func views(s string) iter.Seq[*view] {
	return func(yield func(*view) bool) {
		level := []*view{{text: s}}
		if !yield(level[0]) {
			return
		}
		var seed maphash.Seed
		var seen map[uint64]bool
		for range maxLayers {
			var next []*view
			for _, v := range level {
				for i := range len(escapes) {
					child := v.unescape(escapes[i])
					if child == nil {
						continue
					}
					if seen == nil {
						seed, seen = maphash.MakeSeed(), make(map[uint64]bool)
					}
					sum := maphash.String(seed, child.text)
					if seen[sum] {
						continue
					}
					seen[sum] = true
					if !yield(child) {
						return
					}
					next = append(next, child)
				}
			}
			level = next
		}
	}
}

// unescape undoes the escapes that begin with start, once; nil if there are none.
func (v *view) unescape(start byte) *view {
	var (
		out  strings.Builder
		next = &view{parent: v}
		buf  [16]byte
		done int // v.text up to here is in out
	)
	for from := 0; ; {
		at := strings.IndexByte(v.text[from:], start)
		if at < 0 {
			break
		}
		at += from
		plain, long := unescapeOne(buf[:0], v.text[at:])
		if long == 0 {
			from = at + 1
			continue
		}
		if next.marks == nil {
			out.Grow(len(v.text))
			next.marks = make([]mark, 0, strings.Count(v.text[at:], v.text[at:at+1]))
		}
		out.WriteString(v.text[done:at])
		next.marks = append(next.marks, mark{at: out.Len(), size: len(plain), src: at, long: long})
		out.Write(plain)
		done = at + long
		from = done
	}
	if next.marks == nil {
		return nil
	}
	out.WriteString(v.text[done:])
	next.text = out.String()
	return next
}

// origin gives the stretch of the whole text that a stretch of the view comes from.
func (v *view) origin(sp span) span {
	for ; v.parent != nil; v = v.parent {
		first, _ := v.source(sp.from)
		_, last := v.source(sp.to - 1)
		sp = span{first, last}
	}
	return sp
}

// source gives where the byte at begins and ends in the parent.
func (v *view) source(at int) (from, to int) {
	i := sort.Search(len(v.marks), func(i int) bool { return v.marks[i].at > at }) - 1
	if i < 0 {
		return at, at + 1
	}
	m := v.marks[i]
	if at < m.at+m.size {
		return m.src, m.src + m.long
	}
	from = m.src + m.long + at - m.at - m.size
	return from, from + 1
}
