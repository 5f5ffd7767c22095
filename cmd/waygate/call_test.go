package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// signed is a document of which each operation is signed in another way.
const signed = `openapi: 3.1.0
info: {title: Signed, version: "1"}
servers: [{url: https://api.example.com}]
paths:
  /bearer: {get: {operationId: bearer, security: [{bearer: []}], responses: {}}}
  /basic: {get: {operationId: basic, security: [{basic: []}], responses: {}}}
  /header: {get: {operationId: header, security: [{header: []}], responses: {}}}
  /query: {get: {operationId: query, security: [{query: []}], responses: {}}}
  /cookie: {get: {operationId: cookie, security: [{cookie: []}], responses: {}}}
  /both: {get: {operationId: both, security: [{header2: [], query2: []}], responses: {}}}
  /oauth: {post: {operationId: oauth, security: [{oauth: [read]}], responses: {}}}
  /open: {get: {operationId: open, responses: {}}}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    basic: {type: http, scheme: basic}
    header: {type: apiKey, in: header, name: X-Key}
    query: {type: apiKey, in: query, name: key}
    cookie: {type: apiKey, in: cookie, name: session}
    header2: {type: apiKey, in: header, name: X-Key}
    query2: {type: apiKey, in: query, name: key}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "TOKENS/token", scopes: {}}}}
`

// service is a provider with its token endpoint, that keeps what it was asked.
type service struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if err := r.ParseForm(); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		user, password, _ := r.BasicAuth()
		told := fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Authorization"), r.Header.Get("X-Key"), r.Form.Get("key"), r.Header.Get("Cookie"))
		if user != "" {
			told = fmt.Sprint(r.Method, " ", r.URL.Path, " ", user, ":", password)
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/token" {
			told = fmt.Sprint(r.Form.Get("grant_type"), " ", r.Form.Get("client_id"), " ", r.Form.Get("client_secret"), " ", r.Form.Get("scope"))
			_, _ = w.Write([]byte(`{"access_token":"` + key + `-token","token_type":"Bearer","expires_in":60}`))
		} else {
			_, _ = w.Write([]byte(`{"ok":true}`))
		}
		s.asked = append(s.asked, told)
	}))
	t.Cleanup(s.Close)
	return s
}

// taken are the requests since it was asked last.
func (s *service) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() { s.asked = nil }()
	return s.asked
}

// TestKinds calls with each kind of credential. The dry run before shows the place of the secret, but not the secret, and
// sends nothing, also not to the token endpoint.
func TestKinds(t *testing.T) {
	t.Parallel()
	api, tokens := newService(t), newService(t)
	doc := file(t, "signed.yaml", strings.Replace(signed, "TOKENS", tokens.URL, 1))
	env := map[string]string{
		"KEY": key, "PAIR": "ada:" + key, "FIELDS": `{"header2":"` + key + `","query2":"q"}`,
		"WAYGATE_CLIENT_ID": "client-1", "WAYGATE_CLIENT_SECRET": key,
	}
	for _, tc := range []struct{ args, shown, token, want string }{
		{"bearer --credential-env KEY", "Authorization: [redacted]", "", "GET /bearer Bearer " + key},
		{"bearer --credential-env KEY --credential-kind access_token --auth bearer", "Authorization: [redacted]", "", "GET /bearer Bearer " + key},
		{"basic --credential-env PAIR --credential-kind user_password", "Authorization: [redacted]", "", "GET /basic ada:" + key},
		{"header --credential-env KEY --credential-kind api_key", "X-Key: [redacted]", "", "GET /header " + key},
		{"query --credential-env KEY --credential-kind api_key", "?key=%5Bredacted%5D", "", "GET /query " + key},
		{"cookie --credential-env KEY --credential-kind api_key", "Cookie: [redacted]", "", "GET /cookie session=" + key},
		{"both --credential-env FIELDS --credential-kind fields", "X-Key: [redacted]", "", "GET /both " + key + "q"},
		{"oauth --credential-env KEY --credential-kind access_token", "Authorization: [redacted]", "", "POST /oauth Bearer " + key},
		{"oauth --credential-kind client_credentials", "Authorization: [redacted]", "client_credentials client-1 " + key + " ", "POST /oauth Bearer " + key + "-token"},
		{"oauth --credential-env PAIR --credential-kind client_credentials", "Authorization: [redacted]", "client_credentials ada " + key + " ", "POST /oauth Bearer " + key + "-token"},
		{"open --credential-kind client_credentials --scope a --scope b --token-url " + tokens.URL + "/token", "Authorization: [redacted]", "client_credentials client-1 " + key + " a b", "GET /open Bearer " + key + "-token"},
		{"open", "GET " + api.URL + "/open\n", "", "GET /open "},
	} {
		args := append([]string{"call", "--local", "--base-url", api.URL}, strings.Fields(tc.args)...)
		args[4] = doc + "#" + args[4]
		got := within(t, env, "", false, append(args, "--dry-run")...)
		if sent := append(api.taken(), tokens.taken()...); got.code != 0 || !strings.Contains(got.out, tc.shown) || len(sent) > 0 {
			t.Errorf("%s: dry run: %+v, sent %q", tc.args, got, sent)
		}
		if noted := strings.Contains(got.err, "asks for no token"); noted != (tc.token != "") {
			t.Errorf("%s: dry run says %q", tc.args, got.err)
		}
		got = within(t, env, "", false, args...)
		asked, called := tokens.taken(), api.taken()
		if got.code != 0 || got.out != "{\"ok\":true}\n" || got.err != "" || !slices.Equal(called, []string{tc.want}) || strings.Join(asked, "; ") != tc.token {
			t.Errorf("%s: %+v, asked for a token %q, called %q", tc.args, got, asked, called)
		}
	}
}

// TestDryWithout shows a request of whom no credential was given.
func TestDryWithout(t *testing.T) {
	t.Parallel()
	doc := file(t, "signed.yaml", strings.Replace(signed, "TOKENS", "https://login.example.com", 1))
	for _, action := range []string{"bearer", "oauth", "both"} {
		got := start(t, "", false, "call", doc+"#"+action, "--dry-run")
		if got.code != 0 || !strings.Contains(got.err, "unsigned") || !strings.Contains(got.out, " https://api.example.com/"+action+"\n") || strings.Contains(got.out, "redacted") {
			t.Errorf("%+v", got)
		}
	}
}

// TestNamed calls an action by each of its names, of a document, a file and a directory.
func TestNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	doc := filepath.Join(dir, "crm.yaml")
	if err := os.WriteFile(doc, []byte(document), 0o600); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "list")
	one, two := filepath.Join(list, "one")+"/", filepath.Join(list, "two")
	for _, args := range [][]string{{"--out", one}, {"--out", two, "--id", "two"}, {"--out", filepath.Join(dir, "flat.json")}} {
		if got := start(t, "", false, append([]string{"import", doc}, args...)...); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	for _, tc := range []struct {
		args string
		code int
	}{
		{doc + "#get_contact", 0}, {doc + "#getContact", 0}, {doc + "#crm.get_contact", 0}, {doc + "#GET /contacts/{id}", 0}, {doc + "#get /contacts/{id}", 0},
		{"get_contact --from " + doc, 0}, {"getContact --from " + doc, 0},
		{doc + "#DELETE /contacts/{id}", 3}, {doc + "#GET /contacts", 3}, {doc + "#other.getContact", 3},
		{one + "#get_contact", 0}, {one + "integration.yaml#get_contact", 0}, {list + "#two.get_contact", 0}, {list + "#two.get_contac", 3},
		{filepath.Join(dir, "flat.json") + "#crm.get_contact", 0}, {dir + "/flat.json#getContact", 3},
	} {
		name, rest, _ := strings.Cut(tc.args, " --")
		args := []string{"call", name, "--dry-run", "--input", `{"id":7}`, "--credential-env", "KEY"}
		if rest != "" {
			args = append(args, strings.Fields("--"+rest)...)
		}
		got := start(t, "", false, args...)
		if got.code != tc.code || (tc.code == 0) != strings.HasPrefix(got.out, "GET https://api.crm.example.com/contacts/7\n") {
			t.Errorf("%s: %+v", tc.args, got)
		}
	}
	twice := strings.Replace(document, "listDeals", "getContact", 1)
	if got := start(t, "", false, "call", file(t, "twice.yaml", twice)+"#getContact"); got.code != 3 || !strings.Contains(got.err, "2 operations are called") {
		t.Errorf("%+v", got)
	}
}

// TestCompletion wants the shell's hidden command to know values of flags and actions of a file.
func TestCompletion(t *testing.T) {
	t.Parallel()
	doc := file(t, "crm.yaml", document)
	for args, want := range map[string]string{
		"call --credential-kind ": "client_credentials", "call --auth ": "bearer", "import x --auth ": "basic",
		"call --from " + doc + " ": "get_contact", "im": "import", "call --dry": "--dry-run",
	} {
		got := start(t, "", false, append([]string{"__complete"}, strings.Split(args, " ")...)...)
		if got.code != 0 || !strings.Contains(got.out, want) {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// TestExitCodes has each documented code, and that nothing but the documented output is on stdout.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	doc := file(t, "crm.yaml", document)
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }))
	defer failing.Close()
	for _, tc := range []struct {
		args []string
		code int
	}{
		{[]string{"import", doc, "--json"}, 0},
		{[]string{"diff", doc, doc, "--json"}, 0},
		{[]string{"diff", doc, file(t, "new.yaml", strings.Replace(document, "listDeals", "listBargains", 1)), "--json"}, 1},
		{[]string{"call", doc + "#getContact", "--input", `{"id":7}`, "--credential-env", "KEY", "--base-url", failing.URL, "--local"}, 1},
		{[]string{"import", doc, "--json", "--no-such-flag"}, 2},
		{[]string{"import", file(t, "x.yaml", "openapi: 9"), "--json"}, 3},
		{[]string{"import", doc, "--json", "--strict"}, 3},
		{[]string{"call", doc + "#getContact", "--input", `{"id":"x"}`, "--credential-env", "KEY"}, 3},
	} {
		got := start(t, "", false, tc.args...)
		if isJSON := json.Valid([]byte(got.out)); got.code != tc.code || (got.out != "") != isJSON || (tc.code == 0) != (got.err == "") {
			t.Errorf("%v: %+v, want %d", tc.args, got, tc.code)
		}
	}
}
