package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	if os.Getenv(workerVariable) != "" { // startWorker starts the test's own program
		os.Exit(exit(worker(os.Stdin)))
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out, ""); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	const last = `process 1 after (0s|\d+ms), process 2 after (0s|[\d.]+m?s), process 3 after (0s|[\d.]+m?s), of at most 2s$`
	for _, line := range []string{
		`migrated: \d\d tables`,
		`saved: crm, version 1`,
		`initech: crm/main, active`,
		`each has called for each tenant, and begun an export for acme`,
		`^   last used the old one: ` + last,
		`version 2; last used the old one: ` + last,
		`the exports now got 503, and were repeated: 3 by the version that they began with`,
		`acme is disabled; last called: ` + last,
		`the others' calls since: [1-9]`,
		`process 3: [1-9]\d+ requests`,
		`with the credential of another tenant: 0`,
		`acme    \d+ calls, \d+ succeeded, failed: map\[config:\d+\]`,
		`globex  \d+ calls, \d+ succeeded, failed: map\[\]`,
		`acme's last: .*connection "main" is disabled`,
		`with one of 4 credentials in clear, hex or base64: 0`,
		`with a path of the definition, to try the search: 2`,
		`removed: 1 connection, 1 credential, 0 variables, \d+ records`,
		`left: one entry of the audit trail, tenant\.purge`,
	} {
		if !regexp.MustCompile(`(?m)` + line).MatchString(out.String()) {
			t.Errorf("no line matches %s", line)
		}
	}
	if strings.Contains(out.String(), "crm_") {
		t.Error("the output holds a token")
	}
	if t.Failed() {
		t.Log(out.String())
	}
	nothingRuns(t)
}

// TestRunInterrupted wants neither a process nor a server to outlive a run.
func TestRunInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := run(ctx, canceler{"5. A new version", cancel}, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	nothingRuns(t)
	if err := run(ctx, io.Discard, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("of a ctx that had ended: error %v, want %v", err, context.Canceled)
	}
	nothingRuns(t)
}

// canceler is an output on which a certain text ends ctx.
type canceler struct {
	when   string
	cancel context.CancelFunc
}

func (c canceler) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.when) {
		c.cancel()
	}
	return len(p), nil
}

// nothingRuns looks for children of this process, where the system tells of them.
func nothingRuns(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if left, err := os.ReadFile(file); err == nil && len(left) > 0 {
			t.Errorf("processes left: %s", left)
		}
	}
}

// TestHolding wants the search to find what it is for.
func TestHolding(t *testing.T) {
	t.Parallel()
	const token = "crm_ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for name, tt := range map[string]struct {
		row  string
		want int
	}{
		"clear":         {`(1,"{""token"":""crm_ABCDEFGHIJKLMNOPQRSTUVWXYZ""}")`, 1},
		"hex":           {`(1,"\\x7b22` + `63726d5f4142434445464748494a4b4c4d4e4f505152535455565758595a` + `227d")`, 1},
		"base64":        {`(1,Y3JtX0FCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFla)`, 1},
		"base64 of all": {`(1,eyJ0b2tlbiI6ImNybV9BQkNERUZHSElKS0xNTk9QUVJTVFVWV1hZWiJ9)`, 1},
		"none":          {`(1,crm_ABCDEFGHIJKLMNOPQRSTUVWXY)`, 0},
	} {
		if got := holding([]string{tt.row}, token); got != tt.want {
			t.Errorf("%s: %d rows, want %d", name, got, tt.want)
		}
	}
}
