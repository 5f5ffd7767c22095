package front

import (
	"context"
	"errors"
	"slices"

	"github.com/waygate-go/waygate/validation/internal/canon"
)

// Runner is one compiled copy of a schema. One goroutine uses it at a time.
type Runner interface {
	// Run checks a tree. It says whether it is valid and, if not, why; it may
	// panic.
	Run(tree any) (valid bool, found []Violation)
}

// Factory compiles the plain form of a schema. The engine must call
// [Meter.Format] of doc.Formats for the format keywords in it. It may panic.
type Factory func(doc *canon.Doc, m *Meter) (Runner, error)

// Schema is a schema with its pool of compiled copies.
type Schema struct {
	limits Limits
	doc    *canon.Doc
	make   Factory
	idle   chan *instance // copies nobody uses
	slots  chan struct{}  // the right to make a copy
}

// instance is a copy and what counts its work.
type instance struct {
	runner Runner
	meter  *Meter
	broken bool // the engine was stopped in the middle, or panicked
}

// Compile checks the text of a schema and compiles one copy, which proves that
// the others will compile. The error is a *canon.Error. l has its defaults.
func Compile(schema []byte, l Limits, factory Factory) (*Schema, error) {
	doc, err := canon.Compile(schema, l.Canon())
	if err != nil {
		return nil, err
	}
	s := &Schema{
		limits: l, doc: canon.Inline(doc), make: factory,
		idle:  make(chan *instance, l.Instances),
		slots: make(chan struct{}, l.Instances),
	}
	for range l.Instances {
		s.slots <- struct{}{}
	}
	first, err := s.acquire(context.Background())
	if err != nil {
		return nil, err
	}
	s.release(first)
	return s, nil
}

// Vet gives a function that says of one schema after another what Compile would say, as far as the schema itself is
// concerned, in a fraction of the time. It is for one goroutine at a time. l has its defaults.
func Vet(l Limits) func(schema []byte) error { return canon.NewVetter(l.Canon()).Vet }

// Doc is the plain form. It is read-only.
func (s *Schema) Doc() *canon.Doc { return s.doc }

// errTime says that a copy did not get free in time.
var errTime = errors.New("the context has ended")

func (s *Schema) acquire(ctx context.Context) (*instance, error) {
	select {
	case inst := <-s.idle:
		return inst, nil
	default:
	}
	select {
	case inst := <-s.idle:
		return inst, nil
	case <-s.slots:
		inst, err := s.newInstance()
		if err != nil {
			s.slots <- struct{}{}
		}
		return inst, err
	case <-ctx.Done():
		return nil, errTime
	}
}

func (s *Schema) newInstance() (inst *instance, err error) {
	defer func() {
		if recover() != nil {
			inst, err = nil, &canon.Error{Reason: "the engine panicked while compiling"}
		}
	}()
	m := &Meter{doc: s.doc, maxSubject: s.limits.MaxSubject}
	m.start(context.Background(), maxBudget)
	runner, err := s.make(s.doc, m)
	if err != nil {
		return nil, err
	}
	return &instance{runner: runner, meter: m}, nil
}

// release gives a copy back; a broken one is thrown away.
func (s *Schema) release(inst *instance) {
	if inst.broken {
		s.slots <- struct{}{}
		return
	}
	s.idle <- inst
}

// Validate checks a tree.
func (s *Schema) Validate(ctx context.Context, tree any) []Violation {
	if ctx.Err() != nil {
		return []Violation{overdue(tree)}
	}
	check := treeCheck{names: s.doc.HasNamePatterns, limits: s.limits}
	budget, bad := check.run(tree)
	if bad != nil {
		return []Violation{*bad}
	}
	inst, err := s.acquire(ctx)
	switch {
	case errors.Is(err, errTime):
		return []Violation{overdue(tree)}
	case err != nil:
		return []Violation{Internal(tree, "a schema that compiles")}
	}
	defer s.release(inst)
	inst.meter.start(ctx, budget)
	return inst.validate(tree)
}

func overdue(tree any) Violation {
	return limit(tree, "a check that ends before the caller's time is over")
}

// validate runs the engine and judges its answer.
func (in *instance) validate(tree any) (found []Violation) {
	in.broken = true // also if the engine ends the goroutine
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case overBudget:
			found = []Violation{limit(tree, "a value that takes less work to check")}
		case overTime:
			found = []Violation{overdue(tree)}
		default:
			found = []Violation{Internal(tree, "a value that the engine can check")}
		}
	}()
	valid, found := in.runner.Run(tree)
	in.broken = false
	if valid && !in.meter.oversized {
		return nil
	}
	if in.meter.oversized && !slices.ContainsFunc(found, func(v Violation) bool { return v.Keyword == KeywordLimit }) {
		// The long subject stood where its failure was turned around or
		// overruled (not, anyOf): the answer can't be trusted.
		found = append(found, limit(tree, SubjectLimit(in.meter.maxSubject)))
	}
	if len(found) == 0 {
		return []Violation{Internal(tree, "a value that fits the schema")}
	}
	return Finish(found)
}
