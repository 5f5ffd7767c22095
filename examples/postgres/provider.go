package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// provider is the third party. It knows whose each token is, and keeps books.
type provider struct {
	addr   netip.AddrPort
	server *http.Server
	held   chan struct{} // closed when exports under way may go on

	mu     sync.Mutex // guards what follows
	owners map[string]string
	books  []request
}

// request is one that was answered.
type request struct {
	at                      time.Time
	process                 int // whose
	account, token, version string
	export                  bool
	status                  int
}

func startProvider(ctx context.Context) (*provider, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &provider{addr: listener.Addr().(*net.TCPAddr).AddrPort(), held: make(chan struct{}), owners: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{version}/accounts/{account}", p.answer)
	mux.HandleFunc("GET /{version}/accounts/{account}/{export}", p.answer)
	p.server = &http.Server{Handler: mux, BaseContext: func(net.Listener) context.Context { return ctx }}
	go func() { _ = p.server.Serve(listener) }() // ends with close
	return p, nil
}

func (p *provider) close() { _ = p.server.Close() }

func (p *provider) url(version string) string { return fmt.Sprintf("http://%s/%s", p.addr, version) }

// answer is 200, or 403 for another's token. The first export of a process takes
// until held is closed, and then is 503.
func (p *provider) answer(w http.ResponseWriter, r *http.Request) {
	x := request{at: time.Now(), account: r.PathValue("account"), version: r.PathValue("version"), status: 200,
		token: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), export: r.PathValue("export") != ""}
	x.process, _ = strconv.Atoi(r.Header.Get("X-Process"))
	p.mu.Lock()
	if p.owners[x.token] != x.account {
		x.status = 403
	} else if x.export && !slices.ContainsFunc(p.books, func(y request) bool { return y.export && y.process == x.process }) {
		x.status = 503
	}
	p.books = append(p.books, x)
	p.mu.Unlock()
	if x.status == 503 {
		select {
		case <-p.held:
		case <-r.Context().Done():
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(x.status)
	_, _ = fmt.Fprint(w, "{}")
}

// issue makes a token of an account. Older ones go on working.
func (p *provider) issue(account, token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owners[token] = account
}

// seen are the requests that are so.
func (p *provider) seen(is func(request) bool) (list []request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, x := range p.books {
		if is(x) {
			list = append(list, x)
		}
	}
	return list
}
