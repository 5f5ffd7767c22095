package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// vault stands for whatever keeps the host's secrets. It holds a token for each
// customer of the CRM.
type vault struct {
	// rotate gets a new token for a customer, and ends the old one.
	rotate func(customer string) string

	mu     sync.Mutex // guards tokens; held while one is rotated, so that two calls don't do it at once
	tokens map[string]string
}

func newVault(rotate func(string) string) *vault {
	return &vault{rotate: rotate, tokens: map[string]string{}}
}

func (v *vault) put(customer, token string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.tokens[customer] = token
}

// resolve is Config.Resolve: nil leaves a customer whom the vault doesn't know
// to the connections in the gateway's store.
func (v *vault) resolve(_ context.Context, tenant, integration string) (waygate.Connection, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.tokens[tenant]; !ok || integration != "crm" {
		return nil, nil
	}
	return v.account(tenant), nil
}

// account is a customer's connection.
func (v *vault) account(customer string) waygate.Connection { return &account{v, customer} }

// account is a [waygate.Connection] over the vault.
type account struct {
	vault    *vault
	customer string
}

var (
	_ waygate.Connection = (*account)(nil)
	_ waygate.Refresher  = (*account)(nil)
)

func (a *account) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault/" + a.customer, Tenant: a.customer, Integration: "crm", Slug: "vault"}
}

func (a *account) Credential(ctx context.Context) (auth.Credential, error) {
	if err := ctx.Err(); err != nil {
		return auth.Credential{}, err
	}
	a.vault.mu.Lock()
	defer a.vault.mu.Unlock()
	token, ok := a.vault.tokens[a.customer]
	if !ok {
		return auth.Credential{}, fmt.Errorf("the vault has no token for %s: %w", a.customer, waygate.ErrNeedsReauth)
	}
	return auth.Token(token), nil
}

// Refresh gets a new token, unless another call has done so since used was sent.
func (a *account) Refresh(ctx context.Context, used auth.Credential) (auth.Credential, error) {
	if err := ctx.Err(); err != nil {
		return auth.Credential{}, err
	}
	a.vault.mu.Lock()
	defer a.vault.mu.Unlock()
	if held := auth.Token(a.vault.tokens[a.customer]); !held.Values["token"].Equal(used.Values["token"]) {
		return held, nil
	}
	token := a.vault.rotate(a.customer)
	if token == "" {
		return auth.Credential{}, fmt.Errorf("the CRM has no account for %s: %w", a.customer, waygate.ErrNeedsReauth)
	}
	a.vault.tokens[a.customer] = token
	return auth.Token(token), nil
}
