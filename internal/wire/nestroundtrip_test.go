package wire_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/wire"
)

// node is a tree of names being read: leaves are in order of arrival, members by name.
type node struct {
	leaves  []string
	members map[string]*node
}

func (n *node) at(name string) *node {
	if n.members == nil {
		n.members = map[string]*node{}
	}
	if n.members[name] == nil {
		n.members[name] = &node{}
	}
	return n.members[name]
}

// naming is how names nest, for the reader.
type naming struct {
	dots, comma bool
}

// steps splits a[b][0][] or a.b[0][] into a, b, 0 and "".
func (o naming) steps(name string) []string {
	if o.dots {
		var out []string
		for part := range strings.SplitSeq(name, ".") {
			out = append(out, naming{}.steps(part)...)
		}
		return out
	}
	root, rest, found := strings.Cut(name, "[")
	out := []string{root}
	if found {
		out = append(out, strings.Split(strings.TrimSuffix(rest, "]"), "][")...)
	}
	return out
}

// read makes a tree of a query or a form: names with steps are objects, numbers and nothing arrays, a name that
// comes twice is an array.
func (o naming) read(t *testing.T, sent string) any {
	t.Helper()
	values, err := url.ParseQuery(sent)
	if err != nil {
		t.Fatal(err)
	}
	root := &node{}
	for name, texts := range values {
		n := root
		for _, step := range o.steps(name) {
			n = n.at(step)
		}
		n.leaves = append(n.leaves, texts...)
	}
	return o.tree(root)
}

func (o naming) tree(n *node) any {
	if n.members == nil {
		texts := n.leaves
		if o.comma {
			texts = strings.Split(texts[0], ",")
		}
		if len(texts) == 1 {
			return texts[0]
		}
		return untyped(texts)
	}
	if list, ok := n.members[""]; ok {
		return untyped(list.leaves)
	}
	var numbers []int
	for name := range n.members {
		if i, err := strconv.Atoi(name); err == nil {
			numbers = append(numbers, i)
		}
	}
	if len(numbers) == len(n.members) {
		slices.Sort(numbers)
		var out []any
		for _, i := range numbers {
			out = append(out, o.tree(n.members[strconv.Itoa(i)]))
		}
		return out
	}
	out := map[string]any{}
	for name, member := range n.members {
		out[name] = o.tree(member)
	}
	return out
}

func untyped(texts []string) []any {
	var out []any
	for _, text := range texts {
		out = append(out, text)
	}
	return out
}

// TestRoundTripNested reads what the nesting styles wrote.
func TestRoundTripNested(t *testing.T) {
	t.Parallel()
	for style, g := range map[wire.Style]shape{
		wire.DeepObject: {leastList: 2, lists: true},
		wire.Brackets:   {lists: true},
		wire.Indices:    {lists: true},
	} {
		g.texts = texts{Rand: random(t)}
		p := wire.Param{In: wire.InQuery, Name: "n", Style: style}
		for range 500 {
			v, want := g.keyed("").members(3)
			sent, err := anywhere(p, v)
			if err != nil {
				t.Fatalf("%s: %v", style, err)
			}
			if d := cmp.Diff(any(map[string]any{"n": want}), naming{}.read(t, sent)); d != "" {
				t.Fatalf("%s: %q: %s", style, sent, d)
			}
		}
	}
}

// keyed leaves out what the keys and, with it, all texts can't hold.
func (g shape) keyed(more string) shape {
	g.without = "[]" + more
	return g
}

// TestRoundTripForm reads forms written in every combination of options.
func TestRoundTripForm(t *testing.T) {
	t.Parallel()
	for _, objects := range []string{"brackets", "dots", "flat"} {
		for _, arrays := range []string{"brackets", "repeat", "indices", "comma"} {
			g := shape{texts: texts{Rand: random(t)}}
			o := naming{dots: objects == "dots", comma: arrays == "comma"}
			more := ""
			if o.dots {
				more = "."
			}
			g.lists = arrays == "brackets" || arrays == "indices"
			if !g.lists {
				g.leastList = 2
			}
			if o.comma {
				more += ","
			}
			depth := 3
			if objects == "flat" {
				depth, g.lists = 1, false
			}
			for range 300 {
				v, want := g.keyed(more).form(depth)
				sent, err := wire.AppendForm(nil, v, wire.FormOptions{Objects: objects, Arrays: arrays})
				if err != nil {
					t.Fatalf("%s, %s: %v", objects, arrays, err)
				}
				if d := cmp.Diff(any(want), o.read(t, string(sent))); d != "" {
					t.Fatalf("%s, %s: %q: %s", objects, arrays, sent, d)
				}
			}
		}
	}
}

// form makes the members of a form: scalars and arrays only, if the depth is 1.
func (g shape) form(depth int) (v, read map[string]any) {
	if depth > 1 {
		return g.members(depth)
	}
	v, read = map[string]any{}, map[string]any{}
	for range 1 + g.IntN(4) {
		key := g.key()
		if g.IntN(2) == 0 {
			v[key], read[key] = withText(g.scalar())
			continue
		}
		list, seen := g.list(max(g.leastList, 1))
		v[key], read[key] = list, seen
	}
	return v, read
}
