package resilience_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

func TestTransportEndsWithItsContext(t *testing.T) {
	t.Parallel()
	t.Run("before the first attempt", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		body := &countingBody{Reader: strings.NewReader("body")}
		r := request(t, "PUT", "").WithContext(ctx)
		r.Body = body
		next := &script{steps: steps{status(200)}}
		_, err := (&resilience.Transport{Next: next}).RoundTrip(r)
		if err != context.Canceled || len(next.seen) != 0 || !body.closed {
			t.Errorf("%v, %d attempts, body closed %v, want the bare context error, none, true", err, len(next.seen), body.closed)
		}
	})
	t.Run("during an attempt", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		broken := errors.New("broken")
		next := roundTripper(func(*http.Request) (*http.Response, error) { cancel(); return nil, broken })
		if _, err := (&resilience.Transport{Next: next}).RoundTrip(request(t, "GET", "").WithContext(ctx)); err != broken {
			t.Errorf("%v, want the attempt's own error", err)
		}
	})
	t.Run("during an attempt that was answered", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		next := roundTripper(func(*http.Request) (*http.Response, error) { cancel(); return answer(500), nil })
		resp, err := (&resilience.Transport{Next: next}).RoundTrip(request(t, "GET", "").WithContext(ctx))
		if err != nil || resp.StatusCode != 500 || resp.Body.(*countingBody).closed {
			t.Errorf("%v, %v, want the response", resp, err)
		}
	})
	t.Run("during a wait", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			next := &script{steps: steps{status(429, "Retry-After", "30")}}
			time.AfterFunc(10*time.Second, cancel)
			began := time.Now()
			resp, err := (&resilience.Transport{Next: next}).RoundTrip(request(t, "GET", "").WithContext(ctx))
			if resp != nil || err != context.Canceled || time.Since(began) != 10*time.Second || len(next.seen) != 1 {
				t.Errorf("%v, %v after %v, %d attempts", resp, err, time.Since(began), len(next.seen))
			}
		})
	})
	t.Run("during a refresh", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		next := &script{steps: steps{status(401)}}
		tr := &resilience.Transport{Next: next, Refresh: func(context.Context) (bool, error) { cancel(); return true, nil }}
		resp, err := tr.RoundTrip(request(t, "GET", "").WithContext(ctx))
		if resp != nil || err != context.Canceled || len(next.seen) != 1 {
			t.Errorf("%v, %v, %d attempts, want the context's error", resp, err, len(next.seen))
		}
	})
}

// The error is Next's own. http.Client would have wrapped it in one whose text has the URL and so the key in its query.
func TestTransportReturnsBareErrors(t *testing.T) {
	t.Parallel()
	broken := &resilience.AttemptError{Err: errors.New("broken"), Final: true}
	_, err := (&resilience.Transport{Next: &script{steps: steps{failing(broken)}}}).RoundTrip(request(t, "GET", ""))
	if err != error(broken) || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("got %v, want the error of Next itself", err)
	}
}

// A redirect is a response like another, also one that http.Client would fail on.
func TestTransportDoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	for _, location := range []string{"https://elsewhere.example/", "", "://no url?key=s3cret"} {
		next := &script{steps: steps{status(302, "Location", location)}}
		resp, err := (&resilience.Transport{Next: next}).RoundTrip(request(t, "GET", ""))
		if err != nil || resp.StatusCode != 302 || resp.Header.Get("Location") != location || len(next.seen) != 1 {
			t.Errorf("to %q: %v, %v, %d attempts", location, resp, err, len(next.seen))
		}
	}
}

func TestTransportHandsOverWhatNetHTTPCantRepeat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		method     string
		repeatable bool
		reopens    bool
	}{
		"POST": {"POST", false, false}, "PATCH": {"PATCH", false, false},
		"PUT": {"PUT", false, true}, "repeatable POST": {"POST", true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := request(t, tc.method, "body")
			r.Header.Set("Idempotency-Key", "k1")
			r.Header.Set("X-Idempotency-Key", "k2")
			next := &script{steps: steps{status(429, "Retry-After", "0"), status(200)}}
			if _, err := (&resilience.Transport{Next: next, Repeatable: tc.repeatable}).RoundTrip(r); err != nil {
				t.Fatal(err)
			}
			want := http.Header{"idempotency-key": {"k1"}, "x-idempotency-key": {"k2"}}
			for i, got := range next.seen {
				if diff := cmp.Diff(want, got.Header); diff != "" {
					t.Errorf("attempt %d, headers (-want +got):\n%s", i+1, diff)
				}
				if (got.GetBody != nil) != tc.reopens {
					t.Errorf("attempt %d: GetBody there %v, want %v", i+1, got.GetBody != nil, tc.reopens)
				}
			}
			if r.Header.Get("Idempotency-Key") != "k1" || r.GetBody == nil {
				t.Error("the caller's request was changed")
			}
		})
	}
}

// What one attempt writes into its headers does not reach the next, nor the caller.
func TestTransportGivesEachAttemptItsHeaders(t *testing.T) {
	t.Parallel()
	r := request(t, "GET", "")
	r.Header = nil
	sends := 0
	next := roundTripper(func(got *http.Request) (*http.Response, error) {
		sends++
		if len(got.Header) != 0 {
			t.Errorf("attempt %d has headers %v", sends, got.Header)
		}
		got.Header.Set("Authorization", "Bearer 1")
		return answer(429, "Retry-After", "0"), nil
	})
	if _, err := (&resilience.Transport{Next: next}).RoundTrip(r); err != nil || sends != 3 || r.Header != nil {
		t.Errorf("%v, %d attempts, caller's headers %v", err, sends, r.Header)
	}
}

func TestTransportRefusesWhatItCantSend(t *testing.T) {
	t.Parallel()
	var e *resilience.Error
	body := &countingBody{Reader: strings.NewReader("")}
	r := request(t, "POST", "")
	r.Body = body
	if _, err := (&resilience.Transport{}).RoundTrip(r); !errors.As(err, &e) || e.Field != "next" || !body.closed {
		t.Errorf("without Next: %v, body closed %v", err, body.closed)
	}
	next := &script{steps: steps{status(200)}}
	if _, err := (&resilience.Transport{Next: next}).RoundTrip(&http.Request{}); !errors.As(err, &e) || e.Field != "url" {
		t.Errorf("without URL: %v", err)
	}
}

// Next may break the contract of a RoundTripper without breaking ours.
func TestTransportHoldsNextToItsContract(t *testing.T) {
	t.Parallel()
	get := func(step func() (*http.Response, error)) (*http.Response, error) {
		return (&resilience.Transport{Next: &script{steps: steps{step}}}).RoundTrip(request(t, "GET", ""))
	}
	if resp, err := get(func() (*http.Response, error) { return nil, nil }); resp != nil || err == nil {
		t.Errorf("neither response nor error: %v, %v", resp, err)
	}
	if resp, err := get(func() (*http.Response, error) { return &http.Response{StatusCode: 204}, nil }); err != nil || resp.Body == nil {
		t.Errorf("no body: %v, %v", resp, err)
	}
	both, broken := answer(200), &resilience.AttemptError{Final: true}
	resp, err := get(func() (*http.Response, error) { return both, broken })
	if resp != nil || err != error(broken) || !both.Body.(*countingBody).closed {
		t.Errorf("both: %v, %v, body closed %v", resp, err, both.Body.(*countingBody).closed)
	}
}

// A hook that panics takes the call with it, but not the connection.
func TestTransportClosesTheBodyWhenAHookPanics(t *testing.T) {
	t.Parallel()
	last := answer(500)
	tr := &resilience.Transport{
		Next: &script{steps: steps{func() (*http.Response, error) { return last, nil }}},
		Rand: func() float64 { panic("no luck") },
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = tr.RoundTrip(request(t, "GET", ""))
	}()
	if !last.Body.(*countingBody).closed {
		t.Error("the body was left open")
	}
}
