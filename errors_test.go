package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/resilience"
)

// kindTable is what is promised for each kind.
var kindTable = map[waygate.Kind]struct {
	sentinel error
	category waygate.Category
	hint     waygate.Hint
}{
	waygate.KindNetwork:         {waygate.ErrNetwork, "NETWORK", "RETRY_AFTER_DELAY"},
	waygate.KindTimeout:         {waygate.ErrTimeout, "TIMEOUT", "RETRY_AFTER_DELAY"},
	waygate.KindAuth:            {waygate.ErrAuth, "AUTH", "REFRESH_CREDENTIALS"},
	waygate.KindNeedsReauth:     {waygate.ErrNeedsReauth, "AUTH", "REFRESH_CREDENTIALS"},
	waygate.KindForbidden:       {waygate.ErrForbidden, "AUTH", "CHECK_INTEGRATION_CONFIG"},
	waygate.KindRateLimited:     {waygate.ErrRateLimited, "RATE_LIMIT", "RETRY_AFTER_DELAY"},
	waygate.KindInvalidInput:    {waygate.ErrInvalidInput, "VALIDATION", "RETRY_WITH_MODIFIED_INPUT"},
	waygate.KindRejected:        {waygate.ErrRejected, "VALIDATION", "RETRY_WITH_MODIFIED_INPUT"},
	waygate.KindMissing:         {waygate.ErrMissing, "CLIENT_ERROR", "RETRY_WITH_MODIFIED_INPUT"},
	waygate.KindServer:          {waygate.ErrServer, "SERVER_ERROR", "RETRY_AFTER_DELAY"},
	waygate.KindClient:          {waygate.ErrClient, "CLIENT_ERROR", "CONTACT_EXTERNAL_PROVIDER"},
	waygate.KindCircuitOpen:     {waygate.ErrCircuitOpen, "SERVER_ERROR", "RETRY_AFTER_DELAY"},
	waygate.KindInvalidResponse: {waygate.ErrInvalidResponse, "VALIDATION", "CONTACT_EXTERNAL_PROVIDER"},
	waygate.KindUnresolved:      {waygate.ErrUnresolved, "CLIENT_ERROR", "CHECK_INTEGRATION_CONFIG"},
	waygate.KindConflict:        {waygate.ErrConflict, "CLIENT_ERROR", "CHECK_INTEGRATION_CONFIG"},
	waygate.KindConfig:          {waygate.ErrConfig, "CLIENT_ERROR", "CHECK_INTEGRATION_CONFIG"},
	waygate.KindStore:           {waygate.ErrStore, "SERVER_ERROR", "RETRY_AFTER_DELAY"},
	waygate.KindCanceled:        {waygate.ErrCanceled, "TIMEOUT", ""},
}

// TestStatuses exchanges each status of interest and compares with the table.
func TestStatuses(t *testing.T) {
	t.Parallel()
	cases := []struct {
		status          int
		kind            waygate.Kind
		attempts, posts int // of GET and of POST
	}{
		{101, waygate.KindInvalidResponse, 1, 1}, {304, waygate.KindInvalidResponse, 1, 1}, {300, waygate.KindInvalidResponse, 1, 1},
		{400, waygate.KindRejected, 1, 1}, {401, waygate.KindAuth, 1, 1}, {402, waygate.KindClient, 1, 1}, {403, waygate.KindForbidden, 1, 1},
		{404, waygate.KindMissing, 1, 1}, {405, waygate.KindClient, 1, 1}, {408, waygate.KindTimeout, 3, 1}, {409, waygate.KindClient, 1, 1},
		{410, waygate.KindMissing, 1, 1}, {418, waygate.KindClient, 1, 1}, {422, waygate.KindRejected, 1, 1}, {425, waygate.KindServer, 3, 1},
		{429, waygate.KindRateLimited, 3, 3}, {499, waygate.KindClient, 1, 1}, {500, waygate.KindServer, 3, 1}, {501, waygate.KindServer, 1, 1},
		{502, waygate.KindServer, 3, 1}, {503, waygate.KindServer, 3, 1}, {504, waygate.KindServer, 3, 1}, {599, waygate.KindServer, 1, 1},
	}
	for _, c := range cases {
		for _, method := range []string{"GET", "POST"} {
			t.Run(fmt.Sprint(method, " ", c.status), func(t *testing.T) {
				t.Parallel()
				w := always(c.status, `{"why":"because"}`)
				_, acme := ready(t, w, api(waygate.HTTPAction{ID: "a", Method: method, Path: "/a"}))
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				e := failure(t, err, c.kind)
				want := kindTable[c.kind]
				attempts := c.attempts
				if method == "POST" {
					attempts = c.posts
				}
				if e.Status != c.status || e.Attempts != attempts || len(w.seen()) != attempts {
					t.Errorf("status %d after %d attempts and %d requests, want %d", e.Status, e.Attempts, len(w.seen()), attempts)
				}
				if e.Category() != want.category || e.Hint != want.hint || string(e.Body) != `{"why":"because"}` {
					t.Errorf("category %s, hint %s, body %s", e.Category(), e.Hint, e.Body)
				}
				if e.Op != "invoke" || e.Tenant != "acme" || e.Integration != "api" || e.Action != "api.a" || e.Connection != "main" || e.CallID == "" {
					t.Errorf("its place is %+v", e)
				}
				for kind, row := range kindTable {
					if errors.Is(err, row.sentinel) != (kind == c.kind) {
						t.Errorf("errors.Is of %s", kind)
					}
				}
				rec := recordsOf(t, acme)[0]
				if rec.ID != e.CallID || rec.Kind != c.kind || rec.Status != c.status || len(rec.Attempts) != attempts || rec.Error != err.Error() {
					t.Errorf("the record says %+v", rec)
				}
			})
		}
	}
}

// TestKinds makes each kind that is no status.
func TestKinds(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	gone := vaultOf("acme", "api")
	gone.err = fmt.Errorf("the grant was revoked: %w", waygate.ErrNeedsReauth)
	broken := vaultOf("acme", "api")
	broken.err = errors.New("the vault is sealed")
	cases := []struct {
		name     string
		kind     waygate.Kind
		ctx      context.Context
		w        http.RoundTripper
		action   string
		opts     []waygate.Option
		attempts int
		status   int
		is       error
	}{
		{name: "refused", kind: waygate.KindNetwork, w: breaks(&net.OpError{Op: "dial", Err: errors.New("connection refused")}), attempts: 3},
		{name: "broken", kind: waygate.KindNetwork, w: breaks(io.ErrUnexpectedEOF), attempts: 3},
		{name: "canceled", kind: waygate.KindCanceled, ctx: canceled, is: context.Canceled},
		{name: "no action", kind: waygate.KindUnresolved, action: "api.none"},
		{name: "no integration", kind: waygate.KindUnresolved, action: "none.a"},
		{name: "no full id", kind: waygate.KindUnresolved, action: "a"},
		{name: "no connection", kind: waygate.KindUnresolved, opts: []waygate.Option{waygate.On("none")}},
		{name: "grant gone", kind: waygate.KindNeedsReauth, opts: []waygate.Option{waygate.Through(gone)}},
		{name: "vault fails", kind: waygate.KindStore, opts: []waygate.Option{waygate.Through(broken)}},
		{name: "another's connection", kind: waygate.KindConfig, opts: []waygate.Option{waygate.Through(vaultOf("evil", "api"))}},
		{name: "another's integration", kind: waygate.KindConfig, opts: []waygate.Option{waygate.Through(vaultOf("acme", "other"))}},
		{name: "denied", kind: waygate.KindConfig, w: breaks(&egress.DeniedError{Host: "api.example.com", Reason: "for a test"}), attempts: 0, is: egress.ErrDenied},
		{name: "no JSON", kind: waygate.KindInvalidResponse, w: always(200, `<html>`), attempts: 1, status: 200},
		{name: "too deep", kind: waygate.KindInvalidResponse, w: always(200, strings.Repeat("[", 513)+strings.Repeat("]", 513)), attempts: 1, status: 200},
		{name: "too large", kind: waygate.KindInvalidResponse, w: always(200, `"`+strings.Repeat("a", 11<<20)+`"`), attempts: 1, status: 200},
		{name: "redirects", kind: waygate.KindInvalidResponse, w: always(302, ``, "Location", "/again"), attempts: 6, status: 302},
		{name: "redirect of POST", kind: waygate.KindInvalidResponse, action: "api.post", w: always(307, ``, "Location", "/again"), attempts: 1, status: 307},
		{name: "to plain http", kind: waygate.KindInvalidResponse, w: always(302, ``, "Location", "http://api.example.com/"), attempts: 1, status: 302},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if c.w == nil {
				c.w = always(200, `{}`)
			}
			if c.action == "" {
				c.action = "api.a"
			}
			if c.ctx == nil {
				c.ctx = t.Context()
			}
			_, acme := ready(t, c.w, api(get("a"), waygate.HTTPAction{ID: "post", Method: "POST", Path: "/p"}))
			_, err := acme.Invoke(c.ctx, c.action, nil, c.opts...)
			e := failure(t, err, c.kind)
			want := kindTable[c.kind]
			if e.Category() != want.category || e.Hint != want.hint || e.Attempts != c.attempts || e.Status != c.status {
				t.Errorf("category %s, hint %s, attempts %d, status %d", e.Category(), e.Hint, e.Attempts, e.Status)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("errors.Is fails for %v", c.is)
			}
			if rec := recordsOf(t, acme)[0]; rec.Kind != c.kind || rec.ID != e.CallID || len(rec.Attempts) != c.attempts {
				t.Errorf("the record says %+v", rec)
			}
		})
	}
}

// breaks fails every exchange, after the request was read.
func breaks(err error) *wire {
	return &wire{answer: func(int, *http.Request, string) (*http.Response, error) { return nil, err }}
}

// TestLostAnswer shows that a POST over a transport of the host's own is not
// repeated when nobody knows whether it was sent.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := breaks(io.ErrUnexpectedEOF)
	_, acme := ready(t, w, api(waygate.HTTPAction{ID: "pay", Method: "POST", Path: "/pay"}))
	_, err := acme.Invoke(t.Context(), "api.pay", map[string]any{"amount": 5})
	if e := failure(t, err, waygate.KindNetwork); len(w.seen()) != 1 || e.Attempts != 1 {
		t.Errorf("the provider saw %d requests, the error %d attempts", len(w.seen()), e.Attempts)
	}
}

// TestRetryAfter shows which stated waits are kept, and which end the call.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for stated, want := range map[string]struct {
		attempts int
		took     time.Duration
		after    time.Duration
	}{
		"7":   {3, 14 * time.Second, 7 * time.Second},
		"60":  {3, 120 * time.Second, 60 * time.Second},
		"61":  {1, 0, 61 * time.Second},
		"0":   {3, 0, 0},
		"1.5": {3, 3 * time.Second, 1500 * time.Millisecond},
	} {
		t.Run(stated, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				_, acme := ready(t, always(429, `{}`, "Retry-After", stated), api(waygate.HTTPAction{ID: "a", Method: "POST", Path: "/a"}))
				start := time.Now()
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				e := failure(t, err, waygate.KindRateLimited)
				if took := time.Since(start); took != want.took || e.Attempts != want.attempts || e.RetryAfter != want.after {
					t.Errorf("%d attempts in %s, retry after %s", e.Attempts, took, e.RetryAfter)
				}
				rec := recordsOf(t, acme)[0]
				if len(rec.Attempts) > 1 && rec.Attempts[1].Wait != want.after {
					t.Errorf("the record says it waited %s", rec.Attempts[1].Wait)
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) { // longer than the call may last
		_, acme := ready(t, always(503, `{}`, "Retry-After", "20"), api(get("a")))
		_, err := acme.Invoke(t.Context(), "api.a", nil, waygate.Timeout(10*time.Second))
		if e := failure(t, err, waygate.KindServer); e.Attempts != 1 || e.RetryAfter != 20*time.Second {
			t.Errorf("got %+v", e)
		}
	})
}

// TestCircuitOpen shows when a circuit opens, and that another connection's
// stays closed.
func TestCircuitOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := 500
		w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) { return reply(r, status, `{}`), nil }}
		seen := &watcher{}
		gw, acme := ready(t, w, api(get("a")), func(c *waygate.Config) { c.Retry, c.Observers = resilience.Never{}, []waygate.Observer{seen} })
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "other", Credential: pat})
		must(t, err)
		for range 5 {
			_, err := acme.Invoke(t.Context(), "api.a", nil)
			failure(t, err, waygate.KindServer)
		}
		_, err = acme.Invoke(t.Context(), "api.a", nil)
		e := failure(t, err, waygate.KindCircuitOpen)
		if e.RetryAfter != time.Minute || e.Attempts != 0 || len(w.seen()) != 5 || e.Hint != waygate.HintRetryAfterDelay || e.Category() != waygate.CategoryServer {
			t.Errorf("got %+v after %d requests", e, len(w.seen()))
		}
		status = 200
		_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("other"))
		must(t, err)
		time.Sleep(time.Minute)
		_, err = acme.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		var states []resilience.State
		for _, s := range seen.states {
			states = append(states, s.To)
		}
		if diff := cmp.Diff([]resilience.State{resilience.StateOpen, resilience.StateHalfOpen, resilience.StateClosed}, states); diff != "" {
			t.Error(diff)
		}
		for _, harmless := range []int{400, 404, 408, 425, 429} {
			status = harmless
			for range 12 {
				_, err := acme.Invoke(t.Context(), "api.a", nil)
				if errors.Is(err, waygate.ErrCircuitOpen) {
					t.Fatalf("a %d opens the circuit", harmless)
				}
			}
		}
		if list := gw.Breakers().List("acme"); len(list) != 2 {
			t.Errorf("%d circuits", len(list))
		}
	})
}

// TestErrorSurface shows what an error and its text hold.
func TestErrorSurface(t *testing.T) {
	t.Parallel()
	for kind, row := range kindTable {
		e := &waygate.Error{Kind: kind}
		if e.Category() != row.category || !errors.Is(e, row.sentinel) || !strings.HasPrefix(row.sentinel.Error(), "waygate: ") {
			t.Errorf("%s: category %s", kind, e.Category())
		}
	}
	if got := allKinds(t); len(got) != len(kindTable) || !slices.Equal(got, slices.Collect(func(yield func(waygate.Kind) bool) {
		for _, k := range got {
			if _, known := kindTable[k]; known && !yield(k) {
				return
			}
		}
	})) {
		t.Errorf("the table lacks some of %v", got)
	}
	long := always(400, `"`+strings.Repeat("x", 20_000)+`"`)
	_, acme := ready(t, long, api(get("a")))
	_, err := acme.Invoke(t.Context(), "api.a", nil)
	if e := failure(t, err, waygate.KindRejected); len(e.Body) != 10_000 || strings.Contains(err.Error(), "xxx") {
		t.Errorf("a body of %d bytes; %d bytes of text", len(e.Body), len(err.Error()))
	}
	_, err = waygate.Decode[int](nil)
	failure(t, err, waygate.KindConfig)
	_, acme = ready(t, always(200, `{"AMOUNT":5,"list":[1,"two"]}`), api(get("a")))
	got, err := waygate.Invoke[struct {
		Amount int `json:"amount"`
	}](t.Context(), acme, "api.a", nil)
	if must(t, err); got.Amount != 0 {
		t.Error("names are matched without case")
	}
	_, err = waygate.Invoke[struct {
		List []int `json:"list"`
	}](t.Context(), acme, "api.a", nil)
	failure(t, err, waygate.KindInvalidResponse)
	says(t, err, "list", "1", "int", "string")
	if strings.Contains(err.Error(), "two") {
		t.Errorf("the error holds the value: %v", err)
	}
}
