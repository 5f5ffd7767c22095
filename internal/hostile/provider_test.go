package hostile_test

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// provider accepts connections and answers each request by hand. The paths /good and /full are answered as they
// should be, on whatever connection they come.
type provider struct {
	ln   net.Listener
	port uint16
	// room is what the gateway takes of a body at most, and the length of the one at /full.
	room int
	// serve answers one request over HTTP/1; returning closes the connection unless it said stay.
	serve func(x *exchange)
	// raw has a connection to itself, before anything is read, until the provider is calm.
	raw func(c net.Conn)

	asked atomic.Int64
	calm  atomic.Bool
	mu    sync.Mutex // guards what follows
	conns map[net.Conn]bool
	done  bool
	wg    sync.WaitGroup
}

// exchange is one request and the connection that waits for its answer.
type exchange struct {
	net.Conn
	r    *bufio.Reader
	req  *http.Request
	n    int // of the requests that weren't for a good path, from 1
	stay bool
}

// listen starts a provider; with a config it speaks TLS.
func listen(t *testing.T, p *provider, config *tls.Config) *provider {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p.port = uint16(ln.Addr().(*net.TCPAddr).Port)
	if config != nil {
		ln = tls.NewListener(ln, config)
	}
	p.ln, p.conns = ln, map[net.Conn]bool{}
	p.wg.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *provider) accept() {
	for {
		c, err := p.ln.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		if p.done {
			_ = c.Close()
		}
		p.conns[c] = true
		p.mu.Unlock()
		p.wg.Go(func() {
			defer func() {
				_ = c.Close()
				p.mu.Lock()
				delete(p.conns, c)
				p.mu.Unlock()
			}()
			if p.raw != nil && !p.calm.Load() {
				p.raw(c)
				return
			}
			p.http1(c)
		})
	}
}

// http1 reads requests in turn.
func (p *provider) http1(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		switch req.URL.Path {
		case "/good":
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"good\":true}")
			continue
		case "/full":
			_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", p.room)
			for range p.room >> 16 {
				_, _ = c.Write(zeros())
			}
			continue
		}
		x := &exchange{Conn: c, r: r, req: req, n: int(p.asked.Add(1))}
		if p.serve(x); !x.stay {
			return
		}
	}
}

// behave makes the provider one as any other. What there is of raw connections is closed, if it is to hang up.
func (p *provider) behave(hangUp bool) {
	p.calm.Store(true)
	if p.raw != nil && hangUp {
		p.mu.Lock()
		defer p.mu.Unlock()
		for c := range p.conns {
			_ = c.Close()
		}
	}
}

func (p *provider) close() {
	_ = p.ln.Close()
	p.mu.Lock()
	p.done = true
	for c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}

func zeros() []byte { return make([]byte, 1<<16) }

// say writes text as it is.
func (x *exchange) say(format string, args ...any) bool {
	_, err := fmt.Fprintf(x.Conn, format, args...)
	return err == nil
}

// ok begins an answer of JSON.
func (x *exchange) ok(headers string) {
	x.say("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%s\r\n", headers)
}

// whole is an answer with a body, after which the connection stays.
func (x *exchange) whole(status int, headers, body string) {
	x.stay = x.say("HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s", status, headers, len(body), body)
}

// forever writes a text again and again, until nobody listens any more.
func (x *exchange) forever(text string) {
	block := []byte(text)
	if len(block) < 1<<15 {
		block = bytes.Repeat(block, 1<<15/len(block)+1)
	}
	for {
		if _, err := x.Write(block); err != nil {
			return
		}
	}
}

// chunks writes a text as chunks again and again.
func (x *exchange) chunks(text string) {
	x.forever(strconv.FormatInt(int64(len(text)), 16) + "\r\n" + text + "\r\n")
}

// slowly writes a byte at a time, and begins anew at the end.
func (x *exchange) slowly(text string) {
	for i := 0; x.say("%s", text[i:i+1]); i = (i + 1) % len(text) {
		time.Sleep(20 * time.Millisecond)
	}
}

// hold says no more until the other side hangs up.
func (x *exchange) hold() { _, _ = io.Copy(io.Discard, x.r) }

func reader(c net.Conn) *bufio.Reader { return bufio.NewReader(c) }

func itoa(n int) string { return strconv.Itoa(n) }
