package jsontree_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

func TestParseNumbers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"0": int64(0), "-1": int64(-1), "9223372036854775807": int64(math.MaxInt64), "-9223372036854775808": int64(math.MinInt64),
		"9223372036854775808": json.Number("9223372036854775808"), "-9223372036854775809": json.Number("-9223372036854775809"),
		"922337203685477580": int64(922337203685477580), "999999999999999999": int64(999999999999999999), "1000000000000000000": int64(1e18),
		"1.0": 1.0, "0.3": 0.3, "1e3": 1000.0, "1E-2": 0.01, "12345678901234567890e-5": 123456789012345.6789,
		"0.1234567890123456789": 0.1234567890123456789, "0.123456789012345678e-3": 0.000123456789012345678,
		"1e400": json.Number("1e400"), "-1e400": json.Number("-1e400"), "1e-400": 0.0, "1.7976931348623157e308": math.MaxFloat64,
		"4.9e-324": math.SmallestNonzeroFloat64, "1.00000000000000000000": 1.0, "0e999999999999": 0.0,
	} {
		for _, doc := range []string{text, " " + text + "\n", "[" + text + "]", `{"a":` + text + `}`, "[" + text + ",1e1]"} {
			tree, _, err := jsontree.Parse([]byte(doc), jsontree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			switch c := tree.(type) {
			case []any:
				tree = c[0]
			case map[string]any:
				tree = c["a"]
			}
			if diff := cmp.Diff(want, tree); diff != "" {
				t.Errorf("%s: %s", doc, diff)
			}
		}
	}
	for _, text := range []string{"-0", "-0.0", "-0e1"} {
		tree, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
		if f, ok := tree.(float64); !ok || f != 0 || !math.Signbit(f) || err != nil {
			t.Errorf("%s: %#v, %v, want the float64 negative zero", text, tree, err)
		}
	}
}

func TestParseSharesNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"key":"value","list":["x"]}`, `{"key":"value","list":["x"],"n":1e1}`} {
		data := []byte(text)
		tree, _, err := jsontree.Parse(data, jsontree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		before := string(jsontree.Append(nil, tree))
		for i := range data {
			data[i] = 'X'
		}
		if after := string(jsontree.Append(nil, tree)); after != before {
			t.Errorf("the tree changed with the text: %s", after)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkParse(t, data) })
}

func TestParseLikeEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, text := range texts {
		checkParse(t, []byte(text))
		checkParse(t, []byte(`{"a":[`+text+`,"plain"],"b":`+text+`}`))
	}
}

// checkParse compares with encoding/json's tree, and holds Parse and Append against each other.
func checkParse(t *testing.T, data []byte) {
	t.Helper()
	tree, st, err := jsontree.Parse(data, jsontree.Limits{})
	if scanned, scanErr := jsontree.Scan(data, jsontree.Limits{}); scanned != st || (err == nil) != (scanErr == nil) {
		t.Fatalf("Parse(%q) = %+v, %v; Scan = %+v, %v", data, st, err, scanned, scanErr)
	}
	if err != nil {
		var e *jsontree.SyntaxError
		var l *jsontree.LimitError
		if !errors.As(err, &e) && !errors.As(err, &l) || tree != nil {
			t.Fatalf("Parse(%q) = %v, %v", data, tree, err)
		}
		return
	}
	if diff := cmp.Diff(reference(t, data), tree); diff != "" {
		t.Fatalf("Parse(%q): %s", data, diff)
	}
	text := jsontree.Append(nil, tree)
	again, _, err := jsontree.Parse(text, jsontree.Limits{})
	if err != nil {
		t.Fatalf("Append made %q of %q: %v", text, data, err)
	}
	if twice := jsontree.Append(nil, again); !bytes.Equal(text, twice) {
		t.Fatalf("Append is not stable: %q, then %q", text, twice)
	}
	if diff := cmp.Diff(tree, jsontree.Clone(tree)); diff != "" {
		t.Fatalf("Clone: %s", diff)
	}
}

// reference is encoding/json's tree, with numbers as the convention wants them.
func reference(t *testing.T, data []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return convention(v)
}

func convention(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = convention(v[k])
		}
	case []any:
		for i := range v {
			v[i] = convention(v[i])
		}
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") || v == "-0" {
			if f, err := strconv.ParseFloat(string(v), 64); err == nil {
				return f
			}
			return v
		}
		if i, err := v.Int64(); err == nil {
			return i
		}
	}
	return v
}
