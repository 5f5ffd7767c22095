package jsonpath_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ohler55/ojg/jp"

	"github.com/waygate-go/waygate/internal/jsonpath"
)

var seeds = []string{
	"", "$", "a.b", "$.a.b", "items[0].id", "items[-1]", "items[*].id", "$['@odata.nextLink']", "@odata.nextLink",
	"$..id", "$..*", "a[1:3]", "a[::-1]", `$['\ud83d\ude00\'\u0000']`, "$[?@.a==@.b]", "$[?@.a||@.b&&@.c]", "a..b..c",
	"$[50000000]", "$.length()", "$['a','b']", "a[0, 1:2 ,'x']", "'", `"\`, "$[", "@", "größe", "$[:", "$[-", "$['\\u",
}

// FuzzCompile holds: no panic, a typed error, a canonical form that compiles to itself, and one that the library whose
// paths these are accepts too.
func FuzzCompile(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		p, err := jsonpath.Compile(src)
		if err != nil {
			var e *jsonpath.Error
			if p != nil || !errors.As(err, &e) || e.Reason == "" || e.Offset < 0 || e.Offset > len(src) || len(src) > 0 && e.Path == "" && len(src) <= jsonpath.MaxLength {
				t.Fatalf("%q: %#v", src, err)
			}
			return
		}
		form := p.String()
		if len(form) > jsonpath.MaxLength { // escapes made it longer than what may come in
			return
		}
		again, err := jsonpath.Compile(form)
		if err != nil || again.String() != form {
			t.Fatalf("%q became %q, then %v, %v", src, form, again, err)
		}
		if strings.Contains(form, ",") { // it takes fewer lists in brackets
			return
		}
		if _, err := jp.ParseString(form); err != nil {
			t.Fatalf("%q: ojg refuses %q: %v", src, form, err)
		}
	})
}

// FuzzEvaluate holds: no panic, bounded results, First is the first of All, the document is as before, and the results
// are the library's, in whatever order.
func FuzzEvaluate(f *testing.F) {
	for _, s := range seeds {
		f.Add(s, []byte(`{"a":{"b":[1,2.5,null]},"items":[{"id":1},{"id":"x"}],"@odata.nextLink":"n"}`))
		f.Add(s, []byte(`[[[{"id":[]}]],1e400,"s",{"":{}}]`))
	}
	f.Fuzz(func(t *testing.T, src string, body []byte) {
		p, err := jsonpath.Compile(src)
		if err != nil {
			return
		}
		tree, ok := decode(body)
		if !ok {
			return
		}
		first, found := p.First(tree)
		const max = 50
		all, err := p.All(tree, max)
		var e *jsonpath.Error
		switch {
		case err != nil && (!errors.As(err, &e) || all != nil):
			t.Fatalf("%s: %v beside %d results", p, err, len(all))
		case len(all) > max:
			t.Fatalf("%s: %d results", p, len(all))
		case err == nil && found != (len(all) > 0):
			t.Fatalf("%s: First found %v, All %d", p, found, len(all))
		case err == nil && found && !cmp.Equal(first, all[0]):
			t.Fatalf("%s: First %v, All %v", p, first, all[0])
		}
		if err == nil {
			sameAsOjg(t, p, tree, all)
		}
		if again, _ := decode(body); !cmp.Equal(tree, again) {
			t.Fatalf("%s changed the document", p)
		}
	})
}

func sameAsOjg(t *testing.T, p *jsonpath.Path, tree any, got []any) {
	t.Helper()
	if strings.Contains(p.String(), ",") { // its lists in brackets hold fewer sorts, and drop what is named twice
		return
	}
	x, err := jp.ParseString(p.String())
	if err != nil {
		return // FuzzCompile's matter
	}
	if d := cmp.Diff(printed(x.Get(tree)), printed(got)); d != "" {
		t.Errorf("%s: ojg (-) and we (+) differ: %s", p, d)
	}
}

func decode(body []byte) (any, bool) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var tree any
	return tree, dec.Decode(&tree) == nil
}
