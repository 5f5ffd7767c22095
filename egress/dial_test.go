package egress_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/egress"
)

// tried is one attempt of a dialer that never connects: what was dialled and how long it was given.
type tried struct {
	Address string
	Given   time.Duration
}

func TestAddressesShareTheDeadline(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		addrs   []string
		timeout time.Duration
		want    []tried
	}{
		{
			"interleaved, each with its share",
			[]string{"2606:4700::1", "2606:4700::2", "2606:4700::3", "8.8.8.8", "::ffff:1.1.1.1"}, 20 * time.Second,
			[]tried{
				{"[2606:4700::1]:443", 4 * time.Second}, {"8.8.8.8:443", 4 * time.Second},
				{"[2606:4700::2]:443", 4 * time.Second}, {"1.1.1.1:443", 4 * time.Second},
				{"[2606:4700::3]:443", 4 * time.Second},
			},
		},
		{
			"no share below two seconds",
			[]string{"8.8.8.1", "8.8.8.2", "8.8.8.3", "8.8.8.4"}, 5 * time.Second,
			[]tried{{"8.8.8.1:443", 2 * time.Second}, {"8.8.8.2:443", 2 * time.Second}, {"8.8.8.3:443", time.Second}},
		},
		{"one has it all", []string{"8.8.8.8"}, 10 * time.Second, []tried{{"8.8.8.8:443", 10 * time.Second}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var got []tried
				tr := mustNew(t, egress.Policy{
					DialTimeout: tc.timeout,
					Resolver:    resolving(map[string][]string{"example.com": tc.addrs}),
					Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
						start := time.Now()
						<-ctx.Done()
						got = append(got, tried{address, time.Since(start)})
						return nil, ctx.Err()
					},
				})
				_, err := get(t, tr, "https://example.com/")
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("attempts (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestSecondAddressServes(t *testing.T) {
	t.Parallel()
	addr, roots := tlsServer(t, http.HandlerFunc(echoProto), true)
	w := &wire{to: addr}
	tr := mustNew(t, egress.Policy{
		RootCAs:  roots,
		Resolver: resolving(map[string][]string{"example.com": {"2606:4700::1", "8.8.8.8"}}),
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if strings.HasPrefix(address, "[") {
				return nil, errors.New("no route")
			}
			return w.dial(ctx, network, address)
		},
	})
	if _, err := get(t, tr, "https://example.com/"); err != nil {
		t.Error(err)
	}
}

// failing is a resolver with one answer and one error.
type failing struct {
	addrs []netip.Addr
	err   error
}

func (f failing) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return f.addrs, f.err
}

func TestResolverFailures(t *testing.T) {
	t.Parallel()
	down := errors.New("resolver is down")
	var dns *net.DNSError
	for name, tc := range map[string]struct {
		resolver egress.Resolver
		fits     func(error) bool
	}{
		"error":        {failing{err: down}, func(err error) bool { return errors.Is(err, down) }},
		"nothing":      {failing{}, func(err error) bool { return errors.As(err, &dns) && dns.IsNotFound }},
		"zero address": {failing{addrs: []netip.Addr{{}}}, func(err error) bool { return errors.Is(err, egress.ErrDenied) }},
	} {
		if _, err := get(t, mustNew(t, egress.Policy{Resolver: tc.resolver}), "https://example.com/"); !tc.fits(err) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDialThatGivesNothing(t *testing.T) {
	t.Parallel()
	tr := mustNew(t, egress.Policy{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, nil }})
	if _, err := get(t, tr, "https://8.8.8.8/"); err == nil {
		t.Error("no connection and no error, and yet an answer")
	}
}

// Link-local addresses mean nothing without their zone; on others a zone is noise from outside.
func TestZones(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"https://[fe80::1%25eth0]/":         "[fe80::1%eth0]:443",
		"https://[2606:4700::1111%25eth0]/": "[2606:4700::1111]:443",
		"https://[::ffff:8.8.8.8]/":         "8.8.8.8:443",
	} {
		w := &wire{to: "127.0.0.1:1"}
		tr := mustNew(t, egress.Policy{Allow: prefixes("fe80::/10"), Dial: w.dial})
		_, _ = get(t, tr, raw)
		if diff := cmp.Diff([]string{want}, w.dialled()); diff != "" {
			t.Errorf("%s dialled (-want +got):\n%s", raw, diff)
		}
	}
}

// The bubble fails if a goroutine is left when its test returns.
func TestNoGoroutineStays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		conns := make(chan net.Conn)
		listener := &pipeListener{conns: conns, closed: make(chan struct{})}
		server := &http.Server{Handler: http.HandlerFunc(echoProto)}
		go func() { _ = server.Serve(listener) }()
		tr, err := egress.New(egress.Policy{
			AllowHTTP: true,
			Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				select {
				case conns <- theirs:
					return ours, nil
				case <-ctx.Done():
					return nil, ctx.Err()
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			resp, err := egress.FollowRedirects(tr).RoundTrip(newGet(t, "http://8.8.8.8/"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil {
				t.Fatal(err)
			}
			egress.Drain(resp.Body)
		}
		tr.CloseIdleConnections()
		_ = server.Close()
	})
}

func newGet(t testing.TB, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// pipeListener hands a server its ends of pipes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.closed:
	default:
		close(l.closed)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
