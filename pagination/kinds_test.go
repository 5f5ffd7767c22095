package pagination_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/pagination"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]pagination.Strategy{
		`{"kind":"none"}`: pagination.None{},
		`{"kind":"link"}`: pagination.Link{},
		`{"kind":"link","rel":"more","any_origin":true,"limit":5,"limit_param":"n","limit_in":"header"}`: pagination.Link{
			Rel: "more", AnyOrigin: true, Limit: 5, LimitParam: "n", LimitIn: pagination.InHeader},
		`{"kind":"cursor","path":"a.b","param":"p"}`: pagination.Cursor{Path: "a.b", Param: "p"},
		`{"kind":"cursor","last_field":"id","param":"v.after","in":"body","more":"more","limit":5,"limit_param":"v.first","limit_in":"body"}`: pagination.Cursor{
			LastField: "id", Param: "v.after", In: pagination.InBody, More: "more", Limit: 5, LimitParam: "v.first", LimitIn: pagination.InBody},
		`{"kind":"cursor","header":"X-Next","param":"p"}`: pagination.Cursor{Header: "X-Next", Param: "p"},
	} {
		got, err := pagination.Decode([]byte(written), nil)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", written, diff)
		}
		prepared, err := pagination.Prepare(got)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		for _, s := range []pagination.Strategy{got, prepared} {
			if again, err := json.Marshal(s); err != nil || string(again) != written {
				t.Errorf("%s is written again as %s (%v)", written, again, err)
			}
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct{ written, field, text string }{
		{``, "", "JSON"},
		{`[]`, "", "an array"},
		{`{}`, "kind", "missing"},
		{`{"kind":"offset"}`, "kind", `"offset"; known are cursor, link, none`},
		{`{"kind":"link","Rel":"x"}`, "Rel", "no such member"},
		{`{"kind":"none","x":1}`, "x", "no such member"},
		{`{"kind":"link","limit":"5"}`, "limit", "a string"},
		{`{"kind":"link","limit":1.5}`, "limit", "a number"},
		{`{"kind":"link","rel":"a","rel":"b"}`, "", "JSON"},
		{strings.Repeat("[", 64<<10), "", "an array"},
		{strings.Repeat(" ", 64<<10+1), "", "64 KiB"},
	}
	for _, tt := range tests {
		_, err := pagination.Decode([]byte(tt.written), nil)
		var e *pagination.Error
		if !errors.As(err, &e) || e.Field != tt.field || e.Op != "decode" || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%.60s: got %v", tt.written, err)
		}
	}
}

// everyOther is a host's strategy without anything to prepare.
type everyOther struct{ pagination.None }

func (everyOther) Kind() string { return "every_other" }

func TestHostsOwnKinds(t *testing.T) {
	t.Parallel()
	kinds := pagination.Kinds()
	kinds["every_other"] = func([]byte, pagination.KindMap) (pagination.Strategy, error) { return everyOther{}, nil }
	kinds["nothing"] = func([]byte, pagination.KindMap) (pagination.Strategy, error) { return (*everyOther)(nil), nil }
	s, err := pagination.Decode([]byte(`{"kind":"every_other"}`), kinds)
	if err != nil || s != (everyOther{}) {
		t.Errorf("got %v, %v", s, err)
	}
	if prepared, err := pagination.Prepare(s); err != nil || prepared != s {
		t.Errorf("got %v, %v", prepared, err)
	}
	if _, err := pagination.Decode([]byte(`{"kind":"every_other"}`), nil); err == nil {
		t.Error("a change of one map shows in the next")
	}
	if _, err := pagination.Decode([]byte(`{"kind":"nothing"}`), kinds); err == nil {
		t.Error("a decoder that gives nothing is let pass")
	}
	for _, s := range []pagination.Strategy{nil, (*everyOther)(nil)} {
		if _, err := pagination.Prepare(s); err == nil {
			t.Error("nothing is prepared")
		}
	}
}
