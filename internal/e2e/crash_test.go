package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/pgserver"
	"github.com/waygate-go/waygate/waygatetest"
)

// TestServerDies kills the server again and again under two gateways, one of them behind PgBouncer. Nothing that was
// acknowledged is lost, each failure is the store's, the gateways go on by themselves, and no record is there twice.
func TestServerDies(t *testing.T) {
	t.Parallel()
	serverDies(t, soakTime())
}

func serverDies(t *testing.T, length time.Duration) {
	m := newMortal(t)
	over, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { // the other gateway gets by without
		if err := m.gateways[0].Run(over); err != nil {
			t.Error(err)
		}
	})
	var clients []*client
	for i := range 8 {
		c := newClient(t, m.gateways[i%2], fmt.Sprint("tenant-", i))
		clients = append(clients, c)
		running.Go(func() { c.work(over) })
	}
	deaths, slowest := m.disturb(t, length)
	stop()
	running.Wait()
	m.close(t)

	reader := m.gateway(t, m.dsn)
	sum := tally{}
	for _, c := range clients {
		c.verify(reader)
		sum.add(c.tally)
	}
	lost := m.records.lost.Load()
	t.Logf("%d deaths, back after %v at most; %+v; %d answers to records lost", deaths, slowest, sum, lost)
	if sum.Acknowledged < 20 || sum.Failed == 0 || sum.Calls < 20 || lost == 0 {
		t.Error("too little happened to prove anything")
	}
}

// mortal is a server that dies, and two gateways over it.
type mortal struct {
	*place
	server   *pgserver.Server
	gateways [2]*waygatetest.Gateway // direct, and behind PgBouncer
	records  *lostAnswers            // of the second
}

func newMortal(t *testing.T) *mortal {
	t.Helper()
	s, err := pgserver.Start(t.Context(), pgserver.Options{Settings: map[string]string{"fsync": "on"}})
	must(t, err)
	t.Cleanup(func() { must(t, s.Stop()) })
	bouncer, err := pgserver.StartBouncer(t.Context(), s, pgserver.BouncerOptions{})
	must(t, err)
	t.Cleanup(func() { must(t, bouncer.Stop()) })
	m := &mortal{place: newPlace(t, s), server: s, records: &lostAnswers{}}
	m.gateways[0] = m.gateway(t, m.dsn)
	m.gateways[1] = m.gateway(t, bouncer.DSN(m.dsn), func(c *waygate.Config) {
		m.records.RecordStore = c.Store.Records()
		c.Records = m.records
	})
	_, err = m.gateways[0].Tenant("probe").Connect(t.Context(), "api", waygate.ConnectionSpec{
		Slug: "main", Credential: auth.Token("probe-token-0000"),
	})
	must(t, err)
	return m
}

// close writes what the gateways hold and ends them.
func (m *mortal) close(t *testing.T) {
	t.Helper()
	for _, gw := range m.gateways {
		// A lost answer fails a Flush: the records are held, and sent again by the next.
		err := gw.Flush(t.Context())
		for range 10 {
			if err == nil {
				break
			}
			err = gw.Flush(t.Context())
		}
		must(t, err)
		must(t, gw.Shutdown(t.Context()))
		if n := gw.DroppedRecords(); n > 0 {
			t.Errorf("%d records dropped", n)
		}
	}
}

// recovery is the longest that a gateway may take to work again once the server answers.
const recovery = 10 * time.Second

// disturb kills and restarts the server until the time is over, each third time without killing it first, and waits each
// time until every gateway works again. It returns how often that was, and the longest wait.
func (m *mortal) disturb(t *testing.T, length time.Duration) (deaths int, slowest time.Duration) {
	t.Helper()
	for end := time.Now().Add(length); deaths < 2 || time.Now().Before(end); deaths++ {
		time.Sleep(500*time.Millisecond + rand.N(time.Second))
		if deaths%3 != 2 {
			must(t, m.server.Kill())
			time.Sleep(rand.N(400 * time.Millisecond))
		}
		must(t, m.server.Restart(t.Context()))
		back := time.Now()
		for i, gw := range m.gateways {
			for {
				_, err := gw.Tenant("probe").Connection(t.Context(), "api", "")
				if err == nil {
					break
				}
				if time.Since(back) > recovery {
					t.Fatalf("gateway %d doesn't recover: %v", i, err)
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
		slowest = max(slowest, time.Since(back))
	}
	return deaths, slowest
}
