package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/examples/internal/crm"
	"github.com/waygate-go/waygate/waygatetest"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	want := `by an action in Go: Hedy of acme, found in 3 requests
with a token that ran out: Tony of acme, found in 3 requests
who isn't there is missing: true
input that doesn't fit is refused: true
another tenant's connection is refused: true
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestAccount: the connection keeps the clauses of the interfaces.
func TestAccount(t *testing.T) {
	t.Parallel()
	waygatetest.TestConnection(t, waygatetest.ConnectionHarness{
		Refreshes: true,
		Open: func(_ testing.TB, c waygatetest.OwnConnection) waygate.Connection {
			v := &vault{
				rotate: func(string) (auth.Credential, error) { return c.Next, nil },
				tokens: map[string]auth.Credential{c.Tenant: c.Credential},
			}
			return account{v, c.Tenant, c.Integration}
		},
	})
}

// TestOneRotation: calls that find a token run out at the same time get it
// replaced once, and all go on.
func TestOneRotation(t *testing.T) {
	t.Parallel()
	provider, err := crm.Start(crm.Config{Accounts: map[string]crm.Account{"acme": {Contacts: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = provider.Close() })
	rotations := 0 // guarded by the vault's mutex
	keys := &vault{
		tokens: map[string]auth.Credential{"acme": auth.Token("a-token-that-ran-out")},
		rotate: func(customer string) (auth.Credential, error) {
			rotations++
			return auth.Token(provider.Issue(customer)), nil
		},
	}
	gw, err := newGateway(t.Context(), provider, keys)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := gw.Tenant("acme").Invoke(t.Context(), "crm.get_contact", map[string]any{"id": 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if rotations != 1 {
		t.Errorf("%d rotations, want 1", rotations)
	}
}
