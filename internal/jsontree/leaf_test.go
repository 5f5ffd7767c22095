package jsontree_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/waygate-go/waygate/internal/jsontree"
)

type file struct {
	Name string
	Open func() error
}

// TestLeaves holds that a leaf stays itself wherever it stands, and comes out of
// Decode as it went in.
func TestLeaves(t *testing.T) {
	t.Parallel()
	r := strings.NewReader("x")
	f := file{Name: "a.txt"}
	type inner struct {
		File   file      `json:"file"`
		Reader io.Reader `json:"reader"`
		Text   string    `json:"text"`
	}
	type outer struct {
		Inner inner  `json:"inner"`
		List  []file `json:"list"`
		P     *file  `json:"p"`
	}
	in := outer{inner{f, r, "leaf x 0"}, []file{f, f}, &f}
	tree, found, _, err := jsontree.FromValueWith(in, jsontree.Limits{}, jsontree.LeafOf[file](), jsontree.LeafOf[*file](), jsontree.LeafOf[io.Reader]())
	if err != nil || !found {
		t.Fatal(found, err)
	}
	want := map[string]any{
		"inner": map[string]any{"file": f, "reader": r, "text": "leaf x 0"},
		"list":  []any{f, f}, "p": f,
	}
	same := cmp.Options{cmpopts.IgnoreFields(file{}, "Open"), cmp.Comparer(func(a, b *strings.Reader) bool { return a == b })}
	if diff := cmp.Diff(want, tree, same); diff != "" {
		t.Error(diff)
	}
	var back outer
	if err := jsontree.Decode(map[string]any{"inner": tree.(map[string]any)["inner"], "list": []any{f}}, &back); err != nil {
		t.Fatal(err)
	}
	if back.Inner.Reader != io.Reader(r) || back.Inner.File.Name != "a.txt" || len(back.List) != 1 {
		t.Errorf("decoded %+v", back)
	}
	if p, ok := jsontree.FindLeaf(map[string]any{"a": []any{int64(1), "x", nil, map[string]any{}}}); ok {
		t.Errorf("a leaf at %q", p)
	}
	if p, ok := jsontree.FindLeaf(map[string]any{"a": []any{"x", f}}); !ok || p != "/a/1" {
		t.Errorf("FindLeaf = %q, %v", p, ok)
	}
}

// TestNoLeaves holds that a type is a leaf only where it is asked for.
func TestNoLeaves(t *testing.T) {
	t.Parallel()
	tree, found, _, err := jsontree.FromValueWith(map[string]any{"a": struct{ B string }{"x"}}, jsontree.Limits{}, jsontree.LeafOf[io.Reader]())
	if err != nil || found {
		t.Fatal(found, err)
	}
	if diff := cmp.Diff(map[string]any{"a": map[string]any{"B": "x"}}, tree); diff != "" {
		t.Error(diff)
	}
}
