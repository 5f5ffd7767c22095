package main

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate/examples/internal/stripemock"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute) // a cold build of stripe-mock included
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	for _, line := range []string{
		`a wrong key: auth, status 401, REFRESH_CREDENTIALS; then the connection is unresolved`,
		`another one: connected as main, active`,
		`POST application/x-www-form-urlencoded`,
		`  address[city]=Zürich`,
		`  preferred_locales[]=en`,
		`answer: Ada & Söhne, with the source at STRIPE TEST BANK expanded`,
		`  amount_details[line_items][1][product_name]=Pot`,
		`answer: 24.00 chf by card or link`,
		`400 rejected (VALIDATION): invalid_request_error: object property 'amount' validation failed: value is not numeric`,
		`404 missing (CLIENT_ERROR): invalid_request_error: Unrecognized request URL (GET: /v1/pineapples).`,
		`401 auth (AUTH): invalid_request_error: Authorization was 'Bearer [redacted]'.`,
		`stripe.list_charges: 1 on 1 page`,
		`stripe.search_customers: 1 on 1 page`,
		`cus_nobody: read, its source at STRIPE TEST BANK expanded; then deleted: true`,
		`uploaded: a file for dispute_evidence`,
	} {
		if !strings.Contains(out.String(), "  "+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	keys := regexp.MustCompile(`acme sends (\w{8})… twice, globex (\w{8})…`).FindStringSubmatch(out.String())
	if len(keys) != 3 || keys[1] == keys[2] {
		t.Errorf("idempotency keys: %q", keys)
	}
	if strings.Contains(out.String(), "sk_") || strings.Contains(out.String(), "a-wrong-key") {
		t.Error("the output holds a key")
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

// TestMockEnds: stripe-mock goes when the program is interrupted.
func TestMockEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	m, err := stripemock.Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range m.Log { // is closed when the process has ended
	}
	m.Close()
	if !m.Ended() {
		t.Error("nobody waited for stripe-mock")
	}
}

// TestRunFails: a fact that isn't so ends the program with an error.
func TestRunFails(t *testing.T) {
	t.Parallel()
	t.Run("another request than expected", func(t *testing.T) {
		t.Parallel()
		s := &story{stripe: &stripemock.Mock{Log: make(chan string, 1)}}
		s.stripe.Log <- "GET /v1/charges map[limit:10] 200"
		s.seen(t.Context(), "GET /v1/charges map[limit:100] 200")
		if s.err == nil || !strings.Contains(s.err.Error(), "map[limit:10]") {
			t.Errorf("error %v", s.err)
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
