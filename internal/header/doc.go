// Package header knows which header fields a request gets from elsewhere, so that definitions, schemes and inputs leave
// them alone.
//
// Some fields frame a message or route it: whoever sets them decides where one request ends and who answers it. They
// belong to net/http and to the transport. All rooms that take a header's name from outside ask here, so that there is
// one list:
//
//	switch {
//	case !header.IsToken(name):
//		// not a name at all
//	case header.Reserved(name):
//		// the transport's
//	}
//
// [Reserved] holds for everybody. [Fixed] adds what is settled before a scheme signs or a page is asked for: how the
// body is written, and whether the connection is kept. What a caller reserves beside that, such as the places where its
// own scheme writes, it checks itself.
package header
