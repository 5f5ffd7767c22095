package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"reflect"
	"sync"
)

// protocolError is the code of HTTP/2 errors with which a header that is too long ends (RFC 9113 §7).
const protocolError = 1

// exchange watches one request on its connection, to tell a response whose header is too long from a network that
// broke: net/http has no error type for it. What it goes by is the number of bytes read, the type of the error, and
// whether a response had begun.
type exchange struct {
	limit int64

	mu       sync.Mutex // guards what follows: net/http calls from several goroutines, and may do so when all is over
	conn     *countedConn
	http2    bool
	read     int64 // bytes that conn had read before
	turn     int64 // conn's number for this request
	alone    bool  // no other request waited for a response on conn when this one began to
	answered bool  // something of a response arrived
}

// watch gives the request that is to be sent in place of req, whose ctx has the watch of another, or nil.
func (x *exchange) watch(req *http.Request, others *Watch) *http.Request {
	return req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			x.begin(info)
			if others != nil {
				others.other(info.Conn)
			}
		},
		GotFirstResponseByte: x.answer,
	}))
}

// begin notes the connection; net/http may change it for another one.
func (x *exchange) begin(info httptrace.GotConnInfo) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.leave()
	x.conn = counted(info.Conn)
	if x.conn == nil {
		return
	}
	secured, ok := info.Conn.(interface{ ConnectionState() tls.ConnectionState })
	x.http2 = ok && secured.ConnectionState().NegotiatedProtocol == "h2"
	x.read = x.conn.read.Load()
	x.turn = x.conn.turns.Add(1)
	x.alone = x.conn.waiting.Add(1) == 1
	x.answered = false
}

func (x *exchange) answer() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.answered = true
}

// leave needs x.mu.
func (x *exchange) leave() {
	if x.conn != nil {
		x.conn.waiting.Add(-1)
	}
	x.conn = nil
}

// end says what a failed RoundTrip comes to: err, or a [*ResponseError] in its place. It is called once, with nil where
// there was a response.
func (x *exchange) end(ctx context.Context, err error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.leave()
	if err == nil || x.conn == nil || ctx.Err() != nil || !x.tooLong(err) {
		return err
	}
	reason := fmt.Sprintf("its header has more than %d bytes", x.limit)
	if x.http2 {
		reason += ", or breaks the rules of HTTP/2"
	}
	return &ResponseError{Reason: reason}
}

func (x *exchange) tooLong(err error) bool {
	if x.http2 {
		return x.tooLongHTTP2(err)
	}
	// Until there is a response all that is read is header; the few bytes that TLS adds to it do not matter, since a
	// connection that breaks has an error that says so.
	return x.conn.read.Load()-x.read >= x.limit && !fromNetwork(err)
}

// tooLongHTTP2 knows both ends that such a header comes to. If it is a little too long only its stream fails, once the
// header is there. If it is far too long the connection fails, with every request on it: then the error is blamed on
// this response only if no other was waited for, and if half the limit was read, as compression saves three eighths
// at most (RFC 7541 §5.2). A header that is short only because it repeats itself by reference goes undetected.
func (x *exchange) tooLongHTTP2(err error) bool {
	var stream streamError
	if errors.As(err, &stream) {
		return stream.Code == protocolError && x.answered
	}
	return isConnectionError(err) && x.alone && x.conn.turns.Load() == x.turn && x.conn.read.Load()-x.read >= x.limit/2
}

// streamError has the fields of the stream errors in net/http, which give themselves to errors.As in any struct of
// that shape; the type of theirs is not exported.
type streamError struct {
	StreamID uint32
	Code     uint32
	Cause    error
}

// Error is there because errors.As wants it.
func (e streamError) Error() string { return "egress: HTTP/2 stream error" }

// isConnectionError knows the connection errors in net/http by what they are, a number of 32 bits: their type isn't
// exported, and they don't give themselves to errors.As.
func isConnectionError(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if v := reflect.ValueOf(err); v.Kind() == reflect.Uint32 {
			return v.Uint() == protocolError
		}
	}
	return false
}

func fromNetwork(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
