package pagination_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/pagination"
)

type object = map[string]any

func TestCursorNext(t *testing.T) {
	t.Parallel()
	path := pagination.Cursor{Path: "meta.next", Param: "cursor"}
	flag := pagination.Cursor{Path: "next", Param: "c", More: "more"}
	last := pagination.Cursor{LastField: "a.id", Param: "after", More: "more"}
	header := pagination.Cursor{Header: "x-next", Param: "X-C", In: pagination.InHeader}
	next := func(v any) pagination.Page { return pagination.Page{Body: object{"meta": object{"next": v}}} }
	type testCase struct {
		name   string
		s      pagination.Cursor
		page   pagination.Page
		want   any    // the token, nil for the end
		reason string // of the error
	}
	tests := []testCase{
		{"string", path, next("abc"), "abc", ""},
		{"missing", path, pagination.Page{Body: object{}}, nil, ""},
		{"no body", path, pagination.Page{}, nil, ""},
		{"null", path, next(nil), nil, ""},
		{"empty", path, next(""), nil, ""},
		{"zero", path, next(int64(0)), int64(0), ""},
		{"false", path, next(false), false, ""},
		{"big", path, next(int64(9007199254740993)), int64(9007199254740993), ""},
		{"bigger", path, next(json.Number("92233720368547758070")), json.Number("92233720368547758070"), ""},
		{"fraction", path, next(1.5), 1.5, ""},
		{"object", path, next(object{}), nil, "an object"},
		{"array", path, next([]any{"x"}), nil, "an array"},
		{"4 KiB", path, next(strings.Repeat("x", 4096)), strings.Repeat("x", 4096), ""},
		{"more than 4 KiB", path, next(strings.Repeat("x", 4097)), nil, "4 KiB"},
		{"not UTF-8", path, next("\xff"), nil, "UTF-8"},

		{"more", flag, pagination.Page{Body: object{"next": "n", "more": true}}, "n", ""},
		{"no more", flag, pagination.Page{Body: object{"next": "n", "more": false}}, nil, ""},
		{"more as text", flag, pagination.Page{Body: object{"next": "n", "more": "True"}}, "n", ""},
		{"no more as text", flag, pagination.Page{Body: object{"next": "n", "more": "false"}}, nil, ""},
		{"more as number", flag, pagination.Page{Body: object{"next": "n", "more": int64(3)}}, "n", ""},
		{"no more as number", flag, pagination.Page{Body: object{"next": "n", "more": int64(0)}}, nil, ""},
		{"flag missing", flag, pagination.Page{Body: object{"next": "n"}}, "n", ""},
		{"flag null", flag, pagination.Page{Body: object{"next": "n", "more": nil}}, "n", ""},
		{"flag odd", flag, pagination.Page{Body: object{"next": "n", "more": "perhaps"}}, nil, "neither yes nor no"},
		{"flag an array", flag, pagination.Page{Body: object{"next": "n", "more": []any{}}}, nil, "neither yes nor no"},
		{"more, but no token", flag, pagination.Page{Body: object{"more": true}}, nil, "no token"},

		{"last record", last, pagination.Page{Body: object{"more": true}, Records: 1, Last: object{"a": object{"id": int64(7)}}}, int64(7), ""},
		{"last record, no more", last, pagination.Page{Body: object{"more": false}, Records: 1, Last: object{"a": object{"id": "7"}}}, nil, ""},
		{"no records", last, pagination.Page{Body: object{}}, nil, ""},
		{"no records, but more", last, pagination.Page{Body: object{"more": true}}, nil, "no token"},
		{"last record without", last, pagination.Page{Body: object{}, Records: 1, Last: object{"id": 1}}, nil, "no such field"},
		{"last record null", last, pagination.Page{Body: object{}, Records: 1, Last: object{"a": object{"id": nil}}}, nil, "no such field"},

		{"header", header, pagination.Page{Header: http.Header{"X-Next": {" n "}}}, "n", ""},
		{"header missing", header, pagination.Page{}, nil, ""},
		{"header breaks", header, pagination.Page{Header: http.Header{"X-Next": {"a\r\nb"}}}, nil, "control character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.s.Next(tt.page)
			if tt.reason != "" {
				var e *pagination.Error
				if !errors.As(err, &e) || e.Op != "next" || !strings.Contains(e.Reason, tt.reason) {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var want *pagination.Next
			if tt.want != nil {
				want = &pagination.Next{Set: []pagination.Param{{In: cmpOr(tt.s.In), Name: tt.s.Param, Value: tt.want}}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func cmpOr(in pagination.In) pagination.In {
	if in == "" {
		return pagination.InQuery
	}
	return in
}

func TestCursorValidate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		s     pagination.Cursor
		field string
	}{
		{"good", pagination.Cursor{Path: "$['a.b'].c", Param: "p"}, ""},
		{"no source", pagination.Cursor{Param: "p"}, "path"},
		{"two sources", pagination.Cursor{Path: "a", Header: "B", Param: "p"}, "path"},
		{"bad path", pagination.Cursor{Path: "a[", Param: "p"}, "path"},
		{"bad last field", pagination.Cursor{LastField: "a[", Param: "p"}, "last_field"},
		{"bad flag", pagination.Cursor{Path: "a", More: "a[", Param: "p"}, "more"},
		{"bad header", pagination.Cursor{Header: "a b", Param: "p"}, "header"},
		{"no param", pagination.Cursor{Path: "a"}, "param"},
		{"param to nowhere", pagination.Cursor{Path: "a", Param: "p", In: "cookie"}, "in"},
		{"param with control", pagination.Cursor{Path: "a", Param: "p\n"}, "param"},
		{"param too long", pagination.Cursor{Path: "a", Param: strings.Repeat("p", 257)}, "param"},
		{"reserved header", pagination.Cursor{Path: "a", Param: "Host", In: pagination.InHeader}, "param"},
		{"signing header", pagination.Cursor{Path: "a", Param: "authorization", In: pagination.InHeader}, "param"},
		{"body gap", pagination.Cursor{Path: "a", Param: "a..b", In: pagination.InBody}, "param"},
		{"body deep", pagination.Cursor{Path: "a", Param: strings.Repeat("a.", 16) + "a", In: pagination.InBody}, "param"},
		{"limit alone", pagination.Cursor{Path: "a", Param: "p", Limit: 1}, "limit_param"},
		{"limit param alone", pagination.Cursor{Path: "a", Param: "p", LimitParam: "l"}, "limit"},
		{"limit in alone", pagination.Cursor{Path: "a", Param: "p", LimitIn: pagination.InBody}, "limit"},
		{"limit negative", pagination.Cursor{Path: "a", Param: "p", Limit: -1, LimitParam: "l"}, "limit"},
		{"limit huge", pagination.Cursor{Path: "a", Param: "p", Limit: 1_000_001, LimitParam: "l"}, "limit"},
		{"limit to nowhere", pagination.Cursor{Path: "a", Param: "p", Limit: 1, LimitParam: "l", LimitIn: "x"}, "limit_in"},
		{"same param", pagination.Cursor{Path: "a", Param: "p", Limit: 1, LimitParam: "p", LimitIn: "query"}, "limit_param"},
		{"same header", pagination.Cursor{Path: "a", Param: "X-P", In: "header", Limit: 1, LimitParam: "x-p", LimitIn: "header"}, "limit_param"},
		{"one in the other", pagination.Cursor{Path: "a", Param: "v.after", In: "body", Limit: 1, LimitParam: "v", LimitIn: "body"}, "limit_param"},
		{"side by side", pagination.Cursor{Path: "a", Param: "v.after", In: "body", Limit: 1, LimitParam: "v.aft", LimitIn: "body"}, ""},
		{"same name elsewhere", pagination.Cursor{Path: "a", Param: "p", Limit: 1, LimitParam: "p", LimitIn: "header"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkField(t, tt.s, tt.field)
		})
	}
}

// checkField expects Validate, Prepare and Next to name the field.
func checkField(t *testing.T, s pagination.Strategy, field string) {
	t.Helper()
	err := s.Validate()
	_, prepErr := pagination.Prepare(s)
	_, nextErr := s.Next(pagination.Page{})
	for _, err := range []error{err, prepErr, nextErr} {
		var e *pagination.Error
		switch {
		case field == "" && err != nil:
			t.Errorf("got %v", err)
		case field != "" && (!errors.As(err, &e) || e.Op != "validate" || e.Field != field || e.Reason == "" && e.Err == nil):
			t.Errorf("got %v, want the field %s", err, field)
		}
	}
}
