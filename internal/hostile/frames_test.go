package hostile_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/waygate-go/waygate"
)

// h2 is a connection over which the client speaks HTTP/2.
type h2 struct {
	net.Conn
	*http2.Framer
	p     *provider
	block bytes.Buffer
	hpack *hpack.Encoder
}

// secured makes a provider speak TLS.
func secured(s *scenario) { s.tls = &tls.Config{MinVersion: tls.VersionTLS12} }

// over2 is a provider that speaks HTTP/2 as far as its settings, and then does what it wants.
func over2(kind waygate.Kind, harm func(h *h2)) *scenario {
	s := serving(kind, nil)
	s.tls = &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: s.tls.Certificates, NextProtos: []string{"h2"}}
		if s.calm.Load() {
			config.NextProtos = []string{"http/1.1"}
		}
		return config, nil
	}}
	s.raw = func(c net.Conn) {
		if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
			return
		}
		h := &h2{Conn: c, Framer: http2.NewFramer(c, c), p: &s.provider}
		h.hpack = hpack.NewEncoder(&h.block)
		h.AllowIllegalWrites = true
		harm(h)
		_, _ = io.Copy(io.Discard, c) // until the client has had enough
	}
	return s
}

// each is one that harms every request.
func each(kind waygate.Kind, harm func(h *h2, stream uint32)) *scenario {
	return over2(kind, func(h *h2) {
		for id := h.asked(); id != 0; id = h.request() {
			harm(h, id)
		}
	})
}

// late2 is one that ends by time.
func late2(harm func(h *h2)) *scenario {
	return over2(timeout, harm).with(func(s *scenario) { s.slow = true })
}

// request waits for a request and gives its stream.
func (h *h2) request() uint32 {
	for {
		f, err := h.ReadFrame()
		if err != nil {
			return 0
		}
		if f, ok := f.(*http2.HeadersFrame); ok {
			h.p.asked.Add(1)
			return f.StreamID
		}
	}
}

// asked says hello and waits for a request.
func (h *h2) asked() uint32 {
	_ = h.WriteSettings()
	return h.request()
}

// fields are encoded header fields, given as name, value, ….
func (h *h2) fields(pairs ...string) []byte {
	h.block.Reset()
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = h.hpack.WriteField(hpack.HeaderField{Name: pairs[i], Value: pairs[i+1]})
	}
	return bytes.Clone(h.block.Bytes())
}

// headers sends a whole header.
func (h *h2) headers(stream uint32, pairs ...string) bool {
	return h.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: h.fields(pairs...), EndHeaders: true}) == nil
}

// flow lets the client's frames pass, so that its window updates and acknowledgements don't fill the connection.
func (h *h2) flow() {
	go func() { _, _ = io.Copy(io.Discard, h.Conn) }()
}

// frames are about HTTP/2. What breaks its rules is Network; a header or body without end is InvalidResponse as over
// HTTP/1.
func frames() map[string]*scenario {
	flood := func(send func(h *h2, stream uint32) error) *scenario {
		return late2(func(h *h2) {
			id := h.asked()
			h.flow()
			for send(h, id) == nil {
			}
		})
	}
	resets := func(code http2.ErrCode) func(h *h2) {
		return func(h *h2) {
			_ = h.WriteSettings()
			for id := h.request(); id != 0; id = h.request() {
				for range 1000 {
					_ = h.WriteRSTStream(id, code)
				}
			}
		}
	}
	return map[string]*scenario{
		"h2_garbage":       over2(network, func(h *h2) { h.asked(); _, _ = h.Write(bytes.Repeat([]byte("garbage"), 1000)) }),
		"h2_answer_in_1.1": over2(network, func(h *h2) { _, _ = io.WriteString(h, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n") }),
		"h2_hang_up":       over2(network, func(h *h2) { h.asked(); _ = h.Close() }),
		"h2_reset":         over2(network, resets(http2.ErrCodeInternal)),
		"h2_reset_cancel":  over2(network, resets(http2.ErrCodeCancel)),
		"h2_reset_refused": late2(resets(http2.ErrCodeRefusedStream)).with(func(s *scenario) { s.attempts = several }),
		// net/http repeats without end and without a wait what a GOAWAY refused: 6 requests in an attempt are enough.
		"h2_goaway": over2(network, func(h *h2) {
			h.asked()
			_ = h.WriteGoAway(0, http2.ErrCodeNo, nil)
			_ = h.Close()
		}).with(func(s *scenario) {
			s.attempts = several
			s.check = func(t *testing.T, _ *waygate.Result, _ error) {
				if n := s.asked.Load(); n > 3*6 {
					t.Errorf("%d requests for one call of 3 attempts", n)
				}
			}
		}),
		"h2_goaway_with_cause": over2(network, func(h *h2) {
			h.asked()
			_ = h.WriteGoAway(0, http2.ErrCodeEnhanceYourCalm, []byte(strings.Repeat("no", 1000)))
			_ = h.Close()
		}),
		"h2_goaway_storm": late2(func(h *h2) {
			id := h.asked()
			h.flow()
			for h.WriteGoAway(id, http2.ErrCodeInternal, []byte(strings.Repeat("no", 1000))) == nil {
			}
		}),
		"h2_push": over2(network, func(h *h2) {
			id := h.asked()
			_ = h.WritePushPromise(http2.PushPromiseParam{StreamID: id, PromiseID: 2, BlockFragment: h.fields(":method", "GET"), EndHeaders: true})
		}),
		"h2_data_first": each(network, func(h *h2, id uint32) { _ = h.WriteData(id, false, []byte("{}")) }),
		"h2_window_overflow": over2(network, func(h *h2) {
			h.asked()
			_ = h.WriteWindowUpdate(0, 1<<31-1)
			_ = h.WriteWindowUpdate(0, 1<<31-1)
		}),
		"h2_beyond_the_window": over2(network, func(h *h2) {
			id := h.asked()
			h.flow()
			h.headers(id, ":status", "200", "content-length", "100000000")
			for h.WriteData(id, false, make([]byte, 1<<14)) == nil {
			}
		}).with(func(s *scenario) { s.kind, s.attempts, s.status = invalid, 1, 200 }),
		"h2_body_endless": over2(invalid, func(h *h2) {
			id := h.asked()
			h.headers(id, ":status", "200")
			h.body(id)
		}).with(status(200)),
		"h2_body_truncated": each(network, func(h *h2, id uint32) {
			h.headers(id, ":status", "200", "content-length", "100")
			_ = h.WriteData(id, true, []byte("{}"))
		}),
		"h2_continuation_flood": over2(invalid, func(h *h2) {
			id := h.asked()
			h.flow()
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: h.fields(":status", "200")})
			for h.WriteContinuation(id, false, h.fields("a", strings.Repeat("b", 8000))) == nil {
			}
		}),
		"h2_continuation_flood_of_nothing": late2(func(h *h2) {
			id := h.asked()
			h.flow()
			_ = h.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: h.fields(":status", "200")})
			for h.WriteContinuation(id, false, nil) == nil {
			}
		}),
		"h2_header_bomb": over2(invalid, func(h *h2) {
			id := h.asked()
			h.flow()
			pairs := []string{":status", "200"}
			for range 1000 {
				pairs = append(pairs, "a", strings.Repeat("b", 3000))
			}
			h.headers(id, pairs...)
		}),
		"h2_informational_endless": over2(invalid, func(h *h2) {
			id := h.asked()
			h.flow()
			for h.headers(id, ":status", "103", "link", "</a>; rel=preload") {
			}
		}),
		"h2_switching":       late2(func(h *h2) { h.headers(h.asked(), ":status", "101") }),
		"h2_status_of_words": each(invalid, func(h *h2, id uint32) { h.headers(id, ":status", "two hundred") }),
		"h2_no_status":       each(invalid, func(h *h2, id uint32) { h.headers(id, "a", "b") }),
		"h2_upper_case_name": each(network, func(h *h2, id uint32) { h.headers(id, ":status", "200", "X-Upper", "b") }),
		"h2_crlf_in_a_value": each(network, func(h *h2, id uint32) { h.headers(id, ":status", "200", "a", "b\r\nx-evil: 1") }),
		"h2_never":           late2(func(h *h2) { h.asked() }),
		// Where these settings come after a request has picked its connection, and before it has a stream there, net/http
		// stops the timer of IdleConnTimeout for good. Nothing in egress knows which connection has no stream. The circuit
		// keeps such connections few, and Shutdown closes them.
		"h2_no_streams": late2(func(h *h2) {
			_ = h.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 0})
		}).with(func(s *scenario) { s.attempts, s.idle = several, true }),
		"h2_settings_flood": flood(func(h *h2, _ uint32) error { return h.WriteSettings() }),
		"h2_ping_flood":     flood(func(h *h2, _ uint32) error { return h.WritePing(false, [8]byte{}) }),
		"h2_unknown_flood":  flood(func(h *h2, id uint32) error { return h.WriteRawFrame(0xee, 0, id, make([]byte, 1<<14)) }),
		"h2_priority_flood": flood(func(h *h2, id uint32) error {
			return h.WritePriority(id, http2.PriorityParam{StreamDep: 0, Weight: 1})
		}),
		"h2_empty_data_flood": late2(func(h *h2) {
			id := h.asked()
			h.flow()
			h.headers(id, ":status", "200")
			for h.WriteData(id, false, nil) == nil {
			}
		}),
		"h2_slow_body": late2(func(h *h2) {
			id := h.asked()
			h.flow()
			for h.headers(id, ":status", "200"); h.WriteData(id, false, []byte(" ")) == nil; {
				time.Sleep(20 * time.Millisecond)
			}
		}),
	}
}

// body sends data without end, as fast as the client's windows let it.
func (h *h2) body(stream uint32) {
	conn, own := 65535, 65535
	for data := make([]byte, 1<<14); ; {
		for min(conn, own) < len(data) {
			f, err := h.ReadFrame()
			if err != nil {
				return
			}
			switch f := f.(type) {
			case *http2.WindowUpdateFrame:
				if f.StreamID == 0 {
					conn += int(f.Increment)
				} else {
					own += int(f.Increment)
				}
			case *http2.RSTStreamFrame, *http2.GoAwayFrame:
				return
			}
		}
		if h.WriteData(stream, false, data) != nil {
			return
		}
		conn, own = conn-len(data), own-len(data)
	}
}
