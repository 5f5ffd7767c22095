//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

func (s *Server) initdb(ctx context.Context, more ...string) error {
	args := append([]string{"-D", s.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"}, more...)
	cmd := exec.CommandContext(ctx, filepath.Join(s.programs, "initdb"), args...)
	cmd.Dir, cmd.Env = filepath.Dir(s.data), environment()
	s.account.apply(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgserver: initdb: %w: %s", errors.Join(err, ctx.Err()), strings.TrimSpace(string(out)))
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
