//go:build unix

package pgserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// watchdog is the shell between us and a daemon. It writes the daemon's pid, waits for its end and leaves with its
// status. If the pipe on its standard input ends first, whoever held it is dead: it sends the signal $1 and removes the
// directory $2, if one is named. Killing the waiting subshell is refused once it has seen the end of the pipe, so that
// its status tells which of the two came first. Shells may report a killed job on standard error, which nobody reads any
// more then: SIGPIPE must not end them.
const watchdog = `signal=$1 dir=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- >&2 &
daemon=$!
trap '' PIPE
echo "$daemon"
exec >&2
(read -r line <&3; trap '' TERM; kill -s "$signal" "$daemon"; exit 0) &
watch=$!
exec 3<&-
wait "$daemon"; status=$?
kill "$watch" 2>/dev/null
if wait "$watch" && [ -n "$dir" ]; then rm -rf -- "$dir"; fi
exit "$status"`

// process is a daemon below a watchdog.
type process struct {
	pid   int           // the daemon's
	done  chan struct{} // closed when both are gone
	left  error         // how it ended, once done is closed
	alive io.Closer     // the pipe whose end is our death
}

// launch starts the daemon. When this process dies, the daemon gets the signal (a name as kill -s takes it) and remove,
// if set, is removed.
func (a account) launch(log io.Writer, dir, signal, remove string, command ...string) (*process, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", watchdog, "sh", signal, remove}, command...)...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, environment(), log
	cmd.WaitDelay = 10 * time.Second // a child that outlives its parent must not hold up Wait
	a.apply(cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("pgserver: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("pgserver: starting %s: %w", command[0], err)
	}
	p := &process{done: make(chan struct{}), alive: in}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		p.pid, err = strconv.Atoi(strings.TrimSpace(line))
	}
	go func() {
		defer close(p.done)
		p.left = cmd.Wait() // of a daemon it says nothing: they are killed more often than not
		_ = in.Close()
	}()
	if err != nil {
		_ = in.Close()
		<-p.done
		return nil, fmt.Errorf("pgserver: starting %s: %w", command[0], err)
	}
	return p, nil
}

// ended holds once the daemon is gone.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// signal sends to the daemon alone.
func (p *process) signal(sig syscall.Signal) error {
	if p.ended() {
		return nil
	}
	if err := syscall.Kill(p.pid, sig); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("pgserver: signal %v to process %d: %w", sig, p.pid, err)
	}
	return nil
}

// wait waits for the daemon's end.
func (p *process) wait(ctx context.Context) error {
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("pgserver: process %d has not ended: %w", p.pid, ctx.Err())
	}
}

// kill ends the daemon and its children by SIGKILL and waits until all are gone. The daemon is halted first, so that it
// neither forks nor notices which of its children dies.
func (p *process) kill(ctx context.Context) error {
	if p.ended() {
		return nil
	}
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	victims, err := children(p.pid)
	for _, pid := range append([]int{p.pid}, victims...) {
		if killErr := syscall.Kill(pid, syscall.SIGKILL); killErr != nil && !errors.Is(killErr, syscall.ESRCH) {
			err = errors.Join(err, fmt.Errorf("pgserver: killing process %d: %w", pid, killErr))
		}
	}
	if err != nil {
		return err
	}
	if err := p.wait(ctx); err != nil {
		return err
	}
	for _, pid := range victims {
		for running(pid) {
			if err := pause(ctx, 2*time.Millisecond); err != nil {
				return fmt.Errorf("pgserver: process %d has not ended: %w", pid, err)
			}
		}
	}
	return nil
}

// environment is ours without the variables that libpq and the server read, and with messages in English.
func environment() []string {
	env := make([]string, 0, len(os.Environ())+1)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			env = append(env, v)
		}
	}
	return append(env, "LC_ALL=C")
}
