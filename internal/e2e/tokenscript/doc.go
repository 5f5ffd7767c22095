// Package tokenscript is a token endpoint that does what no authorization server does on purpose, for tests and
// examples: it breaks connections, says that it is busy, answers in HTML, in forms, or without end.
//
//	s, err := tokenscript.Start(tokenscript.Options{Lifetime: 10 * time.Second})
//	defer s.Close()
//	first := s.Grant("ada")                          // tokens to import
//	s.Play(tokenscript.Status(503))                  // each request, from now on
//	s.PlayNext(tokenscript.Spent(tokenscript.Reset())) // the next one: the work is done, and the answer lost
//	err = s.Leave()                                  // connections are refused
//	s.Play(tokenscript.Healthy())
//	s.Seen()                                         // what was played for whom
//
// What is played can be changed while requests come. [Tricks] lists all of them for a table. [Spent] makes one that
// comes after the work instead of in place of it, so that the refresh token is gone.
//
// Behind it stands a small issuer of its own, which rotates refresh tokens and ends a family when a spent one comes
// back. [Script.Wrap] puts a script before any other token endpoint.
package tokenscript
