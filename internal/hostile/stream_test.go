package hostile_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
)

// streaming is a provider of an endless answer, how the reader ends it, and what Read then says.
type streaming struct {
	scenario
	read int64         // bytes to read before Close; 0 means until an error
	stop time.Duration // after which the caller's ctx is cancelled; 0 means never
	end  waygate.Kind  // of Read's error
}

// silence ends a stream. What comes before it, the header, has no more time than that either.
const silence = 300 * time.Millisecond

func streams() map[string]*streaming {
	stream := func(end waygate.Kind, serve func(x *exchange)) *streaming {
		s := &streaming{end: end}
		s.serve = serve
		return s
	}
	late := func(s *streaming) *streaming { s.attempt = silence; return s }
	return map[string]*streaming{
		"endless": func() *streaming {
			s := stream("", func(x *exchange) { x.ok(""); x.forever("event\n") })
			s.read = 8 * small
			return s
		}(),
		"endless_chunks": func() *streaming {
			s := stream("", func(x *exchange) { x.ok("Transfer-Encoding: chunked\r\n"); x.chunks("event\n") })
			s.read = 2 * small
			return s
		}(),
		"endless_gzip": func() *streaming {
			s := stream("", func(x *exchange) { bomb(x, "gzip", 1) })
			s.read = 8 * small
			return s
		}(),
		"idle":            late(stream(timeout, func(x *exchange) { x.ok(""); x.say("event\n"); x.hold() })),
		"idle_at_once":    late(stream(timeout, func(x *exchange) { x.ok(""); x.hold() })),
		"idle_in_a_chunk": late(stream(timeout, func(x *exchange) { x.ok("Transfer-Encoding: chunked\r\n"); x.say("fff\r\nevent"); x.hold() })),
		"slow_and_cancelled": func() *streaming {
			s := late(stream(waygate.KindCanceled, func(x *exchange) { x.ok(""); x.slowly("event\n") }))
			s.stop = 2 * silence // more than an attempt: bytes keep coming
			return s
		}(),
		"fast_and_cancelled": func() *streaming {
			s := stream(waygate.KindCanceled, func(x *exchange) { x.ok(""); x.forever("event\n") })
			s.stop = 200 * time.Millisecond
			return s
		}(),
		"truncated":    stream(network, func(x *exchange) { x.ok("Content-Length: 100\r\n"); x.say("event\n") }),
		"broken_chunk": stream(network, func(x *exchange) { x.ok("Transfer-Encoding: chunked\r\n"); x.say("zz\r\n"); x.hold() }),
		"trailer_endless": stream(network, func(x *exchange) {
			x.ok("Transfer-Encoding: chunked\r\n")
			x.say("1\r\n \r\n0\r\n")
			x.forever("A: b\r\n")
		}),
	}
}

// TestStreams reads answers that are passed on while they come: the length has no limit and none is needed, a silence
// and the caller's ctx end them.
func TestStreams(t *testing.T) {
	t.Parallel()
	for name, s := range streams() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inChild(t, tight, s.run)
		})
	}
}

func (s *streaming) run(t *testing.T) {
	acme, down := s.start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	res, err := acme.Invoke(ctx, "api.stream", nil)
	must(t, err)
	body := res.Stream()
	if s.stop > 0 {
		time.AfterFunc(s.stop, cancel)
	}
	begin := time.Now()
	from := io.Reader(body)
	if s.read > 0 {
		from = io.LimitReader(body, s.read)
	}
	n, err := io.Copy(io.Discard, from)
	took := time.Since(begin)
	if kind := kindOf(t, err); kind != s.end || n < s.read {
		t.Errorf("got %q after %d bytes, want %q: %v", kind, n, s.end, err)
	}
	if most := max(s.stop, silence) + slack; took > most && s.read == 0 {
		t.Errorf("took %s", took)
	}
	clean(t, err)
	must(t, body.Close())
	quiet(t)
	good(t, acme, s.room)
	down()
	quiet(t)
}

// TestStreamsBegin holds that an error's body, which isn't passed on, is bounded as any other, and that the time of the
// attempt ends with the header and not before.
func TestStreamsBegin(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*scenario{
		"error_endless": serving(invalid, func(x *exchange) { x.say("HTTP/1.1 500 X\r\n\r\n"); x.forever("no") }).with(status(500)),
		"error_slow":    serving(timeout, func(x *exchange) { x.say("HTTP/1.1 500 X\r\n\r\n"); x.slowly("no") }).with(func(s *scenario) { s.slow = true }),
		"header_slow":   serving(timeout, func(x *exchange) { x.slowly("HTTP/1.1 200 OK, and so on ") }).with(func(s *scenario) { s.slow = true }),
		"header_long":   serving(invalid, func(x *exchange) { x.say("HTTP/1.1 200 OK\r\n"); x.forever("A: b\r\n") }),
		"switching":     saying(invalid, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n").with(status(101)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.action = "stream"
			inChild(t, s.peak(), s.run)
		})
	}
}
