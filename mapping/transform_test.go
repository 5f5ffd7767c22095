package mapping_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/mapping"
)

// TestCoercions: what each type makes of each value. An empty want is a failure.
func TestCoercions(t *testing.T) {
	t.Parallel()
	for typ, cases := range map[string]map[string]string{
		"string": {`"s"`: `"s"`, `""`: `""`, `7`: `"7"`, `-0.0`: `"-0"`, `1.50`: `"1.5"`, `1e21`: `"1e+21"`, `1e400`: `"1e400"`,
			`9007199254740993`: `"9007199254740993"`, `true`: `"true"`, `false`: `"false"`, `null`: `null`, `[]`: ``, `["s"]`: ``, `{}`: ``},
		"number": {`7`: `7`, `1.5`: `1.5`, `1e400`: `1e400`, `"7"`: `7`, `"-1.5e3"`: `-1500.0`, `"007"`: `7`, `"-00.5"`: `-0.5`, `"0"`: `0`,
			`"123456789012345678901"`: `123456789012345678901`, `"1e400"`: `1e400`, `""`: ``, `" 7"`: ``, `"7 "`: ``, `"+7"`: ``, `"1,000"`: ``, `"0x1f"`: ``,
			`"NaN"`: ``, `"Inf"`: ``, `"1."`: ``, `".5"`: ``, `"1_0"`: ``, `"--1"`: ``, `"1 2"`: ``, `"٣"`: ``, `true`: ``, `null`: `null`, `[1]`: ``, `{"n":1}`: ``,
			`"` + strings.Repeat("1", 500) + `"`: ``},
		"integer": {`7`: `7`, `7.0`: `7`, `"7"`: `7`, `"42.0"`: `42`, `"1e3"`: `1000`, `-1e3`: `-1000`, `1e20`: `100000000000000000000`,
			`9223372036854775808`: `9223372036854775808`, `9223372036854775807`: `9223372036854775807`, `"9223372036854775808"`: `9223372036854775808`,
			`7.5`: ``, `"7.5"`: ``, `1e400`: ``, `"x"`: ``, `""`: ``, `false`: ``, `null`: `null`, `[]`: ``},
		"boolean": {`true`: `true`, `false`: `false`, `"true"`: `true`, `"FALSE"`: `false`, `"yes"`: `true`, `"No"`: `false`, `"on"`: `true`, `"OFF"`: `false`,
			`"1"`: `true`, `"0"`: `false`, `1`: `true`, `0`: `false`, `1.0`: `true`, `" yes\n"`: `true`, `2`: ``, `-1`: ``, `0.5`: ``, `"y"`: ``, `"oui"`: ``, `""`: ``, `null`: `null`, `[]`: ``, `{}`: ``},
		"date": {`"2026-01-02T03:04:05Z"`: `"2026-01-02T03:04:05Z"`, `"2026-01-02t03:04:05.120z"`: `"2026-01-02T03:04:05.12Z"`, `"2026-01-02 03:04:05+05:30"`: `"2026-01-02T03:04:05+05:30"`,
			`"2026-02-30T00:00:00Z"`: ``, `"2026-01-02"`: ``, `"today"`: ``, `""`: ``, `1767323045`: ``, `true`: ``, `null`: `null`, `[]`: ``},
	} {
		p := program(t, mapping.Mapping{Fields: []mapping.Field{{From: "v", To: "w", Type: mapping.Type(typ)}}})
		each := program(t, mapping.Mapping{Fields: []mapping.Field{{From: "v[*]", To: "w", Type: mapping.Type(typ)}}})
		for in, want := range cases {
			t.Run(typ+" of "+in[:min(len(in), 30)], func(t *testing.T) {
				t.Parallel()
				out, notes, err := p.Apply(parse(t, `{"v":`+in+`}`))
				wanted := `{"w":` + want + `}`
				if want == "" {
					wanted = `{"v":` + in + `}`
				}
				if err != nil || (len(notes) > 0) != (want == "") {
					t.Fatalf("%v, %v, %v", out, notes, err)
				}
				if d := cmp.Diff(parse(t, wanted), out); d != "" {
					t.Error(d)
				}
				out, _, _ = each.Apply(parse(t, `{"v":[`+in+`]}`)) // and as an item of a list
				if _, there := out.(map[string]any)["w"]; there != (want != "") {
					t.Errorf("in a list: %v", out)
				}
			})
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, to, in, out string }{
		{"", "epoch_s", `"2026-01-02T03:04:05.9Z"`, `1767323045`},
		{"rfc3339", "epoch_ms", `"2026-01-02T03:04:05.9999Z"`, `1767323045999`},
		{"", "date", `"2026-01-02T23:00:00-05:00"`, `"2026-01-02"`}, // the day there
		{"", "rfc1123", `"2026-01-02T23:00:00-05:00"`, `"Sat, 03 Jan 2026 04:00:00 GMT"`},
		{"", "02.01.2006", `"2026-11-02T23:00:00Z"`, `"02.11.2026"`},
		{"epoch_s", "", `1767323045`, `"2026-01-02T03:04:05Z"`},
		{"epoch_s", "", `"1767323045"`, `"2026-01-02T03:04:05Z"`},
		{"epoch_s", "", `1767323045.25`, `"2026-01-02T03:04:05.25Z"`},
		{"epoch_s", "", `-1.5`, `"1969-12-31T23:59:58.5Z"`},
		{"epoch_s", "epoch_s", `-0.5`, `-1`}, // rounded down
		{"epoch_s", "", `0`, `"1970-01-01T00:00:00Z"`},
		{"epoch_s", "", `253402300800`, ``}, // year 10000
		{"epoch_s", "", `1e300`, ``},
		{"epoch_s", "", `9223372036854775807`, ``},
		{"epoch_s", "", `123456789012345678901`, ``},
		{"epoch_s", "", `"soon"`, ``},
		{"epoch_s", "", `true`, ``},
		{"epoch_ms", "", `1767323045123`, `"2026-01-02T03:04:05.123Z"`},
		{"epoch_ms", "epoch_s", `-1`, `-1`},
		{"epoch_ms", "", `"1767323045123"`, `"2026-01-02T03:04:05.123Z"`},
		{"rfc1123", "", `"Fri, 02 Jan 2026 03:04:05 GMT"`, `"2026-01-02T03:04:05Z"`},
		{"rfc1123", "", `"Fri, 2 Jan 2026 03:04:05 +0100"`, `"2026-01-02T03:04:05+01:00"`},
		{"rfc1123", "epoch_s", `"Fri, 02 Jan 2026 03:04:05 UT"`, `1767323045`},
		{"rfc1123", "", `"Fri, 02 Jan 2026 03:04:05 EST"`, ``}, // would silently count as UTC
		{"rfc1123", "", `"Fri, 02 Jan 2026 03:04:05"`, ``},
		{"date", "", `"2026-01-02"`, `"2026-01-02T00:00:00Z"`},
		{"date", "rfc1123", `"2024-02-29"`, `"Thu, 29 Feb 2024 00:00:00 GMT"`},
		{"date", "", `"2026-02-29"`, ``},
		{"02/01/2006 15:04", "", `"03/11/2026 07:08"`, `"2026-11-03T07:08:00Z"`},
		{"02/01/2006 15:04 -0700", "", `"03/11/2026 07:08 +0200"`, `"2026-11-03T07:08:00+02:00"`},
		{"02/01/2006", "", `"11/23/2026"`, ``}, // the American order
		{"2006-01-02 MST", "", `"2026-01-02 CET"`, ``},
		{"2006-01-02 MST", "", `"2026-01-02 GMT"`, `"2026-01-02T00:00:00Z"`},
		{"", "", `"0001-01-01T00:00:00+10:00"`, ``}, // year 0 in UTC
		{"", "", `"9999-12-31T23:00:00-10:00"`, ``},
		{"", "", `"` + strings.Repeat("2", 500) + `"`, ``},
	} {
		t.Run(c.from+" "+c.to+" "+c.in[:min(len(c.in), 40)], func(t *testing.T) {
			t.Parallel()
			f := mapping.Field{From: "v", To: "w", Type: mapping.TypeDate, Date: &mapping.Date{From: c.from, To: c.to}}
			out, notes, err := program(t, mapping.Mapping{Fields: []mapping.Field{f}}).Apply(parse(t, `{"v":`+c.in+`}`))
			if c.out == "" {
				if err != nil || len(notes) != 1 || !cmp.Equal(out, parse(t, `{"v":`+c.in+`}`)) {
					t.Errorf("%v, %v, %v", out, notes, err)
				}
				return
			}
			if err != nil || len(notes) > 0 {
				t.Fatal(notes, err)
			}
			if d := cmp.Diff(parse(t, `{"w":`+c.out+`}`), out); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTransforms(t *testing.T) {
	t.Parallel()
	enum := `"enum":{"words":{"open":"OPEN","done":{"closed":true},"1":"one","true":"wahr","none":null}`
	for _, c := range []mapped{
		{"trim", `[{"from":"a","to":"b","trim":true}]`, `{"a":" \t x y\n"}`, `{"b":"x y"}`, nil},
		{"trim of no text", `[{"from":"a","to":"b","trim":true}]`, `{"a":7}`, `{"b":7}`, nil},
		{"trim to nothing", `[{"from":"a","to":"b","trim":true,"omit_empty":true,"type":"number"}]`, `{"a":"  "}`, `{}`, nil},
		{"upper", `[{"from":"a","to":"b","case":"upper"}]`, `{"a":"straße é"}`, `{"b":"STRAßE É"}`, nil},
		{"lower", `[{"from":"a","to":"b","case":"lower"}]`, `{"a":"ÀB"}`, `{"b":"àb"}`, nil},
		{"case of no text", `[{"from":"a","to":"b","case":"lower"}]`, `{"a":[1]}`, `{"b":[1]}`, nil},

		{"word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":"open"}`, `{"b":"OPEN"}`, nil},
		{"word to a value", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":"done"}`, `{"b":{"closed":true}}`, nil},
		{"word to null", `[{"from":"a","to":"b","omit_null":true,` + enum + `}}]`, `{"a":"none"}`, `{}`, nil},
		{"number as a word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":1}`, `{"b":"one"}`, nil},
		{"boolean as a word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":true}`, `{"b":"wahr"}`, nil},
		{"null is no word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":null}`, `{"b":null}`, nil},
		{"after trim and case", `[{"from":"a","to":"b","trim":true,"case":"lower",` + enum + `}}]`, `{"a":" Open "}`, `{"b":"OPEN"}`, nil},
		{"unknown word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":"Open"}`, `{"a":"Open"}`, []note{{0, "$.a", "none that the enum knows"}}},
		{"unknown word, said", `[{"from":"a","to":"b",` + enum + `,"unknown":"fail"}}]`, `{"a":"x"}`, `{"a":"x"}`, []note{{0, "$.a", "none that the enum knows"}}},
		{"unknown word kept", `[{"from":"a","to":"b",` + enum + `,"unknown":"keep"}}]`, `{"a":"x"}`, `{"b":"x"}`, nil},
		{"unknown word, default", `[{"from":"a","to":"b","default":0,` + enum + `,"unknown":"default"}}]`, `{"a":"x"}`, `{"b":0}`, nil},
		{"list of words", `[{"from":"a[*]","to":"b",` + enum + `,"unknown":"keep"}}]`, `{"a":["open","x",1]}`, `{"a":[],"b":["OPEN","x","one"]}`, nil},
		{"list is no word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":["open"]}`, `{"a":["open"]}`, []note{{0, "$.a", "end the source with [*]"}}},
		{"object is no word", `[{"from":"a","to":"b",` + enum + `}}]`, `{"a":{}}`, `{"a":{}}`, []note{{0, "$.a", "name one of its members"}}},

		{"first", `[{"from":"a","to":"b","pick":"first"}]`, `{"a":[1,2]}`, `{"b":1}`, nil},
		{"last", `[{"from":"a","to":"b","pick":"last"}]`, `{"a":[1,2]}`, `{"b":2}`, nil},
		{"all", `[{"from":"a","to":"b","pick":"all"}]`, `{"a":[1,2]}`, `{"b":[1,2]}`, nil},
		{"first of one", `[{"from":"a","to":"b","pick":"first"}]`, `{"a":1}`, `{"b":1}`, nil},
		{"all of one", `[{"from":"a","to":"b","pick":"all"}]`, `{"a":{"x":1}}`, `{"b":[{"x":1}]}`, nil},
		{"first of none", `[{"from":"a","to":"b","pick":"first"}]`, `{"a":[]}`, `{"a":[]}`, nil},
		{"last of none, default", `[{"from":"a","to":"b","pick":"last","default":0}]`, `{"a":[]}`, `{"b":0}`, nil},
		{"first of none, required", `[{"from":"a","to":"b","pick":"first","required":true}]`, `{"a":[]}`, `{"a":[]}`, []note{{0, "$.a", "absent"}}},
		{"all of none", `[{"from":"a","to":"b","pick":"all"}]`, `{"a":[]}`, `{"b":[]}`, nil},
		{"all of null", `[{"from":"a","to":"b","pick":"all"}]`, `{"a":null}`, `{"b":null}`, nil},
		{"all, of its type", `[{"from":"a","to":"b","pick":"all","type":"integer"}]`, `{"a":["1","2"]}`, `{"b":[1,2]}`, nil},
		{"one, of its type", `[{"from":"a","to":"b","pick":"all","type":"integer"}]`, `{"a":"1"}`, `{"b":[1]}`, nil},
		{"first gathered", `[{"from":"l[*].e","to":"b","pick":"first"}]`, `{"l":[{},{"e":"x"},{"e":"y"}]}`, `{"l":[{},{},{}],"b":"x"}`, nil},
		{"last in each item", `[{"from":"o[*].l[*]","to":"o[*].last","pick":"last"}]`, `{"o":[{"l":[1,2]},{"l":[]}]}`, `{"o":[{"l":[],"last":2},{"l":[]}]}`, nil},

		{"null and omit_null", `[{"from":"a","to":"b","omit_null":true}]`, `{"a":null,"b":1}`, `{}`, nil},
		{"empty and omit_null", `[{"from":"a","to":"x","omit_null":true},{"from":"b","to":"y","omit_null":true},{"from":"c","to":"z","omit_null":true}]`,
			`{"a":"","b":[],"c":{}}`, `{"x":"","y":[],"z":{}}`, nil},
		{"absent and omit_null", `[{"from":"a","to":"b","omit_null":true}]`, `{"b":1}`, `{"b":1}`, nil},
		{"default instead of null", `[{"from":"a","to":"b","omit_null":true,"default":2}]`, `{"a":null}`, `{"b":2}`, nil},
		{"empty before its type", `[{"from":"a","to":"b","omit_empty":true,"type":"integer"}]`, `{"a":""}`, `{}`, nil},
		{"default as it stands", `[{"from":"a","to":"b","type":"integer","case":"upper","default":"none"}]`, `{}`, `{"b":"none"}`, nil},
		{"failed beside a default", `[{"from":"a","to":"b","type":"integer","default":0}]`, `{"a":"x"}`, `{"a":"x"}`, []note{{0, "$.a", "no integer"}}},
	} {
		t.Run(c.name, c.run)
	}
}

// TestZonesAreSaidInFull holds that names of zones mean the same wherever the process runs.
func TestZonesAreSaidInFull(t *testing.T) {
	t.Parallel()
	f := mapping.Field{From: "v", To: "w", Type: mapping.TypeDate, Date: &mapping.Date{From: "2006-01-02 15:04 -0700", To: "2006-01-02 15:04 MST"}}
	out, _, err := program(t, mapping.Mapping{Fields: []mapping.Field{f}}).Apply(parse(t, `{"v":"2026-01-02 03:04 +0100"}`))
	if err != nil || !cmp.Equal(out, map[string]any{"w": "2026-01-02 03:04 +0100"}) {
		t.Error(out, err)
	}
}

// TestNoValueInReasons gives each way to fail a value that must not be told.
func TestNoValueInReasons(t *testing.T) {
	t.Parallel()
	const canary = "canary-value"
	for _, f := range []mapping.Field{
		{Type: "number"}, {Type: "integer"}, {Type: "boolean"}, {Type: "date"}, {Type: "date", Date: &mapping.Date{From: "epoch_s"}},
		{Type: "date", Date: &mapping.Date{From: "02/01/2006"}}, {Enum: &mapping.Enum{Words: words("a", "1")}},
	} {
		f.From, f.To = "l[*].v", "l[*].w"
		p := program(t, mapping.Mapping{Fields: []mapping.Field{f}})
		_, notes, err := p.Apply(parse(t, `{"l":[{"v":"`+canary+`"},{"v":{"`+canary+`":"`+canary+`"}},{"v":["`+canary+`"]}]}`))
		_, outcomes, _ := p.Preview(parse(t, `{"l":[{"v":"`+canary+`"}]}`))
		text, marshalErr := json.Marshal([]any{notes, outcomes})
		if err != nil || marshalErr != nil || len(notes) != 1 || notes[0].Places != 3 || strings.Contains(string(text), canary) {
			t.Errorf("%+v: %s, %v", f, text, err)
		}
	}
}
