package mapping_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/mapping"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	m := decode(t, `{"fields":[
		{"id":"id","from":"l[*].n","to":"l[*].number","type":"integer"},
		{"from":"l[*].state","to":"l[*].status","default":"open","enum":{"words":{"o":"open"},"unknown":"keep"}},
		{"from":"l[*].tags","to":"l[*].labels","omit_empty":true},
		{"to":"source","const":"x"},
		{"from":"gone[*].a","to":"gone[*].b"},
		{"from":"$..none","to":"none","keep":true}]}`)
	in := parse(t, `{"l":[{"n":"1","state":"o","tags":[]},{"n":"x","state":"?","tags":["a"]},{}]}`)
	out, got, err := program(t, m).Preview(in)
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping.Outcome{
		{Field: 0, ID: "id", Name: "fields[0]", From: "$.l[*].n", To: "$.l[*].number", Applied: 1, Failed: 1, Absent: 1,
			Path: "$.l[1].n", Reason: "the text is no integer: want one like 12 or -1.5e3"},
		{Field: 1, Name: "fields[1]", From: "$.l[*].state", To: "$.l[*].status", Applied: 1, Kept: 1, Defaulted: 1},
		{Field: 2, Name: "fields[2]", From: "$.l[*].tags", To: "$.l[*].labels", Omitted: 1, Applied: 1, Absent: 1},
		{Field: 3, Name: "fields[3]", To: "$.source", Applied: 1},
		{Field: 4, Name: "fields[4]", From: "$.gone[*].a", To: "$.gone[*].b", Absent: 1},
		{Field: 5, Name: "fields[5]", From: "$..none", To: "$.none", Absent: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	applied, _, err := program(t, m).Apply(in)
	if err != nil || !cmp.Equal(applied, out) {
		t.Error("Preview and Apply differ", err)
	}
	if form, err := json.Marshal(got[4]); err != nil || string(form) != `{"field":4,"name":"fields[4]","from":"$.gone[*].a","to":"$.gone[*].b","absent":1}` {
		t.Errorf("%s, %v", form, err)
	}

	m.Mode = mapping.Fail
	out, again, err := program(t, m).Preview(in)
	var e *mapping.Error
	if out != nil || !errors.As(err, &e) || e.Path != "$.l[1].n" || !cmp.Equal(got, again) {
		t.Error("mode fail:", out, again, err)
	}
	var none *mapping.Program
	if out, list, err := none.Preview("x"); out != "x" || list != nil || err != nil {
		t.Error(out, list, err)
	}
}

// TestPreviewOfGathered counts a list as one place, by what was done to any of its items.
func TestPreviewOfGathered(t *testing.T) {
	t.Parallel()
	p := program(t, decode(t, `{"fields":[{"from":"l[*]","to":"m","enum":{"words":{"a":1},"unknown":"keep"}},
		{"from":"n[*]","to":"o","default":0,"enum":{"words":{"a":1},"unknown":"default"}},{"from":"k[*]","to":"p","trim":true}]}`))
	_, got, err := p.Preview(parse(t, `{"l":["a","x","a"],"n":["x","a"],"k":["x"]}`))
	if err != nil || got[0].Kept != 1 || got[0].Applied != 0 || got[1].Defaulted != 1 || got[2].Applied != 1 {
		t.Error(got, err)
	}
}

// TestPreviewOfTheWrongDocument says for each field that the document is none of its sort.
func TestPreviewOfTheWrongDocument(t *testing.T) {
	t.Parallel()
	p := program(t, decode(t, `{"fields":[{"from":"a","to":"b"},{"to":"c","const":1}]}`))
	_, list, err := p.Preview(parse(t, `[1]`))
	for _, o := range list {
		if o.Failed != 1 || o.Path != "$" || o.Reason == "" {
			t.Error(o)
		}
	}
	if len(list) != 2 || err != nil {
		t.Error(list, err)
	}
}
