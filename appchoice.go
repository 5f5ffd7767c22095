package waygate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// findApp reads an app and opens it.
func (g *Gateway) findApp(ctx context.Context, tenant, integration, id string) (*app, error) {
	row, err := g.parts.apps.App(ctx, tenant, integration, id)
	if err != nil {
		return nil, err
	}
	info, _, err := appInfo(row)
	if err != nil {
		return nil, err
	}
	clear, err := g.cfg.Keyring.Open(appBinding(row), row.Sealed)
	if err != nil {
		return nil, newError(KindConfig, "", fmt.Errorf("app %q does not open: %w", id, err))
	}
	var secrets appSecrets
	if err := json.Unmarshal(clear, &secrets); err != nil {
		return nil, errorf(KindStore, "", "app %q: its client can't be read: put it again with PutApp", id) // the cause could tell of it
	}
	a := &app{info: info, row: row, client: auth.Client{ID: info.ClientID, KeyID: info.KeyID, Certificate: secrets.Certificate}}
	if secrets.Secret != nil {
		a.client.Secret = secret.New(*secrets.Secret)
	}
	if secrets.Key != nil {
		a.client.Key = secret.New(*secrets.Key)
	}
	return a, nil
}

// appOwner takes apart how a connection names its app.
func appOwner(tenant, ref string) (owner, id string) {
	if rest, ok := strings.CutPrefix(ref, platformApp); ok {
		return "", rest
	}
	return tenant, ref
}

// appByRef finds the app that a connection names; nil if it names none.
func (g *Gateway) appByRef(ctx context.Context, tenant, integration, ref string) (*app, error) {
	if ref == "" {
		return nil, nil
	}
	if g.parts.apps == nil {
		return nil, missingPart("", "AppStore")
	}
	owner, id := appOwner(tenant, ref)
	a, err := g.findApp(ctx, owner, integration, id)
	if errors.Is(err, ErrUnresolved) {
		return nil, errorf(KindConfig, "", "app %q of integration %q is gone: put it back with PutApp, or authorize the connection with another", clip(id), integration)
	}
	return a, err
}

// chooseApp finds the app for a new connection: the named one, the tenant's own
// before the platform's; else the only active one of the tenant's, else of the
// platform's. nil if there is none and none was named.
func (g *Gateway) chooseApp(ctx context.Context, tenant, integration, id string) (*app, error) {
	if g.parts.apps == nil {
		if id != "" {
			return nil, missingPart("", "AppStore")
		}
		return nil, nil
	}
	for _, owner := range []string{tenant, ""} {
		if id != "" {
			name, fromPlatform := strings.CutPrefix(id, platformApp)
			if fromPlatform && owner != "" {
				continue
			}
			a, err := g.findApp(ctx, owner, integration, name)
			if errors.Is(err, ErrUnresolved) {
				continue
			}
			return a, err
		}
		rows, err := g.parts.apps.Apps(ctx, owner, integration)
		if err != nil {
			return nil, err
		}
		rows = slices.DeleteFunc(rows, func(r StoredApp) bool { return r.Status != AppActive && r.Status != AppError })
		switch {
		case len(rows) == 1:
			return g.findApp(ctx, owner, integration, rows[0].ID)
		case len(rows) > 1:
			return nil, errorf(KindInvalidInput, "", "App: there are several for integration %q: name one", integration)
		}
	}
	if id != "" {
		return nil, errorf(KindUnresolved, "", "App: there is no %q for integration %q: add it with PutApp", clip(id), integration)
	}
	return nil, nil
}

// usable says whether an app may get tokens; for a new connection or an old one.
func (a *app) usable(fresh bool) error {
	switch {
	case a == nil, a.info.Status == AppActive, a.info.Status == AppError:
		return nil
	case a.info.Status == AppDeprecated && !fresh:
		return nil
	}
	return errorf(KindConfig, "", "app %q of integration %q is %s: change its Status with PutApp, or use another", a.info.ID, a.info.Integration, a.info.Status)
}

// mayKnow says whether the app's owner lets its secret be sent to an origin that a
// tenant can choose.
func (a *app) mayKnow(u *url.URL) bool {
	return slices.ContainsFunc(a.info.Origins, func(o string) bool {
		allowed, err := url.Parse(o)
		return err == nil && egress.SameOrigin(allowed, u)
	})
}
