// Package loopback serves HTTP on 127.0.0.1 for tests and examples, by a server that can go away and come back.
//
// [Start] takes a port that is free; [Server.Policy] is what a gateway needs to reach it:
//
//	s, err := loopback.Start(handler, loopback.Options{TLS: true})
//	defer s.Close()
//	gw, err := waygate.New(waygate.Config{Egress: s.Policy()})
//	…
//	err = s.Leave()  // connections are refused, those that stand break
//	err = s.Return() // the same address and certificate
//
// HTTP/2 is off, so that a handler can take a connection over and break it; [Cut] does that.
package loopback
