package loopback_test

import (
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/e2e/loopback"
)

func start(t *testing.T, o loopback.Options) *loopback.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "here") })
	mux.HandleFunc("/end", func(w http.ResponseWriter, _ *http.Request) { loopback.Cut(w, false) })
	mux.HandleFunc("/reset", func(w http.ResponseWriter, _ *http.Request) { loopback.Cut(w, true) })
	s, err := loopback.Start(mux, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func get(c *http.Client, url string) error {
	resp, err := c.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.ReadAll(resp.Body)
	return err
}

func TestServer(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]loopback.Options{"http": {}, "https": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, o)
			client := s.Client()
			url := s.URL()
			if err := get(client, url); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.Leave(), s.Leave()); err != nil {
				t.Fatal(err)
			}
			if err := get(client, url); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("away: %v, want a refused connection", err)
			}
			if err := errors.Join(s.Return(), s.Return()); err != nil {
				t.Fatal(err)
			}
			if err := get(client, url); err != nil || s.URL() != url {
				t.Errorf("back at %s, was %s: %v", s.URL(), url, err)
			}
			if err := get(client, url+"/end"); !errors.Is(err, io.EOF) {
				t.Errorf("cut: %v, want the end", err)
			}
			if err := get(client, url+"/reset"); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("cut: %v, want a reset", err)
			}
			s.Close()
			if err := s.Return(); err == nil {
				t.Error("a closed server came back")
			}
		})
	}
}

// TestPolicy: what Policy says is all that the guarded transport needs, and it needs that.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]loopback.Options{"http": {}, "https": {TLS: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, o)
			for _, tt := range []struct {
				policy egress.Policy
				denied bool
			}{{s.Policy(), false}, {egress.Policy{}, true}} {
				transport, err := egress.New(tt.policy)
				if err != nil {
					t.Fatal(err)
				}
				err = get(&http.Client{Transport: transport}, s.URL())
				if errors.Is(err, egress.ErrDenied) != tt.denied || (err != nil) != tt.denied {
					t.Errorf("error %v, want one: %t", err, tt.denied)
				}
			}
			if pool := x509.NewCertPool(); o.TLS != pool.AppendCertsFromPEM(s.RootPEM()) {
				t.Errorf("root %q", s.RootPEM())
			}
		})
	}
}
