package ratio_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/waygate-go/waygate/internal/bench/ratio"
)

func ExampleOf() {
	var mine, theirs []float64
	for i := range 40 {
		theirs = append(theirs, 100+float64(i%7))
		mine = append(mine, theirs[i]*(1.1+float64(i)/1000))
	}
	r := ratio.Of(ratio.Pairs(mine, theirs))
	fmt.Println(r.Line("get1k.mine_over_theirs"))
	fmt.Println(r)
	// Output:
	// ratio get1k.mine_over_theirs 1.119 1.113 1.126
	// 1.12 (1.11 to 1.13)
}

// TestOfRanks compares with a table of the sign test: the ranks of the interval's ends for sample sizes.
func TestOfRanks(t *testing.T) {
	t.Parallel()
	for n, k := range map[int]int{1: 1, 5: 1, 6: 1, 8: 1, 9: 2, 12: 3, 15: 4, 20: 6, 25: 8, 30: 10, 40: 14, 50: 18, 60: 22, 100: 40} {
		values := make([]float64, n)
		for i, j := range rand.Perm(n) {
			values[i] = float64(j + 1)
		}
		got := ratio.Of(values)
		if want := (ratio.Ratio{Value: float64(n+1) / 2, Low: float64(k), High: float64(n + 1 - k)}); got != want {
			t.Errorf("Of(1…%d) = %+v, want %+v", n, got, want)
		}
	}
}

// TestOfCovers draws from a skewed distribution whose median is known, and counts how often the interval holds it.
func TestOfCovers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	const runs = 4000
	held := 0
	for range runs {
		values := make([]float64, 60)
		for i := range values {
			values[i] = random.ExpFloat64()
		}
		if r := ratio.Of(values); r.Low <= math.Ln2 && math.Ln2 <= r.High {
			held++
		}
	}
	if share := float64(held) / runs; share < 0.95 || share > 0.985 {
		t.Errorf("the interval holds the median in %.3f of all draws, want 0.95 or a little more", share)
	}
}

func TestOfNothing(t *testing.T) {
	t.Parallel()
	if r := ratio.Of(nil); !math.IsNaN(r.Value) || !math.IsNaN(r.Low) || !math.IsNaN(r.High) {
		t.Errorf("Of(nil) = %v, want NaN", r)
	}
}

func TestInverse(t *testing.T) {
	t.Parallel()
	if got, want := (ratio.Ratio{Value: 2, Low: 1, High: 4}).Inverse(), (ratio.Ratio{Value: 0.5, Low: 0.25, High: 1}); got != want {
		t.Errorf("Inverse = %v, want %v", got, want)
	}
}
