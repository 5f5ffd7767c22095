package jsontree_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

// texts are seeds for every fuzz target and rows of the differential tests.
var texts = []string{
	"", " ", "null", "true", "false", "tru", "nul", "\"\"", "\"a\"", `"\u00e9\n\/\b\f\r\t\"\\"`, `"\ud83d\ude00"`, `"\ud800"`, `"\udc00\ud800x"`,
	`"\ud800\u0041"`, `"\u12"`, `"\x"`, "\"a\nb\"", "\"a\x7fb\"", "\"\xff\"", "\"é漢😀\"", "\"abcdefg\\\"", "\"abcdefgh", `"abcdefghijklmno\"p"`,
	"0", "-0", "-0.0", "01", "-", "1.", ".5", "1.5", "1e5", "1E+5", "1e-5", "1e", "1e+", "1e400", "-1e400", "1e-400", "1.0", "0.1", "0.3", "100",
	"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "922337203685477580",
	"999999999999999999", "1000000000000000000", "12345678901234567890e-5", "0.1234567890123456789", "0.123456789012345678e-3", "0.123456789012345678", "0.12345678901234567", "-7.000000000000000001", "1.00000000000000000000",
	"123456789012345678901234567890.5", "1e1022", "1e1023", "0e0", "0e999999999999", "2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308", "1.7976931348623159e308",
	"[]", "{}", "[ ]", "{ }", "[1,]", "[,1]", "[1 2]", "{\"a\":1,}", "{\"a\"}", "{\"a\" 1}", "{a:1}", "{\"a\":}", "{1:2}", "[1", "{\"a\":1", "]", "}", "[}", "{]",
	"1 2", "nullx", "[] []", "\ufeff[]", "//x\n1", "'a'", "NaN", "[nul]", "+1", "0x1", "\t\r\n 1 \n", "\v1", "1\x00",
	`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"\ud800":1,"\udbff":2}`, `{"a":{"b":1},"c":[{"d":1,"d":2}]}`, `{"a/b":{"~":{"x":1,"x":2}}}`, `{"":1,"":2}`,
	`[1,[2,{"k":[3,{"dup":1,"dup":2}]}]]`, `{"a":[{},{"b":[[],[[{"x":0,"y":1,"x":2}]]]}]}`, `{"a":{"a":1},"b":{"a":1}}`, `[{"a":1},{"a":1}]`,
}

func TestScanAcceptsWhatJSONIs(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		checkScan(t, []byte(text))
	}
}

// TestScanControls puts each byte at each place of a string, so that the eight
// bytes looked at together and the rest are both held.
func TestScanControls(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for at := range 17 {
			text := []byte(`"0123456789abcdefg"`)
			text[1+at] = byte(c)
			checkScan(t, text)
		}
	}
}

func FuzzScan(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkScan(t, data) })
}

// checkScan compares with encoding/json: what is valid, how deep, how many, and which keys repeat.
func checkScan(t *testing.T, data []byte) {
	t.Helper()
	st, err := jsontree.Scan(data, jsontree.Limits{Depth: jsontree.MaxDepth})
	var limit *jsontree.LimitError
	if errors.As(err, &limit) {
		return
	}
	if valid := json.Valid(data) && utf8.Valid(data); valid != (err == nil) {
		t.Fatalf("Scan(%q) = %v, but valid is %v", data, err, valid)
	}
	if err != nil {
		var e *jsontree.SyntaxError
		if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(data) || e.Line < 1 || e.Column < 1 {
			t.Fatalf("Scan(%q) = %#v", data, err)
		}
		return
	}
	if want := slowStats(t, data); st != want {
		t.Fatalf("Scan(%q) = %+v, want %+v", data, st, want)
	}
}

// slowStats counts by encoding/json's tokens, with a map for each object.
func slowStats(t *testing.T, data []byte) (st jsontree.Stats) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(string(data)))
	d.UseNumber()
	token := func() json.Token {
		tok, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		return tok
	}
	var value func(pointer string, depth int)
	value = func(pointer string, depth int) {
		st.Nodes++
		open := token()
		delim, ok := open.(json.Delim)
		if !ok {
			return
		}
		st.Depth = max(st.Depth, depth+1)
		seen := map[string]bool{}
		for i := 0; d.More(); i++ {
			at := fmt.Sprintf("%s/%d", pointer, i)
			if delim == '{' {
				st.Nodes++
				key := token().(string)
				at = pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
				if seen[key] && st.Duplicate == "" {
					st.Duplicate = at
				}
				seen[key] = true
			}
			value(at, depth+1)
		}
		token()
	}
	value("", 0)
	return st
}

func TestScanDuplicateAmongManyKeys(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 2, 31, 32, 33, 34, 63, 64, 65, 66, 200, 5000} {
		for _, dup := range []int{0, n / 2, n - 1} {
			var b strings.Builder
			// The same keys in an object before it, and deep brackets, must leave nothing behind.
			b.WriteString(strings.Repeat("[", 100) + strings.Repeat("]", 100) + `,{"x":{`)
			for i := range n {
				fmt.Fprintf(&b, `"k%d":0,`, i)
			}
			text := b.String()
			text = "[" + strings.Replace(text, `{"x":{`, text[strings.LastIndexByte(text, '{'):]+`"end":0},{"x":{`, 1)
			clean, twice := text+`"end":1}}]`, text+fmt.Sprintf(`"\u006b%d":1}}]`, dup)
			if st, err := jsontree.Scan([]byte(clean), jsontree.Limits{}); err != nil || st.Duplicate != "" {
				t.Errorf("%d keys: %+v, %v", n, st, err)
			}
			want := fmt.Sprintf("/2/x/k%d", dup)
			if st, err := jsontree.Scan([]byte(twice), jsontree.Limits{}); err != nil || st.Duplicate != want {
				t.Errorf("%d keys: Duplicate = %q, %v, want %q", n, st.Duplicate, err, want)
			}
		}
	}
}

func TestScanLimits(t *testing.T) {
	t.Parallel()
	nest := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, tc := range map[string]struct {
		text string
		lim  jsontree.Limits
		what string // of the error, "" for none
		max  int
	}{
		"default depth":      {nest(512), jsontree.Limits{}, "", 0},
		"past default depth": {nest(513), jsontree.Limits{}, "depth", 512},
		"negative":           {nest(513), jsontree.Limits{Depth: -1, Nodes: -1}, "depth", 512},
		"own depth":          {`{"a":[1]}`, jsontree.Limits{Depth: 2}, "", 0},
		"past own depth":     {`{"a":[1,{}]}`, jsontree.Limits{Depth: 2}, "depth", 2},
		"most depth":         {nest(10_001), jsontree.Limits{Depth: 1 << 30}, "depth", 10_000},
		"nodes":              {`{"a":[1]}`, jsontree.Limits{Nodes: 4}, "", 0},
		"past nodes":         {`{"a":[1]}`, jsontree.Limits{Nodes: 3}, "nodes", 3},
		"key past nodes":     {`{"a":1,"b":2}`, jsontree.Limits{Nodes: 3}, "nodes", 3},
		"default nodes":      {"[" + strings.Repeat("0,", 999_998) + "0]", jsontree.Limits{}, "", 0},
		"past default nodes": {"[" + strings.Repeat("0,", 999_999) + "0]", jsontree.Limits{}, "nodes", 1_000_000},
		"hostile nesting":    {strings.Repeat("[", 5_000_000), jsontree.Limits{}, "depth", 512},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := jsontree.Scan([]byte(tc.text), tc.lim)
			_, _, parseErr := jsontree.Parse([]byte(tc.text), tc.lim)
			var e, p *jsontree.LimitError
			if !errors.As(err, &e) || !errors.As(parseErr, &p) {
				if tc.what != "" || err != nil || parseErr != nil {
					t.Fatalf("%v, %v, want limit %q", err, parseErr, tc.what)
				}
				return
			}
			if e.What != tc.what || e.Limit != tc.max || p.What != tc.what {
				t.Errorf("%+v, want %s %d", e, tc.what, tc.max)
			}
		})
	}
}

func TestSyntaxErrorPlace(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]jsontree.SyntaxError{
		"":                  {Offset: 0, Line: 1, Column: 1, Reason: "a value is missing"},
		"[1,\n 2x]":         {Offset: 6, Line: 2, Column: 3, Reason: "expected a comma or ] after an element"},
		"{\"a\":1,\n\n\"b}": {Offset: 12, Line: 3, Column: 4, Reason: "the text ends inside a string"},
		"[\"\xff\"]":        {Offset: 2, Line: 1, Column: 3, Reason: "the text is not UTF-8"},
	} {
		_, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
		var e *jsontree.SyntaxError
		if !errors.As(err, &e) {
			t.Fatalf("Parse(%q) = %v", text, err)
		}
		if diff := cmp.Diff(want, *e); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

func TestScanDoesNotAllocate(t *testing.T) {
	var keys []string
	for i := range 32 {
		keys = append(keys, fmt.Sprintf(`"key\u0020number %d":{"a":[1,2.5e3,"x",null]}`, i))
	}
	text := []byte("{" + strings.Join(keys, ",") + "}")
	if n := testing.AllocsPerRun(100, func() { _, _ = jsontree.Scan(text, jsontree.Limits{}) }); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
