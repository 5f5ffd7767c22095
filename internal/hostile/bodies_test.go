package hostile_test

import (
	"bytes"
	"compress/gzip"
	"strconv"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

const (
	network = waygate.KindNetwork
	timeout = waygate.KindTimeout
	invalid = waygate.KindInvalidResponse
)

// bodies are those that are too large, on the wire or when unpacked, or too deep. "undecodable or oversized body" is
// InvalidResponse.
func bodies() map[string]*scenario {
	unusable := func(serve func(x *exchange)) *scenario {
		return serving(invalid, serve).with(func(s *scenario) { s.status = 200 })
	}
	text := func(body func() string) *scenario {
		return unusable(func(x *exchange) { x.whole(200, "", body()) }).with(vast)
	}
	large := strings.Repeat("a", 1<<15)
	length := func(n int) string { return "Content-Length: " + strconv.Itoa(n) + "\r\n" }
	return map[string]*scenario{
		"endless_chunks": unusable(func(x *exchange) {
			if x.ok("Transfer-Encoding: chunked\r\n"); x.say("1\r\n\"\r\n") {
				x.chunks(large)
			}
		}),
		"endless_with_a_huge_length": unusable(func(x *exchange) { x.ok("Content-Length: 9223372036854775807\r\n"); x.forever(large) }),
		"endless_with_a_false_length": unusable(func(x *exchange) {
			x.ok(length(small + 1))
			x.forever(large)
		}),
		"endless_with_a_false_length_by_default": unusable(func(x *exchange) {
			x.ok(length(largest + 1))
			x.forever(large)
		}).with(vast),
		"endless_to_the_end_of_the_connection": unusable(func(x *exchange) { x.ok(""); x.forever(large) }).with(vast),
		"endless_error": serving(invalid, func(x *exchange) {
			x.say("HTTP/1.1 500 X\r\n\r\n")
			x.forever(large)
		}).with(func(s *scenario) { s.status = 500 }),
		"gzip_bomb":                  unusable(func(x *exchange) { bomb(x, "gzip", 1) }).with(vast),
		"gzip_bomb_twice_undeclared": unusable(func(x *exchange) { bomb(x, "gzip", 2) }),
		"gzip_bomb_twice":            unusable(func(x *exchange) { bomb(x, "gzip, gzip", 2) }),
		"gzip_bomb_twice_in_two_fields": unusable(func(x *exchange) {
			bomb(x, "gzip\r\nContent-Encoding: gzip", 2)
		}),
		"gzip_bomb_of_text":  unusable(func(x *exchange) { bomb(x, "gzip", 1) }).with(func(s *scenario) { s.action = "text" }),
		"gzip_bomb_of_bytes": unusable(func(x *exchange) { bomb(x, "gzip", 1) }).with(func(s *scenario) { s.action = "bytes" }),
		"arrays_5m":          text(func() string { return strings.Repeat("[", 5_000_000) }),
		"arrays_5m_closed": text(func() string {
			return strings.Repeat("[", 5_000_000) + strings.Repeat("]", 5_000_000)
		}),
		"objects_2m":       text(func() string { return strings.Repeat(`{"":`, 2_500_000) }),
		"objects_5m":       text(func() string { return strings.Repeat(`{"":`, 5_000_000) }),
		"arrays_in_rows":   text(func() string { return "[" + strings.Repeat("[],", 3_000_000) + "0]" }),
		"nodes_5m":         text(func() string { return "[" + strings.Repeat("0,", 5_000_000) + "0]" }),
		"one_too_deep":     unusable(func(x *exchange) { x.whole(200, "", strings.Repeat("[", 513)+strings.Repeat("]", 513)) }),
		"arrays_512":       serving("", func(x *exchange) { x.whole(200, "", strings.Repeat("[", 512)+strings.Repeat("]", 512)) }),
		"endless_white":    unusable(func(x *exchange) { x.ok(""); x.forever(strings.Repeat(" ", 1<<15)) }),
		"error_body_10mib": errorEcho(largest).with(vast),
		"error_body_11k":   errorEcho(11_000),
		"error_body_2k":    errorEcho(2_000),
	}
}

// vast gives a scenario the room that there is by default.
func vast(s *scenario) { s.room = largest }

// errorEcho answers 400 with about size bytes, all of them the credential that it was sent, in a message and beside it.
func errorEcho(size int) *scenario {
	return serving(waygate.KindRejected, func(x *exchange) {
		token := strings.TrimPrefix(x.req.Header.Get("Authorization"), "Bearer ")
		head, tail := `{"code":"`+token+`","message":"`, `"}`
		x.whole(400, "", head+strings.Repeat(token, (size-len(head)-len(tail))/len(token))+tail)
	}).with(func(s *scenario) {
		s.status = 400
		s.check = func(t *testing.T, _ *waygate.Result, err error) {
			// Any piece that is long enough to be of use is one too many.
			for _, text := range errorTexts(err) {
				if strings.Contains(text, canary[:16]) || strings.Contains(text, canary[8:24]) || len(text) > 20_000 {
					t.Errorf("the error shows pieces of the credential: %.300s", text)
				}
			}
		}
	})
}

// bomb sends gzip without end, of one letter, packed once or twice: 10 MB of it are 10 GiB.
func bomb(x *exchange, coding string, layers int) {
	first, unit := gzipUnits()
	if layers == 2 {
		first, unit = gzipOf(append(bytes.Clone(first), bytes.Repeat(unit, 256)...), bytes.Repeat(unit, 1024))
	}
	x.ok("Content-Encoding: " + coding + "\r\n")
	if _, err := x.Write(first); err == nil {
		x.forever(string(unit))
	}
}

// gzipUnits are the beginning of a gzip of a JSON text, and a piece that can be repeated.
func gzipUnits() (first, unit []byte) {
	letters := bytes.Repeat([]byte("a"), 1<<18)
	return gzipOf(append([]byte(`"`), letters...), letters)
}

// gzipOf packs two texts one after the other, each to its last byte. The second can be repeated where the window before
// it looks the same.
func gzipOf(a, b []byte) (first, unit []byte) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(a)
	_ = w.Flush()
	n := out.Len()
	_, _ = w.Write(b)
	_ = w.Flush()
	return out.Bytes()[:n:n], out.Bytes()[n:]
}
