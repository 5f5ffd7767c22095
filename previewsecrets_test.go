package waygate_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// spellings are a secret and its common encodings.
func spellings(s string) []string {
	quoted := jsonTextOf(s)
	return []string{s, url.QueryEscape(s), strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), url.PathEscape(s), strings.Trim(quoted, `"`), base64.StdEncoding.EncodeToString([]byte(s)), base64.RawURLEncoding.EncodeToString([]byte(s))}
}

func headerText(h http.Header) string {
	var b strings.Builder
	for name, values := range h {
		b.WriteString(name + ": " + strings.Join(values, ", ") + "\n")
	}
	return b.String()
}

func jsonTextOf(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// TestPreviewHidesSecrets shows each place of each scheme, with long secrets and
// with some too short to be found by their value.
func TestPreviewHidesSecrets(t *testing.T) {
	t.Parallel()
	const long, short, other = `lo ng"secret&of=acme`, "s9&z", "another-secret-33"
	post := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a"}
	form := post
	form.Body = &waygate.Body{Encoding: "form"}
	for name, c := range map[string]struct {
		scheme auth.Scheme
		cred   func(key string) auth.Credential
		action waygate.HTTPAction
	}{
		"bearer":          {auth.Bearer{}, func(k string) auth.Credential { return auth.Token(k) }, post},
		"basic":           {auth.Basic{}, func(k string) auth.Credential { return auth.UserPassword("user", k) }, post},
		"basic, key":      {auth.Basic{}, func(k string) auth.Credential { return auth.APIKey(k) }, post},
		"header":          {auth.Key{Name: "x-key", Prefix: "Key "}, func(k string) auth.Credential { return auth.APIKey(k) }, post},
		"query":           {auth.Key{In: auth.InQuery, Name: "api key"}, func(k string) auth.Credential { return auth.APIKey(k) }, post},
		"cookie":          {auth.Key{In: auth.InCookie, Name: "sid"}, func(k string) auth.Credential { return auth.APIKey(k) }, post},
		"body":            {auth.Key{In: auth.InBody, Name: "key"}, func(k string) auth.Credential { return auth.APIKey(k) }, post},
		"form":            {auth.Key{In: auth.InBody, Name: "key"}, func(k string) auth.Credential { return auth.APIKey(k) }, form},
		"headers":         {auth.Headers{Values: map[string]string{"X-One": "one", "X-Two": "two"}}, func(k string) auth.Credential { return auth.Fields(map[string]string{"one": k, "two": other}) }, post},
		"two, one in all": {auth.All{Schemes: []auth.Scheme{auth.Key{Name: "X-One", Field: "one"}, auth.Key{In: auth.InQuery, Name: "two", Field: "two"}}}, func(k string) auth.Credential { return auth.Fields(map[string]string{"one": k, "two": k}) }, post},
	} {
		for kind, key := range map[string]string{"long": long, "short": short} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				if strings.ContainsAny(key, " ") && (name == "bearer" || name == "cookie") {
					key = strings.ReplaceAll(strings.ReplaceAll(key, " ", ""), `"`, "")
				}
				in := api(c.action)
				in.Auth = c.scheme
				w := always(200, `{}`)
				gw := wired(t, w)
				must(t, gw.Register(t.Context(), in))
				cred := c.cred(key)
				acme := connect(t, gw, "acme", "api", cred)
				input := map[string]any{"name": "of-the-caller"}
				p, err := acme.Preview(t.Context(), "api.a", input)
				must(t, err)
				text := p.URL + "\n" + p.Body + "\n" + headerText(p.Header)
				hidden := append(spellings(key), other, base64.StdEncoding.EncodeToString([]byte("user:"+key)), base64.StdEncoding.EncodeToString([]byte(key+":")))
				for _, s := range hidden {
					if strings.Contains(text, s) {
						t.Errorf("shows %q: %s", s, text)
					}
				}
				_, err = acme.Invoke(t.Context(), "api.a", input)
				must(t, err)
				found := false
				for _, s := range hidden { // it is there to be hidden
					sent := w.last(t)
					found = found || strings.Contains(sent.url+sent.body+headerText(sent.header), s)
				}
				if !found {
					t.Error("what is sent doesn't hold the secret either")
				}
			})
		}
	}
}

// TestPreviewHidesPlatform shows that a tenant's preview tells nothing of the
// platform's.
func TestPreviewHidesPlatform(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"long": "platform/secret+77", "short": "pl4t"} {
		a := waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"X-Own": "v1 ${env.k} end"}}
		in := api(a)
		in.Headers = map[string]string{"X-All": "${env.k}"}
		_, acme := ready(t, always(200, `{}`), in, func(c *waygate.Config) { c.Env = map[string]string{"k": value} })
		p, err := acme.Preview(t.Context(), "api.a", nil)
		must(t, err)
		for header, values := range p.Header {
			if strings.Contains(strings.Join(values, " "), value) {
				t.Errorf("%s: %s is %q", name, header, values)
			}
		}
	}
	in := api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Headers: map[string]string{"X-Both": "${env.k}", "X-Mine": "${env.k}"}})
	in.Headers = map[string]string{"X-Both": "public"} // the action's comes before it
	gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Env = map[string]string{"k": "pl4t"} })
	must(t, gw.Register(t.Context(), in))
	_, err := gw.Tenant("acme").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, Headers: map[string]string{"x-mine": "of the tenant"}})
	must(t, err)
	p, err := gw.Tenant("acme").Preview(t.Context(), "api.a", nil)
	if must(t, err); p.Header.Get("X-Both") != secret.Redacted || p.Header.Get("X-Mine") != "of the tenant" {
		t.Errorf("shows %v", p.Header)
	}
	// A key that the definition writes out is a secret of the platform's, too.
	in = api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Parameters: []waygate.Parameter{
		{Name: "k", In: "header", As: "X-Default-Key", Default: "a-literal-key-of-the-platform"}}})
	in.Headers = map[string]string{"X-Platform-Key": "a-literal-key-of-the-platform", "X-Api-Version": "2026-01-01-and-more"}
	_, acme := ready(t, always(200, `{}`), in)
	p, err = acme.Preview(t.Context(), "api.a", nil)
	must(t, err)
	for _, name := range []string{"X-Platform-Key", "X-Default-Key"} {
		if got := p.Header.Get(name); got != secret.Redacted {
			t.Errorf("%s shows: %q", name, got)
		}
	}
	if got := p.Header.Get("X-Api-Version"); got != "2026-01-01-and-more" {
		t.Errorf("a public header is hidden: %q", got)
	}
}

// TestPreviewHidesInput shows that secrets of the input and of variables are
// hidden wherever they go.
func TestPreviewHidesInput(t *testing.T) {
	t.Parallel()
	const hidden, stored = "in put/secret", "stored-variable-1"
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a/{p}/${tenant.v}", Layout: "grouped", Headers: map[string]string{"X-V": "${tenant.v}"}}
	_, acme := ready(t, always(200, `{}`), api(a))
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: stored, Secret: true}))
	s := secret.New(hidden)
	group := map[string]any{"p": s}
	p, err := acme.Preview(t.Context(), "api.a", map[string]any{"path": group, "query": group, "header": group, "cookie": group, "body": group})
	must(t, err)
	text := p.URL + p.Body + headerText(p.Header)
	for _, v := range append(spellings(hidden), stored) {
		if strings.Contains(text, v) {
			t.Errorf("shows %q: %s", v, text)
		}
	}
}
