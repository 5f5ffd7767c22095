package e2e_test

import (
	"context"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// unsealed is a store that opens what it is given before it is written, and seals what it gives: as if the gateway
// didn't seal at all.
type unsealed struct {
	*postgres.Store
	keyring *secret.Keyring
}

func unsealing(s waygate.Store, k *secret.Keyring) waygate.Store {
	return unsealed{s.(*postgres.Store), k}
}

func bindingOf(c waygate.StoredCredential) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeCredential, Kind: "credential", Tenant: c.Tenant, ID: c.ID, Field: "sealed"}
}

func bindingOfVariable(v waygate.StoredVariable) secret.Binding {
	return secret.Binding{Purpose: secret.PurposeVariable, Kind: "variable", Tenant: v.Tenant, ID: v.ConnectionID, Field: v.Name}
}

func (u unsealed) Connections() waygate.ConnectionStore {
	return unsealedConnections{u.Store.Connections(), u.keyring}
}

func (u unsealed) Credentials() waygate.CredentialStore {
	return unsealedCredentials{u.Store.Credentials(), u.keyring}
}

func (u unsealed) PutVariable(ctx context.Context, v waygate.StoredVariable, audit *waygate.AuditEntry) (err error) {
	if v.Sealed, err = u.keyring.Open(bindingOfVariable(v), v.Sealed); err != nil {
		return err
	}
	return u.Store.PutVariable(ctx, v, audit)
}

func (u unsealed) Variables(ctx context.Context, tenant, connectionID string, names []string) ([]waygate.StoredVariable, error) {
	list, err := u.Store.Variables(ctx, tenant, connectionID, names)
	for i, v := range list {
		if list[i].Sealed, err = u.keyring.Seal(bindingOfVariable(v), v.Sealed); err != nil {
			return nil, err
		}
	}
	return list, err
}

type unsealedConnections struct {
	waygate.ConnectionStore
	keyring *secret.Keyring
}

func (u unsealedConnections) Insert(ctx context.Context, c waygate.StoredConnection, cred *waygate.StoredCredential, audit *waygate.AuditEntry) (waygate.StoredConnection, error) {
	if cred != nil {
		open, err := u.keyring.Open(bindingOf(*cred), cred.Sealed)
		if err != nil {
			return c, err
		}
		clear := *cred
		clear.Sealed = open
		cred = &clear
	}
	return u.ConnectionStore.Insert(ctx, c, cred, audit)
}

func (u unsealedConnections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	c, cred, err := u.ConnectionStore.Find(ctx, tenant, integration, ref)
	if cred != nil && err == nil {
		cred.Sealed, err = u.keyring.Seal(bindingOf(*cred), cred.Sealed)
	}
	return c, cred, err
}

type unsealedCredentials struct {
	waygate.CredentialStore
	keyring *secret.Keyring
}

func (u unsealedCredentials) Save(ctx context.Context, c waygate.StoredCredential, audit *waygate.AuditEntry) (waygate.StoredCredential, error) {
	open, err := u.keyring.Open(bindingOf(c), c.Sealed)
	if err != nil {
		return c, err
	}
	c.Sealed = open
	saved, err := u.CredentialStore.Save(ctx, c, audit)
	if err != nil {
		return saved, err
	}
	saved.Sealed, err = u.keyring.Seal(bindingOf(saved), saved.Sealed)
	return saved, err
}
