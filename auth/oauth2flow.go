package auth

import (
	"net/url"
	"time"

	"github.com/waygate-go/waygate/secret"
)

// AuthorizationRequest is what a person is sent to the provider with.
type AuthorizationRequest struct {
	// Client asks; its ID alone is used.
	Client Client
	// Parameters are the connection's.
	Parameters map[string]string
	// RedirectURL is where the person comes back to, as it is registered with the provider; required.
	RedirectURL string
	// State comes back with the person; required.
	State string
	// Verifier is what [NewVerifier] gave, of which the URL holds the hash alone; required unless NoPKCE is set.
	Verifier string
	// Scopes are asked for. Nil means those of the definition.
	Scopes []string
	// Extra are more parameters, such as login_hint. They may replace AuthorizeParameters, and no standard one.
	Extra map[string]string
}

// CodeExchange is what a code is exchanged with.
type CodeExchange struct {
	// Code is the code. Empty means the one in Callback.
	Code string
	// Verifier and RedirectURL are those of the [AuthorizationRequest].
	Verifier, RedirectURL string
	// Scopes are what was asked for, which is what was granted unless the answer tells otherwise (RFC 6749 §5.1). Nil
	// means those of the definition.
	Scopes []string
	// Callback is the query that the person came back with, for what is captured from it. Check it first, with
	// [OAuth2.CheckCallback].
	Callback url.Values
}

// Tokens is what a first token request gave.
type Tokens struct {
	// Credential is of kind "oauth2".
	Credential Credential
	// Parameters are the values that Capture names.
	Parameters map[string]string
	// Date is what the provider's clock said; zero if it didn't.
	Date time.Time
}

// DeviceCode is a device flow that waits for a person (RFC 8628 §3.2). It prints without its secret.
type DeviceCode struct {
	// Device is the device_code.
	Device secret.String
	// UserCode is to be entered at VerificationURL. VerificationURLComplete, if it isn't empty, holds both.
	UserCode, VerificationURL, VerificationURLComplete string
	// Expires is when the flow ends.
	Expires time.Time
	// Interval is how long to wait before each poll; raise it to the RetryAfter of a [TokenError] that says more.
	Interval time.Duration
}

// Introspection is what a provider says of a token (RFC 7662 §2.2).
type Introspection struct {
	// Active says that the token can be used now. If not, nothing else is set.
	Active bool
	// Scopes, ClientID, Username, TokenType, Subject and Issuer are as the provider says; empty where it doesn't.
	Scopes                                         []string
	ClientID, Username, TokenType, Subject, Issuer string
	// Audience is whom the token is for.
	Audience []string
	// Expires and Issued are zero where the provider doesn't tell.
	Expires, Issued time.Time
}

// Endpoint is one URL that an [OAuth2], a [Login] or a [GitHubApp] asks, for whoever decides who may receive a secret.
type Endpoint struct {
	// Name is the field: "authorize_url", "token_url", "steps[0].url", …
	Name string
	// Template is the URL with its {parameters}.
	Template string
	// Client says that the client's secret is sent there, or what proves that the client has its key or certificate.
	Client bool
	// Grant says that the connection's own secrets are: a code, a token, a password.
	Grant bool
}
