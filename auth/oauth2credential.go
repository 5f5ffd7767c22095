package auth

import (
	"slices"
	"time"

	"github.com/waygate-go/waygate/secret"
)

// The kind of OAuth 2 credentials, and the names of their values.
const (
	kindOAuth2 = "oauth2"

	valueRefreshToken = "refresh_token"
	valueIDToken      = "id_token"
	valueClientID     = "client_id"
	valueClientSecret = "client_secret"
	valueClientKeyID  = "client_key_id"

	// extraTokenType is the name under which a credential's Extra keeps token_type.
	extraTokenType = "token_type"
)

// Grant makes a credential of kind "oauth2" of tokens that the host has already: the values "access_token" and
// "refresh_token". Either may be empty, but not both; an unknown expiry is the zero time.
func Grant(access, refresh string, expires time.Time, scopes ...string) Credential {
	c := Credential{Kind: kindOAuth2, Values: map[string]secret.String{}, Expires: expires, Scopes: slices.Clone(scopes)}
	for name, v := range map[string]string{valueAccessToken: access, valueRefreshToken: refresh} {
		if v != "" {
			c.Values[name] = secret.New(v)
		}
	}
	return c
}

// ClientCredentials makes a credential of kind "oauth2" of a tenant's own client: the values "client_id" and
// "client_secret". It stands in for [TokenCall].Client wherever this credential is used.
func ClientCredentials(id, clientSecret string) Credential {
	return Credential{Kind: kindOAuth2, Values: map[string]secret.String{
		valueClientID: secret.New(id), valueClientSecret: secret.New(clientSecret),
	}}
}

// ClientKey is [ClientCredentials] of a client that has a private key in place of a secret, as a service account does:
// the values "client_id", "client_key_id" (left out if empty) and "private_key", which is PEM.
func ClientKey(id, keyID, keyPEM string) Credential {
	c := Credential{Kind: kindOAuth2, Values: map[string]secret.String{
		valueClientID: secret.New(id), valuePrivateKey: secret.New(keyPEM),
	}}
	if keyID != "" {
		c.Values[valueClientKeyID] = secret.New(keyID)
	}
	return c
}

// PasswordGrant makes a credential of kind "oauth2" for [GrantPassword]: the values "user" and "password".
func PasswordGrant(user, password string) Credential {
	return Credential{Kind: kindOAuth2, Values: map[string]secret.String{
		valueUser: secret.New(user), valuePassword: secret.New(password),
	}}
}

// clientFor is the client that asks: c's own if it has one. A certificate goes with its key, so both are c's then.
func (call TokenCall) clientFor(c Credential) Client {
	id := c.Values[valueClientID].Reveal()
	if id == "" {
		return call.Client
	}
	return Client{
		ID: id, Secret: c.Values[valueClientSecret], Key: c.Values[valuePrivateKey],
		KeyID: c.Values[valueClientKeyID].Reveal(), Certificate: c.Values[valueCertificate].Reveal(),
	}
}
