package resilience_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// roundTripper is a function as an http.RoundTripper.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer makes a response of a status, with headers in pairs.
func answer(status int, headers ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(headers); i += 2 {
		h.Add(headers[i], headers[i+1])
	}
	body := &countingBody{Reader: strings.NewReader(http.StatusText(status))}
	return &http.Response{StatusCode: status, Header: h, Body: body}
}

// countingBody knows whether it was closed, and refuses to be read then.
type countingBody struct {
	io.Reader
	closed bool
}

func (b *countingBody) Read(p []byte) (int, error) {
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.Reader.Read(p)
}

func (b *countingBody) Close() error {
	b.closed = true
	return nil
}

// script answers attempt after attempt, the last step again and again, and notes when each came.
type script struct {
	steps []func() (*http.Response, error)
	seen  []*http.Request
	at    []time.Time
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	step := s.steps[min(len(s.seen), len(s.steps)-1)]
	s.seen = append(s.seen, r)
	s.at = append(s.at, time.Now())
	return step()
}

// gaps are the times between attempts.
func (s *script) gaps() []time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(s.at); i++ {
		gaps = append(gaps, s.at[i].Sub(s.at[i-1]))
	}
	return gaps
}

func status(code int, headers ...string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return answer(code, headers...), nil }
}

func failing(err error) func() (*http.Response, error) {
	return func() (*http.Response, error) { return nil, err }
}

func request(t testing.TB, method, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "https://api.example.com/things?key=s3cret", reader)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// half is a random number that stays the same.
func half() float64 { return 0.5 }
