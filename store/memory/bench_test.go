package memory_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/store/memory"
)

// BenchmarkFind is what each call pays for its connection, among 10,000.
func BenchmarkFind(b *testing.B) {
	s, ctx := memory.New(), context.Background()
	for i := range 10_000 {
		c := waygate.StoredConnection{ID: fmt.Sprint("con_", i), Tenant: fmt.Sprint("tenant ", i/10), Integration: "github",
			Slug: fmt.Sprint("slug-", i%10), Status: waygate.StatusActive, CredentialID: fmt.Sprint("crd_", i),
			Parameters: map[string]string{"owner": "octo"}}
		cred := waygate.StoredCredential{Tenant: c.Tenant, ID: c.CredentialID, Sealed: make([]byte, 200)}
		if _, err := s.Connections().Insert(ctx, c, &cred, nil); err != nil {
			b.Fatal(err)
		}
	}
	for name, ref := range map[string]string{"primary": "", "slug": "slug-7"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, _, err := s.Connections().Find(ctx, "tenant 77", "github", ref); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

// BenchmarkAppend writes one record at a time into a full store of 10,000: in
// the order of time, and at any time within an hour.
func BenchmarkAppend(b *testing.B) {
	for name, at := range map[string]func(i int) time.Duration{
		"in order":  func(i int) time.Duration { return time.Duration(i) * time.Millisecond },
		"any order": func(i int) time.Duration { return time.Duration(i*7919%3600) * time.Second },
	} {
		b.Run(name, func(b *testing.B) {
			s, ctx := memory.New(), context.Background()
			append1 := func(i int) {
				r := waygate.CallRecord{ID: fmt.Sprint("call_", i), Tenant: fmt.Sprint("tenant ", i%10), Start: start.Add(at(i)),
					Attempts: []waygate.AttemptRecord{{Method: "GET", Status: 200}}}
				if err := s.Records().Append(ctx, []waygate.CallRecord{r}); err != nil {
					b.Fatal(err)
				}
			}
			for i := range 10_000 {
				append1(i)
			}
			b.ReportAllocs()
			for i := 10_000; b.Loop(); i++ {
				append1(i)
			}
		})
	}
}
