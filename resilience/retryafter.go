package resilience

import (
	"net/http"
	"time"
)

const retryAfter = "Retry-After"

// RetryAfter reads the header Retry-After (RFC 9110, section 10.2.3): a number of seconds or an HTTP date, which is
// compared with now. Fractions of a second are taken, as some providers send them. A date in the past gives 0; a time
// beyond a year gives a year. Of several such headers the longest time wins. It returns false if there is none, or none
// that can be read; a negative number can't.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	return longest(h.Values(retryAfter), FormRetryAfter, now)
}

// longest is the longest of the waits that can be read.
func longest(values []string, form WaitForm, now time.Time) (wait time.Duration, found bool) {
	for _, value := range values {
		if d, ok := form.read(value, now); ok {
			wait, found = max(wait, d), true
		}
	}
	return wait, found
}
