package bounded_test

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/bounded"
)

type key struct{ Tenant, Host string }

func at(host string) key { return key{Tenant: "acme", Host: host} }

func constant[V any](v V) func() V { return func() V { return v } }

func TestMapDropsTheLeastRecentlyUsed(t *testing.T) {
	t.Parallel()
	var dropped []string
	m := bounded.New(3, func(k key, _ int) { dropped = append(dropped, k.Host) })
	for i, host := range []string{"a", "b", "c"} {
		m.GetOrCreate(at(host), constant(i))
	}
	m.Get(at("a"))                      // use by look-up
	m.GetOrCreate(at("b"), constant(9)) // use by asking for what is there
	m.GetOrCreate(at("d"), constant(3)) // c goes
	m.GetOrCreate(at("e"), constant(4)) // a goes
	if diff := cmp.Diff([]string{"c", "a"}, dropped); diff != "" {
		t.Errorf("dropped (-want +got):\n%s", diff)
	}
	var left []string
	for k := range m.Range {
		left = append(left, k.Host)
	}
	if diff := cmp.Diff([]string{"e", "d", "b"}, left); diff != "" {
		t.Errorf("left, newest first (-want +got):\n%s", diff)
	}
}

func TestMapKeepsTheFirstValue(t *testing.T) {
	t.Parallel()
	m := bounded.New[key, int](2, nil)
	if got := m.GetOrCreate(at("a"), constant(1)); got != 1 {
		t.Fatalf("created %d, want 1", got)
	}
	if got := m.GetOrCreate(at("a"), constant(2)); got != 1 {
		t.Errorf("asked again: %d, want 1", got)
	}
	got := m.GetOrCreate(at("b"), func() int { // another was faster
		return 1 + m.GetOrCreate(at("b"), constant(3))
	})
	if got != 3 || m.Len() != 2 {
		t.Errorf("made by two at once: %d, want the first one's 3", got)
	}
	if got, ok := m.Get(at("missing")); ok || got != 0 {
		t.Errorf("missing key: %d, %v, want 0, false", got, ok)
	}
}

func TestMapDelete(t *testing.T) {
	t.Parallel()
	evicted := 0
	m := bounded.New(2, func(key, int) { evicted++ })
	m.GetOrCreate(at("a"), constant(1))
	m.GetOrCreate(at("b"), constant(2))
	m.Delete(at("a"))
	m.Delete(at("a"))
	m.GetOrCreate(at("c"), constant(3)) // there is room again
	if _, ok := m.Get(at("a")); ok || m.Len() != 2 || evicted != 0 {
		t.Errorf("after Delete: found=%v len=%d evicted=%d, want false, 2, 0", ok, m.Len(), evicted)
	}
}

func TestMapHoldsAtLeastOne(t *testing.T) {
	t.Parallel()
	for _, max := range []int{-1, 0, 1} {
		m := bounded.New[int, int](max, nil)
		for i := range 5 {
			m.GetOrCreate(i, constant(i))
		}
		if got, ok := m.Get(4); m.Len() != 1 || !ok || got != 4 {
			t.Errorf("max %d: len=%d, last=%d %v, want one entry, the last", max, m.Len(), got, ok)
		}
	}
}

// Foreign code runs outside the lock: each of these would deadlock otherwise.
func TestMapMayBeUsedFromItsFunctions(t *testing.T) {
	t.Parallel()
	var m *bounded.Map[int, int]
	m = bounded.New(1, func(k, v int) { m.Delete(k) })
	m.GetOrCreate(1, func() int { return m.GetOrCreate(2, constant(2)) })
	for k := range m.Range {
		m.Delete(k)
	}
	if m.Len() != 0 {
		t.Errorf("len %d, want 0", m.Len())
	}
	func() {
		defer func() { _ = recover() }()
		m.GetOrCreate(3, func() int { panic("no value") })
	}()
	if _, ok := m.Get(3); ok {
		t.Error("a create that panicked left an entry")
	}
}

func TestMapRangeStops(t *testing.T) {
	t.Parallel()
	m := bounded.New[int, int](5, nil)
	for i := range 5 {
		m.GetOrCreate(i, constant(i))
	}
	seen := 0
	for range m.Range {
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("saw %d, want 2", seen)
	}
}

func TestMapConcurrently(t *testing.T) {
	t.Parallel()
	const limit = 16
	m := bounded.New[int, *int](limit, nil)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				k := (i * (g + 1)) % 40
				if v := m.GetOrCreate(k, func() *int { return &k }); *v != k {
					t.Errorf("key %d gave the value of %d", k, *v)
					return
				}
				if i%7 == 0 {
					m.Delete(k)
				}
				if n := m.Len(); n > limit {
					t.Errorf("%d entries, the limit is %d", n, limit)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkMapGet(b *testing.B) {
	m := bounded.New[key, int](100, nil)
	m.GetOrCreate(at("a"), constant(1))
	m.GetOrCreate(at("b"), constant(1))
	b.ReportAllocs()
	for b.Loop() {
		m.Get(at("a"))
		m.Get(at("b"))
	}
}
