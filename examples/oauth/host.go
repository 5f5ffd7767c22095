package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// The cookies of the host: who is logged in, and the flow that a browser began.
const (
	sessionCookie = "__Host-session"
	flowCookie    = "__Host-flow"
)

// host is a web service with customers. Its pages are
//
//	/login           makes a session
//	/connect         sends the browser to the provider
//	/oauth/contacts  is where the provider sends it back to
//	/accounts        is where it ends
type host struct {
	*loopback.Server

	gw *waygate.Gateway
}

func newHost(gw *waygate.Gateway) (*host, error) {
	h := &host{gw: gw}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", login)
	mux.HandleFunc("GET /connect", h.connect)
	mux.Handle("/oauth/contacts", gw.Callback(waygate.CallbackConfig{
		Tenant:  tenant,
		Binding: func(r *http.Request) (string, error) { return cookie(r, flowCookie) },
		Done:    done,
	}))
	mux.HandleFunc("GET /accounts", func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "your accounts") })
	var err error
	h.Server, err = loopback.Start(mux, loopback.Options{TLS: true}) // browsers keep such cookies for https alone
	return h, err
}

// redirectURL is what the provider has on its list.
func (h *host) redirectURL() string { return h.URL() + "/oauth/contacts" }

// login is a host's own business; here whoever comes works for Acme.
func login(w http.ResponseWriter, r *http.Request) {
	setCookie(w, sessionCookie, "session-of-acme")
	http.Redirect(w, r, "/connect", http.StatusSeeOther)
}

// tenant is whose session a browser has.
func tenant(r *http.Request) (string, error) {
	session, err := cookie(r, sessionCookie)
	if err != nil || session != "session-of-acme" {
		return "", errors.New("nobody is logged in")
	}
	return "acme", nil
}

// connect begins the flow, or begins it anew for a connection that is there.
func (h *host) connect(w http.ResponseWriter, r *http.Request) {
	who, err := tenant(r)
	if err != nil {
		http.Error(w, "log in first", http.StatusUnauthorized)
		return
	}
	a, err := h.gw.Tenant(who).Authorize(r.Context(), "contacts", waygate.AuthorizeSpec{Slug: "main"})
	if err != nil {
		http.Error(w, "this account can't be connected now", http.StatusInternalServerError)
		return
	}
	setCookie(w, flowCookie, a.Binding)
	http.Redirect(w, r, a.URL, http.StatusSeeOther)
}

// done shows where the flow ended, without a word of the provider's.
func done(w http.ResponseWriter, r *http.Request, _ *waygate.ConnectionInfo, err error) {
	if err != nil {
		http.Error(w, "the account was not connected", http.StatusForbidden)
		return
	}
	http.Redirect(w, r, "/accounts", http.StatusSeeOther)
}

// setCookie sets one that no script reads, and that comes along when the provider
// sends the browser back.
func setCookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode})
}

func cookie(r *http.Request, name string) (string, error) {
	c, err := r.Cookie(name)
	if err != nil {
		return "", err
	}
	return c.Value, nil
}
