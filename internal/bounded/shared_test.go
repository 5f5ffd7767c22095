package bounded_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/bounded"
)

func keysOf[V any](m *bounded.Shared[string, V]) []string {
	var all []string
	for k := range m.Range {
		all = append(all, k)
	}
	return all
}

func TestSharedDropsTheLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	m := bounded.NewShared[string, int](3, nil)
	for i, k := range []string{"a", "b", "c"} {
		m.GetOrCreate(k, k, constant(i))
	}
	m.Get("a")
	m.GetOrCreate("b", "b", constant(9))
	m.GetOrCreate("d", "d", constant(3)) // c goes
	m.GetOrCreate("e", "e", constant(4)) // a goes
	if diff := cmp.Diff([]string{"e", "d", "b"}, keysOf(m)); diff != "" {
		t.Errorf("left, newest first (-want +got):\n%s", diff)
	}
	if v, _ := m.GetOrCreate("b", "b", constant(9)); v != 1 {
		t.Errorf("b holds %d, want what it was made with", v)
	}
	m.Delete("b")
	m.Delete("b")
	if _, ok := m.Get("b"); ok || m.Len() != 2 {
		t.Errorf("after Delete: %v, %d entries", ok, m.Len())
	}
}

// One owner that makes up names without end takes a twentieth of a full map from the others, and no more.
func TestSharedOneOwnerCannotPushOutTheOthers(t *testing.T) {
	t.Parallel()
	const max, owners = 1000, 50
	m := bounded.NewShared[string, int](max, nil)
	for i := range max { // twenty each
		m.GetOrCreate(strconv.Itoa(i%owners), fmt.Sprint("good", i), constant(i))
	}
	for i := range 10 * max {
		m.GetOrCreate("flood", fmt.Sprint("bad", i), constant(i))
	}
	left := 0
	for i := range max {
		if _, ok := m.Get(fmt.Sprint("good", i)); ok {
			left++
		} else if i > max/10 {
			t.Errorf("good%d went, which was used later than others that are there", i)
		}
	}
	if left < max-max/20-1 || m.Len() != max {
		t.Errorf("%d of %d entries of the others are left, of %d in all", left, max, m.Len())
	}
}

// What belongs to all is not lost because one of them makes up much.
func TestSharedCommonEntriesAreNobodys(t *testing.T) {
	t.Parallel()
	m := bounded.NewShared[string, int](100, nil)
	_, first := m.GetOrCreate("flood", "common", constant(1))
	_, again := m.GetOrCreate("flood", "common", constant(1))
	v, shared := m.GetOrCreate("other", "common", constant(2))
	if first || again || !shared || v != 1 {
		t.Errorf("shared after the first, the second and another's: %v, %v, %v", first, again, shared)
	}
	for i := range 99 {
		m.GetOrCreate("flood", strconv.Itoa(i), constant(i))
	}
	for i := range 1000 {
		m.GetOrCreate("flood", fmt.Sprint("more", i), constant(i))
	}
	if v, ok := m.Get("common"); !ok || v != 1 {
		t.Errorf("the common entry is gone: %v, %v", v, ok)
	}
}

func TestSharedDropsIdleEntries(t *testing.T) {
	t.Parallel()
	m := bounded.NewShared[string](1000, func(v int) bool { return v%2 == 0 })
	for i := range 100 {
		m.GetOrCreate("acme", strconv.Itoa(i), constant(i))
	}
	idle, busy := 0, 0
	for _, v := range m.Range {
		if v%2 == 0 {
			idle++
		} else {
			busy++
		}
	}
	if busy != 50 || idle > 30 { // the latest haven't been looked at yet
		t.Errorf("%d left of 50 that are in use, %d of 50 that are idle", busy, idle)
	}
}

func TestSharedBoundHolds(t *testing.T) {
	t.Parallel()
	m := bounded.NewShared[int, int](50, nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(g), 1))
			for range 2000 {
				k := rnd.IntN(200)
				switch rnd.IntN(4) {
				case 0:
					m.Get(k)
				case 1:
					m.Delete(k)
				default:
					if v, _ := m.GetOrCreate(strconv.Itoa(rnd.IntN(5)), k, constant(k)); v != k {
						t.Errorf("key %d gave %d", k, v)
					}
				}
				if n := m.Len(); n > 50 {
					t.Errorf("%d entries", n)
				}
			}
		})
	}
	wg.Wait()
}
