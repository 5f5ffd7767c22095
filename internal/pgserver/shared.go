//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
)

// URLVariable is the environment variable that names a server for [Shared]: a postgres:// URL of a superuser.
const URLVariable = "WAYGATE_TEST_DATABASE_URL"

// TB is what [Shared] needs of a *testing.T, *testing.B or *testing.F.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// shared is the server of this process. It is a variable because tests in different files can't hand it to one another.
var shared struct {
	mu     sync.Mutex // guards server and err
	server *Server
	err    error
}

// Shared is one server for the whole test process, started by the first call, with default options; a test takes a
// database of its own by [Server.NewDatabase]. [Main] stops it; without Main it ends with the process. Killing it hits
// every test that uses it. Where it can't be had, the test fails at once.
func Shared(tb TB) *Server {
	tb.Helper()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = open(context.Background())
	}
	if shared.err != nil {
		tb.Fatalf("%v", shared.err)
	}
	return shared.server
}

// Main is for TestMain: it runs the tests, stops the shared server and returns the status to exit with, which is 1 if
// the server didn't stop.
func Main(m interface{ Run() int }) int {
	code := m.Run()
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.server == nil {
		return code
	}
	if err := shared.server.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return max(code, 1)
	}
	return code
}

// open starts a server, or uses the one that the environment names.
func open(ctx context.Context) (*Server, error) {
	text := os.Getenv(URLVariable)
	if text == "" {
		return Start(ctx, Options{})
	}
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("pgserver: " + URLVariable + " is no URL: want postgres://user:password@host:port/database")
	}
	if u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Hostname() == "" || u.User.Username() == "" {
		return nil, errors.New("pgserver: " + URLVariable + " lacks its scheme, user or host: want postgres://user:password@host:port/database")
	}
	s := &Server{url: *u, external: true}
	if strings.TrimPrefix(u.Path, "/") == "" {
		s.url.Path = "/postgres"
	}
	return s, s.psql(ctx, "SELECT 1")
}
