package storetest

import (
	"fmt"
	"time"

	"github.com/waygate-go/waygate"
)

func statisticsClauses() []clause {
	return []clause{
		{name: "1_counts", run: statisticsCounts},
		{name: "2_percentiles", run: statisticsPercentiles},
		{name: "3_filters", run: statisticsFilters},
	}
}

// sum asks for statistics and compares them.
func (e *env) sum(tenant string, q waygate.StatisticsQuery, want waygate.Statistics, what string) {
	e.Helper()
	got, err := e.statistics.Statistics(e.ctx(), tenant, q)
	e.ok(err, "Statistics")
	e.same(got, want, "statistics of "+what)
}

func statisticsCounts(e *env) {
	e.sum(acme, waygate.StatisticsQuery{}, waygate.Statistics{}, "no calls")
	for i, kind := range []waygate.Kind{"", waygate.KindServer, "", waygate.KindTimeout, waygate.KindServer} {
		r := e.record(acme, base().Add(time.Duration(i)*time.Second))
		r.Kind = kind
		e.append(r)
	}
	d := 1500 * time.Millisecond
	e.sum(acme, waygate.StatisticsQuery{}, waygate.Statistics{Calls: 5, Succeeded: 2,
		ByKind: map[waygate.Kind]int{waygate.KindServer: 2, waygate.KindTimeout: 1}, P50: d, P95: d, P99: d}, "five calls")
}

// statisticsPercentiles: by the nearest rank, the smallest duration that so many
// per cent of the calls don't exceed.
func statisticsPercentiles(e *env) {
	for _, c := range []struct{ n, p50, p95, p99 int }{
		{1, 1, 1, 1}, {2, 1, 2, 2}, {3, 2, 3, 3}, {10, 5, 10, 10}, {20, 10, 19, 20}, {21, 11, 20, 21}, {100, 50, 95, 99}, {101, 51, 96, 100}, {200, 100, 190, 198},
	} {
		tenant := fmt.Sprint("tenant of ", c.n)
		e := e.again()
		var list []waygate.CallRecord
		for i := range c.n {
			r := e.record(tenant, base().Add(time.Duration(i)*time.Second))
			r.Kind, r.Duration = "", time.Duration((i*37)%c.n+1)*time.Microsecond
			if c.n%37 == 0 {
				e.Fatal("37 has to be prime to all")
			}
			list = append(list, r)
		}
		e.append(list...)
		us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
		e.sum(tenant, waygate.StatisticsQuery{}, waygate.Statistics{Calls: c.n, Succeeded: c.n, P50: us(c.p50), P95: us(c.p95), P99: us(c.p99)},
			fmt.Sprint(c.n, " calls of 1 to ", c.n, " µs"))
	}
}

func statisticsFilters(e *env) {
	for i := range 8 {
		r := e.record(acme, base().Add(time.Duration(i)*time.Second))
		r.Integration, r.Action = []string{"github", "slack"}[i%2], []string{"list", "get"}[i/2%2]
		r.Connection, r.ConnectionID = []string{"main", "other"}[i/4], []string{"con_1", "con_2"}[i/4]
		r.Kind, r.Duration = "", 1
		e.append(r)
	}
	at := func(i int) time.Time { return base().Add(time.Duration(i) * time.Second) }
	for _, c := range []struct {
		q    waygate.StatisticsQuery
		want int
	}{
		{waygate.StatisticsQuery{}, 8},
		{waygate.StatisticsQuery{Integration: "slack"}, 4},
		{waygate.StatisticsQuery{Action: "get", Integration: "slack"}, 2},
		{waygate.StatisticsQuery{Connection: "main"}, 4},
		{waygate.StatisticsQuery{Connection: "con_2", Action: "list"}, 2},
		{waygate.StatisticsQuery{Since: at(3)}, 5},
		{waygate.StatisticsQuery{Until: at(3)}, 3},
		{waygate.StatisticsQuery{Since: at(2), Until: at(5)}, 3},
	} {
		want := waygate.Statistics{Calls: c.want, Succeeded: c.want, P50: 1, P95: 1, P99: 1}
		e.sum(acme, c.q, want, fmt.Sprintf("%+v", c.q))
	}
}
