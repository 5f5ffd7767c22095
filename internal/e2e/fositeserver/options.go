package fositeserver

import (
	"cmp"
	"fmt"
	"net/http"
	"time"
)

// The defaults of [Options].
const (
	// DefaultClientID and DefaultClientSecret hold what an encoding can get wrong.
	DefaultClientID     = "client:1"
	DefaultClientSecret = "s3cr%et +/&=:é-0123456789"
	// DefaultRedirect is registered, and nobody serves it: [Browser.Authorize] stops there.
	DefaultRedirect = "https://client.example/callback"
	// Password is every person's.
	Password = "correct horse"
)

// Options of [Start].
type Options struct {
	// TLS serves https.
	TLS bool
	// Lifetime of access tokens, in whole seconds; 0 means an hour.
	Lifetime time.Duration
	// RefreshLifetime is how long a refresh token lives that nobody uses; 0 means for ever.
	RefreshLifetime time.Duration
	// Grace is how long after its first use a spent refresh token gets the same tokens again, unless what it got has
	// been used in its turn; 0 means not at all.
	Grace time.Duration
	// RevokeOnRefresh ends the old access token with each refresh. Otherwise it lives until it expires, as with most
	// providers.
	RevokeOnRefresh bool
	// ClientID and ClientSecret are those of the one client, which may authenticate in the body or by Basic; "" means
	// the defaults.
	ClientID, ClientSecret string
	// Wrap stands before the token endpoint; nil means nothing does.
	Wrap func(http.Handler) http.Handler
}

func (o Options) withDefaults() (Options, error) {
	o.Lifetime = cmp.Or(o.Lifetime, time.Hour)
	if o.Lifetime < time.Second || o.Lifetime%time.Second != 0 {
		return o, fmt.Errorf("fositeserver: Lifetime: %v is not a number of whole seconds: expires_in has no others", o.Lifetime)
	}
	if o.Grace < 0 || o.RefreshLifetime < 0 {
		return o, fmt.Errorf("fositeserver: Grace, RefreshLifetime: %v and %v: neither can be negative", o.Grace, o.RefreshLifetime)
	}
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	o.ClientSecret = cmp.Or(o.ClientSecret, DefaultClientSecret)
	if o.Wrap == nil {
		o.Wrap = func(h http.Handler) http.Handler { return h }
	}
	return o, nil
}
