package yamltree_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/yamltree"
)

// FuzzParse shows that no source makes the reader panic, that what it gives is JSON within the limits, that each value of
// it has a place, and that the JSON is read as itself.
func FuzzParse(f *testing.F) {
	for _, src := range []string{
		"", "a: 1\nb: [x, {c: ~}]\n", "a: &x [1, *x]", "a: |\n  b\n", "'a': \"\\u00e9\\n\"", "? a\n: b\n", "- - - a\n", "a: !!str b\n",
		"<<: {a: b}", "%YAML 1.2\n---\na\n...\n", "\uFEFFa: b\r\nc: d", "a: 1\n---\nb: 2", "[.nan, 0x1, +1, 01, 1e5]", "a:\n b:\n  c\n d", "a: [",
		"a: >-\n  b\n\n  c\n", "# c\n", "a: ! b", "{a, b: }", "\x00", "\xff", "&a a: *a", "a: *b",
	} {
		f.Add(src)
	}
	lim := yamltree.Limits{Bytes: 1 << 16, Depth: 64, Nodes: 10_000}
	f.Fuzz(func(t *testing.T, src string) {
		doc, err := yamltree.Parse([]byte(src), lim)
		if err != nil {
			var e *yamltree.Error
			if !errors.As(err, &e) || e.Line < 1 || e.Column < 1 || e.Reason == "" || e.Line > 1+len(src) {
				t.Errorf("got %#v", err)
			}
			return
		}
		tree, st, err := jsontree.Parse(doc.JSON(), jsontree.Limits{Depth: lim.Depth, Nodes: lim.Nodes})
		if err != nil || st.Duplicate != "" {
			t.Fatalf("%s: %v, %q stands twice", doc.JSON(), err, st.Duplicate)
		}
		checkPlaces(t, doc, tree, "")
		if strings.ContainsAny(src, "\"'|>\\") || len(src) > 500 {
			return // characters and lengths that the reader takes in block style alone
		}
		again, err := yamltree.Parse(doc.JSON(), yamltree.Limits{Bytes: 10 << 20})
		if err != nil || string(again.JSON()) != string(doc.JSON()) {
			t.Errorf("%s is read again as %v, %v", doc.JSON(), again, err)
		}
	})
}

func checkPlaces(t *testing.T, doc *yamltree.Document, tree any, pointer string) {
	t.Helper()
	if line, col, ok := doc.Position(pointer); !ok || line < 1 || col < 1 {
		t.Errorf("%q is at %d:%d, %t", pointer, line, col, ok)
	}
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	switch v := tree.(type) {
	case map[string]any:
		for k, e := range v {
			checkPlaces(t, doc, e, pointer+"/"+escape.Replace(k))
		}
	case []any:
		for i, e := range v {
			checkPlaces(t, doc, e, pointer+"/"+itoa(i))
		}
	}
}

func itoa(i int) string { return string(jsontree.Append(nil, int64(i))) }
