package postgres_test

import (
	"math"
	"testing"
	"time"

	"github.com/waygate-go/waygate/store/postgres"
)

// TestBuckets: each duration falls into a bucket whose value is within 2 % of it, or a microsecond.
func TestBuckets(t *testing.T) {
	t.Parallel()
	for _, d := range []time.Duration{math.MinInt64, -1, 0, 1, 999, 1000, 1001, 1039, 1040, 1041, math.MaxInt64} {
		checkBucket(t, d)
	}
	last := int16(-1)
	for f := 1.0; f < math.MaxInt64; f *= 1.0007 {
		d := time.Duration(f)
		checkBucket(t, d)
		b := postgres.BucketOf(d)
		if b < last || b > postgres.LastBucket {
			t.Fatalf("%s falls into bucket %d, after %d", d, b, last)
		}
		last = b
	}
	if b := postgres.BucketOf(math.MaxInt64); b != postgres.LastBucket {
		t.Errorf("the longest duration falls into bucket %d, want %d", b, postgres.LastBucket)
	}
}

func checkBucket(t *testing.T, d time.Duration) {
	t.Helper()
	got := postgres.DurationOf(postgres.BucketOf(d))
	if d <= time.Microsecond {
		if got != time.Microsecond {
			t.Errorf("%s became %s, want 1 µs", d, got)
		}
		return
	}
	if off := math.Abs(float64(got)-float64(d)) / float64(d); off > 0.02 {
		t.Errorf("%s became %s: off by %.2f %%", d, got, 100*off)
	}
}
