package resilience_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

const apiHost = "api.example.com"

var wholeHost = resilience.BreakerKey{Host: apiHost}

// lenient keeps the connections' own circuits out of the way.
var lenient = resilience.BreakerSettings{Failures: 1_000_000, MinRequests: 1_000_000}

// hostBench is a set of which the whole host is looked at.
type hostBench struct {
	t    *testing.T
	set  *resilience.Breakers
	held map[string][]func(resilience.Outcome)
}

func newHostBench(t *testing.T, s resilience.HostSettings) *hostBench {
	return &hostBench{t: t, set: resilience.NewBreakersOf(resilience.BreakersConfig{Hosts: s}), held: map[string][]func(resilience.Outcome){}}
}

// step is one line of a scenario. "a1F" is an attempt of tenant a's connection 1: S, F and I report, + and - ask and
// keep, expecting it to pass or not; s, f and i report the oldest one kept. "a1F*3" is three of them. R, O and C reset
// and force the host; a duration passes.
func (b *hostBench) step(what string) {
	b.t.Helper()
	if d, err := time.ParseDuration(what); err == nil {
		time.Sleep(d)
		return
	}
	switch what {
	case "R":
		b.set.Reset(wholeHost)
		return
	case "O", "C":
		s := map[string]resilience.State{"O": resilience.StateOpen, "C": resilience.StateClosed}[what]
		if err := b.set.Force(wholeHost, s); err != nil {
			b.t.Fatal(err)
		}
		return
	}
	one, times, n := what, "1", 1
	if before, after, found := strings.Cut(what, "*"); found {
		one, times = before, after
	}
	if _, err := fmt.Sscan(times, &n); err != nil {
		b.t.Fatal(err)
	}
	for range n {
		b.attempt(one[:1], one[1:len(one)-1], one[len(one)-1:])
	}
}

func (b *hostBench) attempt(tenant, connection, what string) {
	b.t.Helper()
	outcomes := map[string]resilience.Outcome{"s": resilience.Success, "f": resilience.Failure, "i": resilience.Ignored}
	if from := tenant + connection; strings.Contains("sfi", what) {
		b.held[from][0](outcomes[what])
		b.held[from] = b.held[from][1:]
		return
	}
	done, err := b.set.Allow(resilience.BreakerKey{Tenant: tenant, Connection: connection, Host: apiHost}, lenient)
	if (err == nil) != (what != "-") {
		b.t.Fatalf("%s%s%s: %v", tenant, connection, what, err)
	}
	var open *resilience.OpenError
	if err != nil && (!errors.As(err, &open) || open.Key != wholeHost) {
		b.t.Fatalf("refused by %v, want the whole host's circuit", err)
	}
	switch {
	case what == "+":
		b.held[tenant+connection] = append(b.held[tenant+connection], done)
	case err == nil:
		done(outcomes[strings.ToLower(what)])
	}
}

func TestHostTable(t *testing.T) {
	t.Parallel()
	const closed, open, half = resilience.StateClosed, resilience.StateOpen, resilience.StateHalfOpen
	const down = "a1F*4 b1F*3 c1F*3 "
	for name, tc := range map[string]struct {
		steps string
		want  resilience.State
	}{
		"ten failures of three tenants":           {"a1F*4 b1F*3 c1F*2 a1+ c1F a1-", open},
		"however they are spread":                 {"a1F b1F c1F*8 a1-", open},
		"nine failures":                           {"a1F*4 b1F*3 c1F*2", closed},
		"two tenants":                             {"a1F*50 b1F*50", closed},
		"half of the connections":                 {"d1S e1S f1S a1F*4 b1F*3 c1F*3", open},
		"less than half":                          {"d1S e1S f1S g1S a1F*4 b1F*3 c1F*3", closed},
		"others' attempts, whatever came of them": {"d1I e1I f1I g1I a1F*4 b1F*3 c1F*3", closed},
		"a connection that worked before":         {"a1S b1S c1S a1F*4 b1F*3 c1F*3", open},
		"a connection that works again":           {"d1S a1F*4 b1F*3 c1F a1S c1F*2", closed},
		"failures among many answers":             {"a1F*9 a1S b1F*9 b1S c1F*9 c1S d1F*9 d1S e1F", closed},
		"an answer that says nothing":             {"a1F*4 b1F*3 c1F a1I c1F*2", open},
		"within 30 s":                             {"a1F*4 b1F*3 30s c1F*3", open},
		"not after it":                            {"a1F*4 b1F*3 30001ms c1F*3", closed},
		"one of the ten is too old":               {"a1F 1ms a1F*3 b1F*3 30s c1F*3", closed},
		"connections count as long":               {"d1S e1S f1S g1S 30001ms a1F*4 b1F*3 c1F*3", open},
		"a tenant's connections are one voice":    {"d1S e1S f1S g1S h1S a1F a2F a3F a4F a5F a6F a7F a8F b1F c1F", closed},
		"also if it is many voices":               {"d1S e1S f1S a1F a2F a3F b1F b2F b3F c1F c2F c3F c1F", open},
		"open for 60 s":                           {down + "59999ms a1- 1ms a1+", half},
		"a probe for each tenant":                 {down + "60s a1+ a2- b1+ b1- c1+ d1-", half},
		"one that works is enough":                {down + "60s a1+ b1+ a1f b1s a1+", closed},
		"counts begin at 0 then":                  {down + "60s a1S a1F*4 b1F*3 c1F*2", closed},
		"one tenant doesn't keep it open":         {down + "60s a1F a1- b1S a1+", closed},
		"three do":                                {down + "60s a1F b1F c1F d1-", open},
		"for twice as long":                       {down + "60s a1F b1F c1F 119999ms d1- 1ms d1+", half},
		"up to an hour":                           {down + strings.Repeat("1h a1F b1F c1F ", 20) + "59m d1- 1m d1+", half},
		"a success makes it short again":          {down + "60s a1F b1F c1F 2m a1S " + down + "60s d1+", half},
		"nobody else comes":                       {down + "60s a1F 29s a1- 1s a1- 119s a1- 1s a1+", half},
		"a probe that says nothing":               {down + "60s a1I a1+", half},
		"a probe that is lost":                    {down + "60s a1+ 59s a1- 1s a1+ a1s a1-", half},
		"requests of before don't count":          {"a1+ b1+ " + down + "60s a1s b1f c1+", half},
		"forced open":                             {"O a1- 2h a1-", open},
		"forced closed":                           {down + "C a1F*20 b1F*20 c1F*20 a1+", closed},
		"reset of an open one":                    {down + "R a1+", closed},
		"reset of a forced one":                   {"O a1- R a1+", closed},
		"reset of nothing":                        {"R", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newHostBench(t, resilience.HostSettings{})
				for _, step := range strings.Fields(tc.steps) {
					b.step(step)
				}
				if got, _ := b.set.State(wholeHost); got.State != tc.want {
					t.Errorf("after %s: %q, want %q", tc.steps, got.State, tc.want)
				}
			})
		})
	}
}

// logged is an attempt as the rule written down plainly looks at it.
type logged struct {
	at                 time.Time
	tenant, connection string
	failed             bool
}

// isDown is the rule of the whole host's circuit over all that was ever attempted.
func isDown(log []logged, now time.Time) bool {
	type connection struct{ tenant, name string }
	tried, failed, of := map[connection]bool{}, map[connection]bool{}, map[string]int{}
	failures := 0
	for _, l := range log {
		if now.Sub(l.at) > 30*time.Second {
			continue
		}
		k := connection{l.tenant, l.connection}
		tried[k] = true
		if delete(failed, k); l.failed {
			failures++
			failed[k] = true
		}
	}
	for k := range failed {
		of[k.tenant]++
	}
	all, bad, loudest := len(tried), len(failed), 0
	for _, n := range of {
		loudest = max(loudest, n)
	}
	beyond := max(2*loudest-bad, 0)
	return failures >= 10 && len(of) >= 3 && 2*bad >= all && 2*(bad-beyond) >= all-beyond
}

// The circuit opens with the very attempt with which the rule, counted anew each time, holds.
func TestHostRule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		opened, never := 0, 0
		for seed := range uint64(150) {
			rnd := rand.New(rand.NewPCG(seed, 7))
			set := resilience.NewBreakers(0, nil, nil)
			bad, pause := rnd.Float64(), time.Duration(rnd.IntN(1500))*time.Millisecond
			var log []logged
			down := false
			for i := 0; i < 200 && !down; i++ {
				tenant := rnd.IntN(1 + rnd.IntN(8))
				l := logged{time.Now(), fmt.Sprint("t", tenant), fmt.Sprint("c", rnd.IntN(5)), rnd.Float64() < bad*float64(1+tenant%3)/2}
				log = append(log, l)
				done, err := set.Allow(resilience.BreakerKey{Tenant: l.tenant, Connection: l.connection, Host: apiHost}, lenient)
				if err != nil {
					t.Fatal(err)
				}
				o := resilience.Success
				if l.failed {
					o = resilience.Failure
				}
				done(o)
				down = l.failed && isDown(log, time.Now())
				if s, _ := set.State(wholeHost); (s.State == resilience.StateOpen) != down {
					t.Fatalf("seed %d, attempt %d: %q, the rule says down: %v", seed, i, s.State, down)
				}
				time.Sleep(time.Duration(rnd.Int64N(int64(pause) + 1)))
			}
			if down {
				opened++
			} else {
				never++
			}
		}
		if opened < 20 || never < 20 {
			t.Errorf("%d opened, %d didn't: the sequences are no good", opened, never)
		}
	})
}

// One tenant that provokes failures, on as many connections as it likes, opens its own circuits: not the host's, and
// none of its neighbours', also where these fail now and then.
func TestOneTenantLeavesItsNeighboursAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		set := resilience.NewBreakers(0, nil, nil)
		do := func(tenant, connection string, o resilience.Outcome) bool {
			done, err := set.Allow(resilience.BreakerKey{Tenant: tenant, Connection: connection, Host: apiHost}, resilience.BreakerSettings{})
			if err == nil {
				done(o)
			}
			return err == nil
		}
		refused := 0
		for i := range 1000 { // a hundred seconds
			for c := range 20 {
				if !do("evil", fmt.Sprint(c+20*(i%5)), resilience.Failure) {
					refused++
				}
			}
			for n := range 9 {
				o := resilience.Success
				if (i+n)%50 == 0 {
					o = resilience.Failure // noise
				}
				if !do(fmt.Sprint("good", n), "main", o) {
					t.Fatalf("neighbour %d was refused at %d", n, i)
				}
			}
			time.Sleep(100 * time.Millisecond)
		}
		if refused == 0 {
			t.Error("its own circuits stayed closed")
		}
		for _, s := range append(set.List(""), set.Hosts()...) {
			if s.State != resilience.StateClosed && s.Key.Tenant != "evil" {
				t.Errorf("%+v", s)
			}
			if changes := set.History(s.Key); s.Key.Tenant != "evil" && len(changes) != 0 {
				t.Errorf("%v: %+v", s.Key, changes)
			}
		}
	})
}

// Token endpoints have circuits of their own, at the same host too.
func TestUsesAreKeptApart(t *testing.T) {
	t.Parallel()
	set := resilience.NewBreakers(0, nil, nil)
	for i := range 12 {
		done, err := set.Allow(resilience.BreakerKey{Tenant: fmt.Sprint(i % 4), Connection: "main", Host: apiHost, Use: resilience.UseToken}, lenient)
		if err == nil {
			done(resilience.Failure)
		}
	}
	token := resilience.BreakerKey{Host: apiHost, Use: resilience.UseToken}
	if s, _ := set.State(token); s.State != resilience.StateOpen {
		t.Errorf("token endpoint: %+v", s)
	}
	if _, err := set.Allow(keyOf("9", apiHost), lenient); err != nil {
		t.Errorf("calls: %v", err)
	}
	_, err := set.Allow(resilience.BreakerKey{Tenant: "9", Connection: "main", Host: apiHost, Use: resilience.UseToken}, lenient)
	var open *resilience.OpenError
	if !errors.As(err, &open) || open.Key != token || !strings.Contains(err.Error(), "whole host api.example.com (token)") {
		t.Errorf("refused by %v", err)
	}
}

func TestHistoryIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var told []resilience.BreakerChange
		set := resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) { told = append(told, c) })
		if got := set.History(acme); got != nil {
			t.Errorf("of nothing: %v", got)
		}
		fail(t, set, acme, 5)
		time.Sleep(time.Minute)
		fail(t, set, acme, 1)
		if diff := cmp.Diff(told, set.History(acme)); diff != "" || len(told) != 3 {
			t.Errorf("what was told, and what is remembered:\n%s", diff)
		}
		for range 50 {
			set.Reset(acme)
			fail(t, set, acme, 5)
		}
		if diff := cmp.Diff(told[len(told)-16:], set.History(acme)); diff != "" {
			t.Errorf("the last 16 (-told +remembered):\n%s", diff)
		}
	})
}

func TestHostSettings(t *testing.T) {
	t.Parallel()
	for field, s := range map[string]resilience.HostSettings{
		"attempts": {Attempts: -1}, "tenants": {Tenants: 1}, "connections": {Connections: 1.1}, "window": {Window: 1}, "open": {Open: 2 * time.Hour},
	} {
		checkField(t, s.Validate(), field)
	}
	if err := (resilience.HostSettings{Attempts: 4, Tenants: 2, Connections: 1, Window: time.Minute, Open: time.Second}).Validate(); err != nil {
		t.Error(err)
	}
	synctest.Test(t, func(t *testing.T) {
		b := newHostBench(t, resilience.HostSettings{Attempts: 4, Tenants: 2, Connections: 1, Window: time.Minute, Open: time.Second})
		for _, step := range strings.Fields("c1S a1F*2 b1F*2 61s a1F*2 45s b1F*2 a1- 1s a1+ b1+ a1f b1f 1999ms a1- 1ms a1+ a1s b1+") {
			b.step(step)
		}
		off := newHostBench(t, resilience.HostSettings{Disabled: true})
		for _, step := range strings.Fields("a1F*9 b1F*9 c1F*9 a1+ O a1- R a1+") {
			off.step(step)
		}
	})
}
