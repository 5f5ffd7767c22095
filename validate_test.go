package waygate_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/validation"
)

// posting is a POST that checks its input.
func posting(schema string, v waygate.Validation) waygate.HTTPAction {
	return waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", InputSchema: []byte(schema), Validation: v}
}

// TestInputRules shows what is sent of an input that doesn't fit, under each rule.
func TestInputRules(t *testing.T) {
	t.Parallel()
	const schema = `{"required":["n"],"properties":{"n":{"type":"integer"},"s":{"type":"string","default":"x"}}}`
	for name, c := range map[string]struct {
		rules waygate.Validation
		input any
		sent  string
		field string // of the error, if there is one
	}{
		"strict":                  {waygate.Validation{}, map[string]any{"n": "5"}, "", "/n type"},
		"coerce":                  {waygate.Validation{Input: "coerce"}, map[string]any{"n": "5"}, `{"n":5,"s":"x"}`, ""},
		"coerce fails":            {waygate.Validation{Input: "coerce"}, map[string]any{"n": "five"}, "", "/n type"},
		"coerce, nothing given":   {waygate.Validation{Input: "coerce"}, nil, "", "/n required"},
		"off":                     {waygate.Validation{Input: "off"}, map[string]any{"n": "5"}, `{"n":"5"}`, ""},
		"nulls rejected":          {waygate.Validation{}, map[string]any{"n": 1, "s": nil}, "", "/s type"},
		"nulls become defaults":   {waygate.Validation{InputNulls: "default"}, map[string]any{"n": 1, "s": nil}, `{"n":1,"s":"x"}`, ""},
		"nulls pass":              {waygate.Validation{InputNulls: "pass"}, map[string]any{"n": nil, "s": nil}, `{"n":null,"s":null}`, ""},
		"extra members kept":      {waygate.Validation{}, map[string]any{"n": 1, "z": 2}, `{"n":1,"z":2}`, ""},
		"extra members stripped":  {waygate.Validation{InputExtra: "strip"}, map[string]any{"n": 1, "z": 2}, `{"n":1}`, ""},
		"extra members are wrong": {waygate.Validation{InputExtra: "error"}, map[string]any{"n": 1, "z": 2}, "", "/z additionalProperties"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, inherited := range []bool{false, true} {
				w := always(200, `{}`)
				a := posting(schema, c.rules)
				in := api(a)
				if inherited {
					a.Validation, in.Validation = waygate.Validation{}, c.rules
					in.Actions = []waygate.Action{a}
				}
				_, acme := ready(t, w, in)
				_, err := acme.Invoke(t.Context(), "api.a", c.input)
				if c.field != "" {
					e := failure(t, err, waygate.KindInvalidInput)
					if got := e.Fields[0].Pointer + " " + e.Fields[0].Keyword; got != c.field || len(w.seen()) != 0 {
						t.Errorf("inherited %v: field %q, %d sent", inherited, got, len(w.seen()))
					}
					continue
				}
				must(t, err)
				if got := w.last(t).body; got != c.sent {
					t.Errorf("inherited %v: sent %s, want %s", inherited, got, c.sent)
				}
			}
		})
	}
}

// TestInputIsValidatedAfterItsMapping shows that the schema is of the mapped input,
// and that what is sent is what was validated.
func TestInputIsValidatedAfterItsMapping(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	a := posting(`{"required":["count"],"properties":{"count":{"type":"integer"}},"additionalProperties":false}`, waygate.Validation{Input: "coerce"})
	a.InputMapping = &mapping.Mapping{Fields: []mapping.Field{{From: "n", To: "count"}}}
	_, acme := ready(t, w, api(a))
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"n": "5"})
	must(t, err)
	if got := w.last(t).body; got != `{"count":5}` {
		t.Errorf("sent %s", got)
	}
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"m": "5"})
	if e := failure(t, err, waygate.KindInvalidInput); len(e.Fields) != 2 {
		t.Errorf("fields %v", e.Fields)
	}
}

// TestResponseRules shows what a caller gets of an answer that doesn't fit, under
// each rule, and what pagination reads.
func TestResponseRules(t *testing.T) {
	t.Parallel()
	const schema = `{"properties":{"id":{"type":"integer"},"name":{"type":"string","default":"?"}}}`
	for name, c := range map[string]struct {
		rules    waygate.Validation
		want     string
		warnings int
		fails    bool
	}{
		"warn":             {waygate.Validation{}, `{"cursor":"c","id":"7","name":null}`, 2, false},
		"strict":           {waygate.Validation{Response: "strict"}, "", 0, true},
		"coerce":           {waygate.Validation{Response: "coerce", ResponseNulls: "default"}, `{"cursor":"c","id":7,"name":"?"}`, 0, false},
		"coerce can't":     {waygate.Validation{Response: "coerce"}, "", 0, true},
		"coerce and strip": {waygate.Validation{Response: "coerce", ResponseNulls: "pass", ResponseExtra: "strip"}, `{"id":7,"name":null}`, 0, false},
		"warn of extra":    {waygate.Validation{ResponseExtra: "error"}, `{"cursor":"c","id":"7","name":null}`, 3, false},
		"off":              {waygate.Validation{Response: "off"}, `{"cursor":"c","id":"7","name":null}`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := get("a")
			a.OutputSchema, a.Validation = []byte(schema), c.rules
			a.Pagination = pagination.Cursor{Path: "cursor", Param: "after"}
			_, acme := ready(t, always(200, `{"id":"7","name":null,"cursor":"c"}`), api(a))
			res, err := acme.Invoke(t.Context(), "api.a", nil)
			if c.fails {
				failure(t, err, waygate.KindInvalidResponse)
				return
			}
			must(t, err)
			if got := string(res.JSON()); got != c.want || len(res.Meta.Warnings) != c.warnings {
				t.Errorf("got %s, warnings %q", got, res.Meta.Warnings)
			}
			if !res.Meta.HasMore {
				t.Error("pagination read the changed answer")
			}
		})
	}
}

// TestValidationRefused shows that choices which don't exist fail at registration,
// with the field.
func TestValidationRefused(t *testing.T) {
	t.Parallel()
	for field, v := range map[string]waygate.Validation{
		"validation.input: ":          {Input: "warn"},
		"validation.response: ":       {Response: "lax"},
		"validation.input_nulls: ":    {InputNulls: "drop"},
		"validation.input_extra: ":    {InputExtra: "drop"},
		"validation.response_nulls: ": {Response: "off", ResponseNulls: "pass"},
		"validation.response_extra: ": {Response: "off", ResponseExtra: "strip"},
	} {
		gw := wired(t, always(200, `{}`))
		err := gw.Register(t.Context(), api(posting(`{}`, v)))
		says(t, err, field, "action a")
		in := api(get("a"))
		in.Validation = v
		says(t, gw.Register(t.Context(), in), field)
	}
	// An action may turn off what its integration asks for.
	in := api(posting(`{"type":"array"}`, waygate.Validation{Input: "off"}))
	in.Validation = waygate.Validation{InputExtra: "error"}
	_, acme := ready(t, always(200, `{}`), in)
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"a": 1})
	must(t, err)
}

// TestDriftOverTime shows the levels of an action over two hours of answers that
// don't fit, and that values which were coerced count, too.
func TestDriftOverTime(t *testing.T) {
	t.Parallel()
	for _, mode := range []validation.Mode{validation.Warn, validation.Coerce} {
		synctest.Test(t, func(t *testing.T) {
			seen := &watcher{}
			body := `{"id":"7"}`
			w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) { return reply(r, 200, body), nil }}
			a := get("a")
			a.OutputSchema, a.Validation = []byte(`{"properties":{"id":{"type":"integer"}}}`), waygate.Validation{Response: mode}
			gw, acme := ready(t, w, api(a), func(c *waygate.Config) { c.Observers = []waygate.Observer{seen} })
			call := func() {
				t.Helper()
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				must(t, err)
			}
			levels := []validation.Level{gw.Drift("api.a").Level}
			for range 5 {
				call()
				levels = append(levels, gw.Drift("api.a").Level)
				time.Sleep(time.Minute)
			}
			want := []validation.Level{"normal", "warning", "warning", "warning", "warning", "alert"}
			if diff := cmp.Diff(want, levels); diff != "" || len(seen.alerts) != 1 {
				t.Errorf("%s: %d alerts, %s", mode, len(seen.alerts), diff)
			}
			fields := gw.Drift("api.a").Fields
			if len(fields) != 1 || fields[0].Pointer != "/id" || fields[0].Keyword != "type" || fields[0].Count != 5 || fields[0].Level != "alert" {
				t.Errorf("%s: fields %+v", mode, fields)
			}
			body = `{"id":7}`
			time.Sleep(61 * time.Minute)
			call()
			if d := gw.Drift("api.a"); d.Level != "normal" || len(d.Fields) != 0 {
				t.Errorf("%s: after an hour %+v", mode, d)
			}
		})
	}
}

// TestOtherEngine shows a host's own engine in the way of a call.
func TestOtherEngine(t *testing.T) {
	t.Parallel()
	engine := validation.Kaptinlin{Documents: map[string][]byte{"https://example.com/id.json": []byte(`{"type":"integer"}`)}}
	a := posting(`{"properties":{"id":{"$ref":"https://example.com/id.json"}}}`, waygate.Validation{Input: "coerce"})
	w := always(200, `{}`)
	_, acme := ready(t, w, api(a), func(c *waygate.Config) { c.Engine = engine })
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"id": "x"})
	failure(t, err, waygate.KindInvalidInput)
	_, err = acme.Invoke(t.Context(), "api.a", map[string]any{"id": "7"})
	must(t, err)
	if got := w.last(t).body; got != `{"id":7}` {
		t.Errorf("sent %s", got)
	}
	gw := wired(t, w)
	err = gw.Register(t.Context(), api(a))
	var refused *validation.SchemaError
	if !errors.As(err, &refused) || !strings.Contains(fmt.Sprint(err), "input_schema") {
		t.Errorf("without the document: %v", err)
	}
}
