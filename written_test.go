package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// fullIntegration uses every field there is.
func fullIntegration() waygate.Integration {
	return waygate.Integration{
		ID: "full", Name: "Full <&> API", Description: "all of it", DocsURL: "https://docs.example.com",
		BaseURL: "https://{region}.example.com/v1", Origins: []string{"https://uploads.example.com"},
		Auth:    auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{In: auth.InQuery, Name: "key"}}},
		Headers: map[string]string{"X-B": "{region}", "X-A": "${tenant.a:-none}"},
		Parameters: []waygate.ConnectionParameter{{Name: "region", Title: "Region", Description: "where", Pattern: "[a-z]+",
			Enum: []string{"eu", "us"}, Default: pointer("eu"), Optional: true}},
		Tags: []string{"crm", "sales"}, Retry: resilience.Exponential{MaxAttempts: 4, Base: time.Second},
		Breaker: &resilience.BreakerSettings{Failures: 7}, Limits: []resilience.Limit{{Rate: 10, Per: time.Minute, Burst: 3}},
		TenantLimits: []resilience.Limit{{Rate: 20}}, SharedLimits: []resilience.Limit{{Rate: 30, Burst: 1}},
		Concurrency: &resilience.Concurrency{Max: 4, Adaptive: true, Slow: time.Second},
		Pagination:  pagination.Link{}, Validation: waygate.Validation{Input: validation.Off, Response: validation.Strict},
		Timeout: waygate.Duration(90 * time.Second), AttemptTimeout: waygate.Duration(20 * time.Second), NotProcessed: true,
		Actions: []waygate.Action{
			waygate.HTTPAction{
				ID: "search", Name: "Search", Description: "a < b", Tags: []string{"read"}, Method: "POST", Path: "/s/{kind}?v=2",
				Headers: map[string]string{"X-C": "${call.c}"},
				Parameters: []waygate.Parameter{{Name: "kind", In: waygate.InPath, Required: true},
					{Name: "n", In: waygate.InQuery, As: "limit", Default: 12345678901234567}, {Name: "x", In: waygate.InHeader, Default: "é<"},
					{Name: "deep", In: waygate.InBody, Default: map[string]any{"b": []any{1.5, nil, true}, "a": 0}}},
				InputSchema: json.RawMessage(`{"type": "object"}`), OutputSchema: json.RawMessage(`{"type":"object"}`),
				InputMapping:  &mapping.Mapping{Mode: mapping.Fail, Fields: []mapping.Field{{From: "q", To: "query", Default: json.RawMessage(`"*"`)}}},
				OutputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "data.list", To: "items"}}},
				Validation:    waygate.Validation{Input: validation.Strict}, Records: "data.list", MappedRecords: "items",
				Pagination: pagination.Cursor{Path: "data.next", Param: "page.after", In: pagination.InBody, Limit: 50, LimitParam: "page.size", LimitIn: pagination.InBody},
				Retry:      resilience.Never{}, Timeout: waygate.Duration(30 * time.Second),
				Idempotency: &waygate.Idempotency{Header: "X-Once", Lifetime: waygate.Duration(time.Hour)},
				Effects:     waygate.Effects{ReadOnly: true, Destructive: true, Idempotent: true}, Deprecated: true,
				Metadata: map[string]string{"b": "2", "a": "1"},
			},
			get("plain"),
		},
	}
}

// TestWrittenForm shows that a definition survives being written and read, byte
// for byte, and means the same.
func TestWrittenForm(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	first := jsonText(t, fullIntegration())
	for _, field := range []string{"docs_url", "origins", "not_processed", "attempt_timeout", "breaker", "limits", "tenant_limits", "shared_limits", "concurrency", "metadata",
		"mapped_records", "idempotency", "lifetime", "deprecated", "destructive", `"timeout":"1m30s"`, `"kind":"http"`, `"kind":"any"`} {
		if !strings.Contains(first, field) {
			t.Errorf("%s is not in the written form", field)
		}
	}
	in, err := gw.ParseIntegration([]byte(first))
	must(t, err)
	second := jsonText(t, in)
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
	must(t, gw.Register(t.Context(), fullIntegration()))
	must(t, gw.Register(t.Context(), in)) // the same definition
	back, err := gw.Integration("full")
	must(t, err)
	if diff := cmp.Diff(first, jsonText(t, back)); diff != "" {
		t.Error(diff)
	}
	var indented bytes.Buffer
	must(t, json.Indent(&indented, []byte(first), "", "  "))
	again, err := gw.ParseIntegration(indented.Bytes())
	must(t, err)
	if diff := cmp.Diff(first, jsonText(t, again)); diff != "" {
		t.Error(diff)
	}
	_, err = json.Marshal(api(waygate.ActionFunc(waygate.ActionInfo{ID: "go"}, nil)))
	says(t, err, "api", "Go")
}

// TestWrittenFormErrors shows that what isn't understood is refused by name.
func TestWrittenFormErrors(t *testing.T) {
	t.Parallel()
	action := func(text string) string {
		return `{"id":"api","base_url":"https://api.example.com","auth":{"kind":"none"},"actions":[{"id":"ok","method":"GET","path":"/"},` + text + `]}`
	}
	whole := func(text string) string {
		return `{"id":"api","base_url":"https://api.example.com","auth":{"kind":"none"}` + text + `}`
	}
	cases := map[string]struct {
		text string
		says []string
	}{
		"empty":             {``, []string{"definition"}},
		"no object":         {`[]`, nil},
		"two":               {whole("") + whole(""), nil},
		"cut off":           {`{"id":"api"`, nil},
		"unknown member":    {whole(`,"base_uri":"x"`), []string{"base_uri"}},
		"another case":      {whole(`,"Base_URL":"https://evil.example.com"`), []string{"Base_URL"}},
		"twice":             {whole(`,"id":"other"`), []string{"id", "twice"}},
		"twice below":       {action(`{"id":"x","method":"GET","path":"/","metadata":{"a":"1","a":"2"}}`), []string{"a", "twice"}},
		"unknown scheme":    {`{"id":"api","auth":{"kind":"magic"}}`, []string{"auth", "magic", "bearer"}},
		"scheme's member":   {`{"id":"api","auth":{"kind":"bearer","tokn":"x"}}`, []string{"auth", "tokn"}},
		"no kind of scheme": {`{"id":"api","auth":{}}`, []string{"auth", "kind"}},
		"unknown strategy":  {whole(`,"pagination":{"kind":"magic"}`), []string{"pagination", "magic", "cursor"}},
		"unknown policy":    {whole(`,"retry":{"kind":"magic"}`), []string{"retry", "magic", "never"}},
		"breaker's member":  {whole(`,"breaker":{"failure":1}`), []string{"failure"}},
		"limit's member":    {whole(`,"limits":[{"rat":1}]`), []string{"rat"}},
		"duration":          {whole(`,"timeout":"soon"`), []string{"timeout", "30s"}},
		"duration's type":   {whole(`,"timeout":30}`), nil},
		"parameter's own":   {whole(`,"parameters":[{"name":"x","patern":"y"}]`), []string{"patern"}},
		"unknown action":    {action(`{"kind":"soap","id":"x"}`), []string{"actions[1]", "(x)", "soap", "http", "Config.Kinds.Actions"}},
		"action's member":   {action(`{"id":"x","methd":"GET"}`), []string{"actions[1]", "(x)", "methd"}},
		"action's case":     {action(`{"id":"x","Method":"GET","path":"/"}`), []string{"actions[1]", "Method"}},
		"no action":         {action(`3`), []string{"actions[1]", "object"}},
		"action's strategy": {action(`{"id":"x","pagination":{"kind":"cursor","pat":"y"}}`), []string{"actions[1]", "pagination", "pat"}},
		"action's policy":   {action(`{"id":"x","retry":{"kind":"exponential","base":"never"}}`), []string{"actions[1]", "retry"}},
		"mapping's member":  {action(`{"id":"x","input_mapping":{"fields":[{"form":"a","to":"b"}]}}`), []string{"actions[1]", "form"}},
		"too deep":          {whole(`,"x":` + strings.Repeat("[", 1000) + strings.Repeat("]", 1000)), nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gw := wired(t, always(200, `{}`))
			_, err := gw.ParseIntegration([]byte(c.text))
			e := failure(t, err, waygate.KindConfig)
			says(t, err, c.says...)
			if e.Op != "parse" {
				t.Errorf("op %q", e.Op)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		t.Parallel()
		gw := wired(t, always(200, `{}`))
		_, err := gw.ParseIntegration(bytes.Repeat([]byte{' '}, 16<<20+1))
		failure(t, err, waygate.KindConfig)
		says(t, err, "16777216")
	})
}

// stamp is a scheme, a strategy, a policy or an action of a host's own.
type stamp struct {
	Name string `json:"name"`
}

func (s stamp) written(kind string) ([]byte, error) {
	return fmt.Appendf(nil, `{"kind":%q,"name":%q}`, kind, s.Name), nil
}

type ownScheme struct{ stamp }

func (ownScheme) Kind() string                   { return "own_scheme" }
func (ownScheme) Validate() error                { return nil }
func (ownScheme) Accepts(auth.Credential) error  { return nil }
func (s ownScheme) MarshalJSON() ([]byte, error) { return s.written(s.Kind()) }
func (s ownScheme) Authorize(_ context.Context, r *http.Request, _ auth.Credential) error {
	r.Header.Set("X-Own", s.Name)
	return nil
}

type ownStrategy struct{ stamp }

func (ownStrategy) Kind() string                   { return "own_strategy" }
func (ownStrategy) Validate() error                { return nil }
func (s ownStrategy) MarshalJSON() ([]byte, error) { return s.written(s.Kind()) }
func (s ownStrategy) First() []pagination.Param {
	return []pagination.Param{{Name: "first", Value: s.Name}}
}
func (ownStrategy) Next(pagination.Page) (*pagination.Next, error) { return nil, nil }

type ownPolicy struct{ stamp }

func (ownPolicy) Kind() string                           { return "own_policy" }
func (ownPolicy) Validate() error                        { return nil }
func (s ownPolicy) MarshalJSON() ([]byte, error)         { return s.written(s.Kind()) }
func (ownPolicy) Attempts() int                          { return 2 }
func (ownPolicy) Wait(int, func() float64) time.Duration { return 0 }

type ownAction struct{ stamp }

func (a ownAction) Info() waygate.ActionInfo     { return waygate.ActionInfo{ID: a.Name} }
func (ownAction) Kind() string                   { return "own_action" }
func (a ownAction) MarshalJSON() ([]byte, error) { return a.written(a.Kind()) }
func (a ownAction) Do(context.Context, *waygate.Call) (*waygate.Response, error) {
	return &waygate.Response{Value: "own " + a.Name}, nil
}

// ownKinds decode them.
func ownKinds() waygate.Kinds {
	name := func(raw []byte) (s stamp) { _ = json.Unmarshal(raw, &s); return s }
	return waygate.Kinds{
		Auth: auth.KindMap{"own_scheme": func(raw []byte, _ auth.KindMap) (auth.Scheme, error) { return ownScheme{name(raw)}, nil }},
		Pagination: pagination.KindMap{"own_strategy": func(raw []byte, _ pagination.KindMap) (pagination.Strategy, error) {
			return ownStrategy{name(raw)}, nil
		}},
		Retry: resilience.KindMap{"own_policy": func(raw []byte, _ resilience.KindMap) (resilience.Policy, error) {
			return ownPolicy{name(raw)}, nil
		}},
		Actions: waygate.ActionKindMap{
			"own_action": func(raw []byte, _ waygate.Kinds) (waygate.Action, error) { return ownAction{name(raw)}, nil },
			"nothing":    func([]byte, waygate.Kinds) (waygate.Action, error) { return nil, nil },
			"failing":    func([]byte, waygate.Kinds) (waygate.Action, error) { return nil, errors.New("not today") },
		},
	}
}

// TestOwnKinds shows a scheme, a strategy, a policy and an action of the host in
// a written definition.
func TestOwnKinds(t *testing.T) {
	t.Parallel()
	n := 0
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		if n++; n == 1 {
			return reply(r, 503, `{}`), nil
		}
		return reply(r, 200, `[]`), nil
	}}
	gw := wired(t, w, func(c *waygate.Config) { c.Kinds = ownKinds() })
	text := `{"id":"api","base_url":"https://api.example.com","auth":{"kind":"own_scheme","name":"s"},` +
		`"retry":{"kind":"own_policy","name":"r"},"pagination":{"kind":"own_strategy","name":"p"},` +
		`"actions":[{"kind":"own_action","name":"go"},{"kind":"http","id":"get","method":"GET","path":"/get"}]}`
	in, err := gw.ParseIntegration([]byte(text))
	must(t, err)
	if diff := cmp.Diff(text, jsonText(t, in)); diff != "" {
		t.Error(diff)
	}
	must(t, gw.Register(t.Context(), in))
	must(t, gw.Register(t.Context(), in))
	acme := connect(t, gw, "acme", "api", pat)
	res, err := acme.Invoke(t.Context(), "api.get", nil)
	must(t, err)
	if got := w.last(t); got.header.Get("X-Own") != "s" || got.query != "first=p" || res.Meta.Attempts != 2 {
		t.Errorf("the host's kinds did not work: %+v after %d attempts", got, res.Meta.Attempts)
	}
	res, err = acme.Invoke(t.Context(), "api.go", nil)
	must(t, err)
	if res.Value() != "own go" {
		t.Errorf("got %v", res.Value())
	}
	for kind, want := range map[string]string{"nothing": "no action", "failing": "not today"} {
		_, err = gw.ParseIntegration([]byte(`{"id":"api","auth":{"kind":"none"},"actions":[{"kind":"` + kind + `"}]}`))
		says(t, err, "actions[0]", want)
	}
}
