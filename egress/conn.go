package egress

import (
	"net"
	"sync/atomic"
)

// countedConn counts what was handed to the network, so that a caller can tell a request that never left from one
// that may have had its effect, and what came from it, see exchange.
type countedConn struct {
	net.Conn
	written atomic.Int64
	read    atomic.Int64
	turns   atomic.Int64 // requests that were sent on it
	waiting atomic.Int64 // those of them without a response yet
}

// Read counts before it reports, as Write does.
func (c *countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.read.Add(int64(n))
	}
	return n, err
}

// Write counts before it reports, so that the number is never behind what the peer may have seen by then.
func (c *countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if n > 0 {
		c.written.Add(int64(n))
	}
	return n, err
}

// maxUnwrap bounds how many layers of connection counted looks through.
const maxUnwrap = 8

// BytesWritten is the number of bytes written so far to a connection that a [Transport] dialled, and whether c is one.
// It sees through *tls.Conn and whatever else has a NetConn method; the bytes of the TLS handshake and of encryption
// are in the number. Take it in httptrace's GotConn and again when the exchange failed: if it did not move, no byte of
// the request was written. On HTTP/2 other requests share the connection, so that a number that moved proves nothing.
func BytesWritten(c net.Conn) (n int64, ok bool) {
	if conn := counted(c); conn != nil {
		return conn.written.Load(), true
	}
	return 0, false
}

// counted is the connection that a Transport dialled under whatever was wrapped around it, nil if there is none.
func counted(c net.Conn) *countedConn {
	for range maxUnwrap {
		switch conn := c.(type) {
		case *countedConn:
			return conn
		case interface{ NetConn() net.Conn }:
			c = conn.NetConn()
		default:
			return nil
		}
	}
	return nil
}
