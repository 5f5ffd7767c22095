package jsontree_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/waygate-go/waygate/internal/jsontree"
)

func TestAppend(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		tree any
		want string
	}{
		{nil, `null`}, {true, `true`}, {"<&>\u2028é", "\"<&>\u2028é\""}, {"\"\\/\b\f\n\r\t\x00\x1f\x7f", `"\"\\/\u0008\u000c\n\r\t\u0000\u001f` + "\x7f\""},
		{"a\xffb\xe2\x82", "\"a\uFFFDb\uFFFD\uFFFD\""}, {int64(math.MinInt64), `-9223372036854775808`}, {1.0, `1`}, {1e20, `100000000000000000000`},
		{1e21, `1e+21`}, {1e-6, `0.000001`}, {1e-7, `1e-7`}, {-1.5e-10, `-1.5e-10`}, {math.Copysign(0, -1), `-0`}, {math.NaN(), `null`}, {math.Inf(1), `null`},
		{json.Number("1.50e400"), `1.50e400`}, {json.Number(`1,"x":2`), `null`}, {json.Number(""), `null`}, {json.Number("1 "), `null`},
		{map[string]any{"b": int64(1), "a": []any{}, "": map[string]any{}}, `{"":{},"a":[],"b":1}`}, {[]any{nil, "x"}, `[null,"x"]`},
		{[]any{3, []string{"a"}, func() {}}, `[3,["a"],null]`},
	} {
		if got := string(jsontree.Append([]byte("x"), tc.tree)); got != "x"+tc.want {
			t.Errorf("Append(%#v) = %s, want %s", tc.tree, got[1:], tc.want)
		}
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "a\xffb", "\x00\"\\", "漢\u2029", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want string
		text, _ := json.Marshal(s)
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		got, _, err := jsontree.Parse(jsontree.Append(nil, s), jsontree.Limits{})
		if err != nil || got != want {
			t.Fatalf("%q came back as %q, %v", s, got, err)
		}
	})
}

func TestTypeName(t *testing.T) {
	t.Parallel()
	for want, list := range map[string][]any{
		"null": {nil}, "boolean": {true, false}, "string": {""}, "integer": {int64(1), json.Number("9223372036854775808")},
		"number": {1.5, 1.0, json.Number("1e400")}, "object": {map[string]any{}}, "array": {[]any{}}, "unknown": {1, struct{}{}},
	} {
		for _, v := range list {
			if got := jsontree.TypeName(v); got != want {
				t.Errorf("TypeName(%#v) = %s, want %s", v, got, want)
			}
		}
	}
}

func TestCloneIsApart(t *testing.T) {
	t.Parallel()
	tree := map[string]any{"a": []any{map[string]any{"b": int64(1)}}}
	copied := jsontree.Clone(tree).(map[string]any)
	copied["a"].([]any)[0].(map[string]any)["b"] = "changed"
	copied["new"] = true
	if got := string(jsontree.Append(nil, tree)); got != `{"a":[{"b":1}]}` {
		t.Errorf("the original changed: %s", got)
	}
}
