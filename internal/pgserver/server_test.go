//go:build unix

package pgserver_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/pgserver"
)

// start starts a server of the test's own.
func start(t *testing.T, o pgserver.Options) *pgserver.Server {
	t.Helper()
	began := time.Now()
	s, err := pgserver.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("started in %v", time.Since(began).Round(time.Millisecond))
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// query runs a statement by psql, which gives what it prints and whether it went well.
func query(t *testing.T, s *pgserver.Server, dsn, statement string) (string, error) {
	t.Helper()
	psql, err := s.Program("psql")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, psql, "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-c", statement, dsn).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func mustQuery(t *testing.T, s *pgserver.Server, dsn, statement string) string {
	t.Helper()
	out, err := query(t, s, dsn, statement)
	if err != nil {
		t.Fatalf("%s: %v: %s", statement, err, out)
	}
	return out
}

func newDatabase(t *testing.T, s *pgserver.Server) string {
	t.Helper()
	dsn, err := s.NewDatabase(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dsn
}

// processesIn lists the processes whose working directory lies in dir: all that a server in it consists of.
func processesIn(t *testing.T, dir string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			if err != nil {
				t.Fatal(err)
			}
			pids = append(pids, pid)
		}
	}
	return pids
}

// serversIn lists those of them that are PostgreSQL's.
func serversIn(t *testing.T, dir string) []int {
	t.Helper()
	return slices.DeleteFunc(processesIn(t, dir), func(pid int) bool {
		name, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
		return err != nil || strings.TrimSpace(string(name)) != "postgres"
	})
}

func TestServer(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{Settings: map[string]string{"work_mem": "7MB", "application_name": "it's me"}})
	first, second := newDatabase(t, s), newDatabase(t, s)
	mustQuery(t, s, first, "CREATE TABLE note (text text)")
	mustQuery(t, s, second, "CREATE TABLE note (text text)")

	got := map[string]string{}
	for _, name := range []string{"work_mem", "application_name", "fsync", "listen_addresses", "unix_socket_directories", "server_encoding"} {
		got[name] = mustQuery(t, s, s.DSN(), "SELECT current_setting('"+name+"')")
	}
	got["superuser"] = mustQuery(t, s, s.DSN(), "SELECT usesuper FROM pg_user WHERE usename = current_user")
	got["database"] = mustQuery(t, s, s.DSN(), "SELECT current_database()")
	got["own order"] = mustQuery(t, s, first, "SELECT 'a' < 'B'")
	got["order of bytes"] = mustQuery(t, s, first, `SELECT 'a' COLLATE "C" < 'B'`)
	want := map[string]string{
		"work_mem": "7MB", "application_name": "psql", "fsync": "off", "listen_addresses": "127.0.0.1",
		"unix_socket_directories": "", "server_encoding": "UTF8", "superuser": "t", "database": "postgres",
		"own order": "t", "order of bytes": "f",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("server (-want +got):\n%s", diff)
	}

	dir := s.Dir()
	if len(processesIn(t, dir)) < 3 {
		t.Errorf("processes in %s: %v, want the shell, the postmaster and its children", dir, processesIn(t, dir))
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if left := processesIn(t, dir); len(left) != 0 {
		t.Errorf("processes left: %v", left)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the temporary directory: %v, want it gone", err)
	}
	if err := s.Kill(); !errors.Is(err, pgserver.ErrStopped) {
		t.Errorf("Kill after Stop: %v", err)
	}
	if err := s.Restart(t.Context()); !errors.Is(err, pgserver.ErrStopped) {
		t.Errorf("Restart after Stop: %v", err)
	}
}

// TestKillAndRestart crashes a server in the middle of a transaction, which is so busy that it wouldn't notice the
// postmaster's end: what was committed is there afterwards, at the same address, and nothing else is.
func TestKillAndRestart(t *testing.T) {
	t.Parallel()
	s := start(t, pgserver.Options{Settings: map[string]string{"fsync": "on"}})
	dsn := newDatabase(t, s)
	mustQuery(t, s, dsn, "CREATE TABLE note (text text); INSERT INTO note VALUES ('committed')")

	open := make(chan error, 1)
	go func() {
		_, err := query(t, s, dsn, "BEGIN; INSERT INTO note VALUES ('open'); DO 'BEGIN LOOP END LOOP; END'; COMMIT")
		open <- err
	}()
	for mustQuery(t, s, s.DSN(), "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%LOOP END%'") != "2" {
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if left := serversIn(t, s.Dir()); len(left) != 0 {
		t.Errorf("processes left by Kill: %v", left)
	}
	if err := <-open; err == nil {
		t.Error("the open transaction saw no crash")
	}
	if out, err := query(t, s, dsn, "SELECT 1"); err == nil {
		t.Errorf("a killed server answers %q", out)
	}
	if err := s.Kill(); err != nil {
		t.Errorf("a second Kill: %v", err)
	}
	for _, how := range []string{"killed", "running"} {
		if err := s.Restart(t.Context()); err != nil {
			t.Fatalf("Restart while %s: %v", how, err)
		}
		if got := mustQuery(t, s, dsn, "SELECT string_agg(text, ',') FROM note"); got != "committed" {
			t.Errorf("rows after Restart while %s: %q", how, got)
		}
	}
}

func TestDirStays(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "pgserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	first := start(t, pgserver.Options{Dir: dir})
	dsn := newDatabase(t, first)
	mustQuery(t, first, dsn, "CREATE TABLE note (text text)")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, pgserver.Options{Dir: dir})
	u, err := url.Parse(second.DSN())
	if err != nil {
		t.Fatal(err)
	}
	old, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = old.Path
	if got := mustQuery(t, second, u.String(), "SELECT count(*) FROM note"); got != "0" {
		t.Errorf("count: %q", got)
	}
}

func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	var dsns [2]string
	var wg sync.WaitGroup
	for i := range dsns {
		wg.Go(func() {
			s, err := pgserver.Start(t.Context(), pgserver.Options{})
			if err != nil {
				t.Error(err)
				return
			}
			dsns[i] = s.DSN()
			mustQuery(t, s, s.DSN(), "SELECT 1")
			if err := s.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if dsns[0] == dsns[1] {
		t.Errorf("both at %s", dsns[0])
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx     context.Context
		options pgserver.Options
		want    string // in the message
	}{
		"no programs":     {t.Context(), pgserver.Options{Programs: t.TempDir()}, "package postgresql "},
		"unknown setting": {t.Context(), pgserver.Options{Settings: map[string]string{"wrk_mem": "1"}}, `"wrk_mem"`},
		"chosen setting":  {t.Context(), pgserver.Options{Settings: map[string]string{"port": "1"}}, `Settings["port"]`},
		"ended ctx":       {ended, pgserver.Options{}, "canceled"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := pgserver.Start(tt.ctx, tt.options)
			if err == nil {
				_ = s.Stop()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an error with %q", err, tt.want)
			}
		})
	}
}

// TestMissingProgram wants the error to name the Debian package of what isn't there.
func TestMissingProgram(t *testing.T) {
	t.Parallel()
	s := pgserver.Shared(t)
	empty := t.TempDir()
	_, noServer := pgserver.Start(t.Context(), pgserver.Options{Programs: empty})
	_, noBouncer := pgserver.StartBouncer(t.Context(), s, pgserver.BouncerOptions{Programs: empty})
	_, noProgram := s.Program("pg_nowhere")
	for want, err := range map[string]error{
		"initdb of postgresql": noServer, "pgbouncer of pgbouncer": noBouncer, "pg_nowhere of postgresql": noProgram,
	} {
		missing, ok := errors.AsType[*pgserver.MissingError](err)
		if !ok {
			t.Errorf("%v, want a MissingError", err)
		} else if got := missing.Program + " of " + missing.Package; got != want {
			t.Errorf("missing %s, want %s", got, want)
		}
	}
}

// TestOwnerDies kills a test process, of which this is the code too, that has started a server, PgBouncer and a server
// that is down: all end and their directories go.
func TestOwnerDies(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOwner$")
	cmd.Env = append(os.Environ(), "PGSERVER_TEST_OWNER=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var buf [4096]byte
	n, err := out.Read(buf[:])
	if err != nil {
		t.Fatal(err)
	}
	dirs := strings.Fields(string(buf[:n]))
	if len(dirs) != 3 {
		t.Fatalf("the process says %q, want three directories", buf[:n])
	}
	for _, dir := range dirs {
		if len(processesIn(t, dir)) == 0 {
			t.Errorf("no process in %s", dir)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	goes(t, dirs...)
}

// goes waits until directories are gone, and whoever ran there.
func goes(t *testing.T, dirs ...string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for _, dir := range dirs {
		for {
			left := processesIn(t, dir)
			_, err := os.Stat(dir)
			if len(left) == 0 && errors.Is(err, os.ErrNotExist) {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("left in %s: processes %v, directory: %v", dir, left, err)
			}
			time.Sleep(20 * time.Millisecond) // another process's time can't be faked
		}
	}
}

// TestOwnerDiesEarly kills such a process while its cluster is being made.
func TestOwnerDiesEarly(t *testing.T) {
	t.Parallel()
	temp, err := os.MkdirTemp("", "pgserver-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(temp) })
	if err := os.Chmod(temp, 0o777); err != nil { // for the other user, where we are root
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOwner$")
	cmd.Env = append(os.Environ(), "PGSERVER_TEST_OWNER=1", "TMPDIR="+temp)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var begun []string
	for deadline := time.Now().Add(30 * time.Second); len(begun) == 0; time.Sleep(time.Millisecond) {
		if begun, err = filepath.Glob(filepath.Join(temp, "*", "data", "base")); err != nil || time.Now().After(deadline) {
			t.Fatalf("no cluster begun in %s: %v", temp, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	goes(t, filepath.Dir(filepath.Dir(begun[0])))
}

// TestOwner is the process that TestOwnerDies kills; for anybody else it does nothing.
func TestOwner(t *testing.T) {
	if os.Getenv("PGSERVER_TEST_OWNER") == "" {
		return
	}
	s, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := pgserver.StartBouncer(t.Context(), s, pgserver.BouncerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	down, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := down.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stdout.WriteString(s.Dir() + " " + b.Dir() + " " + down.Dir() + "\n"); err != nil {
		t.Fatal(err)
	}
	select {}
}
