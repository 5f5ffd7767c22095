package loopback

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// Options of [Start]. The zero value serves plain http.
type Options struct {
	// TLS serves https, with a certificate that is made for this server alone.
	TLS bool
}

// Server is a server on 127.0.0.1. Its methods may be called from many goroutines.
type Server struct {
	handler http.Handler
	addr    netip.AddrPort
	cert    *tls.Certificate // nil for http
	roots   *x509.CertPool

	mu      sync.Mutex // guards what follows
	running *http.Server
	ended   chan struct{} // closed when running has ended
	closed  bool
}

// Start serves handler until Close.
func Start(handler http.Handler, o Options) (*Server, error) {
	s := &Server{handler: handler}
	if o.TLS {
		cert, err := newCertificate()
		if err != nil {
			return nil, fmt.Errorf("loopback: certificate: %w", err)
		}
		s.cert, s.roots = &cert, x509.NewCertPool()
		s.roots.AddCert(cert.Leaf)
	}
	if err := s.listen("127.0.0.1:0"); err != nil {
		return nil, err
	}
	return s, nil
}

// listen begins to serve; the caller holds mu, or is alone.
func (s *Server) listen(addr string) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("loopback: %w", err)
	}
	if !s.addr.IsValid() { // from then on it stays the same
		s.addr = listener.Addr().(*net.TCPAddr).AddrPort()
	}
	// What clients do to connections on purpose would fill the log.
	server := &http.Server{Handler: s.handler, ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute}
	server.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){} // not nil: no HTTP/2
	if s.cert != nil {
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	s.running, s.ended = server, ended
	return nil
}

// URL is the server's, without a slash at its end.
func (s *Server) URL() string {
	if s.cert != nil {
		return "https://" + s.addr.String()
	}
	return "http://" + s.addr.String()
}

// Addr is where it listens.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Policy lets a gateway reach this server beside public ones.
func (s *Server) Policy() egress.Policy {
	return egress.Policy{
		Allow:     []netip.Prefix{netip.PrefixFrom(s.addr.Addr(), s.addr.Addr().BitLen())},
		Ports:     []uint16{s.addr.Port()},
		AllowHTTP: s.cert == nil,
		RootCAs:   s.roots,
	}
}

// Client is one that trusts the server, follows redirects, and keeps no connections: none of them stands in the way of
// Leave. It isn't guarded.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: s.Transport()}
}

// Transport is what Client sends by.
func (s *Server) Transport() *http.Transport {
	return &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: s.roots}}
}

// RootPEM is the certificate that a client in another process has to trust; nil for http.
func (s *Server) RootPEM() []byte {
	if s.cert == nil {
		return nil
	}
	return certificatePEM(s.cert.Leaf)
}

// Leave closes the port and breaks all connections. A server that is away stays so.
func (s *Server) Leave() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leave()
}

func (s *Server) leave() error {
	if s.running == nil {
		return nil
	}
	err := s.running.Close()
	<-s.ended
	s.running = nil
	return err
}

// returning is how long Return waits for its port: somebody may have it for an outgoing connection.
const returning = 10 * time.Second

// Return opens the same port again. A server that isn't away stays as it is.
func (s *Server) Return() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("loopback: closed")
	}
	if s.running != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), returning)
	defer cancel()
	for {
		err := s.listen(s.addr.String())
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Close ends the server. It is closed once only; later calls do nothing.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	_ = s.leave() // says nothing that a test could mend
}

// Cut breaks the connection of a request without an answer: with a reset if reset is true, else with its end. It has to
// be the last thing that a handler does.
func Cut(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // breaks it too, in HTTP/1
	}
	if tcp, ok := plain(conn).(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
		_ = tcp.Close()
	}
	_ = conn.Close()
}

// plain is the connection below TLS.
func plain(conn net.Conn) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		return t.NetConn()
	}
	return conn
}
