package hostile_test

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// depth is more than the stack holds: what follows a value down takes more than 16 bytes for each level.
const (
	depth    = 1_000_000
	maxStack = 16 << 20
)

type (
	node   struct{ Next *node }
	list   []list
	ring   map[string]ring
	holder struct {
		A any             `json:"a"`
		R json.RawMessage `json:"r,omitempty"`
	}
	// speaker writes itself as a text that is too deep.
	speaker struct{}
)

func (speaker) MarshalJSON() ([]byte, error) { return deepText(), nil }

func deepText() []byte {
	return []byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))
}

// deepValues are trees that no parser should follow to their end. They are made when they are wanted.
func deepValues() map[string]func() any {
	nested := func() any {
		var v any = []any{}
		for range depth {
			v = []any{v}
		}
		return v
	}
	return map[string]func() any{
		"nested arrays": nested,
		"nested objects": func() any {
			v := map[string]any{}
			for range depth / 10 {
				v = map[string]any{"a": v}
			}
			return v
		},
		"nested in a struct": func() any { return holder{A: nested()} },
		"raw":                func() any { return json.RawMessage(deepText()) },
		"raw in a struct":    func() any { return holder{R: deepText()} },
		"raw and broken":     func() any { return json.RawMessage(strings.Repeat(`{"a":`, depth)) },
		"raw in an array":    func() any { return []any{json.RawMessage(deepText())} },
		"typed": func() any {
			v := list{}
			for range depth {
				v = list{v}
			}
			return v
		},
		"linked": func() any {
			v := &node{}
			for range depth {
				v = &node{v}
			}
			return v
		},
		"marshaler":          func() any { return speaker{} },
		"cyclic pointer":     func() any { v := &node{}; v.Next = v; return v },
		"cyclic map":         func() any { v := map[string]any{}; v["a"] = v; return v },
		"cyclic typed map":   func() any { v := ring{}; v["a"] = v; return v },
		"cyclic slice":       func() any { v := []any{nil}; v[0] = v; return v },
		"cyclic typed slice": func() any { v := list{nil}; v[0] = v; return v },
		"cyclic interface":   func() any { var v any; v = &v; return v },
		"cyclic struct":      func() any { v := &holder{}; v.A = v; return v },
		"wide map": func() any { // a million nodes, most of them the same
			v, row := map[string]any{}, make([]any, 1000)
			for i := range 1001 {
				v[itoa(i)] = row
			}
			return v
		},
		"wide typed map": func() any {
			v, row := map[int][]int{}, make([]int, 1000)
			for i := range 1001 {
				v[i] = row
			}
			return v
		},
		"wide slice":       func() any { return make([]any, 1_001_000) },
		"wide typed slice": func() any { return make([]int, 1_001_000) },
	}
}

// TestDeepInput gives values that would exhaust the stack, or never end, to each place that takes a Go value or a JSON
// text. One process takes one value through all of them; a stack that overflows ends it.
func TestDeepInput(t *testing.T) {
	t.Parallel()
	for name, value := range deepValues() {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			inChild(t, roomy, func(t *testing.T) {
				debug.SetMaxStack(maxStack)
				deepEverywhere(t, value(), strings.HasPrefix(name, "wide"))
			})
		})
	}
}

func deepEverywhere(t *testing.T, v any, slow bool) {
	w := newCounting(t)
	give := func(id string, do func(c *waygate.Call) (*waygate.Response, error)) waygate.Action {
		return waygate.ActionFunc(waygate.ActionInfo{ID: id}, func(_ context.Context, c *waygate.Call) (*waygate.Response, error) { return do(c) })
	}
	must(t, w.gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: home, Auth: auth.Bearer{}, Actions: []waygate.Action{
		waygate.HTTPAction{ID: "x", Method: "POST", Path: "/x"},
		waygate.HTTPAction{ID: "query", Method: "GET", Path: "/x", Parameters: []waygate.Parameter{{Name: "v", In: waygate.InQuery, Style: waygate.StyleJSON}}},
		waygate.HTTPAction{ID: "form", Method: "POST", Path: "/x", Body: &waygate.Body{Encoding: waygate.BodyForm}},
		give("value", func(*waygate.Call) (*waygate.Response, error) { return &waygate.Response{Value: v}, nil }),
		give("refused", func(*waygate.Call) (*waygate.Response, error) { return &waygate.Response{Status: 400, Value: v}, nil }),
		give("nested", func(c *waygate.Call) (*waygate.Response, error) {
			_, err := c.Invoke(t.Context(), "x", map[string]any{"v": v})
			return nil, err
		}),
		pager{give("pages", func(*waygate.Call) (*waygate.Response, error) { return &waygate.Response{Value: []int{1}}, nil }), v},
	}}))
	must(t, w.connect(t, waygate.ConnectionSpec{}))
	acme := w.gw.Tenant("acme")
	invoke := func(action string, in any) error { _, err := acme.Invoke(t.Context(), "api."+action, in); return err }
	preview := func(in any) error { _, err := acme.Preview(t.Context(), "api.x", in); return err }
	collect := func() error { _, err := acme.Collect(t.Context(), "api.pages", nil); return err }
	for name, c := range map[string]struct {
		kind waygate.Kind
		try  func() error
	}{
		"input":         {badInput, func() error { return invoke("x", v) }},
		"action value":  {invalid, func() error { return invoke("value", nil) }},
		"member":        {badInput, func() error { return invoke("x", map[string]any{"v": v}) }},
		"query":         {badInput, func() error { return invoke("query", map[string]any{"v": v}) }},
		"form":          {badInput, func() error { return invoke("form", map[string]any{"v": v}) }},
		"nested call":   {badInput, func() error { return invoke("nested", nil) }},
		"preview":       {badInput, func() error { return preview(map[string]any{"v": v}) }},
		"variable":      {badInput, func() error { return acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: v}) }},
		"refused value": {waygate.KindRejected, func() error { return invoke("refused", nil) }},
		"next input":    {config, collect},
	} {
		if slow && name != "input" && name != "action value" {
			continue
		}
		err := c.try()
		if got := kindOf(t, err); got != c.kind {
			t.Errorf("%s: got %q, want %q: %.300v", name, got, c.kind, err)
		}
	}
	if n := w.sent.Load(); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// pager says a next input.
type pager struct {
	waygate.Action
	next any
}

func (p pager) Next(context.Context, *waygate.Call, *waygate.Response) (any, bool, error) {
	return p.next, true, nil
}

// TestDeepDefinitions gives texts of a million levels to what reads definitions and tokens.
func TestDeepDefinitions(t *testing.T) {
	t.Parallel()
	inChild(t, roomy, func(t *testing.T) {
		debug.SetMaxStack(maxStack)
		w := newCounting(t)
		arrays, objects := string(deepText()), strings.Repeat(`{"a":`, depth/2)+"1"+strings.Repeat("}", depth/2)
		for _, text := range []string{arrays, objects, objects[:len(objects)/2]} {
			for name, err := range map[string]error{
				"definition":   second(w.gw.ParseIntegration([]byte(text))),
				"member":       second(w.gw.ParseIntegration([]byte(`{"id":"a","auth":` + text + `}`))),
				"action":       second(w.gw.ParseIntegration([]byte(`{"id":"a","auth":{"kind":"bearer"},"actions":[` + text + `]}`))),
				"input schema": w.register(t, waygate.HTTPAction{InputSchema: json.RawMessage(text)}),
				"nested schema": w.register(t, waygate.HTTPAction{OutputSchema: json.RawMessage(
					strings.Repeat(`{"items":`, depth/2) + "{}" + strings.Repeat("}", depth/2))}),
				"default":   w.register(t, waygate.HTTPAction{Parameters: []waygate.Parameter{{Name: "v", In: waygate.InQuery, Style: waygate.StyleJSON, Default: json.RawMessage(text)}}}),
				"records":   w.register(t, waygate.HTTPAction{Records: "$" + strings.Repeat(".a", depth)}),
				"path":      w.register(t, waygate.HTTPAction{Path: "/" + strings.Repeat("{a}", depth/2)}),
				"records 2": w.register(t, waygate.HTTPAction{Records: "$" + strings.Repeat("[", depth)}),
			} {
				if err == nil {
					t.Errorf("%s: no error", name)
				} else if kind := kindOf(t, err); kind != config && kind != badInput {
					t.Errorf("%s: %q: %.300v", name, kind, err)
				}
			}
		}
		must(t, w.register(t, waygate.HTTPAction{}))
		must(t, w.connect(t, waygate.ConnectionSpec{}))
		for _, token := range []string{arrays, strings.Repeat("A", depth), "…"} {
			if err := w.invoke(t, nil, waygate.Continue(token)); kindOf(t, err) != config && kindOf(t, err) != badInput {
				t.Errorf("token: %.300v", err)
			}
		}
		if n := w.sent.Load(); n != 0 {
			t.Errorf("%d requests were sent", n)
		}
	})
}

func second[T any](_ T, err error) error { return err }
