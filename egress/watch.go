package egress

import (
	"context"
	"net/http/httptrace"
	"sync/atomic"
)

// Watcher is told which connections a request gets. Its methods are called as those of [httptrace.ClientTrace] are: by
// the goroutines of net/http, possibly when all is over.
type Watcher interface {
	GetConn(hostPort string)            // one was asked for
	GotConn(info httptrace.GotConnInfo) // and found, or made
}

// Watch tells a [Watcher] of the connections of one request, in the trace that a [Transport] needs for itself: two of
// them would cost much more than one. It must not be copied, nor used for two requests at a time.
type Watch struct {
	own   Watcher
	x     exchange
	taken atomic.Bool // by the Transport that sends the request
	trace httptrace.ClientTrace
}

// watchKey is the context key of [Watch.Begin].
type watchKey struct{}

// Begin gives the context for the request. Also what isn't sent by a Transport of this package tells w, if it tells
// httptrace.
func (t *Watch) Begin(ctx context.Context, w Watcher) context.Context {
	t.own = w
	t.trace = httptrace.ClientTrace{GetConn: w.GetConn, GotConn: t.gotConn, GotFirstResponseByte: t.x.answer}
	return context.WithValue(httptrace.WithClientTrace(ctx, &t.trace), watchKey{}, t)
}

func (t *Watch) gotConn(info httptrace.GotConnInfo) {
	t.x.begin(info)
	t.own.GotConn(info)
}

// watchOf is the watch that a request under ctx may use; nil if there is none that is free.
func watchOf(ctx context.Context) *Watch {
	t, _ := ctx.Value(watchKey{}).(*Watch)
	if t == nil || !t.taken.CompareAndSwap(false, true) {
		return nil
	}
	return t
}
