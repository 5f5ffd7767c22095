package auth

import (
	"net/url"
	"strings"

	"github.com/waygate-go/waygate/secret"
)

// CallbackError says why a person came back without a code that can be used. Code and Description are the provider's, or
// of whoever made the link: no part of it may be written into HTML as it is.
type CallbackError struct {
	// Code is the callback's "error" (RFC 6749 §4.1.2.1), as [TokenError] has it; empty if there was none.
	Code string
	// Description is its "error_description", as [TokenError] has it.
	Description string
	// Reason says what is wrong with a callback that brings no error.
	Reason string
}

// Error says what came back.
func (e *CallbackError) Error() string {
	parts := []string{"auth: callback"}
	for _, p := range []string{e.Code, e.Description, e.Reason} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}

// CheckCallback looks at the query that a person came back with, before its code is exchanged: that it says "iss" as
// Issuer does (RFC 9207 §2.4), brings a code and no error, and nothing twice (RFC 6749 §3.1). The error is a
// *CallbackError. Whether the state is one that was given out is for the caller to know.
func (s OAuth2) CheckCallback(q url.Values) error {
	for _, name := range []string{"iss", "error", "error_description", "state", s.codeName()} {
		if len(q[name]) > 1 {
			return &CallbackError{Reason: name + " is there twice; let the person authorize again"}
		}
	}
	if s.Issuer != "" && q.Get("iss") != s.Issuer {
		return &CallbackError{Reason: "iss is not the issuer of this integration: the answer is another provider's; let the person authorize again, or correct issuer"}
	}
	if q.Get("error") != "" {
		secrets := knownSecrets{}.with(secret.New(q.Get("state")), secret.New(q.Get(s.codeName())))
		return &CallbackError{
			Code:        secrets.code(q.Get("error")),
			Description: secrets.description(q.Get("error_description")),
		}
	}
	if q.Get(s.codeName()) == "" {
		return &CallbackError{Reason: "there is neither " + s.codeName() + " nor error; was the URL opened by hand? Let the person authorize again"}
	}
	return nil
}

// codeName is the callback's parameter that holds the code.
func (s OAuth2) codeName() string {
	if s.CallbackCode == "" {
		return "code"
	}
	return s.CallbackCode
}
