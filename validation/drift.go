package validation

import (
	"container/list"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate/validation/internal/front"
)

const (
	// DriftWindow is how far back [Drift] counts.
	DriftWindow = time.Hour
	// DriftThreshold is how many calls within the window make an alert.
	DriftThreshold = 5
)

const (
	driftBuckets   = 60
	driftStep      = DriftWindow / driftBuckets
	maxDriftKeys   = 10_000
	maxActionKeys  = 500 // so that one action can't push out all others
	maxDriftString = 256 // bytes of an action or pointer that are kept
)

// Level sums up how well the answers of an action fit its schema.
type Level string

const (
	// LevelNormal means no violation within the window.
	LevelNormal Level = "normal"
	// LevelWarning means violations, but no field often enough for an alert.
	LevelWarning Level = "warning"
	// LevelAlert means a field whose calls reached [DriftThreshold].
	LevelAlert Level = "alert"
)

// Alert says that a field of an action keeps failing its schema in one way.
type Alert struct {
	Action  string    // its full id
	Pointer string    // JSON pointer, with array indexes as "*"
	Keyword string    // as in Violation
	Count   int       // calls within the window
	Since   time.Time // start of the minute of the first of them
}

// Drift counts violations by action, field and keyword over a rolling hour, in
// steps of a minute: a call is forgotten 59 to 60 minutes later. A field is a
// pointer whose array indexes are collapsed to "*" (so are member names made of
// digits). It counts calls: a hundred items that lack the same member in one
// answer are one occurrence.
//
// Memory is bounded: 10,000 fields in all and 500 of one action, of which the
// least recently seen are forgotten. The zero value is ready and uses time.Now; a
// nil *Drift counts nothing. Safe for concurrent use, must not be copied.
type Drift struct {
	now func() time.Time // nil: time.Now

	mu      sync.Mutex // guards what follows
	actions map[string]*driftAction
	order   list.List // of *driftField, most recently seen first
}

// driftField identifies and counts one way in which one field fails.
type driftField struct {
	key     driftKey
	buckets [driftBuckets]uint32
	last    int64 // step of the newest bucket
	alerted int64 // step of the last alert
	quiet   bool  // no alert so far

	everywhere *list.Element // in Drift.order
	inAction   *list.Element // in driftAction.order
}

type driftKey struct{ action, pointer, keyword string }

// driftAction holds the fields of one action.
type driftAction struct {
	fields map[driftKey]*driftField
	order  list.List // of *driftField, most recently seen first
}

// NewDrift makes an empty counter. A nil now means time.Now.
func NewDrift(now func() time.Time) *Drift { return &Drift{now: now} }

// Observe counts the violations of one call; call it with the full name of the
// action. It returns an alert for each field that reaches [DriftThreshold]
// calls within [DriftWindow], and then again at most once per window for as
// long as the field keeps failing. Alerts come in the order of v.
func (d *Drift) Observe(action string, v []Violation) []Alert {
	if d == nil || len(v) == 0 {
		return nil
	}
	action = clip(action)
	step := d.step()
	d.mu.Lock()
	defer d.mu.Unlock()
	var alerts []Alert
	seen := make(map[driftKey]bool, len(v))
	for _, violation := range v {
		key := driftKey{action, clip(collapse(violation.Pointer)), clip(violation.Keyword)}
		if seen[key] {
			continue
		}
		seen[key] = true
		if alert, ok := d.field(key).count(step); ok {
			alerts = append(alerts, alert)
		}
	}
	return alerts
}

// Level says how an action, by the name that Observe was given, is doing now: LevelNormal if nothing is known of it.
func (d *Drift) Level(action string) Level {
	if d == nil {
		return LevelNormal
	}
	step := d.step()
	d.mu.Lock()
	defer d.mu.Unlock()
	level := LevelNormal
	a := d.actions[clip(action)]
	if a == nil {
		return level
	}
	for _, field := range a.fields {
		switch count, _ := field.total(step); {
		case count >= DriftThreshold:
			return LevelAlert
		case count > 0:
			level = LevelWarning
		}
	}
	return level
}

// step numbers the minutes.
func (d *Drift) step() int64 {
	now := time.Now
	if d.now != nil {
		now = d.now
	}
	return now().UnixNano() / int64(driftStep)
}

// field finds or makes the counter of a key and forgets the oldest beyond the
// bounds.
func (d *Drift) field(key driftKey) *driftField {
	if d.actions == nil {
		d.actions = make(map[string]*driftAction)
	}
	a := d.actions[key.action]
	if a == nil {
		a = &driftAction{fields: make(map[driftKey]*driftField)}
		d.actions[key.action] = a
	}
	if f := a.fields[key]; f != nil {
		d.order.MoveToFront(f.everywhere)
		a.order.MoveToFront(f.inAction)
		return f
	}
	if len(a.fields) >= maxActionKeys {
		d.forget(a.order.Back())
	} else if d.order.Len() >= maxDriftKeys {
		d.forget(d.order.Back())
	}
	f := &driftField{key: key, quiet: true}
	f.everywhere, f.inAction = d.order.PushFront(f), a.order.PushFront(f)
	a.fields[key] = f
	d.actions[key.action] = a // forget may have dropped it
	return f
}

func (d *Drift) forget(element *list.Element) {
	f, _ := element.Value.(*driftField)
	a := d.actions[f.key.action]
	d.order.Remove(f.everywhere)
	a.order.Remove(f.inAction)
	delete(a.fields, f.key)
	if len(a.fields) == 0 {
		delete(d.actions, f.key.action)
	}
}

// count adds one call and says whether that makes an alert.
func (f *driftField) count(step int64) (Alert, bool) {
	f.advance(step)
	f.buckets[slot(f.last)]++
	count, since := f.total(f.last)
	if count < DriftThreshold || !f.quiet && f.last-f.alerted < driftBuckets {
		return Alert{}, false
	}
	f.quiet, f.alerted = false, f.last
	return Alert{
		Action: f.key.action, Pointer: f.key.pointer, Keyword: f.key.keyword,
		Count: count, Since: time.Unix(0, since*int64(driftStep)).UTC(),
	}, true
}

// advance clears the buckets between the newest one and step. A clock that
// goes back counts into the newest one.
func (f *driftField) advance(step int64) {
	if step-f.last >= driftBuckets {
		clear(f.buckets[:])
		f.last = step
	}
	for f.last < step {
		f.last++
		f.buckets[slot(f.last)] = 0
	}
}

// total counts the calls of the window that ends at step, and gives the step of
// the first of them.
func (f *driftField) total(step int64) (count int, since int64) {
	for s := f.last; s > f.last-driftBuckets && s > step-driftBuckets; s-- {
		if n := f.buckets[slot(s)]; n > 0 {
			count += int(n)
			since = s
		}
	}
	return count, since
}

func slot(step int64) int { return int((step%driftBuckets + driftBuckets) % driftBuckets) }

// collapse replaces the array indexes of a JSON pointer.
func collapse(pointer string) string {
	if !strings.ContainsAny(pointer, "0123456789") {
		return pointer
	}
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		if token != "" && strings.Trim(token, "0123456789") == "" {
			tokens[i] = "*"
		}
	}
	return strings.Join(tokens, "/")
}

// clip bounds what is kept of a string, in memory of its own.
func clip(s string) string {
	return strings.Clone(front.Shorten(s, maxDriftString))
}
