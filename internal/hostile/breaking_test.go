package hostile_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// ends are values that would end a line.
func ends() []string {
	return []string{"a\r\nX-Evil: 1", "a\nb", "a\rb", "a\x00b", "\n", "a\r\n\r\nGET / HTTP/1.1"}
}

// breaking are the places of a header, or of something that stands in lines.
func breaking() map[string]trial {
	header := func(p waygate.Parameter) waygate.HTTPAction {
		p.Name, p.In, p.As = "v", waygate.InHeader, "X-V"
		return waygate.HTTPAction{Parameters: []waygate.Parameter{p}}
	}
	called := func(a waygate.HTTPAction, in func(v string) any) trial {
		return trial{values: ends(), kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error { return w.call(t, a, in(v)) }}
	}
	cookie := waygate.HTTPAction{Parameters: []waygate.Parameter{{Name: "v", In: waygate.InCookie}}}
	grouped := waygate.HTTPAction{Layout: waygate.LayoutGrouped}
	parts := waygate.HTTPAction{Method: "POST", Body: &waygate.Body{Encoding: waygate.BodyMultipart}}
	plain := waygate.HTTPAction{Method: "POST", Body: &waygate.Body{Encoding: waygate.BodyBytes}}
	group := func(name string, members func(v string) map[string]any) func(string) any {
		return func(v string) any { return map[string]any{name: members(v)} }
	}
	file := func(f waygate.File) waygate.File {
		f.Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }
		return f
	}
	member := func(v string) any { return map[string]any{"v": v} }
	object := func(v string) any { return map[string]any{"v": map[string]any{"k": v}} }
	name := func(v string) any { return map[string]any{"v": map[string]any{v: "x"}} }
	variable := func(where string, kinds ...waygate.Kind) trial {
		return trial{values: ends(), kinds: kinds, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{Headers: map[string]string{"X-V": "${" + where + ".v}"}}))
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			switch where {
			case "call":
				return w.invoke(t, nil, waygate.Var("v", v))
			case "connection":
				if err := w.gw.Tenant("acme").SetVariable(t.Context(), waygate.Variable{Name: "v", Value: v, Integration: "api", Connection: "main"}); err != nil {
					return err
				}
			default:
				if err := w.gw.Tenant("acme").SetVariable(t.Context(), waygate.Variable{Name: "v", Value: v}); err != nil {
					return err
				}
			}
			return w.invoke(t, nil)
		}}
	}
	cursor := func(c pagination.Cursor, header bool) trial {
		return trial{values: ends()[:4], kinds: []waygate.Kind{invalid}, sent: 1, do: func(t *testing.T, w *counting, v string) error {
			w.answer = func(*http.Request) (http.Header, string) {
				text, _ := json.Marshal(v)
				if header {
					return http.Header{"X-Next": {v}}, `{"items":[]}`
				}
				return http.Header{}, `{"items":[],"next":` + string(text) + `}`
			}
			a := waygate.HTTPAction{Records: "$.items", Pagination: c}
			return w.read(t, a, nil)
		}}
	}
	return map[string]trial{
		"header":                 called(header(waygate.Parameter{}), member),
		"header, array":          called(header(waygate.Parameter{}), func(v string) any { return map[string]any{"v": []any{"a", v}} }),
		"header, object":         called(header(waygate.Parameter{Style: waygate.StyleSimple}), object),
		"header, object's name":  called(header(waygate.Parameter{Style: waygate.StyleSimple}), name),
		"header, object's names": called(header(waygate.Parameter{Style: waygate.StyleSimple, Explode: new(true)}), name),
		"header, grouped":        called(grouped, group("header", func(v string) map[string]any { return map[string]any{"X-V": v} })),
		"header's name":          called(grouped, group("header", func(v string) map[string]any { return map[string]any{"X-" + v: "x"} })),
		"cookie":                 called(cookie, member),
		"cookie, grouped":        called(grouped, group("cookie", func(v string) map[string]any { return map[string]any{"c": v} })),
		"cookie's name":          called(grouped, group("cookie", func(v string) map[string]any { return map[string]any{"c" + v: "x"} })),
		"part's name":            called(parts, func(v string) any { return map[string]any{"p" + v: "x"} }),
		"file's name":            called(parts, func(v string) any { return map[string]any{"f": file(waygate.File{Name: v})} }),
		"file's name in a list":  called(parts, func(v string) any { return map[string]any{"f": []any{file(waygate.File{Name: v})}} }),
		"file's type":            called(parts, func(v string) any { return map[string]any{"f": file(waygate.File{Type: "text/plain;" + v})} }),
		"file's type alone":      called(plain, func(v string) any { return map[string]any{"body": file(waygate.File{Type: "text/plain;" + v})} }),
		"name of a file's part":  called(parts, func(v string) any { return map[string]any{"p" + v: file(waygate.File{})} }),
		"part's type": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			a := parts
			a.Parameters = []waygate.Parameter{{Name: "v", In: waygate.InBody, Type: "text/plain;" + v}}
			return w.register(t, a)
		}},
		"body's type": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			return w.register(t, waygate.HTTPAction{Method: "POST", Body: &waygate.Body{Type: "text/plain;" + v}})
		}},
		"${call}":       variable("call", badInput),
		"${tenant}":     variable("tenant", badInput, config),
		"${connection}": variable("connection", badInput, config),
		"action's header": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			return w.register(t, waygate.HTTPAction{Headers: map[string]string{"X-V": v}})
		}},
		"action's header's name": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			return w.register(t, waygate.HTTPAction{Headers: map[string]string{"X-" + v: "v"}})
		}},
		"parameter's As": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			return w.register(t, waygate.HTTPAction{Parameters: []waygate.Parameter{{Name: "v", As: "X-" + v, In: waygate.InHeader}}})
		}},
		"header's default": {values: ends(), kinds: []waygate.Kind{config, badInput}, do: func(t *testing.T, w *counting, v string) error {
			if err := w.register(t, header(waygate.Parameter{Default: v})); err != nil {
				return err
			}
			must(t, w.connect(t, waygate.ConnectionSpec{}))
			return w.invoke(t, nil)
		}},
		"connection's header": {values: ends(), kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.connect(t, waygate.ConnectionSpec{Headers: map[string]string{"X-V": v}})
		}},
		"connection's header's name": {values: ends(), kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.connect(t, waygate.ConnectionSpec{Headers: map[string]string{"X-" + v: "v"}})
		}},
		"connection's parameter in a header": {values: ends(), kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{Headers: map[string]string{"X-V": "{p}"}}, func(in *waygate.Integration) {
				in.Parameters = []waygate.ConnectionParameter{{Name: "p"}}
			}))
			if err := w.connect(t, waygate.ConnectionSpec{Parameters: map[string]string{"p": v}}); err != nil {
				return err
			}
			return w.invoke(t, nil)
		}},
		"host's own header": {values: ends(), kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.invoke(t, nil, waygate.Through(vault{Headers: map[string]string{"X-V": v}}))
		}},
		"credential": {values: ends(), kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
			must(t, w.register(t, waygate.HTTPAction{}))
			return w.connect(t, waygate.ConnectionSpec{Credential: auth.Token(v)})
		}},
		"cursor into a header":             cursor(pagination.Cursor{Path: "$.next", Param: "X-After", In: pagination.InHeader}, false),
		"cursor of a header into a header": cursor(pagination.Cursor{Header: "X-Next", Param: "X-After", In: pagination.InHeader}, true).only(ends()[:4]...),
		"next URL": {values: []string{"/x\r\nHost: evil", "https://api.example.com/\x00", "https://api.example.com\r\n/"}, kinds: []waygate.Kind{invalid}, sent: 1, do: func(t *testing.T, w *counting, v string) error {
			w.answer = func(*http.Request) (http.Header, string) {
				text, _ := json.Marshal(v)
				return http.Header{}, `{"items":[],"next":` + string(text) + `}`
			}
			return w.read(t, waygate.HTTPAction{Records: "$.items", Pagination: pagination.Link{Path: "$.next"}}, nil)
		}},
	}
}
