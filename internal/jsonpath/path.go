package jsonpath

// Limits of one path. They bound the work of an evaluation to a small multiple of the nodes of the tree.
const (
	MaxLength   = 1024      // bytes of source
	MaxSegments = 64        // names, indexes, slices and wildcards
	MaxFan      = 8         // wildcards, slices and lists in brackets
	MaxList     = 64        // entries of the lists in brackets, multiplied
	MaxAfter    = 8         // segments from ".." on
	MaxIndex    = 1_000_000 // magnitude of an index, or of a slice's bounds and step

	// DefaultResults is the bound that [Path.All] uses when given none.
	DefaultResults = 10_000
)

// Path is a compiled path. It is immutable and safe for concurrent use; the zero value is the root.
type Path struct {
	src      string
	segs     []segment
	singular bool
}

type kind uint8

const (
	member kind = iota
	index
	wildcard
	slice
	union
)

// segment is one step. deep marks a step that stands after "..": it is taken from every descendant too.
type segment struct {
	kind kind
	deep bool
	name string    // member
	n    int       // index
	cut  bounds    // slice
	list []segment // union
}

// Compile checks src and prepares it. The error is an [*Error].
func Compile(src string) (*Path, error) {
	p := parser{src: src}
	if err := p.parse(); err != nil {
		return nil, err
	}
	path := &Path{src: src, segs: p.segs, singular: true}
	for _, s := range p.segs {
		if s.deep || s.kind > index {
			path.singular = false
		}
	}
	return path, nil
}

// Singular reports whether the path can name at most one place: names and indexes only.
func (p *Path) Singular() bool { return p == nil || p.singular || len(p.segs) == 0 }

// Keys returns the names of a path that is made of names only, in order, as a slice of the caller's own. The root has
// none and is such a path. ok is false for every other path.
func (p *Path) Keys() (keys []string, ok bool) {
	if p == nil {
		return []string{}, true
	}
	keys = make([]string, len(p.segs))
	for i, s := range p.segs {
		if s.kind != member || s.deep {
			return nil, false
		}
		keys[i] = s.name
	}
	return keys, true
}

// Step is one step of a path that a value can be written to: a member by its name, or each item of an array.
type Step struct {
	Name string
	Each bool // [*]; Name is empty
}

// String returns the canonical form: .name, ['odd name'] or [*].
func (s Step) String() string {
	seg := segment{kind: member, name: s.Name}
	if s.Each {
		seg.kind = wildcard
	}
	return string(seg.append(nil))
}

// Len returns how many steps the path has; the root has none.
func (p *Path) Len() int {
	if p == nil {
		return 0
	}
	return len(p.segs)
}

// Steps returns the steps of a path that is made of names and [*] only, as a slice of the caller's own; the root has
// none. ok is false for every other path.
func (p *Path) Steps() (steps []Step, ok bool) {
	if p == nil {
		return []Step{}, true
	}
	steps = make([]Step, len(p.segs))
	for i, s := range p.segs {
		if s.deep || s.kind != member && s.kind != wildcard {
			return nil, false
		}
		steps[i] = Step{Name: s.name, Each: s.kind == wildcard}
	}
	return steps, true
}

// First returns the first place that the path names, in document order with objects by sorted name. A null that is
// there is (nil, true); nothing there is (nil, false). It doesn't allocate for a singular path.
func (p *Path) First(tree any) (any, bool) {
	if p.Singular() {
		return p.one(tree)
	}
	w := walk{segs: p.segs, max: 1, first: true}
	w.step(0, tree)
	if len(w.out) == 0 {
		return nil, false
	}
	return w.out[0], true
}

// All returns every place that the path names, in the order of [Path.First]; none is a nil slice. More than max
// results are an [*Error], and so is a tree nested over 10,000 levels under "..". max below 1 means [DefaultResults].
func (p *Path) All(tree any, max int) ([]any, error) {
	if max < 1 {
		max = DefaultResults
	}
	if p.Singular() {
		if v, ok := p.one(tree); ok {
			return []any{v}, nil
		}
		return nil, nil
	}
	w := walk{segs: p.segs, max: max}
	w.step(0, tree)
	if w.reason != "" {
		return nil, &Error{Path: p.src, Reason: w.reason}
	}
	return w.out, nil
}

// String returns the canonical form: "$", then .name for plain ASCII names and ['…'] for others. Compiling it gives an
// equal path.
func (p *Path) String() string {
	if p == nil {
		return "$"
	}
	b := []byte{'$'}
	for i := range p.segs {
		b = p.segs[i].append(b)
	}
	return string(b)
}
