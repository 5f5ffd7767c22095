package waygate_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/validation"
)

// spoil changes all that an action's lists and maps hold.
func spoil(in waygate.Integration) {
	for _, def := range in.Actions {
		a, ok := def.(waygate.HTTPAction)
		if !ok {
			continue
		}
		for _, list := range [][]string{a.Tags} {
			for i := range list {
				list[i] = "spoilt"
			}
		}
		a.Metadata["k"], a.Headers["X-Way"] = "spoilt", "spoilt"
		a.Parameters[0].Name = "spoilt"
		a.InputSchema[0], a.OutputSchema[0] = 'x', 'x'
		a.Answers[0].Status[0] = 500
		a.Idempotency.Header = "X-Spoilt"
		a.Body.Encoding = "spoilt"
	}
}

// TestDefinitionIsTheGatewaysOwn holds that a definition stays as it was registered, whatever becomes of the lists and maps
// that the caller gave, or was given.
func TestDefinitionIsTheGatewaysOwn(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	in := api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", Tags: []string{"one"}, Metadata: map[string]string{"k": "v"},
		Headers: map[string]string{"X-Way": "on"}, Parameters: []waygate.Parameter{{Name: "p", In: waygate.InQuery}},
		InputSchema: json.RawMessage(`{"type":"object"}`), OutputSchema: json.RawMessage(`{"type":"object","$defs":{"a":true}}`),
		Answers:     []resilience.Answer{{Status: []int{409}, Means: resilience.Retry}},
		Idempotency: &waygate.Idempotency{Header: "X-Key"}, Body: &waygate.Body{Encoding: waygate.BodyForm}})
	text, err := json.Marshal(in)
	must(t, err)
	must(t, gw.Register(t.Context(), in))
	listed := gw.Actions(waygate.ActionFilter{})
	spoil(in)
	for range 2 {
		out, err := gw.Integration("api")
		must(t, err)
		got, err := json.Marshal(out)
		must(t, err)
		if diff := cmp.Diff(string(text), string(got)); diff != "" {
			t.Error(diff)
		}
		again := gw.Actions(waygate.ActionFilter{})
		if diff := cmp.Diff(listed, again); diff != "" {
			t.Error(diff)
		}
		spoil(out)
		again[0].Info.Idempotency.Header, again[0].Info.Answers[0].Status[0] = "X-Spoilt", 500
	}
}

// TestPointersAndValuesAreOne holds that a definition is what is written of it: an action and a pointer to it are the same.
func TestPointersAndValuesAreOne(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	a := posting(numbered, waygate.Validation{})
	must(t, gw.Register(t.Context(), api(a)))
	if err := gw.Register(t.Context(), api(&a)); err != nil {
		t.Error(err)
	}
}

// laxEngine takes every schema.
type laxEngine struct{ validation.Engine }

func (laxEngine) Compile([]byte) (validation.Schema, error) { return ownSchema{}, nil }

func (laxEngine) Vet() func([]byte) error { return func([]byte) error { return nil } }

// TestRegisterRefusesWhatItCannotCoerce holds that a schema that only the host's engine knows is refused by Register where
// values are to be coerced by it, not by each call.
func TestRegisterRefusesWhatItCannotCoerce(t *testing.T) {
	t.Parallel()
	const own = `{"$schema":"http://json-schema.org/draft-04/schema#"}`
	for name, c := range map[string]struct {
		rules   waygate.Validation
		refused bool
	}{
		"coerce": {waygate.Validation{Input: validation.Coerce}, true},
		"nulls":  {waygate.Validation{InputNulls: validation.NullsPass}, true},
		"strict": {waygate.Validation{}, false},
		"off":    {waygate.Validation{Input: validation.Off}, false},
	} {
		gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Engine = laxEngine{} })
		err := gw.Register(t.Context(), api(posting(own, c.rules)))
		if (err != nil) != c.refused || c.refused && (!errors.Is(err, waygate.ErrConfig) || !strings.Contains(err.Error(), "action a: input_schema")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// brokenVetter panics before it vets.
type brokenVetter struct{ validation.Kaptinlin }

func (brokenVetter) Vet() func([]byte) error { panic("no") }

// TestVetterThatPanics holds that an engine's panic is an error of the definition.
func TestVetterThatPanics(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Engine = brokenVetter{} })
	if err := gw.Register(t.Context(), api(posting(numbered, waygate.Validation{}))); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("%v", err)
	}
}
