package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// Variables counts how often variables are asked for.
func (s *spyStore) Variables(ctx context.Context, tenant, connectionID string, names []string) ([]waygate.StoredVariable, error) {
	if err := s.ask(ctx, "Variables"); err != nil {
		return nil, err
	}
	list, err := s.Store.Variables(ctx, tenant, connectionID, names)
	return list, s.answer(ctx, "Variables", err)
}

// readsVariables is an action that sends variables, and what it sent last.
func readsVariables(id, header string) waygate.HTTPAction {
	a := get(id)
	a.Headers = map[string]string{"X-Var": header}
	return a
}

func (p *pair) sends(want, action string, opts ...waygate.Option) {
	p.Helper()
	_, err := p.acme.Invoke(p.Context(), "api."+action, nil, opts...)
	if must(p, err); p.wire.last(p).header.Get("X-Var") != want {
		p.Errorf("%s sent %q, want %q", action, p.wire.last(p).header.Get("X-Var"), want)
	}
}

func variablePair(t *testing.T) *pair {
	t.Helper()
	p := barePair(t)
	for _, gw := range []*waygate.Gateway{p.gw, p.other} {
		must(t, gw.Register(t.Context(), api(readsVariables("t", "${tenant.v}"), readsVariables("c", "${connection.v:-none}"), readsVariables("n", "${var.v:-none}"))))
	}
	connect(t, p.other, "acme", "api", auth.Token(mainToken))
	_, err := p.theirs.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token(secondToken)})
	must(t, err)
	must(t, p.theirs.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "one"}))
	return p
}

// TestVariablesAreRemembered shows how often calls ask the store for variables, and when they see that one has changed:
// what this process changes at once, what another does within a second, and with Run as soon as the watch tells.
func TestVariablesAreRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := variablePair(t)
		for range 5 {
			p.sends("one", "t")
			p.sends("none", "c")
			p.sends("one", "n")
		}
		p.asked("Variables", 2) // with and without the connection
		must(t, p.acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "two", Integration: "api", Connection: "second"}))
		p.sends("none", "c")
		p.sends("two", "c", waygate.On("second"))
		p.sends("two", "n", waygate.On("second"))
		p.sends("one", "n")
		p.asked("Variables", 2)
		must(t, p.acme.DeleteVariable(t.Context(), waygate.Variable{Name: "v", Integration: "api", Connection: "second"}))
		p.sends("one", "n", waygate.On("second"))

		must(t, p.theirs.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "three"}))
		time.Sleep(time.Second)
		p.sends("three", "t")

		p.watched()
		time.Sleep(time.Second)
		p.sends("three", "t")
		p.store.asks("Variables")
		time.Sleep(20 * time.Second)
		p.sends("three", "t")
		p.asked("Variables", 0)
		must(t, p.theirs.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "four"}))
		time.Sleep(time.Second)
		p.sends("four", "t")
		p.asked("Variables", 1)
	})
}

// TestRememberedVariablesAreBounded reads a variable of 64 KiB over 40 connections, each of which has it in its own set: a
// megabyte of them is remembered, and all calls get it.
func TestRememberedVariablesAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := variablePair(t)
		must(t, p.acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: strings.Repeat("x", 60<<10)}))
		const connections, fit = 40, 1 << 20 / (60 << 10)
		for i := range connections {
			_, err := p.acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: fmt.Sprint("c", i), Credential: auth.Token(mainToken)})
			must(t, err)
		}
		for _, want := range []int{connections, connections - fit} {
			p.store.asks("Variables")
			for i := range connections {
				p.sends(strings.Repeat("x", 60<<10), "n", waygate.On(fmt.Sprint("c", i)))
			}
			p.asked("Variables", want)
		}
		for range 100 { // what is read again and again is counted once
			time.Sleep(2 * time.Second)
			p.sends(strings.Repeat("x", 60<<10), "n", waygate.On("c0"))
		}
		p.store.asks("Variables")
		p.sends(strings.Repeat("x", 60<<10), "n", waygate.On("c0"))
		p.asked("Variables", 0)
	})
}

// TestVariablesOfAnotherTenant holds that what is remembered is the tenant's own.
func TestVariablesOfAnotherTenant(t *testing.T) {
	t.Parallel()
	p := variablePair(t)
	connect(t, p.gw, "globex", "api", auth.Token(mainToken))
	globex := p.gw.Tenant("globex")
	must(t, globex.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "theirs"}))
	for range 3 {
		p.sends("one", "t")
		_, err := globex.Invoke(t.Context(), "api.t", nil)
		if must(t, err); p.wire.last(t).header.Get("X-Var") != "theirs" {
			t.Error(p.wire.last(t).header)
		}
	}
}

// TestNearestVariable shows the order of ${var.name}: call, connection, its parameter, tenant, default.
func TestNearestVariable(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	in := api(readsVariables("a", "${var.v:-default}"), readsVariables("must", "${var.w}"))
	in.Parameters = []waygate.ConnectionParameter{{Name: "v", Optional: true}}
	_, acme := ready(t, w, in)
	sends := func(want string, opts ...waygate.Option) {
		t.Helper()
		_, err := acme.Invoke(t.Context(), "api.a", nil, opts...)
		if must(t, err); w.last(t).header.Get("X-Var") != want {
			t.Errorf("sent %q, want %q", w.last(t).header.Get("X-Var"), want)
		}
	}
	sends("default")
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "tenant"}))
	sends("tenant")
	_, err := acme.Update(t.Context(), "api", "main", waygate.ConnectionUpdate{Parameters: map[string]string{"v": "parameter"}})
	must(t, err)
	sends("parameter")
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: 7, Integration: "api", Connection: "main"}))
	sends("7")
	sends("call", waygate.Var("v", "call"))

	_, err = acme.Invoke(t.Context(), "api.must", nil)
	failure(t, err, waygate.KindConfig)
	says(t, err, "${var.w}", "call's, connection's or tenant's variable w")
	_, err = acme.Invoke(t.Context(), "api.must", nil, waygate.Var("w", "a\r\nb"))
	failure(t, err, waygate.KindInvalidInput)
}

// TestListedVariables holds types, owners and masks.
func TestListedVariables(t *testing.T) {
	t.Parallel()
	const canary = "canary-of-the-variables-0123"
	var log bytes.Buffer
	w := always(400, `{"error":"`+canary+`"}`)
	in := api(readsVariables("a", "${tenant.key} ${connection.key}"))
	_, acme := ready(t, w, in, func(c *waygate.Config) {
		c.RecordBodies = true
		c.Logger = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&log), zap.DebugLevel))
	})
	for name, v := range map[string]any{"text": "7", "number": 7, "part": 1.5, "large": json.Number("123456789012345678901"), "yes": true, "json": map[string]any{"b": []int{1}}, "none": nil} {
		must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: name, Value: v}))
	}
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "key", Value: canary, Secret: true}))
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "key", Value: canary + "-2", Secret: true, Integration: "api", Connection: "main"}))
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "own", Value: "x", Integration: "api", Connection: "main"}))

	list, err := acme.Variables(t.Context(), "", "")
	must(t, err)
	for i := range list {
		if list[i].UpdatedAt.IsZero() {
			t.Error("no time:", list[i])
		}
		list[i].UpdatedAt = time.Time{}
	}
	want := []waygate.VariableInfo{
		{Name: "json", Type: "json", Value: map[string]any{"b": []any{int64(1)}}},
		{Name: "key", Type: "string", Secret: true, Value: "[redacted]"},
		{Name: "large", Type: "number", Value: json.Number("123456789012345678901")},
		{Name: "none", Type: "json"},
		{Name: "number", Type: "number", Value: int64(7)},
		{Name: "part", Type: "number", Value: 1.5},
		{Name: "text", Type: "string", Value: "7"},
		{Name: "yes", Type: "boolean", Value: true},
	}
	if d := cmp.Diff(want, list); d != "" {
		t.Error(d)
	}
	own, err := acme.Variables(t.Context(), "api", "main")
	must(t, err)
	if got := strings.ReplaceAll(jsonText(t, own), `"updated_at":`, ""); len(own) != 2 || own[0].Value != "[redacted]" || own[1].Value != "x" || own[0].Connection != "main" {
		t.Error(got)
	}

	shown, err := acme.Preview(t.Context(), "api.a", nil)
	must(t, err)
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	e := failure(t, err, waygate.KindRejected)
	if sent := w.last(t).header.Get("X-Var"); sent != canary+" "+canary+"-2" {
		t.Fatal("sent", sent)
	}
	audits, err := acme.Audit(t.Context(), waygate.AuditQuery{})
	must(t, err)
	said := fmt.Sprint(e, string(e.Body), e.Message, jsonText(t, list), jsonText(t, own), jsonText(t, shown), jsonText(t, audits), jsonText(t, recordsOf(t, acme)), log.String())
	if strings.Contains(said, canary) {
		t.Error("the secret is told:", said)
	}
	for _, bad := range [][2]string{{"api", ""}, {"", "main"}} {
		_, err = acme.Variables(t.Context(), bad[0], bad[1])
		failure(t, err, waygate.KindInvalidInput)
	}
	_, err = acme.Variables(t.Context(), "api", "none")
	failure(t, err, waygate.KindUnresolved)
}
