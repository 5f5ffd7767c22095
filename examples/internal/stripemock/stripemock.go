// Package stripemock runs stripe-mock beside an example. That is Stripe's own
// stand-in for tests: it checks each request against Stripe's description of its
// API, which lies in its module, and answers with fixtures.
package stripemock

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

const (
	module = "github.com/waygate-go/waygate"
	tool   = "github.com/stripe/stripe-mock"
)

// Mock is a stripe-mock that runs beside this program.
type Mock struct {
	// Addr is where it listens for plain HTTP.
	Addr netip.AddrPort
	// Log tells what it answered: method, path, parameters as it read them ("-" for none), status. It has to be read,
	// and is closed when stripe-mock has ended.
	Log chan string

	cmd  *exec.Cmd
	kill context.CancelFunc
}

// Start builds stripe-mock and starts it. It ends with Close, and with ctx.
func Start(ctx context.Context) (*Mock, error) {
	program, err := build(ctx)
	if err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	running, kill := context.WithCancel(ctx)
	m := &Mock{Log: make(chan string, 100), kill: kill}
	if err := m.start(running, program); err != nil {
		m.Close()
		return nil, errors.Join(err, ctx.Err())
	}
	return m, nil
}

func (m *Mock) start(ctx context.Context, program string) error {
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
	if m.Addr, listens = <-ready; !listens {
		return errors.New("stripe-mock ended before it listened")
	}
	return nil
}

// Close ends stripe-mock, and waits until it has.
func (m *Mock) Close() {
	m.kill()
	if m.cmd == nil {
		return
	}
	for range m.Log { // to the end of its output, before Wait closes it
	}
	_ = m.cmd.Wait() // says that it was killed
}

// read follows the log.
func (m *Mock) read(output io.Reader, ready chan<- netip.AddrPort) {
	defer close(m.Log)
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
			m.Log <- request + " " + data + " " + status
		}
	}
}

// Ended says whether stripe-mock's process was waited for.
func (m *Mock) Ended() bool { return m.cmd != nil && m.cmd.ProcessState != nil }

// Document is the path of Stripe's description of its API, an OpenAPI document of 8 MB, in stripe-mock's module.
func Document(ctx context.Context) (string, error) {
	tools, err := toolsModule(ctx)
	if err != nil {
		return "", err
	}
	if _, err := goCommand(ctx, "-C", tools, "mod", "download", tool); err != nil {
		return "", err
	}
	dir, err := goCommand(ctx, "-C", tools, "list", "-m", "-f", "{{.Dir}}", tool)
	return filepath.Join(dir, "embedded", "openapi", "spec3.json"), err
}

// build makes the program, at the version that the tools module of this
// repository names, in Go's build cache.
func build(ctx context.Context) (string, error) {
	tools, err := toolsModule(ctx)
	if err != nil {
		return "", err
	}
	return goCommand(ctx, "-C", tools, "tool", "-n", tool) // builds, and says where
}

func toolsModule(ctx context.Context) (string, error) {
	root, err := goCommand(ctx, "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return "", fmt.Errorf("start this within a clone of %s: %w", module, err)
	}
	return filepath.Join(root, "tools"), nil
}

func goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), "GOWORK=off") // the tools module stands outside of the workspace
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), errors.Join(err, ctx.Err()))
	}
	return strings.TrimSpace(string(out)), nil
}
