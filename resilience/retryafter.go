package resilience

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longestStated bounds what RetryAfter returns, so that sums with it can't overflow.
const longestStated = 365 * 24 * time.Hour

// longestText is more than any date or sensible number needs.
const longestText = 64

// RetryAfter reads the header Retry-After (RFC 9110, section 10.2.3): a number of seconds or an HTTP date, which is
// compared with now. Fractions of a second are taken, as some providers send them. A date in the past gives 0; a time
// beyond a year gives a year. Of several such headers the longest time wins. It returns false if there is none, or none
// that can be read; a negative number can't.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	var longest time.Duration
	found := false
	for _, value := range h.Values("Retry-After") {
		if d, ok := statedWait(strings.TrimSpace(value), now); ok {
			longest, found = max(longest, d), true
		}
	}
	return longest, found
}

func statedWait(value string, now time.Time) (time.Duration, bool) {
	if value == "" || len(value) > longestText {
		return 0, false
	}
	if isDecimal(value) {
		seconds, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, false
		}
		if seconds >= longestStated.Seconds() {
			return longestStated, true
		}
		return time.Duration(seconds * float64(time.Second)), true
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return min(max(date.Sub(now), 0), longestStated), true
}

// isDecimal accepts digits with at most one point among them. ParseFloat alone would also take signs, exponents,
// hexadecimal digits, "inf" and "nan".
func isDecimal(s string) bool {
	digits := strings.Replace(s, ".", "", 1)
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
