//go:build unix

package pgserver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"time"
)

// errPortTaken says that somebody else has the port by now.
var errPortTaken = errors.New("pgserver: the port is taken")

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePort finds a port below those that the kernel gives to outgoing connections. One of those could be taken by any
// connection while a server is down between Kill and Restart, even by a client's to this very port: on loopback,
// connecting to a closed port can succeed by meeting itself.
func freePort(ctx context.Context) (int, error) {
	for range 100 {
		port := 10_000 + rand.IntN(firstOutgoing()-10_000)
		if portFree(ctx, port) {
			return port, nil
		}
	}
	return 0, errors.New("pgserver: no free port from 10000 up on 127.0.0.1")
}

// firstOutgoing gives the first port for outgoing connections: what Linux says, or its default.
func firstOutgoing() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	if err == nil {
		var first int
		if _, err := fmt.Sscan(string(text), &first); err == nil && first > 11_000 {
			return first
		}
	}
	return 32_768
}

func portFree(ctx context.Context, port int) bool {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", loopback(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// awaitReady waits until ready holds. A daemon that ends before, or isn't ready when ctx ends, is killed.
func awaitReady(ctx context.Context, p *process, port int, ready func() bool) error {
	for !ready() {
		if p.ended() {
			if !portFree(ctx, port) {
				return errPortTaken
			}
			return errors.New("pgserver: the program ended while it started")
		}
		if err := pause(ctx, 10*time.Millisecond); err != nil {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
			defer cancel()
			return errors.Join(fmt.Errorf("pgserver: not ready in time: %w", err), p.kill(stop))
		}
	}
	return nil
}

// pause waits for d, or returns ctx's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// answers opens a session to the database by the protocol's startup message (PostgreSQL documentation, "Message
// Formats") and holds if the server lets it in. While it starts or recovers, it sends an error in place of that.
func answers(ctx context.Context, port int, database string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", loopback(port))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if deadline, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	message := binary.BigEndian.AppendUint32(make([]byte, 4), 3<<16) // version 3.0
	message = append(message, "user\x00postgres\x00database\x00"+database+"\x00\x00"...)
	binary.BigEndian.PutUint32(message, uint32(len(message)))
	var answer [1]byte
	if _, err := conn.Write(message); err != nil {
		return false
	}
	if _, err := conn.Read(answer[:]); err != nil || answer[0] != 'R' {
		return false
	}
	_, _ = conn.Write([]byte{'X', 0, 0, 0, 4}) // Terminate
	return true
}
