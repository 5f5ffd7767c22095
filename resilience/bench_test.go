package resilience_test

import (
	"net/http"
	"testing"

	"github.com/waygate-go/waygate/resilience"
)

func BenchmarkAllowDone(b *testing.B) {
	set := resilience.NewBreakers(0, nil, nil)
	b.ReportAllocs()
	for b.Loop() {
		done, err := set.Allow(acme, resilience.BreakerSettings{})
		if err != nil {
			b.Fatal(err)
		}
		done(resilience.Success)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	resp := &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}
	next := roundTripper(func(*http.Request) (*http.Response, error) { return resp, nil })
	for _, method := range []string{"GET", "POST"} {
		b.Run(method, func(b *testing.B) {
			body := ""
			if method == "POST" {
				body = "body"
			}
			r := request(b, method, body)
			r.Header.Set("Accept", "application/json")
			b.ReportAllocs()
			for b.Loop() {
				if _, err := (&resilience.Transport{Next: next}).RoundTrip(r); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkLimitersWait(b *testing.B) {
	l := resilience.NewLimiters(0)
	limits := []resilience.Limit{{Rate: 1e9, Burst: 1e9}, {Rate: 1e8, Burst: 1e9}}
	b.ReportAllocs()
	for b.Loop() {
		if err := l.Wait(b.Context(), connection, limits, 0); err != nil {
			b.Fatal(err)
		}
	}
}
