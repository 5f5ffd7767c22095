package mapping_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/mapping"
)

func TestApply(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, fields, in, out string
		notes                 []note // Reason is a part of the whole
	}{
		{"no fields", `[]`, `{"a":1}`, `{"a":1}`, nil},
		{"no fields on an array", `[]`, `[1]`, `[1]`, nil},
		{"rename", `[{"from":"a","to":"b"}]`, `{"a":1,"c":2}`, `{"b":1,"c":2}`, nil},
		{"copy", `[{"from":"a","to":"b","keep":true}]`, `{"a":1}`, `{"a":1,"b":1}`, nil},
		{"nested both ways", `[{"from":"user.login","to":"a.b.c"}]`, `{"user":{"login":"x","id":1}}`,
			`{"user":{"id":1},"a":{"b":{"c":"x"}}}`, nil},
		{"emptied parent stays", `[{"from":"a.b","to":"c"}]`, `{"a":{"b":1}}`, `{"a":{},"c":1}`, nil},
		{"odd keys", `[{"from":"$['a.b']['']","to":"@odata.count"}]`, `{"a.b":{"":1}}`, `{"a.b":{},"@odata.count":1}`, nil},
		{"onto itself", `[{"from":"a","to":"a"}]`, `{"a":1}`, `{"a":1}`, nil},
		{"replaces the target", `[{"from":"a","to":"b"}]`, `{"a":1,"b":{"c":2}}`, `{"b":1}`, nil},

		{"swap", `[{"from":"a","to":"b"},{"from":"b","to":"a"}]`, `{"a":1,"b":2}`, `{"a":2,"b":1}`, nil},
		{"swap, one absent", `[{"from":"a","to":"b"},{"from":"b","to":"a"}]`, `{"a":1}`, `{"b":1}`, nil},
		{"rotation", `[{"from":"a","to":"b"},{"from":"b","to":"c"},{"from":"c","to":"a"}]`, `{"a":1,"b":2,"c":3}`,
			`{"a":3,"b":1,"c":2}`, nil},
		{"nested swap", `[{"from":"a.x","to":"b.x"},{"from":"b.x","to":"a.x"}]`, `{"a":{"x":1},"b":{"x":2}}`,
			`{"a":{"x":2},"b":{"x":1}}`, nil},
		{"into its own child", `[{"from":"a","to":"a.b.c"}]`, `{"a":1}`, `{"a":{"b":{"c":1}}}`, nil},
		{"object into its own child", `[{"from":"a","to":"a.b"}]`, `{"a":{"b":1,"c":2}}`, `{"a":{"b":{"b":1,"c":2}}}`, nil},
		{"child over its parent", `[{"from":"a.b","to":"a"}]`, `{"a":{"b":1,"c":2}}`, `{"a":1}`, nil},
		{"child out of a moved parent", `[{"from":"a","to":"x"},{"from":"a.b","to":"y"}]`, `{"a":{"b":1,"c":2}}`,
			`{"x":{"b":1,"c":2},"y":1}`, nil},
		{"into a place that is moved away", `[{"from":"a","to":"b.c"},{"from":"b","to":"d"}]`, `{"a":1,"b":"s"}`,
			`{"b":{"c":1},"d":"s"}`, nil},
		{"two targets of one source", `[{"from":"a","to":"x"},{"from":"a","to":"y"}]`, `{"a":1}`, `{"x":1,"y":1}`, nil},
		{"one of them keeps", `[{"from":"a","to":"x","keep":true},{"from":"a","to":"y"}]`, `{"a":1}`, `{"x":1,"y":1}`, nil},
		{"both keep", `[{"from":"a","to":"x","keep":true},{"from":"a","to":"y","keep":true}]`, `{"a":1}`,
			`{"a":1,"x":1,"y":1}`, nil},

		{"zeroes are values", `[{"from":"a","to":"x","default":1},{"from":"b","to":"y","default":1},{"from":"c","to":"z","default":1}]`,
			`{"a":0,"b":false,"c":""}`, `{"x":0,"y":false,"z":""}`, nil},
		{"null is a value", `[{"from":"a","to":"x"},{"from":"b","to":"y","required":true}]`, `{"a":null,"b":null}`,
			`{"x":null,"y":null}`, nil},
		{"default for null", `[{"from":"a","to":"x","default":{"d":[1]}}]`, `{"a":null}`, `{"x":{"d":[1]}}`, nil},
		{"default for absent", `[{"from":"a","to":"x","default":0}]`, `{}`, `{"x":0}`, nil},
		{"default of null", `[{"from":"a","to":"x","default":null}]`, `{}`, `{"x":null}`, nil},
		{"default in place", `[{"from":"a","to":"a","default":7}]`, `{"a":null}`, `{"a":7}`, nil},
		{"absent is skipped", `[{"from":"a","to":"b"},{"from":"s.x","to":"c"},{"from":"l.x","to":"d"}]`,
			`{"b":1,"s":"t","l":[{"x":1}]}`, `{"b":1,"s":"t","l":[{"x":1}]}`, nil},
		{"null has no members", `[{"from":"n.x","to":"c"}]`, `{"n":null}`, `{"n":null}`, nil},

		{"constants", `[{"to":"a","const":null},{"to":"b","const":false},{"to":"c","const":0},{"to":"d.e","const":""}]`,
			`{"a":1}`, `{"a":null,"b":false,"c":0,"d":{"e":""}}`, nil},
		{"constant numbers", `[{"to":"a","const":1.50},{"to":"b","const":9007199254740993},{"to":"c","const":1e400}]`,
			`{}`, `{"a":1.5,"b":9007199254740993,"c":1e400}`, nil},

		{"omit empty", `[{"from":"a","to":"w","omit_empty":true},{"from":"b","to":"x","omit_empty":true},
			{"from":"c","to":"y","omit_empty":true},{"from":"d","to":"z","omit_empty":true}]`,
			`{"a":null,"b":"","c":[],"d":{}}`, `{}`, nil},
		{"zeroes are not empty", `[{"from":"a","to":"x","omit_empty":true},{"from":"b","to":"y","omit_empty":true},
			{"from":"c","to":"z","omit_empty":true}]`, `{"a":0,"b":false,"c":[null]}`, `{"x":0,"y":false,"z":[null]}`, nil},
		{"omit removes the target", `[{"from":"a","to":"b","omit_empty":true}]`, `{"a":"","b":5}`, `{}`, nil},
		{"omit in place", `[{"from":"a","to":"a","omit_empty":true}]`, `{"a":""}`, `{}`, nil},
		{"omit under a scalar", `[{"from":"a","to":"b.c","omit_empty":true}]`, `{"a":"","b":5}`, `{"b":5}`, nil},
		{"omit makes no parents", `[{"from":"a","to":"b.c","omit_empty":true}]`, `{"a":""}`, `{}`, nil},
		{"omit, absent", `[{"from":"a","to":"b","omit_empty":true}]`, `{"b":5}`, `{"b":5}`, nil},
		{"omit an empty default", `[{"from":"a","to":"b","default":"","omit_empty":true}]`, `{}`, `{}`, nil},
		{"drop", `[{"to":"a","const":null,"omit_empty":true}]`, `{"a":1,"b":2}`, `{"b":2}`, nil},

		{"null parent becomes an object", `[{"to":"a.b","const":1}]`, `{"a":null}`, `{"a":{"b":1}}`, nil},
		{"null document becomes an object", `[{"to":"a.b","const":1}]`, `null`, `{"a":{"b":1}}`, nil},
		{"null document stays", `[{"from":"a","to":"b"},{"to":"c","const":"","omit_empty":true}]`, `null`, `null`, nil},
		{"null document, required", `[{"from":"a","to":"b","required":true}]`, `null`, `null`,
			[]note{{0, "$.a", "required member is absent"}}},

		{"required", `[{"from":"a.b","to":"c","required":true},{"from":"d","to":"e"}]`, `{"d":1}`, `{"e":1}`,
			[]note{{0, "$.a.b", "required member is absent"}}},
		{"target in a scalar", `[{"from":"a","to":"s.x.y"},{"from":"b","to":"c"}]`, `{"a":1,"b":2,"s":"t"}`,
			`{"a":1,"c":2,"s":"t"}`, []note{{0, "$.s.x.y", "type string"}}},
		{"target in an array", `[{"to":"l.x","const":1}]`, `{"l":[]}`, `{"l":[]}`,
			[]note{{0, "$.l.x", "type array"}}},
		{"array document", `[{"from":"a","to":"b"},{"to":"c","const":1}]`, `[{"a":1}]`, `[{"a":1}]`,
			[]note{{0, "$", "per item"}, {1, "$", "per item"}}},
		{"scalar document", `[{"from":"a","to":"b"}]`, `"s"`, `"s"`, []note{{0, "$", "type string"}}},
		{"a failure bars another", `[{"from":"a","to":"s.x"},{"from":"c","to":"a.y"}]`, `{"a":1,"s":"t","c":3}`,
			`{"a":1,"s":"t","c":3}`, []note{{0, "$.s.x", "type string"}, {1, "$.a.y", "source of fields[0]"}}},
		{"the source of a failure is kept", `[{"from":"a","to":"b"},{"from":"b","to":"s.x"}]`, `{"a":1,"b":2,"s":"t"}`,
			`{"a":1,"b":2,"s":"t"}`, []note{{0, "$.b", "source of fields[1]"}, {1, "$.s.x", "type string"}}},
		{"in a chain", `[{"from":"z","to":"a"},{"from":"a","to":"b"},{"from":"b","to":"s.x"}]`, `{"z":0,"a":1,"b":2,"s":"t"}`,
			`{"z":0,"a":1,"b":2,"s":"t"}`, []note{{0, "$.a", "fields[1]"}, {1, "$.b", "fields[2]"}, {2, "$.s.x", "type string"}}},
		{"and its parent isn't emptied over it", `[{"to":"a","const":null,"omit_empty":true},{"from":"a.b","to":"s.x"}]`,
			`{"a":{"b":1},"s":"t"}`, `{"a":{"b":1},"s":"t"}`,
			[]note{{0, "$.a", "source of fields[1]"}, {1, "$.s.x", "type string"}}},
		{"a kept source may be replaced", `[{"from":"a","to":"b"},{"from":"b","to":"s.x","keep":true}]`, `{"a":1,"b":2,"s":"t"}`,
			`{"b":1,"s":"t"}`, []note{{1, "$.s.x", "type string"}}},
		{"an absent source needs no protection", `[{"from":"a","to":"b"},{"from":"b","to":"c","required":true}]`, `{"a":1}`,
			`{"b":1}`, []note{{1, "$.b", "absent"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := decode(t, `{"fields":`+c.fields+`}`)
			in := parse(t, c.in)
			out, notes, err := program(t, m).Apply(in)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(parse(t, c.out), out); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(parse(t, c.in), in); d != "" {
				t.Error("the source was changed:", d)
			}
			sameNotes(t, c.notes, notes)

			m.Mode = mapping.Fail
			out, notes, err = program(t, m).Apply(in)
			sameNotes(t, c.notes, notes)
			var e *mapping.Error
			switch {
			case len(c.notes) == 0 && (err != nil || !cmp.Equal(out, parse(t, c.out))):
				t.Errorf("mode fail: %v, %v", out, err)
			case len(c.notes) > 0 && (!errors.As(err, &e) || out != nil || e.Path != c.notes[0].Path ||
				!strings.Contains(e.Error(), c.notes[0].Reason)):
				t.Errorf("mode fail: %v, %v", out, err)
			}
		})
	}
}

// note is what a test wants of a mapping.Note.
type note struct {
	Field        int
	Path, Reason string
}

func sameNotes(t *testing.T, want []note, got []mapping.Note) {
	t.Helper()
	if len(want) != len(got) {
		t.Fatalf("got notes %v, want %v", got, want)
	}
	for i, w := range want {
		if g := got[i]; g.Field != w.Field || g.Path != w.Path || !strings.Contains(g.Reason, w.Reason) {
			t.Errorf("got note %v, want %v", g, w)
		}
	}
}

// TestOrderDoesNotMatter applies the fields of a knotty mapping in every rotation, forwards and backwards.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	fields := decode(t, `{"fields":[{"from":"a","to":"b.c"},{"from":"b","to":"s.x"},{"from":"c","to":"d"},
		{"from":"d","to":"c"},{"from":"e","to":"e.f"},{"to":"g","const":1}]}`).Fields
	in := parse(t, `{"a":1,"b":2,"c":3,"d":4,"e":5,"s":"t"}`)
	want := parse(t, `{"a":1,"b":2,"c":4,"d":3,"e":{"f":5},"g":1,"s":"t"}`)
	for turn := range 2 * len(fields) {
		order := make([]mapping.Field, len(fields))
		for i := range fields {
			j := (i + turn) % len(fields)
			if turn >= len(fields) {
				j = len(fields) - 1 - j
			}
			order[i] = fields[j]
		}
		out, notes, err := program(t, mapping.Mapping{Fields: order}).Apply(in)
		if err != nil || len(notes) != 2 {
			t.Fatalf("turn %d: %v, %v", turn, notes, err)
		}
		if d := cmp.Diff(want, out); d != "" {
			t.Errorf("turn %d: %s", turn, d)
		}
	}
}

func TestNotesAndErrorsHoldNoValue(t *testing.T) {
	t.Parallel()
	const canary = "canary-value"
	for _, mode := range []mapping.Mode{mapping.Passthrough, mapping.Fail} {
		m := decode(t, `{"fields":[{"from":"a","to":"s.x"},{"from":"b","to":"c","required":true},{"to":"s.y","const":"`+canary+`"}]}`)
		m.Mode = mode
		for _, in := range []string{`{"a":"` + canary + `","s":"` + canary + `"}`, `["` + canary + `"]`, `"` + canary + `"`} {
			_, notes, err := program(t, m).Apply(parse(t, in))
			text, marshalErr := json.Marshal(notes)
			if marshalErr != nil || len(notes) != 3 {
				t.Fatal(notes, marshalErr)
			}
			if err != nil {
				text = append(text, err.Error()...)
			}
			if strings.Contains(string(text), canary) {
				t.Errorf("%s", text)
			}
		}
	}
}

func TestUntouchedPartsAreShared(t *testing.T) {
	t.Parallel()
	in := parse(t, `{"a":{"x":1,"big":{"y":2}},"other":{"z":3},"list":[1]}`).(map[string]any)
	out, _, err := program(t, decode(t, `{"fields":[{"from":"a.x","to":"a.w"}]}`)).Apply(in)
	if err != nil {
		t.Fatal(err)
	}
	got := out.(map[string]any)
	if identity(got) == identity(in) || identity(got["a"]) == identity(in["a"]) {
		t.Error("the changed path isn't copied")
	}
	if identity(got["other"]) != identity(in["other"]) || identity(got["list"]) != identity(in["list"]) ||
		identity(got["a"].(map[string]any)["big"]) != identity(in["a"].(map[string]any)["big"]) {
		t.Error("the rest is copied")
	}
	same, _, err := program(t, decode(t, `{"fields":[{"from":"none.x","to":"a.w"}]}`)).Apply(in)
	if err != nil || identity(same) != identity(in) {
		t.Error("nothing to do, but a copy", err)
	}
}

// TestCostDoesNotGrowWithTheDocument holds that only changed objects are copied.
func TestCostDoesNotGrowWithTheDocument(t *testing.T) {
	p := program(t, decode(t, eight))
	var allocs [2]float64
	for i, size := range []int{1 << 10, 50 << 10} {
		tree := parse(t, document(size))
		allocs[i] = testing.AllocsPerRun(50, func() {
			if _, notes, err := p.Apply(tree); err != nil || len(notes) > 0 {
				t.Error(notes, err)
			}
		})
	}
	if allocs[0] != allocs[1] || allocs[0] > 20 {
		t.Errorf("%v allocations on 1 KB, %v on 50 KB", allocs[0], allocs[1])
	}
}

func identity(v any) uintptr { return reflect.ValueOf(v).Pointer() }

func TestNothingCompiled(t *testing.T) {
	t.Parallel()
	var zero mapping.Program
	for _, p := range []*mapping.Program{nil, &zero} {
		if out, notes, err := p.Apply("x"); out != "x" || notes != nil || err != nil {
			t.Error(out, notes, err)
		}
	}
}

// TestManyFields is over the number of fields that a run holds on its stack, and at every limit.
func TestManyFields(t *testing.T) {
	t.Parallel()
	in, want := map[string]any{}, map[string]any{}
	var m mapping.Mapping
	for i := range mapping.MaxFields {
		from, to := "f"+strings.Repeat("x", i), "t"+strings.Repeat("y", i)
		in[from], want[to] = int64(i), int64(i)
		m.Fields = append(m.Fields, mapping.Field{From: from, To: to})
	}
	out, notes, err := program(t, m).Apply(in)
	if err != nil || len(notes) > 0 || len(in) != mapping.MaxFields {
		t.Fatal(notes, err)
	}
	if d := cmp.Diff(any(want), out); d != "" {
		t.Error(d)
	}
}

func TestConcurrentApply(t *testing.T) {
	t.Parallel()
	p := program(t, decode(t, `{"fields":[{"from":"a","to":"b"},{"from":"b","to":"a"},{"to":"c.d","const":{"e":1}},{"from":"x","to":"s.x"}]}`))
	in := parse(t, `{"a":1,"b":2,"c":{"f":3},"s":"t","x":0}`)
	want := parse(t, `{"a":2,"b":1,"c":{"f":3,"d":{"e":1}},"s":"t","x":0}`)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				out, notes, err := p.Apply(in)
				if err != nil || len(notes) != 1 || !cmp.Equal(want, out) {
					t.Errorf("%v, %v, %v", out, notes, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func decode(t testing.TB, src string) mapping.Mapping {
	t.Helper()
	var m mapping.Mapping
	if err := json.Unmarshal([]byte(src), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func program(t testing.TB, m mapping.Mapping) *mapping.Program {
	t.Helper()
	p, err := mapping.Compile(m)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func parse(t testing.TB, src string) any {
	t.Helper()
	tree, _, err := jsontree.Parse([]byte(src), jsontree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}
