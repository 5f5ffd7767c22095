package resilience_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

var acme = resilience.BreakerKey{Tenant: "acme", Connection: "main", Host: "api.example.com"}

// bench is a breaker set with its changes, in synctest's time.
type bench struct {
	t       *testing.T
	set     *resilience.Breakers
	s       resilience.BreakerSettings
	changes []resilience.BreakerChange
	held    []func(resilience.Outcome)
}

func newBench(t *testing.T, s resilience.BreakerSettings) *bench {
	b := &bench{t: t, s: s}
	b.set = resilience.NewBreakers(0, nil, func(c resilience.BreakerChange) { b.changes = append(b.changes, c) })
	return b
}

// ask wants one request let through, or refused, and keeps its done.
func (b *bench) ask(allowed bool) {
	b.t.Helper()
	done, err := b.set.Allow(acme, b.s)
	if (err == nil) != allowed {
		b.t.Fatalf("Allow: %v, want allowed %v", err, allowed)
	}
	var open *resilience.OpenError
	if err != nil && !errors.As(err, &open) {
		b.t.Fatalf("Allow: %v, want an *OpenError", err)
	}
	if done == nil {
		b.t.Fatal("done is nil")
	}
	if err == nil {
		b.held = append(b.held, done)
	}
}

// step is one line of a scenario: S, F, I report an outcome of a request made now; + and - ask and keep, expecting it
// to pass or to be refused; s, f, i report the oldest request kept; R resets, O and C force open and closed; any
// duration passes.
func (b *bench) step(what string) {
	b.t.Helper()
	outcomes := map[string]resilience.Outcome{"s": resilience.Success, "f": resilience.Failure, "i": resilience.Ignored}
	switch what {
	case "S", "F", "I":
		done, err := b.set.Allow(acme, b.s)
		if err != nil {
			b.t.Fatalf("%s: %v", what, err)
		}
		done(outcomes[strings.ToLower(what)])
	case "s", "f", "i":
		b.held[0](outcomes[what])
		b.held = b.held[1:]
	case "+", "-":
		b.ask(what == "+")
	case "R":
		b.set.Reset(acme)
	case "O", "C":
		state := map[string]resilience.State{"O": resilience.StateOpen, "C": resilience.StateClosed}[what]
		if err := b.set.Force(acme, state); err != nil {
			b.t.Fatal(err)
		}
	default:
		d, err := time.ParseDuration(what)
		if err != nil {
			b.t.Fatal(err)
		}
		time.Sleep(d)
	}
}

func (b *bench) state() resilience.BreakerState {
	s, _ := b.set.State(acme)
	return s
}

func TestBreakerTable(t *testing.T) {
	t.Parallel()
	type settings = resilience.BreakerSettings
	const closed, open, half = resilience.StateClosed, resilience.StateOpen, resilience.StateHalfOpen
	const tripped = "F F F F F "
	for name, tc := range map[string]struct {
		s     settings
		steps string
		want  resilience.State
	}{
		"four failures":                           {settings{}, "F F F F", closed},
		"five failures":                           {settings{}, "F F F F F -", open},
		"a success in between":                    {settings{}, "F F F F S F F F F", closed},
		"ignored ones in between don't count":     {settings{}, "F F I F F I I F -", open},
		"only ignored ones":                       {settings{}, "I I I I I I I I I I I I +", closed},
		"failures in a row outlast the window":    {settings{}, "F 20s F 20s F 20s F 20s F -", open},
		"half fail, ten requests":                 {settings{Failures: 100}, "S S S S S F F F F F -", open},
		"half fail, nine requests":                {settings{Failures: 100}, "S S S S F F F F F +", closed},
		"less than half fail":                     {settings{Failures: 100}, "S S S S S S F F F F F +", closed},
		"ignored ones are no requests":            {settings{Failures: 100}, "I I I I S F F F F F F F F +", closed},
		"the tenth that counts decides":           {settings{Failures: 100}, "I I I I S F F F F F F F F F -", open},
		"old outcomes leave the window":           {settings{Failures: 100}, "S S S S S F F F F 40s F +", closed},
		"a rate and a minimum of one's own":       {settings{Failures: 100, Rate: 0.9, MinRequests: 4}, "F F F F -", open},
		"open refuses until its time":             {settings{}, tripped + "59999ms -", open},
		"then lets a probe through":               {settings{}, tripped + "60s +", half},
		"an open time of one's own":               {settings{Open: time.Second}, tripped + "999ms - 1ms +", half},
		"one probe only":                          {settings{}, tripped + "60s + -", half},
		"the probe succeeds":                      {settings{}, tripped + "60s S +", closed},
		"counts begin at 0 then":                  {settings{}, tripped + "60s S F F F F +", closed},
		"the probe fails":                         {settings{}, tripped + "60s F -", open},
		"open twice as long then":                 {settings{}, tripped + "60s F 119s - 1s +", half},
		"and twice again":                         {settings{}, tripped + "60s F 120s F 239s - 1s +", half},
		"up to an hour":                           {settings{Open: 40 * time.Minute}, tripped + "40m F 1h F 1h F 59m - 1m +", half},
		"a success makes it short again":          {settings{}, tripped + "60s F 120s S " + tripped + "59s - 1s +", half},
		"an ignored probe gives its place back":   {settings{}, tripped + "60s I + -", half},
		"two probes, one done":                    {settings{Probes: 2}, tripped + "60s + + - s", half},
		"two probes, both done":                   {settings{Probes: 2}, tripped + "60s + + - s s +", closed},
		"two probes, one after the other":         {settings{Probes: 2}, tripped + "60s S S", closed},
		"two probes, the second fails":            {settings{Probes: 2}, tripped + "60s S F -", open},
		"three probes, one ignored":               {settings{Probes: 3}, tripped + "60s S I S +", half},
		"two fail, one time of growth":            {settings{Probes: 2}, tripped + "60s + + f f 119s - 1s +", half},
		"a lost probe holds its place for a time": {settings{}, tripped + "60s + 59s -", half},
		"and no longer":                           {settings{}, tripped + "60s + 60s + -", half},
		"its report comes too late":               {settings{}, tripped + "60s + 60s + s -", half},
		"also a bad one":                          {settings{}, tripped + "60s + 60s + f -", half},
		"a probe that reported is not lost later": {settings{Probes: 2}, tripped + "60s S 60s + -", half},
		"the probe after it counts":               {settings{}, tripped + "60s + 60s + s s +", closed},
		"a request from before it opened":         {settings{}, "+ " + tripped + "60s + s", half},
		"a failure from before it opened":         {settings{}, "+ " + tripped + "60s S f F F F F +", closed},
		"disabled":                                {settings{Disabled: true}, tripped + "+", ""},
		"forced open":                             {settings{}, "O - 2h -", open},
		"forced open though disabled":             {settings{Disabled: true}, "O -", open},
		"forced closed":                           {settings{}, tripped + "C +", closed},
		"forced closed counts nothing":            {settings{}, "C " + tripped + tripped + "+", closed},
		"forced one way, then the other":          {settings{}, "O - C +", closed},
		"reset of an open one":                    {settings{}, tripped + "- R +", closed},
		"reset of a forced one":                   {settings{}, "O - R +", closed},
		"reset forgets counts":                    {settings{}, "F F F F R F F F F +", closed},
		"reset forgets requests under way":        {settings{}, "F F F F + R f F F F F +", closed},
		"reset forgets growth":                    {settings{}, tripped + "60s F R " + tripped + "60s +", half},
		"reset of a probing one":                  {settings{}, tripped + "60s + R f +", closed},
		"reset of nothing":                        {settings{}, "R", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, tc.s)
				for _, step := range strings.Fields(tc.steps) {
					b.step(step)
				}
				if got := b.state().State; got != tc.want {
					t.Errorf("after %s: %q, want %q", tc.steps, got, tc.want)
				}
			})
		})
	}
}

func TestBreakerChangesAreTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, resilience.BreakerSettings{})
		began := time.Now()
		for _, step := range strings.Fields("F F F F F 60s F 120s S O O C R R") {
			b.step(step)
		}
		const closed, open, half = resilience.StateClosed, resilience.StateOpen, resilience.StateHalfOpen
		at := func(seconds int) time.Time { return began.Add(time.Duration(seconds) * time.Second) }
		want := []resilience.BreakerChange{
			{Key: acme, From: closed, To: open, At: at(0)},
			{Key: acme, From: open, To: half, At: at(60)},
			{Key: acme, From: half, To: open, At: at(60)},
			{Key: acme, From: open, To: half, At: at(180)},
			{Key: acme, From: half, To: closed, At: at(180)},
			{Key: acme, From: closed, To: open, Forced: true, At: at(180)},
			{Key: acme, From: open, To: closed, Forced: true, At: at(180)},
			{Key: acme, From: closed, To: closed, At: at(180)},
		}
		if diff := cmp.Diff(want, b.changes); diff != "" {
			t.Errorf("changes (-want +got):\n%s", diff)
		}
	})
}

func TestBreakerStateIsReadable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, resilience.BreakerSettings{})
		if s, ok := b.set.State(acme); ok || s != (resilience.BreakerState{}) {
			t.Errorf("unknown key: %+v, %v", s, ok)
		}
		began := time.Now()
		for _, step := range strings.Fields("S F I F +") {
			b.step(step)
		}
		check := func(when string, want resilience.BreakerState) {
			t.Helper()
			want.Key = acme
			if diff := cmp.Diff(want, b.state()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", when, diff)
			}
		}
		check("counting", resilience.BreakerState{State: "closed", Since: began, Requests: 3, Failures: 2, Consecutive: 2})
		time.Sleep(40 * time.Second)
		check("the window passed", resilience.BreakerState{State: "closed", Since: began, Consecutive: 2})
		for _, step := range strings.Fields("F F F 10s") {
			b.step(step)
		}
		opened := began.Add(40 * time.Second)
		check("open", resilience.BreakerState{State: "open", Since: opened, RetryAfter: 50 * time.Second, Consecutive: 5})
		time.Sleep(time.Hour)
		check("time is up", resilience.BreakerState{State: "open", Since: opened, Consecutive: 5})
		b.step("O")
		check("forced", resilience.BreakerState{State: "open", Forced: true, Since: time.Now(), Consecutive: 5})
	})
}

func TestOpenErrorSaysWhen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, resilience.BreakerSettings{})
		refused := func() *resilience.OpenError {
			t.Helper()
			_, err := b.set.Allow(acme, b.s)
			var open *resilience.OpenError
			if !errors.As(err, &open) {
				t.Fatalf("Allow: %v, want an *OpenError", err)
			}
			return open
		}
		for _, step := range strings.Fields("F F F F F 15s") {
			b.step(step)
		}
		if diff := cmp.Diff(&resilience.OpenError{Key: acme, RetryAfter: 45 * time.Second}, refused()); diff != "" {
			t.Errorf("open (-want +got):\n%s", diff)
		}
		for _, step := range strings.Fields("45s + 20s") {
			b.step(step)
		}
		if diff := cmp.Diff(&resilience.OpenError{Key: acme, RetryAfter: 40 * time.Second}, refused()); diff != "" {
			t.Errorf("probe under way (-want +got):\n%s", diff)
		}
		b.step("O")
		if diff := cmp.Diff(&resilience.OpenError{Key: acme, Forced: true}, refused()); diff != "" {
			t.Errorf("forced (-want +got):\n%s", diff)
		}
	})
}

// However many probes fail, the time stays at its longest.
func TestBreakerGrowthDoesNotOverflow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, resilience.BreakerSettings{Failures: 1})
		for range 100 {
			b.step("F")
			time.Sleep(b.state().RetryAfter)
		}
		b.step("F")
		if got := b.state().RetryAfter; got != time.Hour {
			t.Errorf("after 100 failed probes: open for %v, want 1h", got)
		}
	})
}
