package hostile_test

import (
	"strings"

	"github.com/waygate-go/waygate"
)

// framing is about where a body ends. An answer that doesn't say it, or says it twice, breaks HTTP as a reset does:
// Network.
func framing() map[string]*scenario {
	plain := func(kind waygate.Kind, lines, body string) *scenario {
		return saying(kind, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+lines+"\r\n"+body)
	}
	chunked := func(kind waygate.Kind, body string) *scenario {
		return plain(kind, "Transfer-Encoding: chunked\r\n", body)
	}
	endless := func(begin, text string) *scenario {
		return serving(network, func(x *exchange) {
			x.ok("Transfer-Encoding: chunked\r\n")
			x.say("%s", begin)
			x.forever(text)
		})
	}
	return map[string]*scenario{
		"two_lengths":             plain(network, "Content-Length: 2\r\nContent-Length: 40\r\n", "{}"),
		"two_lengths_in_one":      plain(network, "Content-Length: 2, 40\r\n", "{}"),
		"length_negative":         plain(network, "Content-Length: -2\r\n", "{}"),
		"length_with_a_sign":      plain(network, "Content-Length: +2\r\n", "{}"),
		"length_overflow":         plain(network, "Content-Length: 99999999999999999999\r\n", "{}"),
		"length_hex":              plain(network, "Content-Length: 0x2\r\n", "{}"),
		"length_empty":            plain(network, "Content-Length: \r\n", "{}"),
		"length_twice_alike":      plain("", "Content-Length: 2\r\nContent-Length: 2\r\n", "{}"),
		"coding_unknown":          plain(network, "Transfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
		"coding_twice":            plain(network, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
		"chunked_with_a_length":   plain("", "Content-Length: 40\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
		"truncated":               plain(network, "Content-Length: 100\r\n", `{"a":`),
		"truncated_at_once":       plain(network, "Content-Length: 100\r\n", ""),
		"truncated_header":        saying(network, "HTTP/1.1 200 OK\r\nContent-Le"),
		"nothing":                 saying(network, ""),
		"chunk_size_bad":          chunked(network, "zz\r\n{}\r\n0\r\n\r\n"),
		"chunk_size_overflow":     chunked(network, "FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n"),
		"chunk_size_negative":     chunked(network, "-2\r\n{}\r\n0\r\n\r\n"),
		"chunk_size_empty":        chunked(network, "\r\n{}\r\n0\r\n\r\n"),
		"chunk_longer_than_said":  chunked(network, "1\r\n{}\r\n0\r\n\r\n"),
		"chunk_without_end":       chunked(network, "2\r\n{}\r\n"),
		"chunk_huge_and_cut":      chunked(network, "7fffffffffffffff\r\n{}"),
		"chunk_size_endless":      endless("", "0"),
		"chunk_extension_endless": endless("2;", "a"),
		"chunks_with_extensions":  endless("", "1;"+strings.Repeat("a", 4000)+"\r\n \r\n"),
		"trailer_endless":         endless("2\r\n{}\r\n0\r\n", "A: b\r\n"),
		"trailer_line_endless":    endless("2\r\n{}\r\n0\r\nA: ", "b"),
		"gzip_cut":                plain(invalid, "Content-Encoding: gzip\r\nContent-Length: 8\r\n", "\x1f\x8b\x08\x00\x00\x00\x00\x00").with(status(200)),
		"gzip_none":               plain(invalid, "Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}").with(status(200)),
		"coding_of_content":       plain(invalid, "Content-Encoding: br\r\nContent-Length: 2\r\n", "{}").with(status(200)),
	}
}
