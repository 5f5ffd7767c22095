package waygate

import (
	"cmp"
	"context"
	"fmt"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/validation"
)

// checkValidation checks the choices that one definition makes.
func checkValidation(v Validation) error {
	if v.Input == validation.Warn {
		return at("validation.input", fmt.Errorf("warn is for responses: use strict, coerce or off"))
	}
	for _, side := range []struct {
		name  string
		rules validation.Rules
	}{{"input", v.input()}, {"response", v.response()}} {
		field := "validation." + side.name
		if err := side.rules.Mode.Validate(); err != nil {
			return at(field, err)
		}
		if err := (validation.Rules{Mode: side.rules.Mode, Nulls: side.rules.Nulls}).Validate(); err != nil {
			return at(field+"_nulls", err)
		}
		if err := side.rules.Validate(); err != nil {
			return at(field+"_extra", err)
		}
	}
	return nil
}

func (v Validation) input() validation.Rules {
	return validation.Rules{Mode: v.Input, Nulls: v.InputNulls, Extra: v.InputExtra}
}

func (v Validation) response() validation.Rules {
	return validation.Rules{Mode: v.Response, Nulls: v.ResponseNulls, Extra: v.ResponseExtra}
}

// compileChecks settles how an action's input and answer are validated: action >
// integration > default. What an integration says of nulls and extra members means
// nothing to an action that turns validation off.
func compileChecks(a *compiledAction) error {
	own, outer := a.info.Validation, a.integ.def.Validation
	for _, side := range []struct {
		field      string
		schema     *actionSchema
		own, outer validation.Rules
		fallback   validation.Mode
		to         **schemaCheck
	}{
		{"input_schema", a.input, own.input(), outer.input(), validation.Strict, &a.inCheck},
		{"output_schema", a.output, own.response(), outer.response(), validation.Warn, &a.outCheck},
	} {
		rules := validation.Rules{
			Mode:  cmp.Or(side.own.Mode, side.outer.Mode, side.fallback),
			Nulls: cmp.Or(side.own.Nulls, side.outer.Nulls),
			Extra: cmp.Or(side.own.Extra, side.outer.Extra),
		}
		if rules.Mode == validation.Off {
			rules.Nulls, rules.Extra = side.own.Nulls, side.own.Extra
			if err := rules.Validate(); err != nil {
				return at("validation", err)
			}
		}
		if side.schema == nil || rules.Mode == validation.Off {
			continue
		}
		if err := rules.Validate(); err != nil {
			return at(side.field, err)
		}
		if rules != (validation.Rules{Mode: rules.Mode}) || rules.Mode == validation.Coerce {
			if err := a.integ.shelf.rules(side.schema.bytes(), rules); err != nil {
				return at(side.field, err)
			}
		}
		*side.to = &schemaCheck{field: side.field, schema: side.schema, rules: rules}
	}
	return nil
}

// checkInput validates the mapped input and gives the one to send. files says that
// it holds some; to a schema a file is a text.
func (r *run) checkInput(ctx context.Context, tree any, files bool) (any, error) {
	if r.action.inCheck == nil {
		return tree, nil
	}
	check, err := r.gw.checker(ctx, r.action, r.action.inCheck)
	if err != nil {
		return nil, err
	}
	checked := tree
	if checked == nil {
		checked = map[string]any{}
	}
	var leaf func(any) any
	if files {
		leaf = func(any) any { return "file" }
	}
	report, err := check.CheckLeaves(ctx, checked, leaf)
	if ctx.Err() != nil {
		return nil, ctxError(ctx)
	}
	if err != nil {
		e := violationError(KindInvalidInput, "input does not match its schema", report.Violations)
		if leaf != nil {
			checked = jsontree.MapLeaves(checked, leaf)
		}
		r.action.meantMembers(e.Fields, checked)
		return nil, e
	}
	if tree == nil && len(report.Changes) == 0 {
		return nil, nil
	}
	return report.Tree, nil
}

// validateResponse validates an answer and gives the one to go on with.
func (r *run) validateResponse(ctx context.Context, res *Result, raw any) (any, error) {
	if r.action.outCheck == nil {
		return raw, nil
	}
	check, err := r.gw.checker(ctx, r.action, r.action.outCheck)
	if err != nil {
		return nil, err
	}
	report, err := check.Check(ctx, raw)
	if ctx.Err() != nil {
		return nil, ctxError(ctx)
	}
	found := r.hideSecrets(report.Violations)
	r.observeDrift(ctx, found, r.hideSecrets(report.Changes))
	if err != nil {
		e := violationError(KindInvalidResponse, "the response does not match its schema", found)
		e.Status = res.Status
		return nil, e
	}
	for _, v := range found {
		res.warn("response %s: %s wants %s, got %s", whereIs(v.Pointer), v.Keyword, v.Expected, v.Received)
	}
	return report.Tree, nil
}

// hideSecrets redacts pointers: a member's name is the provider's to choose, and
// could say a secret.
func (r *run) hideSecrets(list []validation.Violation) []validation.Violation {
	if len(list) == 0 {
		return nil
	}
	red := r.redactor()
	for i, v := range list {
		list[i].Pointer = secret.Truncate(red.String(v.Pointer), 256)
	}
	return list
}

// observeDrift counts what an answer lacks, also where a value of another type
// could be changed to fit.
func (r *run) observeDrift(ctx context.Context, found, changes []validation.Violation) {
	seen := found
	for _, v := range changes {
		if v.Keyword == "type" {
			seen = append(seen[:len(seen):len(seen)], v)
		}
	}
	for _, alert := range r.gw.drift.Observe(r.action.fullID, seen) {
		r.gw.observers.drifted(ctx, alert)
	}
}

func violationError(kind Kind, text string, v []validation.Violation) *Error {
	e := errorf(kind, "", "%s", text)
	for _, x := range v {
		e.Fields = append(e.Fields, FieldError{Pointer: x.Pointer, Keyword: x.Keyword, Expected: x.Expected, Received: x.Received})
	}
	return e
}

func whereIs(pointer string) string {
	if pointer == "" {
		return "(whole)"
	}
	return pointer
}

// Drift says how the answers of an action, by its full id, fitted its output
// schema over the last 60 minutes: which fields failed in which way, in how many
// calls of all tenants, here in this process. 5 calls make an alert, which a
// [DriftObserver] is told of once. Values that were coerced to another type count,
// too. An action that is not known, or has no schema, is at [validation.LevelNormal].
func (g *Gateway) Drift(action string) validation.DriftReport { return g.drift.Report(action) }
