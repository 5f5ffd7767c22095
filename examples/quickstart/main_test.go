package main

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	for _, line := range []string{
		`(?m)^1\. A typed call$`,
		`crm\.list_contacts gave 3 contacts, Ada of acme first`,
		`by Link header: 8 contacts in 3 pages`,
		`by cursor:      7 deals, worth 350\.00, in 3 pages`,
		`/name  minLength wants .+, got string`,
		`/email type wants .+, got integer`,
		`kind invalid_input, category VALIDATION, hint RETRY_WITH_MODIFIED_INPUT, requests sent: 0`,
		`crm\.weekly_report: status 200 after 3 attempts \(503 503 200\), 50ms and 100ms in between`,
		`crm\.list_deals, page 2: status 200 after 2 attempts \(429 200\), 1s in between`,
		`crm\.forecast: server, status 500, after 3 attempts`,
		`circuit_open, refused with 0 requests sent, try again in (1m0s|59s)`,
		`the circuit of acme is open since 3 failures in a row`,
		`globex calls the same host meanwhile: 2 contacts`,
		`acme asks for it by ID: unresolved`,
		`acme asks for it by slug: unresolved`,
		`(?m)^   list_deals +2 +main +429 200 +1s +[0-9.]+m?s +ok$`,
		`(?m)^   forecast +- +main +- +0s +\S+ +circuit_open$`,
		`(?m)^   list_contacts +- +- +- +0s +\S+ +unresolved$`,
		`attempts on record: 15, requests that the provider answered: 15`,
		`15 calls, 9 succeeded \(60 %\)`,
		`map\[circuit_open:1 invalid_input:1 server:1 unresolved:3\]`,
	} {
		if !regexp.MustCompile(line).MatchString(out.String()) {
			t.Errorf("no line matches %s", line)
		}
	}
	if strings.Contains(out.String(), "crm_") {
		t.Error("the output holds a token")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestRunFails shows that a fact which isn't so ends the program with an error
// that names it.
func TestRunFails(t *testing.T) {
	t.Parallel()
	t.Run("a fact that is not so", func(t *testing.T) {
		t.Parallel()
		s := &story{out: &strings.Builder{}}
		s.title("A chapter")
		if s.check("pages", 2, 3) || s.err == nil || s.err.Error() != "A chapter: pages: got 2, want 3" {
			t.Errorf("error %v", s.err)
		}
	})
	t.Run("an output that is closed", func(t *testing.T) {
		t.Parallel()
		if err := run(t.Context(), closedOutput{}); !errors.Is(err, errClosed) {
			t.Errorf("error %v, want %v", err, errClosed)
		}
	})
	t.Run("a context that ended", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := run(ctx, &strings.Builder{}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v", err, context.Canceled)
		}
	})
}

var errClosed = errors.New("closed")

type closedOutput struct{}

func (closedOutput) Write([]byte) (int, error) { return 0, errClosed }
