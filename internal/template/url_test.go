package template_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/template"
)

func TestCompileURL(t *testing.T) {
	t.Parallel()
	m := map[string]string{"a": "acme", "eu": "eu1.acme", "p": "8443", "x": "a/b?c#d@e", "port80": "080"}
	for src, want := range map[string]string{
		"https://api.example.com":                    "https://api.example.com",
		"HTTPS://api.example.com/":                   "https://api.example.com/",
		"http://127.0.0.1:8080/x":                    "http://127.0.0.1:8080/x",
		"http://[::1]:8080/{a}":                      "http://[::1]:8080/acme",
		"https://{a}.example.com/v1/{x}":             "https://acme.example.com/v1/a%2Fb%3Fc%23d%40e",
		"https://{eu}.example.com":                   "https://eu1.acme.example.com",
		"https://x-{a}.example.com":                  "https://x-acme.example.com",
		"https://{eu}:{p}/{a}":                       "https://eu1.acme:8443/acme",
		"https://{a}":                                "https://acme",
		"https://h.test?v=1&w=[2]":                   "https://h.test?v=1&w=[2]",
		"https://h.test/{a}/b?v=/?":                  "https://h.test/acme/b?v=/?",
		"https://h.test/${tenant.r:-eu}/${env.E:-x}": "https://h.test/eu/x",
	} {
		t.Run(src, func(t *testing.T) {
			t.Parallel()
			tmpl, err := template.CompileURL(src)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := tmpl.Expand(values(m)); err != nil || got != want {
				t.Errorf("Expand = %q, %v, want %q", got, err, want)
			}
		})
	}
}

func TestCompileURLRefuses(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"", "api.example.com", "/v1", "//h/x", "ftp://h", "javascript://h", "{s}://h", "http{s}://h", "https:/h", "https:h",
		"{base}/v1", "https://", "https:///x", "https://?x", "https://u:p@h", "https://{u}@h", "https://h/#f", "https://h#f",
		"https://h?a={x}", "https://h/x?a=${tenant.x}", `https://h\x`, "https://h /x", "https://h/a b", "https://h//x",
		"https://h/../x", "https://h/%2e%2e/x", "https://h.test{x}/", "https://h:{p}x", "https://h:{{", "https://h:", "https://é.test",
	} {
		_, err := template.CompileURL(src)
		var e *template.Error
		if !errors.As(err, &e) {
			t.Errorf("CompileURL(%q) = %v, want a *template.Error", src, err)
		}
	}
}

func TestURLValuesRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ src, value string }{
		{"https://{v}.example.com", "evil.test/"},
		{"https://{v}.example.com", "evil.test#"},
		{"https://{v}.example.com", "a@evil.test"},
		{"https://h:{v}/", "80@evil.test"},
		{"https://h:{v}/", "080"},
		{"https://h:{v}/", ""},
		{"https://h:{v}/", "65536"},
		{"https://h:{v}/", "99999999999999999999"},
		{"https://{v}:443/", "h:80"},
		{"https://x" + strings.Repeat("y", 60) + "{v}.test/", "abc"}, // only the join is too long
		{"https://x" + strings.Repeat("y", 60) + "{v}.test", "abc"},
		{"https://h/{v}", ".."},
		{"https://h/x/{v}/y", "a/../.."},
	} {
		tmpl, err := template.CompileURL(tc.src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.Expand(func(template.Ref) (string, bool) { return tc.value, true })
		var e *template.Error
		if !errors.As(err, &e) || e.Ref.Name != "v" {
			t.Errorf("%s with %q = %q, %v, want an error that names {v}", tc.src, tc.value, got, err)
		}
	}
}

// FuzzCompile: any source compiles or gives an *Error, in every place; a literal's Expand is its Literal.
func FuzzCompile(f *testing.F) {
	for _, s := range []string{"", "{a}", "${tenant.x:-y}", "$${", "{{}}", "/a/{b}/c", "{h}:{p}", "[::1]:80", "a\r\n", "%zz", "${", "}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for place := range template.Authority + 2 {
			check(t, func() (*template.Template, error) { return template.Compile(src, place) })
		}
		check(t, func() (*template.Template, error) { return template.CompileURL(src) })
		check(t, func() (*template.Template, error) { return template.CompileURL("https://" + src) })
	})
}

func check(t *testing.T, compile func() (*template.Template, error)) {
	t.Helper()
	tmpl, err := compile()
	var e *template.Error
	if err != nil {
		if !errors.As(err, &e) || tmpl != nil {
			t.Fatalf("%v, %v: want an *Error and no template", tmpl, err)
		}
		return
	}
	literal, ok := tmpl.Literal()
	got, err := tmpl.Expand(nil)
	if ok && (err != nil || got != literal) {
		t.Fatalf("Expand of a literal = %q, %v, want %q", got, err, literal)
	}
	if err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
}

// FuzzExpandURL: whatever the values, the URL keeps scheme, host suffix, number of segments and query of the template.
func FuzzExpandURL(f *testing.F) {
	for _, v := range []string{"a", "..", "a/../b", "evil.test/", "a@b", "%2e%2e", "{w}", "${env.X}", "\\", "\x00", "é", "1.2.3.4"} {
		f.Add("https://{v}.example.com/a/{w}/b{v}.json?q=1", v, v)
		f.Add("http://h.test:8080/.{v}/{w}{v}", v, "x")
		f.Add("https://{w}:{v}/", v, "h")
	}
	f.Fuzz(func(t *testing.T, src, v, w string) {
		tmpl, err := template.CompileURL(src)
		if err != nil {
			return
		}
		expand := func(v, w string) (string, error) {
			return tmpl.Expand(func(r template.Ref) (string, bool) {
				if r.Name == "v" {
					return v, true
				}
				return w, r.Name == "w"
			})
		}
		got, err := expand(v, w)
		if err != nil {
			return
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatalf("%q is no URL: %v", got, err)
		}
		scheme, _, _ := strings.Cut(src, ":")
		if u.Scheme != strings.ToLower(scheme) || u.User != nil || u.Fragment != "" || u.Opaque != "" || u.Host == "" {
			t.Fatalf("%q: scheme %q, user %v, fragment %q, host %q", got, u.Scheme, u.User, u.Fragment, u.Host)
		}
		for segment := range strings.SplitSeq(u.EscapedPath(), "/") {
			if s, err := url.PathUnescape(segment); err != nil || s == "." || s == ".." {
				t.Fatalf("%q has the segment %q, %v", got, segment, err)
			}
		}
		// Harmless values show how many segments the template has.
		plain, err := expand("1", "1")
		if err != nil {
			return // the template itself asks for more than these
		}
		p, err := url.Parse(plain)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := strings.Count(u.EscapedPath(), "/"), strings.Count(p.EscapedPath(), "/"); a != b || u.RawQuery != p.RawQuery {
			t.Fatalf("%q has another shape than %q", got, plain)
		}
	})
}
