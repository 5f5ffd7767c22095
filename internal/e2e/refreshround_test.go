package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

// points are where a renewal is disturbed, in their order: the process has the lease; the intent is written; the provider
// has served the request, and its answer is on the way; the answer was read; it is saved.
func points() []string { return []string{"leased", "marked", "sent", "answered", "saved"} }

// fate is what becomes of a credential in a row of docs/refresh-faults.md.
type fate struct {
	usable bool
	doubt  bool // announced, as refresh_in_doubt
}

// fates are the rows: by fault, point and provider. A grant that isn't usable is lost: the provider has revoked it,
// because its refresh token came twice, and needs_reauth is announced. All others are usable by all processes.
func fates(fault, point, api string) fate {
	switch {
	case point == "sent" || point == "answered" && fault != "database killed":
		return fate{usable: api == "lenient", doubt: true}
	case point == "marked":
		return fate{usable: true, doubt: true} // nobody can know that the request wasn't sent
	}
	return fate{usable: true}
}

// cell is one credential in one round.
type cell struct {
	tenant, api, point string
	refresh            string
	want               fate
	arrived            chan struct{} // closed when the provider has its first request
	requests           int           // guarded by the fault's mu
}

// round is one process that is disturbed in the midst of many renewals at once.
type round struct {
	t       *testing.T
	s       *service
	name    string
	cells   []*cell
	others  []*process
	limit   time.Duration
	release chan struct{} // lets go of the answers that are on their way
}

// newRound connects one tenant for each point and provider.
func newRound(t *testing.T, s *service, others []*process, fault, name string, at ...string) *round {
	t.Helper()
	r := &round{t: t, s: s, name: name, others: others, limit: 2*s.lease() + 30*time.Second, release: make(chan struct{})}
	for _, api := range []string{"strict", "lenient"} {
		for _, point := range at {
			tenant := strings.ReplaceAll(fmt.Sprintf("%s-%s-%s", name, api, point), " ", "-")
			r.cells = append(r.cells, &cell{
				tenant: tenant, api: api, point: point, refresh: s.expired(t, tenant, api), want: fates(fault, point, api),
				arrived: make(chan struct{}),
			})
		}
	}
	t.Cleanup(func() { r.letGo() })
	return r
}

func (s *service) lease() time.Duration {
	if s.config.Lease == 0 {
		return time.Minute
	}
	return s.config.Lease
}

func (r *round) letGo() {
	select {
	case <-r.release:
	default:
		close(r.release)
	}
}

// faults decides what becomes of token requests: one table for all rounds, by subject.
type faults struct {
	mu    sync.Mutex
	cells map[string]*cell
	hold  map[string]*round
	delay map[string]time.Duration
}

// serve is for a server's SetFault.
func (f *faults) serve(q fositeserver.TokenRequest) fositeserver.Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := f.cells[q.Subject]
	if c == nil || q.Grant != "refresh_token" {
		return fositeserver.Fault{}
	}
	c.requests++
	if c.requests > 1 {
		return fositeserver.Fault{}
	}
	close(c.arrived)
	if c.point == "sent" {
		return fositeserver.Fault{Wait: f.hold[q.Subject].release}
	}
	return fositeserver.Fault{Delay: f.delay[q.Subject]}
}

func (f *faults) add(r *round, delay func(*cell) time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range r.cells {
		f.cells[c.tenant], f.hold[c.tenant] = c, r
		if delay != nil {
			f.delay[c.tenant] = delay(c)
		}
	}
}

func (f *faults) requests(c *cell) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return c.requests
}

// newFaults sets the servers up.
func newFaults(s *service) *faults {
	f := &faults{cells: map[string]*cell{}, hold: map[string]*round{}, delay: map[string]time.Duration{}}
	for _, api := range s.apis {
		api.SetFault(f.serve)
	}
	return f
}

// stopped has a process begin all renewals, and stop in each at its point. Those that wait for an answer come last,
// because their requests have a deadline.
func (r *round) stopped(victim *process) map[*cell]<-chan report {
	replies := map[*cell]<-chan report{}
	begin := func(c *cell) {
		replies[c] = victim.order(order{Do: "call", Tenant: c.tenant, API: c.api, Point: c.point, Refresh: c.refresh, Limit: r.limit})
	}
	waiting := 0
	for _, c := range r.cells {
		if c.point != "sent" {
			begin(c)
			waiting++
		}
	}
	for range waiting {
		select {
		case <-victim.points:
		case <-time.After(r.limit):
			r.t.Fatalf("%s: a point isn't reached", r.name)
		}
	}
	for _, c := range r.cells {
		if c.point == "sent" {
			begin(c)
			select {
			case <-c.arrived:
			case <-time.After(r.limit):
				r.t.Fatalf("%s: no request of %s", r.name, c.tenant)
			}
		}
	}
	return replies
}

// callAll has all other processes call for all tenants.
func (r *round) callAll() map[*cell][]<-chan report {
	replies := map[*cell][]<-chan report{}
	for _, c := range r.cells {
		for _, p := range r.others {
			replies[c] = append(replies[c], p.order(order{Do: "call", Tenant: c.tenant, API: c.api, Limit: r.limit}))
		}
	}
	return replies
}

// judge compares what became of each credential with the table, and what was announced with what the server knows. It
// returns the doubts that were announced of what came to no harm, and needn't have been.
func (r *round) judge(f *faults, replies map[*cell][]<-chan report) (doubts []string) {
	for _, c := range r.cells {
		var outcomes []string
		for _, reply := range replies[c] {
			o := outcome(r.t, reply, r.limit+10*time.Second)
			outcomes = append(outcomes, strings.TrimSpace(o.Outcome+" "+o.Error))
		}
		var revoked string
		for _, family := range r.s.apis[c.api].Families() {
			if family.Subject == c.tenant {
				revoked = family.Revoked
			}
		}
		events := r.s.events(c.tenant)
		want := "usable"
		if !c.want.usable {
			want = "needs_reauth"
		}
		wrong := slices.ContainsFunc(outcomes, func(o string) bool { return o != want && !strings.HasPrefix(o, want+" ") })
		lost, twice := losses(events)
		doubt := slices.Contains(events, "refresh_in_doubt")
		harmed := wrong || twice || lost != (revoked == "reuse") || lost == c.want.usable
		found := fmt.Sprintf("%s: %q, announced %q, family revoked: %q, %d requests; want usable %t, doubt %t",
			c.tenant, outcomes, events, revoked, f.requests(c), c.want.usable, c.want.doubt)
		switch {
		case harmed || c.want.doubt && !doubt:
			r.t.Error(found)
		case doubt && !c.want.doubt:
			doubts = append(doubts, found)
		}
	}
	return doubts
}

// withoutDoubt makes a round, and makes it again if a doubt was announced for nothing: a process that the machine keeps
// waiting for a second is doubted by the others, rightly, and that costs a request. Three times in turn is a fault.
func withoutDoubt(t *testing.T, name string, round func(name string) (doubts []string)) {
	for try := 1; ; try++ {
		doubts := round(fmt.Sprint(name, "-", try))
		if len(doubts) == 0 || t.Failed() {
			return
		}
		if try == 3 {
			t.Errorf("%s: doubted for nothing, as in the rounds before: %q", name, doubts)
			return
		}
		t.Logf("%s: doubted for nothing, is the machine busy? once more: %q", name, doubts)
	}
}

// losses says whether a loss stands announced at the end, and whether one was announced twice. A process that was stopped
// may bring an answer after the loss was announced: it is saved, because it may be good, and if it isn't, the loss is
// announced anew.
func losses(events []string) (lost, twice bool) {
	for _, e := range events {
		switch e {
		case "needs_reauth":
			lost, twice = true, twice || lost
		case "refreshed":
			lost = false
		}
	}
	return lost, twice
}
