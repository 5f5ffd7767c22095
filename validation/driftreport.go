package validation

import (
	"cmp"
	"slices"
	"time"
)

// DriftReport says how the answers of an action fit its schema now.
type DriftReport struct {
	// Action is its full name.
	Action string
	Level  Level // normal, warning or alert
	// Fields are those with a violation within [DriftWindow], at most 500,
	// sorted by pointer and keyword; nil if there is none.
	Fields []DriftField
}

// DriftField is one way in which one field fails.
type DriftField struct {
	Pointer string    // JSON pointer, with array indexes as "*"
	Keyword string    // as in Violation
	Count   int       // calls within the window
	Since   time.Time // start of the minute of the first of them
	Level   Level     // LevelWarning, or LevelAlert from DriftThreshold calls on
}

// Report says how an action is doing now, field by field. Its Level is what
// [Drift.Level] gives.
func (d *Drift) Report(action string) DriftReport {
	r := DriftReport{Action: action, Level: LevelNormal}
	if d == nil {
		return r
	}
	step := d.step()
	d.mu.Lock()
	defer d.mu.Unlock()
	a := d.actions[clip(action)]
	if a == nil {
		return r
	}
	for key, field := range a.fields {
		count, since := field.total(step)
		if count == 0 {
			continue
		}
		f := DriftField{Pointer: key.pointer, Keyword: key.keyword, Count: count,
			Since: time.Unix(0, since*int64(driftStep)).UTC(), Level: LevelWarning}
		if count >= DriftThreshold {
			f.Level = LevelAlert
		}
		if r.Level != LevelAlert {
			r.Level = f.Level
		}
		r.Fields = append(r.Fields, f)
	}
	slices.SortFunc(r.Fields, func(x, y DriftField) int {
		return cmp.Or(cmp.Compare(x.Pointer, y.Pointer), cmp.Compare(x.Keyword, y.Keyword))
	})
	return r
}
