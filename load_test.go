package waygate_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// TestConcurrentCalls makes 10,000 calls, or under the race detector 2,000, over 100 connections of 20 tenants from 200
// goroutines: each answer is its caller's, each call has one record, the connections are reused, and nothing is left
// behind.
func TestConcurrentCalls(t *testing.T) {
	const goroutines, tenants, perTenant = 200, 20, 5
	calls := 10_000
	if raceEnabled {
		calls = 2_000
	}
	before := runtime.NumGoroutine()
	var accepted atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprintf(w, `{"token":%q,"n":%s}`, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), r.URL.Query().Get("n"))
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			accepted.Add(1)
		}
	}
	s.Start()
	store := memory.New(memory.RecordLimit(2 * calls))
	gw, err := waygate.New(waygate.Config{Store: store, Egress: loopback(t, s.URL), Retry: quick})
	must(t, err)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: s.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "who", Method: "GET", Path: "/who"}}}))
	token := func(tenant, n int) string { return fmt.Sprintf("token-%02d-%02d-secret", tenant, n) }
	for i := range tenants {
		for n := range perTenant {
			_, err := gw.Tenant(fmt.Sprint("tenant-", i)).Connect(t.Context(), "api",
				waygate.ConnectionSpec{Slug: fmt.Sprint("c", n), Credential: auth.Token(token(i, n))})
			must(t, err)
		}
	}
	runCtx, stop := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- gw.Run(runCtx) }()

	type answer struct {
		Token string `json:"token"`
		N     int    `json:"n"`
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for n := int(next.Add(1)); n <= calls; n = int(next.Add(1)) {
				tenant, conn := n%tenants, n/tenants%perTenant
				got, err := waygate.Invoke[answer](t.Context(), gw.Tenant(fmt.Sprint("tenant-", tenant)), "api.who",
					map[string]any{"n": n}, waygate.On(fmt.Sprint("c", conn)))
				if want := (answer{token(tenant, conn), n}); err != nil || got != want {
					t.Errorf("call %d: got %+v, want %+v: %v", n, got, want, err)
					return
				}
			}
		})
	}
	wg.Wait()
	stop()
	must(t, <-ran)
	must(t, gw.Shutdown(t.Context()))
	s.Close()

	seen := map[string]bool{}
	for i := range tenants {
		for q := (waygate.RecordQuery{Limit: 100}); ; {
			page, err := store.Records().List(t.Context(), fmt.Sprint("tenant-", i), q)
			must(t, err)
			for _, r := range page.Records {
				if seen[r.ID] || !r.Succeeded() || len(r.Attempts) != 1 {
					t.Errorf("record %+v, seen before: %v", r, seen[r.ID])
				}
				seen[r.ID] = true
			}
			if q.Cursor = page.Cursor; q.Cursor == "" {
				break
			}
		}
	}
	if len(seen) != calls || gw.DroppedRecords() != 0 {
		t.Errorf("%d records for %d calls, %d dropped", len(seen), calls, gw.DroppedRecords())
	}
	if n := accepted.Load(); n > 2*goroutines {
		t.Errorf("%d connections for %d goroutines: they are not reused", n, goroutines)
	}
	waitForGoroutines(t, before)
}

// waitForGoroutines fails if more than before are left after a while.
func waitForGoroutines(t *testing.T, before int) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; runtime.Gosched() {
		if runtime.NumGoroutine() <= before {
			return
		}
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
	}
}

// TestReadHoldsOnePage streams 300 pages of 20 kB, and finds no more on the heap at the end than after the first 100.
func TestReadHoldsOnePage(t *testing.T) {
	const pages = 300
	filler := strings.Repeat("x", 20_000)
	gw, err := waygate.New(waygate.Config{Store: memory.New(memory.RecordLimit(10)), Transport: func(http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) string {
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			next := "null"
			if page < pages-1 {
				next = strconv.Itoa(page + 1)
			}
			return fmt.Sprintf(`{"items":[{"id":%d,"text":%q}],"next":%s}`, page, filler, next)
		})
	}})
	must(t, err)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: "https://api.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "list", Method: "GET", Path: "/items", Records: "items",
			Pagination: pagination.Cursor{Path: "next", Param: "page"}}}}))
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	var early, late int64
	n := 0
	for _, err := range waygate.Items[struct{ ID int }](t.Context(), gw.Tenant("acme"), "api.list", nil) {
		must(t, err)
		switch n++; n {
		case 100:
			early = heap()
		case pages: // while the reader lives
			late = heap()
		}
	}
	if grown := late - early; n != pages || grown > 2<<20 {
		t.Errorf("%d records, the heap grew by %d bytes since the first 100", n, grown)
	}
}

// roundTrip answers each request with a body of JSON.
type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	return stubTransport{[]byte(f(r))}.RoundTrip(r)
}
