// Package fositeserver is an authorization server for tests and examples that is not of our making: ory/fosite, with
// the memory storage that it ships, decides who gets a token and which refresh token was used twice.
//
//	s, err := fositeserver.Start(fositeserver.Options{Lifetime: 10 * time.Second})
//	defer s.Close()
//	s.AllowRedirect("https://host.example/callback")
//	callback, err := s.NewBrowser("ada").Authorize(ctx, authorizeURL) // logs in and consents
//	…
//	stats := s.Stats() // refreshes, reuses, revoked families
//
// Codes need PKCE (S256). Each refresh rotates the refresh token; whoever presents a spent one revokes the family, that
// is, all tokens that came from one consent (RFC 6819 §5.2.2.3). [Options.Grace] makes an exception for N seconds after
// the first use. /api/me is the API behind it: it looks at the token by introspection, and answers 401 otherwise.
//
// What goes wrong on purpose is chosen for each token request by [Server.SetFault]: an answer that comes late, or never
// although the work was done. [Server.Leave] refuses connections, [Server.KillFamily] takes a grant away as a person
// does in the provider's settings, and [Options.Wrap] stands before the token endpoint for everything else.
//
// A gateway reaches it by the policy that [Server.Policy] gives. The server is strict rather than fast: requests that
// read or change tokens are served one at a time, because fosite's storage doesn't rotate atomically.
package fositeserver
