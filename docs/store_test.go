package docs_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/store/storetest"
)

// timed is a store that tells how long each look-up of a connection took.
type timed struct {
	waygate.Store
	took func(d time.Duration, err error)
}

// Unwrap lets New find what the store within can do beyond the four parts.
func (s timed) Unwrap() waygate.Store { return s.Store }

// Connections gives the part that is timed; the others are those of the store within.
func (s timed) Connections() waygate.ConnectionStore {
	return timedConnections{s.Store.Connections(), s.took}
}

type timedConnections struct {
	waygate.ConnectionStore
	took func(d time.Duration, err error)
}

func (c timedConnections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	start := time.Now()
	conn, cred, err := c.ConnectionStore.Find(ctx, tenant, integration, ref)
	c.took(time.Since(start), err)
	return conn, cred, err
}

func TestTimed(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) waygate.Store {
		s := memory.New()
		t.Cleanup(func() { _ = s.Close() })
		return timed{s, func(time.Duration, error) {}}
	}, storetest.Capabilities{
		Audit: true, Variables: true, Flows: true, Apps: true, Statistics: true, Watch: true, Wakes: true,
	})
}

// copied is a record store that also hands each record to a function: to a queue, a warehouse.
type copied struct {
	waygate.RecordStore
	to func(waygate.CallRecord)
}

// Unwrap lets New find the StatisticsStore within.
func (r copied) Unwrap() waygate.RecordStore { return r.RecordStore }

// Append copies what was written. It may be asked with the same records again, after a failure.
func (r copied) Append(ctx context.Context, records []waygate.CallRecord) error {
	if err := r.RecordStore.Append(ctx, records); err != nil {
		return err
	}
	for _, record := range records {
		r.to(record)
	}
	return nil
}

// Example_store makes a gateway with both, and calls once.
func Example_store() {
	ctx := context.Background()
	var finds atomic.Int64
	store := memory.New()
	gw, err := waygate.New(waygate.Config{
		Store:     timed{store, func(time.Duration, error) { finds.Add(1) }},
		Records:   copied{store.Records(), func(r waygate.CallRecord) { fmt.Println("copied:", r.Tenant, r.Action, r.Succeeded()) }},
		Transport: everywhere(`{"ok": true}`),
	})
	noError(err)
	noError(gw.Register(ctx, waygate.Integration{
		ID: "acme", BaseURL: "https://api.acme.example.com", Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "ping", Method: "GET", Path: "/ping"}},
	}))
	globex := gw.Tenant("globex")
	_, err = globex.Connect(ctx, "acme", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-globex")})
	noError(err)
	for range 3 {
		_, err = globex.Invoke(ctx, "acme.ping", nil)
		noError(err)
	}
	before := finds.Load()
	noError(gw.Flush(ctx))
	stats, err := globex.Statistics(ctx, waygate.StatisticsQuery{})
	noError(err)
	fmt.Println("calls:", stats.Calls, "look-ups fewer than calls:", before < 4)
	// Output:
	// copied: globex ping true
	// copied: globex ping true
	// copied: globex ping true
	// calls: 3 look-ups fewer than calls: true
}
