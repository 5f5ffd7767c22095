package validationtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/validation"
)

// hostileCase is a schema and a tree that ask for much work.
type hostileCase struct {
	name   string
	schema string
	tree   any
}

func hostileCases() []hostileCase {
	deep := any(map[string]any{})
	for range 60 {
		deep = map[string]any{"x": deep}
	}
	members := func(n int) map[string]any {
		m := make(map[string]any, n)
		for i := range n {
			m[fmt.Sprintf("m%06d", i)] = int64(i)
		}
		return m
	}
	list := func(n int, item func(i int) any) []any {
		l := make([]any, n)
		for i := range l {
			l[i] = item(i)
		}
		return l
	}
	schemas := func(n int, one string) string { return strings.TrimSuffix(strings.Repeat(one+",", n), ",") }
	numbered := func(n int, one string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ","+one, i)
		}
		return b.String()[1:]
	}
	return []hostileCase{
		{"doubling with each level", `{"allOf":[{"properties":{"x":{"$ref":"#"}}},{"properties":{"x":{"$ref":"#"}}}]}`, deep},
		{"unique objects", `{"uniqueItems":true}`, list(5_000, func(i int) any { return map[string]any{"a": int64(i), "b": "x"} })},
		{"unique arrays", `{"uniqueItems":true}`, list(5_000, func(i int) any { return []any{[]any{}, int64(i)} })},
		{"large enum", `{"items":{"enum":[` + numbered(10_000, `{"a":%d}`) + `]}}`, list(1_000, func(int) any { return map[string]any{"a": int64(-1)} })},
		{"long patterns", `{"items":{"pattern":"` + strings.Repeat("(a|b)?", 30) + `$"}}`, list(10, func(int) any { return strings.Repeat("ab", 32<<10-1) + "c" })},
		{"many alternatives", `{"items":{"anyOf":[` + numbered(1000, `{"const":%d}`) + `]}}`, list(1_000, func(int) any { return "x" })},
		{"long fractions", `{"items":{"multipleOf":1e-1000}}`, list(500, func(int) any { return json.Number("1e1000") })},
		{"unevaluated members", `{"allOf":[` + schemas(500, `{"properties":{"m000001":true}}`) + `],"unevaluatedProperties":{"type":"integer"}}`, members(5_000)},
		{"many patterns of names", `{"patternProperties":{` + numbered(200, `"^m%04d|z{50}$":{"type":"string"}`) + `}}`, members(5_000)},
		{"required of many", `{"items":{"required":[` + numbered(5_000, `"m%d"`) + `]}}`, list(200, func(int) any { return map[string]any{} })},
	}
}

// bounded holds that no schema keeps Validate busy for seconds, also where both are
// hostile. What it answers is not the point: the work, or a limit.
func bounded(t *testing.T, e validation.Engine) {
	const most = 20 * time.Second // on a busy machine, with the race detector; well below a second elsewhere
	for _, tc := range hostileCases() {
		t.Run(tc.name, func(t *testing.T) {
			s, err := e.Compile([]byte(tc.schema))
			if err != nil {
				return // refused is as good
			}
			start := time.Now()
			found := s.Validate(t.Context(), tc.tree)
			if took := time.Since(start); took > most {
				t.Errorf("Validate took %s; %d violations", took, len(found))
			}
		})
	}
}

// stopped holds that Validate ends with its ctx, and says so.
func stopped(t *testing.T, e validation.Engine) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	s := compile(t, e, `{"type":"string"}`)
	if got := s.Validate(canceled, "x"); len(got) != 1 || got[0].Keyword != validation.KeywordLimit {
		t.Errorf("after the end of its ctx: %v", got)
	}
	if got := s.Validate(t.Context(), "x"); got != nil {
		t.Errorf("the schema does not recover: %v", got)
	}
	for _, tc := range hostileCases() {
		s, err := e.Compile([]byte(tc.schema))
		if err != nil || tc.name != "many alternatives" {
			continue
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		defer cancel()
		start := time.Now()
		got := s.Validate(ctx, tc.tree)
		if took := time.Since(start); took > 10*time.Second || len(got) != 1 || got[0].Keyword != validation.KeywordLimit {
			t.Errorf("with 5 ms: %d violations after %s", len(got), took)
		}
	}
}

// longPlaces holds that a name isn't written once for each of very many values
// beneath it.
func longPlaces(t *testing.T, e validation.Engine) {
	items := make([]any, 200)
	for i := range items {
		items[i] = "x"
	}
	s := compile(t, e, `{"additionalProperties":{"items":{"type":"integer"}}}`)
	got := s.Validate(t.Context(), map[string]any{strings.Repeat("n", 1<<20): items})
	if len(got) != 1 || got[0].Keyword != validation.KeywordLimit {
		t.Errorf("a name of 1 MiB over 200 values: %d violations, of %d bytes each", len(got), len(got[0].Pointer))
	}
	few := s.Validate(t.Context(), map[string]any{strings.Repeat("n", 1<<10): items})
	if len(few) != validation.MaxViolations {
		t.Errorf("a name of 1 KiB over 200 values: %d violations", len(few))
	}
}
