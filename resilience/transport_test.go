package resilience_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/resilience"
)

type steps = []func() (*http.Response, error)

func TestTransportWaits(t *testing.T) {
	t.Parallel()
	date := func(in time.Duration) string {
		// synctest's clock begins at midnight UTC, 1 January 2000.
		return time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(in).Format(http.TimeFormat)
	}
	noJitter := resilience.Exponential{MaxAttempts: 4, NoJitter: true}
	tests := map[string]struct {
		policy   resilience.Policy
		maxWait  time.Duration
		deadline time.Duration
		steps    steps
		want     []time.Duration
	}{
		"default policy, half of the span": {nil, 0, 0, steps{status(500)}, []time.Duration{500 * time.Millisecond, time.Second}},
		"no jitter":                        {noJitter, 0, 0, steps{status(500)}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		"errors wait as well":              {noJitter, 0, 0, steps{failing(io.ErrUnexpectedEOF)}, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		"stated seconds":                   {nil, 0, 0, steps{status(429, "Retry-After", "7")}, []time.Duration{7 * time.Second, 7 * time.Second}},
		"stated date":                      {nil, 0, 0, steps{status(503, "Retry-After", date(9*time.Second)), status(200)}, []time.Duration{9 * time.Second}},
		"stated past":                      {nil, 0, 0, steps{status(503, "Retry-After", date(-time.Hour))}, []time.Duration{0, 0}},
		"stated on a 500":                  {nil, 0, 0, steps{status(500, "Retry-After", "3")}, []time.Duration{3 * time.Second, 3 * time.Second}},
		"unreadable":                       {noJitter, 0, 0, steps{status(429, "Retry-After", "soon"), status(200)}, []time.Duration{time.Second}},
		"the cap itself":                   {nil, 0, 0, steps{status(429, "Retry-After", "60"), status(200)}, []time.Duration{time.Minute}},
		"above the cap":                    {nil, 0, 0, steps{status(429, "Retry-After", "61")}, nil},
		"above a cap of one's own":         {nil, 5 * time.Second, 0, steps{status(429, "Retry-After", "6")}, nil},
		"above the cap, huge":              {nil, 0, 0, steps{status(429, "Retry-After", "99999999999999999999")}, nil},
		"past the deadline":                {nil, 0, 10 * time.Second, steps{status(429, "Retry-After", "11")}, nil},
		"on the deadline":                  {nil, 0, 10 * time.Second, steps{status(429, "Retry-After", "10")}, nil},
		"before the deadline":              {nil, 0, 10 * time.Second, steps{status(429, "Retry-After", "9"), status(200)}, []time.Duration{9 * time.Second}},
		"backoff past the deadline":        {noJitter, 0, 2 * time.Second, steps{status(500)}, []time.Duration{time.Second}},
		"the policy is not capped":         {slow{90 * time.Second}, 0, 0, steps{status(500), status(200)}, []time.Duration{90 * time.Second}},
		"a negative wait is none":          {slow{-1}, 0, 0, steps{status(500), status(200)}, []time.Duration{0}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				next := &script{steps: tc.steps}
				tr := &resilience.Transport{Next: next, Policy: tc.policy, MaxWait: tc.maxWait, Rand: half}
				var told []time.Duration
				tr.Retrying = func(_ int, wait time.Duration) { told = append(told, wait) }
				began := time.Now()
				resp, _ := tr.RoundTrip(request(t, "GET", "").WithContext(ctx))
				if resp != nil {
					_ = resp.Body.Close()
				}
				if diff := cmp.Diff(tc.want, next.gaps()); diff != "" {
					t.Errorf("waits (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tc.want, told); diff != "" {
					t.Errorf("waits told (-want +got):\n%s", diff)
				}
				if last := next.at[len(next.at)-1]; !time.Now().Equal(last) {
					t.Errorf("returned %v after the last attempt, want at once (began %v)", time.Since(last), began)
				}
			})
		})
	}
}

// slow is a policy of the host's own: always the same wait.
type slow struct{ wait time.Duration }

func (slow) Kind() string                             { return "slow" }
func (slow) Validate() error                          { return nil }
func (slow) Attempts() int                            { return 3 }
func (s slow) Wait(int, func() float64) time.Duration { return s.wait }
func (slow) MarshalJSON() ([]byte, error)             { return []byte(`{"kind":"slow"}`), nil }

// greedy asks for more attempts than there may be.
type greedy struct{ slow }

func (greedy) Attempts() int { return 1000 }

// lazy asks for none at all.
type lazy struct{ slow }

func (lazy) Attempts() int { return -1 }

func TestTransportBoundsAttempts(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		policy resilience.Policy
		want   int
	}{
		"default": {nil, 3}, "never": {resilience.Never{}, 1}, "one": {resilience.Exponential{MaxAttempts: 1}, 1},
		"ten": {resilience.Exponential{MaxAttempts: 10}, 10}, "too many": {greedy{}, 10}, "too few": {lazy{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next := &script{steps: steps{status(500)}}
				resp, err := (&resilience.Transport{Next: next, Policy: tc.policy}).RoundTrip(request(t, "GET", ""))
				if err != nil || resp.StatusCode != 500 || len(next.seen) != tc.want {
					t.Fatalf("%d attempts, %v, %v, want %d and the last response", len(next.seen), resp, err, tc.want)
				}
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "Internal Server Error" {
					t.Errorf("the last body reads %q, %v", body, err)
				}
			})
		})
	}
}

// Every attempt sends the same bytes, and all bodies but the last response's are closed.
func TestTransportSendsTheBodyAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const content = "the same bytes, each time"
		var got []string
		var bodies []*countingBody
		next := roundTripper(func(r *http.Request) (*http.Response, error) {
			raw, err := io.ReadAll(r.Body)
			if err != nil || r.ContentLength != int64(len(content)) {
				t.Errorf("length %d, %v", r.ContentLength, err)
			}
			_ = r.Body.Close()
			got = append(got, string(raw))
			resp := answer(429)
			bodies = append(bodies, resp.Body.(*countingBody))
			return resp, nil
		})
		resp, err := (&resilience.Transport{Next: next}).RoundTrip(request(t, "POST", content))
		if err != nil || resp.StatusCode != 429 {
			t.Fatal(resp, err)
		}
		if diff := cmp.Diff([]string{content, content, content}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		if !bodies[0].closed || !bodies[1].closed || bodies[2].closed {
			t.Errorf("closed: %v %v %v, want all but the last", bodies[0].closed, bodies[1].closed, bodies[2].closed)
		}
	})
}

// A reader that can't be opened again goes through as it is, once, whatever happens.
func TestTransportPassesAnUnknownReaderThrough(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	go func() {
		_, _ = writer.Write([]byte("first"))
		_ = writer.Close()
	}()
	r := request(t, "PUT", "")
	r.Body = reader
	sends, refreshes := 0, 0
	next := roundTripper(func(got *http.Request) (*http.Response, error) {
		sends++
		if got.Body != io.ReadCloser(reader) {
			t.Errorf("Next got a %T, want the caller's reader", got.Body)
		}
		return answer(401), nil
	})
	tr := &resilience.Transport{Next: next, Repeatable: true, Refresh: func(context.Context) (bool, error) {
		refreshes++
		return true, nil
	}}
	resp, err := tr.RoundTrip(r)
	if err != nil || resp.StatusCode != 401 || sends != 1 || refreshes != 0 {
		t.Errorf("%v, %v, %d attempts, %d refreshes, want one attempt and the 401", resp, err, sends, refreshes)
	}
}

func TestTransportBodyThatFailsToReopen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("file is gone")
		r := request(t, "PUT", "body")
		r.GetBody = func() (io.ReadCloser, error) { return nil, gone }
		next := &script{steps: steps{status(500)}}
		resp, err := (&resilience.Transport{Next: next}).RoundTrip(r)
		var a *resilience.AttemptError
		if resp != nil || !errors.Is(err, gone) || !errors.As(err, &a) || !a.Final || len(next.seen) != 1 {
			t.Errorf("%v, %v, %d attempts, want the error of GetBody, final", resp, err, len(next.seen))
		}
	})
}

func TestTransportRefresh(t *testing.T) {
	t.Parallel()
	refused := errors.New("grant revoked")
	tests := map[string]struct {
		policy  resilience.Policy
		refresh func(context.Context) (bool, error)
		steps   steps
		sends   int
		status  int
		err     error
	}{
		"brings a new credential":       {nil, yes, steps{status(401), status(200)}, 2, 200, nil},
		"even where nothing is retried": {resilience.Never{}, yes, steps{status(401), status(200)}, 2, 200, nil},
		"only once":                     {nil, yes, steps{status(401)}, 2, 401, nil},
		"does not use up an attempt":    {nil, yes, steps{status(429), status(401), status(429), status(200)}, 4, 200, nil},
		"fails":                         {nil, func(context.Context) (bool, error) { return false, refused }, steps{status(401)}, 1, 0, refused},
		"true beside an error fails":    {nil, func(context.Context) (bool, error) { return true, refused }, steps{status(401)}, 1, 0, refused},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next := &script{steps: tc.steps}
				var first *countingBody
				give := tc.steps[0]
				next.steps = append(steps{func() (*http.Response, error) {
					resp, err := give()
					first = resp.Body.(*countingBody)
					return resp, err
				}}, tc.steps[1:]...)
				if len(tc.steps) == 1 {
					next.steps = append(next.steps, give)
				}
				tr := &resilience.Transport{Next: next, Policy: tc.policy, Refresh: tc.refresh}
				resp, err := tr.RoundTrip(request(t, "POST", "body"))
				got := 0
				if resp != nil {
					got = resp.StatusCode
				}
				if got != tc.status || !errors.Is(err, tc.err) || len(next.seen) != tc.sends {
					t.Errorf("status %d, %v, %d attempts, want %d, %v, %d", got, err, len(next.seen), tc.status, tc.err, tc.sends)
				}
				if !first.closed {
					t.Error("the first body was left open")
				}
			})
		})
	}
}

func yes(context.Context) (bool, error) { return true, nil }

func TestTransportTellsOfRepeats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		type repeat struct {
			Attempt int
			Wait    time.Duration
		}
		var got []repeat
		tr := &resilience.Transport{
			Next:     &script{steps: steps{status(429, "Retry-After", "2"), status(401), status(500), status(200)}},
			Refresh:  yes,
			Rand:     half,
			Retrying: func(attempt int, wait time.Duration) { got = append(got, repeat{attempt, wait}) },
		}
		if _, err := tr.RoundTrip(request(t, "GET", "")); err != nil {
			t.Fatal(err)
		}
		want := []repeat{{2, 2 * time.Second}, {3, 0}, {4, time.Second}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("repeats (-want +got):\n%s", diff)
		}
	})
}
