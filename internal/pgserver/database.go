//go:build unix

package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
)

// NewDatabase makes an empty database with a name of its own and returns its URL.
func (s *Server) NewDatabase(ctx context.Context) (string, error) {
	name := "waygate_" + strings.ToLower(rand.Text())
	if err := s.psql(ctx, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.external {
		s.databases = append(s.databases, name)
	}
	u := s.url
	u.Path = "/" + name
	return u.String(), nil
}

// dropDatabases drops what NewDatabase made, with clients connected or not.
func (s *Server) dropDatabases(ctx context.Context) error {
	var errs []error
	for _, name := range s.databases {
		errs = append(errs, s.psql(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"))
	}
	s.databases = nil
	return errors.Join(errs...)
}

// psql runs one statement. The URL goes by the environment, where other users don't see its password.
func (s *Server) psql(ctx context.Context, statement string) error {
	psql, err := s.Program("psql")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement)
	cmd.Env = append(environment(), connection(s.url)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgserver: %s: %w: %s", statement, errors.Join(err, ctx.Err()), strings.TrimSpace(string(out)))
	}
	return nil
}

// connection gives a URL as the environment variables that libpq reads.
func connection(u url.URL) []string {
	password, _ := u.User.Password()
	env := []string{"PGCONNECT_TIMEOUT=10"}
	add := func(name, value string) {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	add("PGHOST", u.Hostname())
	add("PGPORT", u.Port())
	add("PGUSER", u.User.Username())
	add("PGPASSWORD", password)
	add("PGDATABASE", strings.TrimPrefix(u.Path, "/"))
	add("PGSSLMODE", u.Query().Get("sslmode"))
	add("PGSSLROOTCERT", u.Query().Get("sslrootcert"))
	return env
}
