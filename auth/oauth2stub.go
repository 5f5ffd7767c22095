package auth

import (
	"context"
	"net/url"
)

// Validate checks the definition.
func (s OAuth2) Validate() error { return nil }

// Renewal says how c can be renewed.
func (s OAuth2) Renewal(c Credential) Renewal { return Renewal{} }

// Renew sends the refresh.
func (s OAuth2) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	return Credential{}, nil
}

// AuthorizationURL is the URL that the person is sent to.
func (s OAuth2) AuthorizationURL(q AuthorizationRequest) (string, error) { return "", nil }

// NewVerifier makes a PKCE verifier.
func NewVerifier() string { return "" }

// CheckCallback checks a callback.
func (s OAuth2) CheckCallback(q url.Values) error { return nil }

// CallbackError is a callback that brings no code.
type CallbackError struct {
	// Code is its "error", capped as in TokenError; empty if there was none.
	Code string
	// Description is its "error_description", capped as in TokenError.
	Description string
	// Reason says what is wrong with a callback without "error".
	Reason string
}

// Error says what came back.
func (e *CallbackError) Error() string { return "" }

// Exchange exchanges a code.
func (s OAuth2) Exchange(ctx context.Context, call TokenCall, q CodeExchange) (Tokens, error) {
	return Tokens{}, nil
}

// StartDevice begins a device flow.
func (s OAuth2) StartDevice(ctx context.Context, call TokenCall) (DeviceCode, error) {
	return DeviceCode{}, nil
}

// PollDevice polls once.
func (s OAuth2) PollDevice(ctx context.Context, call TokenCall, d DeviceCode) (Tokens, error) {
	return Tokens{}, nil
}

// Revoke revokes.
func (s OAuth2) Revoke(ctx context.Context, call TokenCall, c Credential) error { return nil }

// Introspect asks about the access token.
func (s OAuth2) Introspect(ctx context.Context, call TokenCall, c Credential) (Introspection, error) {
	return Introspection{}, nil
}

// Endpoints lists the URLs.
func (s OAuth2) Endpoints() []Endpoint { return nil }
