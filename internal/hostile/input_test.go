package hostile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
)

const (
	badInput = waygate.KindInvalidInput
	config   = waygate.KindConfig
)

// trial is one way of giving something to a gateway. It is run for each of its values; a way that can take the value in
// no form is refused when it is registered, connected or called: in all cases nothing is sent.
type trial struct {
	values []string
	kinds  []waygate.Kind // any of them will do
	// sent is how many requests come before the refusal.
	sent int64
	do   func(t *testing.T, w *counting, v string) error
}

// counting is a gateway whose requests go nowhere and are counted.
type counting struct {
	gw   *waygate.Gateway
	sent atomic.Int64
	// answer is what each request gets; {} by default.
	answer func(r *http.Request) (http.Header, string)
	last   *http.Request
}

func (w *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil { // a request whose body fails is none
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
	}
	w.sent.Add(1)
	w.last = r
	h, body := http.Header{}, "{}"
	if w.answer != nil {
		h, body = w.answer(r)
	}
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
}

func newCounting(t *testing.T, change ...func(*waygate.Config)) *counting {
	w := &counting{}
	w.gw, _ = gateway(t, policy(), append(change, func(c *waygate.Config) {
		c.Transport = func(http.RoundTripper) http.RoundTripper { return w }
	})...)
	return w
}

const home = "https://api.example.com"

// register gives the gateway an integration with one action "x".
func (w *counting) register(t *testing.T, a waygate.HTTPAction, change ...func(*waygate.Integration)) error {
	a.ID = "x"
	if a.Method == "" {
		a.Method = "GET"
	}
	if a.Path == "" {
		a.Path = "/x"
	}
	in := waygate.Integration{ID: "api", BaseURL: home, Auth: auth.Bearer{}, Actions: []waygate.Action{a}}
	for _, c := range change {
		c(&in)
	}
	return w.gw.Register(t.Context(), in)
}

// connect makes a connection to it.
func (w *counting) connect(t *testing.T, spec waygate.ConnectionSpec) error {
	spec.Slug = "main"
	if spec.Credential.Kind == "" {
		spec.Credential = auth.Token(canary)
	}
	_, err := w.gw.Tenant("acme").Connect(t.Context(), "api", spec)
	return err
}

func (w *counting) invoke(t *testing.T, in any, opts ...waygate.Option) error {
	_, err := w.gw.Tenant("acme").Invoke(t.Context(), "api.x", in, opts...)
	return err
}

// call registers, connects and calls; all but the call must succeed.
func (w *counting) call(t *testing.T, a waygate.HTTPAction, in any, opts ...waygate.Option) error {
	t.Helper()
	must(t, w.register(t, a))
	must(t, w.connect(t, waygate.ConnectionSpec{}))
	return w.invoke(t, in, opts...)
}

// read reads all pages.
func (w *counting) read(t *testing.T, a waygate.HTTPAction, in any) error {
	t.Helper()
	must(t, w.register(t, a))
	must(t, w.connect(t, waygate.ConnectionSpec{}))
	for _, err := range waygate.Pages[any](t.Context(), w.gw.Tenant("acme"), "api.x", in) {
		if err != nil {
			return err
		}
	}
	return nil
}

// TestInput gives what no request can carry to each place that takes something.
func TestInput(t *testing.T) {
	t.Parallel()
	n := 0
	for _, list := range []map[string]trial{climbing(), breaking(), reserved()} {
		for name, tr := range list {
			for _, v := range tr.values {
				n++
				t.Run(name+"/"+fmt.Sprintf("%q", v), func(t *testing.T) {
					t.Parallel()
					w := newCounting(t)
					err := tr.do(t, w, v)
					kind := kindOf(t, err)
					ok := false
					for _, k := range tr.kinds {
						ok = ok || k == kind
					}
					if !ok || w.sent.Load() != tr.sent {
						t.Errorf("got %q with %d requests, want one of %q with %d: %v", kind, w.sent.Load(), tr.kinds, tr.sent, err)
					}
				})
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d trials", n)
	}
}

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
	parameter := func(t *testing.T, w *counting, base, v string) error {
		must(t, w.register(t, waygate.HTTPAction{}, func(in *waygate.Integration) {
			in.BaseURL, in.Parameters = base, []waygate.ConnectionParameter{{Name: "p"}}
		}))
		if err := w.connect(t, waygate.ConnectionSpec{Parameters: map[string]string{"p": v}}); err != nil {
			return err
		}
		return w.invoke(t, nil)
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
		"base URL's path": {values: append(dots(), "a/../b", "a/b?c", "a#b", "%2e%2e/"), kinds: []waygate.Kind{badInput}, do: func(t *testing.T, w *counting, v string) error {
			if v == "a/../b" || v == "a/b?c" || v == "a#b" || v == "%2e%2e/" { // escaped, they are one segment
				err := parameter(t, w, home+"/{p}", v)
				if err == nil && (strings.Count(w.last.URL.EscapedPath(), "/") != 2 || w.last.URL.RawQuery != "") {
					t.Errorf("%q became %s", v, w.last.URL)
				}
				w.sent.Store(0)
				return errors.Join(err, waygate.ErrInvalidInput, &waygate.Error{Kind: badInput})
			}
			return parameter(t, w, home+"/{p}", v)
		}},
		"base URL's host": {values: []string{"", ".", "..", "a/b", "evil.example.net/", "evil.example.net#", "evil.example.net?", "a@evil.example.net", "a:443", `a\`, "a%2f", "-", "a b"},
			kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error { return parameter(t, w, "https://{p}.example.com", v) }},
		"base URL": {values: []string{home + "?q=1", home + "#f", "https://a:b@api.example.com", "//api.example.com", "http://[::1", "ftp://api.example.com", "https:api.example.com", "https://"},
			kinds: []waygate.Kind{badInput, config}, do: func(t *testing.T, w *counting, v string) error {
				must(t, w.register(t, waygate.HTTPAction{}))
				if err := w.connect(t, waygate.ConnectionSpec{BaseURL: v}); err != nil {
					return err
				}
				return w.invoke(t, nil)
			}},
		// BUG: what a provider says that can't stand in the path is InvalidInput, as if the caller had said it.
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
		// BUG: in cookies the ends of lines are escaped, not refused.
		"cookie":                called(cookie, member),
		"cookie, grouped":       called(grouped, group("cookie", func(v string) map[string]any { return map[string]any{"c": v} })),
		"cookie's name":         called(grouped, group("cookie", func(v string) map[string]any { return map[string]any{"c" + v: "x"} })),
		"part's name":           called(parts, func(v string) any { return map[string]any{"p" + v: "x"} }),
		"file's name":           called(parts, func(v string) any { return map[string]any{"f": file(waygate.File{Name: v})} }),
		"file's name in a list": called(parts, func(v string) any { return map[string]any{"f": []any{file(waygate.File{Name: v})}} }),
		"file's type":           called(parts, func(v string) any { return map[string]any{"f": file(waygate.File{Type: "text/plain;" + v})} }),
		"file's type alone":     called(plain, func(v string) any { return map[string]any{"body": file(waygate.File{Type: "text/plain;" + v})} }),
		"name of a file's part": called(parts, func(v string) any { return map[string]any{"p" + v: file(waygate.File{})} }),
		"part's type": {values: ends(), kinds: []waygate.Kind{config}, do: func(t *testing.T, w *counting, v string) error {
			a := parts
			a.Parameters = []waygate.Parameter{{Name: "v", In: waygate.InBody, Type: "text/plain;" + v}}
			return w.register(t, a)
		}},
		// BUG: a line end at the end of a type is taken for white space, and goes out.
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

// only is the trial with other values.
func (tr trial) only(values ...string) trial { tr.values = values; return tr }

// reserved are the headers that only the transport, or the scheme, sets.
func reserved() map[string]trial {
	names := []string{"Host", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade", "TE", "Trailer", "Expect", "Accept-Encoding",
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
		// BUG: a parameter of the pagination may be an idempotency header, which makes net/http repeat.
		"reserved, cursor": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Records, a.Pagination = "$.items", pagination.Cursor{Path: "$.next", Param: name, In: pagination.InHeader}
		}),
		"reserved, page size": definition(all, func(a *waygate.HTTPAction, _ *waygate.Integration, name string) {
			a.Records, a.Pagination = "$.items", pagination.Link{Limit: 5, LimitParam: name, LimitIn: pagination.InHeader}
		}),
		"reserved, scheme": definition(without(names, "uthorization"), func(_ *waygate.HTTPAction, in *waygate.Integration, name string) {
			if !strings.EqualFold(name, "Authorization") { // which is what schemes are for
				in.Auth = auth.Key{Name: name}
			} else {
				in.Auth = nil
			}
		}),
	}
}
