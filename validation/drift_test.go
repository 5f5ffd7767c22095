package validation_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation"
)

// driftClock is a Drift with a clock that the test moves.
type driftClock struct {
	*validation.Drift
	now time.Time
}

func newDrift() *driftClock {
	d := &driftClock{now: time.Date(2026, 11, 20, 12, 0, 30, 0, time.UTC)}
	d.Drift = validation.NewDrift(func() time.Time { return d.now })
	return d
}

func wrong(pointer string) []validation.Violation {
	return []validation.Violation{{Pointer: pointer, Keyword: "type"}}
}

func TestDriftFifthRaisesOneAlert(t *testing.T) {
	t.Parallel()
	d := newDrift()
	start := d.now.Truncate(time.Minute)
	for i := range 20 {
		alerts := d.Observe("github.list", wrong(fmt.Sprintf("/items/%d/name", i)))
		level := d.Level("github.list")
		switch {
		case i == 4:
			want := []validation.Alert{{Action: "github.list", Pointer: "/items/*/name", Keyword: "type", Count: 5, Since: start}}
			if diff := cmp.Diff(want, alerts); diff != "" {
				t.Error(diff)
			}
		case alerts != nil:
			t.Errorf("call %d raised %v", i+1, alerts)
		}
		if want := map[bool]validation.Level{true: validation.LevelWarning, false: validation.LevelAlert}[i < 4]; level != want {
			t.Errorf("after %d calls: %s", i+1, level)
		}
		d.now = d.now.Add(time.Minute)
	}
	if got := d.Level("github.other"); got != validation.LevelNormal {
		t.Errorf("another action: %s", got)
	}
}

func TestDriftWindowRolls(t *testing.T) {
	t.Parallel()
	d := newDrift()
	for range 4 {
		d.Observe("a", wrong("/x"))
	}
	d.now = d.now.Add(59 * time.Minute)
	if got := d.Level("a"); got != validation.LevelWarning {
		t.Errorf("after 59 min: %s", got)
	}
	d.now = d.now.Add(time.Minute)
	if got := d.Level("a"); got != validation.LevelNormal {
		t.Errorf("after 60 min: %s", got)
	}
	if alerts := d.Observe("a", wrong("/x")); alerts != nil {
		t.Errorf("the fifth came after the first were forgotten: %v", alerts)
	}
	// One call every 12 minutes is five in the window; two fields apart are
	// not, nor two keywords.
	d = newDrift()
	var raised int
	for i := range 5 {
		raised += len(d.Observe("a", wrong("/x")))
		d.Observe("a", []validation.Violation{{Pointer: "/y", Keyword: fmt.Sprint("k", i)}})
		d.now = d.now.Add(12 * time.Minute)
	}
	if raised != 1 {
		t.Errorf("raised %d, want 1", raised)
	}
}

func TestDriftAlertsAgainAfterAnHour(t *testing.T) {
	t.Parallel()
	d := newDrift()
	var raised []int
	for minute := range 130 {
		for _, alert := range d.Observe("a", wrong("/x")) {
			raised = append(raised, minute)
			if want := min(minute+1, 60); alert.Count != want {
				t.Errorf("minute %d: count %d, want %d", minute, alert.Count, want)
			}
		}
		d.now = d.now.Add(time.Minute)
	}
	if diff := cmp.Diff([]int{4, 64, 124}, raised); diff != "" {
		t.Error(diff)
	}
}

func TestDriftCountsCalls(t *testing.T) {
	t.Parallel()
	d := newDrift()
	var many []validation.Violation
	for i := range 100 {
		many = append(many, wrong(fmt.Sprintf("/%d", i))...)
	}
	for i := range 4 {
		if alerts := d.Observe("a", many); alerts != nil {
			t.Errorf("call %d: %v", i, alerts)
		}
	}
	if alerts := d.Observe("a", many); len(alerts) != 1 || alerts[0].Count != 5 || alerts[0].Pointer != "/*" {
		t.Errorf("the fifth call: %v", alerts)
	}
	if d.Observe("a", nil) != nil {
		t.Error("a valid call raised an alert")
	}
}

// TestDriftBounded holds that one action's inventive field names push out
// neither memory nor other actions.
func TestDriftBounded(t *testing.T) {
	t.Parallel()
	d := newDrift()
	d.Observe("quiet", wrong("/x"))
	for i := range 20_000 {
		d.Observe("noisy", wrong(fmt.Sprintf("/f%d", i)))
	}
	if got := d.Level("quiet"); got != validation.LevelWarning {
		t.Errorf("the quiet action was forgotten: %s", got)
	}
	for i := range 10_000 {
		d.Observe(fmt.Sprint("action", i), wrong("/x"))
	}
	if got := d.Level("quiet"); got != validation.LevelNormal {
		t.Errorf("the least recently seen is kept beyond the bound: %s", got)
	}
	if got := d.Level("action9999"); got != validation.LevelWarning {
		t.Errorf("the most recently seen is forgotten: %s", got)
	}
	long := strings.Repeat("é", 1000)
	for range 5 {
		for _, alert := range d.Observe(long, wrong("/"+long)) {
			if len(alert.Pointer) > 300 || len(alert.Action) > 300 {
				t.Errorf("kept %d and %d bytes", len(alert.Pointer), len(alert.Action))
			}
		}
	}
}

func TestDriftClockGoesBack(t *testing.T) {
	t.Parallel()
	d := newDrift()
	for range 5 {
		d.Observe("a", wrong("/x"))
		d.now = d.now.Add(-2 * time.Hour)
	}
	if got := d.Level("a"); got != validation.LevelAlert {
		t.Errorf("Level = %s", got)
	}
}

func TestDriftConcurrent(t *testing.T) {
	t.Parallel()
	var zero validation.Drift
	var alerts sync.Map
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 100 {
				for range zero.Observe("a", wrong("/x")) {
					alerts.Store([2]int{i, j}, true)
				}
				zero.Level("a")
			}
		})
	}
	wg.Wait()
	n := 0
	alerts.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("%d alerts, want 1", n)
	}
	var none *validation.Drift
	if none.Observe("a", wrong("")) != nil || none.Level("a") != validation.LevelNormal {
		t.Error("a nil Drift counts")
	}
}
