package openapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/rawjson"
)

// direction is the side on which a schema is used: members that are read-only don't stand in what is sent, members that
// are write-only not in what comes back.
type direction int

const (
	sent direction = iota
	received
)

// hides is the keyword that takes a member out.
func (d direction) hides() string {
	if d == sent {
		return "readOnly"
	}
	return "writeOnly"
}

// schemas holds what was made of a document's schemas: each is read once, for each direction.
type schemas struct {
	d        *Document
	defs     map[place]*def
	patterns map[string]bool // whether one compiles
	hides    [2]map[*file]bool
	// What is looked up again and again, by where it stands.
	hidden  [2]map[place]bool
	names   [2]map[place][]string
	shapes  map[place]shape
	spreads map[place]*spread
	tops    map[place]bodyMembers
	room    []byte // where texts are written before their length is known
}

// place is where a value stands.
type place struct {
	f       *file
	pointer string
}

// def is a schema that is referred to.
type def struct {
	name string // under $defs
	node
	forms [2][noTexts + 1]*form
}

// notes tell what was done to it, however much of its texts is left.
func (d *def) notes(dir direction) (list []Note) {
	for _, f := range d.forms[dir] {
		if f == nil {
			continue
		}
		for _, n := range f.notes {
			if !slices.Contains(list, n) {
				list = append(list, n)
			}
		}
	}
	return list
}

// form is a schema of 2020-12 whose references lead to $defs.
type form struct {
	text []byte
	refs []*def // that it refers to, each once
	// inPlace are those of refs that are applied to the same value.
	inPlace  []*def
	patterns int
	notes    []Note
	again    func(trim) *form // makes it with less; nil if there can't be less
}

func newSchemas(d *Document) *schemas {
	return &schemas{d: d, defs: map[place]*def{}, patterns: map[string]bool{},
		hides: [2]map[*file]bool{{}, {}}, hidden: [2]map[place]bool{{}, {}}, names: [2]map[place][]string{{}, {}},
		shapes: map[place]shape{}, spreads: map[place]*spread{}, tops: map[place]bodyMembers{}}
}

// def finds or makes the def for a schema.
func (s *schemas) def(n node) *def {
	at := place{n.f, n.pointer}
	if known := s.defs[at]; known != nil {
		return known
	}
	made := &def{name: s.defName(n), node: n}
	s.defs[at] = made
	return made
}

// defName is the name of a schema that stands where named schemas do; others get a hash of their place.
func (s *schemas) defName(n node) string {
	last := rawjson.Unescape(n.pointer[strings.LastIndexByte(n.pointer, '/')+1:])
	clean := strings.Map(func(r rune) rune {
		if r < 0x80 && (isLower(byte(r)) || isUpper(byte(r)) || isDigit(byte(r)) || strings.ContainsRune("._-", r)) {
			return r
		}
		return '_'
	}, last)
	home, _ := strings.CutSuffix(n.pointer, "/"+last)
	named := home == "/components/schemas" || home == "/definitions"
	if named && clean == last && len(clean) <= 100 && n.f == s.d.root.f {
		return clean
	}
	home = ""
	if n.f != s.d.root.f { // what the document itself is called doesn't matter
		home = n.f.name
	}
	sum := sha256.Sum256([]byte(home + "#" + n.pointer))
	return clean[:min(len(clean), 60)] + "_" + hex.EncodeToString(sum[:6])
}

// form gives a def's form for a direction, with all its texts or with less.
func (s *schemas) form(d *def, dir direction, t trim) *form {
	known := &d.forms[dir][t]
	if *known == nil {
		*known = s.build(d.node, dir, buildOptions{trim: t})
	}
	return *known
}

// buildOptions say what a schema gets beside its own keywords.
type buildOptions struct {
	description string
	// parameter says that the schema's keywords stand among those of a parameter (Swagger 2.0).
	parameter bool
	trim      trim
}

// build makes a form.
func (s *schemas) build(n node, dir direction, o buildOptions) *form {
	b := &builder{s: s, f: n.f, at: n, dir: dir, trim: o.trim, out: &form{}, seen: map[*def]bool{}, buf: s.room[:0]}
	s.room = nil // while it is written in
	b.schema(n.raw, o, nil)
	b.out.text, s.room = bytes.Clone(b.buf), b.buf
	b.out.again = func(t trim) *form {
		o.trim = t
		return s.build(n, dir, o)
	}
	return b.out
}

// hidesAny says whether a file has a member that is taken out in that direction.
func (s *schemas) hidesAny(f *file, dir direction) bool {
	known, ok := s.hides[dir][f]
	if !ok {
		known = bytes.Contains(f.raw, []byte(`"`+dir.hides()+`"`))
		s.hides[dir][f] = known
	}
	return known
}

// compiles says whether a pattern can be enforced: it is RE2's, and of bounded size.
func (s *schemas) compiles(text string) bool {
	known, ok := s.patterns[text]
	if ok {
		return known
	}
	known = func() bool {
		const longest, most = 1 << 10, 5_000
		if len(text) > longest {
			return false
		}
		re, err := syntax.Parse(text, syntax.Perl)
		if err != nil {
			return false
		}
		prog, err := syntax.Compile(re.Simplify())
		return err == nil && len(prog.Inst) <= most
	}()
	s.patterns[text] = known
	return known
}
