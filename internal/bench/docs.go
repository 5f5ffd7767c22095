package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/waygate-go/waygate/internal/bench/page"
	"github.com/waygate-go/waygate/internal/bench/plot"
	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

// Files below the directory of the documentation.
const (
	docsPage     = "benchmarks.md"
	docsExchange = "benchmarks-exchanges.svg"
	docsOrders   = "benchmarks-orders.svg"
)

// report is all that a run found.
type report struct {
	machine  string
	outcomes []*outcome
	figures  map[string]ratio.Ratio
	verdicts []target.Verdict
}

// write puts tables and drawings into the documentation in dir.
func (r *report) write(dir string) error {
	path := filepath.Join(dir, docsPage)
	for name, text := range map[string]string{"machine": r.machine, "targets": r.targetTable(), "exchanges": r.tables()} {
		if err := page.Write(path, name, text); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(dir, docsExchange), r.exchanges().SVG(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, docsOrders), r.orders().SVG(), 0o644)
}

// targetTable says of each target what became of it, and of each gap its cause.
func (r *report) targetTable() string {
	var b strings.Builder
	b.WriteString("| target | wanted | measured | |\n| --- | --- | --- | --- |\n")
	for _, v := range r.verdicts {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", v.Says, v.Wanted(), number(v.Measured), v.State)
	}
	for _, v := range r.verdicts {
		if v.Cause != "" {
			fmt.Fprintf(&b, "\n- **%s**, a known gap: %s", v.Figure, v.Cause)
		}
	}
	return b.String()
}

// number is a ratio, or a count where it is large.
func number(r ratio.Ratio) string {
	if r.Value > 20 {
		return fmt.Sprintf("%.0f (%.0f to %.0f)", r.Value, r.Low, r.High)
	}
	return r.String()
}

func (r *report) tables() string {
	var b strings.Builder
	for _, o := range r.outcomes {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", o.title, strings.TrimSpace(o.table()))
	}
	return b.String()
}

// table is an outcome: medians of each client, and its time as a multiple of the base's.
func (o *outcome) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "`%s`, %d rounds of %d calls.\n\n", o.name, len(o.samples[o.base]), o.calls)
	fmt.Fprintf(&b, "| client | time, × %s | µs a call | µs of the processor | allocations | KB |\n| --- | --- | --- | --- | --- | --- |\n", shown(o.base))
	for _, e := range o.entrants {
		by := "1"
		if e.name != o.base {
			by = o.over(e.name, o.base).String()
		}
		median := func(of func(sample) float64) float64 { return ratio.Median(o.column(e.name, of)) }
		fmt.Fprintf(&b, "| %s | %s | %.1f | %.1f | %.0f | %.1f |\n", shown(e.name), by, median(nanoseconds)/1e3, median(processor)/1e3, median(allocs), median(allocated)/(1<<10))
	}
	for _, p := range o.pairs() {
		if p[1] != o.base {
			fmt.Fprintf(&b, "\n%s × %s: %s.", shown(p[0]), shown(p[1]), o.over(p[0], p[1]))
		}
	}
	return b.String()
}

// exchanges draws what all five clients do, as multiples of net/http's.
func (r *report) exchanges() plot.Chart {
	c := plot.Chart{Title: "The same exchange by five clients", Axis: "time of a call, × net/http with encoding/json; the line is the 95 % interval"}
	for _, o := range r.outcomes {
		if o.base == nameHTTP && o.has(nameWaygate) {
			c.Groups = append(c.Groups, o.group(o.base))
		}
	}
	return c
}

// orders draws the whole way as a multiple of the same done by hand, and calls with tokens of those by x/oauth2.
func (r *report) orders() plot.Chart {
	c := plot.Chart{Title: "Validated and mapped, and with tokens", Axis: "time of a call, × the same by hand; the line is the 95 % interval"}
	for _, o := range r.outcomes {
		switch {
		case o.base == nameOAuth2:
			c.Groups = append(c.Groups, o.group(o.base))
		case o.has(handBy + engineFirst):
			g := plot.Group{Name: o.title}
			for _, engine := range []string{engineFirst, engineSecond} {
				g.Bars = append(g.Bars, plot.Bar{Name: shown(waygateBy + engine), Mark: true, Ratio: o.over(waygateBy+engine, handBy+engine)})
			}
			c.Groups = append(c.Groups, g)
		}
	}
	return c
}

// group are the bars of all who aren't the base.
func (o *outcome) group(base string) plot.Group {
	g := plot.Group{Name: o.title}
	for _, e := range o.entrants {
		if e.name != base {
			g.Bars = append(g.Bars, plot.Bar{Name: shown(e.name), Mark: e.name == nameWaygate, Ratio: o.over(e.name, base)})
		}
	}
	return g
}
