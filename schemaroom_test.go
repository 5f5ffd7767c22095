package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/validation"
)

// countedEngine counts what is compiled. It vets as the engine around which it stands does.
type countedEngine struct {
	validation.Kaptinlin
	compiled *atomic.Int64
	takes    time.Duration
	refuse   error // from Compile alone
	gone     *atomic.Int64
}

func (e countedEngine) Compile(schema []byte) (validation.Schema, error) {
	e.compiled.Add(1)
	time.Sleep(e.takes)
	if e.refuse != nil {
		return nil, e.refuse
	}
	s, err := e.Kaptinlin.Compile(schema)
	if err != nil || e.gone == nil {
		return s, err
	}
	own := &ownSchema{s}
	runtime.AddCleanup(own, func(n *atomic.Int64) { n.Add(1) }, e.gone)
	return own, nil
}

type ownSchema struct{ validation.Schema }

func counted(e *countedEngine) func(*waygate.Config) {
	e.compiled = &atomic.Int64{}
	return func(c *waygate.Config) { c.Engine = *e }
}

const numbered = `{"properties":{"n":{"type":"integer"}}}`

// TestSchemaIsCompiledOnFirstUse holds that registering compiles nothing, and that 64 calls at once, of two actions with
// the same schema, compile it once.
func TestSchemaIsCompiledOnFirstUse(t *testing.T) {
	t.Parallel()
	e := &countedEngine{takes: time.Millisecond}
	again := posting(numbered, waygate.Validation{})
	again.ID = "b"
	_, acme := ready(t, always(200, `{}`), api(posting(numbered, waygate.Validation{}), again), counted(e))
	if n := e.compiled.Load(); n != 0 {
		t.Errorf("%d schemas were compiled by registering", n)
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			_, err := acme.Invoke(t.Context(), []string{"api.a", "api.b"}[i%2], map[string]any{"n": "x"})
			if !errors.Is(err, waygate.ErrInvalidInput) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := e.compiled.Load(); n != 1 {
		t.Errorf("the schema was compiled %d times, want once", n)
	}
}

// TestRegisterRefusesSchemas holds that what can't be compiled is refused by Register, in the engine's own words.
func TestRegisterRefusesSchemas(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]string{
		"no JSON":             `{`,
		"type":                `{"properties":{"a":{"type":"text"}}}`,
		"no target":           `{"$ref":"#/$defs/a"}`,
		"no target, unused":   `{"$defs":{"a":{"$ref":"#/$defs/b"}}}`,
		"circle":              `{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"$ref":"#/$defs/a"}}}`,
		"pattern":             `{"properties":{"a":{"pattern":"(?=x)"}}}`,
		"names by pattern":    `{"patternProperties":{"(":{}}}`,
		"another document":    `{"$ref":"https://example.com/schema.json"}`,
		"another dialect":     `{"$schema":"http://json-schema.org/draft-04/schema#"}`,
		"too many applied":    doubled(15),
		"a member twice":      `{"type":"object","type":"object"}`,
		"required twice":      `{"required":["a","a"]}`,
		"in $defs":            `{"$defs":{"a":{"items":[]}}}`,
		"nested too deep":     strings.Repeat(`{"not":`, 200) + `{}` + strings.Repeat(`}`, 200),
		"null":                `null`,
		"enum of nothing":     `{"enum":[]}`,
		"an odd multiple":     `{"multipleOf":-1}`,
		"a count that isn't":  `{"maxLength":1.5}`,
		"larger than allowed": `{"description":"` + strings.Repeat("x", 1<<20) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, want := validation.Kaptinlin{}.Compile([]byte(schema))
			for field, a := range map[string]waygate.HTTPAction{
				"input_schema":  {ID: "a", Method: "POST", Path: "/a", InputSchema: json.RawMessage(schema)},
				"output_schema": {ID: "a", Method: "POST", Path: "/a", OutputSchema: json.RawMessage(schema)},
			} {
				err := wired(t, always(200, `{}`)).Register(t.Context(), api(get("b"), a))
				var refused *validation.SchemaError
				if !errors.Is(err, waygate.ErrConfig) || !errors.As(err, &refused) || refused.Error() != want.Error() ||
					!strings.Contains(err.Error(), "actions[1]: action a: "+field) {
					t.Errorf("%.300v; compiling says %.300v", err, want)
				}
			}
		})
	}
}

// doubled applies 2^n schemas to one value.
func doubled(n int) string {
	var b strings.Builder
	b.WriteString(`{"$ref":"#/$defs/d0","$defs":{`)
	for i := range n {
		fmt.Fprintf(&b, `"d%d":{"allOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, i, i+1, i+1)
	}
	fmt.Fprintf(&b, `"d%d":{}}}`, n)
	return b.String()
}

// TestSchemaRoomIsBounded holds that schemas are dropped where more are in use than there is room for, and that one that is
// used all the time stays.
func TestSchemaRoomIsBounded(t *testing.T) {
	t.Parallel()
	e := &countedEngine{}
	in := api()
	const many = 40
	for i := range many { // 36 MB of text
		a := posting(fmt.Sprintf(`{"description":"%d %s"}`, i, strings.Repeat("x", 900<<10)), waygate.Validation{})
		a.ID = fmt.Sprint("a", i)
		in.Actions = append(in.Actions, a)
	}
	_, acme := ready(t, always(200, `{}`), in, counted(e))
	call := func(i int) {
		t.Helper()
		_, err := acme.Invoke(t.Context(), fmt.Sprint("api.a", i), map[string]any{"n": 1})
		must(t, err)
	}
	for i := range many {
		call(0)
		call(i)
	}
	if n := e.compiled.Load(); n != many {
		t.Errorf("%d compilations for %d schemas, the first of which was always in use", n, many)
	}
	for i := range many {
		call(i)
	}
	if n := e.compiled.Load(); n < many+many/3 {
		t.Errorf("%d compilations: of 36 MB nothing was dropped", n)
	}
}

// TestReplacedSchemasGo holds that nothing keeps what was compiled for a definition that was replaced.
func TestReplacedSchemasGo(t *testing.T) {
	t.Parallel()
	e := &countedEngine{gone: &atomic.Int64{}}
	gw, acme := ready(t, always(200, `{}`), api(posting(numbered, waygate.Validation{})), counted(e))
	_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"n": 1})
	must(t, err)
	must(t, gw.Replace(t.Context(), api(get("b"))))
	for deadline := time.Now().Add(10 * time.Second); e.gone.Load() == 0; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatal("the compiled schema is still there")
		}
		_, err := acme.Invoke(t.Context(), "api.b", nil)
		must(t, err)
	}
}

// TestSchemaRefusedLate: an engine that vets well and then can't compile fails the call, not the process; and it isn't asked
// again for each call.
func TestSchemaRefusedLate(t *testing.T) {
	t.Parallel()
	e := &countedEngine{refuse: &validation.SchemaError{Reason: "out of order"}}
	w := always(200, `{}`)
	_, acme := ready(t, w, api(posting(numbered, waygate.Validation{})), counted(e))
	for range 3 {
		_, err := acme.Invoke(t.Context(), "api.a", map[string]any{"n": 1})
		if !errors.Is(err, waygate.ErrConfig) || !strings.Contains(err.Error(), "action a: input_schema: schema refused at the root: out of order") {
			t.Errorf("%v", err)
		}
	}
	if n := e.compiled.Load(); n != 1 || len(w.seen()) != 0 {
		t.Errorf("%d compilations, %d requests", n, len(w.seen()))
	}
}

// plainEngine can't vet.
type plainEngine struct{ validation.Engine }

// TestEngineWithoutVet holds that an engine that can't vet is asked to compile when an action is registered.
func TestEngineWithoutVet(t *testing.T) {
	t.Parallel()
	e := &countedEngine{compiled: &atomic.Int64{}}
	gw, acme := ready(t, always(200, `{}`), api(posting(numbered, waygate.Validation{})), func(c *waygate.Config) { c.Engine = plainEngine{*e} })
	if n := e.compiled.Load(); n != 1 {
		t.Errorf("%d compilations", n)
	}
	err := gw.Replace(t.Context(), api(posting(`{"type":"x"}`, waygate.Validation{})))
	if !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("%v", err)
	}
	if _, err := acme.Invoke(t.Context(), "api.a", map[string]any{"n": "x"}); !errors.Is(err, waygate.ErrInvalidInput) {
		t.Errorf("%v", err)
	}
}

// TestCompilingIsNotWaitedForLonger holds that a call ends by its deadline while another one compiles its schema.
func TestCompilingIsNotWaitedForLonger(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := &countedEngine{takes: time.Minute}
		_, acme := ready(t, always(200, `{}`), api(posting(numbered, waygate.Validation{})), counted(e))
		var wg sync.WaitGroup
		wg.Go(func() { _, _ = acme.Invoke(t.Context(), "api.a", map[string]any{"n": 1}) })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		_, err := acme.Invoke(ctx, "api.a", map[string]any{"n": 1})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		wg.Wait()
	})
}

// TestDefinitionComesBack holds that a definition, and what is listed, has the very schemas that were given, and that one
// that is equal but for white space counts as the same.
func TestDefinitionComesBack(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	spaced := `{ "$ref": "#/$defs/a", "$defs": { "a": {"type": "object"} , "b": {"const": "<&>"} } }`
	a := waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a", InputSchema: json.RawMessage(spaced),
		OutputSchema: json.RawMessage(`{"$defs":{"x":{"const":1},"y":{"const":2}},"$ref":"#/$defs/x"}`), Metadata: map[string]string{"k": "v"}, Tags: []string{"one"}}
	pointer := a
	pointer.ID = "b"
	in := api(a, &pointer)
	want, err := json.Marshal(in)
	must(t, err)
	must(t, gw.Register(t.Context(), in))
	out, err := gw.Integration("api")
	must(t, err)
	if got, err := json.Marshal(out); err != nil || string(got) != string(want) {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	for _, s := range gw.Actions(waygate.ActionFilter{}) {
		if string(s.Info.InputSchema) != spaced || string(s.Info.OutputSchema) != string(a.OutputSchema) {
			t.Errorf("%s: %s, %s", s.ID, s.Info.InputSchema, s.Info.OutputSchema)
		}
	}
	tight := a
	tight.InputSchema = json.RawMessage(strings.ReplaceAll(spaced, " ", ""))
	must(t, gw.Register(t.Context(), api(tight, &pointer)))
	tight.InputSchema = json.RawMessage(strings.Replace(spaced, "object", "string", 1))
	if err := gw.Register(t.Context(), api(tight, &pointer)); !errors.Is(err, waygate.ErrConflict) {
		t.Errorf("another schema: %v", err)
	}
	tight.InputSchema, tight.OutputSchema = a.OutputSchema, a.InputSchema
	if err := gw.Register(t.Context(), api(tight, &pointer)); !errors.Is(err, waygate.ErrConflict) {
		t.Errorf("schemas that changed places: %v", err)
	}
}
