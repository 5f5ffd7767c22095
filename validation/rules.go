package validation

import "fmt"

// Nulls says what happens to a null that its schema does not allow. Where a
// schema allows null, it stays under each of them.
type Nulls string

const (
	// NullsReject leaves it to the schema, which rejects it. The default.
	NullsReject Nulls = "reject"
	// NullsDefault puts the schema's default in its place; where there is none
	// the null is rejected.
	NullsDefault Nulls = "default"
	// NullsPass lets it pass as a member of an object, also of a required one.
	// A null item of an array is left to the schema. Below an anyOf or oneOf
	// with several alternatives besides null, and below not, the schema decides.
	NullsPass Nulls = "pass"
)

// Validate returns an error for a value that does not exist. The empty one is
// fine and means [NullsReject].
func (n Nulls) Validate() error {
	switch n {
	case "", NullsReject, NullsDefault, NullsPass:
		return nil
	}
	return &RuleError{Rule: "nulls", Value: string(n), Want: fmt.Sprintf("%q, %q or %q", NullsReject, NullsDefault, NullsPass)}
}

// Extra says what happens to a member that the schema of an object does not
// declare: one that neither properties nor patternProperties name, there or in
// any schema that may apply to the same object ($ref, allOf, anyOf, oneOf, if,
// then, else, dependentSchemas). An object whose schemas declare nothing, or in
// which one says with additionalProperties or unevaluatedProperties what other
// members are, has no extra members.
type Extra string

const (
	// ExtraKeep leaves it to the schema. The default.
	ExtraKeep Extra = "keep"
	// ExtraStrip takes it out, before the schema sees it.
	ExtraStrip Extra = "strip"
	// ExtraError makes it a violation with the keyword additionalProperties.
	ExtraError Extra = "error"
)

// Validate returns an error for a value that does not exist. The empty one is
// fine and means [ExtraKeep].
func (e Extra) Validate() error {
	switch e {
	case "", ExtraKeep, ExtraStrip, ExtraError:
		return nil
	}
	return &RuleError{Rule: "extra", Value: string(e), Want: fmt.Sprintf("%q, %q or %q", ExtraKeep, ExtraStrip, ExtraError)}
}

// RuleError names a value of a rule that does not exist, or that means nothing
// beside another.
type RuleError struct {
	Rule  string // nulls or extra
	Value string // as it was given
	Want  string // what to use
}

// Error says what to use.
func (e *RuleError) Error() string {
	return fmt.Sprintf("validation rule %s %.40q: use %s", e.Rule, e.Value, e.Want)
}

// Rules say how a [Checker] judges trees. The zero value is Strict, with
// NullsReject and ExtraKeep.
type Rules struct {
	Mode  Mode  // Strict if empty
	Nulls Nulls // NullsReject if empty
	Extra Extra // ExtraKeep if empty
}

// Validate returns a [*ModeError] or [*RuleError] for what does not exist. Nulls
// and extra members are part of the check: with the mode Off, which does not
// look, they are refused.
func (r Rules) Validate() error {
	if err := r.Mode.Validate(); err != nil {
		return err
	}
	if err := r.Nulls.Validate(); err != nil {
		return err
	}
	if err := r.Extra.Validate(); err != nil {
		return err
	}
	if r.Mode != Off {
		return nil
	}
	if r.Nulls != "" {
		return &RuleError{Rule: "nulls", Value: string(r.Nulls), Want: "another mode than off, or leave it out"}
	}
	if r.Extra != "" {
		return &RuleError{Rule: "extra", Value: string(r.Extra), Want: "another mode than off, or leave it out"}
	}
	return nil
}

// adjusts says whether a tree may be changed, or judged by more than its schema.
func (r Rules) adjusts() bool {
	return r.Mode == Coerce || r.Nulls == NullsDefault || r.Nulls == NullsPass || r.Extra == ExtraStrip || r.Extra == ExtraError
}
