package waygate

import (
	"slices"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/wire"
)

// inputPlace is where in the input a value stands: a member, or a member of a group. The zero place is none. It becomes
// a pointer only where an error names it.
type inputPlace struct {
	group, name string
	depth       uint8 // 0 for none, 1 for name, 2 for group and name
}

func memberAt(name string) inputPlace { return inputPlace{name: name, depth: 1} }

func (p inputPlace) member(name string) inputPlace { return inputPlace{p.name, name, 2} }

// String is the place as a JSON pointer.
func (p inputPlace) String() string {
	switch p.depth {
	case 0:
		return ""
	case 1:
		return pointerTo(p.name)
	}
	return pointerTo(p.group) + pointerTo(p.name)
}

// pathValues are the values of the path's variables. A path has few: they are looked through.
type pathValues []pathValue

type pathValue struct {
	name string
	template.Value
}

func (l pathValues) get(name string) (v template.Value, ok bool) {
	for _, x := range l {
		if x.name == name {
			return x.Value, true
		}
	}
	return v, false
}

func (l *pathValues) set(name string, v template.Value) {
	if i := slices.IndexFunc(*l, func(x pathValue) bool { return x.name == name }); i >= 0 {
		(*l)[i].Value = v
		return
	}
	*l = append(*l, pathValue{name, v})
}

// fewClaims is how many names are looked through; of more there is a map.
const fewClaims = 16

// claims are the names in query and cookies with the places of the input that have them.
type claims struct {
	list  []claim
	index map[wire.Pair]inputPlace
}

type claim struct {
	key wire.Pair // place and name in the request
	by  inputPlace
}

// take claims a name, and gives who had it before.
func (c *claims) take(in In, name string, by inputPlace) (before inputPlace, there bool) {
	key := wire.Pair{Name: string(in), Value: name}
	if c.index == nil {
		if i := slices.IndexFunc(c.list, func(x claim) bool { return x.key == key }); i >= 0 {
			before, c.list[i].by = c.list[i].by, by
			return before, true
		}
		if c.list = append(c.list, claim{key, by}); len(c.list) > fewClaims {
			c.index = make(map[wire.Pair]inputPlace, 2*fewClaims)
			for _, x := range c.list {
				c.index[x.key] = x.by
			}
		}
		return before, false
	}
	before, there = c.index[key]
	c.index[key] = by
	return before, there
}
