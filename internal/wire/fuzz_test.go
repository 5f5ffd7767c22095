package wire_test

import (
	"errors"
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/wire"
)

// fuzzed makes a parameter and a value: the tree, if the text is JSON, else the text.
func fuzzed(in wire.In, name string, style, flags uint8, text []byte) (wire.Param, any) {
	p := wire.Param{In: in, Name: name}
	if all := styles(); int(style) < len(all) {
		p.Style = all[style]
	}
	explode := flags&1 != 0
	if flags&2 != 0 {
		p.Explode = &explode
	}
	p.AllowReserved = in == wire.InQuery && flags&4 != 0
	p.AllowSlash = in == wire.InPath && flags&4 != 0
	tree, _, err := jsontree.Parse(text, jsontree.Limits{Depth: 50, Nodes: 1000})
	if err != nil {
		tree = string(text)
	}
	return p, tree
}

// harmful are values that did harm somewhere.
func harmful() []string {
	return []string{
		`..`, `"a/../b"`, `["..","."]`, `["a/","/b"]`, `{".":"/..", "..":"."}`, `"a\r\nb"`, `"a&b=c#d e+"`, `["a,b","c|d","e f"]`,
		`{"a][b":{"c":[1,{"d":null},[true]]}}`, `{"a":{"b":{"c":1.5e300}}}`, "\xff\xc0\xae", `{"":""}`, `[]`, `null`, `0`,
		`"%2e%2e%2f"`, `"\\"`, `123456789012345678901234567890`, `"%"`, `["","",""]`, `{"a=b":"c;d"}`, `[[],{"k":[null]}]`,
	}
}

// seed adds each value once, with another style and other flags each.
func seed(f *testing.F) {
	f.Helper()
	for i, text := range harmful() {
		f.Add("n", uint8(i%12), uint8(i%8), []byte(text))
	}
	f.Add("a/../b", uint8(2), uint8(7), []byte(`"x"`))
	f.Add("a&b=c#d", uint8(8), uint8(7), []byte(`[1]`))
}

// TestHarmful puts each value into each place with every style and every flag.
func TestHarmful(t *testing.T) {
	t.Parallel()
	for _, text := range harmful() {
		for style := range uint8(12) {
			for flags := range uint8(8) {
				for _, name := range []string{"n", "", "a&b=c#d /..\r\n"} {
					checkPath(t, name, style, flags, []byte(text))
					checkHeader(t, name, style, flags, []byte(text))
					checkQuery(t, name, style, flags, []byte(text))
					checkCookie(t, name, style, flags, []byte(text))
					checkForm(t, name, style, flags, []byte(text))
				}
			}
		}
	}
}

// mustBeOurs wants every refusal to be typed and to name something.
func mustBeOurs(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*wire.Error](err)
	if !ok || e.Keyword == "" || e.Reason == "" {
		t.Fatalf("%#v", err)
	}
}

func FuzzPath(f *testing.F) {
	seed(f)
	f.Fuzz(checkPath)
}

func checkPath(t *testing.T, name string, style, flags uint8, text []byte) {
	t.Helper()
	p, v := fuzzed(wire.InPath, name, style, flags, text)
	got, err := p.Path(v)
	if err != nil {
		mustBeOurs(t, err)
		return
	}
	if got == "" || strings.ContainsAny(got, "?#\\ \x7f") || strings.IndexFunc(got, func(r rune) bool { return r < 0x21 || r > 0x7e }) >= 0 {
		t.Fatalf("%q", got)
	}
	if !p.AllowSlash && strings.Contains(got, "/") {
		t.Fatalf("%q holds a slash", got)
	}
	u, err := url.Parse("https://h.example/base/" + got)
	if err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	if u.Host != "h.example" || u.RawQuery != "" || u.Fragment != "" || u.EscapedPath() != "/base/"+got {
		t.Fatalf("%q became %q", got, u)
	}
	// Nothing climbs: no segment is lost when dots are resolved, in what is sent.
	if want := strings.TrimRight("/base/"+got, "/"); !p.AllowSlash && path.Clean("/base/"+got) != want {
		t.Fatalf("%q resolves to %q", got, path.Clean("/base/"+got))
	}
	if !strings.HasPrefix(path.Clean("/base/"+got), "/base") {
		t.Fatalf("%q climbs", got)
	}
}

func FuzzHeader(f *testing.F) {
	seed(f)
	f.Fuzz(checkHeader)
}

func checkHeader(t *testing.T, name string, style, flags uint8, text []byte) {
	t.Helper()
	p, v := fuzzed(wire.InHeader, name, style, flags, text)
	got, err := p.Header(v)
	if err != nil {
		mustBeOurs(t, err)
		return
	}
	for i := range len(got) {
		if got[i] < 0x20 || got[i] == 0x7f {
			t.Fatalf("%q", got)
		}
	}
}

func FuzzQuery(f *testing.F) {
	seed(f)
	f.Fuzz(checkQuery)
}

func checkQuery(t *testing.T, name string, style, flags uint8, text []byte) {
	t.Helper()
	p, v := fuzzed(wire.InQuery, name, style, flags, text)
	pairs, err := p.Query(v)
	if err != nil {
		mustBeOurs(t, err)
		return
	}
	values, err := url.ParseQuery(strings.ReplaceAll(query(pairs), ";", "%3B"))
	if err != nil {
		t.Fatalf("%q: %v", pairs, err)
	}
	read := 0
	for _, list := range values {
		read += len(list)
	}
	if read != len(pairs) {
		t.Fatalf("%q are %d pairs, read as %d", pairs, len(pairs), read)
	}
	for _, pair := range pairs {
		// AllowReserved leaves "=" in a value, where it ends nothing.
		inValue := "&=#+ []"
		if p.AllowReserved {
			inValue = "&#+ []"
		}
		if pair.Name == "" || strings.ContainsAny(pair.Name, "&=#+ []/?") || strings.ContainsAny(pair.Value, inValue) {
			t.Fatalf("%q", pair)
		}
	}
	if (len(pairs) == 0) != p.Undefined(v) && p.Style != wire.DeepObject && p.Style != wire.Brackets && p.Style != wire.Indices {
		t.Fatalf("%d pairs, undefined: %v", len(pairs), p.Undefined(v))
	}
}

func FuzzCookie(f *testing.F) {
	seed(f)
	f.Fuzz(checkCookie)
}

func checkCookie(t *testing.T, name string, style, flags uint8, text []byte) {
	t.Helper()
	p, v := fuzzed(wire.InCookie, name, style, flags, text)
	pairs, err := p.Cookie(v)
	if err != nil {
		mustBeOurs(t, err)
		return
	}
	for _, pair := range pairs {
		c := http.Cookie{Name: pair.Name, Value: pair.Value}
		if err := c.Valid(); err != nil || strings.Contains(pair.Value, `"`) {
			t.Fatalf("%q: %v", pair, err)
		}
	}
	if read, err := http.ParseCookie(join(pairs, "; ")); len(pairs) > 0 && (err != nil || len(read) != len(pairs)) {
		t.Fatalf("%q: read as %v, %v", pairs, read, err)
	}
}

func FuzzAppendForm(f *testing.F) {
	seed(f)
	f.Fuzz(checkForm)
}

func checkForm(t *testing.T, name string, style, flags uint8, text []byte) {
	t.Helper()
	_, v := fuzzed(wire.InQuery, name, style, flags, text)
	members, ok := v.(map[string]any)
	if !ok {
		members = map[string]any{name: v}
	}
	o := wire.FormOptions{
		Objects: []string{"", "brackets", "dots", "flat"}[flags%4],
		Arrays:  []string{"", "brackets", "repeat", "indices", "comma"}[style%5],
	}
	got, err := wire.AppendForm(nil, members, o)
	if err != nil {
		mustBeOurs(t, err)
		return
	}
	values, err := url.ParseQuery(string(got))
	if err != nil {
		t.Fatalf("%q: %v", got, err)
	}
	read := 0
	for name, list := range values {
		read += len(list)
		if name == "" {
			t.Fatalf("%q", got)
		}
	}
	if sent := strings.Count(string(got), "&") + min(len(got), 1); read != sent {
		t.Fatalf("%q are %d pairs, read as %d", got, sent, read)
	}
}
