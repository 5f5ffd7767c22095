package main

import (
	"context"
	"encoding/json"
	"fmt"
)

// Calls in a batch, where it isn't found out: of the longest exchange, and of many goroutines, each of which makes some.
const (
	orderCalls = 6
	crowdCalls = 3000
)

// bench are the clients, set up.
type bench struct {
	peers    []*peer // net/http first, Waygate last
	gateways map[string]*gateway
	chains   map[string]*chain
	url      string
}

// comparisons are all exchanges, in the order in which they are made.
func (b *bench) comparisons() []comparison {
	return []comparison{
		{name: caseGet, title: "GET of 1 KB", base: nameHTTP, entrants: b.each(get(1))},
		{name: casePost, title: "POST of 1 KB, answered with 1 KB", base: nameHTTP, entrants: b.each(post("contacts", 1<<10))},
		{name: casePost4, title: "POST of 4 KB, answered with 4 KB", base: nameHTTP, entrants: b.each(post("imports", 4<<10))},
		{name: caseGet8, title: "GET of 1 KB by 8 goroutines", goroutines: 8, base: nameHTTP, entrants: b.each(get(1))},
		{name: caseGet200, title: "GET of 1 KB by 200 goroutines over 100 connections", goroutines: 200, base: nameHTTP, entrants: b.each(get(connections)), calls: crowdCalls},
		{name: casePages, title: "20 pages of 20 items, by Link header", base: nameHTTP, entrants: b.each(pagesOf)},
		{name: caseOrder1, title: "POST of a 1 KB order: validated both ways, 8 members mapped", base: nameHTTP, entrants: b.orders("orders1k", "order1k.json")},
		{name: caseOrder50, title: "POST of a 50 KB order: validated both ways, 8 members mapped", base: nameHTTP, entrants: b.orders("orders50k", "order50k.json"), calls: orderCalls},
		{name: caseWarm, title: "GET of 1 KB with an OAuth token that is good", base: nameOAuth2, entrants: b.tokens(true)},
		{name: caseCold, title: "GET of 1 KB whose OAuth token is renewed first", base: nameOAuth2, entrants: b.tokens(false), calls: coldCalls},
	}
}

// each makes an entrant of each peer.
func (b *bench) each(make func(*peer) func(context.Context, int) error) []entrant {
	var list []entrant
	for _, p := range b.peers {
		list = append(list, entrant{name: p.name, call: make(p)})
	}
	return list
}

// get spreads the calls over so many connections.
func get(over int) func(*peer) func(context.Context, int) error {
	want := len(contacts(1 << 10))
	return func(p *peer) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			list, err := p.get(ctx, i%over)
			return wanted(len(list), want, err)
		}
	}
}

func post(path string, size int) func(*peer) func(context.Context, int) error {
	in := batch{contacts(size)}
	return func(p *peer) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error {
			list, err := p.post(ctx, 0, path, in)
			return wanted(len(list), len(in.Contacts), err)
		}
	}
}

func pagesOf(p *peer) func(context.Context, int) error {
	return func(ctx context.Context, _ int) error {
		items, err := p.pages(ctx)
		return wanted(items, lastPage*pageItems, err)
	}
}

// wanted fails a call whose answer isn't whole.
func wanted(got, want int, err error) error {
	if err == nil && got != want {
		return fmt.Errorf("%d contacts came, want %d", got, want)
	}
	return err
}

// orders are the long exchange: by the peers as they do it, without a schema; by hand and by Waygate with both engines.
func (b *bench) orders(path, file string) []entrant {
	input, want := orderTree(file), orderSummary()
	entry := func(name string, order func(context.Context, string, any) (summary, error)) entrant {
		return entrant{name: name, call: func(ctx context.Context, _ int) error {
			got, err := order(ctx, path, input)
			if err == nil && got != want {
				return fmt.Errorf("the order says %+v, want %+v", got, want)
			}
			return err
		}}
	}
	var list []entrant
	for _, p := range b.peers[:len(b.peers)-1] {
		list = append(list, entry(p.name, p.order))
	}
	for _, engine := range []string{engineFirst, engineSecond} {
		list = append(list, entry(handBy+engine, b.chains[engine].order), entry(waygateBy+engine, b.gateways[engine].peer(nameWaygate).order))
	}
	return list
}

// orderTree is an order as a caller has it.
func orderTree(file string) map[string]any {
	var tree map[string]any
	if err := json.Unmarshal(testdata(file), &tree); err != nil {
		panic(err) // an embedded file
	}
	return tree
}

// orderSummary is what all answers to orders say.
func orderSummary() summary {
	var o order
	if err := json.Unmarshal(testdata("order1k.json"), &o); err != nil {
		panic(err) // an embedded file
	}
	return o.summary()
}
