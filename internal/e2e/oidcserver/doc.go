// Package oidcserver is an OpenID provider for tests and examples that is not of our making: zitadel/oidc answers, over a
// storage of ours.
//
//	s, err := oidcserver.Start(oidcserver.Options{Lifetime: 10 * time.Second})
//	defer s.Close()
//	// s.URL() + "/.well-known/openid-configuration" tells the rest
//	err = s.Decide(ctx, verificationURL, "ada", true) // the person whom a device waits for
//
// It has a discovery document, the device flow (RFC 8628, with slow_down for whoever polls too often), refresh tokens
// that rotate, client credentials, revocation, and access tokens that are JWTs, which /api/me checks by the published
// keys. It detects no reuse: a spent refresh token is refused, and nothing more; fositeserver is the judge of that. There
// is no code flow.
//
// A gateway reaches it by the policy that Server.Policy gives.
package oidcserver
