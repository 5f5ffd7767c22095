package crm

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// Config is what [Start] makes a [Server] of.
type Config struct {
	// Accounts are the CRM's customers, by name.
	Accounts map[string]Account
	// LimitEvery refuses an account's every n-th listing with a 429 that asks
	// for a second of patience; 0 never does.
	LimitEvery int
}

// Account is how much a customer of the CRM has in it.
type Account struct {
	Contacts, Deals int
}

// Server is a CRM on a loopback address. All its methods may be called from many
// goroutines.
type Server struct {
	addr       netip.AddrPort
	http       *http.Server
	limitEvery int

	mu        sync.Mutex          // guards what follows
	accounts  map[string]*account // by name
	tokens    map[string]*account // by the token that is valid now
	exchanges []Exchange
}

// Exchange is one request that the CRM answered.
type Exchange struct {
	// Account is empty for a request without a valid token.
	Account, Method, Path string
	Status                int
}

// Start listens on a free port of 127.0.0.1. [Server.Close] ends it.
func Start(cfg Config) (*Server, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("crm: %w", err)
	}
	s := &Server{
		addr:       listener.Addr().(*net.TCPAddr).AddrPort(),
		limitEvery: cfg.LimitEvery,
		accounts:   map[string]*account{},
		tokens:     map[string]*account{},
	}
	for name, size := range cfg.Accounts {
		s.accounts[name] = newAccount(name, size)
		s.Issue(name)
	}
	s.http = &http.Server{Handler: s.routes(), ReadTimeout: 5 * time.Second}
	go func() { _ = s.http.Serve(listener) }() // ends with Close
	return s, nil
}

// Close ends the server, waiting a second at most for answers under way.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return s.http.Shutdown(ctx)
}

// URL is the base URL of the API.
func (s *Server) URL() string { return "http://" + s.addr.String() }

// Addr is where the CRM listens: what an egress policy has to let through.
func (s *Server) Addr() netip.AddrPort { return s.addr }

// Policy lets requests through to the CRM and nowhere else. The zero policy, right
// for a service, allows the public https internet alone.
func (s *Server) Policy() egress.Policy {
	return egress.Policy{
		Allow:     []netip.Prefix{netip.PrefixFrom(s.addr.Addr(), s.addr.Addr().BitLen())},
		Ports:     []uint16{s.addr.Port()},
		AllowHTTP: true,
	}
}

// Token is the account's valid token; empty for an unknown account.
func (s *Server) Token(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[name]; a != nil {
		return a.token
	}
	return ""
}

// Issue gives the account a new token and forgets the one before, as a provider
// does whose tokens rotate. It is empty for an unknown account.
func (s *Server) Issue(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[name]
	if a == nil {
		return ""
	}
	delete(s.tokens, a.token)
	a.token = newToken()
	s.tokens[a.token] = a
	return a.token
}

// Contacts is a copy of the account's contacts.
func (s *Server) Contacts(name string) []Contact {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[name]; a != nil {
		return append([]Contact(nil), a.contacts...)
	}
	return nil
}

// Deals is a copy of the account's deals.
func (s *Server) Deals(name string) []Deal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.accounts[name]; a != nil {
		return append([]Deal(nil), a.deals...)
	}
	return nil
}

// Seen lists the requests that were answered to an account, in order.
func (s *Server) Seen(name string) []Exchange {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Exchange
	for _, x := range s.exchanges {
		if x.Account == name {
			out = append(out, x)
		}
	}
	return out
}

// Count is how many requests were answered in all.
func (s *Server) Count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.exchanges)
}
