package main

import (
	"fmt"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/internal/bench/page"
	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

// quantity is what is compared.
type quantity struct {
	name, title string
	of          func(sample) float64
}

func quantities() []quantity {
	return []quantity{
		{"time", "time", func(m sample) float64 { return float64(m.Nanoseconds) }},
		{"memory", "peak of memory", func(m sample) float64 { return float64(m.PeakKB) }},
	}
}

// others are the readers that Waygate is compared with.
func others() []string { return []string{nameLibopenapi, nameKin} }

// figure is the name of a ratio: Waygate's by that of a library.
func figure(document, quantity, library string) string {
	return "openapi." + document + "." + quantity + "." + library
}

func (o *outcome) column(name string, of func(sample) float64) []float64 {
	var list []float64
	for _, m := range o.samples[name] {
		list = append(list, of(m))
	}
	return list
}

func (o *outcome) figures() map[string]ratio.Ratio {
	out := map[string]ratio.Ratio{}
	for _, q := range quantities() {
		for _, library := range others() {
			out[figure(o.name, q.name, library)] = ratio.Of(ratio.Pairs(o.column(nameWaygate, q.of), o.column(library, q.of)))
		}
	}
	return out
}

// targets say that an import is below what the libraries take to load.
func targets() []target.Target {
	var list []target.Target
	for _, d := range documents() {
		for _, q := range quantities() {
			for _, library := range others() {
				list = append(list, target.Target{Figure: figure(d.name, q.name, library), Bound: 1,
					Says: fmt.Sprintf("%s imported: %s, by that of %s's loading", d.title, q.title, shown(library))})
			}
		}
	}
	return list
}

// gaps are the targets that are known not to be met surely.
func gaps() []target.Gap {
	return []target.Gap{{Figure: figure("stripe", "time", nameLibopenapi), Worst: 1.4,
		Cause: "Stripe's schemas all refer to one another, so that 594 answers are cut out of one large net and written, some 30 MB " +
			"of text, while libopenapi builds no schema here and uses the second core. The two take about the same."}}
}

// write puts the table into the documentation.
func write(dir string, outcomes []*outcome) error {
	return page.Write(filepath.Join(dir, "benchmarks.md"), "openapi", table(outcomes))
}

func table(outcomes []*outcome) string {
	var b strings.Builder
	b.WriteString("| document | | ms | peak, MB | in use afterwards, MB | Waygate's time by it | Waygate's peak by it |\n| --- | --- | --- | --- | --- | --- | --- |\n")
	for _, o := range outcomes {
		figures := o.figures()
		for i, name := range slices.Concat([]string{nameWaygate}, others()) {
			title := ""
			if i == 0 {
				title = fmt.Sprintf("%s, %d operations", o.title, o.samples[name][0].Operations)
			}
			median := func(of func(sample) float64) float64 { return ratio.Median(o.column(name, of)) }
			fmt.Fprintf(&b, "| %s | %s | %.0f | %.0f | %.0f |", title, shown(name), median(quantities()[0].of)/1e6, median(quantities()[1].of)/1024,
				median(func(m sample) float64 { return float64(m.HeapKB) })/1024)
			for _, q := range quantities() {
				by := ""
				if i > 0 {
					by = figures[figure(o.name, q.name, name)].String()
				}
				fmt.Fprintf(&b, " %s |", by)
			}
			b.WriteString("\n")
		}
	}
	fmt.Fprintf(&b, "\n%s; rounds: %s.\n", versions(), rounds(outcomes))
	for _, g := range gaps() {
		fmt.Fprintf(&b, "\n- **%s**, a known gap: %s\n", g.Figure, g.Cause)
	}
	return b.String()
}

func rounds(outcomes []*outcome) string {
	var list []string
	for _, o := range outcomes {
		list = append(list, fmt.Sprintf("%s %d", o.title, len(o.samples[nameWaygate])))
	}
	return strings.Join(list, ", ")
}

// versions names the libraries as they are linked.
func versions() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "versions unknown"
	}
	var list []string
	for _, m := range info.Deps {
		if m.Path == "github.com/pb33f/libopenapi" || m.Path == "github.com/getkin/kin-openapi" {
			list = append(list, m.Path+" "+m.Version)
		}
	}
	return strings.Join(list, ", ")
}
