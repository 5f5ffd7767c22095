//lint:file-ignore SA5008 Odd tags and fields that nobody reads are what these tests are about.

package jsontree_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/secret"
)

type color int

func (c color) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "c%d", int(c)), nil }

type embedded struct {
	Inner string `json:"inner"`
	Over  int    `json:"over"`
}

type everything struct {
	embedded
	QNumber    json.Number     `json:"qnumber,string"`
	QFloat     float64         `json:"qfloat,string"`
	QString    string          `json:"qstring,string"`
	Over       string          `json:"over"`
	Skip       int             `json:"-"`
	Dash       int             `json:"-,"`
	Empty      string          `json:"empty,omitempty"`
	Zero       time.Time       `json:"zero,omitzero"`
	Quoted     int             `json:"quoted,string"`
	Bytes      []byte          `json:"bytes"`
	Array      [2]byte         `json:"array"`
	Nil        []int           `json:"nil"`
	NilMap     map[string]int  `json:"nil_map"`
	Ints       map[int]string  `json:"ints"`
	Colors     map[color]color `json:"colors"`
	Any        any             `json:"any"`
	F32        float32         `json:"f32"`
	When       time.Time       `json:"when"`
	Wait       time.Duration   `json:"wait"`
	Big        *big.Int        `json:"big"`
	Pointer    **int           `json:"pointer"`
	Raw        json.RawMessage `json:"other_raw"`
	HTML       string          `json:"html"`
	Number     json.Number     `json:"number"`
	Map        map[string]any  `json:"map"`
	unexported int
}

type plainStruct struct{ A, B int }

// values are Go values that encoding/json can write.
func values() map[string]any {
	n := 5
	p := &n
	raw := json.RawMessage(`{"b":1,"a":[1.50]}`)
	big1, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	full := everything{
		embedded: embedded{"in", 1}, QNumber: "1.50", QFloat: 1e21, QString: "q\"", Over: "out", Skip: 1, Dash: 2, Quoted: 7, Bytes: []byte{1, 2, 255}, Array: [2]byte{3, 4},
		Ints: map[int]string{-1: "x"}, Colors: map[color]color{1: 2}, Any: []any{1, "x", plainStruct{1, 2}}, F32: 0.1,
		When: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Wait: time.Second, Big: big1, Pointer: &p, Raw: raw, HTML: "<&>\u2028", Number: "1e400",
		Map: map[string]any{"deep": &plainStruct{3, 4}}, unexported: 1,
	}
	var nilPointer *plainStruct
	return map[string]any{
		"nil": nil, "true": true, "string": "x<>&é\u2028", "invalid text": "a\xff\xfeb", "int": 1, "int8": int8(-1), "int16": int16(2), "int32": int32(3),
		"int64": int64(math.MinInt64), "uint": uint(4), "uint8": uint8(5), "uint16": uint16(6), "uint32": uint32(7), "uint64": uint64(math.MaxUint64),
		"uintptr": uintptr(9), "float": 1.5, "whole float": 3.0, "negative zero": math.Copysign(0, -1), "float 1e18": 1e18, "float 1e20": 1e20, "float 1e21": 1e21,
		"float 1e-7": 1e-7, "float32": float32(0.1), "float32 whole": float32(16777216), "float32 large": float32(1e21), "float32 small": float32(1e-7), "float32 edge": float32(1e-6),
		"number": json.Number("12"), "number float": json.Number("1.0"), "number big": json.Number("9223372036854775808"), "number empty": json.Number(""),
		"number beyond": json.Number("1e400"), "raw": json.RawMessage(`{"x":[-0,1E2]}`), "map": map[string]any{"a": []any{1, nil, map[string]any{}}},
		"nil map": map[string]any(nil), "nil slice": []any(nil), "empty": []any{}, "strings": []string{"a"}, "map string": map[string]string{"a": "b"},
		"struct": full, "pointer": &full, "zero struct": everything{}, "slice": []everything{full}, "color": color(3), "colors": []any{color(1)},
		"nil pointer": nilPointer, "pointers": []any{nilPointer, p, &p}, "time": time.Unix(0, 0).UTC(), "anonymous": struct{ X any }{X: map[string]any{"y": 1.0}},
		"bad key": map[string]any{"a\xff": 1}, "typed int": time.Second,
	}
}

// TestFromValueIsParseOfMarshal holds the rule that one sentence states.
func TestFromValueIsParseOfMarshal(t *testing.T) {
	t.Parallel()
	for name, v := range values() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, v := range []any{v, []any{v}, map[string]any{"k": v}, struct{ V any }{v}} {
				text, err := json.Marshal(v)
				if err != nil {
					t.Fatal(err)
				}
				want, _, err := jsontree.Parse(text, jsontree.Limits{})
				if err != nil {
					t.Fatal(err)
				}
				got, secrets, err := jsontree.FromValue(v, jsontree.Limits{})
				if err != nil || len(secrets) != 0 {
					t.Fatalf("FromValue(%T) = %v, %v", v, secrets, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%T: %s", v, diff)
				}
			}
		})
	}
}

func TestFromValueRefuses(t *testing.T) {
	t.Parallel()
	cyclicMap := map[string]any{}
	cyclicMap["me"] = []any{cyclicMap}
	type node struct{ Next *node }
	cyclicNode := &node{}
	cyclicNode.Next = cyclicNode
	var valueErr *jsontree.ValueError
	var limitErr *jsontree.LimitError
	for name, tc := range map[string]struct {
		v       any
		kind    any
		pointer string
	}{
		"func":             {map[string]any{"a": []any{0, func() {}}}, &valueErr, "/a/1"},
		"chan in struct":   {[]any{struct{ C chan int }{make(chan int)}}, &valueErr, "/0/C"},
		"complex":          {1i, &valueErr, ""},
		"NaN":              {map[string]any{"a/b": math.NaN()}, &valueErr, "/a~1b"},
		"Inf":              {map[string]any{"x": math.Inf(-1)}, &valueErr, "/x"},
		"NaN32":            {[]any{float32(math.NaN())}, &valueErr, "/0"},
		"NaN in struct":    {struct{ F []float64 }{[]float64{1, math.NaN()}}, &valueErr, "/F/1"},
		"number":           {[]any{json.Number("1,2")}, &valueErr, "/0"},
		"raw duplicate":    {[]any{json.RawMessage(`{"a":{"b":1,"b":2}}`)}, &valueErr, "/0/a/b"},
		"raw in struct":    {struct{ R json.RawMessage }{json.RawMessage(`{"a":1,"a":2}`)}, &valueErr, "/R/a"},
		"raw broken":       {struct{ R json.RawMessage }{json.RawMessage(`{"a":`)}, &valueErr, "/R/a"},
		"raw empty broken": {[]any{json.RawMessage(`x`)}, &valueErr, "/0"},
		"keys become one":  {map[string]any{"\xff": 1, "\xfe": 2}, &valueErr, "/\uFFFD"},
		"key type":         {[]any{map[complex64]int{1: 1}}, &valueErr, "/0"},
		"marshaler fails":  {[]any{failing{}}, &valueErr, "/0"},
		"cyclic map":       {cyclicMap, &limitErr, strings.Repeat("/me/0", 256)},
		"cyclic struct":    {cyclicNode, nil, ""},
		"too deep struct":  {[]any{json.RawMessage(strings.Repeat("[", 512) + strings.Repeat("]", 512))}, &limitErr, "/0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var valueErr *jsontree.ValueError
			var limitErr *jsontree.LimitError
			tree, secrets, err := jsontree.FromValue(tc.v, jsontree.Limits{})
			if err == nil || tree != nil || secrets != nil {
				t.Fatalf("FromValue = %v, %v, %v, want only an error", tree, secrets, err)
			}
			pointer := ""
			switch {
			case errors.As(err, &valueErr):
				pointer = valueErr.Pointer
			case errors.As(err, &limitErr):
				pointer = limitErr.Pointer
			default:
				t.Fatalf("%T: %v", err, err)
			}
			if _, limit := tc.kind.(**jsontree.LimitError); tc.kind != nil && (limit != (limitErr != nil) || pointer != tc.pointer) {
				t.Errorf("%#v, want %T at %q", err, tc.kind, tc.pointer)
			}
			if len(err.Error()) > 500 || strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("error text: %v", err)
			}
		})
	}
}

type failing struct{}

var errFailing = errors.New("s3cr3t")

func (failing) MarshalJSON() ([]byte, error) { return nil, errFailing }

func TestFromValueKeepsTheCause(t *testing.T) {
	t.Parallel()
	if _, _, err := jsontree.FromValue([]any{failing{}}, jsontree.Limits{}); !errors.Is(err, errFailing) {
		t.Errorf("%v does not wrap the cause", err)
	}
}

func TestFromValueLimits(t *testing.T) {
	t.Parallel()
	type pair struct{ A, B any }
	v := map[string]any{"x": pair{1, []any{2}}, "y": 3} // 5 values, 4 keys, 1 list: 9 + 1
	st, err := jsontree.Scan([]byte(`{"x":{"A":1,"B":[2]},"y":3}`), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, lim := range []jsontree.Limits{{Nodes: st.Nodes}, {Depth: st.Depth}} {
		if _, _, err := jsontree.FromValue(v, lim); err != nil {
			t.Errorf("%+v: %v", lim, err)
		}
	}
	for _, lim := range []jsontree.Limits{{Nodes: st.Nodes - 1}, {Nodes: 1}, {Depth: st.Depth - 1}, {Depth: 1}} {
		_, _, err := jsontree.FromValue(v, lim)
		var e *jsontree.LimitError
		if !errors.As(err, &e) || e.Limit != max(lim.Depth, lim.Nodes) {
			t.Errorf("%+v: %v, want that limit", lim, err)
		}
	}
}

func TestFromValueSecrets(t *testing.T) {
	t.Parallel()
	a, b, c, empty := secret.New("aaa"), secret.New("b\"<\xff"), secret.New("ccc"), secret.New("")
	v := map[string]any{
		"plain": a,
		"deep":  struct{ List []secret.String }{[]secret.String{b, c, empty, {}}},
		"ptr":   []any{&c, (*secret.String)(nil), secret.String{}, empty},
		"map":   map[string]secret.String{"k": a},
	}
	tree, secrets, err := jsontree.FromValue(v, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"plain": "aaa", "deep": map[string]any{"List": []any{"aab", "ccc", "", nil}}, "ptr": []any{"ccc", nil, nil, ""}, "map": map[string]any{"k": "aaa"},
	}
	want["deep"].(map[string]any)["List"].([]any)[0] = "b\"<\uFFFD"
	if diff := cmp.Diff(want, tree); diff != "" {
		t.Error(diff)
	}
	listed := map[string]int{}
	for _, s := range secrets {
		listed[s.Reveal()]++
	}
	if diff := cmp.Diff(map[string]int{"aaa": 2, "b\"<\xff": 1, "ccc": 2}, listed); diff != "" {
		t.Errorf("listed: %s", diff)
	}
}

func TestFromValueNeverAliases(t *testing.T) {
	t.Parallel()
	inner := map[string]any{"k": "v"}
	list := []any{inner, json.RawMessage(`"raw"`)}
	tree, _, err := jsontree.FromValue(map[string]any{"list": list}, jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	inner["k"], list[1].(json.RawMessage)[1] = "changed", 'X'
	list[0] = nil
	if got := string(jsontree.Append(nil, tree)); got != `{"list":[{"k":"v"},"raw"]}` {
		t.Errorf("the tree changed with its source: %s", got)
	}
}
