package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// serverVariable makes this program the provider.
const serverVariable = "WAYGATE_BENCH_PROVIDER"

// serve is the provider's process: it writes its address to out, and ends with in, so that it can't outlive its parent.
func serve(in io.Reader, out io.Writer) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "http://%s\n", l.Addr()); err != nil {
		return err
	}
	server := &http.Server{Handler: newProvider(), ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// child is the provider's process as its parent sees it.
type child struct {
	url   string
	stdin io.Closer
	cmd   *exec.Cmd
}

// startChild runs this program once more, as the provider.
func startChild() (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), serverVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the provider's process said no address: %w", err), in.Close(), cmd.Wait())
	}
	return &child{url: strings.TrimSpace(line), stdin: in, cmd: cmd}, nil
}

// stop ends the process.
func (c *child) stop() error { return errors.Join(c.stdin.Close(), c.cmd.Wait()) }

// counts are the requests that the provider got, by method and path.
func (c *child) counts(ctx context.Context) (map[string]int, error) {
	var counts map[string]int
	body, err := c.read(ctx, "/counts")
	if err != nil {
		return nil, err
	}
	return counts, json.Unmarshal(body, &counts)
}

// body is the last one that came for a path.
func (c *child) body(ctx context.Context, path string) ([]byte, error) {
	return c.read(ctx, "/bodies?path="+path)
}

func (c *child) read(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}
