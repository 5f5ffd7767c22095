package mapping_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/mapping"
)

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	null := json.RawMessage("null")
	for _, c := range []struct {
		name   string
		fields []mapping.Field
		field  string
		reason string
	}{
		{"neither", []mapping.Field{{To: "a"}}, "fields[0].from", "from or const"},
		{"default alone", []mapping.Field{{To: "a", Default: null}}, "fields[0].from", "from or const"},
		{"both", []mapping.Field{{From: "a", To: "b", Const: null}}, "fields[0]", "exclude"},
		{"const with default", []mapping.Field{{To: "b", Const: null, Default: null}}, "fields[0].default", "no default"},
		{"const with keep", []mapping.Field{{To: "b", Const: null, Keep: true}}, "fields[0].keep", "no source"},
		{"const required", []mapping.Field{{To: "b", Const: null, Required: true}}, "fields[0].required", "never absent"},
		{"required with default", []mapping.Field{{From: "a", To: "b", Default: null, Required: true}}, "fields[0].required", "never absent"},
		{"no target", []mapping.Field{{From: "a"}}, "fields[0].to", "names no member"},
		{"root source", []mapping.Field{{From: "$", To: "a"}}, "fields[0].from", "names no member"},
		{"root target", []mapping.Field{{From: "a", To: "$"}}, "fields[0].to", "names no member"},
		{"index", []mapping.Field{{From: "a[0]", To: "b"}}, "fields[0].from", "set keep"},
		{"descent", []mapping.Field{{From: "$..a", To: "b"}}, "fields[0].from", "set keep"},
		{"index as target", []mapping.Field{{From: "a", To: "b[0]"}}, "fields[0].to", "names and [*] only"},
		{"more [*] in the target", []mapping.Field{{From: "a", To: "b"}, {From: "c", To: "items[*].b"}}, "fields[1].to", "each [*] of the target"},
		{"[*] of a source that is read", []mapping.Field{{From: "a[0].x", To: "b[*].x", Keep: true}}, "fields[0].to", "each [*] of the target"},
		{"list to object", []mapping.Field{{From: "$[*].a", To: "b"}}, "fields[0].to", "begins with [*]"},
		{"object to list", []mapping.Field{{From: "a[*].b", To: "$[*].b"}}, "fields[0].to", "begins with [*]"},
		{"many [*]", []mapping.Field{{From: "a[*][*][*][*][*]", To: "b"}}, "fields[0].from", "at most 4"},
		{"item left out", []mapping.Field{{From: "a[*].b", To: "c[*]", OmitNull: true}}, "fields[0].to", "can't be left out"},
		{"constant item left out", []mapping.Field{{To: "c[*]", Const: null, OmitEmpty: true}}, "fields[0].to", "can't be left out"},
		{"list and object", []mapping.Field{{From: "a", To: "x.b"}, {From: "c[*].d", To: "x[*].d"}}, "fields[1].to", "fields[0] writes to $.x.b: the same place"},
		{"object and list", []mapping.Field{{From: "c[*].d", To: "x[*].d"}, {From: "a", To: "x.b"}}, "fields[1].to", "fields[0] writes to $.x[*].d: the same place"},
		{"same in each item", []mapping.Field{{From: "c[*].d", To: "x[*].d"}, {To: "x[*].d", Const: null}}, "fields[1].to", "can't be or hold"},
		{"item and its member", []mapping.Field{{From: "c[*].d", To: "x[*]"}, {To: "x[*].d", Const: null}}, "fields[1].to", "can't be or hold"},
		{"bad id", []mapping.Field{{ID: "No", From: "a", To: "b"}}, "fields[0].id", "a-z, 0-9"},
		{"id with a double _", []mapping.Field{{ID: "a__b", From: "a", To: "b"}}, "fields[0].id", "single _"},
		{"long id", []mapping.Field{{ID: strings.Repeat("a", 41), From: "a", To: "b"}}, "fields[0].id", "1 to 40"},
		{"id twice", []mapping.Field{{ID: "x", From: "a", To: "b"}, {ID: "x", From: "c", To: "d"}}, "fields[1].id", "its own"},
		{"pick", []mapping.Field{{From: "a", To: "b", Pick: "frist"}}, "fields[0].pick", `did you mean "first"?`},
		{"case", []mapping.Field{{From: "a", To: "b", Case: "Upper"}}, "fields[0].case", "upper, lower"},
		{"type", []mapping.Field{{From: "a", To: "b", Type: "int"}}, "fields[0].type", "integer"},
		{"enum without words", []mapping.Field{{From: "a", To: "b", Enum: &mapping.Enum{}}}, "fields[0].enum.words", "at least one"},
		{"enum's unknown", []mapping.Field{{From: "a", To: "b", Enum: &mapping.Enum{Words: words("a", "1"), Unknown: "drop"}}}, "fields[0].enum.unknown", "keep"},
		{"enum without default", []mapping.Field{{From: "a", To: "b", Enum: &mapping.Enum{Words: words("a", "1"), Unknown: "default"}}}, "fields[0].enum.unknown", "needs the field's default"},
		{"enum's word", []mapping.Field{{From: "a", To: "b", Enum: &mapping.Enum{Words: words("a", "{")}}}, "fields[0].enum.words", "not a JSON value"},
		{"two omits", []mapping.Field{{From: "a", To: "b", OmitEmpty: true, OmitNull: true}}, "fields[0].omit_null", "remove one"},
		{"date without type", []mapping.Field{{From: "a", To: "b", Date: &mapping.Date{}}}, "fields[0].date", "for the type date"},
		{"date misspelt", []mapping.Field{{From: "a", To: "b", Type: "date", Date: &mapping.Date{From: "rfc3393"}}}, "fields[0].date.from", `did you mean "rfc3339"?`},
		{"layout without a day", []mapping.Field{{From: "a", To: "b", Type: "date", Date: &mapping.Date{To: "2006-01"}}}, "fields[0].date.to", "year, month and day"},
		{"layout of another language", []mapping.Field{{From: "a", To: "b", Type: "date", Date: &mapping.Date{To: "YYYY-MM-DD"}}}, "fields[0].date.to", "2006-01-02"},
		{"long layout", []mapping.Field{{From: "a", To: "b", Type: "date", Date: &mapping.Date{To: "2006-01-02" + strings.Repeat(" ", 60)}}}, "fields[0].date.to", "at most 64"},
		{"const with pick", []mapping.Field{{To: "b", Const: null, Pick: "first"}}, "fields[0].pick", "as it stands"},
		{"const with type", []mapping.Field{{To: "b", Const: null, Type: "string"}}, "fields[0].type", "as it stands"},
		{"words too large", []mapping.Field{{From: "a", To: "b", Enum: &mapping.Enum{Words: words(strings.Repeat("k", mapping.MaxValues), "1")}}}, "fields[0]", "bytes together"},
		{"bad path", []mapping.Field{{From: "a b", To: "b"}}, "fields[0].from", "at byte 1: a name with this character"},
		{"too deep", []mapping.Field{{From: "a" + strings.Repeat(".a", 10), To: "b"}}, "fields[0].from", "at most 10 steps"},
		{"bad const", []mapping.Field{{To: "b", Const: json.RawMessage("{")}}, "fields[0].const", "not a JSON value"},
		{"const, more after", []mapping.Field{{To: "b", Const: json.RawMessage("1 2")}}, "fields[0].const", "not a JSON value"},
		{"bad default", []mapping.Field{{From: "a", To: "b", Default: json.RawMessage("nul")}}, "fields[0].default", "not a JSON value"},
		{"duplicate key", []mapping.Field{{To: "b", Const: json.RawMessage(`{"x":{"k":1,"k":2}}`)}}, "fields[0].const", "/x/k"},
		{"same target", []mapping.Field{{From: "a", To: "x"}, {From: "b", To: "$['x']"}}, "fields[1].to", "fields[0] writes to $.x"},
		{"target in a target", []mapping.Field{{From: "a", To: "x"}, {From: "b", To: "x.y.z"}}, "fields[1].to", "fields[0] writes to $.x"},
		{"target over a target", []mapping.Field{{From: "a", To: "x.y.z"}, {From: "b", To: "x"}}, "fields[1].to", "fields[0] writes to $.x.y.z"},
		{"too many", make([]mapping.Field, 501), "fields", "at most 500 fields, this one 501"},
		{"too big", []mapping.Field{
			{To: "a", Const: json.RawMessage(`"` + strings.Repeat("x", 1<<19) + `"`)},
			{From: "a", To: "b", Default: json.RawMessage(`"` + strings.Repeat("x", 1<<19) + `"`)},
		}, "fields[1]", "more than 1048576 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p, err := mapping.Compile(mapping.Mapping{Fields: c.fields})
			var e *mapping.Error
			if p != nil || !errors.As(err, &e) {
				t.Fatalf("accepted: %v", err)
			}
			if e.Field != c.field || !strings.Contains(e.Error(), c.reason) || !strings.HasPrefix(e.Error(), "mapping: "+c.field+": ") {
				t.Errorf("got %v", err)
			}
		})
	}
	_, err := mapping.Compile(mapping.Mapping{Mode: 7})
	var e *mapping.Error
	if !errors.As(err, &e) || e.Field != "mode" {
		t.Errorf("mode 7: %v", err)
	}
	_, err = mapping.Compile(mapping.Mapping{Fields: []mapping.Field{{From: "a..b..c", To: "x"}}})
	var cause *jsonpath.Error
	if !errors.As(err, &cause) {
		t.Errorf("the cause is lost: %v", err)
	}
}

// words is an enum of one word.
func words(word, value string) map[string]json.RawMessage {
	return map[string]json.RawMessage{word: json.RawMessage(value)}
}

func TestCompileAccepts(t *testing.T) {
	t.Parallel()
	for _, fields := range [][]mapping.Field{
		nil,
		{{From: "a", To: "x.y"}, {From: "b", To: "x.z"}, {From: "x", To: "w"}},
		{{From: "a" + strings.Repeat(".a", 9), To: "b" + strings.Repeat(".b", 9)}},
		{{To: "a", Const: json.RawMessage(" null ")}},
		{{From: "a", To: "xy"}, {From: "b", To: "x"}},
		{{From: "a[*].b", To: "x[*].y"}, {From: "a[*].c", To: "x[*].z"}, {To: "x[*].w", Const: json.RawMessage("1")}},
		{{From: "x", To: "y"}, {From: "a[*].b", To: "x[*].b"}, {From: "x.c", To: "c"}},
		{{From: "a[*][*][*][*]", To: "b[*][*][*][*]"}},
		{{From: "a[-1].b", To: "x", Keep: true}, {From: "$..a", To: "y", Keep: true}, {From: "a[1:2]['b','c']", To: "z", Keep: true}},
		{{ID: "a-b_c1", From: "a", To: "b", Type: "date", Date: &mapping.Date{From: "02/01/2006 15:04", To: "Monday, 2 January 2006"}}},
	} {
		if _, err := mapping.Compile(mapping.Mapping{Fields: fields}); err != nil {
			t.Error(err)
		}
	}
}

// TestCompileCopies holds that a program doesn't follow its mapping's later changes.
func TestCompileCopies(t *testing.T) {
	t.Parallel()
	m := mapping.Mapping{Fields: []mapping.Field{{To: "a", Const: json.RawMessage(`"one"`)}}}
	p := program(t, m)
	copy(m.Fields[0].Const, `"two"`)
	m.Fields[0].To = "b"
	if out, _, err := p.Apply(nil); err != nil || !cmp.Equal(out, parse(t, `{"a":"one"}`)) {
		t.Error(out, err)
	}
}

func TestWrittenForm(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		`{"fields":[]}`,
		`{"fields":[{"from":"a","to":"b"}]}`,
		`{"mode":"fail","fields":[{"from":"a","to":"b","default":{"z":1,"a":[null,1.50]},"keep":true,"omit_empty":true},{"from":"c","to":"d","required":true}]}`,
		`{"fields":[{"to":"a","const":null},{"to":"b","const":false},{"to":"c","const":0},{"to":"d","const":""}]}`,
		`{"fields":[{"id":"x","from":"a","to":"b","omit_null":true,"pick":"first","trim":true,"case":"upper",` +
			`"enum":{"words":{"a":1.50,"b":null},"unknown":"keep"},"type":"date","date":{"from":"rfc1123","to":"epoch_s"}}]}`,
		`{"fields":[{"to":"a","const":"\u003cb\u003e"},{"from":"x","to":"b","default":null}]}`,
	} {
		m := decode(t, src)
		out, err := json.Marshal(m)
		if err != nil || string(out) != src {
			t.Errorf("%s became %s, %v", src, out, err)
		}
	}
	// The default is not written, however it was said.
	out, err := json.Marshal(decode(t, ` { "fields" : [ ] , "mode" : "passthrough" } `))
	if err != nil || string(out) != `{"fields":[]}` {
		t.Errorf("%s, %v", out, err)
	}
	if _, err := json.Marshal(mapping.Mapping{Mode: 9}); err == nil {
		t.Error("an unknown mode is written")
	}
	if got := fmt.Sprint(mapping.Passthrough, mapping.Fail, mapping.Mode(9)); got != "passthrough fail Mode(9)" {
		t.Error(got)
	}
}

func TestWrittenFormIsStrict(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		`{"feilds":[]}`: "feilds: unknown member",
		`{"fields":[{"from":"a","to":"b"},{"form":"a"}]}`:  "fields[1].form: unknown member",
		`{"fields":[{"From":"a","to":"b"}]}`:               "fields[0].From: unknown member",
		`{"fields":[{"from":"a","to":"b","omitEmpty":1}]}`: "fields[0].omitEmpty: unknown member",
		`{"fields":[{"from":"a","from":"b","to":"c"}]}`:    "fields[0].from: the member is there twice",
		`{"fields":[],"fields":[]}`:                        "fields: the member is there twice",
		`{"fields":[{"from":7,"to":"c"}]}`:                 "fields[0].from: the value has the wrong type",
		`{"fields":{"from":"a"}}`:                          "fields: the value has the wrong type",
		`{"mode":"Fail","fields":[]}`:                      "mode: unknown mode",
		`{"mode":"","fields":[]}`:                          "mode: unknown mode",
		`{"mode":1,"fields":[]}`:                           "mode: ",
		`[]`:                                               "the value has the wrong type",
		`{"` + strings.Repeat("x", 5000) + `":1}`:          "…: unknown member",
	} {
		m := mapping.Mapping{Mode: mapping.Fail}
		err := json.Unmarshal([]byte(src), &m)
		var e *mapping.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("%.80s: got %v, want %s", src, err, want)
		}
		if m.Mode != mapping.Fail || m.Fields != nil {
			t.Errorf("%.80s: half decoded: %v", src, m)
		}
	}
	var m mapping.Mapping
	var e *mapping.Error
	if err := m.UnmarshalJSON([]byte(`{"fields":[`)); !errors.As(err, &e) || !strings.Contains(e.Reason, "well-formed") {
		t.Errorf("got %v", err)
	}
}
