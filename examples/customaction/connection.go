package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// vault stands for whatever keeps the host's secrets.
type vault struct {
	rotate func(customer string) (auth.Credential, error) // gets a new token, and ends the one before

	mu     sync.Mutex                 // guards tokens; held while one is rotated, so that two calls don't
	tokens map[string]auth.Credential // by customer
}

// resolve is Config.Resolve: nil leaves a tenant to the connections of the store.
func (v *vault) resolve(_ context.Context, tenant, integration string) (waygate.Connection, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.tokens[tenant]; !ok || integration != "crm" {
		return nil, nil
	}
	return account{v, tenant, integration}, nil
}

// account is a customer's connection.
type account struct {
	vault                 *vault
	customer, integration string
}

var _ waygate.Refresher = account{}

// Info says whose it is, and of what.
func (a account) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault/" + a.customer, Tenant: a.customer, Integration: a.integration, Slug: "vault"}
}

// Credential is asked before each attempt.
func (a account) Credential(ctx context.Context) (auth.Credential, error) {
	a.vault.mu.Lock()
	defer a.vault.mu.Unlock()
	token, ok := a.vault.tokens[a.customer]
	if !ok {
		return auth.Credential{}, fmt.Errorf("the vault has no token for %s: %w", a.customer, waygate.ErrNeedsReauth)
	}
	return token, ctx.Err()
}

// Refresh is asked after a 401. Another call may have been first.
func (a account) Refresh(ctx context.Context, used auth.Credential) (auth.Credential, error) {
	a.vault.mu.Lock()
	defer a.vault.mu.Unlock()
	if held := a.vault.tokens[a.customer]; !held.Values["token"].Equal(used.Values["token"]) {
		return held, ctx.Err()
	}
	token, err := a.vault.rotate(a.customer)
	if err != nil {
		return auth.Credential{}, fmt.Errorf("the vault got no new token for %s: %w", a.customer, err)
	}
	a.vault.tokens[a.customer] = token
	return token, ctx.Err()
}
