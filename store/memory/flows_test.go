package memory_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// putFlows puts n flows of a tenant.
func putFlows(t *testing.T, s *memory.Store, tenant string, from, n int, ttl time.Duration) {
	t.Helper()
	for i := from; i < from+n; i++ {
		if err := s.PutFlow(t.Context(), waygate.StoredFlow{Tenant: tenant, ID: fmt.Sprint("flow ", i)}, ttl); err != nil {
			t.Fatal(err)
		}
	}
}

// isThere takes a flow, if it is there.
func isThere(t *testing.T, s *memory.Store, tenant string, i int) bool {
	t.Helper()
	_, err := s.TakeFlow(t.Context(), tenant, fmt.Sprint("flow ", i))
	if err != nil {
		wantClass(t, err, waygate.ErrUnresolved)
	}
	return err == nil
}

// flowsOf counts what a tenant has, and removes it.
func flowsOf(t *testing.T, s *memory.Store, tenant string) int {
	t.Helper()
	done, err := s.Connections().Purge(t.Context(), tenant, nil)
	if err != nil {
		t.Fatal(err)
	}
	return done.Flows
}

func TestFlowsOfATenantAreBounded(t *testing.T) {
	t.Parallel()
	s := memory.New()
	putFlows(t, s, "quiet", 0, 1, time.Hour)
	putFlows(t, s, "busy", 0, 1000, time.Hour)
	if !isThere(t, s, "busy", 500) {
		t.Error("one of 1,000 isn't there")
	}
	putFlows(t, s, "busy", 1000, 3, time.Minute) // one has room, two oldest go
	for i, want := range map[int]bool{0: false, 1: false, 2: true, 1000: true, 1002: true} {
		if got := isThere(t, s, "busy", i); got != want {
			t.Errorf("flow %d is there: %t, want %t", i, got, want)
		}
	}
	if n := flowsOf(t, s, "busy"); n != 997 {
		t.Errorf("%d flows are left, want 997 of 1,000", n)
	}
	if !isThere(t, s, "quiet", 0) {
		t.Error("the flow of the quiet tenant, which is the oldest, isn't there")
	}
}

func TestFlowsOfAllAreBounded(t *testing.T) {
	t.Parallel()
	s := memory.New()
	putFlows(t, s, "quiet", 0, 10, time.Hour)
	for i := range 101 {
		putFlows(t, s, fmt.Sprint("busy ", i), 0, 1000, time.Hour)
	}
	n := 0
	for i := range 101 {
		n += flowsOf(t, s, fmt.Sprint("busy ", i))
	}
	if quiet := flowsOf(t, s, "quiet"); quiet != 10 || n+quiet != 100_000 {
		t.Errorf("%d flows are kept, %d of them the quiet tenant's; want 100,000 and 10", n+quiet, quiet)
	}
}

// TestFlowsThatAreOverMakeRoom: they go before any that still counts, whatever the order in which they came and end.
func TestFlowsThatAreOverMakeRoom(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := memory.New(memory.Clock(c.Now))
	putFlows(t, s, "acme", 0, 1, time.Hour)
	for i := range 999 {
		putFlows(t, s, "acme", 1+i, 1, time.Duration(999-i)*time.Second) // the latest ends first
	}
	c.Advance(500 * time.Second)
	putFlows(t, s, "acme", 1000, 500, time.Hour)
	for i, want := range map[int]bool{0: true, 1: true, 499: true, 500: false, 999: false, 1000: true, 1499: true} {
		if got := isThere(t, s, "acme", i); got != want {
			t.Errorf("flow %d is there: %t, want %t", i, got, want)
		}
	}
	c.Advance(time.Hour)
	if n := flowsOf(t, s, "acme"); n != 0 {
		t.Errorf("%d flows are left when the time of all is over", n)
	}
}
