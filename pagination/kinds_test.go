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
		`{"kind":"cursor","path":"n","param":"p","limit":9,"limit_param":"l","short_page":true,"stop_on_empty":true,"end_status":404}`: pagination.Cursor{
			Path: "n", Param: "p", Limit: 9, LimitParam: "l", ShortPage: true, StopOnEmpty: true, EndStatus: 404},
		`{"kind":"link","stop_on_empty":true,"end_status":410}`: pagination.Link{StopOnEmpty: true, EndStatus: 410},
		`{"kind":"offset","param":"o","in":"body","start":1,"step":5,"current":"c","more":"m","total":"t","limit":5,"limit_param":"l","limit_in":"body","short_page":true,"end_status":404}`: pagination.Offset{
			Param: "o", In: pagination.InBody, Start: 1, Step: 5, Current: "c", More: "m", Total: "t", Limit: 5, LimitParam: "l", LimitIn: pagination.InBody, ShortPage: true, EndStatus: 404},
		`{"kind":"offset","param":"o","total_header":"X-Total-Count"}`: pagination.Offset{Param: "o", TotalHeader: "X-Total-Count"},
		`{"kind":"page_number","param":"p"}`:                           pagination.PageNumber{Param: "p"},
		`{"kind":"page_number","param":"p","in":"path","start":0,"current":"c","more":"m","pages":"n","total":"t","limit":5,"limit_param":"l","limit_in":"header","short_page":true,"end_status":400}`: pagination.PageNumber{
			Param: "p", In: pagination.InPath, Start: new(0), Current: "c", More: "m", Pages: "n", Total: "t", Limit: 5, LimitParam: "l", LimitIn: pagination.InHeader, ShortPage: true, EndStatus: 400},
		`{"kind":"page_number","param":"p","pages_header":"X-WP-TotalPages","total_header":"X-WP-Total"}`: pagination.PageNumber{
			Param: "p", PagesHeader: "X-WP-TotalPages", TotalHeader: "X-WP-Total"},
		`{"kind":"graphql","path":"data.a.pageInfo"}`: pagination.GraphQL{Path: "data.a.pageInfo"},
		`{"kind":"graphql","path":"data.a.pageInfo","param":"variables.c","limit":5,"limit_param":"variables.n"}`: pagination.GraphQL{
			Path: "data.a.pageInfo", Param: "variables.c", Limit: 5, LimitParam: "variables.n"},
		`{"kind":"auto"}`: pagination.Auto{},
		`{"kind":"auto","param":"p","in":"header","limit":5,"limit_param":"l","limit_in":"header"}`: pagination.Auto{
			Param: "p", In: pagination.InHeader, Limit: 5, LimitParam: "l", LimitIn: pagination.InHeader},
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
		{`{"kind":"number"}`, "kind", `"number"; known are auto, cursor, graphql, link, none, offset, page_number`},
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
