package plot_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/bench/plot"
	"github.com/waygate-go/waygate/internal/bench/ratio"
)

// TestSVG holds that the drawing is XML, says everything in words too, and keeps all bars on the axis.
func TestSVG(t *testing.T) {
	t.Parallel()
	c := plot.Chart{Title: "A & B", Axis: "time / time of <net/http>", Groups: []plot.Group{
		{Name: "GET", Bars: []plot.Bar{{Name: "one", Ratio: ratio.Ratio{Value: 1.2, Low: 1.1, High: 1.3}, Mark: true}, {Name: "two", Ratio: ratio.Ratio{Value: 7.4, Low: 7, High: 7.9}}}},
	}}
	svg := string(c.SVG())
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v\n%s", err, svg)
		}
	}
	for _, want := range []string{`role="img"`, "<title id=\"title\">A &amp; B</title>", "prefers-color-scheme:dark",
		"time / time of &lt;net/http&gt;. GET: one 1.20 (1.10 to 1.30), two 7.40 (7.00 to 7.90).", `class="mark" x="250"`, ">8</text>"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%q is missing in\n%s", want, svg)
		}
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("a number is none:\n%s", svg)
	}
}
