package main

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/examples/internal/crm"
)

func TestRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out strings.Builder
	if err := run(ctx, &out); err != nil {
		t.Fatalf("run: %v\n%s", err, out.String())
	}
	want := `over the connection "vault": Ada of acme, 1 attempt
and page by page: 5 contacts on 2 pages
with a token that ran out: Ada of acme, 2 attempts [401 200]
by an action in Go: Tony of acme; newest_contact made 3 attempts, and get_contact for it 1
through a connection at hand: Ada of globex, 1 attempt
another tenant's connection: config, 0 attempts; a token that isn't there: needs_reauth, 0 attempts
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
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
	var mu sync.Mutex
	rotations := 0
	keys := newVault(func(customer string) string {
		mu.Lock()
		defer mu.Unlock()
		rotations++
		return provider.Issue(customer)
	})
	keys.put("acme", "a-token-that-ran-out")
	gw, err := newGateway(t.Context(), provider, keys)
	if err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := acme.Invoke(t.Context(), "crm.get_contact", map[string]any{"id": 1}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if rotations != 1 {
		t.Errorf("%d rotations, want 1", rotations)
	}
	records, err := acme.Records(t.Context(), waygate.RecordQuery{})
	if err != nil {
		t.Fatal(err)
	}
	if len(records.Records) != 20 {
		t.Errorf("%d records, want 20", len(records.Records))
	}
}
