//go:build unix

// Package redisserver starts Redis servers for tests.
//
// A [Server] is a process of the program redis-server, of the Debian package of that name, on a Unix socket in a
// directory of its own, so that it needs no port and comes back at the same address. It keeps nothing on disk. It ends
// with the process that started it, however that ends:
//
//	server, err := redisserver.Start(ctx)
//	if err != nil {
//		return err
//	}
//	defer server.Close()
//	client := redis.NewClient(&redis.Options{Network: "unix", Addr: server.Socket()})
package redisserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// watchdog starts the server, says its pid, and kills it when standard input ends, which it does with our process.
const watchdog = `exec 3<&0 </dev/null
"$@" 3<&- >&2 &
pid=$!
echo "$pid"
exec >&2
(read -r line <&3; kill -9 "$pid") 2>/dev/null &
exec 3<&-
wait "$pid"`

// Server is a Redis server.
type Server struct {
	dir   string
	cmd   *exec.Cmd
	pid   int
	alive io.Closer
	done  chan struct{}
}

// Start starts a server and waits until it answers.
func Start(ctx context.Context) (*Server, error) {
	dir, err := os.MkdirTemp("", "waygate-redis-") // short: a socket's path has 100 bytes or so
	if err != nil {
		return nil, fmt.Errorf("redisserver: %w", err)
	}
	s := &Server{dir: dir}
	if err := s.Restart(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return s, nil
}

// Socket is the path at which it listens.
func (s *Server) Socket() string { return filepath.Join(s.dir, "redis.sock") }

// Restart starts it again after Kill, empty.
func (s *Server) Restart(ctx context.Context) error {
	program, err := find()
	if err != nil {
		return err
	}
	_ = os.Remove(s.Socket())
	s.cmd = exec.Command("/bin/sh", "-c", watchdog, "sh", program, "--port", "0", "--unixsocket", s.Socket(),
		"--save", "", "--appendonly", "no", "--dir", s.dir, "--loglevel", "warning")
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := s.cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("redisserver: %w", err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("redisserver: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("redisserver: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		s.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	s.alive, s.done = in, make(chan struct{})
	go func(cmd *exec.Cmd, done chan struct{}) {
		defer close(done)
		_ = cmd.Wait() // it is killed, always
	}(s.cmd, s.done)
	if err != nil {
		return errors.Join(fmt.Errorf("redisserver: starting %s: %w", program, err), s.Kill())
	}
	return s.answers(ctx)
}

// find looks for the program where Debian puts it too.
func find() (string, error) {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return path, nil
	}
	for _, dir := range []string{"/usr/local/bin", "/usr/bin", "/usr/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, "redis-server")); err == nil {
			return path, nil
		}
	}
	return "", errors.New("redisserver: there is no redis-server: install the Debian package redis-server")
}

// answers waits for the first PONG.
func (s *Server) answers(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for {
		if err := ping(s.Socket()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(errors.New("redisserver: it doesn't answer"), s.Kill())
		case <-s.done:
			return errors.New("redisserver: it ended at once")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func ping(socket string) error {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "+PONG") {
		err = errors.New("no PONG")
	}
	return err
}

// Kill ends it by SIGKILL; what it held is lost.
func (s *Server) Kill() error {
	_ = s.Signal(syscall.SIGKILL)
	_ = s.alive.Close()
	select {
	case <-s.done:
		return nil
	case <-time.After(10 * time.Second):
		return fmt.Errorf("redisserver: process %d doesn't end", s.pid)
	}
}

// Signal sends it a signal: SIGSTOP for one that hangs.
func (s *Server) Signal(sig syscall.Signal) error {
	select {
	case <-s.done:
		return nil // its pid may be another's by now
	default:
		return syscall.Kill(s.pid, sig)
	}
}

// Close kills it and removes its directory.
func (s *Server) Close() error { return errors.Join(s.Kill(), os.RemoveAll(s.dir)) }
