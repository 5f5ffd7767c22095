package auth

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate/egress"
)

const (
	maxTokenAnswer = 1 << 20        // bytes
	maxRetryAfter  = 24 * time.Hour // that is believed
)

// ask makes the one request of q, sends it once, and gives an answer of success. An error is an *Error if nothing was
// sent, because the request couldn't be made, and a *TokenError otherwise.
func (a asker) ask(ctx context.Context, q question) (*answer, error) {
	m, err := a.request(ctx, q)
	if err != nil {
		return nil, err
	}
	sent := a.now()
	failed := func(cause TokenCause, err error) *TokenError {
		return &TokenError{Op: q.op, Cause: cause, Err: m.secrets.cause(err)}
	}
	if ctx.Err() != nil {
		return nil, failed(TokenUnsent, ctx.Err())
	}
	resp, cause, err := a.exchange(ctx, m.request)
	if err != nil {
		return nil, failed(cause, err)
	}
	defer egress.Drain(resp.Body)
	got := &answer{scheme: a.scheme, q: q, secrets: m.secrets, status: resp.StatusCode, sent: sent}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		got.date = date.UTC()
	}
	body, release, err := egress.ReadBody(ctx, resp.Body, maxTokenAnswer, nil, "")
	defer release()
	if err == nil && a.call.Parse != nil {
		body, err = a.parsed(RawAnswer{Status: resp.StatusCode, Header: resp.Header, Body: body})
	}
	if err == nil {
		got.parse(body)
	}
	if fault := got.fault(err); fault != nil {
		if fault.Cause == TokenUnavailable || fault.Cause == TokenPending {
			fault.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), a.now())
		}
		return nil, fault
	}
	return got, nil
}

// parsed is an answer as the host's function reads it, contained. What that function
// says isn't shown: it may quote the answer.
func (a asker) parsed(raw RawAnswer) (body []byte, err error) {
	err = contained("TokenCall.Parse", func() error {
		var err error
		if body, err = a.call.Parse(raw); err != nil {
			return &Error{Op: opRequest, Reason: "TokenCall.Parse can't read the answer"}
		}
		if len(body) > maxTokenAnswer {
			return &Error{Op: opRequest, Reason: "TokenCall.Parse gave more than 1 MiB"}
		}
		return nil
	})
	return body, err
}

// exchange sends a request once. After an error, cause is what it means.
func (a asker) exchange(ctx context.Context, r *http.Request) (resp *http.Response, cause TokenCause, err error) {
	w := &wireWatch{}
	client := *a.call.HTTP
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client.Jar, client.Transport = nil, plainRedirects{client.Transport}
	resp, err = client.Do(r.WithContext(w.trace(r.Context())))
	if err == nil {
		return resp, "", nil
	}
	if outer, ok := errors.AsType[*url.Error](err); ok { // which holds the URL
		err = outer.Err
	}
	return nil, w.causeOf(ctx, err), err
}

// plainRedirects takes a Location away that is no URL. [http.Client] would fail before it asks whether to follow, with an
// error that quotes what may be a code.
type plainRedirects struct{ next http.RoundTripper }

// RoundTrip sends with next, http.DefaultTransport if that is nil.
func (t plainRedirects) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.next == nil {
		t.next = http.DefaultTransport
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if _, bad := r.URL.Parse(resp.Header.Get("Location")); bad != nil {
		resp.Header.Del("Location")
	}
	return resp, nil
}

// retryAfter reads the header (RFC 9110 §10.2.3): seconds or a date; at most 24 hours, 0 for what can't be read.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) {
		return time.Duration(min(max(n, 0), maxRetryAfter.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(text); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

// wireWatch learns whether a byte of a request can have left.
type wireWatch struct {
	mu       sync.Mutex // guards what follows: net/http calls from several goroutines
	dialling bool
	conn     net.Conn
	written  int64 // by the connection before
	headers  bool  // were handed to the connection
	again    bool  // net/http began again by itself
}

func (w *wireWatch) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.dialling = true
		},
		GotConn: func(i httptrace.GotConnInfo) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.again = w.conn != nil
			w.conn = i.Conn
			w.written, _ = egress.BytesWritten(i.Conn)
		},
		WroteHeaders: func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.headers = true
		},
	})
}

// causeOf says what an exchange without response means.
func (w *wireWatch) causeOf(ctx context.Context, err error) TokenCause {
	var proxy *egress.ProxyError
	var odd *egress.ResponseError
	var held interface{ Unsent() bool }
	switch {
	case errors.Is(err, egress.ErrDenied):
		return TokenRejected
	case errors.As(err, &proxy), errors.As(err, &held) && held.Unsent(): // the provider has seen nothing
		return TokenUnsent
	case errors.As(err, &odd):
		return TokenInDoubt
	}
	var n net.Error
	timeout := ctx.Err() != nil || errors.As(err, &n) && n.Timeout()
	if w.unsent(timeout) {
		return TokenUnsent
	}
	return TokenInDoubt
}

// unsent says whether surely nothing that a provider could act on was written. After a timeout on a connection, the
// writer may still be at work. A transport of the host's that doesn't tell leaves it in doubt.
func (w *wireWatch) unsent(timeout bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.conn == nil:
		return w.dialling
	case timeout || w.again:
		return false
	}
	if now, ok := egress.BytesWritten(w.conn); ok {
		return now == w.written
	}
	return !w.headers
}
