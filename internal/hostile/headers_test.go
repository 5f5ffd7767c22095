package hostile_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
)

// headers are those that are too long, or none. A header beyond the limit is an answer that isn't taken, as an
// oversized body is: InvalidResponse. One that breaks HTTP is no answer at all: Network.
func headers() map[string]*scenario {
	begun := func(text string) *scenario {
		return serving(invalid, func(x *exchange) { x.say("HTTP/1.1 200 OK\r\n"); x.forever(text) })
	}
	plain := func(kind waygate.Kind, lines string) *scenario {
		return saying(kind, "HTTP/1.1 200 OK\r\n"+lines+"Content-Length: 2\r\n\r\n{}")
	}
	return map[string]*scenario{
		"headers_400k": serving(invalid, func(x *exchange) {
			x.say("HTTP/1.1 200 OK\r\n%s", strings.Repeat("A: b\r\n", 400_000))
			x.say("Content-Length: 2\r\n\r\n{}")
		}),
		"headers_of_different_names": serving(invalid, func(x *exchange) {
			var b bytes.Buffer
			for i := range 100_000 {
				_, _ = fmt.Fprintf(&b, "A%d: b\r\n", i)
			}
			x.say("HTTP/1.1 200 OK\r\n%s", b.String())
			x.say("Content-Length: 2\r\n\r\n{}")
		}),
		"header_100mb": serving(invalid, func(x *exchange) {
			x.say("HTTP/1.1 200 OK\r\nA: ")
			for range 100 {
				if !x.say("%s", strings.Repeat("b", 1<<20)) {
					return
				}
			}
			x.say("\r\nContent-Length: 2\r\n\r\n{}")
		}),
		"header_line_endless":   begun("A"),
		"header_value_endless":  begun("A: " + strings.Repeat("b", 1<<15)),
		"headers_endless":       begun("A: b\r\n"),
		"header_folded_endless": serving(invalid, func(x *exchange) { x.say("HTTP/1.1 200 OK\r\nA: b\r\n"); x.forever(" c\r\n") }),
		"status_line_endless":   serving(invalid, func(x *exchange) { x.forever("HTTP/1.1 200 ") }),
		"informational_102":     serving(invalid, func(x *exchange) { x.forever("HTTP/1.1 102 Processing\r\n\r\n") }),
		"informational_103":     serving(invalid, func(x *exchange) { x.forever("HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n") }),
		"informational_100":     serving(invalid, func(x *exchange) { x.forever("HTTP/1.1 100 Continue\r\n\r\n") }),
		"informational_a_few":   saying("", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"),
		"links_10000":           serving(invalid, func(x *exchange) { x.whole(200, strings.Repeat("Link: </n>; rel=\"a\"\r\n", 10_000), `{"items":[]}`) }).with(listing),
		"link_of_10000": serving(invalid, func(x *exchange) {
			x.whole(200, "Link: "+strings.Repeat("<>,", 10_000)+"</n>; rel=\"a\"\r\n", `{"items":[]}`)
		}).with(listing).with(status(200)),
		"switching_protocols":      saying(invalid, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05hello").with(status(101)),
		"switching_without_header": saying(invalid, "HTTP/1.1 101 Switching Protocols\r\n\r\n").with(status(101)),
		"cr_in_a_status_line":      saying(network, "HTTP/1.1 200 OK\rX-Evil: 1\r\n\r\n").with(func(s *scenario) { s.kind, s.attempts = "", 1 }),
		"cr_in_a_value":            plain(network, "A: b\rX-Evil: 1\r\n"),
		"nul_in_a_value":           plain(network, "A: b\x00c\r\n"),
		"lines_of_bare_lf": saying("", "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}").with(func(s *scenario) {
			s.check = wantJSON("{}")
		}),
		"space_in_a_name":        plain("", "X Evil: 1\r\n"),
		"space_before_the_colon": plain("", "Content-Length : 50\r\n"),
		"line_without_colon":     plain(network, "nothing\r\n"),
		"no_name":                plain(network, ": b\r\n"),
		"folded_first_line":      plain(network, " A: b\r\n"),
		"bytes_above_127":        plain("", "A: \xff\xfe\xc3\r\n"),
		"two_answers":            splitting(""),
		"two_answers_for_204":    splitting("204"),
	}
}

func status(n int) func(*scenario) { return func(s *scenario) { s.status = n } }

func listing(s *scenario) { s.action = "list" }

// splitting is an answer with another one behind it: no later call gets that. It tells no credential: net/http writes
// the beginning of what stands behind an answer to the standard logger, past our redactor, which is documented.
func splitting(status string) *scenario {
	return serving("", func(x *exchange) {
		first := "200 OK\r\nContent-Length: 2\r\n\r\n{}"
		if status == "204" {
			first = "204 No Content\r\n\r\n"
		}
		body := `{"good":"of somebody else"}`
		x.stay = x.say("HTTP/1.1 %sHTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", first, len(body), body)
	}).with(func(s *scenario) {
		s.check = func(t *testing.T, res *waygate.Result, err error) {
			if text := string(res.JSON()); text != "{}" && text != "null" {
				t.Errorf("got %s", text)
			}
		}
	})
}
