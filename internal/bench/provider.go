package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// lastPage is how many pages the paginated list has, pageItems how many contacts are on each.
const (
	lastPage  = 20
	pageItems = 20
)

// provider is the server of all exchanges. Its answers are made once, so that it costs as little as it can beside them.
type provider struct {
	mux *http.ServeMux

	mu     sync.Mutex
	counts map[string]int    // requests, by method and path
	bodies map[string][]byte // the last body, by path
}

func newProvider() *provider {
	p := &provider{mux: http.NewServeMux(), counts: map[string]int{}, bodies: map[string][]byte{}}
	small, large := mustJSON(contacts(1<<10)), mustJSON(contacts(4<<10))
	p.route("GET /accounts/{account}/contacts", answer(small))
	p.route("POST /accounts/{account}/contacts", p.kept(answer(small)))
	p.route("POST /accounts/{account}/imports", p.kept(answer(large)))
	p.route("POST /accounts/{account}/orders1k", p.kept(answer(testdata("order1k.json"))))
	p.route("POST /accounts/{account}/orders50k", p.kept(answer(testdata("order50k.json"))))
	p.route("GET /accounts/{account}/pages", pages(mustJSON(contacts(1 << 20)[:pageItems])))
	p.route("GET /flaky/{key}", p.flaky(answer(small)))
	p.route("POST /down/{key}", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusInternalServerError) })
	p.mux.HandleFunc("POST /token", token)
	p.mux.HandleFunc("GET /counts", p.tell)
	p.mux.HandleFunc("GET /bodies", p.tellBody)
	return p
}

// ServeHTTP counts the request and answers it.
func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.mux.ServeHTTP(w, r) }

// route serves those who bring a token.
func (p *provider) route(pattern string, h http.HandlerFunc) {
	p.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		p.count(r.Method + " " + r.URL.Path)
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer token-") {
			http.Error(w, "no token", http.StatusUnauthorized)
			return
		}
		h(w, r)
	})
}

func (p *provider) count(what string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.counts[what]++
	return p.counts[what]
}

// answer gives the same JSON to everybody.
func answer(body []byte) http.HandlerFunc {
	length := strconv.Itoa(len(body))
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", length)
		_, _ = w.Write(body) // a client that is gone
	}
}

// kept reads the request's body and keeps it for GET /bodies.
func (p *provider) kept(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "no body", http.StatusBadRequest)
			return
		}
		p.mu.Lock()
		p.bodies[r.URL.Path] = body
		p.mu.Unlock()
		h(w, r)
	}
}

func pages(body []byte) http.HandlerFunc {
	page := answer(body)
	return func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("page"))
		if err != nil {
			n = 1
		}
		if n < lastPage {
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, n+1))
		}
		page(w, r)
	}
}

// flaky fails the first request for each key.
func (p *provider) flaky(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if p.count("flaky "+r.PathValue("key")) == 1 {
			http.Error(w, "come again", http.StatusServiceUnavailable)
			return
		}
		h(w, r)
	}
}

// token answers any refresh token with the same access token.
func token(w http.ResponseWriter, r *http.Request) {
	if r.FormValue("grant_type") != "refresh_token" || r.FormValue("client_id") != "bench" {
		http.Error(w, `{"error":"invalid_request"}`, http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"access_token":"token-of-the-endpoint","token_type":"Bearer","expires_in":3600}`)
}

// tell says how often something was asked for.
func (p *provider) tell(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = json.NewEncoder(w).Encode(p.counts)
}

func (p *provider) tellBody(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = w.Write(p.bodies[r.FormValue("path")])
}
