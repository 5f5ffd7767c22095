package yamltree_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/yamltree"
)

// TestParse shows what each form of YAML becomes.
func TestParse(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ src, want string }{
		"members in order":    {"b: 1\na: 2\n", `{"b":1,"a":2}`},
		"list":                {"- 1\n- [2, {a: b}]\n-\n  - c\n", `[1,[2,{"a":"b"}],["c"]]`},
		"scalar":              {"text", `"text"`},
		"json":                {`{"a": [1, "b\n", null, true, {}], "c": []}`, `{"a":[1,"b\n",null,true,{}],"c":[]}`},
		"null":                {"[null, Null, NULL, ~, '~', '']", `[null,null,null,null,"~",""]`},
		"nothing":             {"a:\nb: ''\n", `{"a":null,"b":""}`},
		"booleans":            {"[true, True, TRUE, false, False, FALSE, tRUE, 'true']", `[true,true,true,false,false,false,"tRUE","true"]`},
		"text in yaml 1.2":    {"[yes, no, on, off, y, n, Yes, NO]", `["yes","no","on","off","y","n","Yes","NO"]`},
		"keys in yaml 1.2":    {"yes: 1\non: 2\n2020-01-02: 3\n", `{"yes":1,"on":2,"2020-01-02":3}`},
		"dates":               {"[2020-01-02, 2001-12-14t21:59:43.10-05:00, 12:30:45]", `["2020-01-02","2001-12-14t21:59:43.10-05:00","12:30:45"]`},
		"numbers":             {"[0, -0, 12, -7, 1.50, 1e3, 1E+3, -2.5e-3, 9223372036854775808, 1e400]", `[0,-0,12,-7,1.50,1e3,1E+3,-2.5e-3,9223372036854775808,1e400]`},
		"numbers of yaml 1.1": {"[1_000, 0b11, 190:20:30, 1e3_0]", `["1_000","0b11","190:20:30","1e3_0"]`},
		"nearly numbers":      {"[1.2.3, 1e, 1ex, 0x, 0xg, 0o8, '-', .e1, ., -., 1a, 30s]", `["1.2.3","1e","1ex","0x","0xg","0o8","-",".e1",".","-.","1a","30s"]`},
		"quoted numbers":      {`["1", '2', "0x1F"]`, `["1","2","0x1F"]`},
		"literal":             {"a: |\n  one\n   two\n\n  three\n", `{"a":"one\n two\n\nthree\n"}`},
		"folded":              {"a: >-\n  one\n  two\n", `{"a":"one two"}`},
		"block of digits":     {"a: |-\n  12\n", `{"a":"12"}`},
		"several lines":       {"a: one\n  two\n", `{"a":"one two"}`},
		"escapes":             {`"\u00e9\x01\U0001F600<&>"`, `"é\u0001😀<&>"`},
		"comments":            {"# a\na: 1 # b\n# c\nb: a#b\n", `{"a":1,"b":"a#b"}`},
		"crlf":                {"a: 1\r\nb: |\r\n  x\r\n  y\r\n", `{"a":1,"b":"x\ny\n"}`},
		"byte order mark":     {"\uFEFFa: 1\n", `{"a":1}`},
		"marked document":     {"%YAML 1.2\n---\na: 1\n...\n", `{"a":1}`},
		"older document":      {"# x\n\n%YAML 1.1\n---\na: yes\n", `{"a":"yes"}`},
		"alias":               {"a: &x {k: [1]}\nb: *x\nc: [*x, *x]\n", `{"a":{"k":[1]},"b":{"k":[1]},"c":[{"k":[1]},{"k":[1]}]}`},
		"anchor bound anew":   {"[&a 1, *a, &a 2, *a]", `[1,1,2,2]`},
		"alias of a key":      {"&k a: 1\nb: *k\n", `{"a":1,"b":"a"}`},
		"quoted merge key":    {"'<<': 1\n", `{"<<":1}`},
		"exclamation marks":   {"[a!, '! b', \"!c\", &x 1, a ! b]", `["a!","! b","!c",1,"a ! b"]`},
		"empty key":           {"'': 1\n", `{"":1}`},
		"same key elsewhere":  {"a: {a: {a: 1}}\n", `{"a":{"a":{"a":1}}}`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc, err := yamltree.Parse([]byte(c.src), yamltree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, string(doc.JSON())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestRefused shows what isn't read, and that the error says where and what to do.
func TestRefused(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		src       string
		line, col int
		pointer   string
		says      string
	}{
		"empty":                {"", 1, 1, "", "empty"},
		"comments alone":       {"# nothing\n", 1, 1, "", "empty"},
		"not utf-8":            {"a: 1\nb: é\xff\n", 2, 5, "", "UTF-8"},
		"utf-16":               {"\xff\xfea\x00", 1, 1, "", "UTF-8"},
		"key twice":            {"a: 1\nb:\n  c: 1\n  d: 2\n  'c': 3\n", 5, 3, "/b/c", "line 3"},
		"key twice in flow":    {"{a: 1, a: 2}", 1, 8, "/a", "line 1"},
		"number as key":        {"a:\n  404: x\n", 2, 3, "/a", "quotes"},
		"boolean as key":       {"true: x\n", 1, 1, "", "quotes"},
		"null as key":          {"~: x\n", 1, 1, "", "quotes"},
		"no key":               {"a:\n  ?\n  : x\n", 2, 4, "/a", "missing"},
		"infinity as key":      {"a: {.inf: x}\n", 1, 5, "/a", "quotes"},
		"list as key":          {"? [a]\n: x\n", 1, 3, "", "must be text"},
		"alias as key":         {"a: &k b\n*k : x\n", 2, 1, "", "must be text"},
		"merge key":            {"a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "/c", "merge"},
		"nan":                  {"a: [.nan]\n", 1, 5, "/a/0", ".nan"},
		"infinity":             {"a: -.inf\n", 1, 4, "/a", ".inf"},
		"hexadecimal":          {"a: 0x1F\n", 1, 4, "/a", "plain digits"},
		"octal":                {"a: 0o17\n", 1, 4, "/a", "plain digits"},
		"leading zero":         {"a: 017\n", 1, 4, "/a", "plain digits"},
		"negative zeros":       {"a: -01.5\n", 1, 4, "/a", "plain digits"},
		"plus":                 {"a: +1\n", 1, 4, "/a", "plain digits"},
		"no whole":             {"a: .5\n", 1, 4, "/a", "plain digits"},
		"no fraction":          {"a: 1.\n", 1, 4, "/a", "plain digits"},
		"no fraction, power":   {"a: 1.e3\n", 1, 4, "/a", "plain digits"},
		"tag":                  {"a: !!str 12\n", 1, 4, "/a", "tag"},
		"binary":               {"a: !!binary aGk=\n", 1, 4, "/a", "tag"},
		"own tag":              {"a:\n  b: !secret x\n", 2, 6, "/a/b", "tag"},
		"tag of a list":        {"a: !x [1]\n", 1, 4, "/a", "tag"},
		"tag of a mapping":     {"!!map\na: 1\n", 1, 1, "", "tag"},
		"tag of a key":         {"a: 1\n!!str b: 1\n", 2, 1, "", "tag"},
		"bare tag":             {"a: é\nb: [x, ! 12]\n", 2, 8, "/b/1", "tag"},
		"bare tag, anchor":     {"a: &x ! 12\n", 1, 4, "/a", "tag"},
		"pointer escaped":      {"a/b: {c~d: .nan}\n", 1, 12, "/a~1b/c~0d", ".nan"},
		"two documents":        {"a: 1\n---\nb: 2\n", 2, 1, "", "second document"},
		"alias in itself":      {"a: &x [1, *x]\n", 1, 11, "/a/1", "within its own anchor"},
		"alias in itself, map": {"&x\na: {b: *x}\n", 2, 8, "/a/b", "within its own anchor"},
		"unknown alias":        {"a: 1\nb: *x\n", 2, 1, "", "unknown anchor"},
		"wrong indentation":    {"a: 1\nb:\n  c: 1\n d: 2\n", 4, 2, "", "well-formed"},
		"indented list":        {"a: 1\nb:\n    - c\n  - d\ne: 1\n", 4, 3, "", "well-formed"},
		"colon in text":        {"a: 1\n\n# x\nb: c: d\ne: 1\n", 4, 1, "", "mapping values"},
		"tab":                  {"a:\n\tb: 1\n", 2, 1, "", "well-formed"},
		"open bracket":         {"a: 1\nb: [1, 2\n", 2, 1, "", "well-formed"},
		"open quote":           {"a: 1\nb: \"c\n\nd: 1\ne: 1\nf: 1\n", 2, 1, "", "well-formed"},
		"text after":           {"[1]\n\n2\n", 3, 1, "", "well-formed"},
		"control character":    {"a: 1\nb: \x01\n", 2, 1, "", "control characters"},
		"unknown escape":       {"a: 1\nb: \"\\q\"\n", 2, 1, "", "escape"},
		"half a pair":          {"a: 1\nb: \"\\ud83d\"\n", 2, 1, "", "well-formed"},
		"slash escaped":        {`a: "\/"`, 1, 1, "", "escape"},
		"bad directive":        {"%YAML 3.0\n---\na: 1\n", 1, 1, "", "well-formed"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := yamltree.Parse([]byte(c.src), yamltree.Limits{})
			var e *yamltree.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v", err)
			}
			if e.Line != c.line || e.Column != c.col || e.Pointer != c.pointer || !strings.Contains(e.Reason, c.says) {
				t.Errorf("got %d:%d %q %s\nwant %d:%d %q …%s…", e.Line, e.Column, e.Pointer, e.Reason, c.line, c.col, c.pointer, c.says)
			}
		})
	}
}

// TestTree shows that numbers get the exact forms that jsontree has for them.
func TestTree(t *testing.T) {
	t.Parallel()
	doc, err := yamltree.Parse([]byte("[9007199254740993, 0.1, 1.0, 18446744073709551616, 1e999]"), yamltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := jsontree.Parse(doc.JSON(), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want, _, err := jsontree.Parse([]byte(`[9007199254740993, 0.1, 1.0, 18446744073709551616, 1e999]`), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPosition shows where values stand.
func TestPosition(t *testing.T) {
	t.Parallel()
	src := "# head\nid: crm\nactions:\n  - id: a\n    path: /é/ä # é\n  - {id: b, 'pa th': x}\n" +
		"a/b~c: &list\n  - one\n  -\n    two: 2\nd: *list\n'': e\né: {f: ü, g: 1}\n~1: h\n"
	doc, err := yamltree.Parse([]byte(src), yamltree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][2]int{
		"":                 {2, 1},
		"/id":              {2, 1},
		"/actions":         {3, 1},
		"/actions/0":       {4, 5},
		"/actions/0/id":    {4, 5},
		"/actions/0/path":  {5, 5},
		"/actions/1":       {6, 5},
		"/actions/1/id":    {6, 6},
		"/actions/1/pa th": {6, 13},
		"/a~1b~0c":         {7, 1},
		"/a~1b~0c/1/two":   {10, 5},
		"/d":               {11, 1},
		"/d/0":             {8, 5}, // where the alias points to
		"/":                {12, 1},
		"/é/g":             {13, 11}, // characters, not bytes
		"/~01":             {14, 1},
	}
	for pointer, want := range cases {
		line, col, ok := doc.Position(pointer)
		if !ok || line != want[0] || col != want[1] {
			t.Errorf("%s: got %d:%d, %t; want %d:%d", pointer, line, col, ok, want[0], want[1])
		}
		if l, c := doc.Nearest(pointer); l != line || c != col {
			t.Errorf("%s: Nearest gives %d:%d", pointer, l, c)
		}
	}
	near := map[string][2]int{
		"/actions/0/method": {4, 5}, "/actions/2": {3, 1}, "/actions/-1": {3, 1}, "/actions/01": {3, 1}, "/actions/1/x/y": {6, 5},
		"/nope": {2, 1}, "nope": {2, 1}, "/id/x": {2, 1}, "//": {12, 1},
	}
	for pointer, want := range near {
		if line, col, ok := doc.Position(pointer); ok {
			t.Errorf("%s: found at %d:%d", pointer, line, col)
		}
		if line, col := doc.Nearest(pointer); line != want[0] || col != want[1] {
			t.Errorf("%s: nearest is %d:%d, want %d:%d", pointer, line, col, want[0], want[1])
		}
	}
}
