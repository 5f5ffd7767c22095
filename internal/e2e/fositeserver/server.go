package fositeserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ory/fosite"
	"github.com/ory/fosite/compose"

	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

// Server is the authorization server, and the API that it guards. Its methods may be called from many goroutines.
type Server struct {
	*loopback.Server

	options  Options
	provider fosite.OAuth2Provider
	strategy interface {
		AccessTokenSignature(ctx context.Context, token string) string
		RefreshTokenSignature(ctx context.Context, token string) string
	}

	mu       sync.Mutex // guards what follows, and the ledger: one request at a time
	ledger   *ledger
	client   *fosite.DefaultClient
	sessions map[string]*login
	answers  map[string]*answer // of spent refresh tokens within their grace period, by signature
	fault    func(TokenRequest) Fault
	requests map[string]int
	calls    Calls
}

// Calls counts requests of /api/me.
type Calls struct{ OK, Unauthorized int }

// Stats is what a server has seen.
type Stats struct {
	// Requests counts those of the token endpoint that reached fosite or were repeated, by grant_type.
	Requests map[string]int
	// Refreshes counts rotations, Repeats answers given again within the grace period, and Reuses presented refresh
	// tokens that were spent.
	Refreshes, Repeats, Reuses int
	// Families counts grants, FamiliesRevoked those of them that are over.
	Families, FamiliesRevoked int
	// ActiveTokens counts access tokens that /api/me accepts.
	ActiveTokens int
	Calls        Calls
}

// Start serves until Close.
func Start(o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Server{
		options: o, ledger: newLedger(o), sessions: map[string]*login{}, answers: map[string]*answer{},
		requests: map[string]int{}, fault: func(TokenRequest) Fault { return Fault{} },
	}
	s.client = &fosite.DefaultClient{
		ID: o.ClientID, Secret: []byte(o.ClientSecret), RedirectURIs: []string{DefaultRedirect},
		ResponseTypes: []string{"code"}, Scopes: []string{"profile", "contacts.read", "contacts.write"},
		GrantTypes: []string{"authorization_code", "refresh_token", "client_credentials"},
	}
	s.ledger.Clients[o.ClientID] = s.client
	s.compose()
	s.Server, err = loopback.Start(s.routes(), loopback.Options{TLS: o.TLS})
	return s, err
}

// compose makes the provider of fosite's parts.
func (s *Server) compose() {
	key := sha256.Sum256([]byte(rand.Text()))
	config := &fosite.Config{
		GlobalSecret: key[:], AccessTokenLifespan: s.options.Lifetime, RefreshTokenLifespan: -1,
		RefreshTokenScopes: []string{}, // a refresh token whatever the scopes
		EnforcePKCE:        true, ClientSecretsHasher: plain{},
	}
	if s.options.RefreshLifetime > 0 {
		config.RefreshTokenLifespan = s.options.RefreshLifetime
	}
	strategy := compose.NewOAuth2HMACStrategy(config)
	s.strategy = strategy
	s.provider = compose.Compose(config, s.ledger, strategy,
		compose.OAuth2AuthorizeExplicitFactory, compose.OAuth2RefreshTokenGrantFactory, compose.OAuth2PKCEFactory,
		compose.OAuth2ClientCredentialsGrantFactory, compose.OAuth2TokenRevocationFactory, compose.OAuth2TokenIntrospectionFactory)
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/oauth2/token", s.options.Wrap(http.HandlerFunc(s.token)))
	mux.HandleFunc("/oauth2/authorize", s.authorize)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("/oauth2/revoke", s.revoke)
	mux.HandleFunc("/oauth2/introspect", s.introspect)
	mux.HandleFunc("/api/me", s.me)
	return mux
}

// AuthorizeURL is the authorization endpoint.
func (s *Server) AuthorizeURL() string { return s.URL() + "/oauth2/authorize" }

// TokenURL is the token endpoint.
func (s *Server) TokenURL() string { return s.URL() + "/oauth2/token" }

// RevokeURL is the endpoint of RFC 7009.
func (s *Server) RevokeURL() string { return s.URL() + "/oauth2/revoke" }

// IntrospectURL is the endpoint of RFC 7662, for clients that authenticate by Basic.
func (s *Server) IntrospectURL() string { return s.URL() + "/oauth2/introspect" }

// ClientID is the one client's.
func (s *Server) ClientID() string { return s.options.ClientID }

// ClientSecret is the client's, as it is now.
func (s *Server) ClientSecret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.client.Secret)
}

// AllowRedirect registers a redirect URL. It may be https, or http on this machine.
func (s *Server) AllowRedirect(to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client.RedirectURIs = append(slices.Clone(s.client.RedirectURIs), to)
}

// SetClientSecret changes the client's secret, as an operator does: what the gateway holds is refused from then on.
func (s *Server) SetClientSecret(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client.Secret = []byte(secret)
}

// Stats counts what happened until now.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := Stats{Requests: maps.Clone(s.requests), ActiveTokens: s.ledger.active(), Calls: s.calls}
	for _, f := range s.ledger.families {
		stats.Families++
		stats.Refreshes += f.Refreshes
		stats.Repeats += f.Repeats
		stats.Reuses += f.Reuses
		if f.Revoked != "" {
			stats.FamiliesRevoked++
		}
	}
	return stats
}

// Families gives all grants, in the order of their ids.
func (s *Server) Families() []Family {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.list()
}

// Log gives what happened to them, in order.
func (s *Server) Log() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ledger.events)
}

// FamilyOf finds the grant of an access or refresh token, of which current says that it can be used now: an access
// token that is neither revoked nor expired, a refresh token that is neither spent nor revoked.
func (s *Server) FamilyOf(token string) (f Family, current, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	signature := s.strategy.RefreshTokenSignature(context.Background(), token)
	if id := s.ledger.refresh[signature]; id != "" {
		found := s.ledger.families[id]
		return found.Family, found.current == signature && found.Revoked == "", true
	}
	if r := s.ledger.AccessTokens[signature]; r != nil {
		return s.ledger.families[r.GetID()].Family, time.Now().Before(r.GetSession().GetExpiresAt(fosite.AccessToken)), true
	}
	return Family{}, false, false
}

// KillFamily takes a grant away, as a person does in the settings of the provider: its tokens are refused from now on.
func (s *Server) KillFamily(id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ledger.end(context.Background(), id, "killed")
}

// KillSubject takes away all grants of a person.
func (s *Server) KillSubject(subject string) error {
	for _, f := range s.Families() {
		if f.Subject == subject && f.Revoked == "" {
			if err := s.KillFamily(f.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// plain compares secrets that aren't hashed: a hash made to be slow would be most of what a test measures.
type plain struct{}

var _ fosite.Hasher = plain{}
