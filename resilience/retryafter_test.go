package resilience_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/resilience"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const year = 365 * 24 * time.Hour
	for _, tc := range []struct {
		values []string
		want   time.Duration
		ok     bool
	}{
		{nil, 0, false},
		{[]string{""}, 0, false},
		{[]string{"0"}, 0, true},
		{[]string{"120"}, 2 * time.Minute, true},
		{[]string{" 120\t"}, 2 * time.Minute, true},
		{[]string{"1.5"}, 1500 * time.Millisecond, true},
		{[]string{".5"}, 500 * time.Millisecond, true},
		{[]string{"5."}, 5 * time.Second, true},
		{[]string{"3600"}, time.Hour, true},
		{[]string{"31536000"}, year, true},
		{[]string{"31536001"}, year, true},
		{[]string{"9223372036854775807"}, year, true},
		{[]string{"18446744073709551616"}, year, true},
		{[]string{strings.Repeat("9", 64)}, year, true},
		{[]string{strings.Repeat("9", 65)}, 0, false},
		{[]string{"-1"}, 0, false},
		{[]string{"+1"}, 0, false},
		{[]string{"1e3"}, 0, false},
		{[]string{"0x10"}, 0, false},
		{[]string{"1_000"}, 0, false},
		{[]string{"inf"}, 0, false},
		{[]string{"NaN"}, 0, false},
		{[]string{"."}, 0, false},
		{[]string{"1.2.3"}, 0, false},
		{[]string{"soon"}, 0, false},
		{[]string{"Mon, 04 May 2026 12:00:30 GMT"}, 30 * time.Second, true},
		{[]string{"Monday, 04-May-26 12:00:30 GMT"}, 30 * time.Second, true},
		{[]string{"Mon May  4 12:00:30 2026"}, 30 * time.Second, true},
		{[]string{"Mon, 04 May 2026 11:59:30 GMT"}, 0, true},
		{[]string{"Fri, 31 Dec 1999 23:59:59 GMT"}, 0, true},
		{[]string{"Fri, 31 Dec 9999 23:59:59 GMT"}, year, true},
		{[]string{"1", "Mon, 04 May 2026 12:00:30 GMT", "7"}, 30 * time.Second, true},
		{[]string{"soon", "7"}, 7 * time.Second, true},
	} {
		got, ok := resilience.RetryAfter(http.Header{"Retry-After": tc.values}, noon)
		if got != tc.want || ok != tc.ok {
			t.Errorf("%q: %v, %v, want %v, %v", tc.values, got, ok, tc.want, tc.ok)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1.5", "9999999999999999999999", "Mon, 04 May 2026 12:00:30 GMT", "1e309", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, ok := resilience.RetryAfter(http.Header{"Retry-After": {value}}, noon)
		if got < 0 || got > 365*24*time.Hour {
			t.Errorf("%q: %v is out of bounds", value, got)
		}
		if !ok && got != 0 {
			t.Errorf("%q: %v beside false", value, got)
		}
	})
}
