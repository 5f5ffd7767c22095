package wire_test

import (
	"testing"

	"github.com/waygate-go/waygate/internal/wire"
)

// cell is one cell of the table of examples: a style, whether it explodes, and the columns.
type cell struct {
	style                  wire.Style
	explode                bool
	empty, str, array, obj string // na where the table has nothing or n/a
}

const na = "n/a"

// openAPITable is the table "Style Examples" of OpenAPI 3.2 (3.1.1 and 3.0.4 have the same, there with "?" before a
// query), with the column "empty" of the older versions. The keys of the object are in the order of their bytes: B,
// G, R.
func openAPITable() []cell {
	return []cell{
		{wire.Matrix, false, ";color", ";color=blue", ";color=blue,black,brown", ";color=B,150,G,200,R,100"},
		{wire.Matrix, true, ";color", ";color=blue", ";color=blue;color=black;color=brown", ";B=150;G=200;R=100"},
		{wire.Label, false, ".", ".blue", ".blue,black,brown", ".B,150,G,200,R,100"},
		{wire.Label, true, ".", ".blue", ".blue.black.brown", ".B=150.G=200.R=100"},
		{wire.Simple, false, "", "blue", "blue,black,brown", "B,150,G,200,R,100"},
		{wire.Simple, true, "", "blue", "blue,black,brown", "B=150,G=200,R=100"},
		{wire.Form, false, "color=", "color=blue", "color=blue,black,brown", "color=B,150,G,200,R,100"},
		{wire.Form, true, "color=", "color=blue", "color=blue&color=black&color=brown", "B=150&G=200&R=100"},
		{wire.SpaceDelimited, false, na, na, "color=blue%20black%20brown", "color=B%20150%20G%20200%20R%20100"},
		{wire.SpaceDelimited, true, na, na, na, na},
		{wire.PipeDelimited, false, na, na, "color=blue%7Cblack%7Cbrown", "color=B%7C150%7CG%7C200%7CR%7C100"},
		{wire.PipeDelimited, true, na, na, na, na},
		{wire.DeepObject, false, na, na, na, "color%5BB%5D=150&color%5BG%5D=200&color%5BR%5D=100"},
		{wire.DeepObject, true, na, na, na, "color%5BB%5D=150&color%5BG%5D=200&color%5BR%5D=100"},
	}
}

// openAPIValues are the values of the table's columns.
func openAPIValues() (array, object any) {
	return []any{"blue", "black", "brown"}, map[string]any{"R": int64(100), "G": int64(200), "B": int64(150)}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	array, object := openAPIValues()
	for _, row := range openAPITable() {
		for _, column := range []struct {
			name, want string
			value      any
		}{{"empty", row.empty, ""}, {"string", row.str, "blue"}, {"array", row.array, array}, {"object", row.obj, object}} {
			if column.want == na {
				continue // TestOpenAPIUndefined
			}
			explode := row.explode
			p := wire.Param{Name: "color", Style: row.style, Explode: &explode}
			got, err := write(p, column.value)
			if p = placed(p); p.In == wire.InPath && (column.want == "" || column.want == ".") {
				if err == nil {
					t.Errorf("%s %v %s: %q, a path must refuse it", row.style, explode, column.name, got)
				}
				continue
			}
			if err != nil || got != column.want {
				t.Errorf("%s %v %s: %q, %v, want %q", row.style, explode, column.name, got, err, column.want)
			}
		}
	}
}

// placed puts a parameter where the table has its style.
func placed(p wire.Param) wire.Param {
	p.In = wire.InQuery
	if p.Style == wire.Matrix || p.Style == wire.Label || p.Style == wire.Simple {
		p.In = wire.InPath
	}
	return p
}

// write writes a value in the place that the table has for the style.
func write(p wire.Param, v any) (string, error) {
	if p = placed(p); p.In == wire.InPath {
		return p.Path(v)
	}
	pairs, err := p.Query(v)
	return query(pairs), err
}

// TestOpenAPIDefaults wants a zero Style and a nil Explode to be what OpenAPI says.
func TestOpenAPIDefaults(t *testing.T) {
	t.Parallel()
	array, object := openAPIValues()
	for _, tc := range []struct {
		p           wire.Param
		array, objt string
	}{
		{wire.Param{In: wire.InPath}, "blue,black,brown", "B,150,G,200,R,100"},
		{wire.Param{In: wire.InHeader}, "blue,black,brown", "B,150,G,200,R,100"},
		{wire.Param{In: wire.InQuery}, "color=blue&color=black&color=brown", "B=150&G=200&R=100"},
		{wire.Param{In: wire.InCookie}, "color=blue; color=black; color=brown", "B=150; G=200; R=100"},
		{wire.Param{In: wire.InCookie, Explode: new(bool)}, "color=blue,black,brown", "color=B,150,G,200,R,100"},
		{wire.Param{In: wire.InPath, Style: wire.Label}, ".blue,black,brown", ".B,150,G,200,R,100"},
		{wire.Param{In: wire.InPath, Style: wire.Matrix}, ";color=blue,black,brown", ";color=B,150,G,200,R,100"},
		{wire.Param{In: wire.InQuery, Style: wire.PipeDelimited}, "color=blue%7Cblack%7Cbrown", "color=B%7C150%7CG%7C200%7CR%7C100"},
	} {
		tc.p.Name = "color"
		for want, v := range map[string]any{tc.array: array, tc.objt: object} {
			if got, err := anywhere(tc.p, v); err != nil || got != want {
				t.Errorf("%+v: %q, %v, want %q", tc.p, got, err, want)
			}
		}
	}
}

// anywhere writes a value with the method of the parameter's place, and joins pairs as that does.
func anywhere(p wire.Param, v any) (string, error) {
	switch p.In {
	case wire.InPath:
		return p.Path(v)
	case wire.InHeader:
		return p.Header(v)
	case wire.InCookie:
		pairs, err := p.Cookie(v)
		return join(pairs, "; "), err
	}
	pairs, err := p.Query(v)
	return query(pairs), err
}

// TestOpenAPIUndefined pins what is written where the table says n/a: an exploded delimited style is form's, a
// scalar in one is one item, and a deepObject takes objects only.
func TestOpenAPIUndefined(t *testing.T) {
	t.Parallel()
	array, object := openAPIValues()
	for _, style := range []wire.Style{wire.SpaceDelimited, wire.PipeDelimited} {
		for _, explode := range []bool{false, true} {
			p := wire.Param{Name: "color", Style: style, Explode: &explode}
			for v, want := range map[any]string{"": "color=", "blue": "color=blue", "a b|c": "color=a%20b%7Cc"} {
				if got, err := write(p, v); err != nil || got != want {
					t.Errorf("%s: %q, %v, want %q", style, got, err, want)
				}
			}
			if !explode {
				continue
			}
			if got, err := write(p, array); err != nil || got != "color=blue&color=black&color=brown" {
				t.Errorf("%s: %q, %v", style, got, err)
			}
			if got, err := write(p, object); err != nil || got != "B=150&G=200&R=100" {
				t.Errorf("%s: %q, %v", style, got, err)
			}
		}
	}
	for _, v := range []any{"", "blue", array} {
		if got, err := write(wire.Param{Name: "color", Style: wire.DeepObject}, v); err == nil {
			t.Errorf("a deepObject wrote %q", got)
		}
	}
}

// TestOpenAPIOlder lists the cells that an older version has otherwise, and says why ours isn't that.
func TestOpenAPIOlder(t *testing.T) {
	t.Parallel()
	array, object := openAPIValues()
	for _, tc := range []struct {
		version, cell, reason string
		style                 wire.Style
		value                 any
	}{
		{"3.0.3, 3.1.0", ".blue.black.brown", "RFC 6570, section 3.2.5 joins with commas; 3.0.4 and 3.1.1 put it right", wire.Label, array},
		{"3.0.3, 3.1.0", ".B.150.G.200.R.100", "the same", wire.Label, object},
		{"3.0.3, 3.1.0", "blue%20black%20brown", "the name was left out", wire.SpaceDelimited, array},
		{"3.0.3, 3.1.0", "blue|black|brown", "the name was left out; RFC 3986 has no raw | in a query", wire.PipeDelimited, array},
		{"3.0.3, 3.1.0", "color[B]=150&color[G]=200&color[R]=100", "RFC 3986 has no raw brackets in a query", wire.DeepObject, object},
		{"3.2", "color=", "the column is RFC 6570's undefined, for which its algorithm writes nothing", wire.Form, nil},
	} {
		got, err := write(wire.Param{Name: "color", Style: tc.style}, tc.value)
		if err != nil || got == tc.cell {
			t.Errorf("%s: %q, %v: this row (%s) is no difference", tc.version, got, err, tc.reason)
		}
	}
}

// TestOpenAPIParameters are the examples of OpenAPI 3.2's Parameter Object that show text.
func TestOpenAPIParameters(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		p    wire.Param
		v    any
		want string
	}{
		{wire.Param{In: wire.InHeader, Name: "X-Token"}, []any{int64(12345678), int64(90099)}, "12345678,90099"},
		{wire.Param{In: wire.InPath, Name: "username"}, "diṅnāga", "di%E1%B9%85n%C4%81ga"},
		{wire.Param{In: wire.InQuery, Name: "thing"}, []any{"one thing", "another thing"}, "thing=one%20thing&thing=another%20thing"},
		{wire.Param{In: wire.InQuery, Name: "freeForm"}, map[string]any{"page": int64(4), "pageSize": int64(50)}, "page=4&pageSize=50"},
		{
			wire.Param{In: wire.InQuery, Name: "coordinates", Style: wire.JSON},
			map[string]any{"lat": 40.6, "long": -73.9}, "coordinates=%7B%22lat%22%3A40.6%2C%22long%22%3A-73.9%7D",
		},
		// The document escapes all but unreserved characters (Hello%2C%20world%21); a cookie may hold more than that.
		{wire.Param{In: wire.InCookie, Name: "greeting"}, "Hello, world!", "greeting=Hello%2C%20world!"},
	} {
		if got, err := anywhere(tc.p, tc.v); err != nil || got != tc.want {
			t.Errorf("%s: %q, %v, want %q", tc.p.Name, got, err, tc.want)
		}
	}
}

// TestSwagger2 has the rows of Swagger 2.0's collectionFormat, in the places that it allows them.
func TestSwagger2(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for _, tc := range []struct {
		format string
		p      wire.Param
		want   string
	}{
		{"csv", wire.Param{In: wire.InQuery, Style: wire.Form, Explode: &no}, "n=foo,bar"},
		{"csv", wire.Param{In: wire.InPath, Style: wire.Simple}, "foo,bar"},
		{"csv", wire.Param{In: wire.InHeader, Style: wire.Simple}, "foo,bar"},
		{"ssv", wire.Param{In: wire.InQuery, Style: wire.SpaceDelimited}, "n=foo%20bar"},
		{"ssv", wire.Param{In: wire.InPath, Style: wire.SpaceDelimited}, "foo%20bar"},
		{"ssv", wire.Param{In: wire.InHeader, Style: wire.SpaceDelimited}, "foo bar"},
		{"tsv", wire.Param{In: wire.InQuery, Style: wire.TabDelimited}, "n=foo%09bar"},
		{"tsv", wire.Param{In: wire.InPath, Style: wire.TabDelimited}, "foo%09bar"},
		{"pipes", wire.Param{In: wire.InQuery, Style: wire.PipeDelimited}, "n=foo%7Cbar"},
		{"pipes", wire.Param{In: wire.InPath, Style: wire.PipeDelimited}, "foo%7Cbar"},
		{"pipes", wire.Param{In: wire.InHeader, Style: wire.PipeDelimited}, "foo|bar"},
		{"multi", wire.Param{In: wire.InQuery, Style: wire.Form, Explode: &yes}, "n=foo&n=bar"},
	} {
		tc.p.Name = "n"
		if got, err := anywhere(tc.p, []any{"foo", "bar"}); err != nil || got != tc.want {
			t.Errorf("%s in %s: %q, %v, want %q", tc.format, tc.p.In, got, err, tc.want)
		}
	}
}
