package oidcserver

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"slices"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// storage is what the provider keeps: one client, one signing key, devices that wait, and tokens.
type storage struct {
	noCodes

	options Options
	client  *client
	key     *signingKey

	mu      sync.Mutex // guards what follows
	devices map[string]*device
	access  map[string]*grant // by id
	refresh map[string]*grant // by token
	stats   Stats
}

// grant is what a token stands for.
type grant struct {
	subject, clientID string
	scopes, audience  []string
	expires, authTime time.Time
}

var (
	_ op.Storage                    = (*storage)(nil)
	_ op.DeviceAuthorizationStorage = (*storage)(nil)
	_ op.ClientCredentialsStorage   = (*storage)(nil)
)

// The plain errors of a storage, which the provider makes OAuth's of.
var (
	errNoClient  = errors.New("oidcserver: no such client")
	errNoToken   = errors.New("oidcserver: no such token")
	errNoCode    = errors.New("oidcserver: no such code")
	errNoSupport = errors.New("oidcserver: not supported")
)

func newStorage(o Options) (*storage, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	return &storage{
		options: o, client: &client{o}, key: &signingKey{id: rand.Text(), key: key},
		devices: map[string]*device{}, access: map[string]*grant{}, refresh: map[string]*grant{},
	}, nil
}

// CreateAccessToken makes the id of one; the provider makes a JWT of it.
func (s *storage) CreateAccessToken(_ context.Context, r op.TokenRequest) (string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id, g := s.issue(r)
	return id, g.expires, nil
}

// CreateAccessAndRefreshTokens makes both; current is the refresh token that is spent by it.
func (s *storage) CreateAccessAndRefreshTokens(_ context.Context, r op.TokenRequest, current string) (string, string, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if current != "" {
		if s.refresh[current] == nil { // somebody was faster
			s.stats.Refused++
			return "", "", time.Time{}, oidc.ErrInvalidGrant()
		}
		delete(s.refresh, current)
		s.stats.Refreshes++
	} else {
		s.stats.Grants++
	}
	id, g := s.issue(r)
	token := "rt." + rand.Text()
	s.refresh[token] = g
	return id, token, g.expires, nil
}

// issue makes an access token; the caller holds mu.
func (s *storage) issue(r op.TokenRequest) (string, *grant) {
	g := &grant{
		subject: r.GetSubject(), clientID: s.options.ClientID, scopes: slices.Clone(r.GetScopes()),
		audience: slices.Clone(r.GetAudience()), expires: time.Now().Add(s.options.Lifetime), authTime: time.Now(),
	}
	id := rand.Text()
	s.access[id] = g
	return id, g
}

// valid says that an access token can be used.
func (s *storage) valid(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.access[id]
	return g != nil && time.Now().Before(g.expires)
}

// kill forgets all tokens of a person.
func (s *storage) kill(subject string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, tokens := range []map[string]*grant{s.access, s.refresh} {
		for token, g := range tokens {
			if g.subject == subject {
				delete(tokens, token)
			}
		}
	}
}

// TokenRequestByRefreshToken finds what a refresh token stands for.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.refresh[token]
	if g == nil {
		s.stats.Refused++
		return nil, errNoToken
	}
	return &refreshRequest{grant: *g}, nil
}

// TerminateSession forgets a person's tokens.
func (s *storage) TerminateSession(_ context.Context, user, _ string) error {
	s.kill(user)
	return nil
}

// RevokeToken forgets an access token, by its id, or a refresh token. What isn't there is revoked already.
func (s *storage) RevokeToken(_ context.Context, token, _, _ string) *oidc.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.access, token)
	delete(s.refresh, token)
	return nil
}

// GetRefreshTokenInfo says whose it is.
func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (string, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.refresh[token]; g != nil {
		return g.subject, token, nil
	}
	return "", "", op.ErrInvalidRefreshToken
}

// SigningKey is the one there is.
func (s *storage) SigningKey(context.Context) (op.SigningKey, error) { return s.key, nil }

// SignatureAlgorithms is that of the key.
func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{s.key.SignatureAlgorithm()}, nil
}

// KeySet is what is published.
func (s *storage) KeySet(context.Context) ([]op.Key, error) { return []op.Key{publicKey{s.key}}, nil }

// GetClientByClientID finds the client.
func (s *storage) GetClientByClientID(_ context.Context, id string) (op.Client, error) {
	if id != s.options.ClientID {
		return nil, errNoClient
	}
	return s.client, nil
}

// AuthorizeClientIDSecret compares the client's secret; one without can't authenticate.
func (s *storage) AuthorizeClientIDSecret(_ context.Context, id, secret string) error {
	if id != s.options.ClientID || s.options.ClientSecret == "" || secret != s.options.ClientSecret {
		return errNoClient
	}
	return nil
}

// ClientCredentials is a client that asks for itself.
func (s *storage) ClientCredentials(ctx context.Context, id, secret string) (op.Client, error) {
	return s.client, s.AuthorizeClientIDSecret(ctx, id, secret)
}

// ClientCredentialsTokenRequest is what it gets.
func (s *storage) ClientCredentialsTokenRequest(_ context.Context, id string, scopes []string) (op.TokenRequest, error) {
	return &oidc.JWTTokenRequest{Subject: id, Audience: []string{id}, Scopes: scopes}, nil
}

// SetUserinfoFromScopes leaves all to SetUserinfoFromToken.
func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil
}

// SetUserinfoFromToken says whose a token is.
func (s *storage) SetUserinfoFromToken(_ context.Context, info *oidc.UserInfo, id, subject, _ string) error {
	if !s.valid(id) {
		return errNoToken
	}
	info.Subject = subject
	return nil
}

// SetIntrospectionFromToken says the same in RFC 7662's way.
func (s *storage) SetIntrospectionFromToken(_ context.Context, r *oidc.IntrospectionResponse, id, subject, clientID string) error {
	if !s.valid(id) {
		return errNoToken
	}
	r.Subject, r.ClientID = subject, clientID
	return nil
}

// GetPrivateClaimsFromScopes adds none.
func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, nil
}

// Health is always good.
func (s *storage) Health(context.Context) error { return nil }
