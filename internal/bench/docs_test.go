package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/bench/ratio"
	"github.com/waygate-go/waygate/internal/bench/target"
)

// TestGapsAreWrittenDown holds that each known gap is one of a target, and stands with its cause in the documentation.
func TestGapsAreWrittenDown(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", docsPage))
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]target.Target{}
	for _, one := range targets() {
		known[one.Figure] = one
	}
	for _, g := range gaps() {
		if _, there := known[g.Figure]; !there {
			t.Errorf("a gap of %s, which is no target", g.Figure)
		}
		if g.Cause == "" || !strings.Contains(string(page), g.Cause) {
			t.Errorf("docs/%s doesn't say why %s isn't met: %q", docsPage, g.Figure, g.Cause)
		}
	}
}

// TestReport writes a page of made-up figures.
func TestReport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, docsPage)
	var page string
	for _, name := range []string{"machine", "targets", "exchanges"} {
		page += "<!-- " + name + ":begin -->\n<!-- " + name + ":end -->\n"
	}
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	o := &outcome{comparison: comparison{name: caseGet, title: "GET of 1 KB", base: nameHTTP, entrants: []entrant{{name: nameHTTP}, {name: nameFailsafe}, {name: nameWaygate}}},
		calls: 10, samples: map[string][]sample{}}
	for i := range 30 {
		for k, e := range o.entrants {
			o.samples[e.name] = append(o.samples[e.name], sample{nanoseconds: float64(50_000+i) * (1 + float64(k)/10), cpu: 40_000, allocs: float64(70 + 30*k), bytes: 8 << 10})
		}
	}
	r := &report{machine: "- Machine: one", outcomes: []*outcome{o}, figures: o.figures()}
	r.verdicts = target.Judge(targets()[:3], []target.Gap{{Figure: caseGet + ".waygate/nethttp", Cause: "it does more", Worst: 2}}, r.figures)
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"- Machine: one", "| Waygate | 1.20 (1.20 to 1.20) | 60.0 | 40.0 | 130 | 8.0 |", "Waygate × failsafe-go: 1.09 (1.09 to 1.09).",
		"≤ 1.15 | 1.20 (1.20 to 1.20) | not met, for a known cause |", "- **get1k.waygate/nethttp**, a known gap: it does more", "≤ 1 | 1.09 (1.09 to 1.09) | NOT MET |",
		"≤ 40 | 60 (60 to 60) | NOT MET |"} {
		if !strings.Contains(string(got), want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if svg, err := os.ReadFile(filepath.Join(dir, docsExchange)); err != nil || !strings.Contains(string(svg), "GET of 1 KB") {
		t.Errorf("the drawing holds %q, %v", svg, err)
	}
}

// TestFigures holds that every target's figure is measured by something, so that none is missing in a whole run.
func TestFigures(t *testing.T) {
	t.Parallel()
	names := map[string]bool{figureRegistered: true}
	all := (&bench{peers: []*peer{{name: nameHTTP}, {name: nameFailsafe}, {name: nameWaygate}}, gateways: map[string]*gateway{engineFirst: {}, engineSecond: {}},
		chains: map[string]*chain{engineFirst: {}, engineSecond: {}}}).comparisons()
	for _, c := range append(all, comparison{name: caseLookup, base: nameFew, entrants: []entrant{{name: nameFew}, {name: nameMany}, {name: nameAll}}}) {
		o := &outcome{comparison: c, samples: map[string][]sample{}}
		for _, e := range c.entrants {
			o.samples[e.name] = []sample{{nanoseconds: 1, allocs: 1}}
		}
		for name, r := range o.figures() {
			names[name] = true
			if want := (ratio.Ratio{Value: 1, Low: 1, High: 1}); r != want && name != figureAllocs {
				t.Errorf("%s is %v of equal times", name, r)
			}
		}
	}
	for _, one := range targets() {
		if !names[one.Figure] {
			t.Errorf("nothing measures %s", one.Figure)
		}
	}
}
