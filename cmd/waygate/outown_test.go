package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOwnFilesStay holds that import doesn't write over a file of somebody else's, and takes one that it began to write.
func TestOwnFilesStay(t *testing.T) {
	t.Parallel()
	doc, dir := file(t, "crm.yaml", document), t.TempDir()
	mine := filepath.Join(dir, "actions", "get_contact.yaml")
	const text = "{id: get_contact, method: GET, path: /mine}"
	put := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(mine, text)
	got := start(t, "", false, "import", doc, "--out", dir)
	if after, err := os.ReadFile(mine); err != nil || string(after) != text {
		t.Errorf("%v: %s", err, after)
	}
	if got.code != 3 || !strings.Contains(got.err, "actions/get_contact.yaml") || len(tree(t, dir)) != 1 {
		t.Errorf("%+v, %q", got, tree(t, dir))
	}
	put(filepath.Join(dir, "_import.json"), `{"files":["actions/get_contact.yaml"]}`)
	if got := start(t, "", false, "import", doc, "--out", dir); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

// TestBrokenOff holds that an import that stopped midway is made good by the next.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	doc, dir := file(t, "crm.yaml", document), t.TempDir()
	blocked := filepath.Join(dir, "integration.yaml", "here") // written after the actions
	if err := os.MkdirAll(blocked, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := start(t, "", false, "import", doc, "--out", dir); got.code != 3 {
		t.Fatalf("%+v", got)
	}
	begun := filepath.Join(dir, "actions", "get_contact.yaml")
	if err := os.Truncate(begun, 20); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Dir(blocked)); err != nil {
		t.Fatal(err)
	}
	if got := start(t, "", false, "import", doc, "--out", dir); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if got := start(t, "", false, "diff", doc, dir); got.code != 0 {
		t.Errorf("%+v", got)
	}
}

// TestFileIsReplacedWhole holds that who reads the file of the import before never sees half of the next.
func TestFileIsReplacedWhole(t *testing.T) {
	t.Parallel()
	doc, dir := file(t, "crm.yaml", document), t.TempDir()
	out, before := filepath.Join(dir, "crm.yaml"), filepath.Join(dir, "before")
	if err := os.WriteFile(out, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(out, before); err != nil {
		t.Fatal(err)
	}
	alias := filepath.Join(dir, "alias.yaml")
	if err := os.Symlink("crm.yaml", alias); err != nil {
		t.Fatal(err)
	}
	if got := start(t, "", false, "import", doc, "--out", alias); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if text, err := os.ReadFile(before); err != nil || string(text) != "old" {
		t.Errorf("written in place: %v: %.40s", err, text)
	}
	info, err := os.Stat(out)
	if err != nil || info.Mode() != 0o640 || info.Size() < 100 {
		t.Errorf("%v, %v", info, err)
	}
	if got := tree(t, dir); len(got) != 3 {
		t.Errorf("%q", got)
	}
}
