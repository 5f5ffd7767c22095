package egress

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// Watcher is told which connections a request gets. Its methods are called as those of [httptrace.ClientTrace] are: by
// the goroutines of net/http, possibly when all is over.
type Watcher interface {
	GetConn(hostPort string)            // a connection is looked for
	GotConn(info httptrace.GotConnInfo) // one was found, or made
}

// Watch tells a [Watcher] of the connections of one request, as a net/http/httptrace.ClientTrace would. A [Transport] sets
// such a trace anyway and passes on what it is told: that is cheaper than a second one. The zero Watch is ready. It must
// not be copied, nor used for two requests at a time.
type Watch struct {
	own   Watcher
	x     exchange
	taken atomic.Bool // by the Transport that sends the request
	trace httptrace.ClientTrace

	mu     sync.Mutex // guards others
	others map[net.Conn]int
}

// watchKey is the context key of [Watch.Begin].
type watchKey struct{}

// Begin gives the context for the request whose connections w is told of. The request may be sent by any transport that
// heeds net/http/httptrace, as that of net/http does.
func (t *Watch) Begin(ctx context.Context, w Watcher) context.Context {
	t.own = w
	t.trace = httptrace.ClientTrace{GetConn: w.GetConn, GotConn: t.gotConn, GotFirstResponseByte: t.x.answer}
	return context.WithValue(httptrace.WithClientTrace(ctx, &t.trace), watchKey{}, t)
}

func (t *Watch) gotConn(info httptrace.GotConnInfo) {
	if !t.isOthers(info.Conn) {
		t.x.begin(info)
	}
	t.own.GotConn(info)
}

// other notes that conn is for a request at the same time as the one that has t; httptrace calls gotConn next.
func (t *Watch) other(conn net.Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.others == nil {
		t.others = map[net.Conn]int{}
	}
	t.others[conn]++
}

func (t *Watch) isOthers(conn net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := t.others[conn]
	switch {
	case n > 1:
		t.others[conn]--
	case n == 1:
		delete(t.others, conn)
	}
	return n > 0
}

// watchOf is the watch of a request under ctx, nil if there is none; it is the request's own if nobody else has it now.
func watchOf(ctx context.Context) (w *Watch, own bool) {
	w, _ = ctx.Value(watchKey{}).(*Watch)
	return w, w != nil && w.taken.CompareAndSwap(false, true)
}
