package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/problem"
)

// service is a web service with users of its own.
type service struct {
	gw    *waygate.Gateway
	users map[string]user // by name

	mu       sync.Mutex // guards sessions
	sessions map[string]session
}

// user is somebody who works for a customer; the customer is the tenant.
type user struct{ password, customer string }

// session is a browser of somebody who is logged in.
type session struct{ id, customer string }

const sessionCookie = "session" // __Host-session where the service has https

func (s *service) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /connect/contacts", s.signedIn(s.connect))
	mux.Handle("/oauth/contacts", s.gw.Callback(waygate.CallbackConfig{
		Tenant:  func(r *http.Request) (string, error) { who, err := s.session(r); return who.customer, err },
		Binding: func(r *http.Request) (string, error) { who, err := s.session(r); return who.id, err },
		Next:    "/whoami",
	}))
	mux.HandleFunc("GET /whoami", s.signedIn(s.calls("contacts.whoami")))
	mux.HandleFunc("GET /report", s.signedIn(s.calls("contacts.report")))
	return mux
}

// login makes a session. A real service has hashes where this one has passwords.
func (s *service) login(w http.ResponseWriter, r *http.Request) {
	who, ok := s.users[r.FormValue("user")]
	if !ok || who.password != r.FormValue("password") {
		problem.JSON(w, http.StatusUnauthorized, problem.Problem{Error: "wrong_password"})
		return
	}
	made := session{rand.Text(), who.customer}
	s.mu.Lock()
	s.sessions[made.id] = made
	s.mu.Unlock()
	// Lax comes along when the provider sends the browser back, and not with a form of another site's.
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: made.id, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.WriteHeader(http.StatusNoContent)
}

// session is whose browser it is: what proves that is the cookie, and nothing else of a request.
func (s *service) session(r *http.Request) (session, error) {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return session{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	who, ok := s.sessions[c.Value]
	if !ok {
		return session{}, errors.New("no such session")
	}
	return who, nil
}

func (s *service) signedIn(next func(http.ResponseWriter, *http.Request, session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, err := s.session(r)
		if err != nil {
			problem.JSON(w, http.StatusUnauthorized, problem.Problem{Error: "not_logged_in"})
			return
		}
		next(w, r, who)
	}
}

// connect sends the browser to the provider; the session is what it has to come back with.
func (s *service) connect(w http.ResponseWriter, r *http.Request, who session) {
	a, err := s.gw.Tenant(who.customer).Authorize(r.Context(), "contacts", waygate.AuthorizeSpec{Slug: "main", Binding: who.id})
	if err != nil {
		problem.Write(w, err)
		return
	}
	http.Redirect(w, r, a.URL, http.StatusSeeOther)
}

// calls answers with what an action gives.
func (s *service) calls(action string) func(http.ResponseWriter, *http.Request, session) {
	return func(w http.ResponseWriter, r *http.Request, who session) {
		res, err := s.gw.Tenant(who.customer).Invoke(r.Context(), action, nil)
		if err != nil {
			problem.Write(w, err)
			return
		}
		problem.JSON(w, http.StatusOK, res.Value())
	}
}

// serve answers until ctx ends. Then no more requests are taken, those under way are answered, and last the gateway
// writes what it has still to write.
func (s *service) serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{Handler: s.routes(), ReadHeaderTimeout: 5 * time.Second}
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- s.gw.Run(background) }() // renews tokens, writes records
	go func() { ended <- server.Serve(listener) }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-ended: // neither should end by itself
	}
	patience, cancel := context.WithTimeout(background, 20*time.Second)
	defer cancel()
	err = errors.Join(err, server.Shutdown(patience))
	return errors.Join(err, s.gw.Shutdown(patience))
}
