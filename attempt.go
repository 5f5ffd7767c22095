package waygate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/resilience"
)

// attempt is one exchange while it lasts.
type attempt struct {
	r             *run
	info          AttemptInfo
	rec           AttemptRecord
	begun         bool // what was sent before, under the same ctx, is a hook's or a scheme's own; guarded by r.mu
	refused       bool // by the egress policy
	dialling      bool // the guard was asked for a connection
	conn          net.Conn
	written       int64           // by the connection before this request
	stop          func(error)     // ends the exchange
	sending       context.Context // of what is sent
	wire          egress.Watch
	permit        resilience.Permit
	release       func(strained bool) // of its place among the host's
	status        int
	kind          Kind
	means         resilience.Meaning // what the answer was declared to mean; empty if the status says it
	responseBytes int64
	sent          *capture // nil unless bodies are recorded
}

// begin notes the start and lets observers add headers.
func (x *attempt) begin(ctx context.Context, out *http.Request, limited time.Duration) {
	r := x.r
	x.rec = AttemptRecord{Start: r.gw.cfg.Now(), Method: out.Method, Host: out.URL.Host, Wait: limited, Kind: KindCanceled}
	r.mu.Lock()
	x.rec.Wait += r.wait
	r.wait = 0
	n := len(r.attempts) + 1
	r.attempts = append(r.attempts, x.rec) // in order of start; what it stays if the call ends before
	x.begun = true
	r.mu.Unlock()
	x.info = AttemptInfo{CallID: r.id, Tenant: r.spec.tenant, Integration: r.action.integ.def.ID, Action: r.action.info.ID, Number: n}
	r.gw.observers.attemptStarted(ctx, x.info, out.Header)
}

// GetConn and GotConn learn which connection carries the request, and how much was written to it before.
func (x *attempt) GetConn(string) {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	x.dialling = x.begun
}

// GotConn is called again when net/http begins anew by itself.
func (x *attempt) GotConn(i httptrace.GotConnInfo) {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	if !x.begun {
		return
	}
	if x.conn != nil {
		if x.rec.Repeats++; x.rec.Repeats > maxRepeats {
			x.stop(nil)
		}
	}
	x.conn, x.rec.Reused = i.Conn, i.Reused
	x.written, _ = egress.BytesWritten(i.Conn)
}

// maxRepeats bounds what net/http repeats by itself in one attempt: a server that
// refuses each stream would be asked for ever.
const maxRepeats = 5

func (x *attempt) tooOften() bool {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	return x.rec.Repeats > maxRepeats
}

// failed classifies an attempt without response.
func (x *attempt) failed(ctx context.Context, err error) error {
	var denied *egress.DeniedError
	var odd *egress.ResponseError
	var proxy *egress.ProxyError
	var unreadable *Error
	switch {
	case x.tooOften():
		return x.broken(fmt.Errorf("given up after %d repeats within one attempt", maxRepeats), false, false)
	case errors.As(x.r.unreadable(), &unreadable):
		x.kind = unreadable.Kind
		return final(unreadable)
	case errors.As(err, &proxy) && proxy.Status < 500: // it won't, whoever asks
		x.kind, x.refused = KindConfig, true
		return final(newError(KindConfig, "", err))
	case errors.As(err, &denied):
		x.kind, x.refused = KindConfig, true
		return final(newError(KindConfig, "", err))
	case errors.As(err, &odd):
		x.kind = KindInvalidResponse
		e := newError(KindInvalidResponse, "", err)
		e.Status = odd.Status
		return final(e)
	}
	timeout := ctx.Err() != nil || isTimeout(err)
	unsent := x.unsent(timeout)
	return x.broken(err, timeout, unsent)
}

// unread classifies a response whose body could not be read.
func (x *attempt) unread(ctx context.Context, err error) error {
	var large *egress.TooLargeError
	var busy *egress.BudgetError
	if errors.As(err, &busy) {
		x.kind = KindTimeout
		if errors.Is(err, context.Canceled) {
			x.kind = KindCanceled
		}
		return final(newError(x.kind, "", err))
	}
	var garbled *payload.EncodingError
	if errors.As(err, &large) || errors.As(err, &garbled) {
		x.kind = KindInvalidResponse
		e := newError(KindInvalidResponse, "", err)
		e.Status = x.status
		return final(e)
	}
	return x.broken(fmt.Errorf("reading the body: %w", err), ctx.Err() != nil || isTimeout(err), false)
}

// broken is a failed exchange as the loop wants to know it.
func (x *attempt) broken(err error, timeout, unsent bool) error {
	x.kind = KindNetwork
	if timeout {
		x.kind = KindTimeout
	}
	if errors.Is(err, context.Canceled) {
		x.kind = KindCanceled
	}
	return &resilience.AttemptError{Err: newError(x.kind, "", err), Unsent: unsent, Timeout: timeout}
}

// unsent says whether surely no byte of the request was written. After a timeout
// on a connection, the writer may still be at work.
func (x *attempt) unsent(timeout bool) bool {
	x.r.mu.Lock()
	defer x.r.mu.Unlock()
	if x.conn == nil { // a transport of the host's may not tell: then it isn't known
		return x.dialling
	}
	now, ok := egress.BytesWritten(x.conn)
	return ok && !timeout && now == x.written && x.rec.Repeats == 0
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout() || errors.Is(err, context.DeadlineExceeded)
}

// end writes the attempt down, also after a panic.
func (x *attempt) end(ctx context.Context) {
	r := x.r
	r.mu.Lock()
	x.rec.Duration = r.gw.cfg.Now().Sub(x.rec.Start)
	x.rec.Status = x.status
	x.rec.Kind = x.kind
	if x.kind == "" && x.status != 0 {
		x.rec.Kind = answerKind(x.status, x.means)
	}
	switch n := x.info.Number; {
	case x.refused && n == len(r.attempts) && !r.ended: // nothing went out
		r.attempts, r.lastFail = r.attempts[:n-1], x.rec.Kind
	case !r.ended: // else the record is written, and nobody waits for the rest of it
		r.attempts[x.info.Number-1] = x.rec
		r.lastFail = x.rec.Kind
		r.exchange.responseBytes = x.responseBytes
	}
	r.mu.Unlock()
	r.gw.observers.attemptEnded(ctx, x.info, x.rec)
}
