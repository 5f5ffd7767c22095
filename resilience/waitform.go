package resilience

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// WaitForm is how a provider writes how long to wait. The same header is seconds with one provider and a point in time
// with the next, so the form is declared and never guessed.
type WaitForm string

// The forms. Numbers are decimal digits with at most one point among them: no sign, no exponent. A point in time that has
// passed means now; a time beyond a year counts as a year; a negative duration, and text of more than 64 bytes, can't be
// read.
const (
	// FormRetryAfter is what the header Retry-After has by RFC 9110, section 10.2.3: seconds or an HTTP date. It is the
	// default.
	FormRetryAfter WaitForm = "retry_after"
	// FormSeconds is a number of seconds, "30" or "2.5".
	FormSeconds WaitForm = "seconds"
	// FormMilliseconds is a number of milliseconds.
	FormMilliseconds WaitForm = "milliseconds"
	// FormEpoch is a Unix time in seconds, "1767225600" or "1767225600.25".
	FormEpoch WaitForm = "epoch"
	// FormEpochMillis is a Unix time in milliseconds.
	FormEpochMillis WaitForm = "epoch_ms"
	// FormHTTPDate is a date as RFC 9110, section 5.6.7, has it, in any of its three formats.
	FormHTTPDate WaitForm = "http_date"
	// FormISO is a date and time of ISO 8601 as RFC 3339 has it; in UTC if there is no zone.
	FormISO WaitForm = "iso"
	// FormDuration is a text as [time.ParseDuration] reads it, "1m30s" or "6m0s".
	FormDuration WaitForm = "duration"
)

// isWaitForm reports whether f is one of the constants, or empty.
func isWaitForm(f WaitForm) bool {
	switch f {
	case "", FormRetryAfter, FormSeconds, FormMilliseconds, FormEpoch, FormEpochMillis, FormHTTPDate, FormISO, FormDuration:
		return true
	}
	return false
}

const waitForms = "retry_after, seconds, milliseconds, epoch, epoch_ms, http_date, iso or duration"

// longestStated bounds what is read as a wait, so that sums with it can't overflow.
const longestStated = 365 * 24 * time.Hour

// longestText is more than any date or sensible number needs.
const longestText = 64

// read makes a wait of what a provider wrote at now. It returns false for what is not of this form.
func (f WaitForm) read(value string, now time.Time) (time.Duration, bool) {
	if value = strings.TrimSpace(value); value == "" || len(value) > longestText {
		return 0, false
	}
	switch f {
	case FormSeconds:
		return span(value, time.Second)
	case FormMilliseconds:
		return span(value, time.Millisecond)
	case FormEpoch:
		return sinceEpoch(value, time.Second, now)
	case FormEpochMillis:
		return sinceEpoch(value, time.Millisecond, now)
	case FormHTTPDate:
		return httpDate(value, now)
	case FormISO:
		return isoDate(value, now)
	case FormDuration:
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return 0, false
		}
		return min(d, longestStated), true
	}
	if d, ok := span(value, time.Second); ok {
		return d, true
	}
	return httpDate(value, now)
}

func httpDate(value string, now time.Time) (time.Duration, bool) {
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return until(date, now), true
}

// until is the time from now to date, between nothing and the longest wait.
func until(date, now time.Time) time.Duration {
	return min(max(date.Sub(now), 0), longestStated)
}

// span reads a number of units.
func span(value string, unit time.Duration) (time.Duration, bool) {
	whole, part, ok := decimal(value)
	if !ok {
		return 0, false
	}
	if whole >= int64(longestStated/unit) {
		return longestStated, true
	}
	return time.Duration(whole)*unit + part/(time.Second/unit), true
}

// sinceEpoch reads a point in time as a number of units since 1970.
func sinceEpoch(value string, unit time.Duration, now time.Time) (time.Duration, bool) {
	whole, part, ok := decimal(value)
	if !ok {
		return 0, false
	}
	const lastSecond = 253402300799 // of the year 9999
	if whole > lastSecond*int64(time.Second/unit) {
		return longestStated, true
	}
	perSecond := int64(time.Second / unit)
	at := time.Unix(whole/perSecond, whole%perSecond*int64(unit)).Add(part / time.Duration(perSecond))
	return until(at, now), true
}

// decimal reads digits with at most one point among them, as a whole number, at most [math.MaxInt64], and the billionths
// that are left. ParseFloat alone would also take signs, exponents, hexadecimal digits, "inf" and "nan", and round.
func decimal(s string) (whole int64, part time.Duration, ok bool) {
	digits, fraction, _ := strings.Cut(s, ".")
	if digits+fraction == "" || strings.Trim(digits+fraction, "0123456789") != "" {
		return 0, 0, false
	}
	if digits != "" {
		var err error
		if whole, err = strconv.ParseInt(digits, 10, 64); err != nil {
			return math.MaxInt64, 0, true
		}
	}
	billionths, err := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return whole, time.Duration(billionths), err == nil
}

func isoDate(value string, now time.Time) (time.Duration, bool) {
	for _, layout := range []string{
		time.RFC3339, // a fraction of a second is read without being in the layout
		"2006-01-02T15:04:05Z0700",
		"2006-01-02T15:04:05",
		"2006-01-02 15:04:05Z07:00",
		"2006-01-02 15:04:05",
	} {
		if date, err := time.Parse(layout, value); err == nil {
			return until(date, now), true
		}
	}
	return 0, false
}
