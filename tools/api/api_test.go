package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const source = `package thing

import "io"

type (
	// Open may be implemented by others, Sealed may not.
	Open   interface{ Do(name string, w io.Writer) (n int, err error) }
	Sealed interface{ Do(); apply() }
	Number interface{ ~int | ~float64 }
	Other  = Open

	base struct{}
	Box[T any] struct {
		base
		Open
		Value  T ` + "`json:\"value\"`" + `
		hidden int
	}
	Level int
)

const Most Level = 1 << 4

var ErrOdd error

func (base) Inherited()                {}
func (*Box[T]) Set(v T)                {}
func (Level) String() string           { return "" }
func Sum[N Number](of ...N) (sum N)    { return sum }
func hidden()                          {}
`

// module writes a module with the source and a command, and gives its directory.
func module(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module github.com/waygate-go/waygate/thing\n\ngo 1.26.5\n", "thing.go": text,
		"cmd/main.go": "package main\n\nfunc Exported() {}\n\nfunc main() {}\n", "internal/deep/deep.go": "package deep\n\nfunc Exported() {}\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestList(t *testing.T) {
	t.Parallel()
	lists, err := listAll(t.Context(), module(t, source), []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"const Most Level = 16",
		"func Sum[N Number](...N) N",
		"method (*Box) Set(T)",
		"method (Box) Do(string, io.Writer) (int, error)",
		"method (Box) Inherited()",
		"method (Level) String() string",
		"type Box struct, embedded Open Open",
		"type Box struct, field Value T `json:\"value\"`",
		"type Box[T any] struct",
		"type Level int",
		"type Number interface",
		"type Number interface, of ~int | ~float64",
		"type Open interface",
		"type Open interface, method Do(string, io.Writer) (int, error)",
		"type Other = Open",
		"type Sealed interface",
		"type Sealed interface, method Do()",
		"type Sealed interface, methods that aren't exported",
		"var ErrOdd error",
	}
	if got := lists["thing.txt"]; len(lists) != 1 || !slices.Equal(got, want) {
		t.Errorf("%d files, got\n%s", len(lists), strings.Join(got, "\n"))
	}
}

// TestInternal: what a nested module imports of another's internal packages is part of what is listed.
func TestInternal(t *testing.T) {
	t.Parallel()
	dir := module(t, source)
	nested := filepath.Join(dir, "nested")
	if err := os.MkdirAll(nested, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"go.mod": "module github.com/waygate-go/waygate/thing/nested\n\ngo 1.26.5\n\nrequire github.com/waygate-go/waygate/thing v0.0.0\n\n" +
			"replace github.com/waygate-go/waygate/thing => ../\n",
		"nested.go": "package nested\n\nimport \"github.com/waygate-go/waygate/thing/internal/deep\"\n\nfunc Use() { deep.Exported() }\n",
	} {
		if err := os.WriteFile(filepath.Join(nested, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lists, err := listAll(t.Context(), dir, []string{".", "nested"})
	if err != nil {
		t.Fatal(err)
	}
	if got := lists["thing_internal_deep.txt"]; len(lists) != 3 || !slices.Equal(got, []string{"func Exported()"}) {
		t.Errorf("%d files, got %v", len(lists), got)
	}
}

// TestCheck: what was written passes; after a change of the code it doesn't, and says where.
func TestCheck(t *testing.T) {
	t.Parallel()
	dir := module(t, source)
	args := []string{"-root", dir, "-modules", "."}
	var out strings.Builder
	if err := run(t.Context(), &out, append([]string{"check"}, args...)); err == nil {
		t.Error("no error without files")
	}
	for _, command := range []string{"write", "check"} {
		if err := run(t.Context(), &strings.Builder{}, append([]string{command}, args...)); err != nil {
			t.Fatal(command, err)
		}
	}
	changed := strings.Replace(source, "w io.Writer", "w io.Reader", 1)
	if err := os.WriteFile(filepath.Join(dir, "thing.go"), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	err := run(t.Context(), &out, append([]string{"check"}, args...))
	if err == nil || !strings.Contains(out.String(), "+ thing: type Open interface, method Do(string, io.Reader) (int, error)\n") {
		t.Errorf("error %v, output %s", err, out.String())
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	const last = "v0.3.1"
	before := []string{"func A()", "type Open interface", "type Sealed interface", "type Sealed interface, " + sealedMark}
	for name, tc := range map[string]struct {
		add, drop     string
		last, version string
		least         string
		enough        bool
	}{
		"nothing":                   {least: "v0.3.2", enough: true},
		"new":                       {add: "func B()", version: "v0.4.0", least: "v0.4.0", enough: true},
		"new, in a patch":           {add: "func B()", version: "v0.3.2", least: "v0.4.0"},
		"gone":                      {drop: "func A()", version: "v0.4.0", least: "v0.4.0", enough: true},
		"gone, in a patch":          {drop: "func A()", version: "v0.3.2", least: "v0.4.0"},
		"gone, from v1 on":          {drop: "func A()", last: "v1.2.3", version: "v1.3.0", least: "v2.0.0"},
		"new, from v1 on":           {add: "func B()", last: "v1.2.3", version: "v1.3.0", least: "v1.3.0", enough: true},
		"a method of others' types": {add: "type Open interface, method Do()", last: "v1.2.3", version: "v1.3.0", least: "v2.0.0"},
		"a method of our own types": {add: "type Sealed interface, method Do()", last: "v1.2.3", version: "v1.3.0", least: "v1.3.0", enough: true},
		"a new interface":           {add: "type New interface, method Do()", last: "v1.2.3", version: "v1.3.0", least: "v1.3.0", enough: true},
	} {
		now := slices.DeleteFunc(slices.Clone(before), func(line string) bool { return line == tc.drop })
		if tc.add != "" {
			now = append(now, tc.add)
		}
		var out strings.Builder
		err := judge(&out, compare(map[string][]string{"a.txt": before}, map[string][]string{"a.txt": now}), max(tc.last, last), tc.version)
		if (err == nil) != tc.enough || !strings.Contains(out.String(), "the next version is "+tc.least+" at least") {
			t.Errorf("%s: error %v, output %s", name, err, out.String())
		}
	}
}
