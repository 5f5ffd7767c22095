package waygatetest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// maxBody bounds what a provider reads of one request, in bytes.
const maxBody = 64 << 20

// Provider is a scripted HTTP API: [Provider.On] says what it answers,
// [Provider.Requests] what it was asked. It ends with its test, and its
// goroutines with it. Its methods may be called from many goroutines.
type Provider struct {
	t    testing.TB
	host string
	port uint16
	tls  bool
	h2   bool

	ca       *x509.Certificate // nil without TLS
	pipes    *pipeListener     // nil over loopback
	listener *listener
	server   *http.Server
	running  sync.WaitGroup // what serves and answers

	mu       sync.Mutex // guards what follows
	closed   bool
	routes   []*route
	requests []Request
}

// Request is one request as it arrived.
type Request struct {
	Method string // GET, POST, …
	// Path is escaped, as it was sent.
	Path   string
	Query  url.Values  // parsed
	Host   string      // the Host header
	Header http.Header // as it came
	Body   []byte      // as it came, read whole
	// Conn numbers the connection that it came over, from 1: requests with the
	// same one shared it.
	Conn int
	// Proto is "HTTP/1.1" or "HTTP/2.0".
	Proto string
}

// ProviderOption changes what [NewProvider] makes.
type ProviderOption func(*Provider)

// OverPipe makes the provider listen on net.Pipe in place of a loopback socket.
// Within synctest.Test its goroutines then block durably and time passes by
// itself: make provider and gateway in the bubble. Only a gateway with
// [WithProvider] reaches it.
func OverPipe() ProviderOption { return func(p *Provider) { p.pipes = newPipeListener() } }

// Host names a provider over pipes; "provider.test" is the default. It has no
// effect over loopback.
func Host(name string) ProviderOption { return func(p *Provider) { p.host = name } }

// TLS makes it speak HTTP/1.1 over TLS, with a certificate of an authority of
// its own, see [Provider.RootCAs].
func TLS() ProviderOption { return func(p *Provider) { p.tls = true } }

// HTTP2 makes it offer HTTP/2 over TLS, as [TLS] does HTTP/1.1.
func HTTP2() ProviderOption { return func(p *Provider) { p.tls, p.h2 = true, true } }

// NewProvider starts a provider that answers nothing yet.
func NewProvider(t testing.TB, opts ...ProviderOption) *Provider {
	t.Helper()
	p := &Provider{t: t, host: "provider.test"}
	for _, opt := range opts {
		opt(p)
	}
	if err := p.listen(); err != nil {
		t.Fatalf("waygatetest: the provider can't listen: %v", err)
	}
	if err := p.start(); err != nil {
		t.Fatalf("waygatetest: the provider has no certificate: %v", err)
	}
	return p
}

func (p *Provider) listen() error {
	if p.pipes != nil {
		p.port, p.listener = 80, &listener{Listener: p.pipes}
		if p.tls {
			p.port = 443
		}
		return nil
	}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return errors.New("its address has no port")
	}
	p.host, p.port, p.listener = "127.0.0.1", uint16(addr.Port), &listener{Listener: l}
	return nil
}

func (p *Provider) start() error {
	ctx, cancel := context.WithCancel(context.Background())
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(p.h2)
	p.server = &http.Server{
		Handler:     p,
		Protocols:   &protocols,
		ErrorLog:    log.New(io.Discard, "", 0), // broken connections are what tests are about
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, innerConn(c))
		},
	}
	serve := func() { _ = p.server.Serve(p.listener) }
	if p.tls {
		ca, leaf, err := issue(p.host)
		if err != nil {
			cancel()
			return err
		}
		p.ca, p.server.TLSConfig = ca, &tls.Config{Certificates: []tls.Certificate{leaf}, MinVersion: tls.VersionTLS12}
		serve = func() { _ = p.server.ServeTLS(p.listener, "", "") }
	}
	p.running.Go(serve)
	p.t.Cleanup(func() { p.stop(cancel) })
	return nil
}

// stop breaks all connections and waits for what answers.
func (p *Provider) stop(cancel context.CancelFunc) {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	cancel()
	_ = p.listener.Close()
	_ = p.server.Close()
	p.running.Wait()
}

type connKey struct{}

// innerConn is the accepted connection under TLS.
func innerConn(c net.Conn) *conn {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	inner, _ := c.(*conn)
	return inner
}

func connOf(r *http.Request) *conn {
	c, _ := r.Context().Value(connKey{}).(*conn)
	return c
}

// URL is the base URL, without a slash at its end: "http://127.0.0.1:41234", or
// "http://provider.test" over pipes.
func (p *Provider) URL() string {
	u := url.URL{Scheme: "http", Host: p.host}
	if p.tls {
		u.Scheme = "https"
	}
	if p.pipes == nil {
		u.Host = net.JoinHostPort(p.host, strconv.Itoa(int(p.port)))
	}
	return u.String()
}

// RootCAs has the authority of a provider over TLS; nil for one without.
func (p *Provider) RootCAs() *x509.CertPool {
	if p.ca == nil {
		return nil
	}
	pool := x509.NewCertPool()
	pool.AddCert(p.ca)
	return pool
}

// Connections is how many connections were accepted so far.
func (p *Provider) Connections() int { return int(p.listener.accepted.Load()) }

// On scripts what is answered to the requests of a pattern: the answers in turn,
// the last one again and again. A pattern is "GET /repos/{owner}/issues": a
// method (or * for any) and a path as it is sent, escaped, in which {name}
// stands for any one segment. The pattern with the fewest of these wins. On
// again with the same pattern starts anew. A request that no pattern meets fails
// the test and is answered with a 501.
func (p *Provider) On(pattern string, answers ...Answer) {
	p.t.Helper()
	r, ok := parseRoute(pattern)
	switch {
	case !ok:
		p.t.Fatalf("waygatetest: pattern %q: want a method and a path, like %q", pattern, "GET /issues")
	case len(answers) == 0 || slices.ContainsFunc(answers, func(a Answer) bool { return a == nil }):
		p.t.Fatalf("waygatetest: pattern %q: give at least one answer, and none that is nil", pattern)
	}
	r.answers = slices.Clone(answers)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes = slices.DeleteFunc(p.routes, func(old *route) bool { return old.pattern == pattern })
	p.routes = append(p.routes, r)
}

// Requests returns what arrived for a pattern, see [Provider.On], in order of
// arrival; with an empty pattern all. A request is among them as soon as it has
// been read whole.
func (p *Provider) Requests(pattern string) []Request {
	p.t.Helper()
	p.mu.Lock()
	all := slices.Clone(p.requests)
	p.mu.Unlock()
	if pattern == "" {
		return all
	}
	r, ok := parseRoute(pattern)
	if !ok {
		p.t.Fatalf("waygatetest: pattern %q: want a method and a path, like %q", pattern, "GET /issues")
	}
	return slices.DeleteFunc(all, func(req Request) bool { return !r.matches(req.Method, req.Path) })
}

// ServeHTTP notes a request and answers it.
func (p *Provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !p.enter() {
		panic(http.ErrAbortHandler)
	}
	defer p.running.Done()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		panic(http.ErrAbortHandler) // who asked has gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	path, _, _ := strings.Cut(r.RequestURI, "?")
	req := Request{Method: r.Method, Path: path, Query: r.URL.Query(), Host: r.Host, Header: r.Header.Clone(),
		Body: body, Proto: r.Proto}
	if c := connOf(r); c != nil {
		req.Conn = c.id
	}
	p.note(req)(w, r)
}

// enter counts an answer in, unless the provider has ended.
func (p *Provider) enter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.running.Add(1)
	return true
}

// note keeps a request and finds its answer.
func (p *Provider) note(req Request) Answer {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, req)
	var best *route
	for _, r := range p.routes {
		if r.matches(req.Method, req.Path) && (best == nil || r.open < best.open) {
			best = r
		}
	}
	if best == nil {
		p.t.Errorf("waygatetest: the provider was asked %s %s, which the test did not script: say what it answers with On", req.Method, req.Path)
		return Status(http.StatusNotImplemented)
	}
	return best.next()
}
