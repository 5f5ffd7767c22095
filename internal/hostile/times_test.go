package hostile_test

import (
	"net"
	"strings"
)

// times are those of a provider that has them. The attempt's deadline ends each, also where bytes keep coming: Timeout.
func times() map[string]*scenario {
	late := func(serve func(x *exchange)) *scenario {
		return serving(timeout, serve).with(func(s *scenario) { s.slow = true })
	}
	raw := func(f func(c net.Conn)) *scenario {
		return late(nil).with(func(s *scenario) { s.raw = f })
	}
	wait := func(c net.Conn) { _, _ = c.Read(make([]byte, 1)); (&exchange{Conn: c, r: reader(c)}).hold() }
	return map[string]*scenario{
		"never_an_answer":       late(func(x *exchange) { x.hold() }),
		"never_read":            raw(func(c net.Conn) { wait(c) }),
		"never_a_handshake":     raw(wait).with(secured),
		"never_a_body":          late(func(x *exchange) { x.ok("Content-Length: 2\r\n"); x.hold() }),
		"never_the_end_of_body": late(func(x *exchange) { x.ok(""); x.say("{}"); x.hold() }),
		"never_the_last_chunk":  late(func(x *exchange) { x.ok("Transfer-Encoding: chunked\r\n"); x.say("2\r\n{}\r\n"); x.hold() }),
		"slow_status_line":      late(func(x *exchange) { x.slowly("HTTP/1.1 200 OK, and much to say about it; ") }),
		"slow_header":           late(func(x *exchange) { x.say("HTTP/1.1 200 OK\r\n"); x.slowly("A: b\r\n") }),
		"slow_body":             late(func(x *exchange) { x.ok(""); x.slowly("[") }),
		"slow_chunks":           late(func(x *exchange) { x.ok("Transfer-Encoding: chunked\r\n"); x.slowly("1\r\n \r\n") }),
		"slow_informational":    late(func(x *exchange) { x.slowly("HTTP/1.1 103 Early Hints\r\n\r\n") }),
		"slow_gzip": late(func(x *exchange) {
			first, _ := gzipUnits()
			x.ok("Content-Encoding: gzip\r\n")
			x.slowly(string(first))
		}),
		"slow_error": late(func(x *exchange) { x.say("HTTP/1.1 400 X\r\n\r\n"); x.slowly("no") }).with(func(s *scenario) { s.attempts = 3 }),
		"slow_redirect": late(func(x *exchange) {
			x.say("HTTP/1.1 302 X\r\nLocation: /get\r\n\r\n")
			x.slowly(strings.Repeat("no", 100))
		}),
		"handshake_garbage": raw(func(c net.Conn) { _, _ = c.Write([]byte("220 mail.example.com ESMTP\r\n")); wait(c) }).with(secured).with(func(s *scenario) {
			s.kind = network
		}),
	}
}
