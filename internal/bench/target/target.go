// Package target says of measured figures whether they are what they were meant to be.
//
// A [Target] is a bound. One that isn't met needs a [Gap] that is known: with its cause, and how wide it may be. So what
// falls short is written down where it can be read, and can't grow unseen.
package target

import (
	"fmt"

	"github.com/waygate-go/waygate/internal/bench/ratio"
)

// Target is a bound of one figure. Of its interval the end counts that is further from the bound's good side: chance
// can't meet a target.
type Target struct {
	// Figure is the name under which it is measured, Says what it is in words.
	Figure, Says string
	// Bound is the most that is good, or the least with AtLeast.
	Bound   float64
	AtLeast bool
}

// Gap is a target that is known not to be met.
type Gap struct {
	Figure string
	// Cause says why, in words for readers; Worst is the figure beyond which it is another gap than that.
	Cause string
	Worst float64
}

// State is what became of a target.
type State string

// The states of a target.
const (
	Met     State = "met"
	Known   State = "not met, for a known cause"
	Missed  State = "NOT MET"
	Grown   State = "NOT MET, by more than is known"
	Missing State = "NOT MEASURED"
)

// Bad says that something has to be done.
func (s State) Bad() bool { return s == Missed || s == Grown || s == Missing }

// Verdict is a target beside what was measured.
type Verdict struct {
	Target
	Measured ratio.Ratio
	State    State
	// Cause is that of a known gap, also where the target is met after all: then the gap can be deleted, if it stays so.
	Cause string
}

// Judge compares all targets with the figures.
func Judge(targets []Target, gaps []Gap, figures map[string]ratio.Ratio) []Verdict {
	known := map[string]Gap{}
	for _, g := range gaps {
		known[g.Figure] = g
	}
	var list []Verdict
	for _, t := range targets {
		r, measured := figures[t.Figure]
		gap, isGap := known[t.Figure]
		v := Verdict{Target: t, Measured: r, Cause: gap.Cause}
		switch end := t.end(r); {
		case !measured:
			v.State = Missing
		case t.holds(end, t.Bound):
			v.State = Met
		case !isGap:
			v.State = Missed
		case t.holds(end, gap.Worst):
			v.State = Known
		default:
			v.State = Grown
		}
		list = append(list, v)
	}
	return list
}

func (t Target) end(r ratio.Ratio) float64 {
	if t.AtLeast {
		return r.Low
	}
	return r.High
}

// holds is false for what isn't a number.
func (t Target) holds(v, bound float64) bool {
	if t.AtLeast {
		return v >= bound
	}
	return v <= bound
}

// Wanted is the bound as text: "≤ 1.15".
func (t Target) Wanted() string {
	if t.AtLeast {
		return fmt.Sprintf("≥ %.4g", t.Bound)
	}
	return fmt.Sprintf("≤ %.4g", t.Bound)
}

// String is one line of output.
func (v Verdict) String() string {
	line := fmt.Sprintf("target %s %s: %s, want %s (%s)", v.Figure, v.State, v.Measured, v.Wanted(), v.Says)
	if v.Cause != "" {
		line += "; known gap: " + v.Cause
	}
	return line
}
