package auth

import (
	"crypto/rand"
	"io"
	"slices"
)

// The standard parameters that are named in more than one place.
const (
	paramClientID        = "client_id"
	paramClientSecret    = "client_secret"
	paramAssertionType   = "client_assertion_type"
	paramClientAssertion = "client_assertion"
	paramScope           = "scope"
	paramGrantType       = "grant_type"
)

// authorizeNames are the standard parameters of the URL that a person is sent to.
func authorizeNames() []string {
	return []string{"response_type", paramClientID, "redirect_uri", "state", paramScope, "code_challenge", "code_challenge_method"}
}

// requestNames are those of the requests, beside the scope.
func requestNames() []string {
	return []string{paramGrantType, "code", "redirect_uri", paramClientID, paramClientSecret, "code_verifier", "refresh_token",
		paramClientAssertion, paramAssertionType, "assertion", "username", "password", "device_code", "token", "token_type_hint"}
}

func isSecretParam(name string) bool {
	switch name {
	case paramGrantType, paramClientID, paramScope, paramAssertionType, "redirect_uri", "token_type_hint", "username":
		return false
	}
	return true
}

// isKnownCode knows the error codes of the RFCs: they say no secret, whatever they hold.
func isKnownCode(code string) bool {
	return slices.Contains([]string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client",
		"unsupported_grant_type", "invalid_scope", "access_denied", "server_error", "temporarily_unavailable",
		"authorization_pending", "slow_down", "expired_token", "unsupported_token_type", "invalid_token",
		"unsupported_response_type", "login_required", "interaction_required", "consent_required"}, code)
}

func randReader() io.Reader { return rand.Reader }
