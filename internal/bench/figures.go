package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/waygate-go/waygate/internal/bench/ratio"
)

// column is one figure of each round of an entrant.
func (o *outcome) column(name string, of func(sample) float64) []float64 {
	list := make([]float64, 0, len(o.samples[name]))
	for _, s := range o.samples[name] {
		list = append(list, of(s))
	}
	return list
}

func nanoseconds(s sample) float64 { return s.nanoseconds }
func processor(s sample) float64   { return s.cpu }
func allocs(s sample) float64      { return s.allocs }
func allocated(s sample) float64   { return s.bytes }

// over is the time of one entrant by that of another, round by round.
func (o *outcome) over(one, other string) ratio.Ratio {
	return ratio.Of(ratio.Pairs(o.column(one, nanoseconds), o.column(other, nanoseconds)))
}

// above is how many more allocations one makes than another.
func (o *outcome) above(one, other string) ratio.Ratio {
	differences, others := o.column(one, allocs), o.column(other, allocs)
	for i := range differences {
		differences[i] -= others[i]
	}
	return ratio.Of(differences)
}

// has says whether an entrant took part.
func (o *outcome) has(name string) bool { return len(o.samples[name]) > 0 }

// pairs are the ratios that an outcome gives: each entrant by the base, Waygate also by the best of the peers, and what
// is done by both hand and gateway by the hand.
func (o *outcome) pairs() [][2]string {
	var list [][2]string
	for _, e := range o.entrants {
		if e.name != o.base {
			list = append(list, [2]string{e.name, o.base})
		}
	}
	for _, p := range [][2]string{{nameWaygate, nameFailsafe}, {waygateBy + engineFirst, handBy + engineFirst}, {waygateBy + engineSecond, handBy + engineSecond}} {
		if o.has(p[0]) && o.has(p[1]) {
			list = append(list, p)
		}
	}
	return list
}

// figures are all that an outcome says, by name.
func (o *outcome) figures() map[string]ratio.Ratio {
	all := map[string]ratio.Ratio{}
	for _, p := range o.pairs() {
		all[o.name+"."+p[0]+"/"+p[1]] = o.over(p[0], p[1])
	}
	switch o.name {
	case caseGet:
		all[figureAllocs] = o.above(nameWaygate, nameHTTP)
	case caseGet200:
		all[figureThroughput] = o.over(nameWaygate, nameHTTP).Inverse()
	}
	return all
}

// print writes the figures, one a line, in order.
func (o *outcome) print(w io.Writer) {
	for _, e := range o.entrants {
		_, _ = fmt.Fprintf(w, "median %s.%s %.1f µs, %.1f µs of the processor, %.1f allocations, %.1f KB, %d rounds of %d calls\n", o.name, e.name,
			ratio.Median(o.column(e.name, nanoseconds))/1e3, ratio.Median(o.column(e.name, processor))/1e3,
			ratio.Median(o.column(e.name, allocs)), ratio.Median(o.column(e.name, allocated))/(1<<10), len(o.samples[e.name]), o.calls)
	}
	printFigures(w, o.figures())
}

func printFigures(w io.Writer, figures map[string]ratio.Ratio) {
	var names []string
	for name := range figures {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		_, _ = fmt.Fprintln(w, figures[name].Line(name))
	}
}
