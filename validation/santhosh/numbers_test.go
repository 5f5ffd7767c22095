package santhosh_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/validation"
	"github.com/waygate-go/waygate/validation/santhosh"
)

// FuzzNumbers holds what both engines ask of numbers against exact fractions, for all Go types that a number of a tree
// has.
func FuzzNumbers(f *testing.F) {
	texts := []string{"0", "-0", "-1", "1.0", "0.1", "0.10000000000000000555", "0.1000000000000000055511151231257827021181583404541015625",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "9223372036854775807.5",
		"9007199254740993", "9007199254740992", "1e300", "1e400", "-1e400", "1e-400", "-1e-400", "5e-324", "2.5", "-2.5", "3", "1e2"}
	f.Add("2.5", "2")
	f.Add("-2.5", "-3")
	for i, bound := range texts {
		for _, value := range texts[max(i-2, 0):min(i+3, len(texts))] { // numbers that lie near stand near
			f.Add(bound, value)
		}
	}
	f.Fuzz(func(t *testing.T, bound, value string) {
		limit, ok := number(bound)
		if _, fine := number(value); !ok || !fine {
			return
		}
		text := fmt.Appendf(nil, `{"properties":{"integer":{"type":"integer"},"other":{"type":["null","integer"]},
			"minimum":{"minimum":%[1]s},"exclusiveMinimum":{"type":"number","exclusiveMinimum":%[1]s},
			"maximum":{"anyOf":[{"type":"integer","maximum":%[1]s},{"not":{"type":"integer"},"maximum":%[1]s}]},"exclusiveMaximum":{"exclusiveMaximum":%[1]s}}}`, bound)
		for _, engine := range []validation.Engine{santhosh.Engine{}, validation.Kaptinlin{}} {
			schema, err := engine.Compile(text)
			if err != nil {
				return // a number that schemas may not hold
			}
			for _, v := range values(value) {
				exact, _ := number(fmt.Sprint(v))
				order := exact.Cmp(limit)
				want := map[string]bool{"minimum": order >= 0, "exclusiveMinimum": order > 0, "maximum": order <= 0, "exclusiveMaximum": order < 0,
					"integer": exact.IsInt(), "other": exact.IsInt()}
				got := map[string]bool{}
				for name := range want { // each by itself: what fails beside it would hide a wrong verdict
					got[name] = schema.Validate(t.Context(), map[string]any{name: v}) == nil
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%T: %T %v and %s (-want +got): %s", engine, v, v, bound, diff)
				}
			}
		}
	})
}

// number reads a JSON number of a size that a tree may hold.
func number(text string) (*big.Rat, bool) {
	tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
	if kind := jsontree.TypeName(tree); err != nil || kind != "integer" && kind != "number" || len(text) > 200 {
		return nil, false
	}
	if _, exponent, ok := strings.Cut(strings.ToLower(text), "e"); ok {
		if n, err := strconv.Atoi(exponent); err != nil || n > 1000 || n < -1000 {
			return nil, false // the engine refuses to compute that many digits
		}
	}
	return new(big.Rat).SetString(text)
}

// values are the forms that a number may have in a tree.
func values(text string) []any {
	list := []any{json.Number(text)}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		list = append(list, i)
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil {
		list = append(list, f)
	}
	return list
}
