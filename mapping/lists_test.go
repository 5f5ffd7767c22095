package mapping_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/mapping"
)

// mapped is a case of a mapping on a document; in mode fail it fails exactly if there are notes.
type mapped struct {
	name, fields, in, out string
	notes                 []note
}

func (c mapped) run(t *testing.T) {
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
	_, _, err = program(t, m).Apply(in)
	var e *mapping.Error
	if errors.As(err, &e) != (len(c.notes) > 0) || e != nil && e.Path != c.notes[0].Path {
		t.Errorf("mode fail: %v", err)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	for _, c := range []mapped{
		{"rename in each item", `[{"from":"items[*].a","to":"items[*].b"}]`, `{"items":[{"a":1,"c":2},{"a":3}]}`,
			`{"items":[{"b":1,"c":2},{"b":3}]}`, nil},
		{"to another list", `[{"from":"$.items[*].a","to":"$.people[*].b"}]`, `{"items":[{"a":1},{"a":2,"c":3}]}`,
			`{"items":[{},{"c":3}],"people":[{"b":1},{"b":2}]}`, nil},
		{"two fields of one list", `[{"from":"items[*].a","to":"people[*].b"},{"from":"items[*].c","to":"people[*].d.e"}]`,
			`{"items":[{"a":1},{"c":2},{}]}`, `{"items":[{},{},{}],"people":[{"b":1},{"d":{"e":2}},{}]}`, nil},
		{"copied", `[{"from":"items[*].a","to":"people[*].b","keep":true}]`, `{"items":[{"a":1}]}`,
			`{"items":[{"a":1}],"people":[{"b":1}]}`, nil},
		{"and the list dropped", `[{"from":"items[*].a","to":"people[*].b"},{"to":"items","const":null,"omit_empty":true}]`,
			`{"items":[{"a":1}]}`, `{"people":[{"b":1}]}`, nil},
		{"swapped in each item", `[{"from":"l[*].a","to":"l[*].b"},{"from":"l[*].b","to":"l[*].a"}]`, `{"l":[{"a":1,"b":2},{"a":3}]}`,
			`{"l":[{"a":2,"b":1},{"b":3}]}`, nil},
		{"nested", `[{"from":"o[*].lines[*].sku","to":"o[*].lines[*].id"}]`, `{"o":[{"lines":[{"sku":1},{"sku":2}]},{"lines":[]},{}]}`,
			`{"o":[{"lines":[{"id":1},{"id":2}]},{"lines":[]},{}]}`, nil},
		{"nested, to other lists", `[{"from":"o[*].l[*].s","to":"p[*].q[*].t"}]`, `{"o":[{"l":[{"s":1},{}]},{"l":[]},{"l":[{"s":2}]}]}`,
			`{"o":[{"l":[{},{}]},{"l":[]},{"l":[{}]}],"p":[{"q":[{"t":1},{}]},{"q":[]},{"q":[{"t":2}]}]}`, nil},
		{"list of lists", `[{"from":"m[*][*].a","to":"m[*][*].b"}]`, `{"m":[[{"a":1}],[],[{"a":2},{"a":3}]]}`,
			`{"m":[[{"b":1}],[],[{"b":2},{"b":3}]]}`, nil},
		{"a list as the document", `[{"from":"$[*].a","to":"$[*].b"}]`, `[{"a":1},{"a":2}]`, `[{"b":1},{"b":2}]`, nil},
		{"items that are values", `[{"from":"tags[*]","to":"labels[*]"}]`, `{"tags":["x","y"]}`, `{"tags":[],"labels":["x","y"]}`, nil},
		{"in place", `[{"from":"tags[*]","to":"tags[*]","case":"upper"}]`, `{"tags":["x",null,"y"]}`, `{"tags":["X",null,"Y"]}`, nil},
		{"values out of items", `[{"from":"l[*].id","to":"ids[*]"}]`, `{"l":[{"id":1},{},{"id":3}]}`, `{"l":[{},{},{}],"ids":[1,null,3]}`, nil},
		{"items out of values", `[{"from":"ids[*]","to":"l[*].id"}]`, `{"ids":[1,2]}`, `{"ids":[],"l":[{"id":1},{"id":2}]}`, nil},
		{"lists that trade places", `[{"from":"a[*]","to":"b[*]"},{"from":"b[*]","to":"a[*]"}]`, `{"a":[1,2,3],"b":[4,5]}`,
			`{"a":[4,5],"b":[1,2,3]}`, nil},
		{"onto a longer list", `[{"from":"a[*].x","to":"b[*].x","keep":true}]`, `{"a":[{"x":1}],"b":[{"y":2},{"y":3}]}`,
			`{"a":[{"x":1}],"b":[{"y":2,"x":1},{"y":3}]}`, nil},
		{"onto a shorter list", `[{"from":"a[*].x","to":"b[*].x","keep":true}]`, `{"a":[{"x":1},{"x":2}],"b":[null]}`,
			`{"a":[{"x":1},{"x":2}],"b":[{"x":1},{"x":2}]}`, nil},
		{"empty list", `[{"from":"a[*].x","to":"b[*].x"}]`, `{"a":[]}`, `{"a":[],"b":[]}`, nil},
		{"no list", `[{"from":"a[*].x","to":"b[*].x"}]`, `{"a":{"x":1}}`, `{"a":{"x":1}}`, nil},
		{"null for a list", `[{"from":"a[*].x","to":"b[*].x","default":1}]`, `{"a":null}`, `{"a":null}`, nil},
		{"default in each item", `[{"from":"l[*].x","to":"l[*].y","default":0}]`, `{"l":[{"x":1},{},{"x":null}]}`, `{"l":[{"y":1},{"y":0},{"y":0}]}`, nil},
		{"omitted in each item", `[{"from":"l[*].x","to":"l[*].x","omit_empty":true}]`, `{"l":[{"x":1},{"x":""},{"x":[]}]}`, `{"l":[{"x":1},{},{}]}`, nil},
		{"constant in each item", `[{"to":"l[*].k","const":"v"}]`, `{"l":[{"a":1},null,{"k":2}]}`, `{"l":[{"a":1,"k":"v"},{"k":"v"},{"k":"v"}]}`, nil},
		{"constant in each new item", `[{"to":"n[*].k","const":"v"},{"from":"l[*].a","to":"n[*].a"}]`, `{"l":[{"a":1},{}]}`,
			`{"l":[{},{}],"n":[{"a":1,"k":"v"},{"k":"v"}]}`, nil},
		{"constant without a list", `[{"to":"l[*].k","const":"v"}]`, `{"a":1}`, `{"a":1}`, nil},
		{"dropped in each item", `[{"to":"l[*].k","const":null,"omit_empty":true}]`, `{"l":[{"k":1},{"a":2}]}`, `{"l":[{},{"a":2}]}`, nil},

		{"gathered", `[{"from":"l[*].id","to":"ids"}]`, `{"l":[{"id":1},{},{"id":null},{"id":3}]}`, `{"l":[{},{},{},{}],"ids":[1,null,3]}`, nil},
		{"gathered in each item", `[{"from":"o[*].l[*].s","to":"o[*].all"}]`, `{"o":[{"l":[{"s":1},{"s":2}]},{"l":[]},{}]}`,
			`{"o":[{"l":[{},{}],"all":[1,2]},{"l":[],"all":[]},{}]}`, nil},
		{"gathered out of two levels", `[{"from":"o[*].l[*]","to":"all"}]`, `{"o":[{"l":[1,2]},{},{"l":[3]}]}`, `{"o":[{"l":[]},{},{"l":[]}],"all":[1,2,3]}`, nil},
		{"gathered from nothing", `[{"from":"l[*].id","to":"ids"}]`, `{"l":[]}`, `{"l":[],"ids":[]}`, nil},
		{"gathered from no list", `[{"from":"l[*].id","to":"ids","default":[]}]`, `{}`, `{"ids":[]}`, nil},
		{"gathered by any path", `[{"from":"$..id","to":"ids","keep":true},{"from":"l[-1].id","to":"last","keep":true},{"from":"l[0]['id','n']","to":"both","keep":true}]`,
			`{"l":[{"id":1,"n":"x"},{"id":2}]}`, `{"l":[{"id":1,"n":"x"},{"id":2}],"ids":[1,2],"last":2,"both":[1,"x"]}`, nil},
		{"nothing by any path", `[{"from":"$..id","to":"ids","keep":true},{"from":"l[-1].id","to":"last","keep":true}]`, `{"l":[]}`, `{"l":[]}`, nil},

		{"one item fails", `[{"from":"l[*].n","to":"l[*].m","type":"integer"}]`, `{"l":[{"n":"1"},{"n":"x"},{"n":"3"},{"n":"y"}]}`,
			`{"l":[{"m":1},{"n":"x"},{"m":3},{"n":"y"}]}`, []note{{0, "$.l[1].n", "no integer"}}},
		{"its source isn't overwritten", `[{"from":"l[*].n","to":"l[*].m","type":"integer"},{"from":"l[*].a","to":"l[*].n"}]`,
			`{"l":[{"n":"1","a":"A"},{"n":"x","a":"B"}]}`, `{"l":[{"m":1,"n":"A"},{"n":"x","a":"B"}]}`,
			[]note{{0, "$.l[1].n", "no integer"}, {1, "$.l[1].n", "source of fields[0]"}}},
		{"nor its list dropped", `[{"from":"l[*].n","to":"m[*].n","type":"integer"},{"to":"l","const":null,"omit_empty":true}]`,
			`{"l":[{"n":"1"},{"n":"x"}]}`, `{"l":[{},{"n":"x"}],"m":[{"n":1},{}]}`,
			[]note{{0, "$.l[1].n", "no integer"}, {1, "$.l", "source of fields[0]"}}},
		{"all items fail", `[{"from":"l[*].n","to":"m[*].n","type":"integer"}]`, `{"l":[{"n":"x"}]}`, `{"l":[{"n":"x"}]}`, []note{{0, "$.l[0].n", "no integer"}}},
		{"one gathered item fails", `[{"from":"l[*].n","to":"all","type":"integer"}]`, `{"l":[{"n":"1"},{"n":"x"}]}`, `{"l":[{"n":"1"},{"n":"x"}]}`,
			[]note{{0, "$.l[*].n", "no integer"}}},
		{"an item that is a scalar", `[{"from":"l[*].a","to":"m[*].a"}]`, `{"l":[{"a":1},{"a":2}],"m":["s"]}`, `{"l":[{"a":1},{}],"m":["s",{"a":2}]}`,
			[]note{{0, "$.m[0].a", "type string"}}},
		{"an object for a list", `[{"from":"l[*].a","to":"m[*].a"}]`, `{"l":[{"a":1}],"m":{"x":1}}`, `{"l":[{"a":1}],"m":{"x":1}}`,
			[]note{{0, "$.m[0].a", "type object"}}},
		{"a list for an object", `[{"from":"a","to":"m.a"}]`, `{"a":1,"m":[]}`, `{"a":1,"m":[]}`, []note{{0, "$.m.a", "type array"}}},
		{"required in each item", `[{"from":"l[*].a","to":"l[*].b","required":true}]`, `{"l":[{"a":1},{}]}`, `{"l":[{"b":1},{}]}`,
			[]note{{0, "$.l[1].a", "absent"}}},
		{"required list", `[{"from":"l[*].a","to":"l[*].b","required":true}]`, `{"l":7}`, `{"l":7}`, []note{{0, "$.l[*].a", "list is absent"}}},
		{"object, not list", `[{"from":"$[*].a","to":"$[*].b"}]`, `{"a":1}`, `{"a":1}`, []note{{0, "$", "type object"}}},
	} {
		t.Run(c.name, c.run)
	}
}

// TestPlacesAreCounted holds how often a field failed.
func TestPlacesAreCounted(t *testing.T) {
	t.Parallel()
	p := program(t, decode(t, `{"fields":[{"id":"n","from":"l[*].n","to":"l[*].m","type":"integer"},{"from":"a","to":"b","required":true}]}`))
	_, notes, err := p.Apply(parse(t, `{"l":[{"n":"1"},{"n":"x"},{"n":"y"}]}`))
	if err != nil || len(notes) != 2 || notes[0].Places != 2 || notes[0].ID != "n" || notes[0].Name != "fields[0]" || notes[1].Places != 1 {
		t.Error(notes, err)
	}
}

func TestItemsAreBounded(t *testing.T) {
	t.Parallel()
	list := func(n int, item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	inner := list(100, `{"a":1}`)
	for _, c := range []struct {
		name, fields, in string
		fail             bool
	}{
		{"as many as allowed", `[{"from":"l[*].a","to":"l[*].b"}]`, `{"l":` + list(mapping.MaxItems, `{"a":1}`) + `}`, false},
		{"one more", `[{"from":"l[*].a","to":"l[*].b"}]`, `{"l":` + list(mapping.MaxItems+1, `{"a":1}`) + `}`, true},
		{"nested, together", `[{"from":"l[*][*].a","to":"l[*][*].b"}]`, `{"l":` + list(49, inner) + `}`, false},
		{"nested, too many", `[{"from":"l[*][*].a","to":"l[*][*].b"}]`, `{"l":` + list(50, inner) + `}`, true},
		{"gathered", `[{"from":"l[*].a","to":"ids"}]`, `{"l":` + list(mapping.MaxItems, `{"a":1}`) + `}`, false},
		{"gathered, one more", `[{"from":"l[*].a","to":"ids"}]`, `{"l":` + list(mapping.MaxItems+1, `{"a":1}`) + `}`, true},
		{"gathered in items", `[{"from":"l[*][*].a","to":"m[*]"}]`, `{"l":` + list(50, inner) + `}`, true},
		{"by any path", `[{"from":"$..a","to":"ids","keep":true}]`, `{"l":` + list(mapping.MaxItems+1, `{"a":1}`) + `}`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			in := parse(t, c.in)
			out, notes, err := program(t, decode(t, `{"fields":`+c.fields+`}`)).Apply(in)
			if err != nil || (len(notes) > 0) != c.fail || c.fail && (!cmp.Equal(in, out) || !strings.Contains(notes[0].Reason, "5000 items")) {
				t.Errorf("%v, %v", notes, err)
			}
		})
	}
	t.Run("all fields together", func(t *testing.T) {
		t.Parallel()
		var m mapping.Mapping
		for i := range 25 {
			m.Fields = append(m.Fields, mapping.Field{From: "l[*].a", To: fmt.Sprintf("m%d[*].a", i), Keep: true})
		}
		out, notes, err := program(t, m).Apply(parse(t, `{"l":`+list(mapping.MaxItems, `{"a":1}`)+`}`))
		if want := 25 - mapping.MaxPlaces/mapping.MaxItems; err != nil || len(notes) != want || len(out.(map[string]any)) != 26-want {
			t.Errorf("%d notes, %v", len(notes), err)
		}
	})
}

// TestDeterministic applies one mapping to equal documents whose maps are made anew, and wants the same text each time.
func TestDeterministic(t *testing.T) {
	t.Parallel()
	p := program(t, decode(t, `{"fields":[{"from":"$..id","to":"ids","keep":true},{"from":"m[*].a","to":"n[*].a","type":"integer"},
		{"from":"o['b','a']","to":"both","keep":true},{"from":"x","to":"o.a.y","required":true},{"from":"z","to":"m","required":true}]}`))
	first := ""
	for range 50 {
		in := parse(t, `{"z":{"id":1},"a":{"id":2},"o":{"b":1,"a":2,"id":3},"m":[{"a":"1","id":4},{"a":"x"}],"x":5,"k":{"l":{"id":6},"b":{"id":7}}}`)
		out, notes, err := p.Apply(in)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%v %s", notes, jsontree.Append(nil, out))
		if first == "" {
			first = text
		}
		if text != first {
			t.Fatalf("first %s, then %s", first, text)
		}
	}
	if !strings.Contains(first, `"ids":[2,7,6,4,3,1]`) || !strings.Contains(first, `"both":[1,2]`) {
		t.Error(first)
	}
}
