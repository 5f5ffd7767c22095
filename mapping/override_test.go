package mapping_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/mapping"
)

func TestOverride(t *testing.T) {
	t.Parallel()
	const base = `{"fields":[{"id":"who","from":"user","to":"author"},{"id":"state","from":"state","to":"status"},{"from":"n","to":"number"}]}`
	const in = `{"user":"u","state":"s","n":1,"extra":2}`
	for _, c := range []struct{ name, base, override, out string }{
		{"nothing", base, `{}`, `{"author":"u","status":"s","number":1,"extra":2}`},
		{"replaced", base, `{"replace":[{"id":"who","from":"user","to":"owner"}]}`, `{"owner":"u","status":"s","number":1,"extra":2}`},
		{"replaced by a constant", base, `{"replace":[{"id":"who","to":"author","const":"me"}]}`, `{"user":"u","author":"me","status":"s","number":1,"extra":2}`},
		{"replaced by another source", base, `{"replace":[{"id":"state","from":"extra","to":"status"}]}`, `{"author":"u","state":"s","status":2,"number":1}`},
		{"added", base, `{"add":[{"id":"more","from":"extra","to":"more"}]}`, `{"author":"u","status":"s","number":1,"more":2}`},
		{"two added", base, `{"add":[{"id":"a","to":"a","const":1},{"id":"b","to":"b","const":2}]}`, `{"author":"u","status":"s","number":1,"extra":2,"a":1,"b":2}`},
		{"added to nothing", ``, `{"add":[{"id":"more","from":"extra","to":"more"}]}`, `{"user":"u","state":"s","n":1,"more":2}`},
		{"suppressed", base, `{"suppress":["who"]}`, `{"user":"u","status":"s","number":1,"extra":2}`},
		{"all suppressed", base, `{"suppress":["state","who"]}`, `{"user":"u","state":"s","number":1,"extra":2}`},
		{"all at once", base, `{"replace":[{"id":"who","from":"user","to":"w"}],"add":[{"id":"x","from":"extra","to":"author"}],"suppress":["state"]}`,
			`{"w":"u","author":2,"state":"s","number":1}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var inherited *mapping.Mapping
			if c.base != "" {
				m := decode(t, c.base)
				inherited = &m
			}
			o := override(t, c.override)
			p, err := mapping.CompileOver(inherited, o)
			if err != nil {
				t.Fatal(err)
			}
			out, notes, err := p.Apply(parse(t, in))
			if err != nil || len(notes) > 0 {
				t.Fatal(notes, err)
			}
			if d := cmp.Diff(parse(t, c.out), out); d != "" {
				t.Error(d)
			}
			if c.base != "" && !cmp.Equal(*inherited, decode(t, c.base)) {
				t.Error("the inherited mapping was changed")
			}
			form, err := json.Marshal(o)
			if err != nil || string(form) != c.override {
				t.Errorf("written as %s: %v", form, err)
			}
			merged, err := o.Over(inherited)
			if err != nil {
				t.Fatal(err)
			}
			again, _, err := program(t, merged).Apply(parse(t, in))
			if err != nil || !cmp.Equal(out, again) {
				t.Error("merged by hand it does otherwise:", again, err)
			}
		})
	}
}

func override(t testing.TB, src string) (o mapping.Override) {
	t.Helper()
	if err := json.Unmarshal([]byte(src), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOverrideOfTheMode(t *testing.T) {
	t.Parallel()
	base := decode(t, `{"mode":"fail","fields":[{"from":"a","to":"b","required":true}]}`)
	p, err := mapping.CompileOver(&base, override(t, `{"mode":"passthrough"}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, notes, err := p.Apply(parse(t, `{}`)); err != nil || len(notes) != 1 {
		t.Error(notes, err)
	}
	if p, err = mapping.CompileOver(&base, mapping.Override{}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Apply(parse(t, `{}`)); err == nil {
		t.Error("the mode isn't inherited")
	}
}

func TestOverrideRefuses(t *testing.T) {
	t.Parallel()
	base := decode(t, `{"fields":[{"from":"n","to":"number"},{"id":"who","from":"user","to":"author"}]}`)
	for src, want := range map[string]string{
		`{"replace":[{"from":"a","to":"b"}]}`:                                                   "replace[0].id: the ID is missing",
		`{"replace":[{"id":"woh","from":"a","to":"b"}]}`:                                        `replace[0].id: the mapping has no field of this ID: did you mean "who"?`,
		`{"replace":[{"id":"who","from":"a","to":"b"},{"id":"who","from":"a","to":"c"}]}`:       "replace[1].id: this ID is named twice",
		`{"replace":[{"id":"who","from":"a","to":"b"}],"suppress":["who"]}`:                     "suppress[0]: this ID is named twice",
		`{"suppress":["who","who"]}`:                                                            "suppress[1]: this ID is named twice",
		`{"suppress":["nobody"]}`:                                                               "suppress[0]: the mapping has no field of this ID",
		`{"suppress":[""]}`:                                                                     "suppress[0]: the ID is missing",
		`{"add":[{"from":"a","to":"b"}]}`:                                                       "add[0].id: a field that is added needs an ID",
		`{"add":[{"id":"who","from":"a","to":"b"}]}`:                                            "add[0].id: the mapping has a field of this ID: put it under replace",
		`{"add":[{"id":"x","from":"a","to":"b"},{"id":"x","from":"a","to":"c"}]}`:               "add[1].id: another field",
		`{"add":[{"id":"x","from":"a b","to":"b"}]}`:                                            "add[0].from: a b: at byte 1",
		`{"replace":[{"id":"who","from":"a","to":"b","type":"int"}]}`:                           "replace[0].type: it is one of",
		`{"suppress":["who"],"add":[{"id":"x","from":"a","to":"number"}]}`:                      "add[0].to: $.number: fields[0] writes to $.number",
		`{"add":[{"id":"x","from":"a","to":"author.name"}]}`:                                    "add[0].to: $.author.name: fields[1] writes to $.author",
		`{"replace":[{"id":"who","from":"a","to":"x"}],"add":[{"id":"x","from":"a","to":"x"}]}`: "add[0].to: $.x: replace[0] writes to $.x",
	} {
		_, err := mapping.CompileOver(&base, override(t, src))
		var e *mapping.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "mapping: "+want) {
			t.Errorf("%s: %v", src, err)
		}
	}
	for src, want := range map[string]string{
		`{"remove":["a"]}`:                          "remove: unknown member",
		`{"add":[{"id":"x","form":"a","to":"b"}]}`:  `add[0].form: unknown member: remove it or correct its name: did you mean "from"?`,
		`{"mode":"loud"}`:                           "mode: unknown mode",
		`{"suppress":"who"}`:                        "suppress: the value has the wrong type",
		`{"suppress":["who"],"suppress":["other"]}`: "suppress: the member is there twice",
	} {
		var o mapping.Override
		err := json.Unmarshal([]byte(src), &o)
		var e *mapping.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "mapping: "+want) {
			t.Errorf("%s: %v", src, err)
		}
	}
}
