package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd" // how it knows its users
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory" // where it keeps things
	"github.com/sirupsen/logrus"
	"golang.org/x/crypto/bcrypt"
)

// registry is the CNCF's registry, as docker pull knows it, in this process.
type registry struct {
	addr   netip.AddrPort
	server *http.Server
	app    *handlers.App
	dir    string

	mu  sync.Mutex
	log []string // the requests that it answered, in order: "GET /v2/ 200"
}

const user = "acme"

// startRegistry serves a registry with one user on a loopback address.
func startRegistry(ctx context.Context, password string) (*registry, error) {
	logrus.SetOutput(io.Discard) // it logs with the logger of the whole process
	dir, err := os.MkdirTemp("", "registry")
	if err != nil {
		return nil, err
	}
	r := &registry{dir: dir}
	if err := r.start(ctx, password); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return r, nil
}

func (r *registry) start(ctx context.Context, password string) error {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		return err
	}
	users := filepath.Join(r.dir, "htpasswd")
	if err := os.WriteFile(users, fmt.Appendf(nil, "%s:%s\n", user, hash), 0o600); err != nil {
		return err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	cfg := &configuration.Configuration{
		Storage: configuration.Storage{
			"inmemory":    nil,
			"delete":      {"enabled": true},
			"maintenance": {"uploadpurging": map[any]any{"enabled": false}},
		},
		Auth:    configuration.Auth{"htpasswd": {"realm": "registry", "path": users}},
		Catalog: configuration.Catalog{MaxEntries: 100},
	}
	cfg.HTTP.Secret = rand.Text()
	r.addr = listener.Addr().(*net.TCPAddr).AddrPort()
	r.app = handlers.NewApp(ctx, cfg)
	r.server = &http.Server{Handler: http.HandlerFunc(r.serve), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = r.server.Serve(listener) }() // ends with close
	return nil
}

func (r *registry) close() {
	_ = r.server.Close()
	_ = r.app.Shutdown()
	_ = os.RemoveAll(r.dir)
}

// serve hands a request on to the registry, and writes the log.
func (r *registry) serve(w http.ResponseWriter, req *http.Request) {
	logged := &loggedWriter{ResponseWriter: w, registry: r, request: req.Method + " " + req.URL.RequestURI()}
	r.app.ServeHTTP(logged, req)
	logged.begin(http.StatusOK) // if it has answered nothing, that is what net/http says
}

// loggedWriter writes the log before the answer, so that whoever has the answer
// finds it there.
type loggedWriter struct {
	http.ResponseWriter
	registry *registry
	request  string
	begun    bool
}

func (w *loggedWriter) begin(status int) {
	if w.begun {
		return
	}
	w.begun = true
	w.registry.mu.Lock()
	defer w.registry.mu.Unlock()
	w.registry.log = append(w.registry.log, fmt.Sprint(w.request, " ", status))
}

func (w *loggedWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *loggedWriter) Write(p []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(p)
}
