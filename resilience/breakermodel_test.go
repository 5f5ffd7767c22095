package resilience_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

// modelled are the settings of this file: small numbers, so that short sequences reach every state. Nothing leaves the
// window by a short wait, everything by the long one.
var modelled = resilience.BreakerSettings{Failures: 3, Rate: 0.5, MinRequests: 4, Window: time.Hour, Open: 2 * time.Second, Probes: 2}

const longWait = 3 * time.Hour

// model is the table of [resilience.Breakers], written down once more in the plainest way.
type model struct {
	state       resilience.State
	forced      resilience.State
	consecutive int
	outcomes    []modelOutcome
	until       time.Time
	reopened    int
	generation  int
	succeeded   int // probes
	probes      []*modelTicket
}

type modelOutcome struct {
	at     time.Time
	failed bool
}

type modelTicket struct {
	generation int
	at         time.Time
	probe      bool
	spent      bool
}

func (m *model) enter(s resilience.State) {
	m.state, m.generation, m.outcomes, m.succeeded, m.probes = s, m.generation+1, nil, 0, nil
}

// allow gives nil, true for a request that isn't counted.
func (m *model) allow() (*modelTicket, bool) {
	now := time.Now()
	switch {
	case m.forced == resilience.StateOpen:
		return nil, false
	case m.forced == resilience.StateClosed:
		return nil, true
	}
	if m.state == resilience.StateOpen {
		if now.Before(m.until) {
			return nil, false
		}
		m.enter(resilience.StateHalfOpen)
	}
	if m.state == resilience.StateClosed {
		return &modelTicket{generation: m.generation, at: now}, true
	}
	m.probes = slices.DeleteFunc(m.probes, func(p *modelTicket) bool {
		lost := now.Sub(p.at) >= modelled.Open
		p.spent = p.spent || lost
		return lost
	})
	if len(m.probes)+m.succeeded >= modelled.Probes {
		return nil, false
	}
	p := &modelTicket{generation: m.generation, at: now, probe: true}
	m.probes = append(m.probes, p)
	return p, true
}

func (m *model) report(t *modelTicket, o resilience.Outcome) {
	if t == nil || t.spent || t.generation != m.generation || m.forced != "" {
		return
	}
	t.spent = true
	m.probes = slices.DeleteFunc(m.probes, func(p *modelTicket) bool { return p == t })
	switch o {
	case resilience.Success:
		m.consecutive = 0
		if m.succeeded++; t.probe && m.succeeded == modelled.Probes {
			m.enter(resilience.StateClosed)
			m.reopened = 0
			return
		}
	case resilience.Failure:
		m.consecutive++
		if t.probe {
			m.reopened++
			m.trip()
			return
		}
	default:
		return
	}
	if !t.probe {
		m.outcomes = append(m.outcomes, modelOutcome{time.Now(), o == resilience.Failure})
		requests, failures := m.counts()
		if o == resilience.Failure && (m.consecutive >= modelled.Failures ||
			requests >= modelled.MinRequests && float64(failures) >= modelled.Rate*float64(requests)) {
			m.trip()
		}
	}
}

func (m *model) trip() {
	m.enter(resilience.StateOpen)
	open := modelled.Open
	for range m.reopened {
		open = min(2*open, time.Hour)
	}
	m.until = time.Now().Add(open)
}

func (m *model) counts() (requests, failures int) {
	for _, o := range m.outcomes {
		if time.Since(o.at) < longWait {
			requests++
			if o.failed {
				failures++
			}
		}
	}
	return requests, failures
}

func (m *model) reset() {
	m.forced, m.consecutive, m.reopened = "", 0, 0
	m.enter(resilience.StateClosed)
}

// place is the model's state as the table tells them apart.
func (m *model) place() string {
	switch requests, _ := m.counts(); {
	case m.forced != "":
		return "forced " + string(m.forced)
	case m.state == resilience.StateOpen && time.Now().Before(m.until):
		return "open"
	case m.state == resilience.StateOpen:
		return "open, time is up"
	case m.state == resilience.StateHalfOpen && len(m.probes)+m.succeeded >= modelled.Probes:
		return "half-open, no place"
	case m.state == resilience.StateHalfOpen:
		return "half-open, a place"
	case requests > 0:
		return "closed, counting"
	}
	return "closed"
}

// walk is a breaker beside its model.
type walk struct {
	t     *testing.T
	set   *resilience.Breakers
	m     model
	held  []heldPair
	steps string
	seen  map[string]bool // pairs of place and event
}

type heldPair struct {
	done   func(resilience.Outcome)
	ticket *modelTicket
}

// modelEvents are what can happen: S, F, I ask and report; + asks and keeps; s, f, i report the oldest one kept; w waits
// for half of what is left until a probe is let through, W until then, L long; R resets, O and C force.
const modelEvents = "SFI+sfiwWLROC"

func newWalk(t *testing.T, seen map[string]bool) *walk {
	return &walk{t: t, set: resilience.NewBreakers(1, nil, nil), m: model{state: resilience.StateClosed}, seen: seen}
}

func (w *walk) step(event rune) {
	w.seen[w.m.place()+" × "+string(event)] = true
	w.steps += string(event)
	outcome := map[rune]resilience.Outcome{'S': resilience.Success, 'F': resilience.Failure, 'I': resilience.Ignored,
		's': resilience.Success, 'f': resilience.Failure, 'i': resilience.Ignored}[event]
	switch event {
	case 'S', 'F', 'I':
		if pair, ok := w.ask(); ok {
			pair.done(outcome)
			w.m.report(pair.ticket, outcome)
		}
	case '+':
		if pair, ok := w.ask(); ok {
			w.held = append(w.held, pair)
		}
	case 's', 'f', 'i':
		if len(w.held) > 0 {
			w.held[0].done(outcome)
			w.m.report(w.held[0].ticket, outcome)
			w.held = w.held[1:]
		}
	case 'w', 'W':
		left := max(time.Until(w.m.until), 0)
		if w.m.state != resilience.StateOpen {
			left = 2 * time.Second
		}
		if event == 'w' {
			left /= 2
		}
		time.Sleep(left)
	case 'L':
		time.Sleep(longWait)
	case 'R':
		w.set.Reset(acme)
		w.m.reset()
	case 'O', 'C':
		s := map[rune]resilience.State{'O': resilience.StateOpen, 'C': resilience.StateClosed}[event]
		if err := w.set.Force(acme, s); err != nil {
			w.t.Fatal(err)
		}
		w.m.forced = s
	}
	w.compare()
}

func (w *walk) ask() (heldPair, bool) {
	done, err := w.set.Allow(acme, modelled)
	ticket, passes := w.m.allow()
	if (err == nil) != passes {
		w.t.Fatalf("%s: Allow says %v, the table %v", w.steps, err, passes)
	}
	var open *resilience.OpenError
	if err != nil && !errors.As(err, &open) {
		w.t.Fatalf("%s: %v is no *OpenError", w.steps, err)
	}
	return heldPair{done, ticket}, passes
}

func (w *walk) compare() {
	got, _ := w.set.State(acme)
	want := resilience.BreakerState{Key: acme, State: w.m.state, Forced: w.m.forced != "", Since: got.Since, Consecutive: w.m.consecutive}
	if got.Key.Host == "" { // none yet
		got, want.Since = resilience.BreakerState{Key: acme, State: resilience.StateClosed}, time.Time{}
	}
	if w.m.forced != "" {
		want.State = w.m.forced
	}
	if w.m.state == resilience.StateOpen && w.m.forced == "" {
		want.RetryAfter = max(time.Until(w.m.until), 0)
	}
	if w.m.state == resilience.StateClosed {
		want.Requests, want.Failures = w.m.counts()
	}
	if got != want {
		w.t.Fatalf("%s:\n got %+v\nwant %+v", w.steps, got, want)
	}
}

// TestBreakerModel goes through every sequence of two events from many states of the table, and through long random
// ones, and wants what the model says after each event. It fails if a pair of state and event was never tried.
func TestBreakerModel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]bool{}
		sequences := 0
		for _, prefix := range []string{"", "SF", "FFF", "FFFW", "FFFW+", "FFFW++", "FFFWF", "+FFFW", "O", "C", "FFFO", "SS", "SFF",
			"FFFWS", "FFFWI", "FFFWFW", "FFFWFW+", "++FFF", "SSFF", "FFFC"} {
			for n := range len(modelEvents) * len(modelEvents) {
				w := newWalk(t, seen)
				for _, e := range prefix {
					w.step(e)
				}
				for range 2 {
					w.step(rune(modelEvents[n%len(modelEvents)]))
					n /= len(modelEvents)
				}
				sequences++
			}
		}
		rnd := rand.New(rand.NewPCG(1, 2))
		for range 500 {
			w := newWalk(t, seen)
			for range 60 {
				w.step(rune(modelEvents[rnd.IntN(len(modelEvents))]))
			}
			sequences++
		}
		places := []string{"closed", "closed, counting", "open", "open, time is up", "half-open, a place", "half-open, no place",
			"forced open", "forced closed"}
		for _, place := range places {
			for _, e := range modelEvents {
				if pair := place + " × " + string(e); !seen[pair] {
					t.Errorf("never tried: %s", pair)
				}
			}
		}
		if len(seen) != len(places)*len(modelEvents) {
			t.Errorf("pairs of other states: %v", slices.Sorted(maps.Keys(seen)))
		}
		t.Log(fmt.Sprint(len(places), " states × ", len(modelEvents), " events, ", sequences, " sequences"))
	})
}
