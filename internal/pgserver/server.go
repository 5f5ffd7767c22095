//go:build unix

package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options configure [Start]. The zero value is a server for ordinary tests.
type Options struct {
	// Dir holds the cluster; it is made if need be, and a cluster that is in it already is started as it is. It is
	// the caller's: Stop leaves it. Default: a temporary directory that Stop removes.
	Dir string

	// Settings are those of postgresql.conf, over our defaults: fsync off, 200 connections, no Unix socket. A crash of
	// the server loses nothing with fsync off, one of the machine does. listen_addresses and port can't be set.
	Settings map[string]string

	// Programs is the only directory in which initdb, postgres and psql are looked for. Default: PATH, what pg_config
	// says, and the newest of /usr/lib/postgresql.
	Programs string

	// Log receives what the server logs. Default: nothing, but an error of Start ends with the last lines.
	Log io.Writer
}

// Server is a PostgreSQL server. Its methods may be called at once.
type Server struct {
	options  Options
	programs string   // the directory of initdb and postgres
	settings []string // arguments of postgres
	account  account
	data     string // the cluster's directory
	temp     string // removed by Stop, if set
	port     int
	url      url.URL
	external bool
	log      *tail

	mu        sync.Mutex // guards what follows, and starting and stopping
	process   *process   // nil after Stop and Kill
	keeper    *process   // in its place after Kill: removes temp if we die meanwhile
	stopped   bool
	databases []string // made on a server that isn't ours, dropped by Stop
}

const (
	startTime = time.Minute      // the longest that a server may take to start, where ctx has no earlier end
	stopTime  = 30 * time.Second // and to stop
)

// Start makes a cluster and starts it: in UTF-8, with ICU's root collation where the version has it, so that text
// isn't in byte order unless the query says so. ctx and a minute bound the start, not the server's life. A program that
// isn't there is a [*MissingError].
func Start(ctx context.Context, o Options) (*Server, error) {
	programs, err := serverDir(o.Programs)
	if err != nil {
		return nil, err
	}
	settings, err := arguments(o.Settings)
	if err != nil {
		return nil, err
	}
	account, err := findAccount()
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, programs: programs, settings: settings, account: account, log: &tail{next: o.Log}}
	if s.temp, err = s.makeDir(o.Dir); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.makeCluster(ctx); err != nil {
		return nil, removing(s.temp, err)
	}
	if err := s.startAnywhere(ctx); err != nil {
		return nil, removing(s.temp, err)
	}
	return s, nil
}

// makeDir sets s.data; the directory it returns is to be removed in the end.
func (s *Server) makeDir(dir string) (temp string, err error) {
	if dir == "" {
		if temp, err = s.account.tempDir(); err != nil {
			return "", err
		}
		dir = temp
	} else if err := s.account.prepare(dir); err != nil {
		return "", fmt.Errorf("%w: choose for Options.Dir a directory that everybody may enter", err)
	}
	dir, err = filepath.Abs(dir)
	s.data = filepath.Join(dir, "data")
	return temp, err
}

// DSN is the URL of the database "postgres" for a superuser.
func (s *Server) DSN() string { return s.url.String() }

// Dir is the directory that holds the cluster, "" for a server that isn't ours.
func (s *Server) Dir() string {
	if s.external {
		return ""
	}
	return filepath.Dir(s.data)
}

// Program finds a program of the server's version, such as pg_dump, or else one in PATH. One that isn't there is a
// [*MissingError].
func (s *Server) Program(name string) (string, error) {
	if !s.external {
		if path, ok := executable(s.programs, name); ok {
			return path, nil
		}
	}
	return findProgram(s.options.Programs, name)
}

// Stop ends the server: open transactions are rolled back, clients are disconnected, and what Start made is removed.
// On a server that isn't ours it drops the databases that NewDatabase made. A second Stop does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if s.external {
		return s.dropDatabases(ctx)
	}
	return removing(s.temp, s.halt(ctx))
}

// Kill ends the server as a crash would: SIGKILL to the postmaster and all of its children. It returns when they are
// gone. A server that doesn't run is left alone.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil || s.process == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	if err := s.process.kill(ctx); err != nil {
		return err
	}
	s.process = nil
	if s.temp == "" {
		return nil
	}
	var err error
	s.keeper, err = s.account.launch(s.log, s.data, "KILL", s.temp, "/bin/sleep", "1000000000")
	return err
}

// Restart starts a killed server on the same port and data and returns when it answers, recovered. One that runs is
// stopped first.
func (s *Server) Restart(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return err
	}
	if err := s.halt(ctx); err != nil {
		return err
	}
	for {
		err := s.start(ctx, s.port)
		if !errors.Is(err, errPortTaken) {
			return err
		}
		// Somebody's connection has the port for its own end: it will go.
		if waitErr := pause(ctx, 100*time.Millisecond); waitErr != nil {
			return err
		}
	}
}

func (s *Server) usable() error {
	switch {
	case s.external:
		return ErrExternal
	case s.stopped:
		return ErrStopped
	}
	return nil
}

// halt is PostgreSQL's fast shutdown, and the hard way where that takes too long. The caller holds mu.
func (s *Server) halt(ctx context.Context) error {
	if s.keeper != nil {
		if err := s.keeper.kill(ctx); err != nil {
			return err
		}
		s.keeper = nil
	}
	if s.process == nil {
		return nil
	}
	if err := s.process.signal(syscall.SIGINT); err != nil {
		return err
	}
	if err := s.process.wait(ctx); err != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if killErr := s.process.kill(ctx); killErr != nil {
			return errors.Join(err, killErr)
		}
		s.process = nil
		return fmt.Errorf("%w: killed", err)
	}
	s.process = nil
	return nil
}

// startAnywhere starts on a free port, and on another one if somebody was faster. The caller holds mu.
func (s *Server) startAnywhere(ctx context.Context) error {
	var err error
	for range 5 {
		var port int
		if port, err = freePort(ctx); err != nil {
			return err
		}
		if err = s.start(ctx, port); err == nil {
			s.port = port
			s.url = url.URL{Scheme: "postgres", User: url.User("postgres"), Host: loopback(port), Path: "/postgres",
				RawQuery: "sslmode=disable"}
			return nil
		} else if !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// start starts the postmaster on the port and waits until it answers. The caller holds mu.
func (s *Server) start(ctx context.Context, port int) error {
	command := append([]string{filepath.Join(s.programs, "postgres"), "-D", s.data}, s.settings...)
	p, err := s.account.launch(s.log, s.data, "QUIT", s.temp, append(command, "-c", "port="+strconv.Itoa(port))...)
	if err != nil {
		return err
	}
	ready := func() bool { return s.saysReady(p.pid) && answers(ctx, port, "postgres") }
	if err := awaitReady(ctx, p, port, ready); err != nil {
		return fmt.Errorf("%w: the server's log ends with: %s", err, s.log)
	}
	s.process = p
	return nil
}

// saysReady holds when the postmaster has written that it is. Without it the answer of a stranger who has the port
// could be taken for ours.
func (s *Server) saysReady(pid int) bool {
	text, err := os.ReadFile(filepath.Join(s.data, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(text), "\n")
	const status = 7 // LOCK_FILE_LINE_PM_STATUS of PostgreSQL's miscadmin.h, from 0
	return len(lines) > status && lines[0] == strconv.Itoa(pid) && strings.TrimSpace(lines[status]) == "ready"
}
