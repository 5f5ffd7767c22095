package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/resilience"
)

// recoveredFailure looks like any other call from outside: the attempts tell.
func (s *story) recoveredFailure(ctx context.Context) {
	s.title("Failures that were recovered")
	res, err := s.acme.Invoke(ctx, "crm.weekly_report", nil)
	if err != nil {
		s.fail(err)
		return
	}
	report := s.recordOf(ctx, "weekly_report", func(r waygate.CallRecord) bool { return r.ID == res.Meta.CallID })
	s.check("attempts of the result and its record", len(report.Attempts), res.Meta.Attempts)
	s.check("statuses", statuses(report), "503 503 200")
	s.check("requests", len(s.requests("/reports/weekly")), res.Meta.Attempts)
	s.check("waits", waits(report), []time.Duration{firstWait, 2 * firstWait})
	s.say("crm.%s: status %d after %d attempts (%s), %s in between", report.Action, res.Status, res.Meta.Attempts, statuses(report), joined(waits(report)))

	limited := s.recordOf(ctx, "list_deals", func(r waygate.CallRecord) bool { return len(r.Attempts) > 1 })
	s.check("statuses", statuses(limited), "429 200")
	s.check("waits", waits(limited), []time.Duration{time.Second}) // as the provider said
	s.say("crm.%s, page %d: status %d after %d attempts (%s), %s in between, as the provider asked for",
		limited.Action, limited.Page, limited.Status, len(limited.Attempts), statuses(limited), joined(waits(limited)))
}

// openCircuit spares a provider that is down, and whoever waits for it.
func (s *story) openCircuit(ctx context.Context) {
	s.title("A circuit that opens")
	_, err := s.acme.Invoke(ctx, "crm.forecast", nil)
	down := s.failure(err, waygate.ErrServer)
	s.check("attempts", down.Attempts, opensAfter)
	s.say("crm.forecast: %s, status %d, after %d attempts", down.Kind, down.Status, down.Attempts)

	before := s.provider.Count()
	_, err = s.acme.Invoke(ctx, "crm.forecast", nil)
	refused := s.failure(err, waygate.ErrCircuitOpen)
	s.check("requests while the circuit is open", s.provider.Count()-before, 0)
	s.check("RetryAfter is known", refused.RetryAfter > 0, true)
	s.say("again:        %s, refused with %d requests sent, try again in %s",
		refused.Kind, s.provider.Count()-before, refused.RetryAfter.Round(time.Second))

	circuits := s.gw.Breakers().List("acme")
	if !s.check("circuits of acme", len(circuits), 1) {
		return
	}
	circuit := circuits[0]
	s.check("state", circuit.State, resilience.StateOpen)
	s.say("the circuit of %s is %s since %d failures in a row", circuit.Key.Tenant, circuit.State, circuit.Consecutive)
	s.othersGoOn(ctx, circuit.Key)
}

// othersGoOn: a circuit belongs to one tenant's connection.
func (s *story) othersGoOn(ctx context.Context, key resilience.BreakerKey) {
	contacts, err := waygate.Invoke[[]Contact](ctx, s.globex, "crm.list_contacts", nil)
	s.fail(err)
	s.check("contacts of globex", len(contacts), len(s.provider.Contacts("globex")))
	s.say("%s calls the same host meanwhile: %d contacts", s.globex.ID(), len(contacts))

	s.gw.Breakers().Reset(key)
	state, _ := s.gw.Breakers().State(key)
	_, err = s.acme.Invoke(ctx, "crm.weekly_report", nil)
	s.fail(err)
	s.check("state after a reset", state.State, resilience.StateClosed)
	s.say("reset by hand it is %s, and %s is served again", state.State, s.acme.ID())
}

// recordOf finds a record of an action.
func (s *story) recordOf(ctx context.Context, action string, is func(waygate.CallRecord) bool) waygate.CallRecord {
	records := s.callRecords(ctx, waygate.RecordQuery{Action: action})
	i := slices.IndexFunc(records, is)
	if i < 0 {
		s.fail(fmt.Errorf("no such record of %s", action))
		return waygate.CallRecord{}
	}
	return records[i]
}

// statuses are those of a call's attempts, in order.
func statuses(r waygate.CallRecord) string {
	var out []string
	for _, a := range r.Attempts {
		out = append(out, fmt.Sprint(a.Status))
	}
	return strings.Join(out, " ")
}

// waits are the times between a call's attempts.
func waits(r waygate.CallRecord) []time.Duration {
	var out []time.Duration
	for _, a := range r.Attempts[min(1, len(r.Attempts)):] {
		out = append(out, a.Wait)
	}
	return out
}

func joined(waits []time.Duration) string {
	var out []string
	for _, w := range waits {
		out = append(out, w.String())
	}
	return strings.Join(out, " and ")
}
