package docs_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/waygatetest"
)

// charge is the host's own code, which is to be tested.
func charge(ctx context.Context, customer *waygate.Tenant, order string, cents int) (string, error) {
	type receipt struct {
		ID string `json:"id"`
	}
	got, err := waygate.Invoke[receipt](ctx, customer, "bank.create_charge", map[string]any{"cents": cents},
		waygate.IdempotencyKey(order))
	if errors.Is(err, waygate.ErrRejected) {
		return "", fmt.Errorf("order %s: the bank declines", order)
	}
	return got.ID, err
}

// bank is a definition, as the host has it.
func bank(base string) waygate.Integration {
	return waygate.Integration{ID: "bank", BaseURL: base, Auth: auth.Bearer{}, Actions: []waygate.Action{waygate.HTTPAction{
		ID: "create_charge", Method: "POST", Path: "/charges", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"},
	}}}
}

// connectBank registers it, and connects a customer.
func connectBank(t *testing.T, gw *waygatetest.Gateway, base string) *waygate.Tenant {
	t.Helper()
	must(t, gw.Register(t.Context(), bank(base)))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "bank", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("token-of-acme")})
	must(t, err)
	return acme
}

func TestChargeDeclined(t *testing.T) {
	t.Parallel()
	gw := waygatetest.New(t)
	acme := connectBank(t, gw, "https://bank.example.com")
	waygatetest.Stub(t, gw, "bank.create_charge", waygate.ErrRejected)

	if _, err := charge(t.Context(), acme, "o-1", 500); err == nil || err.Error() != "order o-1: the bank declines" {
		t.Errorf("got %v", err)
	}
}

func TestChargeOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // time passes by itself: the test doesn't wait
		p := waygatetest.NewProvider(t, waygatetest.OverPipe())
		p.On("POST /charges",
			waygatetest.Drop(),      // the bank did it, but its answer was lost
			waygatetest.Status(503), // then it is down
			waygatetest.Header("Retry-After", "20", waygatetest.Status(429)),
			waygatetest.JSON(201, map[string]any{"id": "ch_1"}))
		gw := waygatetest.New(t, waygatetest.WithProvider(p))
		acme := connectBank(t, gw, p.URL())

		start := time.Now()
		_, err := charge(t.Context(), acme, "o-1", 500) // three attempts
		if !errors.Is(err, waygate.ErrRateLimited) {
			t.Errorf("got %v", err)
		}
		id, err := charge(t.Context(), acme, "o-1", 500) // the host's queue brings it again
		if err != nil || id != "ch_1" {
			t.Errorf("got %q, %v", id, err)
		}
		keys := map[string]bool{}
		for _, r := range p.Requests("POST /charges") {
			keys[r.Header.Get("Idempotency-Key")] = true
		}
		if len(keys) != 1 {
			t.Errorf("the bank saw %d keys: it charges more than once", len(keys))
		}
		t.Logf("%d calls in %v of the bubble's time", len(gw.Calls()), time.Since(start))
	})
}

// vaultAccount is a connection whose token stays in the host's own vault.
type vaultAccount struct {
	own waygatetest.OwnConnection

	mu    sync.Mutex // guards token
	token auth.Credential
}

var _ waygate.Refresher = (*vaultAccount)(nil)

func (a *vaultAccount) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault/7", Tenant: a.own.Tenant, Integration: a.own.Integration, Slug: "vault"}
}

func (a *vaultAccount) Credential(ctx context.Context) (auth.Credential, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.token, ctx.Err()
}

func (a *vaultAccount) Refresh(ctx context.Context, _ auth.Credential) (auth.Credential, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token = a.own.Next // a real one asks the vault
	return a.token, ctx.Err()
}

func TestVaultAccount(t *testing.T) {
	t.Parallel()
	waygatetest.TestConnection(t, waygatetest.ConnectionHarness{
		Open: func(_ testing.TB, c waygatetest.OwnConnection) waygate.Connection {
			return &vaultAccount{own: c, token: c.Credential}
		},
		Refreshes: true,
	})
}
