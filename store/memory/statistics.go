package memory

import (
	"context"
	"slices"
	"time"

	"github.com/waygate-go/waygate"
)

// Statistics sums the records up that are kept.
func (r *records) Statistics(ctx context.Context, tenant string, q waygate.StatisticsQuery) (waygate.Statistics, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if err := r.usable(ctx); err != nil {
		return waygate.Statistics{}, err
	}
	filter := waygate.RecordQuery{Integration: q.Integration, Action: q.Action, Connection: q.Connection}
	var sum waygate.Statistics
	var durations []time.Duration
	for _, row := range between(r.log.items(tenant), q.Since, q.Until) {
		if !matches(filter, row) {
			continue
		}
		durations = append(durations, row.Duration)
		if row.Succeeded() {
			sum.Succeeded++
			continue
		}
		if sum.ByKind == nil {
			sum.ByKind = map[waygate.Kind]int{}
		}
		sum.ByKind[row.Kind]++
	}
	slices.Sort(durations)
	sum.Calls = len(durations)
	sum.P50, sum.P95, sum.P99 = nearestRank(durations, 50), nearestRank(durations, 95), nearestRank(durations, 99)
	return sum, nil
}

// nearestRank is the smallest value that at least percent % of the sorted values
// don't exceed; 0 of none.
func nearestRank(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100 // rounded up
	return sorted[rank-1]
}
