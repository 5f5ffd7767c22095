package template_test

import (
	"errors"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/template"
)

// escaped gives every value of m as escaped already.
func escaped(m map[string]string) func(template.Ref) (template.Value, bool) {
	return func(r template.Ref) (template.Value, bool) {
		v, ok := m[r.Name]
		return template.Value{Text: v, Escaped: true}, ok
	}
}

func TestExpandEscaped(t *testing.T) {
	t.Parallel()
	for src, tc := range map[string]struct{ value, want string }{
		"/files/{v}":         {"a/b%2Fc", "/files/a/b%2Fc"},
		"/files/{v}/x":       {"a//b", "/files/a//b/x"},
		"{v}":                {"/a/b", "/a/b"},
		"/x{v}":              {";a=1,2;b=3", "/x;a=1,2;b=3"},
		"/all/{v}":           {"-._~!$&'()*+,;=:@%20", "/all/-._~!$&'()*+,;=:@%20"},
		"/{v}.json":          {".a", "/.a.json"},
		"/dots/{v}":          {"...", "/dots/..."},
		"/twice/{v}":         {"%252e%252e", "/twice/%252e%252e"},
		"https://h.test/{v}": {"a/b", "https://h.test/a/b"},
	} {
		compile := func(src string) (*template.Template, error) { return template.Compile(src, template.Path) }
		if strings.Contains(src, "://") {
			compile = template.CompileURL
		}
		tmpl, err := compile(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tmpl.ExpandValues(escaped(map[string]string{"v": tc.value}))
		if err != nil || got != tc.want {
			t.Errorf("%s with %q = %q, %v, want %q", src, tc.value, got, err, tc.want)
		}
	}
}

func TestExpandEscapedRefuses(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Compile("/x/{v}/y", template.Path)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range []string{
		"", ".", "..", "%2e", ".%2E", "a/../b", "../x", "x/..", "x/%2e%2e/y", "a%2F..%2fb", "..%5Cx", "a%5cb", `a\b`,
		"a b", "a?b", "a#b", "a[0]", `a"b`, "a<b", "a{b}", "é", "a\n", "a\x00b", "a\x7f", "%", "%2", "a%zz", "%-1", "a%", "..;x", ".;/a",
	} {
		got, err := tmpl.ExpandValues(escaped(map[string]string{"v": v}))
		var e *template.Error
		if !errors.As(err, &e) || e.Ref.Name != "v" || got != "" {
			t.Errorf("%q = %q, %v, want an error that names {v}", v, got, err)
		}
		const secret = "s3cr3tvalue"
		_, err = tmpl.ExpandValues(escaped(map[string]string{"v": v + "/" + secret + "/.."}))
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("with more behind %q: %v, want an error without the value", v, err)
		}
	}
	for _, place := range []template.Place{template.Text, template.Query, template.Header, template.Authority} {
		tmpl, err := template.Compile("{v}", place)
		if err != nil {
			t.Fatal(err)
		}
		_, err = tmpl.ExpandValues(escaped(map[string]string{"v": "a"}))
		var e *template.Error
		if !errors.As(err, &e) || e.Ref.Name != "v" {
			t.Errorf("in a %s: %v, want an error that names {v}", place, err)
		}
	}
}

// TestJoinedPaths shows that what only the joining of parts makes is refused
// too, and that the error names a value that took part.
func TestJoinedPaths(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src     string
		escaped bool
		a, b    string
		ref     string // whom the error names; "" if it is fine
	}{
		"dots of two":            {"/{a}{b}", true, ".", ".", "a"},
		"escaped dots of two":    {"/{a}{b}", true, "x/%2e", "%2E/y", "a"},
		"literal before":         {"/.{b}", true, "", ".x/../y", "b"},
		"literal dot and slash":  {"/.{b}", true, "", "/y", "b"},
		"slash and literal":      {"/{a}..", true, "x/", "", "a"},
		"slash and a half":       {"/{a}.{b}", true, "x/", "%2e/y", "b"}, // b is refused by itself
		"value's slash":          {"/{a}..", false, "x/", "", "a"},
		"value's slash, escaped": {"/{a}%2E./y", false, "x/", "", "a"},
		"between two":            {"/{a}..{b}", false, "x/", "/y", "a"},
		"not the first":          {"/{a}/..{b}", false, "x", "/y", "b"},
		"behind a literal":       {"/..{b}", false, "", "/y", "b"},
		"one dot":                {"/.{b}", false, "", "/y", "b"},
		"parameter":              {"/..{b}", true, "", ";v=1", "b"},
		"as a host":              {"{a}{b}", true, "/", "/evil.test", "a"},
		"host behind a slash":    {"/{b}", true, "", "/evil.test", "b"},
		"fine":                   {"/{a}..{b}", false, "x", "y", ""},
		"fine behind":            {"/..{b}", false, "", "x/y", ""},
		"fine slashes":           {"/x{b}", true, "", "/y/z", ""},
		"fine dots":              {"/.{b}", true, "", "a/.b", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := template.Compile(tc.src, template.Path)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.ExpandValues(func(r template.Ref) (template.Value, bool) {
				return template.Value{Text: map[string]string{"a": tc.a, "b": tc.b}[r.Name], Escaped: tc.escaped}, true
			})
			var e *template.Error
			if tc.ref == "" && err != nil || tc.ref != "" && (!errors.As(err, &e) || e.Ref.Name != tc.ref) {
				t.Errorf("got %q, %v, want an error that names %q", got, err, tc.ref)
			}
		})
	}
}

func TestHostEnd(t *testing.T) {
	t.Parallel()
	for src, tc := range map[string]struct {
		refs, text string
		fixed      bool
	}{
		"https://api.example.com/{a}":       {"", "api.example.com", true},
		"https://api.example.com:8443":      {"", "api.example.com", true},
		"https://[::1]:8080/{a}":            {"", "[::1]", true},
		"https://{a}.example.com:8443/{b}":  {"{a}", ".example.com", true},
		"https://{a}.{b|c:-eu.example.com}": {"{b} {c}", "", true},
		"https://{a}:{p}/{b}":               {"{a}", "", false},
		"https://{a}:{p:-443}":              {"{a}", "", false},
		"https://h.test:{p|q:-443}":         {"", "h.test", false},
		"https://{a:-h.test}/{b:-x:y}":      {"{a}", "", true},
	} {
		tmpl, err := template.CompileURL(src)
		if err != nil {
			t.Fatal(err)
		}
		refs, text := tmpl.HostEnd()
		var names []string
		for _, r := range refs {
			names = append(names, r.String())
		}
		if got := strings.Join(names, " "); got != tc.refs || text != tc.text || tmpl.FixedPort() != tc.fixed {
			t.Errorf("%s: %q, %q, %v, want %+v", src, got, text, tmpl.FixedPort(), tc)
		}
	}
}

func TestHostHead(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]struct {
		text string
		open bool
	}{
		"https://api.example.com/{a}":   {"", false},
		"https://{a}.example.com/{b}":   {"", false},
		"https://x.{a}/y.{b}":           {"x.", false},
		"https://w{a}.x.{b}.z:{p}/{c}":  {".x.", true},
		"https://{a}.{b|c:-e.test}:443": {".", true},
	} {
		tmpl, err := template.CompileURL(src)
		if err != nil {
			t.Fatal(err)
		}
		if text, open := tmpl.HostHead(); text != want.text || open != want.open {
			t.Errorf("%s: %q, %v", src, text, open)
		}
	}
}

// FuzzExpandPath: whatever the template and the values, escaped or not, the path stays below what it is put behind, for
// readers that unescape once and clean, and has no query.
func FuzzExpandPath(f *testing.F) {
	for _, v := range []string{"a", ".", "..", "a/../b", "%2e", "%2F..", "x/", "/", "//h", ";", "?", "#", "\\", "%5c", "\x00", "é", "%252e"} {
		f.Add("/{v}{w}", v, ".", true, true)
		f.Add("/{v}..{w}/x", v, "/", true, false)
		f.Add("/.{v|w:-x}/{w:-..a}", v, "", false, true)
		f.Add("/a%2F{v}%2e{w}", v, v, false, false)
	}
	f.Fuzz(func(t *testing.T, src, v, w string, vEscaped, wEscaped bool) {
		tmpl, err := template.Compile(src, template.Path)
		if err != nil {
			return
		}
		got, err := tmpl.ExpandValues(func(r template.Ref) (template.Value, bool) {
			if r.Name == "v" {
				return template.Value{Text: v, Escaped: vEscaped}, true
			}
			return template.Value{Text: w, Escaped: wEscaped}, r.Name == "w"
		})
		if err != nil {
			return
		}
		if strings.HasPrefix(got, "//") {
			t.Fatalf("%q would be read as a host", got)
		}
		u, err := url.Parse("https://h.test/keep/" + got)
		if err != nil {
			t.Fatalf("%q is no path: %v", got, err)
		}
		if u.Host != "h.test" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(got, "#") {
			t.Fatalf("%q: host %q, query %q, fragment %q", got, u.Host, u.RawQuery, u.Fragment)
		}
		for _, read := range []string{u.Path, u.EscapedPath(), u.JoinPath().Path, strings.ReplaceAll(u.Path, `\`, "/")} {
			if c := path.Clean(read); c != "/keep" && !strings.HasPrefix(c, "/keep/") {
				t.Fatalf("%q climbs to %q", got, c)
			}
			for segment := range strings.SplitSeq(read, "/") {
				if segment == "." || segment == ".." {
					t.Fatalf("%q has the segment %q", got, segment)
				}
			}
		}
	})
}
