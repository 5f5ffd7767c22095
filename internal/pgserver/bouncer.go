//go:build unix

package pgserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// BouncerOptions configure [StartBouncer].
type BouncerOptions struct {
	// PoolSize is the number of connections to the server, for each database. Default: 20.
	PoolSize int

	// Settings go into the section [pgbouncer] of the configuration, over the defaults: pool_mode transaction,
	// auth_type any, 2,000 clients, a second between attempts to reach the server. listen_addr and listen_port can't
	// be set.
	Settings map[string]string

	// Programs is the only directory in which pgbouncer is looked for. Default: as for [Options].
	Programs string
}

// Bouncer is a PgBouncer before a [Server].
type Bouncer struct {
	process *process
	port    int
	dir     string
	stop    sync.Once
	err     error // of stop
}

// StartBouncer starts PgBouncer before the server, on 127.0.0.1 and a free port. It lets everybody in, as the server's
// superuser, to each of its databases. Stop it before the server.
func StartBouncer(ctx context.Context, s *Server, o BouncerOptions) (*Bouncer, error) {
	program, err := findProgram(o.Programs, "pgbouncer")
	if err != nil {
		return nil, err
	}
	account, err := findAccount()
	if err != nil {
		return nil, err
	}
	b := &Bouncer{}
	if b.dir, err = account.tempDir(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for range 5 {
		if err = b.start(ctx, account, program, s.url, o); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		return nil, removing(b.dir, err)
	}
	return b, nil
}

// start starts the program on a free port and waits until it answers. It is asked by a name for a database that nobody
// else knows, so that the answer of a stranger who has the port isn't taken for its own.
func (b *Bouncer) start(ctx context.Context, a account, program string, server url.URL, o BouncerOptions) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	probe := "probe_" + strings.ToLower(rand.Text())
	text, err := bouncerFile(port, probe, server, o)
	if err != nil {
		return err
	}
	file, err := a.write(b.dir, "pgbouncer.ini", text)
	if err != nil {
		return err
	}
	log := &tail{}
	p, err := a.launch(log, b.dir, "KILL", b.dir, program, file)
	if err != nil {
		return err
	}
	if err := awaitReady(ctx, p, port, func() bool { return answers(ctx, port, probe) }); err != nil {
		return fmt.Errorf("%w: pgbouncer's log ends with: %s", err, log)
	}
	b.process, b.port = p, port
	return nil
}

// bouncerFile writes the configuration, see pgbouncer(5).
func bouncerFile(port int, probe string, server url.URL, o BouncerOptions) (string, error) {
	target := bouncerTarget(server)
	settings := map[string]string{
		"auth_type":                 "any",
		"default_pool_size":         "20",
		"ignore_startup_parameters": "extra_float_digits",
		"max_client_conn":           "2000",
		"pool_mode":                 "transaction",
		"server_login_retry":        "1",
		"unix_socket_dir":           "",
	}
	if o.PoolSize > 0 {
		settings["default_pool_size"] = strconv.Itoa(o.PoolSize)
	}
	for name, value := range o.Settings {
		if name == "listen_addr" || name == "listen_port" {
			return "", fmt.Errorf("pgserver: BouncerOptions.Settings[%q] can't be set: it is chosen", name)
		}
		if strings.ContainsAny(name+value, "\n\r\x00") {
			return "", fmt.Errorf("pgserver: BouncerOptions.Settings[%q] holds a line break: a setting is one line", name)
		}
		settings[name] = value
	}
	settings["listen_addr"], settings["listen_port"] = "127.0.0.1", strconv.Itoa(port)
	var out strings.Builder
	fmt.Fprintf(&out, "[databases]\n%s = %s dbname=%s\n* = %s\n\n[pgbouncer]\n",
		probe, target, quoteTarget(strings.TrimPrefix(server.Path, "/")), target)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(&out, "%s = %s\n", name, settings[name])
	}
	return out.String(), nil
}

// bouncerTarget names the server as a line of [databases] does.
func bouncerTarget(server url.URL) string {
	port := server.Port()
	if port == "" {
		port = "5432"
	}
	target := fmt.Sprintf("host=%s port=%s user=%s", quoteTarget(server.Hostname()), port, quoteTarget(server.User.Username()))
	if password, ok := server.User.Password(); ok {
		target += " password=" + quoteTarget(password)
	}
	return target
}

func quoteTarget(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// DSN is the URL by which PgBouncer gives the database: a name, or the URL that [Server.NewDatabase] returned.
func (b *Bouncer) DSN(database string) string {
	if u, err := url.Parse(database); err == nil && u.Scheme != "" {
		database = strings.TrimPrefix(u.Path, "/")
	}
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: loopback(b.port), Path: "/" + database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// Dir is the directory that holds the configuration.
func (b *Bouncer) Dir() string { return b.dir }

// Stop ends PgBouncer at once, which it bears: it has no state. A second Stop does nothing.
func (b *Bouncer) Stop() error {
	b.stop.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopTime)
		defer cancel()
		b.err = removing(b.dir, b.process.kill(ctx))
	})
	return b.err
}
