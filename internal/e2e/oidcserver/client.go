package oidcserver

import (
	"context"
	"crypto/rsa"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// client is the one client, as the provider asks about it.
type client struct{ options Options }

var _ op.Client = (*client)(nil)

func (c *client) confidential() bool { return c.options.ClientSecret != "" }

func (c *client) GetID() string                                            { return c.options.ClientID }
func (c *client) RedirectURIs() []string                                   { return nil }
func (c *client) PostLogoutRedirectURIs() []string                         { return nil }
func (c *client) ResponseTypes() []oidc.ResponseType                       { return nil }
func (c *client) LoginURL(string) string                                   { return "" }
func (c *client) AccessTokenType() op.AccessTokenType                      { return op.AccessTokenTypeJWT }
func (c *client) IDTokenLifetime() time.Duration                           { return c.options.Lifetime }
func (c *client) DevMode() bool                                            { return false }
func (c *client) IsScopeAllowed(string) bool                               { return true }
func (c *client) IDTokenUserinfoClaimsAssertion() bool                     { return false }
func (c *client) ClockSkew() time.Duration                                 { return 0 }
func all(scopes []string) []string                                         { return scopes }
func (c *client) RestrictAdditionalIdTokenScopes() func([]string) []string { return all }
func (c *client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return all
}

func (c *client) ApplicationType() op.ApplicationType {
	if c.confidential() {
		return op.ApplicationTypeWeb
	}
	return op.ApplicationTypeNative
}

func (c *client) AuthMethod() oidc.AuthMethod {
	if c.confidential() {
		return oidc.AuthMethodBasic
	}
	return oidc.AuthMethodNone
}

func (c *client) GrantTypes() []oidc.GrantType {
	types := []oidc.GrantType{oidc.GrantTypeDeviceCode, oidc.GrantTypeRefreshToken}
	if c.confidential() {
		types = append(types, oidc.GrantTypeClientCredentials)
	}
	return types
}

// refreshRequest is a refresh token on its way to new tokens.
type refreshRequest struct{ grant grant }

var _ op.RefreshTokenRequest = (*refreshRequest)(nil)

func (r *refreshRequest) GetAMR() []string                 { return nil }
func (r *refreshRequest) GetAudience() []string            { return r.grant.audience }
func (r *refreshRequest) GetAuthTime() time.Time           { return r.grant.authTime }
func (r *refreshRequest) GetClientID() string              { return r.grant.clientID }
func (r *refreshRequest) GetScopes() []string              { return r.grant.scopes }
func (r *refreshRequest) GetSubject() string               { return r.grant.subject }
func (r *refreshRequest) SetCurrentScopes(scopes []string) { r.grant.scopes = scopes }

// signingKey signs the JWTs.
type signingKey struct {
	id  string
	key *rsa.PrivateKey
}

func (k *signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k *signingKey) Key() any                                    { return k.key }
func (k *signingKey) ID() string                                  { return k.id }

// publicKey is the half of it that is published.
type publicKey struct{ *signingKey }

func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.RS256 }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return &k.key.PublicKey }

// noCodes are the parts of a storage that the flows which aren't here would need.
type noCodes struct{}

// CreateAuthRequest refuses the code flow.
func (noCodes) CreateAuthRequest(context.Context, *oidc.AuthRequest, string) (op.AuthRequest, error) {
	return nil, errNoSupport
}

// AuthRequestByID finds none.
func (noCodes) AuthRequestByID(context.Context, string) (op.AuthRequest, error) {
	return nil, errNoSupport
}

// AuthRequestByCode finds none.
func (noCodes) AuthRequestByCode(context.Context, string) (op.AuthRequest, error) {
	return nil, errNoSupport
}

// SaveAuthCode has nothing to save.
func (noCodes) SaveAuthCode(context.Context, string, string) error { return errNoSupport }

// DeleteAuthRequest has nothing to delete.
func (noCodes) DeleteAuthRequest(context.Context, string) error { return errNoSupport }

// GetKeyByIDAndClientID knows no keys of clients.
func (noCodes) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errNoSupport
}

// ValidateJWTProfileScopes refuses that grant.
func (noCodes) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errNoSupport
}
