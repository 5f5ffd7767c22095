package hostile_test

import (
	"encoding/json"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
)

// reserved are the headers that only the transport, or the scheme, sets.
func reserved() map[string]trial {
	names := []string{ // those of the scheme stand behind the first 15
		"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer", "Expect", "Accept-Encoding",
		"Proxy-Authorization", "Proxy-Connection", "X-HTTP-Method-Override", "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Authorization",
		"host", "CONTENT-LENGTH", "tRaNsFeR-eNcOdInG", "x-forwarded-proto", "authorization"}
	keys := []string{"Idempotency-Key", "X-Idempotency-Key", "x-idempotency-key"}
	grouped := waygate.HTTPAction{Layout: waygate.LayoutGrouped}
	registered := func(change func(a *waygate.HTTPAction, in *waygate.Integration, name string)) func(*testing.T, *counting, string) error {
		return func(t *testing.T, w *counting, v string) error {
			a := waygate.HTTPAction{ID: "x", Method: "GET", Path: "/x"}
			in := waygate.Integration{ID: "api", BaseURL: home, Auth: auth.Bearer{}}
			change(&a, &in, v)
			in.Actions = []waygate.Action{a}
			return w.gw.Register(t.Context(), in)
		}
	}
	definition := func(values []string, change func(a *waygate.HTTPAction, in *waygate.Integration, name string)) trial {
		return trial{values: values, kinds: []waygate.Kind{config}, do: registered(change)}
	}
	all := append(append([]string{}, names...), keys...)
	return map[string]trial{
		"reserved, input": {values: all, kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			return w.call(t, grouped, map[string]any{"header": map[string]any{v: "x"}})
		}},
		"reserved, mapped": {values: all, kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			a := grouped
			a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "v", To: "$.header['" + v + "']"}}}
			if err := w.register(t, a); err != nil {
				return err
			}
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			return w.invoke(t, map[string]any{"v": "x"})
		}},
		"reserved, mapped constant": {values: all, kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			a := grouped
			a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{Const: json.RawMessage(`"x"`), To: "$.header['" + v + "']"}}}
			if err := w.register(t, a); err != nil {
				return err
			}
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			return w.invoke(t, map[string]any{})
		}},
		"reserved, connection": {values: all, kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.connect(t, waygate.ConnectionSpec{Headers: map[string]string{v: "x"}})
		}},
		"reserved, host's connection": {values: all, kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.invoke(t, nil, waygate.Through(vault{Headers: map[string]string{v: "x"}}))
		}},
		"reserved, declared": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Parameters = []waygate.Parameter{{Name: "v", In: waygate.InHeader, As: name}}
		}),
		"reserved, action": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Headers = map[string]string{name: "x"}
		}),
		"reserved, integration": definition(all, func(_ *waygate.HTTPAction, in *waygate.Integration, name string) {
			in.Headers = map[string]string{name: "x"}
		}),
		"reserved, idempotency": definition(names, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Idempotency = &waygate.Idempotency{Header: name}
		}),
		"reserved, cursor": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Records, a.Pagination = "$.items", pagination.Cursor{Path: "$.next", Param: name, In: pagination.InHeader}
		}),
		"reserved, page size": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Records, a.Pagination = "$.items", pagination.Link{Limit: 5, LimitParam: name, LimitIn: pagination.InHeader}
		}),
		"reserved, scheme": definition(names[:15], func(_ *waygate.HTTPAction, in *waygate.Integration, name string) {
			in.Auth = auth.Key{Name: name}
		}),
	}
}
