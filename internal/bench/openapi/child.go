package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// childVariable makes a process measure one reader: "NAME PATH".
const childVariable = "WAYGATE_BENCH_OPENAPI"

// sample is one measurement.
type sample struct {
	Nanoseconds int64 // of reading; the text was in memory before
	PeakKB      int64 // of the whole process, as the system counts it
	HeapKB      int64 // in use at the end, without garbage
	Operations  int
}

// child measures what the variable says.
func child(job string, out io.Writer) error {
	name, path, _ := strings.Cut(job, " ")
	read, ok := readers()[name]
	if !ok {
		return fmt.Errorf("there is no reader %q", name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	began := time.Now()
	model, operations, err := read(context.Background(), text)
	took := time.Since(began)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	s := sample{Nanoseconds: took.Nanoseconds(), Operations: operations}
	if s.PeakKB, err = peak(); err != nil {
		return err
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	s.HeapKB = int64(m.HeapAlloc >> 10)
	runtime.KeepAlive(model)
	runtime.KeepAlive(text)
	return json.NewEncoder(out).Encode(s)
}

// peak is the most physical memory that this process had, VmHWM of proc(5), in KB.
func peak() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("the peak of memory is known on Linux alone: %w", err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			var kilobytes int64
			_, err := fmt.Sscan(rest, &kilobytes)
			return kilobytes, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmHWM")
}

// measure runs a child.
func measure(ctx context.Context, name, path string) (s sample, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), childVariable+"="+name+" "+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("%s of %s: %w", name, path, err)
	}
	return s, json.Unmarshal(out, &s)
}
