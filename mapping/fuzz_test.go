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
		`{"fields":[{"from":"$['a.b']","to":"@odata.x"}]}`,
		`{"fields":[{"from":"l[*].a","to":"l[*].b","type":"integer"},{"from":"l[*].c","to":"m[*]","trim":true},{"to":"m[*]","const":1}]}`,
		`{"fields":[{"from":"l[*][*].a","to":"l[*].b","pick":"last","case":"upper"},{"from":"$..a","to":"all","keep":true,"type":"string"}]}`,
		`{"fields":[{"id":"d","from":"b","to":"b","type":"date","date":{"from":"epoch_ms","to":"02.01.2006"}}]}`,
		`{"fields":[{"from":"a","to":"x[*]"},{"from":"b","to":"b","default":0,"enum":{"words":{"a":1},"unknown":"default"}}]}`, `{"fields":[{"from":"a[0]","to":""}]}`, `{"x":1}`, `{`,
	} {
		for _, tree := range []string{`{"a":{"b":1},"b":[2],"c":null}`,
			`{"l":[{"a":"1","c":" x "},{"a":"y"},[{"a":1}]],"m":"s","b":1767323045000}`, `{"a":"s","c":{"d":""},"x":{"y":0}}`, `[1]`, `null`, `3`} {
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
		previewed, outcomes, err := program(t, m).Preview(tree)
		if err != nil || !cmp.Equal(previewed, out) || len(outcomes) != len(m.Fields) {
			t.Fatalf("%s: Preview gives %v and %d outcomes, %v", form, previewed, len(outcomes), err)
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

// FuzzOverride reads a mapping and what overrides it and holds: no panic, typed errors, a stable written form, and that
// the merged mapping compiles exactly if the override does.
func FuzzOverride(f *testing.F) {
	base := `{"fields":[{"id":"a","from":"a","to":"b"},{"id":"c","from":"l[*].c","to":"l[*].d"},{"from":"e","to":"f"}]}`
	for _, o := range []string{`{}`, `null`, `{"mode":"fail","suppress":["a"]}`, `{"replace":[{"id":"c","to":"l","const":[]}]}`,
		`{"add":[{"id":"x","from":"b","to":"x"}]}`, `{"add":[{"from":"b","to":"f"}]}`, `{"suppress":["a","a"]}`, `{"x":1}`, `[`} {
		f.Add([]byte(base), []byte(o))
	}
	f.Fuzz(func(t *testing.T, src, text []byte) {
		var m mapping.Mapping
		var o mapping.Override
		if !typed(t, m.UnmarshalJSON(src)) || !typed(t, o.UnmarshalJSON(text)) {
			return
		}
		form, err := json.Marshal(o)
		if err != nil {
			return // invalid UTF-8 or the like inside a value
		}
		var again mapping.Override
		if err := again.UnmarshalJSON(form); err != nil {
			t.Fatalf("%s became %s: %v", text, form, err)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(form) {
			t.Fatalf("%s became %s, then %s: %v", text, form, second, err)
		}
		_, err = mapping.CompileOver(&m, o)
		good := typed(t, err)
		merged, err := o.Over(&m)
		if !typed(t, err) {
			if good {
				t.Fatalf("%s over %s compiles, but doesn't merge: %v", text, src, err)
			}
			return
		}
		if _, err := mapping.Compile(merged); typed(t, err) != good {
			t.Fatalf("%s over %s: merged by hand: %v", text, src, err)
		}
	})
}

// FuzzCoerce makes each type of any value and holds: no panic, a result of that type or null, and that what was made
// stays as it is when it is made one again.
func FuzzCoerce(f *testing.F) {
	types := []mapping.Type{mapping.TypeString, mapping.TypeNumber, mapping.TypeInteger, mapping.TypeBoolean, mapping.TypeDate}
	for i := range types {
		for _, v := range []string{`"1"`, `1.5`, `"1e400"`, `true`, `"yes"`, `"2026-01-02T03:04:05Z"`, `null`, `-0.0`, `1e19`, `"007"`, `[]`} {
			f.Add(uint8(i), []byte(v), "", "")
		}
	}
	f.Add(uint8(4), []byte(`1767323045.5`), "epoch_s", "rfc1123")
	f.Add(uint8(4), []byte(`"02/01/2026"`), "02/01/2006", "epoch_ms")
	f.Fuzz(func(t *testing.T, kind uint8, raw []byte, from, to string) {
		v, _, err := jsontree.Parse(raw, jsontree.Limits{})
		if err != nil {
			return
		}
		field := mapping.Field{From: "v", To: "v", Type: types[int(kind)%len(types)], Required: true}
		if field.Type == mapping.TypeDate {
			field.Date = &mapping.Date{From: from, To: to}
		}
		p, err := mapping.Compile(mapping.Mapping{Mode: mapping.Fail, Fields: []mapping.Field{field}})
		if !typed(t, err) {
			return
		}
		out, _, err := p.Apply(map[string]any{"v": v})
		if !typed(t, err) {
			return
		}
		got := out.(map[string]any)["v"]
		name := jsontree.TypeName(got)
		switch want := string(field.Type); {
		case name == "null" && v == nil, name == want, name == "integer" && want == "number":
		case want == "date" && (name == "string" || name == "integer"):
			return
		default:
			t.Fatalf("%s of %s is a %s", want, raw, name)
		}
		if field.Type == mapping.TypeDate {
			return
		}
		again, _, err := p.Apply(out)
		if err != nil || !cmp.Equal(again, out) {
			t.Fatalf("%s of %s is %v, of that %v: %v", field.Type, raw, out, again, err)
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
