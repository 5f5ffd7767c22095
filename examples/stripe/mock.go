package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// mock is a stripe-mock that runs beside this program: it checks each request
// against Stripe's own description of its API, and answers with fixtures. Its log
// tells how it read the parameters.
type mock struct {
	addr netip.AddrPort
	log  chan string // what it answered: method, path, parameters, status; closed when it ends
	cmd  *exec.Cmd
	kill context.CancelFunc
}

// startMock builds stripe-mock and starts it. It ends with close, and with ctx.
func startMock(ctx context.Context) (*mock, error) {
	program, err := build(ctx)
	if err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	running, kill := context.WithCancel(ctx)
	m := &mock{log: make(chan string, 100), kill: kill}
	if err := m.start(running, program); err != nil {
		m.close()
		return nil, errors.Join(err, ctx.Err())
	}
	return m, nil
}

func (m *mock) start(ctx context.Context, program string) error {
	// The program itself: a child of `go tool` could outlive it. Without an address for HTTPS it takes a fixed port.
	cmd := exec.CommandContext(ctx, program, "-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0", "-verbose")
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	m.cmd = cmd
	ready := make(chan netip.AddrPort, 1)
	go m.read(output, ready)
	var listens bool
	if m.addr, listens = <-ready; !listens {
		return errors.New("stripe-mock ended before it listened")
	}
	return nil
}

// close ends stripe-mock, and waits until it has.
func (m *mock) close() {
	m.kill()
	if m.cmd == nil {
		return
	}
	for range m.log { // to the end of its output, before Wait closes it
	}
	_ = m.cmd.Wait() // says that it was killed
}

// read follows the log.
func (m *mock) read(output io.Reader, ready chan<- netip.AddrPort) {
	defer close(m.log)
	defer close(ready)
	var request, data string
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "Listening for HTTP at address: "); ok {
			addr, _ := netip.ParseAddrPort(text) // the zero one is refused by egress
			ready <- addr
		} else if r, ok := strings.CutPrefix(line, "Request: "); ok {
			request, data = r, "-"
		} else if d, ok := strings.CutPrefix(line, "Request data = "); ok {
			data = d // as the description's types have it
		} else if _, status, ok := strings.Cut(line, " status="); ok && strings.HasPrefix(line, "Response: ") {
			m.log <- request + " " + data + " " + status
		}
	}
}

// build makes the program, at the version that the tools module of this
// repository names, in Go's build cache.
func build(ctx context.Context) (string, error) {
	const module, tool = "github.com/waygate-go/waygate", "github.com/stripe/stripe-mock"
	root, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", fmt.Errorf("start this within a clone of %s: %w", module, err)
	}
	return goCommand(ctx, "-C", filepath.Join(root, "tools"), "tool", "-n", tool) // builds, and says where
}

func goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off") // the tools module stands outside of the workspace
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), nil
}
