package validation

import (
	"context"
	"strconv"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation/internal/canon"
	"github.com/waygate-go/waygate/validation/internal/front"
)

// Checker judges trees by one schema and one set of [Rules]. It is safe for
// concurrent use.
type Checker struct {
	rules  Rules
	schema Schema
	doc    *canon.Doc // set if the rules change trees
}

// Report is what a [Checker] found.
type Report struct {
	// Tree is what to go on with: the tree that was given, or a changed copy
	// that shares with it what did not change.
	Tree any
	// Violations are those of Tree, sorted by pointer and keyword, at most
	// [MaxViolations]; nil if it fits.
	Violations []Violation
	// Changes say what was changed, at most MaxViolations in the order of the
	// pointers: the keyword type for a value of another type, default for one that
	// was put in, additionalProperties for a member that was taken out. Received is
	// what stood there before.
	Changes []Violation
}

// NewChecker makes a checker of a compiled schema and the text that it was
// compiled from. A nil schema is a [*SchemaError] in any mode but Off:
// forgetting to compile must not accept everything. Rules that don't exist give
// the errors of [Rules.Validate].
//
// Rules that change trees read the text anew unless an engine of this module
// compiled the schema; they know no documents beside it then.
func NewChecker(schema Schema, text []byte, rules Rules) (*Checker, error) {
	if err := rules.Validate(); err != nil {
		return nil, err
	}
	c := &Checker{rules: rules, schema: schema}
	if rules.Mode == Off {
		return c, nil
	}
	if schema == nil {
		return nil, &SchemaError{Reason: "there is no compiled schema: compile one, or set the mode to off"}
	}
	if !rules.adjusts() {
		return c, nil
	}
	if own, ok := schema.(interface{ Doc() *canon.Doc }); ok {
		c.doc = own.Doc()
		return c, nil
	}
	limits, err := front.Limits(Kaptinlin{}).WithDefaults("Kaptinlin")
	if err != nil {
		return nil, refused(err)
	}
	if c.doc, err = canon.Compile(text, limits.Canon()); err != nil {
		return nil, refused(err)
	}
	return c, nil
}

// Check applies the rules to a tree and validates the result. Strict, Coerce and
// the empty mode return an [*Error] if violations remain; Warn reports them; Off
// looks at nothing. ctx bounds the work, as for [Schema].
//
// Coerce changes, copying what it changes:
//
//   - a string that is a JSON number to that number, where the schema asks for
//     number or integer (1.0 is an integer);
//   - "true" and "false", and the numbers 1 and 0, to a boolean;
//   - a number or boolean to its JSON text where a string is asked for;
//   - an absent member to the default of its schema. A default inside an absent
//     object is not put in.
//
// Where type is a list, the first type that works is taken; a value whose type is
// in the list stays. Schemas are followed through $ref, allOf, properties,
// patternProperties, additionalProperties, prefixItems and items, and into the one
// alternative of an anyOf or oneOf that is not null; nothing is changed for the
// sake of other alternatives, if, not, dependentSchemas or contains.
func (c *Checker) Check(ctx context.Context, tree any) (Report, error) {
	return c.CheckLeaves(ctx, tree, nil)
}

// CheckLeaves is [Checker.Check] for a tree that holds values of other Go types,
// such as files: leaf says what the schema sees in the place of one. The tree in
// the report has them as they were.
func (c *Checker) CheckLeaves(ctx context.Context, tree any, leaf func(any) any) (Report, error) {
	report := Report{Tree: tree}
	if c == nil {
		return report, &SchemaError{Reason: "the checker is nil: make it with NewChecker"}
	}
	if c.rules.Mode == Off {
		return report, nil
	}
	a := adjuster{rules: c.rules, doc: c.doc, ctx: ctx}
	if c.doc != nil {
		report.Tree = a.run(tree)
		report.Changes = violations(front.Finish(a.changes))
	}
	if a.stopped != nil {
		report.Tree, report.Violations = tree, []Violation{Violation(*a.stopped)}
	} else {
		report.Violations = c.judge(ctx, &a, report.Tree, leaf)
	}
	if len(report.Violations) > 0 && c.rules.Mode != Warn {
		return report, &Error{Violations: report.Violations}
	}
	return report, nil
}

// judge validates what is left of a tree for the schema to judge.
func (c *Checker) judge(ctx context.Context, a *adjuster, tree any, leaf func(any) any) []Violation {
	if len(a.passed) > 0 {
		tree = without(tree, "", a.passed)
	}
	if leaf != nil {
		tree = jsontree.MapLeaves(tree, leaf)
	}
	found := c.schema.Validate(ctx, tree)
	if len(a.passed) == 0 && len(a.extra) == 0 {
		return found
	}
	list := a.extra
	for _, v := range found {
		if v.Received == "absent" && a.passed[v.Pointer] {
			continue // it is there, as null
		}
		list = append(list, front.Violation(v))
	}
	if len(list) == 0 {
		return nil
	}
	return violations(front.Finish(list))
}

// without gives a tree without the members at some pointers.
func without(tree any, at string, pointers map[string]bool) any {
	switch v := tree.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			if inner := at + front.Step(name); !pointers[inner] {
				out[name] = without(member, inner, pointers)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = without(item, at+front.Step(strconv.Itoa(i)), pointers)
		}
		return out
	}
	return tree
}
