package hostile_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// statuses are lines that are none, redirects and pages that lead round and round, and times to wait.
func statuses() map[string]*scenario {
	line := func(kind waygate.Kind, text string) *scenario {
		return saying(kind, text+"\r\nContent-Length: 2\r\n\r\n{}")
	}
	asked := func(s *scenario, n int64) {
		s.check = func(t *testing.T, _ *waygate.Result, _ error) {
			if got := s.asked.Load(); got != n {
				t.Errorf("%d requests, want %d", got, n)
			}
		}
	}
	page := func(next string) func(x *exchange) {
		return func(x *exchange) {
			x.whole(200, fmt.Sprintf("Link: <%s>; rel=\"next\"\r\n", next), `{"items":[1],"next":"same"}`)
		}
	}
	return map[string]*scenario{
		"status_99":          line(network, "HTTP/1.1 99 X"),
		"status_1000":        line(network, "HTTP/1.1 1000 X"),
		"status_negative":    line(network, "HTTP/1.1 -20 X"),
		"status_000":         line(invalid, "HTTP/1.1 000 X"),
		"status_600":         line(waygate.KindServer, "HTTP/1.1 600 X").with(status(600)),
		"status_999":         line(waygate.KindServer, "HTTP/1.1 999 X").with(status(999)),
		"status_word":        line(network, "HTTP/1.1 OK X"),
		"status_missing":     line(network, "HTTP/1.1"),
		"status_icy":         line(network, "ICY 200 OK"),
		"status_of_smtp":     line(network, "220 mail.example.com ESMTP"),
		"status_version_9":   line(network, "HTTP/9.9.9 200 OK"),
		"status_binary":      line(network, "\x00\x01\x02\xff"),
		"http_09":            saying(network, "<html>hello</html>"),
		"http_10":            saying("", "HTTP/1.0 200 OK\r\n\r\n{}").with(func(s *scenario) { s.check = wantJSON("{}") }),
		"redirect_to_itself": serving(invalid, func(x *exchange) { x.whole(302, "Location: /get\r\n", "") }).with(func(s *scenario) { s.status, s.attempts = 302, 6; asked(s, 6) }),
		"redirect_endless": serving(invalid, func(x *exchange) { x.whole(307, fmt.Sprintf("Location: /get?%d\r\n", x.n), "") }).with(func(s *scenario) {
			s.status, s.attempts = 307, 6
			asked(s, 6)
		}),
		"redirect_nowhere":        serving(invalid, func(x *exchange) { x.whole(301, "Location: http://[::1\r\n", "") }).with(status(301)),
		"redirect_without_target": serving(invalid, func(x *exchange) { x.whole(302, "", "") }).with(status(302)),
		"redirect_to_a_file":      serving(invalid, func(x *exchange) { x.whole(302, "Location: file:///etc/passwd\r\n", "") }).with(status(302)),
		"redirect_to_metadata":    serving(waygate.KindConfig, func(x *exchange) { x.whole(302, "Location: http://169.254.169.254/latest\r\n", "") }),
		"redirect_to_a_user":      serving(waygate.KindConfig, func(x *exchange) { x.whole(302, "Location: http://a:b@127.0.0.1/\r\n", "") }),
		"redirect_with_a_bomb":    serving(invalid, func(x *exchange) { x.say("HTTP/1.1 302 X\r\nLocation: /get\r\n\r\n"); x.forever("no") }).with(status(302)),
		"redirect_of_a_post": serving(invalid, func(x *exchange) { x.whole(307, "Location: /elsewhere\r\n", "") }).with(func(s *scenario) {
			s.status, s.action = 307, "post"
			asked(s, 1)
		}),
		"redirect_304":              serving(invalid, func(x *exchange) { x.stay = x.say("HTTP/1.1 304 X\r\n\r\n") }).with(status(304)),
		"next_is_the_same":          serving(invalid, page("/list")).with(listing).with(func(s *scenario) { asked(s, 2) }),
		"next_is_the_same_cursor":   serving(invalid, page("/list")).with(func(s *scenario) { s.action = "cursor"; asked(s, 2) }),
		"next_is_always_another":    serving("", func(x *exchange) { page(fmt.Sprintf("/list?%d", x.n))(x) }).with(listing).with(func(s *scenario) { asked(s, 5) }),
		"next_goes_round":           serving(invalid, func(x *exchange) { page(fmt.Sprintf("/list?%d", x.n%3))(x) }).with(listing).with(func(s *scenario) { asked(s, 4) }),
		"next_is_elsewhere":         serving(invalid, page("http://localhost:1/list")).with(listing).with(func(s *scenario) { s.status = 200; asked(s, 1) }),
		"next_is_a_script":          serving(invalid, page("javascript:alert(1)")).with(func(s *scenario) { s.action = "listany"; s.status = 200; asked(s, 1) }),
		"next_is_ftp":               serving(invalid, func(x *exchange) { page("ftp://" + x.req.Host + "/list")(x) }).with(func(s *scenario) { s.action = "listany"; s.status = 200; asked(s, 1) }),
		"next_is_a_file":            serving(invalid, page("file:///etc/passwd")).with(func(s *scenario) { s.action = "listany"; s.status = 200; asked(s, 1) }),
		"next_has_a_user":           serving(invalid, func(x *exchange) { page("http://a:b@" + x.req.Host + "/list")(x) }).with(listing).with(func(s *scenario) { s.status = 200; asked(s, 1) }),
		"retry_after_a_year":        retryAfter(429, "31536000", 1, 365*24*time.Hour),
		"retry_after_90s":           retryAfter(503, "90", 1, 90*time.Second).with(func(s *scenario) { s.long = true }),
		"retry_after_an_age":        retryAfter(429, "99999999999999999999999999", 1, 365*24*time.Hour),
		"retry_after_the_year_9999": retryAfter(503, "Fri, 31 Dec 9999 23:59:59 GMT", 1, 365*24*time.Hour),
		"retry_after_negative":      retryAfter(429, "-5", 3, 0),
		"retry_after_the_past":      retryAfter(429, "Mon, 01 Jan 1990 00:00:00 GMT", 3, 0),
		"retry_after_a_word":        retryAfter(503, "soon", 3, 0),
		"retry_after_nan":           retryAfter(429, "NaN", 3, 0),
		"retry_after_inf":           retryAfter(429, "Inf", 3, 0),
		"retry_after_hex":           retryAfter(429, "0x1p-2", 3, 0),
	}
}

// retryAfter answers with a status and a time to wait. One that is too long ends the call at once, and says so.
func retryAfter(code int, value string, attempts int, want time.Duration) *scenario {
	kind := waygate.KindRateLimited
	if code == 503 {
		kind = waygate.KindServer
	}
	s := serving(kind, func(x *exchange) { x.whole(code, "Retry-After: "+value+"\r\n", "{}") })
	s.status, s.attempts = code, attempts
	s.check = func(t *testing.T, _ *waygate.Result, err error) {
		var e *waygate.Error
		if errors.As(err, &e) && e.RetryAfter != want {
			t.Errorf("retry after %s, want %s", e.RetryAfter, want)
		}
		if got := s.asked.Load(); got != int64(attempts) {
			t.Errorf("%d requests", got)
		}
	}
	return s
}
