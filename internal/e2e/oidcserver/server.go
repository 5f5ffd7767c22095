package oidcserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// The defaults of [Options].
const (
	// DefaultClientID is the client's.
	DefaultClientID = "device:1"
	// Password is every person's.
	Password = "correct horse"
)

// Options of [Start].
type Options struct {
	// TLS serves https.
	TLS bool
	// Lifetime of access tokens; 0 means an hour. expires_in and the JWT's exp are rounded down to whole seconds.
	Lifetime time.Duration
	// DeviceLifetime is how long a person has to decide; 0 means 5 minutes.
	DeviceLifetime time.Duration
	// Interval is the least time between two polls, in whole seconds; 0 means a second. Each poll that comes too early
	// adds 5 s (RFC 8628 §3.5).
	Interval time.Duration
	// ClientID is that of the one client; "" means [DefaultClientID].
	ClientID string
	// ClientSecret makes the client a confidential one, which authenticates by Basic; "" leaves it a public one, as
	// devices are.
	ClientSecret string
}

func (o Options) withDefaults() (Options, error) {
	o.Lifetime = cmp.Or(o.Lifetime, time.Hour)
	o.DeviceLifetime = cmp.Or(o.DeviceLifetime, 5*time.Minute)
	o.Interval = cmp.Or(o.Interval, time.Second)
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	if o.Lifetime < time.Second || o.DeviceLifetime < time.Second || o.Interval < time.Second {
		return o, fmt.Errorf("oidcserver: Lifetime, DeviceLifetime, Interval: %v, %v and %v: each has to be a second at least",
			o.Lifetime, o.DeviceLifetime, o.Interval)
	}
	return o, nil
}

// Server is the provider, and the API that it guards. Its methods may be called from many goroutines.
type Server struct {
	*loopback.Server

	storage  *storage
	provider *op.Provider
}

// Start serves until Close.
func Start(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{}
	if s.storage, err = newStorage(o); err != nil {
		return nil, err
	}
	config := &op.Config{
		CryptoKey: sha256.Sum256([]byte(rand.Text())), GrantTypeRefreshToken: true, CodeMethodS256: true, AuthMethodPost: true,
		DeviceAuthorization: op.DeviceAuthorizationConfig{
			Lifetime: o.DeviceLifetime, PollInterval: o.Interval, UserFormPath: "/device", UserCode: op.UserCodeBase20,
		},
	}
	var options []op.Option
	if !o.TLS {
		options = append(options, op.WithAllowInsecure())
	}
	if s.provider, err = op.NewProvider(config, s.storage, op.IssuerFromHost(""), options...); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.provider)
	mux.HandleFunc("GET /device", devicePage)
	mux.HandleFunc("POST /device", s.decide)
	mux.Handle("/api/me", op.NewIssuerInterceptor(s.provider.IssuerFromRequest).HandlerFunc(s.me))
	s.Server, err = loopback.Start(mux, loopback.Options{TLS: o.TLS})
	return s, err
}

// Stats counts what happened.
type Stats struct {
	// Polls counts those of device codes, Early those of them that came too soon.
	Polls, Early int
	// Grants counts devices that got tokens, Refreshes rotations, Refused refresh tokens that weren't (or no longer) known.
	Grants, Refreshes, Refused int
}

// Stats counts what happened until now.
func (s *Server) Stats() Stats {
	s.storage.mu.Lock()
	defer s.storage.mu.Unlock()
	return s.storage.stats
}

// Kill takes away all that a person has granted.
func (s *Server) Kill(subject string) { s.storage.kill(subject) }

// devicePage asks for the code that a device shows.
func devicePage(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><title>device</title>
<form id="device" method="post" action="/device">
<label>user_code <input name="user_code"></label><label>user <input name="user"></label>
<label>password <input name="password"></label><label>decision <input name="decision"></label><button>Go on</button>
</form>
`)
}

// decide takes the form.
func (s *Server) decide(w http.ResponseWriter, r *http.Request) {
	user, allow := r.PostFormValue("user"), r.PostFormValue("decision") == "allow"
	if user == "" || r.PostFormValue("password") != Password {
		http.Error(w, "wrong user or password", http.StatusForbidden)
		return
	}
	if !s.storage.decide(r.PostFormValue("user_code"), user, allow) {
		http.Error(w, "no such code", http.StatusNotFound)
	}
}

// Decide is a person who opens a verification URL, types the code in if the URL doesn't hold it, and allows the device
// what it asks for, or doesn't.
func (s *Server) Decide(ctx context.Context, verification, user string, allow bool) error {
	u, err := url.Parse(verification)
	if err != nil {
		return err
	}
	form := url.Values{
		"user_code": u.Query()["user_code"], "user": {user}, "password": {Password},
		"decision": {map[bool]string{true: "allow", false: "deny"}[allow]},
	}
	u.RawQuery = ""
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Client().Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("oidcserver: the device page: status %d", resp.StatusCode)
	}
	return nil
}

// me is the API: it says whose token it was called with.
func (s *Server) me(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	claims, err := op.VerifyAccessToken[*oidc.AccessTokenClaims](r.Context(), token, s.provider.AccessTokenVerifier(r.Context()))
	w.Header().Set("Content-Type", "application/json")
	if err != nil || !s.storage.valid(claims.JWTID) {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		w.WriteHeader(http.StatusUnauthorized)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_token"})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sub": claims.Subject})
}
