package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// tree lists the files below a directory.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			var name string
			name, err = filepath.Rel(dir, path)
			list = append(list, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAgain imports into a directory again: actions that are no more go, files of others stay, and nothing changes where
// nothing did.
func TestAgain(t *testing.T) {
	t.Parallel()
	doc := file(t, "crm.yaml", document)
	dir := filepath.Join(t.TempDir(), "new", "crm")
	into := func(doc string, code int, args ...string) ran {
		t.Helper()
		got := start(t, "", false, append([]string{"import", doc, "--out", dir + "/"}, args...)...)
		if got.code != code {
			t.Fatalf("%+v", got)
		}
		return got
	}
	into(doc, 0)
	both := []string{"_import.json", "actions/get_contact.yaml", "actions/list_deals.yaml", "integration.yaml"}
	if got := tree(t, dir); !slices.Equal(got, both) {
		t.Errorf("%q", got)
	}
	list, err := os.ReadFile(filepath.Join(dir, "_import.json"))
	if err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(dir, "actions", "mine.yaml")
	if err := os.WriteFile(mine, []byte("{id: mine, method: GET, path: /mine}"), 0o600); err != nil {
		t.Fatal(err)
	}
	into(doc, 0)
	if again, err := os.ReadFile(filepath.Join(dir, "_import.json")); err != nil || string(again) != string(list) {
		t.Errorf("%v: %s", err, again)
	}
	into(doc, 0, "--select", "!getContact")
	if got := tree(t, dir); !slices.Equal(got, []string{"_import.json", "actions/list_deals.yaml", "actions/mine.yaml", "integration.yaml"}) {
		t.Errorf("%q", got)
	}
	if got := start(t, "", false, "diff", doc, dir); got.code != 1 || got.out != "BREAKING removed get_contact\nok       added mine\n" {
		t.Errorf("%+v", got)
	}
	if got := start(t, "", false, "call", dir+"#mine", "--dry-run", "--credential-env", "KEY"); got.code != 0 || !strings.HasPrefix(got.out, "GET https://api.crm.example.com/mine\n") {
		t.Errorf("%+v", got)
	}
	for text, want := range map[string]string{"{id: get_contact, method: GET, path: /}": `the id "get_contact"`, "{id: x, auth: {kind: none}, base_ur: /}": "actions/mine.yaml:1:"} {
		if err := os.WriteFile(mine, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := into(doc, 3); !strings.Contains(got.err, want) || got.out != "" {
			t.Errorf("%+v", got)
		}
	}
	if got := tree(t, dir); slices.Contains(got, "actions/get_contact.yaml") {
		t.Errorf("written all the same: %q", got)
	}
}

// TestForgedList changes the list of what import wrote: nothing beside what import writes is taken away.
func TestForgedList(t *testing.T) {
	t.Parallel()
	top := t.TempDir()
	dir := filepath.Join(top, "crm")
	doc := file(t, "crm.yaml", document)
	if got := start(t, "", false, "import", doc, "--out", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for name, text := range map[string]string{
		"crm/_import.json": `{"files":["../precious.yaml","actions/../../precious.yaml","notes.json","actions/gone.yaml","actions/sub/x.yaml","/etc/passwd","actions/notes.txt"]}`,
		"precious.yaml":    "a", "crm/actions/notes.txt": "b", "crm/actions/gone.yaml": "{id: gone, method: GET, path: /}", "crm/actions/sub/x.yaml": "{id: x, method: GET, path: /}",
	} {
		path := filepath.Join(top, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := start(t, "", false, "import", doc, "--out", dir); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	want := []string{"crm/_import.json", "crm/actions/get_contact.yaml", "crm/actions/list_deals.yaml", "crm/actions/notes.txt", "crm/actions/sub/x.yaml", "crm/integration.yaml", "precious.yaml"}
	if got := tree(t, top); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestTooLarge writes no file that a catalogue wouldn't read, and says which would do.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("openapi: 3.1.0\ninfo: {title: Large}\nservers: [{url: https://a.example.com}]\npaths:\n")
	for name := range strings.FieldsSeq("a b c d e f g h i j k l m n o p q r s t") {
		text.WriteString("  /" + name + ": {get: {responses: {200: {content: {application/json: {schema: {const: " + strings.Repeat("x", 60_000) + "}}}}}}}\n")
	}
	doc, dir := file(t, "large.yaml", text.String()), t.TempDir()
	for name, code := range map[string]int{"x.yaml": 3, "x.yml": 3, "x.json": 0, "y": 0, "z.1/": 0} {
		path := filepath.Join(dir, name)
		got := start(t, "", false, "import", doc, "--out", path+strings.Repeat("/", strings.Count(name, "/")))
		if _, err := os.Stat(path); got.code != code || (err == nil) != (code == 0) || (code == 0) == strings.Contains(got.err, "--out "+filepath.Join(dir, "x")+"/") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if code != 0 {
			continue
		}
		if got := start(t, "", false, "diff", doc, path); got.code != 0 || got.out != "no difference\n" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
