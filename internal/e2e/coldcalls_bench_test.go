package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

const (
	// perTenant is how many connections a tenant has, but for the large one.
	perTenant = 10
	// ofLarge is how many the large tenant has, where there are that many.
	ofLarge = 200_000
	large   = "large"
)

// connections is a database with n connections and their credentials. Of the larger one, a fifth is one tenant's.
type connections struct {
	*benchPlace
	n int
}

// place is the tenant and the number within it of a connection.
func (c connections) place(i int) (tenant string, slug int) {
	if c.n > ofLarge && i >= c.n-ofLarge {
		return large, i - (c.n - ofLarge)
	}
	return fmt.Sprint("tenant-", i/perTenant), i % perTenant
}

// others is how many connections aren't the large tenant's.
func (c connections) others() int {
	if c.n > ofLarge {
		return c.n - ofLarge
	}
	return c.n
}

func fillConnections(b *testing.B, s *pgserver.Server, ring *secret.Keyring, n int) connections {
	b.Helper()
	c := connections{newBenchPlace(b, s, ring), n}
	began := time.Now()
	clear, err := auth.Token("a-token-of-the-provider").Encode()
	must(b, err)
	c.copyIn(b, "credentials", []string{"tenant", "id", "integration", "sealed", "status", "digests", "updated_at"}, n, func(i int) ([]any, error) {
		tenant, _ := c.place(i)
		row := waygate.StoredCredential{Tenant: tenant, ID: fmt.Sprint("crd_", i)}
		sealed, err := ring.Seal(bindingOf(row), clear)
		return []any{tenant, row.ID, "api", sealed, "active", [][]byte{}, began}, err
	})
	c.copyIn(b, "connections", []string{"id", "tenant", "integration", "slug", "status", "resume", "is_primary", "credential_id", "base_url",
		"app", "created_at", "updated_at"}, n, func(i int) ([]any, error) {
		tenant, slug := c.place(i)
		return []any{fmt.Sprint("con_", i), tenant, "api", fmt.Sprint("c", slug), "active", "", slug == 0, fmt.Sprint("crd_", i), "", "", began, began}, nil
	})
	c.exec(b, "INSERT INTO waygate.connection_groups (tenant, integration) SELECT DISTINCT tenant, integration FROM waygate.connections")
	c.exec(b, "VACUUM ANALYZE")
	c.warm(b)
	fmt.Printf("filled %d connections in %v\n", n, time.Since(began).Round(time.Second))
	return c
}

// call calls over the connection of that number.
func (c connections) call(b *testing.B, gw *waygate.Gateway, i int) {
	tenant, slug := c.place(i)
	if _, err := gw.Tenant(tenant).Invoke(context.Background(), "api.get", nil, waygate.On(fmt.Sprint("c", slug))); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkColdCall is the first call over a connection: among a million in the table, against a thousand. It also
// holds the number of round trips: one for the first call, none while Run watches the store.
func BenchmarkColdCall(b *testing.B) {
	s, ring := benchServer(b), benchRing(b)
	small, million := fillConnections(b, s, ring, 1000), fillConnections(b, s, ring, 1_000_000)
	b.Run("cold-1M/1k", func(b *testing.B) {
		for b.Loop() {
			compareCold(b, million, small)
		}
	})
	b.Run("warm", func(b *testing.B) { warmCalls(b, million) })
	b.Run("connections-page-10000/1", func(b *testing.B) { compareConnectionPages(b, million) })
}

// compareCold calls in pairs of 25 calls. Gateways are new before a connection comes up again, so that none was
// opened before.
func compareCold(b *testing.B, million, small connections) {
	const pairs, calls = 400, 25
	apart := func(c *waygate.Config) { c.Records = memory.New().Records() } // so that only the connection is asked for
	prepare := func(c connections) (call func(pair int)) {
		var gw *waygate.Gateway
		var order []int
		renew := func() {
			gw = c.gateway(b, apart)
			order = rand.Perm(c.others())
			for range 8 { // the connections to the server know the statement
				c.call(b, gw, order[0])
				order = order[1:]
			}
		}
		renew()
		return func(pair int) {
			if pair < 0 { // before a pair, outside of what is measured
				if len(order) < calls {
					renew()
				}
				return
			}
			for range calls {
				c.call(b, gw, order[0])
				order = order[1:]
			}
		}
	}
	ofMillion, ofSmall := prepare(million), prepare(small)
	pages := million.pagesRead(b)
	before, beforeSmall := million.trips.all.Load(), small.trips.all.Load()
	var extra int64
	compareBetween(b, "cold-1M/1k", pairs, func() {
		m, n := million.trips.all.Load(), small.trips.all.Load()
		ofMillion(-1)
		ofSmall(-1)
		extra += million.trips.all.Load() - m
		beforeSmall += small.trips.all.Load() - n
	}, ofMillion, ofSmall)
	ofCalls := million.trips.all.Load() - before - extra
	million.explainLast(b)
	fmt.Printf("pages read into the server's memory meanwhile: %d\n", million.pagesRead(b)-pages)
	for name, asked := range map[string]int64{"1M": ofCalls, "1k": small.trips.all.Load() - beforeSmall} {
		perCall := float64(asked) / (pairs * calls)
		fmt.Printf("round trips per cold call among %s: %.3f\n", name, perCall)
		if perCall != 1 {
			b.Errorf("a cold call among %s asks the store %.3f times, want once", name, perCall)
		}
	}
}

// warmCalls measures calls over a connection that is known, while Run watches the store.
func warmCalls(b *testing.B, c connections) {
	gw := c.gateway(b, func(cfg *waygate.Config) { cfg.Records = memory.New().Records() })
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- gw.Run(ctx) }()
	defer func() {
		cancel()
		<-ended
	}()
	for begun := c.trips.all.Load(); c.trips.all.Load() < begun+3; time.Sleep(10 * time.Millisecond) { // it watches
	}
	c.call(b, gw, 7)
	before, began, n := c.trips.calls.Load(), time.Now(), 0
	for b.Loop() {
		c.call(b, gw, 7)
		n++
	}
	for time.Since(began) < 3*time.Second { // longer than anything is believed without a watch
		c.call(b, gw, 7)
		n++
	}
	asked := c.trips.calls.Load() - before
	fmt.Printf("round trips of %d warm calls, beside the watch: %d\n", n, asked)
	if asked != 0 {
		b.Errorf("%d warm calls asked the store %d times, want none", n, asked)
	}
}
