//go:build unix

package pgserver_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/waygate-go/waygate/internal/pgserver"
)

func TestShared(t *testing.T) {
	t.Parallel()
	if first, second := pgserver.Shared(t), pgserver.Shared(t); first != second {
		t.Error("two servers")
	}
}

// TestExternal runs TestGuest in a process that has the URL of a server.
func TestExternal(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{})
	mustQuery(t, s, s.DSN(), "CREATE ROLE guest LOGIN SUPERUSER PASSWORD 'se cret'")
	tests := map[string]struct{ url, want string }{
		"a server":  {strings.Replace(s.DSN(), "postgres@", "guest:se%20cret@", 1), "PASS"},
		"no scheme": {"host=127.0.0.1", "lacks its scheme"},
		"no URL":    {"postgres://guest:se%20cret@%zz", "is no URL"},
		"no server": {"postgres://guest:secret@127.0.0.1:1/postgres", "SELECT 1"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestGuest$", "-test.v")
			cmd.Env = append(os.Environ(), pgserver.URLVariable+"="+tt.url, "PGSERVER_TEST_GUEST=1")
			out, err := cmd.CombinedOutput()
			if (err == nil) != (tt.want == "PASS") || !strings.Contains(string(out), tt.want) || strings.Contains(string(out), "secret") {
				t.Errorf("%v, want %q:\n%s", err, tt.want, out)
			}
		})
	}
	if left := mustQuery(t, s, s.DSN(), "SELECT count(*) FROM pg_database WHERE datname LIKE 'waygate%'"); left != "0" {
		t.Errorf("%s databases left", left)
	}
}

// TestGuest uses the server that the environment names; for anybody but TestExternal it does nothing.
func TestGuest(t *testing.T) {
	if os.Getenv("PGSERVER_TEST_GUEST") == "" {
		return
	}
	s := pgserver.Shared(t)
	if got := mustQuery(t, s, newDatabase(t, s), "SELECT current_user"); got != "guest" {
		t.Errorf("user %q, want the one of the URL", got)
	}
	for method, err := range map[string]error{"Kill": s.Kill(), "Restart": s.Restart(t.Context())} {
		if err != pgserver.ErrExternal {
			t.Errorf("%s: %v", method, err)
		}
	}
	b := bouncer(t, s, pgserver.BouncerOptions{})
	if got := mustQuery(t, s, b.DSN("postgres"), "SELECT current_user"); got != "guest" {
		t.Errorf("user behind PgBouncer: %q", got)
	}
}
