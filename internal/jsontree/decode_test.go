package jsontree_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
)

func TestDecodeOwnRules(t *testing.T) {
	t.Parallel()
	decode := func(text string, dst any) error {
		parsed, _, err := jsontree.Parse([]byte(text), jsontree.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return jsontree.Decode(parsed, dst)
	}
	var money struct {
		Amount int `json:"amount"`
	}
	if err := decode(`{"AMOUNT":1,"Amount":2}`, &money); err != nil || money.Amount != 0 {
		t.Errorf("a name of other case was taken: %+v, %v", money, err)
	}
	if err := decode(`{"amount":1e3}`, &money); err != nil || money.Amount != 1000 {
		t.Errorf("1e3: %+v, %v", money, err)
	}
	if err := decode(`{"amount":9007199254740994.0}`, &money); err == nil {
		t.Errorf("an integer beyond 2^53 came from a float: %+v", money)
	}
	old := []int{1, 2, 3}
	kept := old
	if err := decode(`[9]`, &old); err != nil || !cmp.Equal(kept, []int{1, 2, 3}) || !cmp.Equal(old, []int{9}) {
		t.Errorf("slices: %v, %v, %v", old, kept, err)
	}
	m := map[string]int{"a": 1}
	if err := decode(`{"b":2}`, &m); err != nil || !cmp.Equal(m, map[string]int{"a": 1, "b": 2}) {
		t.Errorf("maps: %v, %v", m, err)
	}
	var raw struct{ R, N json.RawMessage }
	if err := decode(`{"R": {"b": 1.50, "a": [ ]}, "N": null}`, &raw); err != nil || string(raw.R) != `{"a":[],"b":1.5}` || string(raw.N) != "null" {
		t.Errorf("raw: %s %s, %v", raw.R, raw.N, err)
	}
	var f32 []float32
	if err := decode(`[0.1,16777217,1e38]`, &f32); err != nil || !cmp.Equal(f32, []float32{0.1, 16777216, 1e38}) {
		t.Errorf("float32: %v, %v", f32, err)
	}
	if err := decode(`[1e39]`, &f32); err == nil {
		t.Error("1e39 fits no float32")
	}
}

func TestDecodeAnyIsAClone(t *testing.T) {
	t.Parallel()
	source := map[string]any{"a": map[string]any{"k": int64(1)}, "list": []any{int64(1)}}
	before := string(jsontree.Append(nil, source))
	var whole any
	var anyMap map[string]any
	var fields struct {
		A    any   `json:"a"`
		List []any `json:"list"`
	}
	for _, dst := range []any{&whole, &anyMap, &fields} {
		if err := jsontree.Decode(source, dst); err != nil {
			t.Fatal(err)
		}
	}
	whole.(map[string]any)["a"].(map[string]any)["k"] = "changed"
	anyMap["a"].(map[string]any)["k"] = "changed"
	fields.A.(map[string]any)["k"] = "changed"
	fields.List[0] = "changed"
	if after := string(jsontree.Append(nil, source)); after != before {
		t.Errorf("the tree changed: %s", after)
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		dst  any
		want jsontree.DecodeError
	}{
		"nil":         {`1`, nil, jsontree.DecodeError{Want: "<nil>", Got: "integer", Reason: "decode into a non-nil pointer"}},
		"no pointer":  {`{}`, target{}, jsontree.DecodeError{Want: "jsontree_test.target", Got: "object", Reason: "decode into a non-nil pointer"}},
		"nil pointer": {`{}`, (*target)(nil), jsontree.DecodeError{Want: "*jsontree_test.target", Got: "object", Reason: "decode into a non-nil pointer"}},
		"nil any":     {`{}`, (*any)(nil), jsontree.DecodeError{Want: "*interface {}", Got: "object", Reason: "decode into a non-nil pointer"}},
		"top":         {`"s3cr3t"`, new(int), jsontree.DecodeError{Want: "int", Got: "string"}},
		"path":        {`{"a/b":[{"~":"s3cr3t"}]}`, new(map[string][]map[string]int), jsontree.DecodeError{Pointer: "/a~1b/0/~0", Path: `map[string][]map[string]int["a/b"][0]["~"]`, Want: "int", Got: "string"}},
		"range":       {`[1,300]`, new([]int8), jsontree.DecodeError{Pointer: "/1", Path: "[]int8[1]", Want: "int8", Got: "integer", Reason: "out of range"}},
		"fraction":    {`[1.5]`, new([]uint), jsontree.DecodeError{Pointer: "/0", Path: "[]uint[0]", Want: "uint", Got: "number", Reason: "it has a fraction or no exact integer value"}},
		"negative":    {`-1`, new(uint), jsontree.DecodeError{Want: "uint", Got: "integer", Reason: "out of range"}},
		"big":         {`1e400`, new(float64), jsontree.DecodeError{Want: "float64", Got: "number", Reason: "out of range"}},
		"first field": {`{"i":"x","b":"y"}`, new(target), jsontree.DecodeError{Pointer: "/b", Path: "jsontree_test.target.B", Want: "bool", Got: "string"}},
		"first key":   {`{"z":"x","b":"y"}`, new(map[string]bool), jsontree.DecodeError{Pointer: "/b", Path: `map[string]bool["b"]`, Want: "bool", Got: "string"}},
		"chan":        {`{"C":1}`, new(struct{ C chan int }), jsontree.DecodeError{Pointer: "/C", Path: "struct.C", Want: "chan int", Got: "integer", Reason: "no JSON fits this type"}},
		"key type":    {`{"a":1}`, new(map[bool]int), jsontree.DecodeError{Want: "map[bool]int", Got: "object", Reason: "no JSON fits this type"}},
		"interface":   {`1`, new(error), jsontree.DecodeError{Want: "error", Got: "integer", Reason: "an interface with methods can't be made from JSON"}},
		"base64":      {`"s3cr3t!"`, new([]byte), jsontree.DecodeError{Want: "[]uint8", Got: "string", Reason: "it is not base64 (RFC 4648, section 4)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parsed, _, err := jsontree.Parse([]byte(tc.text), jsontree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			err = jsontree.Decode(parsed, tc.dst)
			var e *jsontree.DecodeError
			if !errors.As(err, &e) {
				t.Fatalf("Decode = %v", err)
			}
			if diff := cmp.Diff(tc.want, *e); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestDecodeErrorHidesTheCause(t *testing.T) {
	t.Parallel()
	for _, dst := range []any{new(struct{ V time.Time }), new(struct{ V netip.Addr }), new(struct{ V *big.Int })} {
		err := jsontree.Decode(map[string]any{"V": "s3cr3t"}, dst)
		var e *jsontree.DecodeError
		if !errors.As(err, &e) || e.Err == nil || e.Pointer != "/V" || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%T: %#v", dst, err)
		}
	}
}

type (
	inner    struct{ In int }
	ptrOuter struct{ *inner }
	tagOuter struct {
		*inner `json:"x"`
	}
	valOuter struct {
		inner `json:"x"`
	}
	marshalIn  struct{ In int }
	tagMarshal struct {
		marshalIn `json:"x"`
	}
)

func (m *marshalIn) UnmarshalJSON([]byte) error { m.In = 7; return nil }

// TestDecodeUnexportedEmbedded: what reflection may not set is an error, not a panic.
func TestDecodeUnexportedEmbedded(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		dst  any
		fits bool
	}{
		"nil pointer": {new(ptrOuter), false}, "set pointer": {&ptrOuter{&inner{}}, true}, "tagged pointer": {new(tagOuter), false},
		"tagged value": {new(valOuter), true}, "tagged unmarshaler": {struct{ P *tagMarshal }{new(tagMarshal)}.P, true},
	} {
		for _, member := range []any{nil, map[string]any{"In": int64(1)}} {
			err := jsontree.Decode(map[string]any{"x": member, "In": int64(1)}, tc.dst)
			var e *jsontree.DecodeError
			if tc.fits != (err == nil) && !errors.As(err, &e) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestDecodeConcurrently(t *testing.T) {
	t.Parallel()
	type fresh struct{ A, B *tree }
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			var v fresh
			err := jsontree.Decode(map[string]any{"A": map[string]any{"Kids": []any{map[string]any{"V": int64(1)}}}}, &v)
			if err != nil || v.A.Kids[0].V != 1 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}
