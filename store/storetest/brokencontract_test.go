package storetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate"
)

type gullible struct{ connections }

func (g gullible) List(ctx context.Context, tenant string, q waygate.ConnectionQuery) (waygate.ConnectionPage, error) {
	page, err := g.connections.List(ctx, tenant, q)
	if errors.Is(err, waygate.ErrInvalidInput) && q.Cursor != "" {
		q.Cursor = ""
		return g.connections.List(ctx, tenant, q)
	}
	return page, err
}

type forgetful struct{ connections }

func (f forgetful) Update(ctx context.Context, c waygate.StoredConnection, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	c.Resume = ""
	return f.connections.Update(ctx, c, a)
}

type loyal struct{ connections }

func (l loyal) Update(ctx context.Context, c waygate.StoredConnection, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	old, _, err := l.Find(ctx, c.Tenant, c.Integration, c.ID)
	if err != nil {
		return old, err
	}
	c.CredentialID = old.CredentialID
	return l.connections.Update(ctx, c, a)
}

// marking keeps the intent that an insert brings.
type marking struct {
	connections
	credentials credentials
}

func (m marking) Insert(ctx context.Context, c waygate.StoredConnection, cred *waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredConnection, error) {
	row, err := m.connections.Insert(ctx, c, cred, a)
	if err == nil && cred != nil && cred.Intent != nil {
		_, err = m.credentials.Mark(ctx, cred.Tenant, cred.ID, 1, *cred.Intent)
	}
	return row, err
}

// isolated saves with a status that changes no connection.
type isolated struct{ credentials }

func (i isolated) Save(ctx context.Context, c waygate.StoredCredential, a *waygate.AuditEntry) (waygate.StoredCredential, error) {
	status := c.Status
	c.Status = waygate.CredentialExpired
	saved, err := i.credentials.Save(ctx, c, a)
	saved.Status = status
	return saved, err
}

// frozen gives what an intent had when it was marked.
type frozen struct{ credentials }

func (f frozen) Get(ctx context.Context, tenant, id string) (waygate.StoredCredential, error) {
	row, err := f.credentials.Get(ctx, tenant, id)
	if row.Intent != nil {
		row.Intent.Remaining = 300 * time.Millisecond
	}
	return row, err
}

type alphabetic struct{ definitions }

func (d alphabetic) List(ctx context.Context, cursor string) (waygate.DefinitionPage, error) {
	page, err := d.definitions.List(ctx, cursor)
	slices.SortFunc(page.Definitions, func(a, b waygate.StoredDefinition) int {
		return strings.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID))
	})
	return page, err
}

// tidy writes an entry's JSON in another way that means the same.
type tidy struct{ broken }

func (t tidy) Audit(ctx context.Context, tenant string, q waygate.AuditQuery) (waygate.AuditPage, error) {
	page, err := t.Store.Audit(ctx, tenant, q)
	for i, entry := range page.Entries {
		var b bytes.Buffer
		if json.Compact(&b, entry.Before) == nil {
			page.Entries[i].Before = b.Bytes()
		}
	}
	return page, err
}

type unnamed struct{ broken }

func (u unnamed) Variables(ctx context.Context, tenant, connectionID string, _ []string) ([]waygate.StoredVariable, error) {
	return u.Store.Variables(ctx, tenant, connectionID, nil)
}
