package main

import (
	"archive/zip"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const licence = "Apache License\n"

// tree is a small repository of a core and a module nested in it.
func tree() map[string]string {
	return map[string]string{
		"LICENSE":               licence,
		"go.mod":                "module example.com/core\n\ngo 1.26.5\n",
		"go.sum":                "",
		"core.go":               "package core\n",
		"testdata/own.txt":      "ours",
		"store/go.mod":          "module example.com/core/store\n\ngo 1.26.5\n\nrequire (\n\texample.com/core v0.0.0\n\texample.com/dep v1.2.3\n)\n\nreplace example.com/core => ../\n",
		"store/go.sum":          "example.com/dep v1.2.3 h1:AAAA=\nexample.com/dep v1.2.3/go.mod h1:AAAA=\nexample.com/a v1.2.3 h1:AAAA=\n",
		"store/store.go":        "package store\n",
		"tools/go.mod":          "module example.com/core/tools\n\ngo 1.26.5\n",
		"store/testdata/go.mod": "module example.com/fixture\n",
	}
}

// repository writes the tree, as git knows it.
func repository(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"init", "-q"}, {"add", "-A"}} {
		if out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", root}, args...)...).CombinedOutput(); err != nil {
			t.Fatalf("git: %v: %s", err, out)
		}
	}
	return root
}

func packed(t *testing.T, root string) (proxy string, err error) {
	t.Helper()
	proxy = t.TempDir()
	return proxy, run(t.Context(), &strings.Builder{}, []string{"pack", "-root", root, "-modules", ".,store", "-version", "v0.9.0", "-proxy", proxy})
}

// unzipped gives the files of a module that was packed.
func unzipped(t *testing.T, proxy, path string) map[string]string {
	t.Helper()
	z, err := zip.OpenReader(filepath.Join(proxy, path, "@v", "v0.9.0.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }()
	files := map[string]string{}
	for _, f := range z.File {
		data, err := contents(f)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimPrefix(f.Name, path+"@v0.9.0/")] = string(data)
	}
	return files
}

func TestPack(t *testing.T) {
	t.Parallel()
	root := repository(t, tree())
	proxy, err := packed(t, root)
	if err != nil {
		t.Fatal(err)
	}
	core, store := unzipped(t, proxy, "example.com/core"), unzipped(t, proxy, "example.com/core/store")
	for _, got := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"core", core, []string{"LICENSE", "core.go", "go.mod", "go.sum", "testdata/own.txt"}},
		{"store", store, []string{"LICENSE", "go.mod", "go.sum", "store.go"}}, // with the licence of the core
	} {
		if names := slices.Sorted(maps.Keys(got.files)); !slices.Equal(names, got.want) {
			t.Errorf("%s holds %v, want %v", got.name, names, got.want)
		}
	}
	mod, err := os.ReadFile(filepath.Join(proxy, "example.com/core/store/@v/v0.9.0.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if string(mod) != store["go.mod"] || !strings.Contains(string(mod), "example.com/core v0.9.0\n") || strings.Contains(string(mod), "replace") {
		t.Errorf("go.mod of store: %s", mod)
	}
	if before := tree()["store/go.mod"]; before != read(t, root, "store/go.mod") {
		t.Error("packing changed the tree")
	}
}

// TestWrite: the tree that is written packs as the one before it does, and holds the sums of what it requires.
func TestWrite(t *testing.T) {
	t.Parallel()
	root := repository(t, tree())
	before, err := packed(t, root)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // again changes nothing
		if err := run(t.Context(), &strings.Builder{}, []string{"write", "-root", root, "-modules", ".,store", "-version", "v0.9.0"}); err != nil {
			t.Fatal(err)
		}
	}
	if text := read(t, root, "store/go.mod"); strings.Contains(text, "replace") || !strings.Contains(text, "example.com/core v0.9.0\n") {
		t.Errorf("go.mod of store: %s", text)
	}
	want, err := sumLines(filepath.Join(before, "example.com/core/@v/v0.9.0.zip"), "example.com/core", "v0.9.0", []byte(read(t, root, "go.mod")))
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, root, "store/go.sum"); got != want+tree()["store/go.sum"] { // the rest in its own order
		t.Errorf("go.sum of store: %s, want it to begin with %s", got, want)
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestPackRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		file, text, want string
	}{
		"another's replacement": {"go.mod", tree()["go.mod"] + "\nrequire example.com/dep v1.0.0\n\nreplace example.com/dep => example.com/fork v1.0.0\n", "replaces example.com/dep"},
		"an exclusion":          {"go.mod", tree()["go.mod"] + "\nexclude example.com/dep v1.0.0\n", "excludes example.com/dep"},
		"a module that stays":   {"store/go.mod", tree()["store/go.mod"] + "\nrequire example.com/core/tools v0.0.0\n", "isn't released"},
		"another's v0.0.0":      {"go.mod", tree()["go.mod"] + "\nrequire example.com/dep v0.0.0\n", "nobody can fetch"},
		"no licence":            {"LICENSE", "all rights reserved\n", "no LICENSE of ours"},
		"a large file":          {"data.json", strings.Repeat("x", mostFile+1), "data.json: 131073 bytes"},
		"a large fixture":       {"store/testdata.go/testdata/a.json", strings.Repeat("x", mostFixture+1), "a fixture of 16385 bytes"},
		"another's fixture":     {"testdata/a.yaml", "# Copyright 2024 Somebody\n", "somebody else's"},
		"another's licence":     {"testdata/suite/LICENCE.md", "MIT\n", "somebody else's"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := tree()
			files[tc.file] = tc.text
			if _, err := packed(t, repository(t, files)); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for version, good := range map[string]bool{
		"v0.1.0": true, "v1.12.3": true, "v0.2.0-rc.1": true,
		"": false, "0.1.0": false, "v1": false, "v2.0.0": false, "v0.1.0+build": false,
	} {
		if err := checkVersion(version); (err == nil) != good {
			t.Errorf("%q: %v", version, err)
		}
	}
}
