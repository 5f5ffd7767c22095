package postgres_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/postgres"
)

// BenchmarkFind is what each call pays for its connection, among 20,000.
func BenchmarkFind(b *testing.B) {
	pool := migrated(b)
	exec(b, pool, seed)
	s, ctx := postgres.New(pool), context.Background()
	for name, ref := range map[string]string{"primary": "", "slug": "s107"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.Connections().Find(ctx, "tenant 7", "github", ref); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkAppend writes records in batches; the metric is records per second.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, ctx := postgres.New(migrated(b)), context.Background()
			n := 0
			for b.Loop() {
				batch := make([]waygate.CallRecord, size)
				for i := range batch {
					r := call(fmt.Sprintf("call_%09d", n), time.Duration(n)*time.Millisecond)
					r.Tenant, r.Duration = fmt.Sprint("tenant ", n%10), time.Duration(n*7919%1000)*time.Millisecond
					r.Attempts = []waygate.AttemptRecord{{Start: r.Start, Method: "GET", Host: "api.github.com", Status: 200}}
					batch[i] = r
					n++
				}
				if err := s.Records().Append(ctx, batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkSave is a token's way to the disk.
func BenchmarkSave(b *testing.B) {
	s, ctx := postgres.New(migrated(b)), context.Background()
	if _, err := s.Connections().Insert(ctx, connection("main"), credential("main"), nil); err != nil {
		b.Fatal(err)
	}
	c, err := s.Credentials().Get(ctx, "acme", "crd_main")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if c, err = s.Credentials().Save(ctx, c, nil); err != nil {
			b.Fatal(err)
		}
	}
}
