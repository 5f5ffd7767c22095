// Package ratio compares two things that were measured in pairs: by the median of the pairs' ratios, with an interval.
//
// [Of] makes no assumption about how the ratios are distributed, so that a pair which something else disturbed moves
// neither the median nor the interval by much.
package ratio

import (
	"fmt"
	"math"
	"slices"
)

// Ratio is a median, and the interval that holds the true one with at least 95 % where there are 6 values or more.
type Ratio struct{ Value, Low, High float64 }

// Of gives the median of values and its interval. The bounds are the order statistics x(k) and x(n+1-k), with the largest
// k for which a binomial variable of n throws and chance ½ is below k with at most 2.5 %: the inversion of the sign
// test (W. J. Conover, Practical Nonparametric Statistics, 3rd edition, section 3.2). With fewer than 6 values they
// are the least and the greatest, which is less than 95 %; without any, all is NaN. values stays as it is.
func Of(values []float64) Ratio {
	n := len(values)
	if n == 0 {
		return Ratio{math.NaN(), math.NaN(), math.NaN()}
	}
	sorted := slices.Sorted(slices.Values(values))
	k := max(rank(n), 1)
	return Ratio{Value: Median(sorted), Low: sorted[k-1], High: sorted[n-k]}
}

// rank is the largest k with P(B(n, ½) < k) ≤ 2.5 %; 0 where there is none.
func rank(n int) int {
	below, k := 0.0, 0
	for k <= n/2 {
		below += math.Exp(logChoose(n, k) - float64(n)*math.Ln2)
		if below > 0.025 {
			break
		}
		k++
	}
	return k
}

func logChoose(n, k int) float64 {
	lg := func(i int) float64 { v, _ := math.Lgamma(float64(i + 1)); return v }
	return lg(n) - lg(k) - lg(n-k)
}

// Median is the middle of values, or the mean of the two in the middle; NaN without any. values stays as it is.
func Median(values []float64) float64 {
	n := len(values)
	if n == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Pairs divides one by other, pair by pair.
func Pairs(one, other []float64) []float64 {
	out := make([]float64, min(len(one), len(other)))
	for i := range out {
		out[i] = one[i] / other[i]
	}
	return out
}

// Inverse is the ratio the other way round: throughput of times.
func (r Ratio) Inverse() Ratio { return Ratio{1 / r.Value, 1 / r.High, 1 / r.Low} }

// Line is "ratio NAME VALUE LOW HIGH", for programs that read the output.
func (r Ratio) Line(name string) string {
	return fmt.Sprintf("ratio %s %.3f %.3f %.3f", name, r.Value, r.Low, r.High)
}

// String is "1.08 (1.05 to 1.11)".
func (r Ratio) String() string { return fmt.Sprintf("%.2f (%.2f to %.2f)", r.Value, r.Low, r.High) }
