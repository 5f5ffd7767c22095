package egress

import (
	"io"
	"net/http"
	"sync"

	"github.com/waygate-go/waygate/internal/bounded"
)

// maxIdentities is how many identities have connections at a time in one Transport.
const maxIdentities = 1000

// pool is the connections of one identity. It counts the requests that use them, so that a pool which had to make
// room for another closes its connections when the last of those ends, and not when they have been idle for long.
type pool struct {
	base *http.Transport

	mu      sync.Mutex // guards what follows
	active  int
	evicted bool
}

func newPools() *bounded.Map[string, *pool] {
	return bounded.New(maxIdentities, func(_ string, p *pool) { p.evict() })
}

// roundTrip sends req over a connection of this pool.
func (p *pool) roundTrip(req *http.Request) (*http.Response, error) {
	p.enter()
	resp, err := p.base.RoundTrip(req)
	switch {
	case err != nil:
		p.leave()
		return nil, err
	case resp.Body == nil || resp.Body == http.NoBody:
		p.leave()
	default:
		resp.Body = &pooledBody{ReadCloser: resp.Body, leave: sync.OnceFunc(p.leave)}
	}
	return resp, nil
}

func (p *pool) enter() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active++
}

func (p *pool) leave() {
	p.mu.Lock()
	p.active--
	over := p.evicted && p.active == 0
	p.mu.Unlock()
	if over {
		p.base.CloseIdleConnections()
	}
}

// evict closes what is idle now, and has leave close the rest.
func (p *pool) evict() {
	p.mu.Lock()
	p.evicted = true
	p.mu.Unlock()
	p.base.CloseIdleConnections()
}

// pooledBody tells the pool when a response is done with. The end of the body is not enough: an HTTP/2 stream is over
// only when its body has been closed.
type pooledBody struct {
	io.ReadCloser
	leave func()
}

// Close closes the body and lets go of the pool.
func (b *pooledBody) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}
