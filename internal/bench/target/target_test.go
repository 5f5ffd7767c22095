package target_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

func ExampleJudge() {
	targets := []target.Target{{Figure: "get.ours/theirs", Says: "no slower", Bound: 1}, {Figure: "post.ours/theirs", Says: "no slower", Bound: 1}}
	gaps := []target.Gap{{Figure: "post.ours/theirs", Cause: "the body is copied", Worst: 1.3}}
	figures := map[string]ratio.Ratio{"get.ours/theirs": {Value: 0.95, Low: 0.92, High: 0.99}, "post.ours/theirs": {Value: 1.2, Low: 1.1, High: 1.25}}
	for _, v := range target.Judge(targets, gaps, figures) {
		fmt.Println(v)
	}
	// Output:
	// target get.ours/theirs met: 0.95 (0.92 to 0.99), want ≤ 1 (no slower)
	// target post.ours/theirs not met, for a known cause: 1.20 (1.10 to 1.25), want ≤ 1 (no slower); known gap: the body is copied
}

func TestJudge(t *testing.T) {
	t.Parallel()
	most, least := target.Target{Figure: "x", Bound: 2}, target.Target{Figure: "x", Bound: 2, AtLeast: true}
	gap := func(worst float64) []target.Gap { return []target.Gap{{Figure: "x", Cause: "because", Worst: worst}} }
	tests := map[string]struct {
		target  target.Target
		gaps    []target.Gap
		figures map[string]ratio.Ratio
		want    target.State
		bad     bool
	}{
		"met at the bound":          {most, nil, map[string]ratio.Ratio{"x": {Value: 1, Low: 0, High: 2}}, target.Met, false},
		"the upper end counts":      {most, nil, map[string]ratio.Ratio{"x": {Value: 1, Low: 0, High: 2.1}}, target.Missed, true},
		"the lower end counts":      {least, nil, map[string]ratio.Ratio{"x": {Value: 3, Low: 1.9, High: 4}}, target.Missed, true},
		"at least":                  {least, nil, map[string]ratio.Ratio{"x": {Value: 3, Low: 2, High: 4}}, target.Met, false},
		"known":                     {most, gap(3), map[string]ratio.Ratio{"x": {Value: 2, Low: 1, High: 3}}, target.Known, false},
		"known, at least":           {least, gap(1), map[string]ratio.Ratio{"x": {Value: 2, Low: 1, High: 3}}, target.Known, false},
		"grown":                     {most, gap(3), map[string]ratio.Ratio{"x": {Value: 2, Low: 1, High: 3.1}}, target.Grown, true},
		"a gap that is closed":      {most, gap(3), map[string]ratio.Ratio{"x": {Value: 1, Low: 1, High: 1}}, target.Met, false},
		"a gap of another":          {most, []target.Gap{{Figure: "y", Worst: 9}}, map[string]ratio.Ratio{"x": {Value: 3, Low: 3, High: 3}}, target.Missed, true},
		"not measured":              {most, nil, nil, target.Missing, true},
		"a known gap, not measured": {most, gap(3), nil, target.Missing, true},
		"not a number":              {most, gap(3), map[string]ratio.Ratio{"x": {Value: math.NaN(), Low: math.NaN(), High: math.NaN()}}, target.Grown, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := target.Judge([]target.Target{tt.target}, tt.gaps, tt.figures)
			if diff := cmp.Diff(tt.want, got[0].State); diff != "" || got[0].State.Bad() != tt.bad {
				t.Errorf("%v: bad %v, want %v (-want +got):\n%s", got[0], got[0].State.Bad(), tt.bad, diff)
			}
		})
	}
}
