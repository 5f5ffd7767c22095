package waygate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// TestGrouped sends the groups of an input to their places.
func TestGrouped(t *testing.T) {
	t.Parallel()
	got := sends(t, waygate.HTTPAction{Method: "POST", Path: "/x/{id}", Layout: "grouped", Headers: map[string]string{"X-Kind": "def"},
		Parameters: []waygate.Parameter{{Name: "id", In: "query", As: "q", Default: 1}, {Name: "id", In: "header", As: "X-Id", Default: "d"}}},
		map[string]any{"path": map[string]any{"id": 1}, "query": map[string]any{"id": 2}, "header": map[string]any{"id": 3, "x-kind": "given"},
			"cookie": map[string]any{"id": 4}, "body": map[string]any{"id": 5}})
	if diff := cmp.Diff([]string{"/x/1", "q=2", "3", "id=4", `{"id":5}`, "given"},
		[]string{got.path, got.query, got.header.Get("X-Id"), got.header.Get("Cookie"), got.body, got.header.Get("X-Kind")}); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct{ in, body any }{
		"null": {map[string]any{"body": nil}, "null"}, "absent": {map[string]any{}, ""}, "nil": {nil, ""}, "array": {map[string]any{"body": []any{}}, "[]"},
		"zero": {map[string]any{"body": 0}, "0"}, "false": {map[string]any{"body": false}, "false"}, "text": {map[string]any{"body": ""}, `""`},
		"object": {map[string]any{"body": map[string]any{}}, "{}"}, "null group": {map[string]any{"query": nil, "header": nil, "cookie": nil, "path": nil}, ""},
	} {
		if got := sends(t, waygate.HTTPAction{Method: "POST", Path: "/x", Layout: "grouped"}, c.in); got.body != c.body || got.query != "" {
			t.Errorf("%s: sent %q, query %q", name, got.body, got.query)
		}
	}
}

// TestInputPlaces shows input that has no place, and what the error names.
func TestInputPlaces(t *testing.T) {
	t.Parallel()
	group := func(name string, v any) map[string]any {
		return map[string]any{"path": map[string]any{"id": 1}, name: v}
	}
	grouped := waygate.HTTPAction{Method: "POST", Path: "/x/{id}", Layout: "grouped", Idempotency: &waygate.Idempotency{Header: "X-Once"},
		Parameters: []waygate.Parameter{{Name: "h", In: "header", As: "X-H"}}}
	with := func(change func(*waygate.HTTPAction)) waygate.HTTPAction {
		a := grouped
		change(&a)
		return a
	}
	flat := func(b waygate.Body, p ...waygate.Parameter) waygate.HTTPAction {
		return waygate.HTTPAction{Method: "POST", Path: "/x?lit=1", Body: &b, Parameters: p}
	}
	for name, c := range map[string]struct {
		action  waygate.HTTPAction
		in      any
		pointer string
	}{
		"unknown group":         {grouped, group("params", nil), "/params"},
		"group in other case":   {grouped, group("Query", nil), "/Query"},
		"group that's a number": {grouped, group("query", 5), "/query"},
		"group that's a list":   {grouped, group("header", []any{}), "/header"},
		"unknown path name":     {grouped, map[string]any{"path": map[string]any{"id": 1, "a/b~": 2}}, "/path/a~1b~0"},
		"missing path":          {grouped, map[string]any{}, "/path/id"},
		"null path":             {grouped, map[string]any{"path": map[string]any{"id": nil}}, "/path/id"},
		"host":                  {grouped, group("header", map[string]any{"host": "x"}), "/header/host"},
		"forwarded":             {grouped, group("header", map[string]any{"X-Forwarded-For": "x"}), "/header/X-Forwarded-For"},
		"method override":       {grouped, group("header", map[string]any{"x-http-method-override": "x"}), "/header/x-http-method-override"},
		"scheme's header":       {grouped, group("header", map[string]any{"authorization": "x"}), "/header/authorization"},
		"undeclared key":        {grouped, group("header", map[string]any{"Idempotency-Key": "x"}), "/header/Idempotency-Key"},
		"undeclared X-key":      {grouped, group("header", map[string]any{"x-idempotency-key": "x"}), "/header/x-idempotency-key"},
		"declared key":          {grouped, group("header", map[string]any{"x-once": "x"}), "/header/x-once"},
		"header's name":         {grouped, group("header", map[string]any{"a\r\nb": "x"}), "/header/a\r\nb"},
		"no header name":        {grouped, group("header", map[string]any{"": "x"}), "/header/"},
		"cookie's name":         {grouped, group("cookie", map[string]any{"a;b": "x"}), "/cookie/a;b"},
		"no query name":         {grouped, group("query", map[string]any{"": "x"}), "/query/"},
		"same header twice":     {grouped, group("header", map[string]any{"h": 1, "x-h": 2}), "/header/x-h"},
		"body of GET":           {with(func(a *waygate.HTTPAction) { a.Method, a.Idempotency = "GET", nil }), group("body", map[string]any{"a": 1}), "/body"},
		"body of HEAD":          {with(func(a *waygate.HTTPAction) { a.Method, a.Idempotency = "HEAD", nil }), group("body", "x"), "/body"},
		"no body":               {with(func(a *waygate.HTTPAction) { a.Body = &waygate.Body{Required: true} }), group("query", nil), "/body"},
		"form of a list":        {with(func(a *waygate.HTTPAction) { a.Body = &waygate.Body{Encoding: "form"} }), group("body", []any{1}), "/body"},
		"form of null":          {with(func(a *waygate.HTTPAction) { a.Body = &waygate.Body{Encoding: "form"} }), group("body", nil), "/body"},
		"multipart of a text":   {with(func(a *waygate.HTTPAction) { a.Body = &waygate.Body{Encoding: "multipart"} }), group("body", "x"), "/body"},
		"text of an object":     {with(func(a *waygate.HTTPAction) { a.Body = &waygate.Body{Encoding: "text"} }), group("body", map[string]any{"a": 1}), "/body"},
		"object in the query":   {grouped, group("query", map[string]any{"o": map[string]any{"a": 1}}), "/query/o"},

		"flat: no body":            {flat(waygate.Body{Required: true}), nil, ""},
		"flat: no text":            {flat(waygate.Body{Encoding: "text", Required: true}), nil, "/body"},
		"flat: no whole":           {flat(waygate.Body{Member: "all", Required: true}), nil, "/all"},
		"flat: text of a list":     {flat(waygate.Body{Encoding: "text", Member: "t"}), map[string]any{"t": []any{1}}, "/t"},
		"flat: bytes of null":      {flat(waygate.Body{Encoding: "bytes"}), map[string]any{"body": nil}, "/body"},
		"flat: whole and more":     {flat(waygate.Body{Member: "all"}), map[string]any{"all": 1, "more": 2}, "/more"},
		"flat: more and whole":     {flat(waygate.Body{Member: "all"}), map[string]any{"a": 2, "all": 1}, "/a"},
		"flat: none of the whole":  {flat(waygate.Body{Member: "all"}), map[string]any{"more": 2}, "/more"},
		"flat: no name":            {waygate.HTTPAction{Method: "GET", Path: "/x"}, map[string]any{"": 1}, "/"},
		"flat: no name in a body":  {flat(waygate.Body{Encoding: "bytes"}), map[string]any{"": 1}, "/"},
		"flat: style in a form":    {flat(waygate.Body{Encoding: "form"}, waygate.Parameter{Name: "s", In: "body", Style: "spaceDelimited"}), map[string]any{"a": 1, "s": []any{"x", "y z"}}, "/s/1"},
		"grouped: list and member": {with(func(a *waygate.HTTPAction) { a.Parameters = []waygate.Parameter{{Name: "d", In: "body", Default: 1}} }), group("body", []any{1}), "/body/d"},
		"flat: beside bytes":       {flat(waygate.Body{Encoding: "bytes"}), map[string]any{"other": 2}, "/other"},
		"flat: object in a form":   {flat(waygate.Body{Encoding: "form", Objects: "flat"}), map[string]any{"a": map[string]any{"b": 1}}, "/a"},
		"flat: nested in a form":   {flat(waygate.Body{Encoding: "form", Arrays: "comma"}), map[string]any{"a": map[string]any{"b": []any{"x,y"}}}, "/a/b/0"},
		"flat: renamed in a form":  {flat(waygate.Body{Encoding: "form", Objects: "flat"}, waygate.Parameter{Name: "a", In: "body", As: "z"}), map[string]any{"a": map[string]any{"b": 1}}, "/a"},
		"flat: one query for two":  {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "query"}, waygate.Parameter{Name: "b", In: "query", As: "a"}), map[string]any{"a": 1, "b": 2}, "/b"},
		"flat: exploded hits":      {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "query"}, waygate.Parameter{Name: "o", In: "query", Style: "form"}), map[string]any{"a": 1, "o": map[string]any{"a": 2}}, "/o"},
		"flat: literal query":      {flat(waygate.Body{}, waygate.Parameter{Name: "l", In: "query", As: "lit"}), map[string]any{"l": 2}, "/l"},
		"flat: hit by a default":   {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "query"}, waygate.Parameter{Name: "b", In: "query", As: "a", Default: 1}), map[string]any{"a": 1}, "/b"},
		"flat: one cookie for two": {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "cookie"}, waygate.Parameter{Name: "b", In: "cookie", As: "a"}), map[string]any{"a": 1, "b": 2}, "/b"},
		"flat: one header for two": {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "header", As: "X-A"}, waygate.Parameter{Name: "b", In: "header", As: "x-a"}), map[string]any{"a": 1, "b": 2}, "/b"},
		"flat: required header":    {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "header", Required: true}), map[string]any{"a": nil}, "/a"},
		"flat: required cookie":    {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "cookie", Required: true}), nil, "/a"},
		"flat: required in body":   {flat(waygate.Body{}, waygate.Parameter{Name: "a", In: "body", Required: true}), map[string]any{"b": 1}, "/a"},
		"flat: path that climbs":   {waygate.HTTPAction{Method: "GET", Path: "/x/{p}", Parameters: []waygate.Parameter{{Name: "v", In: "path", As: "p"}}}, map[string]any{"v": ".."}, "/v"},
		"flat: dots beside value":  {waygate.HTTPAction{Method: "GET", Path: "/x/.{p}", Parameters: []waygate.Parameter{{Name: "v", In: "path", As: "p"}}}, map[string]any{"v": "."}, "/v"},
		"flat: no value for path":  {waygate.HTTPAction{Method: "GET", Path: "/x/{p}", Parameters: []waygate.Parameter{{Name: "v", In: "path", As: "p"}}}, nil, "/v"},
		"flat: list for a path":    {waygate.HTTPAction{Method: "GET", Path: "/x/{p}"}, map[string]any{"p": []any{[]any{}}}, "/p"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refusesAt(t, c.action, c.in, c.pointer)
		})
	}
	t.Run("the name of the whole, elsewhere", func(t *testing.T) {
		t.Parallel()
		a := flat(waygate.Body{Member: "x"}, waygate.Parameter{Name: "x", In: "query"})
		a.Path = "/x"
		if got := sends(t, a, map[string]any{"x": 1}); got.query != "x=1" || got.body != "" {
			t.Errorf("sent %s, body %q", got.url, got.body)
		}
	})
	t.Run("scheme's cookie", func(t *testing.T) {
		t.Parallel()
		w := always(200, `{}`)
		in := api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/a", Layout: "grouped"})
		in.Auth = auth.Key{In: auth.InCookie, Name: "sid"}
		_, acme := ready(t, w, in)
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"cookie": map[string]any{"sid": "mine"}})
		if e := failure(t, err, waygate.KindInvalidInput); len(e.Fields) != 1 || e.Fields[0].Pointer != "/cookie/sid" {
			t.Errorf("fields %+v", e.Fields)
		}
		// By the header's name it can't be set either: a second sid would come before, or beside, the scheme's.
		_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"header": map[string]any{"Cookie": "sid=mine"}})
		if err == nil && strings.Contains(w.last(t).header.Get("Cookie"), "sid=mine") {
			t.Errorf("two cookies of the scheme's: %q", w.last(t).header.Get("Cookie"))
		}
	})
}
