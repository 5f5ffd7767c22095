package docs_test

import (
	"encoding/xml"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDrawing reads the way of a call: it has a title and a description for who can't see it, and no text stands on the
// page's own background, which may be dark or light.
func TestDrawing(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("way-of-a-call.svg")
	must(t, err)
	type rect struct {
		X      float64 `xml:"x,attr"`
		Y      float64 `xml:"y,attr"`
		Width  float64 `xml:"width,attr"`
		Height float64 `xml:"height,attr"`
		Fill   string  `xml:"fill,attr"`
	}
	var drawing struct {
		Title string `xml:"title"`
		Desc  string `xml:"desc"`
		Rects []rect `xml:"rect"`
		Texts []struct {
			X    float64 `xml:"x,attr"`
			Y    float64 `xml:"y,attr"`
			Text string  `xml:",chardata"`
		} `xml:"text"`
	}
	must(t, xml.Unmarshal(text, &drawing))
	if drawing.Title == "" || len(drawing.Desc) < 200 || len(drawing.Texts) < 15 {
		t.Errorf("title %q, %d bytes of description, %d texts", drawing.Title, len(drawing.Desc), len(drawing.Texts))
	}
	for _, at := range drawing.Texts {
		on := slices.ContainsFunc(drawing.Rects, func(r rect) bool {
			half := float64(len(at.Text)) * 3.5 // a narrow guess of half of the text's width
			return strings.HasPrefix(r.Fill, "#") && at.X-half > r.X && at.X+half < r.X+r.Width && at.Y > r.Y && at.Y < r.Y+r.Height
		})
		if !on {
			t.Errorf("%q stands on no panel, or is wider than it", at.Text)
		}
	}
}
