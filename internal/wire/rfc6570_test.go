package wire_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/wire"
)

// rfcVariables are those of RFC 6570, section 3.2.
func rfcVariables() map[string]any {
	return map[string]any{
		"count": []any{"one", "two", "three"}, "dom": []any{"example", "com"}, "dub": "me/too", "hello": "Hello World!",
		"half": "50%", "var": "value", "who": "fred", "base": "http://example.com/home/", "path": "/foo/bar",
		"list": []any{"red", "green", "blue"}, "keys": map[string]any{"semi": ";", "dot": ".", "comma": ","},
		"v": "6", "x": "1024", "y": "768", "empty": "", "empty_keys": map[string]any{}, "undef": nil,
	}
}

// rfcRows are the tables of RFC 6570, sections 3.2.1 to 3.2.9. The order of keys is free there; here it is that of
// bytes.
func rfcRows() [][2]string {
	return [][2]string{
		// 3.2.1
		{"{count}", "one,two,three"}, {"{count*}", "one,two,three"}, {"{/count}", "/one,two,three"},
		{"{/count*}", "/one/two/three"}, {"{;count}", ";count=one,two,three"},
		{"{;count*}", ";count=one;count=two;count=three"}, {"{?count}", "?count=one,two,three"},
		{"{?count*}", "?count=one&count=two&count=three"}, {"{&count*}", "&count=one&count=two&count=three"},
		// 3.2.2
		{"{var}", "value"}, {"{hello}", "Hello%20World%21"}, {"{half}", "50%25"}, {"O{empty}X", "OX"}, {"O{undef}X", "OX"},
		{"{x,y}", "1024,768"}, {"{x,hello,y}", "1024,Hello%20World%21,768"}, {"?{x,empty}", "?1024,"},
		{"?{x,undef}", "?1024"}, {"?{undef,y}", "?768"}, {"{var:3}", "val"}, {"{var:30}", "value"},
		{"{list}", "red,green,blue"}, {"{list*}", "red,green,blue"}, {"{keys}", "comma,%2C,dot,.,semi,%3B"},
		{"{keys*}", "comma=%2C,dot=.,semi=%3B"},
		// 3.2.3
		{"{+var}", "value"}, {"{+hello}", "Hello%20World!"}, {"{+half}", "50%25"},
		{"{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex"}, {"{+base}index", "http://example.com/home/index"},
		{"O{+empty}X", "OX"}, {"O{+undef}X", "OX"}, {"{+path}/here", "/foo/bar/here"}, {"here?ref={+path}", "here?ref=/foo/bar"},
		{"up{+path}{var}/here", "up/foo/barvalue/here"}, {"{+x,hello,y}", "1024,Hello%20World!,768"},
		{"{+path,x}/here", "/foo/bar,1024/here"}, {"{+path:6}/here", "/foo/b/here"}, {"{+list}", "red,green,blue"},
		{"{+list*}", "red,green,blue"}, {"{+keys}", "comma,,,dot,.,semi,;"}, {"{+keys*}", "comma=,,dot=.,semi=;"},
		// 3.2.4
		{"{#var}", "#value"}, {"{#hello}", "#Hello%20World!"}, {"{#half}", "#50%25"}, {"foo{#empty}", "foo#"},
		{"foo{#undef}", "foo"}, {"{#x,hello,y}", "#1024,Hello%20World!,768"}, {"{#path,x}/here", "#/foo/bar,1024/here"},
		{"{#path:6}/here", "#/foo/b/here"}, {"{#list}", "#red,green,blue"}, {"{#list*}", "#red,green,blue"},
		{"{#keys}", "#comma,,,dot,.,semi,;"}, {"{#keys*}", "#comma=,,dot=.,semi=;"},
		// 3.2.5
		{"{.who}", ".fred"}, {"{.who,who}", ".fred.fred"}, {"{.half,who}", ".50%25.fred"}, {"www{.dom*}", "www.example.com"},
		{"X{.var}", "X.value"}, {"X{.empty}", "X."}, {"X{.undef}", "X"}, {"X{.var:3}", "X.val"},
		{"X{.list}", "X.red,green,blue"}, {"X{.list*}", "X.red.green.blue"}, {"X{.keys}", "X.comma,%2C,dot,.,semi,%3B"},
		{"X{.keys*}", "X.comma=%2C.dot=..semi=%3B"}, {"X{.empty_keys}", "X"}, {"X{.empty_keys*}", "X"},
		// 3.2.6
		{"{/who}", "/fred"}, {"{/who,who}", "/fred/fred"}, {"{/half,who}", "/50%25/fred"}, {"{/who,dub}", "/fred/me%2Ftoo"},
		{"{/var}", "/value"}, {"{/var,empty}", "/value/"}, {"{/var,undef}", "/value"}, {"{/var,x}/here", "/value/1024/here"},
		{"{/var:1,var}", "/v/value"}, {"{/list}", "/red,green,blue"}, {"{/list*}", "/red/green/blue"},
		{"{/list*,path:4}", "/red/green/blue/%2Ffoo"}, {"{/keys}", "/comma,%2C,dot,.,semi,%3B"},
		{"{/keys*}", "/comma=%2C/dot=./semi=%3B"},
		// 3.2.7
		{"{;who}", ";who=fred"}, {"{;half}", ";half=50%25"}, {"{;empty}", ";empty"}, {"{;v,empty,who}", ";v=6;empty;who=fred"},
		{"{;v,bar,who}", ";v=6;who=fred"}, {"{;x,y}", ";x=1024;y=768"}, {"{;x,y,empty}", ";x=1024;y=768;empty"},
		{"{;x,y,undef}", ";x=1024;y=768"}, {"{;hello:5}", ";hello=Hello"}, {"{;list}", ";list=red,green,blue"},
		{"{;list*}", ";list=red;list=green;list=blue"}, {"{;keys}", ";keys=comma,%2C,dot,.,semi,%3B"},
		{"{;keys*}", ";comma=%2C;dot=.;semi=%3B"},
		// 3.2.8
		{"{?who}", "?who=fred"}, {"{?half}", "?half=50%25"}, {"{?x,y}", "?x=1024&y=768"},
		{"{?x,y,empty}", "?x=1024&y=768&empty="}, {"{?x,y,undef}", "?x=1024&y=768"}, {"{?var:3}", "?var=val"},
		{"{?list}", "?list=red,green,blue"}, {"{?list*}", "?list=red&list=green&list=blue"},
		{"{?keys}", "?keys=comma,%2C,dot,.,semi,%3B"}, {"{?keys*}", "?comma=%2C&dot=.&semi=%3B"},
		// 3.2.9
		{"{&who}", "&who=fred"}, {"{&half}", "&half=50%25"}, {"?fixed=yes{&x}", "?fixed=yes&x=1024"}, {"{&var:3}", "&var=val"},
		{"{&x,y,empty}", "&x=1024&y=768&empty="}, {"{&x,y,undef}", "&x=1024&y=768"}, {"{&list}", "&list=red,green,blue"},
		{"{&list*}", "&list=red&list=green&list=blue"}, {"{&keys}", "&keys=comma,%2C,dot,.,semi,%3B"},
		{"{&keys*}", "&comma=%2C&dot=.&semi=%3B"},
	}
}

// rfcRefused are the rows that a parameter in a path refuses, with the reason.
func rfcRefused() map[string]string {
	return map[string]string{
		"O{empty}X": "an empty value makes an empty segment where the variable stands alone",
		"X{.empty}": "a dot alone is the segment . where the variable stands alone",
	}
}

// Why a row has no style.
const (
	fragment = "no parameter stands in a fragment"
	segments = "no style adds segments"
	prefix   = "no style cuts a value"
)

// noCounterpart says why a row has no style, "" if it has one.
func noCounterpart(template string) string {
	switch {
	case strings.Contains(template, "{#"):
		return fragment
	case strings.Contains(template, "{/"):
		return segments
	case strings.Contains(template, ":"):
		return prefix
	}
	return ""
}

// TestRFC6570 expands the RFC's templates with one Param for each variable.
func TestRFC6570(t *testing.T) {
	t.Parallel()
	ran, without := 0, map[string]int{}
	for _, row := range rfcRows() {
		template, want := row[0], row[1]
		if reason := noCounterpart(template); reason != "" {
			without[reason]++
			continue
		}
		ran++
		got, err := rfcExpand(template, rfcVariables())
		if rfcRefused()[template] != "" {
			if err == nil {
				t.Errorf("%s: %q, not refused", template, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", template, got, err, want)
		}
	}
	if d := cmp.Diff(map[string]int{fragment: 12, segments: 16, prefix: 7}, without); d != "" || ran != 80 {
		t.Errorf("%d rows have a style, the others: %s", ran, d)
	}
}

// rfcExpand writes a template's literals as they are and its expressions with the style that has the operator.
func rfcExpand(template string, vars map[string]any) (string, error) {
	var failed error
	text := regexp.MustCompile(`\{([+.;?&]?)([^}]*)\}`).ReplaceAllStringFunc(template, func(s string) string {
		op, list := "", s[1:len(s)-1]
		if strings.Contains("+.;?&", list[:1]) {
			op, list = list[:1], list[1:]
		}
		got, err := rfcExpression(op, strings.Split(list, ","), vars)
		if err != nil {
			failed = err
		}
		return got
	})
	return text, failed
}

func rfcExpression(op string, names []string, vars map[string]any) (string, error) {
	if len(names) > 1 && (op == "" || op == "+") {
		// Several variables behind these two are joined as the items of an array are.
		var items []any
		for _, name := range names {
			items = append(items, vars[name])
		}
		names, vars = []string{"all"}, map[string]any{"all": items}
	}
	var out []string
	for _, name := range names {
		name, star := strings.CutSuffix(name, "*")
		p := wire.Param{In: wire.InPath, Name: name, Explode: &star}
		switch op {
		case ".":
			p.Style = wire.Label
		case ";":
			p.Style = wire.Matrix
		case "?", "&", "+":
			p.In = wire.InQuery
			p.AllowReserved = op == "+"
		}
		if p.Undefined(vars[name]) {
			continue // the caller decides before
		}
		text, err := rfcText(p, op, vars[name])
		if err != nil {
			return "", err
		}
		out = append(out, text)
	}
	if len(out) > 0 && (op == "?" || op == "&") {
		return op + strings.Join(out, "&"), nil
	}
	return strings.Join(out, ""), nil
}

func rfcText(p wire.Param, op string, v any) (string, error) {
	if p.In == wire.InPath {
		return p.Path(v)
	}
	pairs, err := p.Query(v)
	if op != "+" {
		return query(pairs), err
	}
	// {+var} is the value without its name, and the members without theirs but for a key.
	_, object := v.(map[string]any)
	var parts []string
	for _, pair := range pairs {
		if object && *p.Explode {
			pair.Value = pair.Name + "=" + pair.Value
		}
		parts = append(parts, pair.Value)
	}
	return strings.Join(parts, ","), err
}

// query joins pairs as a caller does.
func query(pairs []wire.Pair) string { return join(pairs, "&") }

func join(pairs []wire.Pair, by string) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, p.Name+"="+p.Value)
	}
	return strings.Join(parts, by)
}
