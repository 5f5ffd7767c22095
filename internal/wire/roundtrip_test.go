package wire_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/wire"
)

// reader reads what a style wrote, knowing whether it was a scalar, an array or an object. It is written from the
// specifications, for these tests alone, on the standard library.
type reader struct {
	in      wire.In
	style   wire.Style
	explode bool
	first   string // taken off the front
	sep     string // between the parts of the text as sent; "" if they are pairs
	decoded bool   // sep separates after decoding, so that no item may hold it
	without string // what else items can't hold
	named   bool   // each part is n=text
}

func readers() []reader {
	return []reader{
		{in: wire.InPath, style: wire.Simple, sep: ","},
		{in: wire.InPath, style: wire.Simple, explode: true, sep: ","},
		{in: wire.InPath, style: wire.Label, first: ".", sep: ","},
		{in: wire.InPath, style: wire.Label, explode: true, first: ".", sep: ".", without: "."},
		{in: wire.InPath, style: wire.Matrix, first: ";n=", sep: ","},
		{in: wire.InPath, style: wire.Matrix, explode: true, first: ";", sep: ";", named: true},
		{in: wire.InPath, style: wire.SpaceDelimited, sep: "%20", without: " "},
		{in: wire.InPath, style: wire.PipeDelimited, sep: "%7C", without: "|"},
		{in: wire.InPath, style: wire.TabDelimited, sep: "%09", without: "\t"},
		{in: wire.InHeader, style: wire.Simple, sep: ",", without: ","},
		{in: wire.InHeader, style: wire.Simple, explode: true, sep: ",", without: ",="},
		{in: wire.InHeader, style: wire.SpaceDelimited, sep: " ", without: " "},
		{in: wire.InHeader, style: wire.PipeDelimited, sep: "|", without: "|"},
		{in: wire.InQuery, style: wire.Form, sep: ","},
		{in: wire.InQuery, style: wire.Form, explode: true},
		{in: wire.InQuery, style: wire.SpaceDelimited, sep: " ", decoded: true, without: " "},
		{in: wire.InQuery, style: wire.SpaceDelimited, explode: true},
		{in: wire.InQuery, style: wire.PipeDelimited, sep: "|", decoded: true, without: "|"},
		{in: wire.InQuery, style: wire.TabDelimited, sep: "\t", decoded: true, without: "\t"},
		{in: wire.InCookie, style: wire.Form, sep: ",", decoded: true, without: ","},
		{in: wire.InCookie, style: wire.Form, explode: true},
	}
}

// param writes what r reads.
func (r reader) param() wire.Param {
	return wire.Param{In: r.in, Name: "n", Style: r.style, Explode: &r.explode}
}

// parts gives names and texts of the parts of what was sent, decoded.
func (r reader) parts(t *testing.T, sent string) (names, texts []string) {
	t.Helper()
	switch {
	case r.in == wire.InQuery && (r.explode || r.decoded):
		if _, err := url.ParseQuery(sent); err != nil {
			t.Fatal(err)
		}
		for pair := range strings.SplitSeq(sent, "&") { // in order
			name, text, _ := strings.Cut(pair, "=")
			names, texts = append(names, unescape(t, name)), append(texts, unescape(t, text))
		}
	case r.in == wire.InCookie:
		cookies, err := http.ParseCookie(sent)
		if err != nil {
			t.Fatalf("%q: %v", sent, err)
		}
		for _, c := range cookies {
			text, err := url.PathUnescape(c.Value) // a raw plus is one
			if err != nil {
				t.Fatal(err)
			}
			names, texts = append(names, c.Name), append(texts, text)
		}
	default:
		return r.pieces(t, sent)
	}
	if r.decoded {
		return nil, strings.Split(texts[0], r.sep)
	}
	return names, texts
}

// pieces splits a text before it is decoded.
func (r reader) pieces(t *testing.T, sent string) (names, texts []string) {
	t.Helper()
	if r.in == wire.InQuery {
		sent = strings.TrimPrefix(sent, "n=")
	}
	sent, ok := strings.CutPrefix(sent, r.first)
	if !ok {
		t.Fatalf("%q lacks %q", sent, r.first)
	}
	for piece := range strings.SplitSeq(sent, r.sep) {
		name, text, found := strings.Cut(piece, "=")
		if !r.explode || !found && !r.named {
			name, text = "", piece
		}
		if r.in != wire.InHeader {
			name, text = unescape(t, name), unescape(t, text)
		}
		names, texts = append(names, name), append(texts, text)
	}
	return names, texts
}

// unescape decodes as a form decoder does: no "+" is sent raw.
func unescape(t *testing.T, s string) string {
	t.Helper()
	if strings.Contains(s, "+") {
		t.Errorf("%q holds a plus", s)
	}
	text, err := url.QueryUnescape(s)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (r reader) list(t *testing.T, sent string) []any {
	t.Helper()
	_, texts := r.parts(t, sent)
	var out []any
	for _, text := range texts {
		out = append(out, text)
	}
	return out
}

func (r reader) object(t *testing.T, sent string) map[string]any {
	t.Helper()
	names, texts := r.parts(t, sent)
	out := map[string]any{}
	for i := range texts {
		switch {
		case r.explode:
			out[names[i]] = texts[i]
		case i%2 == 1:
			out[texts[i-1]] = texts[i]
		}
	}
	return out
}

// TestRoundTrip writes random values in each style and reads them again.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rnd := random(t)
	for _, r := range readers() {
		g := texts{Rand: rnd, without: r.without, path: r.in == wire.InPath, header: r.in == wire.InHeader || r.in == wire.InCookie}
		p := r.param()
		for range 200 {
			list, want := g.list(1)
			sent, err := anywhere(p, list)
			if err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			if d := cmp.Diff(want, unnamed(r).list(t, sent)); d != "" {
				t.Fatalf("%+v: %q: %s", r, sent, d)
			}
			if r.in == wire.InCookie && r.explode {
				g.without = "\x00\t\n \x7f\"(),/:;<=>?@[\\]{}ü日本\ufffd" // a key is a cookie's name
			}
			object, members := g.object()
			if sent, err = anywhere(p, object); err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
			if d := cmp.Diff(members, r.object(t, sent)); d != "" {
				t.Fatalf("%+v: %q: %s", r, sent, d)
			}
			g.without = r.without
		}
	}
}

// unnamed is the reader of an array: its parts have no name, but for matrix.
func unnamed(r reader) reader {
	if r.in == wire.InPath && r.explode && !r.named || r.in == wire.InHeader {
		r.explode = false
	}
	return r
}

// TestRoundTripReserved reads what AllowReserved wrote. A percent sign is left out: it may begin an escape that
// stays.
func TestRoundTripReserved(t *testing.T) {
	t.Parallel()
	g := texts{Rand: random(t), without: "%"}
	p := wire.Param{In: wire.InQuery, Name: "n", AllowReserved: true}
	for range 1000 {
		list, want := g.list(1)
		sent, err := anywhere(p, list)
		if err != nil {
			t.Fatal(err)
		}
		values, err := url.ParseQuery(strings.ReplaceAll(sent, ";", "%3B")) // net/url refuses a raw semicolon
		if err != nil {
			t.Fatal(err)
		}
		var got []any
		for _, v := range values["n"] {
			got = append(got, v)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%q: %s", sent, d)
		}
	}
}

// TestRoundTripJSON reads with encoding/json. JSON has no text that isn't UTF-8.
func TestRoundTripJSON(t *testing.T) {
	t.Parallel()
	g := shape{texts: texts{Rand: random(t), without: "\ufffd\\\"", header: true}, lists: true}
	for range 200 {
		v, _ := g.tree(3)
		want, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []wire.In{wire.InPath, wire.InQuery, wire.InHeader, wire.InCookie} {
			sent, err := anywhere(wire.Param{In: in, Name: "n", Style: wire.JSON}, v)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.TrimPrefix(sent, "n=")
			if in != wire.InHeader {
				if text, err = url.PathUnescape(text); err != nil {
					t.Fatal(err)
				}
			}
			var a, b any
			if err := json.Unmarshal([]byte(text), &a); err != nil {
				t.Fatalf("%s: %q: %v", in, sent, err)
			}
			if err := json.Unmarshal(want, &b); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(b, a); d != "" {
				t.Fatalf("%s: %q: %s", in, sent, d)
			}
		}
	}
}
