package rawjson_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/rawjson"
)

const text = ` { "a" : [1, {"b":"x\"}"}, null] , "c~/d":{"e":true}, "f":"é", "g":-1.5e3, "h":[] } `

func TestAt(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ pointer, want string }{
		{"/a", `[1, {"b":"x\"}"}, null]`},
		{"/a/0", `1`},
		{"/a/1/b", `"x\"}"`},
		{"/a/2", `null`},
		{"/a/3", ``},
		{"/a/01", ``},
		{"/a/-1", ``},
		{"/c~0~1d/e", `true`},
		{"/f", `"é"`},
		{"/g", `-1.5e3`},
		{"/h/0", ``},
		{"/nope", ``},
		{"a", ``},
	} {
		if got := string(rawjson.At([]byte(text), tc.pointer)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.pointer, got, tc.want)
		}
	}
}

func TestOffset(t *testing.T) {
	t.Parallel()
	doc := []byte(text)
	v := rawjson.At(doc, "/c~0~1d/e")
	if at := rawjson.Offset(doc, v); string(doc[at:at+4]) != "true" {
		t.Errorf("offset %d", at)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	if got, ok := rawjson.Text([]byte(`"a\u0041\n\ud83d\ude00"`)); !ok || got != "aA\n😀" {
		t.Errorf("%q, %v", got, ok)
	}
	if _, ok := rawjson.Text([]byte(`1`)); ok {
		t.Error("a number is no text")
	}
	if got := rawjson.Get([]byte(`{"\u0061":1}`), "a"); string(got) != "1" {
		t.Errorf("escaped name: %q", got)
	}
}

// FuzzWalk holds that the walk sees what a parser sees, and that it stands any text.
func FuzzWalk(f *testing.F) {
	for _, seed := range []string{text, `{`, `{"a"`, `[1,`, `"\`, `{"a":}`, `[,]`, `{"":{"":[[]]}}`, `{"a":1,"a":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := rebuilt(data, 0)
		st, err := jsontree.Scan(data, jsontree.Limits{})
		if err != nil || st.Duplicate != "" {
			return
		}
		var want any
		if json.Unmarshal(data, &want) != nil {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func rebuilt(v []byte, depth int) any {
	if depth > 600 {
		return nil
	}
	switch rawjson.Kind(v) {
	case '{':
		m := map[string]any{}
		for _, x := range rawjson.Object(v) {
			m[x.Name] = rebuilt(x.Value, depth+1)
		}
		return m
	case '[':
		a := []any{}
		for _, x := range rawjson.Array(v) {
			a = append(a, rebuilt(x, depth+1))
		}
		return a
	case '"':
		s, _ := rawjson.Text(v)
		return s
	}
	var scalar any
	_ = json.Unmarshal(v, &scalar)
	return scalar
}

func Example() {
	doc := []byte(`{"paths": {"/a": {"get": {}}, "/b": {}}}`)
	for _, m := range rawjson.Object(rawjson.Get(doc, "paths")) {
		fmt.Println(m.Name, rawjson.Offset(doc, m.Value))
	}
	// Output:
	// /a 17
	// /b 36
}
