package hostile_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
)

// dots are values that would leave the place that a path gives them.
func dots() []string { return []string{"", ".", "..", `\`, `a\..\b`} }

// deepDots are those where slashes may stand.
func deepDots() []string {
	return append(dots(), "a/../b", "../b", "a/..", "a/./b", "/..", "a//../b", `a/\..`)
}

// climbing are the ways in which a path gets values.
func climbing() map[string]trial {
	one := waygate.HTTPAction{Path: "/a/{v}/b"}
	with := func(p waygate.Parameter) waygate.HTTPAction {
		p.Name, p.In = "v", waygate.InPath
		return waygate.HTTPAction{Path: "/a/{v}/b", Parameters: []waygate.Parameter{p}}
	}
	called := func(a waygate.HTTPAction, in func(v string) any, opts ...func(v string) waygate.Option) func(*testing.T, *counting, string) error {
		return func(t *testing.T, w *counting, v string) error {
			var list []waygate.Option
			for _, o := range opts {
				list = append(list, o(v))
			}
			return w.call(t, a, in(v), list...)
		}
	}
	member := func(v string) any { return map[string]any{"v": v} }
	grouped := one
	grouped.Layout = waygate.LayoutGrouped
	mapped := one
	mapped.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "other", To: "v"}}}
	pageIn := func(p pagination.Strategy) waygate.HTTPAction {
		a := with(waygate.Parameter{})
		a.Records, a.Pagination = "$.items", p
		return a
	}
	variable := func(scope string) func(*testing.T, *counting, string) error {
		return func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{Path: "/a/${" + scope + ".v}/b"}))
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			x := waygate.Variable{Name: "v", Value: v}
			if scope == "connection" {
				x.Integration, x.Connection = "api", "main"
			}
			if err := w.gw.Tenant("acme").SetVariable(t.Context(), x); err != nil {
				return err
			}
			return w.invoke(t, nil)
		}
	}
	return map[string]trial{
		"path": {values: dots(), kinds: []waygate.Kind{badInput}, do: called(one, member)},
		"path of a field": {values: dots(), kinds: []waygate.Kind{badInput}, do: called(one, func(v string) any {
			return struct {
				V string `json:"v"`
			}{v}
		})},
		"path, raw":     {values: dots(), kinds: []waygate.Kind{badInput}, do: called(one, func(v string) any { return map[string]any{"v": json.RawMessage(fmt.Sprintf("%q", v))} })},
		"path, slashes": {values: deepDots(), kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{AllowSlash: true}), member)},
		"path, grouped": {values: dots(), kinds: []waygate.Kind{badInput}, do: called(grouped, func(v string) any {
			return map[string]any{"path": map[string]any{"v": v}}
		})},
		"path, mapped":         {values: dots(), kinds: []waygate.Kind{badInput}, do: called(mapped, func(v string) any { return map[string]any{"other": v} })},
		"path, array":          {values: []string{".", "..", `\`}, kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{Style: waygate.StyleSimple}), func(v string) any { return map[string]any{"v": []any{v}} })},
		"path, label":          {values: []string{"", ".", `\`}, kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{Style: waygate.StyleLabel}), member)},
		"path, label of two":   {values: []string{""}, kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{Style: waygate.StyleLabel, Explode: new(true)}), func(v string) any { return map[string]any{"v": []any{v, v}} })},
		"path, label, slashes": {values: []string{"", ".", "a/.."}, kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{Style: waygate.StyleLabel, AllowSlash: true}), member)},
		"path, json":           {values: []string{`\`}, kinds: []waygate.Kind{badInput}, do: called(with(waygate.Parameter{Style: waygate.StyleJSON}), member)},
		"path, default": {values: dots(), kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			if err := w.register(t, with(waygate.Parameter{Default: v})); err != nil {
				return err
			}
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			return w.invoke(t, map[string]any{})
		}},
		"path, ${call}": {values: dots(), kinds: []waygate.Kind{badInput}, do: called(waygate.HTTPAction{Path: "/a/${call.v}/b"},
			func(string) any { return nil }, func(v string) waygate.Option { return waygate.Var("v", v) })},
		"path, ${tenant}":     {values: dots(), kinds: []waygate.Kind{badInput, config}, do: variable("tenant")},
		"path, ${connection}": {values: dots(), kinds: []waygate.Kind{badInput, config}, do: variable("connection")},
		"base URL's path": {values: append(dots(), "a/../b", "../b"), kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			return w.parameter(t, home+"/{p}", v)
		}},
		"base URL's host": {values: []string{"", ".", "..", "a/b", "evil.example.net/", "evil.example.net#", "evil.example.net?", "a@evil.example.net", "a:443", `a\`, "a%2f", "-", "a b"},
			kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error { return w.parameter(t, "https://{p}.example.com", v) }},
		"base URL": {values: []string{home + "?q=1", home + "#f", "https://a:b@api.example.com", "//api.example.com", "http://[::1", "ftp://api.example.com", "https:api.example.com", "https://"},
			kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
				must(t, w.register(t, waygate.HTTPAction{}))
				if err := w.connect(t, waygate.ConnectionSpec{BaseURL: v}); err != nil {
					return err
				}
				return w.invoke(t, nil)
			}},
		"cursor into the path": {values: []string{".", "..", `\`}, kinds: []waygate.Kind{invalid}, sent: 1, do: func(t *testing.T, w *counting, v string) error {
			w.answer = func(*http.Request) (http.Header, string) {
				return http.Header{}, fmt.Sprintf(`{"items":[],"next":%q}`, v)
			}
			return w.read(t, pageIn(pagination.Cursor{Path: "$.next", Param: "v", In: pagination.InPath}), map[string]any{"v": "first"})
		}},
		"cursor of a header into the path": {values: []string{".", "..", `\`}, kinds: []waygate.Kind{invalid}, sent: 1, do: func(t *testing.T, w *counting, v string) error {
			w.answer = func(*http.Request) (http.Header, string) { return http.Header{"X-Next": {v}}, `{"items":[]}` }
			return w.read(t, pageIn(pagination.Cursor{Header: "X-Next", Param: "v", In: pagination.InPath}), map[string]any{"v": "first"})
		}},
		"host's own parameters": {values: dots(), kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}, func(in *waygate.Integration) {
				in.BaseURL, in.Parameters = home+"/{p}", []waygate.ConnectionParameter{{Name: "p"}}
			}))
			return w.invoke(t, nil, waygate.Through(vault{Parameters: map[string]string{"p": v}}))
		}},
	}
}

// vault is a host's own connection.
type vault waygate.ConnectionInfo

func (v vault) Info() waygate.ConnectionInfo {
	v.ID, v.Tenant, v.Integration, v.Slug = "vault-1", "acme", "api", "vault"
	return waygate.ConnectionInfo(v)
}

func (v vault) Credential(context.Context) (auth.Credential, error) { return auth.Token(canary), nil }

// parameter makes a call over a connection whose parameter stands in the base URL.
func (w *counting) parameter(t *testing.T, base, v string) error {
	t.Helper()
	must(t, w.register(t, waygate.HTTPAction{}, func(in *waygate.Integration) {
		in.BaseURL, in.Parameters = base, []waygate.ConnectionParameter{{Name: "p"}}
	}))
	if err := w.connect(t, waygate.ConnectionSpec{Parameters: map[string]string{"p": v}}); err != nil {
		return err
	}
	return w.invoke(t, nil)
}

// TestOneSegment gives the base URL's path values that are taken: each stays one segment.
func TestOneSegment(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"a/b?c", "a#b", "%2e%2e/", "...", "a;b"} {
		w := newCounting(t)
		must(t, w.parameter(t, home+"/{p}", v))
		if u := w.last.URL; strings.Count(u.EscapedPath(), "/") != 2 || u.RawQuery != "" || u.Host != "api.example.com" {
			t.Errorf("%q became %s", v, u)
		}
	}
}
