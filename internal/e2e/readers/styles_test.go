package readers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/waygate-go/waygate"
)

// row is a row of the table of examples of OpenAPI (3.1.1, section 4.8.12.4 "Style Examples"): a place, a style, whether it
// explodes, and what is to be sent of a text, a list and an object. The members of the object are in the order of their
// bytes, the pairs in a query and in cookies each after the other.
type row struct {
	in, style                string
	explode                  bool
	primitive, array, object string
}

// tableValues are the values of the table's columns.
func tableValues() map[string]any {
	return map[string]any{"primitive": "blue", "array": []any{"blue", "black", "brown"}, "object": map[string]any{"R": 100, "G": 200, "B": 150}}
}

const na = "n/a" // the table has nothing there

func table() []row {
	return []row{
		{"path", "simple", false, "blue", "blue,black,brown", "B,150,G,200,R,100"},
		{"path", "simple", true, "blue", "blue,black,brown", "B=150,G=200,R=100"},
		{"path", "label", false, ".blue", ".blue,black,brown", ".B,150,G,200,R,100"},
		{"path", "label", true, ".blue", ".blue.black.brown", ".B=150.G=200.R=100"},
		{"path", "matrix", false, ";primitive=blue", ";array=blue,black,brown", ";object=B,150,G,200,R,100"},
		{"path", "matrix", true, ";primitive=blue", ";array=blue;array=black;array=brown", ";B=150;G=200;R=100"},
		{"query", "form", false, "primitive=blue", "array=blue,black,brown", "object=B,150,G,200,R,100"},
		{"query", "form", true, "primitive=blue", "array=blue&array=black&array=brown", "B=150&G=200&R=100"},
		{"query", "spaceDelimited", false, na, "array=blue%20black%20brown", "object=B%20150%20G%20200%20R%20100"},
		{"query", "pipeDelimited", false, na, "array=blue%7Cblack%7Cbrown", "object=B%7C150%7CG%7C200%7CR%7C100"},
		{"query", "deepObject", true, na, na, "object%5BB%5D=150&object%5BG%5D=200&object%5BR%5D=100"},
		{"header", "simple", false, "blue", "blue,black,brown", "B,150,G,200,R,100"},
		{"header", "simple", true, "blue", "blue,black,brown", "B=150,G=200,R=100"},
		{"cookie", "form", false, "primitive=blue", "array=blue,black,brown", "object=B,150,G,200,R,100"},
		{"cookie", "form", true, "primitive=blue", "array=blue; array=black; array=brown", "B=150; G=200; R=100"}, // the table's & parts no cookies
	}
}

// oddValues hold what has to be escaped.
func oddValues() map[string]any {
	return map[string]any{"primitive": "a b/é", "array": []any{"a/b", "c&d"}, "object": map[string]any{"name": "n&m", "description": "d/e"}}
}

// oddTable is the same table for these: all but unreserved characters are escaped (RFC 3986, section 2.3), nothing in a
// header, and in a cookie what is no cookie-octet (RFC 6265, section 4.1.1).
func oddTable() []row {
	return []row{
		{"path", "simple", false, "a%20b%2F%C3%A9", "a%2Fb,c%26d", "description,d%2Fe,name,n%26m"},
		{"path", "simple", true, "a%20b%2F%C3%A9", "a%2Fb,c%26d", "description=d%2Fe,name=n%26m"},
		{"path", "label", false, ".a%20b%2F%C3%A9", ".a%2Fb,c%26d", ".description,d%2Fe,name,n%26m"},
		{"path", "label", true, ".a%20b%2F%C3%A9", ".a%2Fb.c%26d", ".description=d%2Fe.name=n%26m"},
		{"path", "matrix", false, ";primitive=a%20b%2F%C3%A9", ";array=a%2Fb,c%26d", ";object=description,d%2Fe,name,n%26m"},
		{"path", "matrix", true, ";primitive=a%20b%2F%C3%A9", ";array=a%2Fb;array=c%26d", ";description=d%2Fe;name=n%26m"},
		{"query", "form", false, "primitive=a%20b%2F%C3%A9", "array=a%2Fb,c%26d", "object=description,d%2Fe,name,n%26m"},
		{"query", "form", true, "primitive=a%20b%2F%C3%A9", "array=a%2Fb&array=c%26d", "description=d%2Fe&name=n%26m"},
		{"query", "spaceDelimited", false, na, "array=a%2Fb%20c%26d", "object=description%20d%2Fe%20name%20n%26m"},
		{"query", "pipeDelimited", false, na, "array=a%2Fb%7Cc%26d", "object=description%7Cd%2Fe%7Cname%7Cn%26m"},
		{"query", "deepObject", true, na, na, "object%5Bdescription%5D=d%2Fe&object%5Bname%5D=n%26m"},
		{"header", "simple", false, "a b/é", "a/b,c&d", "description,d/e,name,n&m"},
		{"header", "simple", true, "a b/é", "a/b,c&d", "description=d/e,name=n&m"},
		{"cookie", "form", false, "primitive=a%20b/%C3%A9", "array=a/b,c&d", "object=description,d/e,name,n&m"},
		{"cookie", "form", true, "primitive=a%20b/%C3%A9", "array=a/b; array=c&d", "description=d/e; name=n&m"},
	}
}

// TestStyles sends each parameter of the examples of styles alone, and compares bytes with the table of the specification.
// Which row is meant is read by kin-openapi.
func TestStyles(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"3.0", "3.1"} {
		for name, c := range map[string]struct {
			rows   []row
			values map[string]any
		}{"as in the table": {table(), tableValues()}, "escaped": {oddTable(), oddValues()}} {
			t.Run(version+" "+name, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, examples+version+"/json/parameters-style.json", false, nil)
				compared, rows := 0, map[string]bool{}
				for _, a := range b.ours.actions {
					compared += b.styles(t, a, c.rows, c.values, rows)
				}
				const declared = 53 // in each of both documents
				if compared != declared || len(rows) != len(c.rows) {
					t.Errorf("%d parameters of %d, %d rows of %d: %v", compared, declared, len(rows), len(c.rows), rows)
				}
			})
		}
	}
}

// styles calls an action once for each of its parameters, and gives their number. A path needs all of them at once.
func (b *bench) styles(t *testing.T, a waygate.HTTPAction, rows []row, values map[string]any, used map[string]bool) int {
	t.Helper()
	op := b.ours.operations[a.ID]
	item := b.kin.Paths.Value(op.Path)
	params := declared(item, item.GetOperation(op.Method))
	path := strings.Contains(op.Path, "{")
	want := withoutFragment(op.Path)
	for i, p := range params {
		r := rowOf(t, rows, p)
		used[fmt.Sprint(r.in, r.style, r.explode)] = true
		cell := map[string]string{"primitive": r.primitive, "array": r.array, "object": r.object}[p.Name]
		if cell == na {
			t.Fatalf("%s %s: the table has no %s in %s", op.Method, op.Path, p.Name, r.style)
		}
		if path {
			want = strings.Replace(want, "{"+p.Name+"}", cell, 1)
			if i == len(params)-1 {
				b.sends(t, a, params, values, "path", want)
			}
			continue
		}
		b.sends(t, a, params[i:i+1], values, p.In, cell)
	}
	return len(params)
}

func rowOf(t *testing.T, rows []row, p *openapi3.Parameter) row {
	t.Helper()
	sm, err := p.SerializationMethod()
	must(t, err)
	i := slices.IndexFunc(rows, func(r row) bool { return r.in == p.In && r.style == sm.Style && r.explode == sm.Explode })
	if i < 0 {
		t.Fatalf("the table has no %s %s %v", p.In, sm.Style, sm.Explode)
	}
	return rows[i]
}

// sends calls an action with some parameters, and compares what came in their place.
func (b *bench) sends(t *testing.T, a waygate.HTTPAction, params []*openapi3.Parameter, values map[string]any, in, want string) {
	t.Helper()
	m := &made{input: map[string]any{}}
	for _, p := range params {
		must(t, m.put(a, waygate.In(p.In), p.Name, values[p.Name]))
	}
	_, err := b.acme.Invoke(t.Context(), "api."+a.ID, m.input, waygate.On("main"))
	seen := b.proxy.take()
	if err != nil || len(seen) != 1 {
		t.Fatalf("%s %v: %d requests, %v", a.ID, m.input, len(seen), err)
	}
	path, query, _ := strings.Cut(seen[0].uri, "?")
	got := map[string]string{"path": path, "query": query, "cookie": strings.Join(seen[0].header.Values("Cookie"), "\n"),
		"header": strings.Join(seen[0].header.Values(params[0].Name), "\n")}[in]
	if got != want {
		t.Errorf("%s: the server received %q, want %q", a.ID, got, want)
	}
}
