package yamltree_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/waygate-go/waygate/internal/yamltree"
)

func TestParseLoose(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, src, want string }{
		{"keys", "200: a\ntrue: b\n1.5: c\nnull: d", `{"200":"a","true":"b","1.5":"c","null":"d"}`},
		{"numbers", "[0x1F, 0o17, +1, .5, 1., 007, -.5e3, 1e3]", `[31,15,1,0.5,1,7,-0.5e3,1e3]`},
		{"no numbers", "[.nan, .inf, 1_000]", `[".nan",".inf","1_000"]`},
		{"tags", "a: !!str 1\nb: !x {c: 1}\nc: ! 5", `{"a":"1","b":{"c":1},"c":5}`},
		{"merge", "a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}", `{"a":{"x":1,"y":2},"b":{"x":3,"y":2}}`},
		{"merge list", "a: &a {x: 1}\nb: &b {x: 2, z: 1}\nc: {<<: [*a, *b]}", `{"a":{"x":1},"b":{"x":2,"z":1},"c":{"x":1,"z":1}}`},
		{"date", "a: 2020-01-01", `{"a":"2020-01-01"}`},
	} {
		doc, err := yamltree.ParseLoose([]byte(tc.src), yamltree.Limits{})
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := string(doc.JSON()); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

func TestParseLooseRefuses(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"a: 1\na: 2", "200: 1\n\"200\": 2", "<<: 5", "[a]: 1", "a: &a {b: *a}"} {
		_, err := yamltree.ParseLoose([]byte(src), yamltree.Limits{})
		var e *yamltree.Error
		if !errors.As(err, &e) || e.Line < 1 {
			t.Errorf("%q: %v", src, err)
		}
	}
}

// FuzzParseLoose holds that what is read is JSON, and within the limits.
func FuzzParseLoose(f *testing.F) {
	for _, seed := range []string{"200: a", "[0x1F, +1, .5, 1., -.5e3, 0o7, 00]", "a: &a {x: 1}\nb: {<<: *a}", "!!str 1", "{<<: [{a: 1}]}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		doc, err := yamltree.ParseLoose(src, yamltree.Limits{Bytes: 1 << 16, Nodes: 10_000})
		if err == nil && !json.Valid(doc.JSON()) {
			t.Errorf("%s is no JSON", doc.JSON())
		}
	})
}
