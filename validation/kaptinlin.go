package validation

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Kaptinlin is the default [Engine]: kaptinlin/jsonschema behind a front that
// checks the schema itself, gives the engine a plain form of it, and gives
// each goroutine its own compiled copy. The zero value is ready for use and
// has the limits named at the fields; a negative one is refused by Compile.
//
// Not supported, and refused: dialects other than 2020-12 and draft-07,
// references out of the document (also to the metaschemas), a $dynamicRef
// whose anchor is defined more than once, and patterns that are not RE2 syntax
// (github.com/google/re2/wiki/Syntax): no look-around, no back-references.
type Kaptinlin struct {
	// MaxBytes bounds the text of a schema. 0 means 1 MiB.
	MaxBytes int
	// MaxDepth bounds the nesting of its JSON. 0 means 128.
	MaxDepth int
	// MaxNodes bounds its values and keys. 0 means 100,000.
	MaxNodes int
	// MaxPatterns bounds its different patterns. 0 means 256.
	MaxPatterns int
	// MaxPattern bounds each pattern, in bytes. 0 means 1 KiB.
	MaxPattern int
	// MaxSubject bounds the strings and member names to which a pattern is
	// applied, in bytes. 0 means 64 KiB. A longer one is a violation with
	// the keyword KeywordLimit.
	MaxSubject int
	// MaxTreeNodes bounds the values of a tree. 0 means 500,000. The engine
	// keeps about 1.5 KB for each value that fails.
	MaxTreeNodes int
	// Instances bounds how many goroutines validate with one compiled schema
	// at the same moment; others wait for one of them. 0 means GOMAXPROCS.
	Instances int
}

var _ Engine = Kaptinlin{}

// maxTreeDepth bounds the nesting of a tree. Engines recurse, and a stack that
// is full can't be recovered from.
const maxTreeDepth = 1000

// Compile checks schema and compiles it once. The error is a [*SchemaError].
func (k Kaptinlin) Compile(schema []byte) (Schema, error) {
	k, err := k.withDefaults()
	if err != nil {
		return nil, err
	}
	doc, err := canon.Compile(schema, canon.Limits{
		Bytes: k.MaxBytes, Depth: k.MaxDepth, Nodes: k.MaxNodes,
		Patterns: k.MaxPatterns, PatternBytes: k.MaxPattern,
	})
	if err != nil {
		return nil, refused(err)
	}
	text, err := json.Marshal(doc.Root)
	if err != nil {
		return nil, &SchemaError{Reason: "the checked schema can't be written"}
	}
	s := &compiled{
		limits: k, doc: doc, text: text,
		idle:  make(chan *instance, k.Instances),
		slots: make(chan struct{}, k.Instances),
	}
	for range k.Instances {
		s.slots <- struct{}{}
	}
	// One copy is compiled now, which proves that the others will compile.
	first, err := s.acquire()
	if err != nil {
		return nil, err
	}
	s.release(first)
	return s, nil
}

func (k Kaptinlin) withDefaults() (Kaptinlin, error) {
	for _, f := range []struct {
		name     string
		value    *int
		fallback int
	}{
		{"MaxBytes", &k.MaxBytes, 1 << 20},
		{"MaxDepth", &k.MaxDepth, 128},
		{"MaxNodes", &k.MaxNodes, 100_000},
		{"MaxPatterns", &k.MaxPatterns, 256},
		{"MaxPattern", &k.MaxPattern, 1 << 10},
		{"MaxSubject", &k.MaxSubject, 64 << 10},
		{"MaxTreeNodes", &k.MaxTreeNodes, 500_000},
		{"Instances", &k.Instances, runtime.GOMAXPROCS(0)},
	} {
		if *f.value < 0 {
			return k, &SchemaError{Reason: fmt.Sprintf("Kaptinlin.%s is negative: use 0 for the default of %d", f.name, f.fallback)}
		}
		*f.value = cmp.Or(*f.value, f.fallback)
	}
	return k, nil
}

func refused(err error) error {
	var e *canon.Error
	if errors.As(err, &e) {
		return &SchemaError{Pointer: e.Pointer, Reason: e.Reason}
	}
	return &SchemaError{Reason: "the schema can't be checked"}
}

// compiled is a schema with its pool of compiled copies. A copy is used by one
// goroutine at a time: validating writes into it.
type compiled struct {
	limits Kaptinlin
	doc    *canon.Doc
	text   []byte
	idle   chan *instance // copies nobody uses
	slots  chan struct{}  // the right to make a copy
}

func (s *compiled) acquire() (*instance, error) {
	select {
	case inst := <-s.idle:
		return inst, nil
	default:
	}
	select {
	case inst := <-s.idle:
		return inst, nil
	case <-s.slots:
		inst, err := newInstance(s.text, s.doc, s.limits.MaxSubject)
		if err != nil {
			s.slots <- struct{}{}
		}
		return inst, err
	}
}

// release gives a copy back; one in which the engine panicked is thrown away.
func (s *compiled) release(inst *instance) {
	if inst.broken {
		s.slots <- struct{}{}
		return
	}
	s.idle <- inst
}

// Validate implements [Schema].
func (s *compiled) Validate(tree any) []Violation {
	check := treeCheck{names: s.doc.HasNamePatterns, limits: s.limits}
	budget, bad := check.run(tree)
	if bad != nil {
		return []Violation{*bad}
	}
	inst, err := s.acquire()
	if err != nil {
		return []Violation{internal(tree, "a schema that compiles")}
	}
	defer s.release(inst)
	return inst.validate(tree, budget)
}

// internal is the violation that fails closed.
func internal(tree any, expected string) Violation {
	return Violation{Keyword: KeywordInternal, Expected: expected, Received: typeName(tree)}
}
