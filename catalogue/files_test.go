package catalogue_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
)

// places gives what each of the joined errors says, cut after the first words of its reason.
func places(t *testing.T, err error) []string {
	t.Helper()
	var out []string
	for _, err := range joined(err) {
		var e *catalogue.Error
		if !errors.As(err, &e) {
			t.Errorf("got %v", err)
			continue
		}
		text := e.Error()
		if len(text) > 400 {
			t.Errorf("%d bytes: %s", len(text), text)
		}
		out = append(out, text)
	}
	return out
}

// TestBadCatalogues shows faults that lie in how files stand together: all of them are reported.
func TestBadCatalogues(t *testing.T) {
	t.Parallel()
	bad := "method: FETCH\npath: /\nid: bad\n"
	cases := map[string]struct {
		files map[string]string
		want  []string // beginnings, with … before what is contained
	}{
		"same id": {map[string]string{"a.yaml": integration("crm"), "b/c.yaml": "name: B\n" + integration("crm"), "d.json": `{"base_url":"x","auth":{"kind":"none"},"id":"crm"}`},
			[]string{`b/c.yaml:2:1: /id: a.yaml has an integration "crm" already`, `d.json:1:40: /id: a.yaml has an integration "crm"`}},
		"two mains":         {map[string]string{"x/integration.json": `{"id":"j"}`, "x/integration.yaml": integration("x")}, []string{"x/integration.yaml: x/integration.json is in the same directory: keep one"}},
		"several bad files": {map[string]string{"a.yaml": "id: [", "b.yaml": integration("b"), "c.yaml": integration("c", "x: 1"), "d.json": "{"}, []string{"a.yaml:1:1: is not well-formed", "c.yaml:4:1: /x: unknown", "d.json:1:2: is not well-formed"}},
		"action's form":     {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": action("a"), "x/b.yaml": "id: b\nmethd: GET\n"}, []string{"x/b.yaml:2:1: /actions/1/methd: …unknown member"}},
		"action in a list":  {map[string]string{"x/integration.yaml": integration("x", "actions: [{id: own, method: GET, path: /}]"), "x/a.json": "[{\"id\": \"a\"},\n {\"id\": \"b\", \"methd\": 1}]"}, []string{"x/a.json:2:14: /actions/2/methd: …unknown member"}},
		"list, then file": {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": "- {id: a, method: GET, path: /}\n- {id: b, method: GET, path: /}\n", "x/b.yaml": "# c\nid: c\nmethd: x\n"},
			[]string{"x/b.yaml:3:1: /actions/2/methd"}},
		"not actions":        {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": "\ntext\n", "x/b.json": " null", "x/c.yaml": "5"}, []string{"x/a.yaml:2:1: want an action", "x/b.json:1:2: want an action", "x/c.yaml:1:1: want an action"}},
		"item not an action": {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": "- id: a\n  method: GET\n  path: /\n- text\n"}, []string{"x/a.yaml:4:3: /actions/1: …object"}},
		"main and action":    {map[string]string{"x/integration.yaml": "a: [", "x/a.yaml": "b: ["}, []string{"x/integration.yaml:1:1", "x/a.yaml:1:1"}},
		"main is a list":     {map[string]string{"x/integration.yaml": "- id: x\n", "x/a.yaml": action("a")}, []string{"x/integration.yaml:1:1: want an integration"}},
		"main's actions":     {map[string]string{"x/integration.yaml": integration("x", "actions: text"), "x/a.yaml": action("a")}, []string{"x/integration.yaml:4:1: /actions"}},
		"definition, by id":  {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": action("same"), "x/b.yaml": "method: GET\npath: /\nid: same\n"}, []string{"x/b.yaml:3:1: /actions/1/id: …twice"}},
		"definition, in a list": {map[string]string{"x/integration.yaml": integration("x", "actions:", "  - {id: own, method: GET, path: /}"), "x/a.yaml": "- {id: a, method: GET, path: /}\n- id: b\n  method: FETCH\n  path: /\n"},
			[]string{"x/a.yaml:3:3: /actions/2/method: …GET"}},
		"definitions": {map[string]string{"a/integration.yaml": integration("a"), "a/x.yaml": bad, "b.yaml": integration("b", "timeout: 1ms")}, []string{"a/x.yaml:1:1: /actions/0/method", "b.yaml:4:1: /timeout"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := places(t, catalogue.Register(t.Context(), newGateway(t), files(c.files)))
			if len(got) != len(c.want) {
				t.Fatalf("got %d errors: %s", len(got), strings.Join(got, "\n"))
			}
			for i, want := range c.want {
				begins, contains, _ := strings.Cut(want, "…")
				if !strings.HasPrefix(got[i], begins) || !strings.Contains(got[i], contains) {
					t.Errorf("got %s, want %s", got[i], want)
				}
			}
		})
	}
}

// TestSizes shows the limits of a file.
func TestSizes(t *testing.T) {
	t.Parallel()
	pad := func(text string, size int) string { return text + strings.Repeat(" ", size-len(text)) }
	long := func(size int) string { // letters are scanned faster than spaces
		text := `{"id":"a","auth":{"kind":"none"},"description":""}`
		return text[:len(text)-2] + strings.Repeat("x", size-len(text)) + text[len(text)-2:]
	}
	json := `{"id":"a","base_url":"https://a.example.com","auth":{"kind":"none"}}`
	for name, c := range map[string]struct {
		file string
		text string
		want string
	}{
		"yaml":           {"a.yaml", pad(integration("a")+"#", 1<<20), ""},
		"yaml, too long": {"a.yaml", pad(integration("a")+"#", 1<<20+1), "a.yaml: has more than 1048576 bytes: divide it"},
		"yml, too long":  {"a.yml", pad(integration("a")+"#", 1<<20+1), "a.yml: has more than 1048576 bytes: divide it"},
		"json":           {"a.json", long(16 << 20), ""},
		"json, too long": {"a.json", long(16<<20 + 1), "a.json: has more than 16777216 bytes: divide it"},
	} {
		_, err := catalogue.Parse(newGateway(t), files(map[string]string{c.file: c.text}))
		if got := strings.Join(places(t, err), "\n"); c.want == "" && err != nil || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s: got %s, want %s", name, got, c.want)
		}
	}
	half := `"` + strings.Repeat("x", 9<<20) + `"`
	_, err := catalogue.Parse(newGateway(t), files(map[string]string{"x/integration.json": json, "x/a.json": `{"id":"a","description":` + half + `}`, "x/b.json": `{"id":"b","description":` + half + `}`}))
	if got := places(t, err); len(got) != 1 || !strings.Contains(got[0], "16777216") {
		t.Errorf("the files together: %v", got)
	}
}

// oddFS is a file system in which files fail.
type oddFS struct {
	fstest.MapFS
	open map[string]error
	read map[string]io.Reader
}

func (o oddFS) Open(name string) (fs.File, error) {
	if err := o.open[name]; err != nil {
		return nil, err
	}
	f, err := o.MapFS.Open(name)
	if r := o.read[name]; r != nil {
		return oddFile{f, r}, err
	}
	return f, err
}

func (o oddFS) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := o.open[name]; err != nil {
		return nil, err
	}
	return o.MapFS.ReadDir(name)
}

type oddFile struct {
	fs.File
	r io.Reader
}

func (f oddFile) Read(p []byte) (int, error) { return f.r.Read(p) }

// endless counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return len(p), nil
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestOddFileSystems shows that what can't be read is named, and the rest is looked at all the same.
func TestOddFileSystems(t *testing.T) {
	t.Parallel()
	broken, long := errors.New("the disk is gone"), &endless{}
	fsys := oddFS{
		MapFS: files(map[string]string{"a.yaml": "x", "b.yaml": "x", "c.yaml": "x", "d/e.yaml": "x", "f.yaml": "id: [", "g/h.json": "x", "gone.yaml": "x"}),
		open:  map[string]error{"a.yaml": &fs.PathError{Op: "open", Path: "/srv/secret/a.yaml", Err: fs.ErrPermission}, "d": broken, "gone.yaml": fs.ErrNotExist},
		read:  map[string]io.Reader{"b.yaml": failing{broken}, "c.yaml": long, "g/h.json": &endless{}},
	}
	fsys.MapFS["pipe.yaml"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	fsys.MapFS["pipe"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	fsys.MapFS["_pipe.yaml"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	_, err := catalogue.Parse(newGateway(t), fsys)
	want := []string{
		"d: can't be read: the disk is gone",
		"pipe.yaml: isn't a regular file: put one here, or begin the name with _ to leave it out",
		"a.yaml: can't be read: permission denied",
		"b.yaml: can't be read: the disk is gone",
		"c.yaml: has more than 1048576 bytes: divide it into a directory with integration.yaml and files of actions",
		"f.yaml:1:1: is not well-formed YAML: did not find expected node content: check the indentation, brackets and quotes around here",
		"g/h.json: has more than 16777216 bytes: divide it into several integrations",
		"gone.yaml: can't be read: file does not exist",
	}
	if diff := cmp.Diff(want, places(t, err)); diff != "" {
		t.Error(diff)
	}
	if long.read > 2<<20 {
		t.Errorf("%d bytes of a file without end were read", long.read)
	}
	for _, cause := range []error{broken, fs.ErrPermission, fs.ErrNotExist} {
		if !errors.Is(err, cause) {
			t.Errorf("the error isn't %v", cause)
		}
	}
}

// TestDirFS reads real directories: one with symbolic links, and one that isn't there.
func TestDirFS(t *testing.T) {
	t.Parallel()
	outside := filepath.Join(t.TempDir(), "outside.yaml")
	dir := t.TempDir()
	for name, text := range map[string]string{outside: integration("outside"), filepath.Join(dir, "a.yaml"): integration("a")} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := catalogue.Parse(newGateway(t), os.DirFS(dir))
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	for link, target := range map[string]string{"b.yaml": outside, "c": filepath.Dir(outside), "_d.yaml": outside, ".e.yaml": outside, "self": "self"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	_, err = catalogue.Parse(newGateway(t), os.DirFS(dir))
	got := places(t, err)
	if len(got) != 2 || !strings.HasPrefix(got[0], "c: is a symbolic link") || !strings.HasPrefix(got[1], "self: is") {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}
	for _, link := range []string{"c", "self"} {
		if err := os.Remove(filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	if list, err = catalogue.Parse(newGateway(t), os.DirFS(dir)); err != nil || len(list) != 2 {
		t.Errorf("a link to a file: got %v, %v", list, err)
	}
	_, err = catalogue.Parse(newGateway(t), os.DirFS(filepath.Join(dir, "nowhere")))
	if !errors.Is(err, fs.ErrNotExist) || len(joined(err)) != 1 {
		t.Errorf("got %v", err)
	}
}

// TestErrorText shows an Error in its forms.
func TestErrorText(t *testing.T) {
	t.Parallel()
	reason := errors.New("reason")
	for want, e := range map[string]*catalogue.Error{
		"a.yaml:2:3: /id: reason":               {File: "a.yaml", Line: 2, Column: 3, Field: "/id", Err: reason},
		"a.yaml: reason":                        {File: "a.yaml", Err: reason},
		"reason":                                {Err: reason},
		"a.yaml:1:1":                            {File: "a.yaml", Line: 1, Column: 1},
		"a: inner":                              {File: "a", Err: &waygate.Error{Kind: waygate.KindConfig, Op: "parse", Err: errors.New("inner")}},
		"a: waygate: register: canceled: inner": {File: "a", Err: &waygate.Error{Kind: waygate.KindCanceled, Op: "register", Err: errors.New("inner")}},
	} {
		if got := e.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
