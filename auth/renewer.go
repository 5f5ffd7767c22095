package auth

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/waygate-go/waygate/secret"
)

// Renewer is a [Scheme] whose credentials are obtained and renewed by asking the
// provider. [All] and [Any] forward to the one member that is one.
type Renewer interface {
	Scheme
	// Renewal says whether and how c can be renewed. It does no I/O.
	Renewal(c Credential) Renewal
	// Renew sends one token request, or the few that a [Login] is made of, and returns
	// what is to be used in place of c, complete: what the answer leaves out is kept
	// from c. It neither repeats a request nor keeps anything. Every error after the request was made up is a
	// *TokenError.
	Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error)
}

// Renewal is how a credential can be renewed.
type Renewal struct {
	// Possible says that c has what a token request needs.
	Possible bool
	// Spends says that the request may use the grant up, as with a refresh token
	// that rotates: a lost answer then leaves it in doubt. False for a grant that
	// can be asked any number of times, as client credentials.
	Spends bool
	// Grace is how long after its first use the provider takes a spent grant again
	// and gives the same answer; 0 if it doesn't.
	Grace time.Duration
	// Idle is how long an unused grant lives; 0 if for ever. It is renewed at half
	// of it.
	Idle time.Duration
	// Before is how long before its expiry a token is renewed at the earliest; 0 for what suits its lifetime.
	Before time.Duration
	// Lifetime is what to assume of a token whose answer doesn't say when it expires;
	// 0 means that only a 401 tells.
	Lifetime time.Duration
}

// TokenCall is what a token request is made with.
type TokenCall struct {
	// HTTP sends it. It must follow no redirects, and bound the answer.
	HTTP *http.Client
	// Client is the OAuth client that asks; the zero value for grants without.
	Client Client
	// Parameters are the connection's, for the {names} in URLs and parameters.
	Parameters map[string]string
	// Parse makes of an answer's body what the scheme reads; nil leaves it as it is. It
	// is for providers whose answers no definition describes.
	Parse func(RawAnswer) ([]byte, error)
	// Now and Rand are the clock and a source of random bytes; nil: time.Now and
	// crypto/rand.
	Now  func() time.Time
	Rand io.Reader
}

// RawAnswer is the answer of a token endpoint as it came.
type RawAnswer struct {
	Status int         // the HTTP status
	Header http.Header // read only
	// Body has at most 1 MiB.
	Body []byte
}

// Client is an OAuth client as it is registered with a provider (RFC 6749 §2): what
// the host's own developers, or the tenant's, have got from it.
type Client struct {
	// ID is the client_id.
	ID string
	// Secret is the client_secret; unset for a public client, and where Key or a
	// certificate takes its place.
	Secret secret.String
	// Key is a private key in PEM (PKCS #1, PKCS #8 or SEC 1) for private_key_jwt
	// (RFC 7523) and the JWT bearer grant; KeyID its "kid".
	Key   secret.String
	KeyID string
	// Certificate is the PEM chain for mutual TLS (RFC 8705), whose private key is
	// Key.
	Certificate string
}
