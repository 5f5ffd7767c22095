package main

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClientsAgree holds that all clients send the same and give the same, in each exchange.
func TestClientsAgree(t *testing.T) {
	t.Parallel()
	c := startProvider(t)
	b := setUp(t, c)
	ctx := t.Context()
	sent := func(path, name string, want any) {
		t.Helper()
		body, err := c.body(ctx, "/accounts/a1/"+path)
		var got, expected any
		if err != nil || json.Unmarshal(body, &got) != nil || json.Unmarshal(mustJSON(want), &expected) != nil {
			t.Fatalf("%s sent %q to %s, %v", name, body, path, err)
		}
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%s sent to %s (-want +got):\n%s", name, path, diff)
		}
	}
	gave := func(what, name string, want, got any, err error) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s of %s: %v (-want +got):\n%s", what, name, err, diff)
		}
	}
	small, large := contacts(1<<10), contacts(4<<10)
	for _, p := range b.peers {
		list, err := p.get(ctx, connections-1)
		gave("GET", p.name, small, list, err)
		list, err = p.post(ctx, 0, "contacts", batch{small})
		gave("POST", p.name, small, list, err)
		sent("contacts", p.name, batch{small})
		list, err = p.post(ctx, 1, "imports", batch{large})
		gave("POST", p.name, large, list, err)
		sent("imports", p.name, batch{large})
		items, err := p.pages(ctx)
		gave("pages", p.name, lastPage*pageItems, items, err)
	}
	for _, size := range []string{"1k", "50k"} {
		for _, e := range b.orders("orders"+size, "order"+size+".json") { // each compares the answer itself
			if err := e.call(ctx, 0); err != nil {
				t.Errorf("order of %s by %s: %v", size, e.name, err)
			}
			sent("orders"+size, e.name, orderTree("order"+size+".json"))
		}
	}
}

// TestMeasure runs every comparison as the program does, in short: each call of Waygate's has to leave a record, and to
// be counted by a circuit.
func TestMeasure(t *testing.T) {
	t.Parallel()
	c := startProvider(t)
	b := setUp(t, c)
	for _, cmp := range b.comparisons() {
		cmp.calls = max(1, cmp.goroutines)
		o, err := cmp.measure(t.Context(), 1, rand.New(rand.NewPCG(1, 2)))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range cmp.entrants {
			for _, s := range o.samples[e.name] {
				if s.nanoseconds <= 0 || s.allocs <= 0 || s.bytes <= 0 {
					t.Errorf("%s, %s: %+v", cmp.name, e.name, s)
				}
			}
			if n := len(o.samples[e.name]); n != 1 {
				t.Errorf("%s, %s: %d samples, want 1", cmp.name, e.name, n)
			}
		}
		if err := b.wholeWay(t.Context()); err != nil {
			t.Errorf("%s: %v", cmp.name, err)
		}
	}
}

// TestWholeWayNotices wants a call without a record to be found.
func TestWholeWayNotices(t *testing.T) {
	t.Parallel()
	b := setUp(t, startProvider(t))
	g := b.gateways[engineFirst]
	if _, err := g.peer(nameWaygate).get(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if err := g.wholeWay(t.Context()); err != nil { // so that nothing but the record is missing
		t.Fatal(err)
	}
	g.calls.Add(1)
	if err := g.wholeWay(t.Context()); err == nil || !strings.Contains(err.Error(), "2 calls left 1 records") {
		t.Errorf("a call that left no record: %v", err)
	}
}
