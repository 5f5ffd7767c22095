package validation_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation"
)

func TestModeValidate(t *testing.T) {
	t.Parallel()
	for _, m := range []validation.Mode{"", validation.Strict, validation.Coerce, validation.Warn, validation.Off} {
		if err := m.Validate(); err != nil {
			t.Errorf("%q: %v", m, err)
		}
	}
	for _, m := range []validation.Mode{"lax", "STRICT", "on"} {
		var unknown *validation.ModeError
		if err := m.Validate(); !errors.As(err, &unknown) || unknown.Mode != m || !strings.Contains(err.Error(), `"coerce"`) {
			t.Errorf("%q: %v does not name the modes there are", m, err)
		}
	}
}

func TestRulesValidate(t *testing.T) {
	t.Parallel()
	for _, r := range []validation.Rules{
		{Nulls: "drop"}, {Extra: "ignore"}, {Mode: validation.Off, Nulls: validation.NullsPass}, {Mode: validation.Off, Extra: validation.ExtraStrip},
	} {
		var wrong *validation.RuleError
		if err := r.Validate(); !errors.As(err, &wrong) || wrong.Rule == "" || wrong.Want == "" || !strings.Contains(err.Error(), wrong.Want) {
			t.Errorf("%+v: %v", r, err)
		}
		if _, err := validation.NewChecker(compile(t, validation.Kaptinlin{}, `true`), []byte(`true`), r); !errors.As(err, &wrong) {
			t.Errorf("NewChecker(%+v): %v", r, err)
		}
	}
}

// TestModes holds what becomes of violations in each mode.
func TestModes(t *testing.T) {
	t.Parallel()
	bad := []validation.Violation{{Keyword: "type", Expected: "array", Received: "integer"}}
	for _, tc := range []struct {
		mode  validation.Mode
		tree  any
		want  []validation.Violation
		fails bool
	}{
		{validation.Strict, []any{}, nil, false},
		{validation.Strict, int64(1), bad, true},
		{"", int64(1), bad, true},
		{validation.Coerce, int64(1), bad, true},
		{validation.Warn, []any{}, nil, false},
		{validation.Warn, int64(1), bad, false},
		{validation.Off, int64(1), nil, false},
	} {
		report, err := checker(t, `{"type":"array"}`, validation.Rules{Mode: tc.mode}).Check(t.Context(), tc.tree)
		if diff := cmp.Diff(tc.want, report.Violations); diff != "" {
			t.Errorf("%q: %s", tc.mode, diff)
		}
		var failed *validation.Error
		if errors.As(err, &failed) != tc.fails {
			t.Errorf("%q: err = %v", tc.mode, err)
		}
		if failed != nil && cmp.Diff(tc.want, failed.Violations) != "" {
			t.Errorf("%q: %v", tc.mode, failed.Violations)
		}
		if diff := cmp.Diff(tc.tree, report.Tree); diff != "" {
			t.Errorf("%q: the tree changed: %s", tc.mode, diff)
		}
	}
}

func TestCheckerFailsClosed(t *testing.T) {
	t.Parallel()
	var refused *validation.SchemaError
	for _, mode := range []validation.Mode{"", validation.Strict, validation.Coerce, validation.Warn} {
		if c, err := validation.NewChecker(nil, nil, validation.Rules{Mode: mode}); c != nil || !errors.As(err, &refused) {
			t.Errorf("%q: a nil schema: %v, %v", mode, c, err)
		}
	}
	// A schema of another engine whose text is none, so that it can't be read.
	if c, err := validation.NewChecker(&acceptAll{}, []byte(`{"type":"strnig"}`), validation.Rules{Mode: validation.Coerce}); c != nil || !errors.As(err, &refused) {
		t.Errorf("a text that is refused: %v, %v", c, err)
	}
	if _, err := validation.NewChecker(nil, nil, validation.Rules{Mode: validation.Off}); err != nil {
		t.Errorf("off: %v", err)
	}
	var none *validation.Checker
	if _, err := none.Check(t.Context(), 1); !errors.As(err, &refused) {
		t.Errorf("a nil checker: %v", err)
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	var list []validation.Violation
	for i := range 12 {
		list = append(list, validation.Violation{Pointer: fmt.Sprintf("/a/%d", i), Keyword: "type"})
	}
	list[0].Pointer = ""
	list[1].Pointer = "/line\nbreak"
	got := (&validation.Error{Violations: list}).Error()
	for _, want := range []string{"the root type", `"/line\nbreak" type`, `"/a/9" type`, "and 2 more"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q lacks %q", got, want)
		}
	}
	if strings.Contains(got, "/a/10") || strings.Contains(got, "\n") {
		t.Errorf("%q lists more than ten, or breaks the line", got)
	}
	long := &validation.SchemaError{Pointer: "/" + strings.Repeat("x", 10_000), Reason: "why"}
	if len(long.Error()) > 300 {
		t.Errorf("an error of %d bytes", len(long.Error()))
	}
}
