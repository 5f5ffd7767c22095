package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httputil"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/store/memory"
)

// github is GitHub's own description of its API, which tools/scripts/documents.sh obtains.
const github = "../../.bin/documents/_octokit_openapi-23.0.2/package/generated/api.github.com.json"

// operations of that document.
const operations = 1223

// result is what import --json prints.
type result struct {
	Integration json.RawMessage
	Report      struct{ Total, Imported, Filtered, Skipped int }
}

// onlyJSON wants one JSON object on stdout and nothing else, not even a second line.
func onlyJSON(t *testing.T, r ran) (res result) {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(r.out))
	if err := dec.Decode(&res); err != nil {
		t.Fatalf("code %d, %v: %.300s", r.code, err, r.out+r.err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) || strings.Count(r.out, "\n") != 1 || r.out[0] != '{' {
		t.Errorf("more than one line of JSON: %.100s … %.100s", r.out, r.out[max(0, len(r.out)-100):])
	}
	if c := res.Report; c.Total != c.Imported+c.Filtered+c.Skipped {
		t.Errorf("%+v doesn't add up", c)
	}
	return res
}

// names are the ids of the actions in the written form.
func names(t *testing.T, integration []byte) []string {
	t.Helper()
	var in struct{ Actions []struct{ ID string } }
	if err := json.Unmarshal(integration, &in); err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, a := range in.Actions {
		list = append(list, a.ID)
	}
	return list
}

// TestGitHub imports all of GitHub's API with the program, and wants nothing but JSON on stdout: 1,223 of 1,223 operations
// under 1,223 names. What it writes as a directory, and as JSON, is without difference to the document.
func TestGitHub(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat(github); err != nil {
		t.Fatalf("%v: run tools/scripts/documents.sh", err)
	}
	waygate := binary(t)
	t.Run("whole", func(t *testing.T) { t.Parallel(); whole(t, waygate) })
	t.Run("select", func(t *testing.T) { t.Parallel(); selected(t, waygate) })
	t.Run("calls", func(t *testing.T) { t.Parallel(); writtenCalls(t, waygate) })
}

func whole(t *testing.T, waygate string) {
	t.Helper()
	dir, flat := filepath.Join(t.TempDir(), "github")+"/", filepath.Join(t.TempDir(), "github.json")
	got := runs(t, waygate, "import", github, "--json", "--id", "github", "--out", dir) // flags may follow
	res := onlyJSON(t, got)
	if r := res.Report; got.code != 0 || r.Total != operations || r.Imported != operations || r.Filtered != 0 || r.Skipped != 0 {
		t.Errorf("code %d, report %+v", got.code, r)
	}
	ids := names(t, res.Integration)
	slices.Sort(ids)
	if n := len(slices.Compact(slices.Clone(ids))); n != operations || len(ids) != operations {
		t.Errorf("%d actions, %d names", len(ids), n)
	}
	lines := strings.Split(strings.TrimSpace(got.err), "\n")
	if len(lines) != 4 || lines[3] != "waygate: 1223 of 1223 operations" {
		t.Errorf("progress: %q", lines)
	}
	before := runs(t, waygate, "import", "--json", "--id", "github", "--out", flat, github)
	if before.code != 0 || before.out != got.out {
		t.Errorf("flags before and after the file differ: code %d, %d and %d bytes", before.code, len(before.out), len(got.out))
	}
	if d := runs(t, waygate, "diff", github, dir); d.code != 0 || d.out != "no difference\n" {
		t.Errorf("%+v", d)
	}
	if d := runs(t, waygate, "diff", dir, flat); d.code != 0 || d.out != "no difference\n" {
		t.Errorf("%+v", d)
	}
}

// selected imports a part of GitHub's API, and wants the rest counted.
func selected(t *testing.T, waygate string) {
	t.Helper()
	for _, tc := range []struct {
		patterns []string
		imported int
	}{
		{[]string{"tag:meta"}, 5},
		{[]string{"issues/create", "issues_list_for_repo"}, 2},
		{[]string{"GET /repos/{owner}/{repo}", "/zen"}, 2},
		{[]string{"tag:meta", "!GET /"}, 4},
		{[]string{"nothing"}, 0},
	} {
		args := []string{"import", github, "--json"}
		for _, p := range tc.patterns {
			args = append(args, "--select", p)
		}
		got := runs(t, waygate, args...)
		res := onlyJSON(t, got)
		if r := res.Report; got.code != 0 || r.Total != operations || r.Imported != tc.imported || r.Filtered != operations-tc.imported || len(names(t, res.Integration)) != tc.imported {
			t.Errorf("%q: code %d, %+v", tc.patterns, got.code, r)
		}
	}
}

// inputs are of one action for each way in which GitHub takes them.
func inputs() map[string]map[string]any {
	return map[string]map[string]any{
		"meta_root":                   {},
		"issues_list_for_repo":        {"owner": "golang", "repo": "go", "labels": "a,b c", "per_page": 2, "since": "2026-01-02T03:04:05Z"},
		"issues_create":               {"owner": "golang", "repo": "go", "title": "T & t", "labels": []any{"x", map[string]any{"name": "y"}}},
		"repos_get_content":           {"owner": "golang", "repo": "go", "path": "src/cmd/go.mod", "ref": "v1"},
		"markdown_render_raw":         {"body": "**bold**"},
		"repos_upload_release_asset":  {"owner": "o", "repo": "r", "release_id": 7, "name": "a b.zip", "body": "data"},
		"teams_remove_member_legacy":  {"team_id": 1, "username": "u"},
		"actions_update_org_variable": {"org": "o", "name": "N", "value": "v"},
	}
}

// writtenCalls imports actions of GitHub's, writes them, reads them as a catalogue, and wants the same bytes sent as
// without that detour.
func writtenCalls(t *testing.T, waygate string) {
	t.Helper()
	list, file := t.TempDir(), filepath.Join(t.TempDir(), "github.yaml")
	args := []string{"import", github, "--json", "--id", "github", "--auth", "bearer"}
	for id := range inputs() {
		args = append(args, "--select", id)
	}
	res := onlyJSON(t, runs(t, waygate, append(args, "--out", filepath.Join(list, "github"))...))
	onlyJSON(t, runs(t, waygate, append(args, "--out", file)...))
	direct, err := gateway(t, nil).ParseIntegration(res.Integration)
	if err != nil {
		t.Fatal(err)
	}
	want := called(t, direct)
	for _, fsys := range []fs.FS{os.DirFS(list), os.DirFS(filepath.Dir(file))} {
		read, err := catalogue.Parse(gateway(t, nil), fsys)
		if err != nil || len(read) != 1 {
			t.Fatalf("%d integrations, %v", len(read), err)
		}
		if form(t, direct) != form(t, read[0]) {
			t.Error("what was written isn't what was imported")
		}
		if got := called(t, read[0]); !slices.Equal(want, got) || len(got) != len(inputs()) {
			t.Errorf("directly:\n%s\nfrom files:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
}

// form is an integration's written form, actions in the order of ids: files have an order of their own.
func form(t *testing.T, in waygate.Integration) string {
	t.Helper()
	in.Actions = slices.Clone(in.Actions)
	slices.SortFunc(in.Actions, func(a, b waygate.Action) int { return cmp.Compare(a.Info().ID, b.Info().ID) })
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// caught is a transport that keeps what would be sent, and answers with nothing.
type caught struct{ requests []string }

func (c *caught) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := httputil.DumpRequestOut(r, true)
	if err != nil {
		return nil, err
	}
	c.requests = append(c.requests, r.URL.Host+"\n"+string(text))
	return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

func gateway(t *testing.T, sent *caught) *waygate.Gateway {
	t.Helper()
	cfg := waygate.Config{Store: memory.New()}
	if sent != nil {
		cfg.Transport = func(http.RoundTripper) http.RoundTripper { return sent }
	}
	gw, err := waygate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = gw.Shutdown(ctx)
	})
	return gw
}

// called registers an integration, calls all its actions, and gives what was sent.
func called(t *testing.T, in waygate.Integration) []string {
	t.Helper()
	var sent caught
	gw := gateway(t, &sent)
	if err := gw.Register(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	tenant := gw.Tenant("t")
	if _, err := tenant.Connect(t.Context(), in.ID, waygate.ConnectionSpec{Slug: "c", Credential: auth.Token(key), Unverified: true}); err != nil {
		t.Fatal(err)
	}
	for _, id := range slices.Sorted(maps.Keys(inputs())) {
		if _, err := tenant.Invoke(t.Context(), in.ID+"."+id, inputs()[id]); err != nil {
			t.Error(err)
		}
	}
	return sent.requests
}
