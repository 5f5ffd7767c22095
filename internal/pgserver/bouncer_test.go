//go:build unix

package pgserver_test

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/pgserver"
)

func bouncer(t *testing.T, s *pgserver.Server, o pgserver.BouncerOptions) *pgserver.Bouncer {
	t.Helper()
	b, err := pgserver.StartBouncer(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Stop(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestBouncer wants transactions of many clients to take turns on few connections: with one, a second client gets the
// backend of the first, which is still there.
func TestBouncer(t *testing.T) {
	t.Parallel()
	s := pgserver.Shared(t)
	dsn := newDatabase(t, s)
	b := bouncer(t, s, pgserver.BouncerOptions{PoolSize: 1})
	psql, err := s.Program("psql")
	if err != nil {
		t.Fatal(err)
	}
	first := exec.CommandContext(t.Context(), psql, "-X", "-q", "-At", b.DSN(dsn))
	in, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := first.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, "SELECT pg_backend_pid();\n"); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if got, want := mustQuery(t, s, b.DSN(dsn), "SELECT pg_backend_pid()"), strings.TrimSpace(line); got != want {
		t.Errorf("backend %s, want that of the first client, %s", got, want)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
	if err := first.Wait(); err != nil {
		t.Error(err)
	}
	name := dsn[strings.LastIndex(dsn, "/")+1 : strings.Index(dsn, "?")]
	if got := mustQuery(t, s, b.DSN(name), "SELECT current_database()"); got != name {
		t.Errorf("database %q, want %q", got, name)
	}
	dir := b.Dir()
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if left := processesIn(t, dir); len(left) != 0 {
		t.Errorf("processes left: %v", left)
	}
}

// TestBouncerOutlivesCrash wants PgBouncer to reach a server again that was killed under it.
func TestBouncerOutlivesCrash(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{})
	b := bouncer(t, s, pgserver.BouncerOptions{Settings: map[string]string{"pool_mode": "session"}})
	mustQuery(t, s, b.DSN("postgres"), "SELECT 1")
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The first answer may still be of the connection that broke.
	_, _ = query(t, s, b.DSN("postgres"), "SELECT 1")
	mustQuery(t, s, b.DSN("postgres"), "SELECT 1")
}

func TestBouncerErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		settings map[string]string
		want     string // in the message
	}{
		"chosen":    {map[string]string{"listen_port": "1"}, `Settings["listen_port"]`},
		"two lines": {map[string]string{"pool_mode": "session\nauth_type = trust"}, "line break"},
		"unknown":   {map[string]string{"pol_mode": "session"}, "pol_mode"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := pgserver.StartBouncer(t.Context(), pgserver.Shared(t), pgserver.BouncerOptions{Settings: tt.settings})
			if err == nil {
				_ = b.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error with %q", err, tt.want)
			}
		})
	}
}
