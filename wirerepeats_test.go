package waygate_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/waygate-go/waygate"
)

// flaky speaks HTTP/1.1 by hand: it answers the first request of a connection and
// reads the second, but closes the connection in place of an answer to that.
type flaky struct {
	net.Listener
	mu   sync.Mutex
	seen []string // methods, in order
	lose int      // how many connections lose their second answer
}

func newFlaky(t *testing.T, lose int) *flaky {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	f := &flaky{Listener: l, lose: lose}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { f.serve(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); running.Wait() })
	return f
}

func (f *flaky) serve(c net.Conn) {
	defer func() { _ = c.Close() }()
	r := bufio.NewReader(c)
	for n := 1; ; n++ {
		req, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, req.Body)
		f.mu.Lock()
		f.seen = append(f.seen, req.Method)
		lost := n > 1 && f.lose > 0
		if lost {
			f.lose--
		}
		f.mu.Unlock()
		if lost {
			return
		}
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"); err != nil {
			return
		}
	}
}

func (f *flaky) methods() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.seen, " ")
}

// repeating has an action for each way of asking.
func repeating(base string) waygate.Integration {
	in := api(get("get"), waygate.HTTPAction{ID: "post", Method: "POST", Path: "/x"},
		waygate.HTTPAction{ID: "put", Method: "PUT", Path: "/x"},
		waygate.HTTPAction{ID: "keyed", Method: "POST", Path: "/x", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"}},
		waygate.HTTPAction{ID: "stream", Method: "GET", Path: "/x", Response: "stream"})
	in.BaseURL = base
	return in
}

// TestRepeatsOfNetHTTP has a server close a connection in place of its second
// answer. What net/http repeats by itself is counted; what it may not is not
// repeated by it.
func TestRepeatsOfNetHTTP(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		action            string
		in                any
		opts              []waygate.Option
		seen              string
		attempts, repeats int // records, and repeats in all of them
		kind              waygate.Kind
	}{
		"GET":              {"get", nil, nil, "GET GET GET", 1, 1, ""},
		"streamed GET":     {"stream", nil, nil, "GET GET GET", 1, 1, ""},
		"POST":             {"post", map[string]any{"a": 1}, nil, "GET POST", 1, 0, waygate.KindNetwork},
		"POST of nothing":  {"post", nil, nil, "GET POST", 1, 0, waygate.KindNetwork},
		"POST without key": {"keyed", nil, nil, "GET POST", 1, 0, waygate.KindNetwork},
		"POST with key":    {"keyed", map[string]any{"a": 1}, []waygate.Option{waygate.IdempotencyKey("k")}, "GET POST POST", 2, 0, ""},
		"PUT":              {"put", map[string]any{"a": 1}, nil, "GET PUT PUT", 2, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFlaky(t, 1)
			base := "http://" + f.Addr().String()
			gw := open(t, base)
			must(t, gw.Register(t.Context(), repeating(base)))
			acme := connect(t, gw, "acme", "api", pat)
			_, err := acme.Invoke(t.Context(), "api.get", nil)
			must(t, err)
			res, err := acme.Invoke(t.Context(), "api."+c.action, c.in, c.opts...)
			wire := 0
			if c.kind == "" {
				must(t, err)
				if wire = res.Meta.Attempts; res.Stream() != nil {
					must(t, res.Stream().Close())
				}
			} else {
				wire = failure(t, err, c.kind).Attempts
			}
			rec := recordsOf(t, acme)[0]
			repeats := 0
			for _, a := range rec.Attempts {
				repeats += a.Repeats
			}
			if f.methods() != c.seen || len(rec.Attempts) != c.attempts || repeats != c.repeats || wire != c.attempts+c.repeats {
				t.Errorf("the server read %s; %d attempts, %d repeats, %d on the wire: %+v", f.methods(), len(rec.Attempts), repeats, wire, rec.Attempts)
			}
			if !rec.Attempts[0].Reused && c.repeats == 0 {
				t.Error("the connection was not reused: this shows nothing")
			}
		})
	}
	t.Run("in an error", func(t *testing.T) {
		t.Parallel()
		f := newFlaky(t, 1)
		base := "http://" + f.Addr().String()
		gw := open(t, base)
		in := repeating(base)
		must(t, gw.Register(t.Context(), in))
		acme := connect(t, gw, "acme", "api", pat)
		_, err := acme.Invoke(t.Context(), "api.get", nil)
		must(t, err)
		f.mu.Lock()
		f.lose = 1
		f.mu.Unlock()
		_ = f.Listener.Close() // so that the repeat finds nobody
		_, err = acme.Invoke(t.Context(), "api.get", nil)
		e := failure(t, err, waygate.KindNetwork)
		if rec := recordsOf(t, acme)[0]; len(rec.Attempts) != 3 || e.Attempts < 3 {
			t.Errorf("%d attempts in the error, records %+v", e.Attempts, rec.Attempts)
		}
	})
}

// refusing speaks HTTP/2 by hand: it refuses the first streams, or says that it
// goes away without having looked at them.
type refusing struct {
	net.Listener
	mu     sync.Mutex
	goAway bool
	left   int      // streams to refuse
	seen   []string // methods
}

func newRefusing(t *testing.T, ca *identity, goAway bool, left int) *refusing {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	f := &refusing{Listener: tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{identityOf(t, "server", ca).presented}, NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12}), goAway: goAway, left: left}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := f.Accept()
			if err != nil {
				return
			}
			running.Go(func() { defer func() { _ = c.Close() }(); _ = f.serve(c) })
		}
	})
	t.Cleanup(func() { _ = f.Close(); running.Wait() })
	return f
}

func (f *refusing) serve(c net.Conn) error {
	if _, err := io.ReadFull(c, make([]byte, len(http2.ClientPreface))); err != nil {
		return err
	}
	framer := http2.NewFramer(c, c)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	if err := framer.WriteSettings(); err != nil {
		return err
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return err
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				err = framer.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !frame.IsAck() {
				err = framer.WritePing(true, frame.Data)
			}
		case *http2.MetaHeadersFrame:
			err = f.answer(framer, frame)
		}
		if err != nil {
			return err
		}
	}
}

func (f *refusing) answer(framer *http2.Framer, h *http2.MetaHeadersFrame) error {
	f.mu.Lock()
	f.seen = append(f.seen, h.PseudoValue("method"))
	refused := f.left > 0
	f.left--
	f.mu.Unlock()
	switch {
	case refused && f.goAway:
		return errors.Join(framer.WriteGoAway(0, http2.ErrCodeNo, nil), io.EOF)
	case refused:
		return framer.WriteRSTStream(h.StreamID, http2.ErrCodeRefusedStream)
	}
	var block strings.Builder
	enc := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{{Name: ":status", Value: "200"}, {Name: "content-type", Value: "application/json"}} {
		if err := enc.WriteField(field); err != nil {
			return err
		}
	}
	err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: h.StreamID, BlockFragment: []byte(block.String()), EndHeaders: true})
	return errors.Join(err, framer.WriteData(h.StreamID, true, []byte("{}")))
}

// TestRepeatsOfHTTP2 refuses streams. net/http repeats what has no body, which is
// counted; a body it isn't given a second time.
func TestRepeatsOfHTTP2(t *testing.T) {
	t.Parallel()
	ca := identityOf(t, "authority", nil)
	for name, goAway := range map[string]bool{"refused stream": false, "going away": true} {
		for _, action := range []string{"get", "post"} {
			t.Run(name+"/"+action, func(t *testing.T) {
				t.Parallel()
				f := newRefusing(t, ca, goAway, 1)
				base := "https://" + f.Addr().String()
				gw := open(t, base, func(c *waygate.Config) {
					c.Egress.RootCAs = x509.NewCertPool()
					c.Egress.RootCAs.AddCert(ca.cert)
				})
				must(t, gw.Register(t.Context(), repeating(base)))
				acme := connect(t, gw, "acme", "api", pat)
				var in any
				if action == "post" {
					in = map[string]any{"a": 1}
				}
				res, err := acme.Invoke(t.Context(), "api."+action, in)
				rec := recordsOf(t, acme)[0]
				if action == "post" {
					if e := failure(t, err, waygate.KindNetwork); len(f.seen) != 1 || e.Attempts != 1 || rec.Attempts[0].Repeats != 0 {
						t.Errorf("the server read %q; %+v", f.seen, rec.Attempts)
					}
					return
				}
				if must(t, err); len(f.seen) != 2 || res.Meta.Attempts != 2 || len(rec.Attempts) != 1 || rec.Attempts[0].Repeats != 1 {
					t.Errorf("the server read %q; %d on the wire, %+v", f.seen, res.Meta.Attempts, rec.Attempts)
				}
			})
		}
	}
}
