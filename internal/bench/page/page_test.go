package page_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/bench/page"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.md")
	if err := os.WriteFile(path, []byte("# Title\n<!-- x:begin -->\nold\n<!-- x:end -->\nrest\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time nothing is left to change
		if err := page.Write(path, "x", "\nnew\n\nlines\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := "# Title\n<!-- x:begin -->\nnew\n\nlines\n<!-- x:end -->\nrest\n"; err != nil || string(got) != want {
			t.Errorf("the file holds %q, %v; want %q", got, err, want)
		}
	}
}

func TestReplaceRefused(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]string{
		"none":     "text",
		"twice":    "<!-- x:begin --><!-- x:begin --><!-- x:end -->",
		"no end":   "<!-- x:begin -->",
		"reversed": "<!-- x:end --><!-- x:begin -->",
	} {
		if got, err := page.Replace(old, "x", "new"); err == nil || !strings.Contains(err.Error(), "x:") {
			t.Errorf("%s: Replace = %q, %v; want an error that names the marker", name, got, err)
		}
	}
}
