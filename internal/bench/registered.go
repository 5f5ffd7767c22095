package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
)

// many is how many actions are registered, few what their look-up is compared with.
const (
	many = 10_000
	few  = 100
)

// registeredBytes is the memory that a gateway holds for each of many actions that nobody has used.
func registeredBytes(ctx context.Context) (float64, error) {
	store := memory.New()
	gw, err := waygate.New(waygate.Config{Store: store})
	if err != nil {
		return 0, err
	}
	before := held()
	if err := gw.Register(ctx, manyActions()); err != nil {
		return 0, err
	}
	after := held()
	runtime.KeepAlive(gw)
	return float64(after-before) / many, gw.Shutdown(ctx)
}

// held is the memory that is in use once the garbage is gone.
func held() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what finalizers held
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// manyActions has schemas both ways, of about 0.6 and 1.2 KB, each a little different, as an import gives them.
func manyActions() waygate.Integration {
	in := waygate.Integration{ID: "large", BaseURL: "https://api.example.com/v1", Auth: auth.Bearer{}}
	for i := range many {
		method := []string{"GET", "POST", "PATCH"}[i%3]
		in.Actions = append(in.Actions, waygate.HTTPAction{ID: fmt.Sprintf("resource_%d_update", i), Name: fmt.Sprintf("Update resource %d", i),
			Description: "Changes what the resource says, and answers with all of it.", Tags: []string{"resources"},
			Method: method, Path: fmt.Sprintf("/organizations/{organization}/resources%d/{resource}", i),
			InputSchema: inputSchema(i), OutputSchema: outputSchema(i)})
	}
	return in
}

func inputSchema(i int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"object","required":["organization","resource"],"properties":{`+
		`"organization":{"type":"string","description":"The organization, by its login."},"resource":{"type":"integer","description":"Resource %d, by its number."},`+
		`"title":{"type":"string","maxLength":256,"description":"What it is called."},"state":{"enum":["open","closed","archived"]},`+
		`"labels":{"type":"array","items":{"type":"string"},"description":"Labels to put in the place of those that are there."},`+
		`"due_on":{"type":["string","null"],"format":"date-time","description":"Until when."}}}`, i))
}

func outputSchema(i int) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"type":"object","required":["id","title","owner"],"properties":{"id":{"type":"integer"},"url":{"type":"string"},`+
		`"title":{"type":"string","description":"What resource %d is called."},"state":{"enum":["open","closed","archived"]},`+
		`"owner":{"$ref":"#/$defs/person"},"assignees":{"type":"array","items":{"$ref":"#/$defs/person"}},`+
		`"labels":{"type":"array","items":{"type":"object","properties":{"id":{"type":"integer"},"name":{"type":"string"},"color":{"type":"string"},"default":{"type":"boolean"}}}},`+
		`"counts":{"type":"object","properties":{"comments":{"type":"integer"},"watchers":{"type":"integer"},"changes":{"type":"integer"}}},`+
		`"created_at":{"type":"string","format":"date-time"},"updated_at":{"type":"string","format":"date-time"},"closed_at":{"type":["string","null"],"format":"date-time"}},`+
		`"$defs":{"person":{"type":"object","required":["login","id"],"properties":{"login":{"type":"string"},"id":{"type":"integer"},"name":{"type":["string","null"]},`+
		`"avatar_url":{"type":"string"},"site_admin":{"type":"boolean"},"type":{"type":"string"}}}}}`, i))
}

// lookups compares calls of some actions of many with such of few. The actions answer in Go, without a request, so that
// little stands beside the look-up. Each entrant calls as many different ones, so that the processor's caches hold as
// much of each, but for the last, which calls all of the many in turn.
func lookups(ctx context.Context) (comparison, func() error, error) {
	c := comparison{name: caseLookup, title: "A call of an action in Go, of few or of many", base: nameFew}
	small, err := newActions(ctx, few)
	if err != nil {
		return c, nil, err
	}
	large, err := newActions(ctx, many)
	if err != nil {
		return c, nil, errors.Join(err, small.stop())
	}
	c.entrants = []entrant{{name: nameFew, call: small.callsOf(few)}, {name: nameMany, call: large.callsOf(few)}, {name: nameAll, call: large.callsOf(many)}}
	return c, func() error { return errors.Join(small.stop(), large.stop()) }, nil
}

// actions are the actions in Go of a gateway, in random order.
type actions struct {
	tenant *waygate.Tenant
	names  []string
	stop   func() error
}

func newActions(ctx context.Context, n int) (*actions, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(memory.RecordLimit(1000))})
	if err != nil {
		return nil, err
	}
	in := waygate.Integration{ID: "go", BaseURL: "https://api.example.com", Auth: auth.None{}}
	a := &actions{tenant: gw.Tenant("acme"), names: make([]string, n), stop: func() error { return gw.Shutdown(ctx) }}
	do := func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{Value: true}, nil
	}
	for i := range n {
		id := fmt.Sprintf("action_%05d", i)
		a.names[i] = "go." + id
		in.Actions = append(in.Actions, waygate.ActionFunc(waygate.ActionInfo{ID: id}, do))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { a.names[i], a.names[j] = a.names[j], a.names[i] })
	return a, gw.Register(ctx, in)
}

// callsOf calls the first n, in turn.
func (a *actions) callsOf(n int) func(context.Context, int) error {
	next := 0
	return func(ctx context.Context, _ int) error {
		next++
		_, err := waygate.Invoke[bool](ctx, a.tenant, a.names[next%n], nil)
		return err
	}
}
