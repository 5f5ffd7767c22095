package catalogue_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// TestRegister registers the catalogue of testdata, twice.
func TestRegister(t *testing.T) {
	t.Parallel()
	gw := newGateway(t)
	for range 2 {
		if err := catalogue.Register(t.Context(), gw, os.DirFS("testdata/catalogue")); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		ids = append(ids, a.ID)
	}
	want := []string{
		"code-host.create_issue", "code-host.delete_reaction", "code-host.list_issues", "code-host.lock_issue",
		"payments.create_customer", "payments.create_refund", "payments.get_balance", "payments.list_customers", "payments.update_customer",
		"team-chat.list_channels", "team-chat.post_message", "team-chat.upload",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Error(diff)
	}
}

// TestParse shows what the files say.
func TestParse(t *testing.T) {
	t.Parallel()
	list := parseDir(t)
	var ids []string
	for _, in := range list {
		ids = append(ids, in.ID)
	}
	if diff := cmp.Diff([]string{"code-host", "payments", "team-chat"}, ids); diff != "" {
		t.Fatal(diff)
	}
	if got := list[0].Headers["X-Api-Version"]; got != "2022-11-28" {
		t.Errorf("the version is %q", got)
	}
	issues, ok := list[0].Actions[0].(waygate.HTTPAction)
	if !ok {
		t.Fatalf("the action is a %T", list[0].Actions[0])
	}
	schema, _, err := jsontree.Parse(issues.InputSchema, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	name := map[string]any{"type": "string", "minLength": int64(1)}
	want := map[string]any{
		"type": "object", "required": []any{"owner", "repo"},
		"properties": map[string]any{
			"owner": name, "repo": name, "state": map[string]any{"enum": []any{"open", "closed", "all"}},
			"labels": map[string]any{"type": "array", "items": map[string]any{"type": "string"}},
		},
	}
	if diff := cmp.Diff(want, schema); diff != "" {
		t.Error(diff)
	}
	var actions []string
	for _, a := range list[1].Actions {
		actions = append(actions, a.Info().ID)
	}
	if diff := cmp.Diff([]string{"get_balance", "list_customers", "create_customer", "update_customer", "create_refund"}, actions); diff != "" {
		t.Error(diff)
	}
}

// files makes a file system of texts.
func files(texts map[string]string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range texts {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// integration is a definition with an id and further lines.
func integration(id string, more ...string) string {
	return "id: " + id + "\nbase_url: https://" + id + ".example.com\nauth: {kind: none}\n" + strings.Join(more, "\n") + "\n"
}

func action(id string) string { return "id: " + id + "\nmethod: GET\npath: /" + id + "\n" }

// TestEmpty shows that a catalogue that was perhaps looked for in the wrong place isn't taken for one without integrations.
func TestEmpty(t *testing.T) {
	t.Parallel()
	for name, texts := range map[string]map[string]string{
		"nothing":     nil,
		"other files": {"README.md": "id: x", "b.YAML": "!", "_a.yaml": "!", ".git/e.json": "!"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := newGateway(t)
			list, err := catalogue.Parse(gw, files(texts))
			if !errors.Is(err, catalogue.ErrEmpty) || list != nil {
				t.Errorf("Parse: %v, %v", list, err)
			}
			var e *catalogue.Error
			if err := catalogue.Register(t.Context(), gw, files(texts)); !errors.Is(err, catalogue.ErrEmpty) || !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "the catalogue is empty") {
				t.Errorf("Register: %v", err)
			}
		})
	}
}

// TestNoRoot shows that a directory that isn't there is told as such.
func TestNoRoot(t *testing.T) {
	t.Parallel()
	err := catalogue.Register(t.Context(), newGateway(t), os.DirFS(t.TempDir()+"/nowhere"))
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), "the root of the catalogue can't be read: ") {
		t.Errorf("got %v", err)
	}
}

// TestLayout shows which files make which integrations, in which order.
func TestLayout(t *testing.T) {
	t.Parallel()
	json := func(id string) string {
		return `{"id":"` + id + `","base_url":"https://x.example.com","auth":{"kind":"none"}}`
	}
	cases := map[string]struct {
		files map[string]string
		want  []string // integration: actions
	}{
		"other files":           {map[string]string{"README.md": "id: x", "a.txt": "", "b.YAML": "!", "yaml": "!", "c.yaml.bak": "!", "d.yml": integration("d")}, []string{"d:"}},
		"each ending":           {map[string]string{"a.yaml": integration("a"), "b.yml": integration("b"), "c.json": json("c")}, []string{"a:", "b:", "c:"}},
		"in order of bytes":     {map[string]string{"a/x.yaml": integration("second"), "a-b.yaml": integration("first"), "B.yaml": integration("capital")}, []string{"capital:", "first:", "second:"}},
		"left out":              {map[string]string{".a.yaml": "!", "_b.yaml": "!", "_c/d.yaml": "!", ".git/e.json": "!", "f/_g.yaml": "!", "h.yaml": integration("h")}, []string{"h:"}},
		"deep":                  {map[string]string{"a/b/c/d.yaml": integration("d")}, []string{"d:"}},
		"directory":             {map[string]string{"x/integration.yaml": integration("x"), "x/b.yaml": action("b"), "x/a.json": `[{"id":"a1","method":"GET","path":"/"},{"id":"a2","method":"GET","path":"/"}]`}, []string{"x: a1 a2 b"}},
		"actions in order":      {map[string]string{"x/integration.yaml": integration("x"), "x/a/b.yaml": action("second"), "x/a-c.yaml": action("first")}, []string{"x: first second"}},
		"own actions first":     {map[string]string{"x/integration.yml": integration("x", "actions: [{id: z, method: GET, path: /}]", "tags: [zz]"), "x/a.yaml": action("a")}, []string{"x: z a"}},
		"no actions of its own": {map[string]string{"x/integration.json": json("x"), "x/a.yaml": action("a")}, []string{"x: a"}},
		"actions below":         {map[string]string{"x/integration.yaml": integration("x"), "x/deep/er/a.yaml": action("a"), "x/b.yaml": action("b"), "x/c/_no.yaml": "!"}, []string{"x: b a"}},
		"directory in a directory": {map[string]string{"x/integration.yaml": integration("x"), "x/y/integration.yaml": integration("y"), "x/y/a.yaml": action("a"), "x/z/b.yaml": action("b")},
			[]string{"x: b", "y: a"}},
		"the root":        {map[string]string{"integration.yaml": integration("x"), "a.yaml": action("a"), "b/c.yaml": action("c")}, []string{"x: a c"}},
		"an empty list":   {map[string]string{"x/integration.yaml": integration("x"), "x/a.yaml": "[]"}, []string{"x:"}},
		"sorted by mains": {map[string]string{"z.yaml": integration("z"), "y/integration.yaml": integration("y"), "y/a.yaml": action("a"), "x.yaml": integration("x")}, []string{"x:", "y: a", "z:"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := newGateway(t)
			list, err := catalogue.Parse(gw, files(c.files))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range list {
				line := in.ID + ":"
				for _, a := range in.Actions {
					line += " " + a.Info().ID
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if err := catalogue.Register(t.Context(), gw, files(c.files)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRegisterAllOrNone shows that nothing is registered if a file is bad, and that what was there before stays.
func TestRegisterAllOrNone(t *testing.T) {
	t.Parallel()
	bad := integration("c", "timeout: 1ms")
	cases := map[string]struct {
		files map[string]string
		kind  error
		says  []string
	}{
		"form":       {map[string]string{"a.yaml": integration("a"), "c.yaml": "id: [", "d.yaml": integration("d")}, nil, []string{"c.yaml:1:1"}},
		"definition": {map[string]string{"a.yaml": integration("a"), "c.yaml": bad, "d.yaml": integration("d")}, waygate.ErrConfig, []string{"c.yaml:4:1: /timeout"}},
		"several":    {map[string]string{"a.yaml": integration("a"), "c.yaml": bad, "d.yaml": strings.Replace(bad, "id: c", "id: d", 1)}, waygate.ErrConfig, []string{"c.yaml:4:1: /timeout", "d.yaml:4:1: /timeout"}},
		"conflict":   {map[string]string{"a.yaml": integration("a"), "old.yaml": integration("old", "name: another")}, waygate.ErrConflict, []string{"old.yaml:1:1", "Replace"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := newGateway(t)
			if err := catalogue.Register(t.Context(), gw, files(map[string]string{"d.yaml": integration("d"), "old.yaml": integration("old")})); err != nil {
				t.Fatal(err)
			}
			err := catalogue.Register(t.Context(), gw, files(c.files))
			if len(joined(err)) != len(slices.DeleteFunc(slices.Clone(c.says), func(s string) bool { return s == "Replace" })) {
				t.Errorf("got %v", err)
			}
			for _, s := range c.says {
				if err == nil || !strings.Contains(err.Error(), s) {
					t.Errorf("got %v, want …%s…", err, s)
				}
			}
			if c.kind != nil && !errors.Is(err, c.kind) {
				t.Errorf("%v isn't %v", err, c.kind)
			}
			for id, want := range map[string]bool{"a": false, "c": false, "d": true, "old": true} {
				if _, err := gw.Integration(id); (err == nil) != want {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	t.Run("ended", func(t *testing.T) {
		t.Parallel()
		gw := newGateway(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := catalogue.Register(ctx, gw, files(map[string]string{"a.yaml": integration("a"), "b.yaml": integration("b")}))
		if !errors.Is(err, waygate.ErrCanceled) || !errors.Is(err, context.Canceled) || len(joined(err)) != 1 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("nil", func(t *testing.T) {
		t.Parallel()
		if err := catalogue.Register(t.Context(), nil, files(nil)); err == nil {
			t.Error("no error without gateway")
		}
		if _, err := catalogue.Parse(newGateway(t), nil); err == nil {
			t.Error("no error without file system")
		}
	})
}

// TestOwnKinds shows that the kinds of a host are read.
func TestOwnKinds(t *testing.T) {
	t.Parallel()
	kinds := waygate.Kinds{Actions: waygate.ActionKindMap{"soap": func(raw []byte, _ waygate.Kinds) (waygate.Action, error) {
		return waygate.HTTPAction{ID: "soap", Method: "POST", Path: "/soap"}, nil
	}}}
	fsys := files(map[string]string{"a.yaml": integration("a", "actions: [{kind: soap, envelope: x}]")})
	list, err := catalogue.Parse(newGateway(t, func(c *waygate.Config) { c.Kinds = kinds }), fsys)
	if err != nil {
		t.Fatal(err)
	}
	if got := list[0].Actions[0].Info().ID; got != "soap" {
		t.Errorf("got %q", got)
	}
	if _, err := catalogue.Parse(newGateway(t), fsys); err == nil {
		t.Error("the kind is known without a decoder")
	}
}
