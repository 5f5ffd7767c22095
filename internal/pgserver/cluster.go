//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// makeCluster runs initdb, unless there is a cluster already. It tries with ICU's root collation first, which needs
// version 15 and a build with ICU.
func (s *Server) makeCluster(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.data, "PG_VERSION")); err == nil {
		return nil
	}
	err := s.initdb(ctx, "--locale-provider=icu", "--icu-locale=und")
	if err != nil && ctx.Err() == nil {
		err = s.initdb(ctx)
	}
	return err
}

// initdb runs below a watchdog as the server does: it ends with this process, and s.temp goes. Who dies in the
// milliseconds before it or after it leaves the directory behind.
func (s *Server) initdb(ctx context.Context, more ...string) error {
	args := append([]string{filepath.Join(s.programs, "initdb"), "-D", s.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
		"--locale=C", "--no-sync"}, more...)
	said := &tail{}
	p, err := s.account.launch(said, filepath.Dir(s.data), "TERM", s.temp, args...)
	if err != nil {
		return err
	}
	if err := p.wait(ctx); err != nil {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		return errors.Join(fmt.Errorf("pgserver: initdb: %w", ctx.Err()), p.kill(stop))
	}
	if p.left != nil {
		return fmt.Errorf("pgserver: initdb: %w: %s", p.left, said)
	}
	return nil
}

// arguments gives the settings, over the defaults, as arguments of postgres.
func arguments(settings map[string]string) ([]string, error) {
	all := map[string]string{
		"fsync":                   "off",
		"max_connections":         "200",
		"unix_socket_directories": "",
	}
	for name, value := range settings {
		if name == "port" || name == "listen_addresses" {
			return nil, fmt.Errorf("pgserver: Options.Settings[%q] can't be set: it is chosen", name)
		}
		all[name] = value
	}
	all["listen_addresses"] = "127.0.0.1"
	var args []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		args = append(args, "-c", name+"="+all[name])
	}
	return args, nil
}
