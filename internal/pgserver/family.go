//go:build unix

package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children lists the processes whose parent is pid: from /proc where there is one, else by ps.
func children(pid int) ([]int, error) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(stats) == 0 {
		return childrenByPS(pid)
	}
	var found []int
	for _, path := range stats {
		stat, ok := readStat(path)
		if ok && stat.parent == pid {
			found = append(found, stat.pid)
		}
	}
	return found, nil
}

func childrenByPS(pid int) ([]int, error) {
	out, err := exec.Command("ps", "-A", "-o", "pid=", "-o", "ppid=").Output()
	if err != nil {
		return nil, fmt.Errorf("pgserver: listing processes by ps: %w", err)
	}
	var found []int
	for line := range strings.Lines(string(out)) {
		var child, parent int
		if n, _ := fmt.Sscan(line, &child, &parent); n == 2 && parent == pid {
			found = append(found, child)
		}
	}
	return found, nil
}

// running holds for a process that does something: a zombie that nobody has waited for doesn't.
func running(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return false
	}
	stat, ok := readStat("/proc/" + strconv.Itoa(pid) + "/stat")
	return !ok || stat.state != "Z"
}

// processStat is what we need of /proc/PID/stat, see proc_pid_stat(5).
type processStat struct {
	pid, parent int
	state       string
}

// readStat answers false for a process that is gone.
func readStat(path string) (processStat, bool) {
	line, err := os.ReadFile(path)
	if err != nil {
		return processStat{}, false
	}
	pid, rest, _ := strings.Cut(string(line), " (")
	// The program's name may hold parentheses and spaces, what follows it doesn't.
	fields := strings.Fields(rest[strings.LastIndex(rest, ")")+1:])
	if len(fields) < 2 {
		return processStat{}, false
	}
	stat := processStat{state: fields[0]}
	if stat.pid, err = strconv.Atoi(pid); err != nil {
		return processStat{}, false
	}
	stat.parent, err = strconv.Atoi(fields[1])
	return stat, err == nil
}
