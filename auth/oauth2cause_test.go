package auth_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
)

func TestCausesOfAnswers(t *testing.T) {
	t.Parallel()
	oauth := func(code string) string {
		return `{"error":"` + code + `","error_description":"because"}`
	}
	tests := []struct {
		name   string
		status int
		body   string
		cause  auth.TokenCause
		code   string
	}{
		{"outage", 503, "<html>", auth.TokenUnavailable, ""},
		{"outage that says invalid_grant", 500, oauth("invalid_grant"), auth.TokenUnavailable, "invalid_grant"},
		{"too many", 429, oauth("rate_limited"), auth.TokenUnavailable, "rate_limited"},
		{"server error", 400, oauth("server_error"), auth.TokenUnavailable, "server_error"},
		{"refused", 400, oauth("invalid_grant"), auth.TokenRefused, "invalid_grant"},
		{"refused with 401", 401, oauth("invalid_grant"), auth.TokenRefused, "invalid_grant"},
		{"refused with 403", 403, oauth("invalid_grant"), auth.TokenRefused, "invalid_grant"},
		{"refused with 200", 200, oauth("invalid_grant"), auth.TokenRefused, "invalid_grant"},
		{"refused in a form", 200, "error=invalid_grant&error_description=because", auth.TokenRefused, "invalid_grant"},
		{"refused in its own words", 200, oauth("bad_refresh_token"), auth.TokenRefused, "bad_refresh_token"},
		{"the client", 401, oauth("invalid_client"), auth.TokenApp, "invalid_client"},
		{"the client, 400", 400, oauth("unauthorized_client"), auth.TokenApp, "unauthorized_client"},
		{"bare 401", 401, "", auth.TokenApp, ""},
		{"401 with a page", 401, "<html>", auth.TokenApp, ""},
		{"the request", 400, oauth("invalid_request"), auth.TokenRejected, "invalid_request"},
		{"the scope", 400, oauth("invalid_scope"), auth.TokenRejected, "invalid_scope"},
		{"its own words", 400, oauth("nonsense"), auth.TokenRejected, "nonsense"},
		{"its own words with 200", 200, oauth("nonsense"), auth.TokenRejected, "nonsense"},
		{"400 with a page", 400, "<html>", auth.TokenRejected, ""},
		{"400 of another API", 400, `{"message":"no"}`, auth.TokenRejected, ""},
		{"404 of an API", 404, `{"message":"no"}`, auth.TokenRejected, ""},
		{"404 with a page", 404, "<html>", auth.TokenUnavailable, ""},
		{"405 with a page", 405, "<html>", auth.TokenUnavailable, ""},
		{"a firewall", 403, "<html>", auth.TokenUnavailable, ""},
		{"redirect", 302, "<html>", auth.TokenRejected, ""},
		{"redirect with words", 307, oauth("invalid_grant"), auth.TokenRejected, "invalid_grant"},
		{"page", 200, "<html><a href=x?access_token=1>", auth.TokenInDoubt, ""},
		{"empty", 200, "", auth.TokenInDoubt, ""},
		{"no object", 200, `["access_token"]`, auth.TokenInDoubt, ""},
		{"cut", 200, `{"access_token":"abcdefgh`, auth.TokenInDoubt, ""},
		{"no token", 200, `{"token_type":"bearer"}`, auth.TokenInDoubt, ""},
		{"no token in a form", 200, `token_type=bearer`, auth.TokenInDoubt, ""},
		{"empty token", 200, `{"access_token":""}`, auth.TokenInDoubt, ""},
		{"token of another type", 200, `{"access_token":{"a":1}}`, auth.TokenInDoubt, ""},
		{"token with a line break", 200, `{"access_token":"a\r\nX: y"}`, auth.TokenInDoubt, ""},
		{"refresh token with a line break", 200, `{"access_token":"a","refresh_token":"a\n"}`, auth.TokenInDoubt, ""},
		{"form that isn't UTF-8", 200, "access_token=%ff", auth.TokenInDoubt, ""},
		{"too long a token", 200, `{"access_token":"` + strings.Repeat("a", 65<<10) + `"}`, auth.TokenInDoubt, ""},
		{"too much", 200, `{"access_token":"a","x":"` + strings.Repeat("a", 1<<20) + `"}`, auth.TokenInDoubt, ""},
		{"too much of 400", 400, `{"error":"invalid_grant","x":"` + strings.Repeat("a", 1<<20) + `"}`, auth.TokenUnavailable, ""},
		{"too deep", 200, `{"access_token":"a","x":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}", auth.TokenInDoubt, ""},
		{"an object", 400, `{"error":{"code":190,"type":"OAuthException","message":"because"}}`, auth.TokenRejected, "OAuthException"},
		{"a number", 200, `{"error":40029}`, auth.TokenRejected, "40029"},
		{"a list", 200, `{"error":[1]}`, auth.TokenRejected, "error"},
		{"pending, but nobody is asked", 400, oauth("authorization_pending"), auth.TokenRejected, "authorization_pending"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked.Add(1)
				w.Header().Set("Location", "http://"+r.Host+"/elsewhere?secret")
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			t.Cleanup(server.Close)
			s := codeFlow()
			s.TokenURL = server.URL + "/token"
			s.Answer.RefusedCodes = []string{"bad_refresh_token"}
			_, err := s.Renew(t.Context(), auth.TokenCall{HTTP: server.Client(), Client: (&wire{}).call().Client}, auth.Grant("old-access", "old-refresh", time.Time{}))
			var e *auth.TokenError
			if !errors.As(err, &e) || e.Op != "refresh" || e.Cause != tt.cause || e.Code != tt.code || e.Status != tt.status {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "elsewhere") || strings.Contains(err.Error(), "html") || strings.Contains(err.Error(), "aaaa") {
				t.Errorf("the error says what the body said: %v", err)
			}
			if e != nil && (e.Code != "" && strings.Contains(tt.body, "because")) != (e.Description == "because") {
				t.Errorf("the description is %q", e.Description)
			}
			if n := asked.Load(); n != 1 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

func TestSuccessThatIsNone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		answer auth.TokenAnswer
		body   string
		cause  auth.TokenCause
		code   string
	}{
		{auth.TokenAnswer{Success: "ok"}, `{"ok":false,"error":"invalid_refresh_token"}`, auth.TokenRejected, "invalid_refresh_token"},
		{auth.TokenAnswer{Success: "ok", RefusedCodes: []string{"invalid_refresh_token"}}, `{"ok":false,"error":"invalid_refresh_token"}`,
			auth.TokenRefused, "invalid_refresh_token"},
		{auth.TokenAnswer{Success: "ok"}, `{"ok":false,"access_token":"a"}`, auth.TokenRejected, ""},
		{auth.TokenAnswer{Success: "code", SuccessValues: []string{"0"}, Error: "code", Description: "msg"}, `{"code":17,"msg":"because"}`, auth.TokenRejected, "17"},
		{auth.TokenAnswer{Error: "fault.name"}, `{"fault":{"name":"invalid_grant"}}`, auth.TokenRefused, "invalid_grant"},
	} {
		s, w := codeFlow(), &wire{body: tt.body}
		s.Answer = tt.answer
		_, err := s.Renew(t.Context(), w.call(), auth.Grant("old-access", "old-refresh", time.Time{}))
		var e *auth.TokenError
		if !errors.As(err, &e) || e.Cause != tt.cause || e.Code != tt.code {
			t.Errorf("%s: got %v", tt.body, err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 7 ": 7 * time.Second, "0": 0, "-3": 0, "99999999999999999999": 24 * time.Hour, "Inf": 24 * time.Hour, "NaN": 0,
		"soon": 0, "Mon, 04 May 2026 12:00:30 GMT": 30 * time.Second, "Mon, 04 May 2026 11:00:00 GMT": 0, "Mon, 04 May 2099 11:00:00 GMT": 24 * time.Hour,
	} {
		for _, status := range []int{429, 503} {
			w := &wire{status: status, header: http.Header{"Retry-After": {text}, "Date": {"Mon, 04 May 2026 11:59:00 GMT"}}}
			_, err := codeFlow().Renew(t.Context(), w.call(), auth.Grant("old-access", "old-refresh", time.Time{}))
			var e *auth.TokenError
			if !errors.As(err, &e) || e.RetryAfter != want || !e.Date.Equal(noon.Add(-time.Minute)) {
				t.Errorf("%d %q: got %v", status, text, err)
			}
		}
	}
}

// guarded is a client that may reach this machine.
func guarded(t *testing.T) *http.Client {
	t.Helper()
	transport, err := egress.New(egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// TestCausesOfBrokenExchanges runs over net/http's transport and ours.
func TestCausesOfBrokenExchanges(t *testing.T) {
	t.Parallel()
	drop := func(w http.ResponseWriter, said string) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, said)
		_ = conn.Close()
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc // nil: nobody listens
		cause   auth.TokenCause
		is      error
	}{
		{"nobody listens", nil, auth.TokenUnsent, nil},
		{"dropped", func(w http.ResponseWriter, _ *http.Request) { drop(w, "") }, auth.TokenInDoubt, nil},
		{"dropped in the answer", func(w http.ResponseWriter, _ *http.Request) {
			drop(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":")
		}, auth.TokenInDoubt, io.ErrUnexpectedEOF},
		{"dropped in a refusal", func(w http.ResponseWriter, _ *http.Request) {
			drop(w, "HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\n{\"error\":")
		}, auth.TokenUnavailable, io.ErrUnexpectedEOF},
		{"dropped in an outage", func(w http.ResponseWriter, _ *http.Request) {
			drop(w, "HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n")
		}, auth.TokenUnavailable, io.ErrUnexpectedEOF},
		{"no HTTP", func(w http.ResponseWriter, _ *http.Request) { drop(w, "SSH-2.0\r\n") }, auth.TokenInDoubt, nil},
		{"silent", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, auth.TokenInDoubt, context.DeadlineExceeded},
		{"silent in the answer", func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"access_token":`)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}, auth.TokenInDoubt, context.DeadlineExceeded},
	}
	for _, tt := range tests {
		for transport, client := range map[string]*http.Client{"plain": {Transport: &http.Transport{}}, "guarded": guarded(t)} {
			t.Run(fmt.Sprintf("%s/%s", tt.name, transport), func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(tt.handler)
				t.Cleanup(server.Close)
				t.Cleanup(client.CloseIdleConnections)
				if tt.handler == nil {
					server.Close()
				}
				s := codeFlow()
				s.TokenURL = server.URL + "/token"
				ctx := egress.AllowOrigin(t.Context(), server.URL)
				if tt.is == context.DeadlineExceeded {
					short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
					t.Cleanup(cancel)
					ctx = short
				}
				_, err := s.Renew(ctx, auth.TokenCall{HTTP: client, Client: (&wire{}).call().Client}, auth.Grant("old-access", "old-refresh", time.Time{}))
				var e *auth.TokenError
				if !errors.As(err, &e) || e.Cause != tt.cause || tt.is != nil && !errors.Is(err, tt.is) {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

// telling is a transport that tells a trace what it is made to, and fails.
type telling struct {
	conns   int
	headers bool
	fail    error
}

func (x telling) RoundTrip(r *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(r.Context())
	trace.GetConn("id.example.com:443")
	conn, other := net.Pipe()
	defer func() { _, _ = conn.Close(), other.Close() }()
	for range x.conns {
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	if x.headers {
		trace.WroteHeaders()
	}
	return nil, x.fail
}

func TestCausesByTrace(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, tt := range []struct {
		telling
		cause auth.TokenCause
	}{
		{telling{0, false, broken}, auth.TokenUnsent},
		{telling{0, false, os.ErrDeadlineExceeded}, auth.TokenUnsent},
		{telling{1, false, broken}, auth.TokenUnsent},
		{telling{1, true, broken}, auth.TokenInDoubt},
		{telling{1, false, os.ErrDeadlineExceeded}, auth.TokenInDoubt}, // the writer may still be at work
		{telling{2, false, broken}, auth.TokenInDoubt},                 // what went over the first isn't known
	} {
		_, err := codeFlow().Renew(t.Context(), auth.TokenCall{HTTP: &http.Client{Transport: tt.telling}, Client: auth.Client{ID: "me"}},
			auth.Grant("old-access", "old-refresh", time.Time{}))
		var e *auth.TokenError
		if !errors.As(err, &e) || e.Cause != tt.cause || !errors.Is(err, tt.fail) {
			t.Errorf("%+v: got %v", tt.telling, err)
		}
	}
}

func TestCausesBeforeSending(t *testing.T) {
	t.Parallel()
	strict, err := egress.New(egress.Policy{})
	if err != nil {
		t.Fatal(err)
	}
	nobody, err := egress.New(egress.Policy{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way there") },
		Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}})
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx   context.Context
		http  http.RoundTripper
		url   string
		cause auth.TokenCause
		is    error
	}{
		"denied":          {t.Context(), strict, "https://127.0.0.1/token", auth.TokenRejected, egress.ErrDenied},
		"no connection":   {t.Context(), nobody, "https://192.0.2.1/token", auth.TokenUnsent, nil},
		"ctx ended":       {ended, &wire{}, "https://id.example.com/token", auth.TokenUnsent, context.Canceled},
		"no word of that": {t.Context(), &wire{fail: errors.New("something")}, "https://id.example.com/token", auth.TokenInDoubt, nil},
		"proxy":           {t.Context(), &wire{fail: &egress.ProxyError{Status: 407}}, "https://id.example.com/token", auth.TokenUnsent, nil},
		"odd header":      {t.Context(), &wire{fail: &egress.ResponseError{Status: 101}}, "https://id.example.com/token", auth.TokenInDoubt, nil},
	} {
		s := codeFlow()
		s.TokenURL = tt.url
		_, err := s.Renew(tt.ctx, auth.TokenCall{HTTP: &http.Client{Transport: tt.http}, Client: (&wire{}).call().Client}, auth.Grant("old-access", "old-refresh", time.Time{}))
		var e *auth.TokenError
		if !errors.As(err, &e) || e.Cause != tt.cause || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: got %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), tt.url) {
			t.Errorf("%s: the error has the URL: %v", name, err)
		}
	}
}
