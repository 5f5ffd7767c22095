package tokenscript

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// Options of [Start].
type Options struct {
	// TLS serves https.
	TLS bool
	// Lifetime of access tokens; 0 means an hour. expires_in has its whole seconds.
	Lifetime time.Duration
	// Keep leaves refresh tokens as they are: a refresh gives an access token alone, and nothing is ever spent.
	Keep bool
}

// Server is a token endpoint at /token with a script before it, and an API at /api/me that takes its tokens. Any client
// is accepted.
type Server struct {
	*loopback.Server
	Script

	lifetime time.Duration
	keep     bool

	mu       sync.Mutex // guards what follows
	families map[string]*family
	access   map[string]*family // by access token
	expires  map[string]time.Time
	stats    Stats
}

// family is all that came from one grant.
type family struct {
	id, subject, current string
	over                 bool
}

// Stats is what the issuer behind the script has done.
type Stats struct {
	// Refreshes counts rotations, Reuses spent refresh tokens that came back, Families grants, and FamiliesRevoked those
	// of them that are over.
	Refreshes, Reuses, Families, FamiliesRevoked int
	// OK and Unauthorized count requests of /api/me.
	OK, Unauthorized int
}

// Tokens are what a grant gives.
type Tokens struct {
	Access, Refresh string
	Lifetime        time.Duration
}

// Start serves until Close.
func Start(o Options) (*Server, error) {
	s := &Server{
		lifetime: cmp.Or(o.Lifetime, time.Hour), keep: o.Keep,
		families: map[string]*family{}, access: map[string]*family{}, expires: map[string]time.Time{},
	}
	mux := http.NewServeMux()
	mux.Handle("/token", s.Wrap(http.HandlerFunc(s.token)))
	mux.HandleFunc("/api/me", s.me)
	var err error
	s.Server, err = loopback.Start(mux, loopback.Options{TLS: o.TLS})
	return s, err
}

// TokenURL is the token endpoint.
func (s *Server) TokenURL() string { return s.URL() + "/token" }

// Grant begins a family, without a request: for tests that import tokens.
func (s *Server) Grant(subject string) Tokens {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.issue(s.begin(subject))
}

// Kill ends all families of a subject.
func (s *Server) Kill(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.families {
		if f.subject == subject {
			s.end(f)
		}
	}
}

// Current says that a refresh token can be used now.
func (s *Server) Current(refresh string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.familyOf(refresh)
	return f != nil && !f.over && f.current == refresh
}

// Stats counts what happened until now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// begin makes a family; the caller holds mu, as in all that follow.
func (s *Server) begin(subject string) *family {
	f := &family{id: rand.Text(), subject: subject}
	s.families[f.id] = f
	s.stats.Families++
	return f
}

// issue makes tokens of a family. A refresh token names it.
func (s *Server) issue(f *family) Tokens {
	t := Tokens{Access: "at-" + rand.Text(), Refresh: f.current, Lifetime: s.lifetime}
	if f.current == "" || !s.keep {
		t.Refresh = fmt.Sprintf("rt-%s-%s", f.id, rand.Text())
	}
	f.current = t.Refresh
	s.access[t.Access], s.expires[t.Access] = f, time.Now().Add(s.lifetime)
	return t
}

func (s *Server) familyOf(refresh string) *family {
	parts := strings.Split(refresh, "-")
	if len(parts) != 3 {
		return nil
	}
	return s.families[parts[1]]
}

func (s *Server) end(f *family) {
	if !f.over {
		f.over = true
		s.stats.FamiliesRevoked++
	}
}

// token is the endpoint behind the script.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	fields, err := parameters(r)
	if err != nil {
		http.Error(w, "unreadable body", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch fields["grant_type"] {
	case "refresh_token":
		s.refresh(w, fields["refresh_token"])
	case "client_credentials", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer":
		t := s.issue(s.begin(fields["grant_type"]))
		t.Refresh = ""
		answer(w, t)
	default:
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "unsupported_grant_type"})
	}
}

func (s *Server) refresh(w http.ResponseWriter, token string) {
	f := s.familyOf(token)
	if f != nil && f.current != token {
		s.stats.Reuses++
		s.end(f)
	}
	if f == nil || f.over {
		writeJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	s.stats.Refreshes++
	t := s.issue(f)
	if s.keep {
		t.Refresh = ""
	}
	answer(w, t)
}

func answer(w http.ResponseWriter, t Tokens) {
	fields := map[string]any{"access_token": t.Access, "token_type": "Bearer", "expires_in": int(t.Lifetime.Seconds())}
	if t.Refresh != "" {
		fields["refresh_token"] = t.Refresh
	}
	writeJSON(w, http.StatusOK, fields)
}

// me is the API: it says whose token it was called with.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	f := s.access[token]
	ok := f != nil && !f.over && time.Now().Before(s.expires[token])
	if ok {
		s.stats.OK++
	} else {
		s.stats.Unauthorized++
	}
	s.mu.Unlock()
	if !ok {
		writeJSON(w, http.StatusUnauthorized, map[string]any{"error": "invalid_token"})
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"sub": f.subject})
}
