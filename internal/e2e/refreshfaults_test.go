package e2e_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
// others have to ask in time for the grace.
func TestRefreshFaultsLong(t *testing.T) {
	t.Parallel()
	if !soaking() {
		return // takes minutes
	}
	for lease, grace := range map[time.Duration]time.Duration{0: 30 * time.Second, 20 * time.Second: 30 * time.Second} {
		t.Run(fmt.Sprint("lease ", lease), func(t *testing.T) {
			t.Parallel()
			s := newService(t, lease, grace)
			f, others := newFaults(s), startAll(t, s, 7)
			withoutDoubt(t, fmt.Sprint("long-", int(lease.Seconds())), func(name string) []string { return killed(t, s, f, others, name) })
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
				withoutDoubt(t, fmt.Sprint("killed-", i), func(name string) []string { return killed(t, s, f, others, name) })
			})
			t.Run(fmt.Sprint("stopped ", i), func(t *testing.T) {
				t.Parallel()
				withoutDoubt(t, fmt.Sprint("stopped-", i), func(name string) []string { return halted(t, s, f, others, name) })
			})
		}
	})
	for i := range rounds {
		t.Run(fmt.Sprint("slow ", i), func(t *testing.T) {
			withoutDoubt(t, fmt.Sprint("slow-", i), func(name string) []string { return slow(t, s, f, others, name) })
		})
		t.Run(fmt.Sprint("database ", i), func(t *testing.T) {
			withoutDoubt(t, fmt.Sprint("database-", i), func(name string) []string { return databaseKilled(t, s, f, others, name) })
		})
	}
}

// killed kills a process for good.
func killed(t *testing.T, s *service, f *faults, others []*process, name string) (doubts []string) {
	victim := s.start(t)
	r := newRound(t, s, others, "killed", name, points()...)
	f.add(r, nil)
	r.stopped(victim)
	victim.signal(t, syscall.SIGKILL)
	return r.judge(f, r.callAll())
}

// halted stops a process for twice the lease, in which the others go on; then it goes on too.
func halted(t *testing.T, s *service, f *faults, others []*process, name string) (doubts []string) {
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
	return r.judge(f, replies)
}

// slow are token requests that take from nothing to three times the lease.
func slow(t *testing.T, s *service, f *faults, others []*process, name string) (doubts []string) {
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
	return r.judge(f, r.callAll())
}

// databaseKilled kills the database when an answer was read and isn't saved.
func databaseKilled(t *testing.T, s *service, f *faults, others []*process, name string) (doubts []string) {
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
	return r.judge(f, replies)
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
