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
	for _, m := range []validation.Mode{"", validation.Strict, validation.Warn, validation.Off} {
		if err := m.Validate(); err != nil {
			t.Errorf("%q: %v", m, err)
		}
	}
	for _, m := range []validation.Mode{"coerce", "STRICT", "on"} {
		var unknown *validation.ModeError
		if err := m.Validate(); !errors.As(err, &unknown) || unknown.Mode != m || !strings.Contains(err.Error(), `"warn"`) {
			t.Errorf("%q: %v does not name the modes there are", m, err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := compile(t, validation.Kaptinlin{}, `{"type":"string"}`)
	bad := []validation.Violation{{Keyword: "type", Expected: "string", Received: "integer"}}
	for _, tc := range []struct {
		mode     validation.Mode
		tree     any
		warnings []validation.Violation
		fails    bool
	}{
		{validation.Strict, "x", nil, false},
		{validation.Strict, int64(1), nil, true},
		{"", int64(1), nil, true},
		{validation.Warn, "x", nil, false},
		{validation.Warn, int64(1), bad, false},
		{validation.Off, int64(1), nil, false},
	} {
		warnings, err := validation.Check(t.Context(), tc.mode, s, tc.tree)
		if diff := cmp.Diff(tc.warnings, warnings); diff != "" {
			t.Errorf("%q: %s", tc.mode, diff)
		}
		var failed *validation.Error
		if errors.As(err, &failed) != tc.fails {
			t.Errorf("%q: err = %v", tc.mode, err)
		}
		if failed != nil && cmp.Diff(bad, failed.Violations) != "" {
			t.Errorf("%q: %v", tc.mode, failed.Violations)
		}
	}
}

func TestCheckFailsClosed(t *testing.T) {
	t.Parallel()
	var refused *validation.SchemaError
	if _, err := validation.Check(t.Context(), validation.Warn, nil, 1); !errors.As(err, &refused) {
		t.Errorf("a nil schema: %v", err)
	}
	var unknown *validation.ModeError
	if _, err := validation.Check(t.Context(), "coerce", nil, 1); !errors.As(err, &unknown) {
		t.Errorf("an unknown mode: %v", err)
	}
	if _, err := validation.Check(t.Context(), validation.Off, nil, 1); err != nil {
		t.Errorf("off: %v", err)
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
