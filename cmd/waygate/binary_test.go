package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary builds the program as it is shipped, without the race detector, under which GitHub's document takes a minute.
func binary(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "waygate")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v %s", err, out)
	}
	return path
}

// runs runs the program as a shell does.
func runs(t *testing.T, program string, args ...string) ran {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = &out, &errs, append(os.Environ(), "KEY="+key)
	err := cmd.Run()
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		code = failed.ExitCode()
	} else if err != nil {
		t.Fatal(err)
	}
	return ran{code, out.String(), errs.String()}
}
