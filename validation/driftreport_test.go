package validation_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/validation"
)

// TestDriftReport holds the report over two hours, on the clock of the process.
func TestDriftReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var d validation.Drift
		start := time.Now().UTC().Truncate(time.Minute)
		if diff := cmp.Diff(validation.DriftReport{Action: "a", Level: "normal"}, d.Report("a")); diff != "" {
			t.Error(diff)
		}
		for i := range 5 {
			d.Observe("a", wrong("/items/7/x"))
			if i%2 == 0 {
				d.Observe("a", []validation.Violation{{Pointer: "/b", Keyword: "required"}, {Pointer: "/b", Keyword: "enum"}})
			}
			time.Sleep(10 * time.Minute)
		}
		want := validation.DriftReport{Action: "a", Level: "alert", Fields: []validation.DriftField{
			{Pointer: "/b", Keyword: "enum", Count: 3, Since: start, Level: "warning"},
			{Pointer: "/b", Keyword: "required", Count: 3, Since: start, Level: "warning"},
			{Pointer: "/items/*/x", Keyword: "type", Count: 5, Since: start, Level: "alert"},
		}}
		if diff := cmp.Diff(want, d.Report("a")); diff != "" {
			t.Error(diff)
		}
		time.Sleep(10 * time.Minute) // the first is an hour old
		report := d.Report("a")
		if report.Level != "warning" || report.Level != d.Level("a") || len(report.Fields) != 3 || report.Fields[2].Count != 4 {
			t.Errorf("after an hour: %+v", report)
		}
		time.Sleep(time.Hour)
		if report := d.Report("a"); report.Level != "normal" || report.Fields != nil {
			t.Errorf("after two hours: %+v", report)
		}
		var none *validation.Drift
		if none.Report("a").Level != "normal" {
			t.Error("a nil Drift reports")
		}
	})
}
