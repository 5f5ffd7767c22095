package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const document = `openapi: 3.1.0
info: {title: CRM, version: "1"}
servers: [{url: https://api.crm.example.com}]
security: [{token: []}]
paths:
  /contacts/{id}:
    get: {operationId: getContact, tags: [contacts], parameters: [{name: id, in: path, required: true, schema: {type: integer}}], responses: {"200": {description: ok, content: {application/json: {schema: {type: object}}}}}}
    trace: {responses: {}}
  /deals:
    get: {operationId: listDeals, responses: {"204": {description: none}}}
components: {securitySchemes: {token: {type: http, scheme: bearer}}}
`

const key = "secret+key/6735"

// ran is what a command did.
type ran struct {
	code     int
	out, err string
}

func start(t *testing.T, stdin string, terminal bool, args ...string) ran {
	t.Helper()
	return within(t, map[string]string{"KEY": key, "BAD_FIELDS": key + "{"}, stdin, terminal, args...)
}

// within runs a command in an environment.
func within(t *testing.T, env map[string]string, stdin string, terminal bool, args ...string) ran {
	t.Helper()
	var out, errs strings.Builder
	code := run(t.Context(), streams{strings.NewReader(stdin), &out, &errs, func(name string) string { return env[name] }, terminal}, args)
	got := out.String() + errs.String()
	for _, secret := range []string{key, url.QueryEscape(key), base64.StdEncoding.EncodeToString([]byte("ada:" + key))} {
		if strings.Contains(got, secret) {
			t.Errorf("%v prints the secret: %s", args, got)
		}
	}
	return ran{code, out.String(), errs.String()}
}

// file writes a text, and gives its path.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestImport(t *testing.T) {
	t.Parallel()
	doc := file(t, "crm.yaml", document)
	to := filepath.Join(t.TempDir(), "out.yaml")
	got := start(t, "", true, "import", doc, "--json", "--select", "tag:contacts", "--out", to) // flags may follow
	var res struct {
		Report struct{ Total, Imported, Filtered, Skipped int }
	}
	if err := json.Unmarshal([]byte(got.out), &res); err != nil || got.code != 0 {
		t.Fatalf("%+v: %v", got, err)
	}
	if r := res.Report; r.Total != 3 || r.Imported != 1 || r.Filtered != 2 || r.Skipped != 0 {
		t.Errorf("report %+v", r)
	}
	if !strings.Contains(got.err, "3 of 3 operations") {
		t.Errorf("progress: %q", got.err)
	}
	if text, err := os.ReadFile(to); err != nil || !strings.Contains(string(text), "id: get_contact") {
		t.Errorf("%s: %v", text, err)
	}
	got = start(t, "", false, "import", doc)
	if got.code != 0 || got.err != "" || !strings.Contains(got.out, "crm: 3 operations = 2 imported + 0 filtered + 1 skipped") ||
		!strings.Contains(got.out, "skipped: TRACE /contacts/{id}") {
		t.Errorf("%+v", got)
	}
}

// TestProgress wants how far a large import is on stderr, and stdout to stay JSON; of a small one nothing.
func TestProgress(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]string{
		499: "", 600: "waygate: 200 of 600 operations\nwaygate: 300 of 600 operations\nwaygate: 500 of 600 operations\nwaygate: 600 of 600 operations\n",
	} {
		var text strings.Builder
		text.WriteString("openapi: 3.1.0\ninfo: {title: Large}\nservers: [{url: https://a.example.com}]\npaths:\n")
		for i := range n {
			text.WriteString("  /a" + strconv.Itoa(i) + ": {get: {responses: {}}}\n")
		}
		got := start(t, "", false, "import", file(t, "large.yaml", text.String()), "--json")
		if onlyJSON(t, got).Report.Imported != n || got.err != want {
			t.Errorf("%d: code %d, %q", n, got.code, got.err)
		}
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	doc := file(t, "old.yaml", document)
	gone := file(t, "new.yaml", strings.Replace(document, "listDeals", "listBargains", 1))
	for _, tc := range []struct {
		args []string
		code int
		out  string
	}{
		{[]string{"diff", doc, doc}, 0, "no difference"},
		{[]string{"diff", doc, gone}, 1, "BREAKING removed list_deals"},
		{[]string{"diff", doc, gone, "--json"}, 1, `"removed":["list_deals"]`},
		{[]string{"diff", doc, "nowhere.yaml"}, 3, ""},
		{[]string{"diff", doc}, 2, ""},
	} {
		if got := start(t, "", false, tc.args...); got.code != tc.code || !strings.Contains(got.out, tc.out) {
			t.Errorf("%v: %+v, want %d %s", tc.args, got, tc.code, tc.out)
		}
	}
}

func TestCall(t *testing.T) {
	t.Parallel()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("Authorization"))
		if r.URL.Path != "/contacts/7" {
			w.WriteHeader(http.StatusNotFound)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"name":"Ada"}`))
	}))
	defer server.Close()
	doc := file(t, "crm.yaml", document)
	cat := filepath.Join(t.TempDir(), "cat.yaml")
	if got := start(t, "", false, "import", doc, "--out", cat); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	for _, from := range []string{doc, cat} {
		call := []string{"call", "get_contact", "--from", from, "--credential-env", "KEY", "--base-url", server.URL, "--local", "--input"}
		got := start(t, "", false, append(call, `{"id":7}`, "--dry-run")...)
		if got.code != 0 || !strings.HasPrefix(got.out, "GET "+server.URL+"/contacts/7\n") || !strings.Contains(got.out, "[redacted]") || len(asked) > 0 {
			t.Errorf("dry run: %+v, sent %q", got, asked)
		}
		got = start(t, `{"id":7}`, false, append(call, "-")...)
		if got.code != 0 || got.out != `{"name":"Ada"}`+"\n" || len(asked) != 1 || asked[0] != "/contacts/7 Bearer "+key {
			t.Errorf("call: %+v, sent %q", got, asked)
		}
		for in, code := range map[string]int{`{"id":8}`: 1, `{"id":"x"}`: 3, `{`: 3, `{} {}`: 3} {
			if got := start(t, "", false, append(call, in)...); got.code != code {
				t.Errorf("%s: %+v, want %d", in, got, code)
			}
		}
		asked = nil
	}
}

func TestWrong(t *testing.T) {
	t.Parallel()
	doc := file(t, "crm.yaml", document)
	for _, tc := range []struct {
		args string
		code int
		err  string
	}{
		{"import", 2, "takes one FILE"},
		{"nothing", 2, "use import, diff or call"},
		{"import " + doc + " --selct x", 2, "unknown flag"},
		{"import " + doc + " --strict", 3, "TRACE"},
		{"import nowhere.yaml", 3, "nowhere.yaml"},
		{"import " + file(t, "x.yaml", "a: b"), 3, "x.yaml"},
		{"call get_contact", 2, "from"},
		{"call get_contact --from " + file(t, "y.yaml", "a: b"), 3, "y.yaml"},
		{"call get_contact --from " + doc + " --credential-env NONE", 2, "NONE"},
		{"call get_contact --from " + doc + " --credential-env KEY --credential-kind user_password", 2, "user:password"},
		{"call get_contact --from " + doc + " --credential-env BAD_FIELDS --credential-kind fields", 2, "JSON object"},
		{"call get_contact --from " + doc + " --credential-env KEY --credential-kind gold", 2, "gold"},
		{"call get_contact --from " + doc + " --auth gold", 2, "gold"},
		{"import " + doc + " --auth gold", 2, "gold"},
		{"import " + doc + " --out x.txt", 2, "reads no .txt"},
		{"import " + doc + " --select [", 2, "pattern"},
		{"import " + doc + " --id /", 3, "--id"},
		{"import " + doc + " --base-url nowhere", 3, "--base-url"},
		{"import " + doc + " --out " + doc, 2, "the document itself"},
		{"import " + doc + " --out " + t.TempDir() + "/none/x.yaml", 3, "there is no directory"},
		{"import " + doc + " --out " + file(t, "plain", "x"), 2, "is a file"},
		{"import " + t.TempDir(), 3, "is a directory"},
		{"import " + file(t, "tab.yaml", "openapi: 3.0.0\n\tinfo: {}\n"), 3, "indent with spaces"},
		{"improt", 2, "did you mean import?"},
		{"import -", 3, "stdin"},
		{"call nothing --from " + doc + " --credential-env KEY", 3, "such as get_contact, list_deals"},
		{"call " + doc + "#nothing", 3, "such as get_contact, list_deals"},
		{"call get_contact", 2, "FILE#ACTION"},
		{"call " + doc + "#", 2, "FILE#ACTION"},
		{"call " + doc + "#getContact", 3, "--credential-env"},
		{"call " + doc + "#getContact --credential-env KEY --token-url https://a.example.com/t", 3, "--credential-kind says what it is"},
		{"call " + doc + "#getContact --credential-kind client_credentials", 2, "WAYGATE_CLIENT_ID"},
		{"call " + doc + "#getContact --scope x", 2, "--token-url"},
		{"call " + doc + "#getContact --token-url https://a.example.com/t --auth basic", 2, "give one"},
		{"call " + doc + "#getContact --token-url nowhere", 2, "--token-url"},
		{"call " + doc + "#trace_contacts_id --credential-env KEY", 3, "TRACE"},
		{"call " + doc + "#getContact --credential-env KEY --input 5", 3, "--input"},
		{"call " + doc + "#getContact --credential-env KEY --base-url http://127.0.0.1:1", 3, "--local"},
	} {
		if got := start(t, "", false, strings.Fields(tc.args)...); got.code != tc.code || !strings.Contains(got.err, tc.err) || got.out != "" {
			t.Errorf("%s: %+v, want %d %s", tc.args, got, tc.code, tc.err)
		}
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for args, text := range map[string]string{
		"--help": "Exit codes:", "import --help": "tag:issues", "diff --help": "exit code is 1", "call --help": "nothing is sent",
		"completion bash": "__start_waygate", "completion zsh": "#compdef waygate", "completion fish": "waygate",
	} {
		if got := start(t, "", false, strings.Fields(args)...); got.code != 0 || !strings.Contains(got.out, text) {
			t.Errorf("%s: %d %.300s", args, got.code, got.out+got.err)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	if got := start(t, "", false, "--version"); got.code != 0 || got.out != "waygate version "+version()+"\n" || version() == "" {
		t.Errorf("%d %q", got.code, got.out+got.err)
	}
}
