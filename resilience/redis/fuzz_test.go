package redis_test

import (
	"testing"

	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/resilience/redis"
)

// FuzzForced reads what stands in the hash of forced circuits: whoever wrote it, nothing but circuits that are forced
// comes out, and what this version writes is read back.
func FuzzForced(f *testing.F) {
	f.Add(`["acme","con_1","api.example.com",""]`, "open")
	f.Add(`["","","api.example.com","token"]`, "closed")
	f.Add("", "1")
	f.Add(`["a","b","c"]`, "open")
	f.Add(`{"tenant":1}`, "half_open")
	f.Add(`["\ud800","","h",""]`, "open")
	f.Fuzz(func(t *testing.T, field, state string) {
		for k, s := range redis.ReadForced(map[string]string{field: state}) {
			if k.Host == "" || s != resilience.StateOpen && s != resilience.StateClosed {
				t.Errorf("%q, %q gave %+v, %q", field, state, k, s)
			}
			again, err := redis.CircuitField(k)
			if err != nil {
				t.Fatal(err)
			}
			if back := redis.ReadForced(map[string]string{again: state}); len(back) != 1 || back[k] != s {
				t.Errorf("%+v was written as %q and read as %v", k, again, back)
			}
		}
	})
}

// FuzzTaken reads the numbers that the script answers.
func FuzzTaken(f *testing.F) {
	f.Add(int64(1), int64(0), 1)
	f.Add(int64(0), int64(1000), 1)
	f.Add(int64(-1), int64(1), 1)
	f.Add(int64(9), int64(0), 1)
	f.Add(int64(0), int64(1)<<62, 5)
	f.Add(int64(0), int64(0), 5)
	f.Fuzz(func(t *testing.T, a, b int64, n int) {
		got, wait, err := redis.ReadTaken([]int64{a, b}, n)
		if err == nil && (got < 0 || got > n || wait < 0 || got < n && wait == 0) {
			t.Errorf("%d, %d of %d gave %d, %v", a, b, n, got, wait)
		}
		if _, _, err := redis.ReadTaken([]int64{a}, n); err == nil {
			t.Error("one number was read")
		}
	})
}
