package wire_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// random gives a source that is the same in each run.
func random(t *testing.T) *rand.Rand {
	t.Helper()
	return rand.New(rand.NewPCG(1, 2))
}

// texts makes strings, of all that could do harm but for what without holds.
type texts struct {
	*rand.Rand
	without string
	path    bool // no backslashes, and never empty, . or ..
	header  bool // no control characters
}

func (g texts) text() string {
	pieces := []string{"a", "Z", "0", "7", " ", ",", "|", "\t", ";", "=", "&", "#", "?", "/", "%", "%41", "+", ".", "..", "[", "]",
		"[]", "[0]", "\\", "\"", "'", "\n", "\x00", "\x7f", "ü", "日本", "\xff", "\xc0\xae", "~", "*", "-", "_", ":", "@", "!", "$"}
	var b strings.Builder
	for range g.IntN(6) {
		b.WriteString(pieces[g.IntN(len(pieces))])
	}
	s := strings.Map(func(r rune) rune {
		if strings.ContainsRune(g.without, r) || g.header && (r < 0x20 || r == 0x7f) || g.path && r == '\\' {
			return -1
		}
		return r
	}, b.String())
	if g.path && (s == "" || s == "." || s == "..") {
		return "x"
	}
	return s
}

// key is a text that can name something: neither empty nor a number.
func (g texts) key() string { return "k" + g.text() }

// scalar makes any scalar; text says what it is on the wire.
func (g texts) scalar() (v any, text string) {
	switch n := g.IntN(8); {
	case n == 0:
		v = g.IntN(2) == 0
	case n == 1:
		v = g.Int64() - g.Int64()
	case n == 2 && !strings.Contains(g.without, "."):
		f := float64(g.IntN(2000)-1000) / 8 // exact, few digits
		return f, strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.3f", f), "0"), ".")
	default:
		s := g.text()
		return s, s
	}
	return v, fmt.Sprint(v)
}

// list makes an array of scalars with nulls among them; at least is how many are not null.
func (g texts) list(least int) (v, read []any) {
	for range least + g.IntN(4) {
		if g.IntN(5) == 0 {
			v = append(v, nil)
		}
		item, text := g.scalar()
		v, read = append(v, item), append(read, text)
	}
	return v, read
}

// object makes an object of scalars with nulls among them.
func (g texts) object() (v, read map[string]any) {
	v, read = map[string]any{}, map[string]any{}
	for range 1 + g.IntN(4) {
		key := g.key()
		v[key], read[key] = withText(g.scalar())
	}
	v["null"] = nil
	delete(read, "null")
	return v, read
}

func withText(v any, text string) (any, any) { return v, text }

// shape says what trees a way of nesting can write and have read again.
type shape struct {
	texts
	lists     bool // an array may hold objects and arrays
	leastList int  // 2 where one item can't be told from none around it
}

// tree makes a tree of that depth at most; read is what a reader sees: nulls gone, scalars as text.
func (g shape) tree(depth int) (v, read any) {
	kind := g.IntN(4)
	switch {
	case depth == 0 || kind == 0:
		return withText(g.scalar())
	case kind == 1 && g.lists:
		items, seen := []any{}, []any{}
		for range max(g.leastList, 1+g.IntN(3)) {
			if g.IntN(5) == 0 {
				items = append(items, nil)
			}
			item, one := g.tree(depth - 1)
			items, seen = append(items, item), append(seen, one)
		}
		return items, seen
	case kind == 1:
		items, seen := g.list(max(g.leastList, 1))
		return items, seen
	}
	return g.members(depth)
}

func (g shape) members(depth int) (v, read map[string]any) {
	v, read = map[string]any{"null": nil}, map[string]any{}
	for range 1 + g.IntN(3) {
		key := g.key()
		v[key], read[key] = g.tree(depth - 1)
	}
	return v, read
}
