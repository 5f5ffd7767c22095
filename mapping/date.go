package mapping

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/nearest"
)

// Date says how a date is read and how it is written. Each is one of
//
//   - "rfc3339": 2026-01-02T03:04:05Z, with any fraction and offset (RFC 3339 §5.6; "t", "z" and a blank for the "T" are
//     read too). The default.
//   - "date": 2026-01-02, the full-date of RFC 3339 §5.6.
//   - "epoch_s", "epoch_ms": seconds or milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted; a number, or
//     a text of one. A fraction is read to the microsecond; what is written is an integer, rounded down.
//   - "rfc1123": Fri, 02 Jan 2026 03:04:05 GMT, the date of RFC 1123 §5.2.14 (also IMF-fixdate, RFC 9110 §5.6.7). Read
//     with one or two digits of the day, and GMT, UT, UTC, Z or an offset like +0100; other names of zones are refused,
//     because they mean several. Written in GMT.
//   - a layout of one's own: how the moment Mon Jan 2 15:04:05 -0700 2006 is written, as for [time.Parse]: "02/01/2006".
//
// What names no zone is taken as UTC, and written in the zone that it was read with. Years are 0001 to 9999.
type Date struct {
	From string `json:"from,omitempty"` // the form that comes
	To   string `json:"to,omitempty"`   // the form that is wanted
}

// The names of date formats.
const (
	DateRFC3339 = "rfc3339"  // 2026-01-02T03:04:05Z
	DateDay     = "date"     // 2026-01-02
	DateEpochS  = "epoch_s"  // 1767323045
	DateEpochMS = "epoch_ms" // 1767323045000
	DateRFC1123 = "rfc1123"  // Fri, 02 Jan 2026 03:04:05 GMT
)

func dateNames() []string {
	return []string{DateRFC3339, DateDay, DateEpochS, DateEpochMS, DateRFC1123}
}

const maxLayout = 64

// checkDate names what is wrong with a format; empty if nothing is.
func checkDate(format string) string {
	switch format {
	case "", DateRFC3339, DateDay, DateEpochS, DateEpochMS, DateRFC1123:
		return ""
	}
	names := strings.Join(dateNames(), ", ")
	if len(format) > maxLayout {
		return "a layout has at most 64 bytes; the names of formats are " + names
	}
	probe := time.Date(2031, 11, 29, 0, 0, 0, 0, time.UTC) // no part of it like another's
	got, err := time.Parse(format, probe.Format(format))
	if err != nil || got.Year() != probe.Year() || got.YearDay() != probe.YearDay() {
		return "it is none of " + names + ", nor a layout that holds year, month and day of 2006-01-02" +
			nearest.DidYouMean(format, slices.Values(dateNames()))
	}
	return ""
}

// convert reads a scalar as a date and writes it anew.
func (d Date) convert(v any) (any, string) {
	t, ok := d.read(v)
	if !ok || min(t.Year(), t.UTC().Year()) < 1 || max(t.Year(), t.UTC().Year()) > 9999 {
		return nil, "the value is no date of the format " + formatName(d.From)
	}
	return d.write(t)
}

func formatName(format string) string {
	if format == "" {
		return DateRFC3339
	}
	return format
}

// read reads in UTC whatever the zone of the machine is: [time.Parse] knows the names of that one.
func (d Date) read(v any) (time.Time, bool) {
	switch d.From {
	case DateEpochS:
		return epoch(v, time.Second)
	case DateEpochMS:
		return epoch(v, time.Millisecond)
	}
	text, ok := v.(string)
	if !ok || len(text) > 2*maxLayout {
		return time.Time{}, false
	}
	var t time.Time
	var err error
	switch d.From {
	case "", DateRFC3339:
		t, err = time.ParseInLocation(time.RFC3339, upright(text), time.UTC)
	case DateDay:
		t, err = time.ParseInLocation(time.DateOnly, text, time.UTC)
	case DateRFC1123:
		return parseRFC1123(text)
	default:
		t, err = time.ParseInLocation(d.From, text, time.UTC)
		if name, offset := t.Zone(); offset == 0 && name != "" && name != "UTC" && name != "GMT" {
			return t, false // a name that the parser doesn't know: it would count as UTC
		}
	}
	return t, err == nil
}

// upright is RFC 3339 as [time.Parse] wants it, of the other spellings that §5.6 allows.
func upright(text string) string {
	const at = len("2006-01-02")
	if len(text) <= at {
		return text
	}
	b := []byte(text)
	if b[at] == 't' || b[at] == ' ' {
		b[at] = 'T'
	}
	if last := len(b) - 1; b[last] == 'z' {
		b[last] = 'Z'
	}
	return string(b)
}

// parseRFC1123 takes only zones that mean one thing.
func parseRFC1123(text string) (time.Time, bool) {
	for _, zone := range []string{" GMT", " UTC", " UT", " Z"} {
		if rest, ok := strings.CutSuffix(text, zone); ok {
			text = rest + " +0000"
			break
		}
	}
	t, err := time.ParseInLocation("Mon, _2 Jan 2006 15:04:05 -0700", text, time.UTC)
	return t, err == nil
}

// epoch reads a number, or a text of one, in a unit.
func epoch(v any, unit time.Duration) (time.Time, bool) {
	if text, ok := v.(string); ok {
		if v, ok = numberOf(text); !ok {
			return time.Time{}, false
		}
	}
	perSecond := int64(time.Second / unit)
	const farthest = 1 << 38 // seconds, beyond year 9999
	switch n := v.(type) {
	case int64:
		whole := n / perSecond
		if whole > farthest || whole < -farthest {
			return time.Time{}, false
		}
		return time.Unix(whole, n%perSecond*int64(unit)).UTC(), true
	case float64:
		seconds := n / float64(perSecond)
		if !(math.Abs(seconds) < farthest) {
			return time.Time{}, false
		}
		whole := math.Floor(seconds)
		micro := math.Round((seconds - whole) * 1e6)
		return time.Unix(int64(whole), int64(micro)*int64(time.Microsecond)).UTC(), true
	}
	return time.Time{}, false
}

func (d Date) write(t time.Time) (any, string) {
	switch d.To {
	case "", DateRFC3339:
		if _, offset := t.Zone(); offset%60 != 0 {
			t = t.UTC() // an offset with seconds has no form there
		}
		return t.Format(time.RFC3339Nano), ""
	case DateDay:
		return t.Format(time.DateOnly), ""
	case DateEpochS:
		return t.Unix(), ""
	case DateEpochMS:
		return t.UnixMilli(), ""
	case DateRFC1123:
		return t.UTC().Format("Mon, 02 Jan 2006 15:04:05") + " GMT", ""
	}
	return t.Format(d.To), ""
}
