package mapping_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/mapping"
)

// FuzzApply reads a mapping and a document and holds: no panic, typed errors, a stable written form, a source that stays
// as it was, notes in order and only for fields there are, and mode fail failing exactly where there are notes.
func FuzzApply(f *testing.F) {
	for _, m := range []string{
		`{"fields":[]}`, `{"fields":null}`, `null`, `{"mode":"fail","fields":[{"from":"a","to":"b"}]}`,
		`{"fields":[{"from":"a","to":"b"},{"from":"b","to":"a"}]}`,
		`{"fields":[{"from":"a","to":"a.b.c","keep":true},{"to":"x.y","const":null,"omit_empty":true}]}`,
		`{"fields":[{"from":"a.b","to":"c.d","default":{"e":1e400}},{"from":"c","to":"a.b","required":true}]}`,
		`{"fields":[{"from":"$['a.b']","to":"@odata.x"}]}`, `{"fields":[{"from":"a[0]","to":""}]}`, `{"x":1}`, `{`,
	} {
		for _, tree := range []string{`{"a":{"b":1},"b":[2],"c":null}`, `{"a":"s","c":{"d":""},"x":{"y":0}}`, `[1]`, `null`, `3`} {
			f.Add([]byte(m), []byte(tree))
		}
	}
	f.Fuzz(func(t *testing.T, src, body []byte) {
		var m mapping.Mapping
		if !typed(t, m.UnmarshalJSON(src)) {
			return
		}
		form, err := json.Marshal(m)
		if err != nil {
			return // invalid UTF-8 or the like inside a value
		}
		var again mapping.Mapping
		if err := again.UnmarshalJSON(form); err != nil {
			t.Fatalf("%s became %s: %v", src, form, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(form) {
			t.Fatalf("%s became %s, then %s: %v", src, form, second, err)
		}
		p, err := mapping.Compile(m)
		if !typed(t, err) {
			return
		}
		tree, _, err := jsontree.Parse(body, jsontree.Limits{})
		if err != nil {
			return
		}
		snapshot := clone(tree)
		m.Mode = mapping.Passthrough
		out, notes, err := program(t, m).Apply(tree)
		if err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(tree, snapshot) {
			t.Fatalf("%s changed its source %s", form, body)
		}
		for i, n := range notes {
			if n.Field < 0 || n.Field >= len(m.Fields) || i > 0 && n.Field <= notes[i-1].Field || n.Path == "" || n.Reason == "" {
				t.Fatalf("%s: note %v", form, n)
			}
		}
		if len(m.Fields) == 0 && !cmp.Equal(out, tree) {
			t.Fatalf("no fields, but %v became %v", tree, out)
		}
		m.Mode = mapping.Fail
		failOut, _, err := program(t, m).Apply(tree)
		if typed(t, err) == (len(notes) > 0) || err == nil && !cmp.Equal(failOut, out) {
			t.Fatalf("%s: %d notes, but mode fail gives %v", form, len(notes), err)
		}
		if _, _, err = p.Apply(tree); err != nil {
			typed(t, err)
		}
	})
}

// typed tells whether there is no error, and fails on one of another type than the package's.
func typed(t *testing.T, err error) bool {
	t.Helper()
	var e *mapping.Error
	if err != nil && (!errors.As(err, &e) || e.Reason == "") {
		t.Fatalf("untyped: %#v", err)
	}
	return err == nil
}
