package mapping_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/mapping"
)

// TestListsAgainstModel compares [*] with what it stands for: each list is made an object whose members are named by
// their index, each field is written out for each item, and that mapping, which has no [*], is applied.
func TestListsAgainstModel(t *testing.T) {
	t.Parallel()
	rounds, failed, changed := 0, 0, 0
	for seed := range uint64(4_000) {
		r := rand.New(rand.NewPCG(seed, 2))
		in := map[string]any{}
		for _, name := range []string{"l", "m"} {
			if r.IntN(5) > 0 {
				in[name] = randomList(r)
			}
		}
		for _, name := range []string{"a", "b"} {
			if r.IntN(2) > 0 {
				in[name] = randomTree(r, 1)
			}
		}
		m := randomListMapping(r)
		p, err := mapping.Compile(m)
		if err != nil {
			continue // conflicting targets
		}
		snapshot := clone(in)
		out, notes, err := p.Apply(in)
		if err != nil || !cmp.Equal(in, snapshot) {
			t.Fatalf("seed %d: the source was changed, or %v", seed, err)
		}
		plain, notesWanted, err := program(t, writtenOut(m, in)).Apply(encoded(in))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(shortened(decoded(plain)), shortened(out)); d != "" {
			t.Fatalf("seed %d: %s on %v: %s", seed, written(t, m), in, d)
		}
		places := 0
		for _, n := range notes {
			places += n.Places
		}
		if places != len(notesWanted) {
			t.Fatalf("seed %d: %s on %v: %d places failed, want %v", seed, written(t, m), in, places, notesWanted)
		}
		rounds++
		failed += min(places, 1)
		if !cmp.Equal(out, snapshot) {
			changed++
		}
	}
	if rounds < 2_000 || failed < 400 || changed < 1_000 {
		t.Errorf("too little was tried: %d rounds, %d with failures, %d with a change", rounds, failed, changed)
	}
}

// randomList is a list of objects and scalars, or now and then a scalar.
func randomList(r *rand.Rand) any {
	if r.IntN(10) == 0 {
		return "no list"
	}
	list := make([]any, r.IntN(4))
	for i := range list {
		item := map[string]any{}
		for _, key := range []string{"a", "b", "c"} {
			if r.IntN(3) > 0 {
				item[key] = []any{nil, int64(1), "2", "x", map[string]any{"d": "3"}, ""}[r.IntN(6)]
			}
		}
		if list[i] = item; r.IntN(10) == 0 {
			list[i] = "s"
		}
	}
	return list
}

func randomListMapping(r *rand.Rand) (m mapping.Mapping) {
	for range 1 + r.IntN(4) {
		path := func() string { return []string{"a", "b", "c", "a.d", "b.d"}[r.IntN(5)] }
		f := mapping.Field{From: path(), To: path(), OmitEmpty: r.IntN(4) == 0, Keep: r.IntN(5) == 0, Required: r.IntN(6) == 0}
		if r.IntN(3) == 0 {
			f.Type = mapping.TypeInteger
		}
		if r.IntN(4) > 0 {
			f.From, f.To = []string{"l", "m"}[r.IntN(2)]+"[*]."+f.From, []string{"l", "m"}[r.IntN(2)]+"[*]."+f.To
		}
		m.Fields = append(m.Fields, f)
	}
	return m
}

// writtenOut has a field for each item of the list that its source names.
func writtenOut(m mapping.Mapping, in map[string]any) (out mapping.Mapping) {
	for _, f := range m.Fields {
		name, _, each := strings.Cut(f.From, "[*]")
		if !each {
			out.Fields = append(out.Fields, f)
			continue
		}
		list, isList := in[name].([]any)
		for i := range list {
			item := f
			item.From = strings.Replace(f.From, "[*]", fmt.Sprintf(".i%d", i), 1)
			item.To = strings.Replace(f.To, "[*]", fmt.Sprintf(".i%d", i), 1)
			out.Fields = append(out.Fields, item)
		}
		if !isList && f.Required { // fails as a whole
			out.Fields = append(out.Fields, mapping.Field{From: "nowhere", To: "nowhere" + strconv.Itoa(len(out.Fields)), Required: true})
		}
	}
	return out
}

// encoded makes the lists of a document objects.
func encoded(in map[string]any) map[string]any {
	out := map[string]any{}
	for key, v := range in {
		list, isList := v.([]any)
		if key != "l" && key != "m" || !isList {
			out[key] = clone(v)
			continue
		}
		obj := map[string]any{}
		for i, item := range list {
			obj[fmt.Sprintf("i%d", i)] = clone(item)
		}
		out[key] = obj
	}
	return out
}

func decoded(v any) any {
	doc := v.(map[string]any)
	for _, key := range []string{"l", "m"} {
		obj, ok := doc[key].(map[string]any)
		if !ok {
			continue
		}
		var list []any
		for i, left := 0, len(obj); left > 0; i++ {
			item, there := obj[fmt.Sprintf("i%d", i)]
			if there {
				left--
			} else {
				item = map[string]any{}
			}
			list = append(list, item)
		}
		doc[key] = list
	}
	return doc
}

// shortened leaves out the empty items at the ends of lists, about which the model knows nothing, and empty lists.
func shortened(v any) any {
	doc := clone(v).(map[string]any)
	for _, key := range []string{"l", "m"} {
		list, ok := doc[key].([]any)
		for ok && len(list) > 0 && isEmpty(list[len(list)-1]) {
			list = list[:len(list)-1]
		}
		switch {
		case ok && len(list) == 0:
			delete(doc, key)
		case ok:
			doc[key] = list
		}
	}
	return doc
}
