package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/waygate-go/waygate"
)

func recordClauses() []clause {
	return []clause{
		{name: "1_append_whole", run: appendWhole},
		{name: "2_repeated_batch", run: repeatedBatch},
		{name: "3_never_changed", run: recordsNeverChange},
		{name: "4_order", run: recordOrder},
		{name: "5_cursor", run: recordCursor},
		{name: "6_filters", run: recordFilters},
		{name: "6_times", run: recordTimes},
		{name: "7_expire", run: expireRecords},
		{name: "8_bounded", run: boundedRecords},
		{name: "9_purge", run: purgeRecords},
	}
}

// sameIDs compares the ids of a listing.
func (e *env) sameIDs(tenant string, q waygate.RecordQuery, want []string, what string) {
	e.Helper()
	e.same(ids(e.allRecords(tenant, q), recordID), want, what)
}

// appendWhole: no reader sees part of a batch.
func appendWhole(e *env) {
	const size, batches = 10, 9 // that one page shows all
	var done atomic.Bool
	var reading sync.WaitGroup
	reading.Add(2)
	for _, err := range e.race(3, func(i int) error {
		if i == 0 {
			defer done.Store(true)
			reading.Wait()
			for range batches {
				var batch []waygate.CallRecord
				for range size {
					batch = append(batch, e.record(acme, base()))
				}
				if err := e.records.Append(e.ctx(), batch); err != nil {
					return err
				}
			}
			return nil
		}
		reading.Done()
		for !done.Load() {
			page, err := e.records.List(e.ctx(), acme, waygate.RecordQuery{Limit: 100})
			if err != nil {
				return err
			}
			if n := len(page.Records); n%size != 0 {
				return fmt.Errorf("%d records are there, of batches of %d", n, size)
			}
		}
		return nil
	}) {
		e.ok(err, "while batches were written")
	}
	if n := len(e.allRecords(acme, waygate.RecordQuery{})); n != size*batches {
		e.Errorf("%d records, want %d", n, size*batches)
	}
}

func repeatedBatch(e *env) {
	a, b, c := e.record(acme, base()), e.record(acme, base().Add(1000)), e.record(globex, base())
	e.append(a, b, a)
	e.append(a, b, c)
	for _, err := range e.race(8, func(int) error { return e.records.Append(e.ctx(), []waygate.CallRecord{a, b, c}) }) {
		e.ok(err, "Append at once")
	}
	e.same(e.allRecords(acme, waygate.RecordQuery{}), []waygate.CallRecord{b, a}, "the records of acme")
	e.same(e.allRecords(globex, waygate.RecordQuery{}), []waygate.CallRecord{c}, "the records of globex")
}

func recordsNeverChange(e *env) {
	a := e.record(acme, base())
	e.append(a)
	changed := a
	changed.Error, changed.Start, changed.Status = "changed", base().Add(time.Hour), 200
	e.append(changed)
	e.same(e.allRecords(acme, waygate.RecordQuery{}), []waygate.CallRecord{a}, "the records after one of the same ID")
}

// history stores records, one a second and the last three at one moment, in a
// mixed order; it returns their ids in the order of a listing.
func (e *env) history(n int) []string {
	var list []waygate.CallRecord
	for i := range n {
		list = append(list, e.record(acme, base().Add(time.Duration(min(i, n-3))*time.Second)))
	}
	newest := ids(list, recordID)
	slices.Reverse(newest)
	for i := range list {
		e.append(list[i*7%n])
	}
	return newest
}

func recordOrder(e *env) {
	e.sameIDs(acme, waygate.RecordQuery{}, e.history(20), "the records, newest first")
}

// recordCursor goes on while others come, before and behind where it is.
func recordCursor(e *env) {
	want := e.history(20)
	step := 0
	got := every(e, "List", func(cursor string) ([]waygate.CallRecord, string, error) {
		page, err := e.records.List(e.ctx(), acme, waygate.RecordQuery{Limit: 3, Cursor: cursor})
		step++
		e.append(e.record(acme, base().Add(time.Hour)), e.record(acme, base().Add(time.Duration(step)*time.Second)))
		return page.Records, page.Cursor, err
	})
	seen := ids(got, recordID)
	for _, id := range want {
		if n := len(slices.DeleteFunc(slices.Clone(seen), func(s string) bool { return s != id })); n != 1 {
			e.Errorf("%s was listed %d times, want once", id, n)
		}
	}
	if !slices.IsSortedFunc(got, func(a, b waygate.CallRecord) int { return b.Start.Compare(a.Start) }) {
		e.Error("the listing is not in the order of Start")
	}
}

func recordFilters(e *env) {
	var list []waygate.CallRecord
	for i := range 8 {
		r := e.record(acme, base().Add(time.Duration(i)*time.Second))
		r.Integration, r.Action = []string{"github", "slack"}[i%2], []string{"list", "get"}[i/2%2]
		r.Connection, r.ConnectionID = []string{"main", "other"}[i/4], []string{"con_1", "con_2"}[i/4]
		r.ReadID, r.Kind = fmt.Sprint("read_", i/3), []waygate.Kind{"", waygate.KindServer, waygate.KindTimeout}[i%3]
		list = append(list, r)
	}
	e.append(list...)
	e.sameIDs(globex, waygate.RecordQuery{ID: list[3].ID}, nil, "another tenant's records by ID")
	for _, c := range []struct {
		q    waygate.RecordQuery
		want []int
	}{
		{waygate.RecordQuery{}, []int{7, 6, 5, 4, 3, 2, 1, 0}},
		{waygate.RecordQuery{ID: list[3].ID}, []int{3}},
		{waygate.RecordQuery{ID: list[3].ID, Integration: "slack"}, []int{3}},
		{waygate.RecordQuery{ID: list[3].ID, Integration: github}, nil},
		{waygate.RecordQuery{ID: list[3].ID[:4]}, nil},
		{waygate.RecordQuery{ID: "read_1"}, nil},
		{waygate.RecordQuery{Integration: "slack"}, []int{7, 5, 3, 1}},
		{waygate.RecordQuery{Action: "list"}, []int{5, 4, 1, 0}},
		{waygate.RecordQuery{Connection: "main"}, []int{3, 2, 1, 0}},
		{waygate.RecordQuery{Connection: "con_2"}, []int{7, 6, 5, 4}},
		{waygate.RecordQuery{ReadID: "read_1"}, []int{5, 4, 3}},
		{waygate.RecordQuery{Kind: waygate.KindServer}, []int{7, 4, 1}},
		{waygate.RecordQuery{Failed: true}, []int{7, 5, 4, 2, 1}},
		{waygate.RecordQuery{Failed: true, Limit: 2}, []int{7, 5, 4, 2, 1}},
		{waygate.RecordQuery{Failed: true, Integration: "slack", Connection: "other"}, []int{7, 5}},
		{waygate.RecordQuery{Integration: "slack", Action: "get", Connection: "main", ReadID: "read_1"}, []int{3}},
		{waygate.RecordQuery{Integration: "Slack"}, nil},
		{waygate.RecordQuery{Connection: "con"}, nil},
	} {
		var want []string
		for _, i := range c.want {
			want = append(want, list[i].ID)
		}
		e.sameIDs(acme, c.q, want, fmt.Sprintf("records by %+v", c.q))
	}
}

// recordTimes: Since is included, Until is not.
func recordTimes(e *env) {
	newest := e.history(10) // 0 to 7 s; the last three at 7 s
	at := func(i int) time.Time { return base().Add(time.Duration(i) * time.Second) }
	for _, c := range []struct {
		since, until time.Time
		want         []string
	}{
		{at(4), time.Time{}, newest[:6]},
		{at(4).Add(time.Microsecond), time.Time{}, newest[:5]},
		{time.Time{}, at(4), newest[6:]},
		{time.Time{}, at(4).Add(time.Microsecond), newest[5:]},
		{at(2), at(5), newest[5:8]},
		{at(7), at(8), newest[:3]},
		{at(5), at(2), nil},
		{at(100), time.Time{}, nil},
	} {
		for _, limit := range []int{0, 1} {
			e.sameIDs(acme, waygate.RecordQuery{Since: c.since, Until: c.until, Limit: limit}, c.want,
				fmt.Sprintf("records since %s until %s", c.since, c.until))
		}
	}
}

func expireRecords(e *env) {
	newest := e.history(10)
	e.append(e.record(globex, base()), e.record(globex, base().Add(time.Hour)))
	p := e.imagine(globex)
	_, err := e.connections.Insert(e.ctx(), p.conn, &p.cred, nil)
	e.ok(err, "Insert")
	for i, want := range []int{5, 0} { // 0 to 3 s, and the one of globex; then nothing is left
		n, err := e.records.Expire(e.ctx(), base().Add(4*time.Second))
		e.ok(err, "Expire")
		if n != want {
			e.Errorf("Expire, time %d: removed %d, want %d", i+1, n, want)
		}
	}
	e.sameIDs(acme, waygate.RecordQuery{}, newest[:6], "the records of acme after Expire")
	if n := len(e.allRecords(globex, waygate.RecordQuery{})); n != 1 {
		e.Errorf("globex has %d records after Expire, want 1", n)
	}
	e.find(globex, "main")
}

// boundedRecords: a store keeps the newest of as many as it says, and all if it
// says none.
func boundedRecords(e *env) {
	n, keep := 2000, 2000
	if e.caps.BoundedRecords > 0 {
		n, keep = e.caps.BoundedRecords+150, e.caps.BoundedRecords
	}
	var list []waygate.CallRecord
	for i := range n {
		list = append(list, waygate.CallRecord{ID: fmt.Sprintf("call_%06d", i), Tenant: acme, Start: base().Add(time.Duration(i) * time.Millisecond)})
	}
	e.append(list...)
	want := ids(list[n-keep:], recordID)
	slices.Reverse(want)
	got := ids(e.allRecords(acme, waygate.RecordQuery{Limit: 100}), recordID)
	if len(got) != keep {
		e.Errorf("%d records are kept, want %d", len(got), keep)
	}
	e.same(got, want, "the records that are kept")
}

func purgeRecords(e *env) {
	list := []waygate.CallRecord{e.record(acme, base()), e.record(acme, base().Add(1000))}
	e.append(list...)
	e.append(e.record(globex, base()))
	for i, want := range []int{2, 0} {
		n, err := e.records.Purge(e.ctx(), acme)
		e.ok(err, "Purge")
		if n != want {
			e.Errorf("Purge, time %d: counted %d, want %d", i+1, n, want)
		}
	}
	if n := len(e.allRecords(acme, waygate.RecordQuery{})) + 10*len(e.allRecords(globex, waygate.RecordQuery{})); n != 10 {
		e.Errorf("after Purge of acme: %d records of acme and %d of globex, want 0 and 1", n%10, n/10)
	}
	e.append(list...)
	e.sameIDs(acme, waygate.RecordQuery{}, []string{list[1].ID, list[0].ID}, "the records written after Purge")
}
