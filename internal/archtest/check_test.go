package archtest_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/archtest"
)

// TestCheck judges a tree in which every rule is broken at least once, beside packages that come close and keep them.
func TestCheck(t *testing.T) {
	t.Parallel()
	allow := map[string]string{
		"gate.example/pagination.Table": "a table that is only read",
		"gate.example/pagination.Gone":  "nothing needs this any more",
	}
	findings, err := archtest.Check(t.Context(), "testdata/tree", allow)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		before, _, _ := strings.Cut(f.Text, ":") // the advice behind it is prose
		got = append(got, f.Pos+" "+string(f.Rule)+" "+before)
	}
	want := []string{
		"auth/auth.go:5 testing production code imports gate.example/auth/authtest",
		"auth/auth.go:8 leaf gate.example/auth imports gate.example/mapping",
		"auth/auth_test.go:6 leaf gate.example/auth imports gate.example",
		"gate.example foreign links github.com/google/go-cmp/cmp",
		"gate.example foreign links github.com/jackc/pgx/v5",
		"gate.example/examples/common doc the package has no comment",
		"gate.example/openapi doc the package has no comment",
		"gate.example/openapi/util name a package called util holds anything",
		"gate.example/pagination.Gone stale allowed, but no such package variable needs it",
		"gate.example/store/memory foreign links github.com/google/go-cmp/cmp",
		"gate.example/store/memory foreign links github.com/jackc/pgx/v5",
		"gate.go:7 root gate.example imports gate.example/store/memory",
		"go.mod foreign the core requires github.com/jackc/pgx/v5",
		"internal/deep/deep.go:4 internal gate.example/internal/deep imports gate.example/pagination",
		"mapping/map.go:5 testing production code imports net/http/httptest",
		"mapping/map.go:6 testing production code imports testing",
		"mapping/map.go:7 testing production code imports testing/quick",
		"mapping/map.go:9 leaf gate.example/mapping imports gate.example/openapi",
		"openapi/doc.go:13 doc exported Generic has no comment",
		"openapi/doc.go:15 doc exported Do has no comment",
		"openapi/doc.go:17 doc exported New has no comment",
		"openapi/doc.go:21 doc exported Pair.Right has no comment",
		"openapi/doc.go:29 doc exported Reader.Read has no comment",
		"openapi/doc.go:3 doc exported Document has no comment",
		"openapi/doc.go:5 doc exported Version has no comment",
		"pagination/link.go:25 var package variable ErrCount can be changed",
		"pagination/link.go:26 var package variable cache can be changed",
		"pagination/link.go:27 var package variable y can be changed",
		"pagination/link.go:30 doc exported Error has no comment",
		"pagination/link.go:36 init func init",
		"pagination/link_plan9.go:3 init func init",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

// TestCheckHalfWritten wants a tree that doesn't compile to be judged as far as it parses.
func TestCheckHalfWritten(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"go.mod":         "module half.example\n\ngo 1.26\n",
		"half.go":        "// Package half lacks a package it imports.\npackage half\n\nimport _ \"half.example/nowhere\"\n\nfunc init() {}\n",
		"broken.go":      "package half\n\nfunc (\n",
		"empty/empty.go": "",
		"two/a.go":       "// Package a is one of two.\npackage a\n",
		"two/b.go":       "package b\n\nfunc init() {}\n",
	})
	findings, err := archtest.Check(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Pos+" "+string(f.Rule))
	}
	if diff := cmp.Diff([]string{"half.go:4 root", "half.go:6 init", "two/b.go:3 init"}, got); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestCheckErrors(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx   context.Context
		files map[string]string
	}{
		"no module":       {t.Context(), map[string]string{"a.go": "package a\n"}},
		"module below":    {t.Context(), map[string]string{"a/go.mod": "module a\n\ngo 1.26\n", "a/a.go": "package a\n"}},
		"no packages":     {t.Context(), map[string]string{"go.mod": "module a\n\ngo 1.26\n"}},
		"broken go.mod":   {t.Context(), map[string]string{"go.mod": "modul a\n", "a.go": "package a\n"}},
		"context is over": {canceled, map[string]string{"go.mod": "module a\n\ngo 1.26\n", "a.go": "package a\n"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, tt.files)
			if findings, err := archtest.Check(tt.ctx, dir, nil); err == nil {
				t.Errorf("no error, findings %v", findings)
			}
		})
	}
}

// write makes a directory that holds the files, named by slashed paths.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range files {
		path = filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
