// Package plot draws ratios and their intervals as horizontal bars: an SVG that can be read on light and dark pages,
// and by those who can't see it.
package plot

import (
	"encoding/xml"
	"fmt"
	"math"
	"strings"

	"github.com/waygate-go/waygate/internal/bench/ratio"
)

// Chart is a drawing. Its zero axis begins at 0.
type Chart struct {
	// Title stands above the drawing and is its name for screen readers; Axis says what the bars' length is.
	Title, Axis string
	Groups      []Group
}

// Group is a heading with bars below it.
type Group struct {
	Name string
	Bars []Bar
}

// Bar is one ratio. Mark draws it in the colour that stands out.
type Bar struct {
	Name  string
	Ratio ratio.Ratio
	Mark  bool
}

// Sizes in pixels.
const (
	width  = 820
	left   = 250 // of the axis
	right  = 140 // room for the figures
	top    = 60
	row    = 20
	gap    = 14
	bar    = 12
	bottom = 44
)

// style is for both kinds of page: the file has no background of its own.
const style = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-size:15px;font-weight:600}.group{font-weight:600}
.figure,.axis{font-size:12px;fill:#57606a}.line{stroke:#d0d7de}.one{stroke:#57606a;stroke-dasharray:4 3}
.bar{fill:#8c959f}.mark{fill:#0969da}.interval{stroke:#24292f;stroke-width:1.5}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.figure,.axis{fill:#9198a1}.line{stroke:#3d444d}.one{stroke:#9198a1}
.bar{fill:#6e7681}.mark{fill:#4493f8}.interval{stroke:#e6edf3}}`

// SVG is the drawing as a file.
func (c Chart) SVG() []byte {
	most := c.most()
	x := func(v float64) float64 { return left + v/most*(width-left-right) }
	height := top + bottom
	for _, g := range c.Groups {
		height += row + row*len(g.Bars) + gap
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title id=\"title\">%s</title>\n<desc id=\"desc\">%s</desc>\n<style>%s</style>\n", escape(c.Title), escape(c.Text()), style)
	fmt.Fprintf(&b, `<text class="title" x="10" y="24">%s</text>`+"\n", escape(c.Title))
	c.axis(&b, x, most, height)
	y := top
	for _, g := range c.Groups {
		fmt.Fprintf(&b, `<text class="group" x="10" y="%d">%s</text>`+"\n", y+row-6, escape(g.Name))
		y += row
		for _, one := range g.Bars {
			one.draw(&b, x, y)
			y += row
		}
		y += gap
	}
	b.WriteString("</svg>\n")
	return []byte(b.String())
}

// most is the right end of the axis: a round number that is no less than any interval's end.
func (c Chart) most() float64 {
	most := 1.0
	for _, g := range c.Groups {
		for _, b := range g.Bars {
			most = max(most, b.Ratio.Value, b.Ratio.High)
		}
	}
	step := tick(most)
	return math.Ceil(most/step) * step
}

// tick is the distance of the axis' lines: 1, 2 or 5 times a power of ten, for at most 8 of them.
func tick(most float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(most/8)))
	for _, m := range []float64{1, 2, 5} {
		if most/(m*power) <= 8 {
			return m * power
		}
	}
	return 10 * power
}

func (c Chart) axis(b *strings.Builder, x func(float64) float64, most float64, height int) {
	step := tick(most)
	for v := 0.0; v <= most+step/2; v += step {
		fmt.Fprintf(b, `<line class="line" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="axis" text-anchor="middle" x="%.1f" y="%d">%.4g</text>`+"\n",
			x(v), x(v), top-12, height-bottom, x(v), height-bottom+16, v)
	}
	fmt.Fprintf(b, `<line class="one" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`+"\n", x(1), x(1), top-12, height-bottom)
	fmt.Fprintf(b, `<text class="axis" x="%d" y="%d">%s</text>`+"\n", left, height-10, escape(c.Axis))
}

func (one Bar) draw(b *strings.Builder, x func(float64) float64, y int) {
	class := "bar"
	if one.Mark {
		class = "mark"
	}
	r, middle := one.Ratio, float64(y)+row/2
	fmt.Fprintf(b, `<text text-anchor="end" x="%d" y="%.1f">%s</text>`, left-8, middle+4, escape(one.Name))
	fmt.Fprintf(b, `<rect class="%s" x="%d" y="%.1f" width="%.1f" height="%d" rx="2"/>`, class, left, middle-bar/2, x(r.Value)-left, bar)
	fmt.Fprintf(b, `<line class="interval" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x(r.Low), x(r.High), middle, middle)
	fmt.Fprintf(b, `<text class="figure" x="%.1f" y="%.1f">%s</text>`+"\n", x(max(r.Value, r.High))+6, middle+4, escape(r.String()))
}

// Text is all that the drawing says, in words: for its description, or in its place.
func (c Chart) Text() string {
	parts := []string{c.Axis + "."}
	for _, g := range c.Groups {
		bars := make([]string, len(g.Bars))
		for i, b := range g.Bars {
			bars[i] = b.Name + " " + b.Ratio.String()
		}
		parts = append(parts, g.Name+": "+strings.Join(bars, ", ")+".")
	}
	return strings.Join(parts, " ")
}

func escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
