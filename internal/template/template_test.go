package template_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/template"
)

// values looks a name up with its scope: "tenant.x", or "x" alone.
func values(m map[string]string) func(template.Ref) (string, bool) {
	return func(r template.Ref) (string, bool) {
		name := r.Name
		if r.Scope != "" {
			name = r.Scope + "." + r.Name
		}
		v, ok := m[name]
		return v, ok
	}
}

func TestExpand(t *testing.T) {
	t.Parallel()
	m := map[string]string{
		"a": "x", "sp": "a b&c", "markup": "<\"&'>\r\n\t", "tenant.t": "T", "connection.c": "C", "call.c": "K", "env.E_1": "E", "nest": "${tenant.t}{a}{{",
		"empty": "", "tenant.void": "",
	}
	for name, tc := range map[string]struct {
		src   string
		place template.Place
		want  string
	}{
		"empty":           {"", template.Text, ""},
		"literal":         {"plain $5 $$ $", template.Text, "plain $5 $$ $"},
		"param":           {"<{a}>", template.Text, "<x>"},
		"scopes":          {"${tenant.t}${connection.c}${call.c}${env.E_1}", template.Text, "TCKE"},
		"braces":          {"{{{a}}} {{a}}", template.Text, "{x} {a}"},
		"dollar brace":    {"$${tenant.t}}", template.Text, "${tenant.t}"},
		"dollar dollar":   {"$$$${a", template.Text, "$$${a"},
		"dollar then ref": {"$ {a}", template.Text, "$ x"},
		"default unused":  {"${tenant.t:-d}", template.Text, "T"},
		"default used":    {"${tenant.none:-d :-e}", template.Text, "d :-e"},
		"default empty":   {"${tenant.none:-}", template.Text, ""},
		"set but empty":   {"<{empty}>", template.Text, "<>"},
		"never again":     {"{nest}", template.Text, "${tenant.t}{a}{{"},
		"never in path":   {"/{nest}", template.Path, "/%24%7Btenant.t%7D%7Ba%7D%7B%7B"},
		"path":            {"/v1/{sp}.json", template.Path, "/v1/a%20b%26c.json"},
		"path literals":   {"/Users('{a}')/$count:x@%20", template.Path, "/Users('x')/$count:x@%20"},
		"path default":    {"/${tenant.none:-a b}", template.Path, "/a%20b"},
		"query":           {"page[size]={sp}&x=1", template.Query, "page[size]=a+b%26c&x=1"},
		"header":          {"Bearer {sp}", template.Header, "Bearer a b&c"},
		"authority":       {"{a}.example.com:8443", template.Authority, "x.example.com:8443"},
		"XML":             {`<a b="{markup}">{sp}</a>`, template.XML, `<a b="&#60;&#34;&#38;&#39;&#62;&#13;&#10;&#9;">a b&#38;c</a>`},

		"first alternative":  {"{a|sp}", template.Text, "x"},
		"second, none first": {"{none|a}", template.Text, "x"},
		"second, empty one":  {"/{empty|none|a}", template.Path, "/x"},
		"all are empty":      {"<{none|empty}>", template.Text, "<>"},
		"literal at the end": {"{none|empty:-d|e}", template.Text, "d|e"},
		"parameter default":  {"{none:-d}{empty:-e}{a:-f}", template.Text, "dex"},
		"host default":       {"{empty|none:-eu}.example.com", template.Authority, "eu.example.com"},
		"empty variable":     {"<${tenant.void:-d}>", template.Text, "<>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tmpl, err := template.Compile(tc.src, tc.place)
			if err != nil {
				t.Fatal(err)
			}
			got, err := tmpl.Expand(values(m))
			if err != nil || got != tc.want {
				t.Errorf("Expand = %q, %v, want %q", got, err, tc.want)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src    string
		place  template.Place
		offset int
	}{
		"unclosed":             {"ab{name", template.Text, 2},
		"unclosed variable":    {"${tenant.x", template.Text, 0},
		"stray close":          {"a}b", template.Text, 1},
		"empty name":           {"{}", template.Text, 0},
		"operator":             {"{+path}", template.Text, 0},
		"space":                {"{a b}", template.Text, 0},
		"empty alternative":    {"{a|}", template.Text, 0},
		"no first alternative": {"{|a}", template.Text, 0},
		"spaced alternative":   {"{a | b}", template.Text, 0},
		"literal alternative":  {`{a|"b"}`, template.Text, 0},
		"variable alternative": {"${tenant.a|tenant.b}", template.Text, 0},
		"default without name": {"{:-b}", template.Text, 0},
		"parameter's default":  {"/a/{x:-..}", template.Path, 3},
		"open default":         {"{a:-b", template.Text, 0},
		"nested":               {"{a{b}}", template.Text, 0},
		"unknown scope":        {"x ${user.id}", template.Text, 2},
		"no scope":             {"${x}", template.Text, 0},
		"no variable name":     {"${tenant.}", template.Text, 0},
		"empty scope":          {"${.x}", template.Text, 0},
		"reference in default": {"${tenant.x:-{a}}", template.Text, 0},
		"bad default":          {"/a/${tenant.x:-..}", template.Path, 3},
		"empty path default":   {"/a/${tenant.x:-}", template.Path, 3},
		"header default":       {"${tenant.x:-a\nb}", template.Header, 0},
		"not text":             {"a\xff", template.Text, 0},
		"too long":             {strings.Repeat("x", template.MaxSource+1), template.Text, template.MaxSource},
		"no such place":        {"x", template.XML + 1, 0},
		"header break":         {"a\r\nb", template.Header, 0},
		"path query":           {"/a?b", template.Path, 0},
		"path fragment":        {"/a#b", template.Path, 0},
		"path space":           {"/a b", template.Path, 0},
		"path backslash":       {`/a\b`, template.Path, 0},
		"path percent":         {"/a%2", template.Path, 0},
		"path percent split":   {"/a%2{x}", template.Path, 0},
		"path dots":            {"/a/../b", template.Path, 0},
		"path dot":             {"/{a}/./b", template.Path, 0},
		"path escaped dots":    {"/a/%2e%2E", template.Path, 0},
		"path half dots":       {"/a/.%2e/b", template.Path, 0},
		"path dots, slash":     {"/a%2F../b", template.Path, 0},
		"path dots, backslash": {"/a%5c%2e./b", template.Path, 0},
		"path dots, parameter": {"/a/..;x/b", template.Path, 0},
		"path host":            {"//evil.test/a", template.Path, 0},
		"query fragment":       {"a=b#c", template.Query, 0},
		"userinfo":             {"u@h", template.Authority, 0},
		"authority slash":      {"h/x", template.Authority, 0},
		"port part":            {"h:80{p}", template.Authority, 0},
		"port too big":         {"h:65536", template.Authority, 0},
		"port zero":            {"h:0", template.Authority, 0},
		"two ports":            {"h:1:{p}", template.Authority, 0},
		"no host":              {":{p}", template.Authority, 0},
		"mixed last label":     {"api.example.com{x}", template.Authority, 0},
		"two in last label":    {"{sub}{domain}", template.Authority, 0},
		"two before a port":    {"api.{sub}{domain}:{port}", template.Authority, 0},
		"empty label":          {"a..b", template.Authority, 0},
		"hyphen":               {"-a.b", template.Authority, 0},
		"long label":           {strings.Repeat("a", 64) + ".b", template.Authority, 0},
		"ipv6 value":           {"[{x}]", template.Authority, 0},
		"ipv6 broken":          {"[::1", template.Authority, 0},
		"ipv6 port":            {"[::1]x", template.Authority, 0},
		"ipv4 in brackets":     {"[1.2.3.4]", template.Authority, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Compile(tc.src, tc.place)
			var e *template.Error
			if !errors.As(err, &e) {
				t.Fatalf("Compile(%q) = %v, want a *template.Error", tc.src, err)
			}
			if e.Offset != tc.offset {
				t.Errorf("offset %d (%v), want %d", e.Offset, err, tc.offset)
			}
		})
	}
}

// hostile are values that must never leave their place.
var hostile = map[template.Place][]string{
	template.Path: {"", ".", "..", "a/../b", "../x", "x/..", "a/./b", `a\b`, `..\x`, "/..", "../"},
	template.Authority: {
		"", ".", "a.", ".a", "a..b", "u@h", "h/p", "h?q", "h#f", "h:80", `h\p`, "h%2f", "h h", "h\n", "-a", "a-", "é", "a_b",
		"[::1]", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a",
	},
	template.Header: {"a\nb", "a\rb", "a\x00b", "a\x7f", "\t", "a\r\nHost: x"},
}

func TestEscapeRefuses(t *testing.T) {
	t.Parallel()
	for place, list := range hostile {
		tmpl, err := template.Compile("{v}", place)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			if got, err := template.Escape(place, v); err == nil {
				t.Errorf("Escape(%v, %q) = %q, want an error", place, v, got)
			}
			got, err := tmpl.Expand(func(template.Ref) (string, bool) { return v, true })
			var e *template.Error
			if !errors.As(err, &e) {
				t.Errorf("Expand %v with %q = %q, %v, want a *template.Error", place, v, got, err)
			} else if e.Ref != (template.Ref{Name: "v"}) {
				t.Errorf("the error names %v, want {v}", e.Ref)
			}
		}
	}
}

// TestEscapeErrorsHideValues holds the promise that an error never shows a value.
func TestEscapeErrorsHideValues(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3tvalue"
	for place, bad := range map[template.Place]string{
		template.Path: secret + `\`, template.Header: secret + "\n", template.Authority: secret + "@",
	} {
		if _, err := template.Escape(place, bad); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("Escape(%v) = %v, want an error without the value", place, err)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		place    template.Place
		in, want string
	}{
		{template.Text, "a\n{b}", "a\n{b}"},
		{template.Path, "a-b._~Z9", "a-b._~Z9"},
		{template.Path, "a/b", "a%2Fb"},
		{template.Path, "...", "..."},
		{template.Path, "a..b", "a..b"},
		{template.Path, "%2e%2e", "%252e%252e"},
		{template.Path, "ü+:;?#", "%C3%BC%2B%3A%3B%3F%23"},
		{template.Path, "a//b", "a%2F%2Fb"},
		{template.Query, "a b+ü&=", "a+b%2B%C3%BC%26%3D"},
		{template.Header, "Grüße", "Grüße"},
		{template.Authority, "eu1.acme", "eu1.acme"},
		{template.Authority, "A-1", "A-1"},
	} {
		if got, err := template.Escape(tc.place, tc.in); err != nil || got != tc.want {
			t.Errorf("Escape(%v, %q) = %q, %v, want %q", tc.place, tc.in, got, err, tc.want)
		}
	}
}

func TestMissingNamesTheRef(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]template.Ref{
		"{a}": {Name: "a"}, "x${tenant.t}": {Scope: "tenant", Name: "t"}, "${env.E}": {Scope: "env", Name: "E"},
	} {
		tmpl, err := template.Compile(src, template.Text)
		if err != nil {
			t.Fatal(err)
		}
		for _, lookup := range []func(template.Ref) (string, bool){nil, values(nil)} {
			_, err = tmpl.Expand(lookup)
			var e *template.Error
			if !errors.As(err, &e) || e.Ref != want || !strings.Contains(err.Error(), want.String()) {
				t.Errorf("Expand(%q) = %v, want an error that names %v", src, err, want)
			}
		}
	}
}

// TestAlternativesMissing shows that an error names all the names that would do.
func TestAlternativesMissing(t *testing.T) {
	t.Parallel()
	for _, place := range []template.Place{template.Path, template.Authority} {
		tmpl, err := template.Compile("{shop|domain|host}", place)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []map[string]string{nil, {"shop": ""}, {"domain": "", "host": ""}} {
			_, err := tmpl.Expand(values(m))
			var e *template.Error
			if !errors.As(err, &e) || e.Ref.Name != "shop" || !strings.Contains(e.Reason, "{shop|domain|host}") ||
				!strings.Contains(e.Reason, "shop, domain, host") {
				t.Errorf("in a %s with %v: %v, want an error that names all", place, m, err)
			}
		}
		_, err = tmpl.Expand(values(map[string]string{"domain": `a\b`, "host": "good"}))
		var e *template.Error
		if !errors.As(err, &e) || e.Ref.Name != "domain" {
			t.Errorf("in a %s: %v, want an error about the value that was chosen", place, err)
		}
	}
}

// TestAlternativesAsked shows that lookup isn't asked for more than it takes.
func TestAlternativesAsked(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Compile("{a|b|c}", template.Text)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	got, err := tmpl.Expand(func(r template.Ref) (string, bool) {
		asked = append(asked, r.Name)
		return "B", r.Name == "b"
	})
	if diff := cmp.Diff([]string{"a", "b"}, asked); diff != "" || got != "B" || err != nil {
		t.Errorf("%q, %v, asked: %s", got, err, diff)
	}
}

func TestRefsAndLiteral(t *testing.T) {
	t.Parallel()
	tmpl, err := template.Compile("{b}{a|c|b}{b:-x}${tenant.b}{d|a}", template.Text)
	if err != nil {
		t.Fatal(err)
	}
	want := []template.Ref{{Name: "b"}, {Name: "a"}, {Name: "c"}, {Scope: "tenant", Name: "b"}, {Name: "d"}}
	refs := tmpl.Refs()
	if diff := cmp.Diff(want, refs); diff != "" {
		t.Error(diff)
	}
	refs[0].Name = "changed"
	if diff := cmp.Diff(want, tmpl.Refs()); diff != "" {
		t.Errorf("Refs is not the caller's own: %s", diff)
	}
	if text, ok := tmpl.Literal(); ok || text != "" {
		t.Errorf("Literal = %q, %v, want none", text, ok)
	}
	var zero template.Template
	if text, err := zero.Expand(nil); text != "" || err != nil {
		t.Errorf("zero Template: %q, %v", text, err)
	}
}

func TestLiteralDoesNotAllocate(t *testing.T) {
	tmpl, err := template.CompileURL("https://api.example.com/v1/")
	if err != nil {
		t.Fatal(err)
	}
	if text, ok := tmpl.Literal(); !ok || text != "https://api.example.com/v1/" {
		t.Errorf("Literal = %q, %v", text, ok)
	}
	lookup := values(nil)
	if n := testing.AllocsPerRun(100, func() { _, _ = tmpl.Expand(lookup) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
