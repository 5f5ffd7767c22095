package e2e_test

import (
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// startProvider starts an authorization server.
func startProvider(t *testing.T, o fositeserver.Options) *fositeserver.Server {
	t.Helper()
	s, err := fositeserver.Start(o)
	must(t, err)
	t.Cleanup(s.Close)
	return s
}

// reaching is a policy that lets a gateway reach all the servers.
func reaching(servers ...interface{ Policy() egress.Policy }) egress.Policy {
	p := egress.Policy{}
	for _, s := range servers {
		more := s.Policy()
		p.Allow, p.Ports, p.AllowHTTP = append(p.Allow, more.Allow...), append(p.Ports, more.Ports...), true
	}
	return p
}

// tokenAPI is an integration of a server, with its one action.
func tokenAPI(id string, s *fositeserver.Server, change ...func(*auth.OAuth2)) waygate.Integration {
	o := auth.OAuth2{AuthorizeURL: s.AuthorizeURL(), TokenURL: s.TokenURL(), ClientAuth: auth.ClientAuthBasic}
	for _, c := range change {
		c(&o)
	}
	return waygate.Integration{
		ID: id, BaseURL: s.URL() + "/api", Auth: o,
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}},
	}
}

// register makes a gateway know a server's API and client.
func register(t *testing.T, gw *waygate.Gateway, id string, s *fositeserver.Server, change ...func(*auth.OAuth2)) {
	t.Helper()
	must(t, gw.Register(t.Context(), tokenAPI(id, s, change...)))
	_, err := gw.PutApp(t.Context(), waygate.App{
		Integration: id, ID: "main", RedirectURLs: []string{fositeserver.DefaultRedirect},
		Client: auth.Client{ID: s.ClientID(), Secret: secret.New(s.ClientSecret())},
	})
	must(t, err)
}

// authorize connects a tenant by the code flow; the tenant is also the person.
func authorize(t *testing.T, gw *waygate.Gateway, s *fositeserver.Server, tenant, integration string) *waygate.ConnectionInfo {
	t.Helper()
	x := gw.Tenant(tenant)
	a, err := x.Authorize(t.Context(), integration, waygate.AuthorizeSpec{Slug: "main"})
	must(t, err)
	callback, err := s.NewBrowser(tenant).Authorize(t.Context(), a.URL)
	must(t, err)
	info, err := x.Complete(t.Context(), callback.Query(), a.Binding)
	must(t, err)
	return info
}

// TestShortTokens has 200 goroutines call over a connection whose tokens live for 4 s, and by turns over one whose tokens
// live for an hour. No call fails, each token is renewed once, and as many calls are made with renewals as without.
func TestShortTokens(t *testing.T) {
	t.Parallel()
	const lifetime = 4 * time.Second
	short, long := startProvider(t, fositeserver.Options{Lifetime: lifetime}), startProvider(t, fositeserver.Options{})
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: reaching(short, long)})
	must(t, err)
	register(t, gw, "short", short)
	register(t, gw, "long", long)
	authorize(t, gw, short, "acme", "short")
	authorize(t, gw, long, "acme", "long")

	took, calls := callByTurns(t, gw.Tenant("acme"), 200, soakTime(), [2]string{"short.whoami", "long.whoami"})
	must(t, gw.Shutdown(t.Context()))
	stats, quiet := short.Stats(), long.Stats()
	// The margin is a third of so short a lifetime, and a tenth of the margin is left to chance.
	const margin = lifetime / 3
	most := int(math.Ceil(float64(soakTime())/float64(lifetime-margin-margin/10))) + 1
	least := int(0.8 * float64(soakTime()) / float64(lifetime-margin))
	rate := float64(took[1]) / float64(took[0])
	t.Logf("%d renewals, want %d to %d; %d calls of each, as many as %.1f %% of those without renewals; 401 %d times",
		stats.Refreshes, least, most, calls, 100*rate, stats.Calls.Unauthorized)
	if stats.Refreshes < least || stats.Refreshes > most {
		t.Errorf("%d renewals, want %d to %d", stats.Refreshes, least, most)
	}
	if stats.Reuses != 0 || stats.FamiliesRevoked != 0 || quiet.Refreshes != 0 {
		t.Errorf("%+v; without renewals %+v", stats, quiet)
	}
	if rate < leastRate() {
		t.Errorf("%.1f %% of the calls without renewals, want %.0f %%", 100*rate, 100*leastRate())
	}
}

// leastRate is what renewals may cost. Ten seconds beside the tests of other packages tell less than a minute alone.
func leastRate() float64 {
	if soaking() {
		return 0.95
	}
	return 0.8
}

// think is how long a goroutine of callByTurns pauses after each call. Without it a renewal would be as long as the queue
// of requests before it, and that be measured.
const think = 400 * time.Millisecond

// callByTurns has goroutines call two actions by turns for a time, with pauses. It gives how long the calls of each took
// with their pauses, added up, and how many of each there were: as many calls fit in any time as it has room for what
// they took. Whatever else the machine does hits both, so that they can be compared where two runs one after the other
// differ by more than what is looked for.
func callByTurns(t *testing.T, x *waygate.Tenant, goroutines int, length time.Duration, actions [2]string) (took [2]int64, calls int64) {
	t.Helper()
	var sums [2]atomic.Int64
	var pairs, failed atomic.Int64
	var group sync.WaitGroup
	began := time.Now()
	for g := range goroutines {
		group.Go(func() {
			time.Sleep(think * time.Duration(g) / time.Duration(goroutines))
			for n := g; time.Since(began) < length; n++ {
				for i := range 2 {
					which := (n + i) % 2 // neither is always the first
					call := time.Now()
					if _, err := x.Invoke(t.Context(), actions[which], nil); err != nil && failed.Add(1) < 5 {
						t.Errorf("%s: %v", actions[which], err)
					}
					sums[which].Add(int64(time.Since(call) + think))
					time.Sleep(think)
				}
				pairs.Add(1)
			}
		})
	}
	group.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d calls failed", n)
	}
	return [2]int64{sums[0].Load(), sums[1].Load()}, pairs.Load()
}
