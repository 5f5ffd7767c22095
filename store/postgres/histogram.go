package postgres

import (
	"math"
	"slices"
	"time"

	"github.com/waygate-go/waygate"
)

// A duration falls into a bucket of a fixed histogram on a logarithmic scale: bucket b, from 1 on, holds what is more
// than growth^(b-1) µs and at most growth^b µs; bucket 0 holds what is at most 1 µs. A duration that is read back is
// that point of the bucket which is as far from both ends in proportion, so it is off by (growth-1)/(growth+1) at
// most. The scale is part of the tables: another needs a migration.
const (
	growth = 1.04 // an error of 1.96 %
	// lastBucket holds the longest duration that there is, 292 years.
	lastBucket = 938
)

// bucketOf is the bucket of a duration.
func bucketOf(d time.Duration) int16 {
	us := float64(d) / float64(time.Microsecond)
	if us <= 1 {
		return 0
	}
	return int16(min(math.Ceil(math.Log(us)/math.Log(growth)), lastBucket))
}

// durationOf is the duration that stands for a bucket.
func durationOf(bucket int16) time.Duration {
	if bucket <= 0 {
		return time.Microsecond
	}
	ns := 2 / (growth + 1) * math.Pow(growth, float64(bucket)) * float64(time.Microsecond)
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(math.Round(ns))
}

// histogram counts calls by kind and bucket.
type histogram struct {
	sum     waygate.Statistics
	buckets map[int16]int
}

// add counts n calls.
func (h *histogram) add(kind string, bucket int16, n int) {
	count(&h.sum, kind, n)
	if h.buckets == nil {
		h.buckets = map[int16]int{}
	}
	h.buckets[bucket] += n
}

// count adds n calls of a kind to a summary.
func count(sum *waygate.Statistics, kind string, n int) {
	sum.Calls += n
	if kind == "" {
		sum.Succeeded += n
		return
	}
	if sum.ByKind == nil {
		sum.ByKind = map[waygate.Kind]int{}
	}
	sum.ByKind[waygate.Kind(kind)] += n
}

// statistics is the summary, with the percentiles.
func (h *histogram) statistics() waygate.Statistics {
	order := make([]int16, 0, len(h.buckets))
	for b := range h.buckets {
		order = append(order, b)
	}
	slices.Sort(order)
	rank := func(percent int) time.Duration {
		wanted := (h.sum.Calls*percent + 99) / 100 // rounded up
		for _, b := range order {
			if wanted -= h.buckets[b]; wanted <= 0 {
				return durationOf(b)
			}
		}
		return 0
	}
	h.sum.P50, h.sum.P95, h.sum.P99 = rank(50), rank(95), rank(99)
	return h.sum
}
