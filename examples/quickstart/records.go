package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/waygate-go/waygate"
)

// records shows what is kept: one line for each call, also for those that sent
// nothing.
func (s *story) records(ctx context.Context) {
	s.title("What is on record for acme")
	records := s.callRecords(ctx, waygate.RecordQuery{})
	s.print("%s", table(records))

	attempts, failed := 0, 0
	for _, r := range records {
		attempts += len(r.Attempts)
		if !r.Succeeded() {
			failed++
		}
	}
	s.check("attempts on record", attempts, len(s.provider.Seen("acme")))
	s.say("attempts on record: %d, requests that the provider answered: %d", attempts, len(s.provider.Seen("acme")))
	s.statistics(ctx, len(records), failed)
}

func (s *story) statistics(ctx context.Context, calls, failed int) {
	stats, err := s.acme.Statistics(ctx, waygate.StatisticsQuery{})
	if err != nil {
		s.fail(err)
		return
	}
	byKind := 0
	for _, n := range stats.ByKind {
		byKind += n
	}
	s.check("calls", stats.Calls, calls)
	s.check("failed calls", byKind, failed)
	s.check("calls that succeeded", stats.Succeeded, calls-failed)
	s.say("%d calls, %d succeeded (%.0f %%), half of them within %s, the slowest within %s", stats.Calls, stats.Succeeded,
		100*stats.SuccessRate(), short(stats.P50), short(stats.P99))
	s.say("failed, by kind: %v", stats.ByKind)
}

// table has a line for each record.
func table(records []waygate.CallRecord) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "   ACTION\tPAGE\tCONNECTION\tSTATUSES\tWAITED\tTOOK\tOUTCOME") // a Builder takes all
	for _, r := range records {
		var waited time.Duration
		for _, wait := range waits(r) {
			waited += wait
		}
		page := "-"
		if r.Page > 0 {
			page = fmt.Sprint(r.Page)
		}
		_, _ = fmt.Fprintf(w, "   %s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Action, page, cmp.Or(r.Connection, "-"),
			cmp.Or(statuses(r), "-"), waited, short(r.Duration), cmp.Or(string(r.Kind), "ok"))
	}
	_ = w.Flush()
	return b.String()
}

func short(d time.Duration) time.Duration { return d.Round(100 * time.Microsecond) }
