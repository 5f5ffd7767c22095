package waygatetest

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
)

// listener counts what it accepts.
type listener struct {
	net.Listener
	accepted atomic.Int64
}

// Accept numbers the connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, id: int(l.accepted.Add(1))}, nil
}

// conn is a connection with its number, counted from 1.
type conn struct {
	net.Conn
	id int
}

// reset closes the connection so that a TCP peer gets a reset in place of an
// orderly end.
func (c *conn) reset() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

// pipeListener accepts ends of pipes. Its goroutines block on channels and
// timers alone, so that the clock of testing/synctest goes on.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	close sync.Once
}

var _ net.Listener = (*pipeListener)(nil)

func newPipeListener() *pipeListener {
	return &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// Accept waits for a dial.
func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close ends Accept and refuses later dials.
func (l *pipeListener) Close() error {
	l.close.Do(func() { close(l.done) })
	return nil
}

// Addr is that of a pipe.
func (l *pipeListener) Addr() net.Addr { return pipeAddr{} }

// dial opens a pipe to who accepts.
func (l *pipeListener) dial(ctx context.Context) (net.Conn, error) {
	client, server := net.Pipe()
	var err error
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		err = &net.OpError{Op: "dial", Net: "pipe", Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		err = ctx.Err()
	}
	_ = client.Close()
	_ = server.Close()
	return nil, err
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
