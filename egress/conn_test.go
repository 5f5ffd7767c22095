package egress_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// The number a caller compares: it moves when a request goes out, and only then.
func TestBytesWritten(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		addr, roots := tlsServer(t, http.HandlerFunc(echoProto), http2)
		w := &wire{to: addr}
		tr := mustNew(t, egress.Policy{RootCAs: roots, Dial: w.dial, Resolver: resolving(map[string][]string{"example.com": {publicAddr}})})
		var conn net.Conn
		var before int64
		var known bool
		ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
			conn = info.Conn
			before, known = egress.BytesWritten(conn)
		}})
		const size = 100_000
		req, err := http.NewRequestWithContext(ctx, "POST", "https://example.com/", strings.NewReader(strings.Repeat("x", size)))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		after, _ := egress.BytesWritten(conn)
		if !known || before <= 0 || after-before < size {
			t.Errorf("http2 %v: known %v, %d bytes before, %d after", http2, known, before, after)
		}
	}
	if _, ok := egress.BytesWritten(nil); ok {
		t.Error("nil is known")
	}
	client, server := net.Pipe()
	defer func() { _ = client.Close(); _ = server.Close() }()
	if _, ok := egress.BytesWritten(client); ok {
		t.Error("a foreign connection is known")
	}
	if _, ok := egress.BytesWritten(selfish{client}); ok {
		t.Error("a connection around itself is known")
	}
}

// selfish is a connection whose inner connection is itself.
type selfish struct{ net.Conn }

func (s selfish) NetConn() net.Conn { return s }

// A connection that broke before the request was written must show no byte.
func TestBytesWrittenStaysWhenTheWriteFails(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		_ = server.Close()
		return client, nil
	}
	tr := mustNew(t, egress.Policy{AllowHTTP: true, Dial: broken})
	var conn net.Conn
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { conn = info.Conn }})
	req, err := http.NewRequestWithContext(ctx, "POST", "http://8.8.8.8/", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tr.RoundTrip(req); err == nil {
		t.Fatal("a closed pipe answered")
	}
	if conn == nil {
		t.Fatal("no connection was announced")
	}
	if n, ok := egress.BytesWritten(conn); !ok || n != 0 {
		t.Errorf("%d bytes, known %v", n, ok)
	}
}
