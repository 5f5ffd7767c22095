package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"time"
)

// workerVariable is set in the environment of the other processes.
const workerVariable = "WAYGATE_EXAMPLE_WORKER"

// startWorker starts this program once more, and gives it the settings by its
// standard input, because others can read its arguments. It ends when that does:
// by end, with ctx, or with the first process, however that ends.
func startWorker(ctx context.Context, s settings) (end func() error, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.Env, cmd.Stderr = append(os.Environ(), workerVariable+"=1"), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	cmd.Cancel, cmd.WaitDelay = in.Close, 30*time.Second // then it is killed
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err = json.NewEncoder(in).Encode(s)
	return sync.OnceValue(func() error { return errors.Join(err, in.Close(), cmd.Wait()) }), nil
}

// worker is the main of the other processes.
func worker(in io.Reader) error {
	signal.Ignore(os.Interrupt) // of a terminal: it is the first process that ends, and in with it
	var s settings
	if err := json.NewDecoder(in).Decode(&s); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		_, _ = io.Copy(io.Discard, in) // until it ends
		cancel()
	}()
	p, err := open(ctx, s)
	if err != nil {
		return err
	}
	err = p.serve(ctx)
	return cmp.Or(err, p.close())
}
