package e2e_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
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

// judge compares what became of each credential with the table, and what was announced with what the server knows.
func (r *round) judge(f *faults, replies map[*cell][]<-chan report) {
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
		if wrong || twice || lost != (revoked == "reuse") || lost == c.want.usable ||
			c.want.doubt != slices.Contains(events, "refresh_in_doubt") {
			r.t.Errorf("%s: %q, announced %q, family revoked: %q, %d requests; want usable %t, doubt %t",
				c.tenant, outcomes, events, revoked, f.requests(c), c.want.usable, c.want.doubt)
		}
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

// TestRefreshFaults disturbs renewals in eight processes over one database. The lease is 1.5 s, the deadline of a token
// request 0.5 s; the clocks are 5 min slow, right, and 5 min fast.
func TestRefreshFaults(t *testing.T) {
	t.Parallel()
	rounds := 2
	if soaking() {
		rounds = 20
	}
	refreshFaults(t, newService(t, 1500*time.Millisecond, 30*time.Second), rounds)
}

// TestRefreshFaultsLong kills a process with the lease and the deadline of the default, and with a shorter lease. The
// others wait for the lease, and then for a tenth of it: a grace has to be longer than that to be of use.
func TestRefreshFaultsLong(t *testing.T) {
	t.Parallel()
	if !soaking() {
		return // takes minutes
	}
	for lease, grace := range map[time.Duration]time.Duration{0: 90 * time.Second, 20 * time.Second: 30 * time.Second} {
		t.Run(fmt.Sprint("lease ", lease), func(t *testing.T) {
			t.Parallel()
			s := newService(t, lease, grace)
			killed(t, s, newFaults(s), startAll(t, s, 7), fmt.Sprint("long-", int(lease.Seconds())))
		})
	}
}

func startAll(t *testing.T, s *service, n int) []*process {
	t.Helper()
	list := make([]*process, n)
	for i := range list {
		list[i] = s.start(t)
	}
	return list
}

func refreshFaults(t *testing.T, s *service, rounds int) {
	f := newFaults(s)
	others := startAll(t, s, 6)
	t.Run("processes", func(t *testing.T) {
		for i := range rounds {
			t.Run(fmt.Sprint("killed ", i), func(t *testing.T) {
				t.Parallel()
				killed(t, s, f, others, fmt.Sprint("killed-", i))
			})
			t.Run(fmt.Sprint("stopped ", i), func(t *testing.T) {
				t.Parallel()
				halted(t, s, f, others, fmt.Sprint("stopped-", i))
			})
		}
	})
	for i := range rounds {
		t.Run(fmt.Sprint("slow ", i), func(t *testing.T) { slow(t, s, f, others, fmt.Sprint("slow-", i)) })
		t.Run(fmt.Sprint("database ", i), func(t *testing.T) { databaseKilled(t, s, f, others, fmt.Sprint("database-", i)) })
	}
}

// killed kills a process for good.
func killed(t *testing.T, s *service, f *faults, others []*process, name string) {
	victim := s.start(t)
	r := newRound(t, s, others, "killed", name, points()...)
	f.add(r, nil)
	r.stopped(victim)
	victim.signal(t, syscall.SIGKILL)
	r.judge(f, r.callAll())
}

// halted stops a process for twice the lease, in which the others go on; then it goes on too.
func halted(t *testing.T, s *service, f *faults, others []*process, name string) {
	victim := s.start(t)
	r := newRound(t, s, others, "stopped", name, points()...)
	f.add(r, nil)
	own := r.stopped(victim)
	victim.signal(t, syscall.SIGSTOP)
	replies := r.callAll()
	time.Sleep(2 * s.lease())
	r.letGo()
	victim.order(order{Do: "go"})
	victim.signal(t, syscall.SIGCONT)
	for c, reply := range own {
		replies[c] = append(replies[c], reply)
	}
	r.judge(f, replies)
}

// slow are token requests that take from nothing to three times the lease.
func slow(t *testing.T, s *service, f *faults, others []*process, name string) {
	lease := s.lease()
	delays := map[string]time.Duration{"at once": 0, "a tenth": lease / 10, "one": lease, "two": 2 * lease, "three": 3 * lease}
	var at []string
	for point := range delays {
		at = append(at, point)
	}
	r := newRound(t, s, others, "slow", name, at...)
	for _, c := range r.cells {
		if delays[c.point] >= lease { // beyond the deadline: the answer is lost, and within the grace asked for again at once
			c.want = fate{usable: c.api == "lenient", doubt: c.api == "strict"}
		}
	}
	f.add(r, func(c *cell) time.Duration { return delays[c.point] })
	r.judge(f, r.callAll())
}

// databaseKilled kills the database when an answer was read and isn't saved.
func databaseKilled(t *testing.T, s *service, f *faults, others []*process, name string) {
	victim := s.start(t)
	r := newRound(t, s, others, "database killed", name, "answered")
	f.add(r, nil)
	own := r.stopped(victim)
	must(t, s.database.Kill())
	victim.order(order{Do: "go"})
	replies := r.callAll()
	time.Sleep(time.Second)
	must(t, s.database.Restart(t.Context()))
	for c, reply := range own {
		replies[c] = append(replies[c], reply)
	}
	r.judge(f, replies)
}

// TestRefreshFaultsTable holds docs/refresh-faults.md to the table that the tests go by.
func TestRefreshFaultsTable(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/refresh-faults.md")
	must(t, err)
	for _, fault := range []string{"killed", "stopped"} {
		for _, point := range points() {
			row := fmt.Sprintf("| %s | %s | %s | %s |", point, fault, describe(fates(fault, point, "strict")), describe(fates(fault, point, "lenient")))
			if !strings.Contains(string(page), row+"\n") {
				t.Errorf("docs/refresh-faults.md has no row %s", row)
			}
		}
	}
}

func describe(f fate) string {
	switch {
	case f.usable && f.doubt:
		return "usable; `refresh_in_doubt`"
	case f.usable:
		return "usable"
	}
	return "**lost**; `refresh_in_doubt`, then `needs_reauth`"
}
