package canon

import (
	"crypto/sha256"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/rawjson"
)

// Vetter says of one schema after another what [Compile] would say, without making their plain form. Parts under $defs
// that schemas have in common are looked at once. It is for one goroutine at a time, and remembers as long as it lives.
//
// Only plain schemas are accepted in this way: those of 2020-12, in one document, whose references lead to #/$defs/NAME,
// and whose names and numbers are written simply. Whatever else is met is left to Compile's own check, which alone
// refuses, so that both always say the same.
type Vetter struct {
	lim      Limits
	unsound  bool // the limits themselves are refused
	parts    map[[sha256.Size]byte]*part
	patterns map[string]bool // whether one is accepted
}

// NewVetter makes a Vetter for the limits of an engine.
func NewVetter(lim Limits) *Vetter {
	return &Vetter{lim: lim, unsound: checkDocuments(lim) != nil,
		parts: map[[sha256.Size]byte]*part{}, patterns: map[string]bool{}}
}

// Vet gives the error of Compile, an *Error.
func (v *Vetter) Vet(text []byte) error {
	if v.plain(text) {
		return nil
	}
	_, err := check(text, v.lim)
	return err
}

// part is a schema that stands by itself, and what it needs of the document around it.
type part struct {
	refs     []string // names under $defs, each once
	patterns int      // with those that are there twice
	own      position // the value that the part itself is applied to
	// Over all values that schemas of the part are applied to, own among them.
	mostCost, mostChain, mostRefs int
}

// position counts the schemas that are applied to one value, references not followed.
type position struct {
	cost, chain int // as those of a view
	refs        []placedRef
}

// placedRef is a reference that is applied to a value, and how deep in the nest of schemas it stands.
type placedRef struct {
	name  string
	depth int
}

// plain says whether a text is known to be accepted.
func (v *Vetter) plain(text []byte) bool {
	if v.unsound || len(text) > v.lim.Bytes {
		return false
	}
	stats, err := jsontree.Scan(text, jsontree.Limits{Depth: v.lim.Depth, Nodes: v.lim.Nodes})
	if err != nil || stats.Duplicate != "" {
		return false
	}
	root, defs, ok := v.root(text)
	if !ok {
		return false
	}
	d := document{parts: []*part{root}, names: map[string]int{}}
	rawjson.Each(defs, func(name, value []byte) bool {
		p := v.part(value)
		if ok = p != nil && simple(name); ok {
			d.names[string(name[1:len(name)-1])] = len(d.parts)
			d.parts = append(d.parts, p)
		}
		return ok
	})
	return ok && d.holds(v.lim)
}

// root looks at everything but the parts under $defs.
func (v *Vetter) root(text []byte) (root *part, defs []byte, ok bool) {
	defs = rawjson.Get(text, "$defs")
	if defs != nil && rawjson.Kind(defs) != '{' {
		return nil, nil, false
	}
	w := partWalk{v: v, p: &part{}, root: true}
	return w.p, defs, w.whole(text)
}

// part looks at a schema that may have been met before; nil if it isn't known to be fine.
func (v *Vetter) part(text []byte) *part {
	key := sha256.Sum256(text)
	p, known := v.parts[key]
	if !known {
		w := partWalk{v: v, p: &part{}}
		if w.whole(text) {
			p = w.p
		}
		v.parts[key] = p
	}
	return p
}

// compiles says whether a pattern is accepted.
func (v *Vetter) compiles(text string) bool {
	fine, known := v.patterns[text]
	if !known {
		_, err := compilePattern("", text, v.lim.PatternBytes)
		fine = err == nil
		v.patterns[text] = fine
	}
	return fine
}

// document puts the parts of a schema together.
type document struct {
	parts []*part        // the root first
	names map[string]int // under $defs, to parts
	state []uint8
	cost  []int // of each part's own position, references followed
	chain []int
}

// holds says whether all references have a target, none comes back to its value, and all stays in bounds. The bounds are
// those of checkCycles, the sums at most too large.
func (d *document) holds(lim Limits) bool {
	patterns := 0
	for _, p := range d.parts {
		if patterns += p.patterns; patterns > lim.Patterns {
			return false
		}
		for _, name := range p.refs {
			if _, ok := d.names[name]; !ok {
				return false
			}
		}
	}
	d.state, d.cost, d.chain = make([]uint8, len(d.parts)), make([]int, len(d.parts)), make([]int, len(d.parts))
	dearest, longest := 0, 0
	for i := range d.parts {
		if !d.visit(i, 1) {
			return false
		}
		dearest, longest = max(dearest, d.cost[i]), max(longest, d.chain[i])
	}
	for _, p := range d.parts {
		if p.mostCost+p.mostRefs*dearest > maxCost || p.mostChain+longest > maxChain {
			return false
		}
	}
	return true
}

// visit follows the references that are applied to the same value.
func (d *document) visit(i, depth int) bool {
	switch {
	case d.state[i] == left:
		return true
	case d.state[i] == entered, depth > maxChain:
		return false
	}
	d.state[i] = entered
	own := d.parts[i].own
	cost, chain := own.cost, own.chain
	for _, r := range own.refs {
		to := d.names[r.name]
		if !d.visit(to, depth+1) {
			return false
		}
		cost, chain = cost+d.cost[to], max(chain, r.depth+d.chain[to])
		if cost > maxCost || chain > maxChain {
			return false
		}
	}
	d.cost[i], d.chain[i], d.state[i] = cost, chain, left
	return true
}
