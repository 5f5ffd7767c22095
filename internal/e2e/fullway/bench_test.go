package fullway_test

import (
	"context"
	"slices"
	"testing"
	"time"
)

// BenchmarkFullWay measures the three ways by turns, so that what else the machine does meets all of them, and reports
// the medians of the ratios: x-by-hand is what the gateway costs over the chain by hand, x-net/http over an exchange
// that validates and maps nothing. x-by-hand-least compares the quickest turn of each, which a busy machine disturbs
// least.
func BenchmarkFullWay(b *testing.B) {
	for _, r := range rivals() {
		for _, size := range sizes() {
			b.Run(r.name+"/"+size.name, func(b *testing.B) {
				ways := []func(context.Context) (placed, error){
					through(b, r.engine, size.request, size.answer),
					byHand(b, r.valid(b, file(b, "order.schema.json")), size.request, size.answer),
					noCall(b, size.request, size.answer),
				}
				calls := []int{0, 0, 0}
				for i, way := range ways { // as many calls as take some milliseconds
					for start := time.Now(); time.Since(start) < 5*time.Millisecond; calls[i]++ {
						turn(b, way, 1)
					}
				}
				var hand, http []float64
				var gateway, chain []float64
				for b.Loop() {
					var took [3]float64
					for i := range ways {
						n := (len(hand) + i) % len(ways) // none is always first
						took[n] = float64(turn(b, ways[n], calls[n])) / float64(calls[n])
					}
					gateway, chain = append(gateway, took[0]), append(chain, took[1])
					hand = append(hand, took[0]/took[1])
					http = append(http, took[0]/took[2])
				}
				b.ReportMetric(0, "ns/op") // of a round; it says nothing
				b.ReportMetric(middle(gateway), "ns/call")
				b.ReportMetric(middle(hand), "x-by-hand")
				b.ReportMetric(slices.Min(gateway)/slices.Min(chain), "x-by-hand-least")
				b.ReportMetric(middle(http), "x-net/http")
			})
		}
	}
}

// turn times n calls.
func turn(b *testing.B, way func(context.Context) (placed, error), n int) time.Duration {
	b.Helper()
	start := time.Now()
	for range n {
		if _, err := way(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(start)
}

// middle is the median.
func middle(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
