package openapi_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/openapi"
)

func TestActionName(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ id, method, path, want string }{
		{"listIssues", "GET", "/issues", "list_issues"},
		{"issues/list-for-repo", "GET", "/issues", "issues_list_for_repo"},
		{"GetHTTPStatus2xx", "GET", "/", "get_http_status2xx"},
		{"__a--b__", "GET", "/", "a_b"},
		{"", "GET", "/repos/{owner}/issues", "get_repos_owner_issues"},
		{"列表", "POST", "/a", "post_a"},
		{"", "GET", "/", "get"},
		{"42", "GET", "/", "42"},
		{strings.Repeat("long", 20), "GET", "/a", "longlonglonglonglonglonglonglon_5rvp2l7c"},
		{strings.Repeat("long", 20), "GET", "/b", "longlonglonglonglonglonglonglon_xxxxxxxx"},
	} {
		got := openapi.ActionName(tc.id, tc.method, tc.path)
		if len(tc.want) == 40 {
			got, tc.want = got[:32], tc.want[:32]
		}
		if got != tc.want {
			t.Errorf("%q %s %s: %q, want %q", tc.id, tc.method, tc.path, got, tc.want)
		}
	}
	a, b := openapi.ActionName(strings.Repeat("long", 20), "GET", "/a"), openapi.ActionName(strings.Repeat("long", 20), "GET", "/b")
	if a == b || len(a) != 40 {
		t.Errorf("%q and %q", a, b)
	}
}

// names imports a document and gives the actions' ids by method and path.
func names(t *testing.T, doc string, o openapi.ImportOptions) map[string]string {
	t.Helper()
	res := imported(t, doc, o)
	ids := map[string]string{}
	for _, a := range res.Integration.Actions {
		ids[a.Info().Method+" "+a.Info().Path] = a.Info().ID
	}
	return ids
}

// TestNamesStay holds that a name depends neither on what is selected nor on the order.
func TestNamesStay(t *testing.T) {
	t.Parallel()
	const head = "openapi: 3.0.0\nservers: [{url: https://a.example.com}]\npaths:\n"
	const a, b, c = "  /a: {get: {operationId: doIt, responses: {}}}\n", "  /b: {get: {operationId: do_it, responses: {}}}\n", "  /c: {get: {operationId: other, responses: {}}}\n"
	all := names(t, head+a+b+c, openapi.ImportOptions{})
	if all["GET /a"] == all["GET /b"] || !strings.HasPrefix(all["GET /a"], "do_it_") || !strings.HasPrefix(all["GET /b"], "do_it_") || all["GET /c"] != "other" {
		t.Errorf("%v", all)
	}
	turned := names(t, head+c+b+a, openapi.ImportOptions{})
	only, err := openapi.Matching("/a")
	if err != nil {
		t.Fatal(err)
	}
	one := names(t, head+a+b+c, openapi.ImportOptions{Select: only})
	if one["GET /a"] != all["GET /a"] || len(one) != 1 || turned["GET /a"] != all["GET /a"] || turned["GET /b"] != all["GET /b"] {
		t.Errorf("all %v, turned %v, one %v", all, turned, one)
	}
}

func FuzzActionName(f *testing.F) {
	for _, seed := range []string{"listIssues", "a__b", "-", "Ünï", strings.Repeat("aB", 30), "ABc"} {
		f.Add(seed, "GET", "/a")
	}
	slug := regexp.MustCompile(`^[a-z0-9](_?[a-z0-9-])*$`)
	f.Fuzz(func(t *testing.T, id, method, path string) {
		got := openapi.ActionName(id, method, path)
		if len(got) > 40 || !slug.MatchString(got) || got != openapi.ActionName(id, method, path) {
			t.Errorf("%q", got)
		}
	})
}

func TestMatching(t *testing.T) {
	t.Parallel()
	ops := []openapi.Operation{
		{Method: "GET", Path: "/repos/{owner}/issues", ID: "issues/list", Action: "issues_list", Tags: []string{"issues"}},
		{Method: "POST", Path: "/repos/{owner}/issues", Action: "create_issue", Tags: []string{"issues", "write"}},
		{Method: "GET", Path: "/user", Action: "get_user"},
	}
	for _, tc := range []struct {
		patterns []string
		want     []int
	}{
		{nil, []int{0, 1, 2}},
		{[]string{"get_user"}, []int{2}},
		{[]string{"*issue*"}, []int{0, 1}},
		{[]string{"issues/list"}, []int{0}},
		{[]string{"GET /**"}, []int{0, 2}},
		{[]string{"get /user"}, []int{2}},
		{[]string{"/repos/*/issues"}, []int{0, 1}},
		{[]string{"/repos/{x}/issues"}, []int{0, 1}},
		{[]string{"/repos/**/issues", "!POST /**"}, []int{0}},
		{[]string{"tag:write", "get_*"}, []int{1, 2}},
		{[]string{"!tag:issues"}, []int{2}},
		{[]string{"/repos"}, nil},
	} {
		m, err := openapi.Matching(tc.patterns...)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for i, op := range ops {
			if m(op) {
				got = append(got, i)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%q: %v, want %v", tc.patterns, got, tc.want)
		}
	}
	for _, bad := range []string{"", "[", "GET /[", "tag:["} {
		if _, err := openapi.Matching(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}
