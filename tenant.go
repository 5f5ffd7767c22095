package waygate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/nearest"
)

// Tenant is the only door to a tenant's data: its connections, its calls, its
// records. See [Gateway.Tenant].
type Tenant struct {
	gw *Gateway
	id string
}

// ID returns the tenant's id.
func (t *Tenant) ID() string { return t.id }

// begin starts a method: the id, the ctx, and whether the gateway still works.
func (t *Tenant) begin(ctx context.Context, op string) error {
	if err := checkTenant(t.id); err != nil {
		return newError(KindInvalidInput, op, err)
	}
	if err := t.gw.begin(ctx, op); err != nil {
		return err
	}
	return nil
}

// fail gives an error the tenant's place.
func (t *Tenant) fail(ctx context.Context, op, integration, ref string, err error) error {
	e := errorAs(err, kindOf(ctx, err, KindStore))
	e.Op, e.Tenant, e.Integration, e.Connection = op, t.id, integration, ref
	return e
}

// Connect links the tenant to an integration. Credential, parameters and names
// are checked first: an error is [ErrInvalidInput] or [ErrConfig] and names the
// field. Where the integration has a [Verification], the credential is then
// proved by a request, and nothing is saved if that fails. A slug that is there
// already is [ErrConflict], before any request. The first connection to an
// integration becomes its primary one.
func (t *Tenant) Connect(ctx context.Context, integration string, spec ConnectionSpec) (*ConnectionInfo, error) {
	const op = "connect"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	c, err := t.gw.integration(ctx, op, integration)
	if err != nil {
		return nil, t.fail(ctx, op, integration, spec.Slug, err)
	}
	info, err := t.connect(ctx, c, spec)
	if err != nil {
		return nil, t.fail(ctx, op, integration, spec.Slug, err)
	}
	return info, nil
}

func (t *Tenant) connect(ctx context.Context, c *compiledIntegration, spec ConnectionSpec) (*ConnectionInfo, error) {
	row := spec.row(t.id, c.def.ID, t.gw.cfg.Now())
	if err := checkSlug("Slug", spec.Slug); err != nil {
		return nil, newError(KindInvalidInput, "", err)
	}
	if err := c.checkMappings(spec.Mappings); err != nil {
		return nil, err
	}
	if err := t.gw.checkUnfinished(c, infoOf(row, nil), c.later); err != nil {
		return nil, err
	}
	g := grant{cred: spec.Credential}
	switch {
	case !c.needsCredential() && spec.Credential.Kind != "":
		return nil, errorf(KindInvalidInput, "", "Credential: integration %q takes none: leave it out", c.def.ID)
	case !c.needsCredential():
		return t.insertRows(ctx, row, nil)
	}
	var err error
	if c.renewer != nil {
		if g.app, err = t.gw.chooseApp(ctx, t.id, c.def.ID, spec.App); err != nil {
			return nil, err
		}
		if g.cred.Kind == "" && g.app != nil && c.oauth != nil && c.oauth.Renewal(appAlone()).Possible {
			g.cred = appAlone() // the app asks in its own name
		}
	}
	if err := checkCredential(c, g.cred); err != nil {
		return nil, err
	}
	if c.verify != nil && !spec.Unverified || c.renewer != nil || c.hooks.connect != nil {
		if err := t.vacant(ctx, row); err != nil {
			return nil, err
		}
	}
	if g, err = t.obtain(ctx, c, infoOf(row, nil), g); err != nil {
		return nil, err
	}
	if err := t.prove(ctx, c, &row, g.cred, spec.Unverified); err != nil {
		return nil, err
	}
	return t.insert(ctx, c, row, g)
}

// vacant refuses a slug that is there before anything is asked of the provider; the
// store decides in the end.
func (t *Tenant) vacant(ctx context.Context, row StoredConnection) error {
	_, _, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, row.Integration, row.Slug)
	switch {
	case err == nil:
		return slugTaken(row)
	case errors.Is(err, ErrUnresolved):
		return nil
	}
	return err
}

func slugTaken(row StoredConnection) error {
	return errorf(KindConflict, "", "there is a connection %q to %q already: use SetCredential or Update, or another slug", row.Slug, row.Integration)
}

// row is the connection that a spec asks for.
func (s ConnectionSpec) row(tenant, integration string, now time.Time) StoredConnection {
	return StoredConnection{
		ID: newConnectionID(now), Tenant: tenant, Integration: integration, Slug: s.Slug, Status: StatusActive,
		BaseURL: s.BaseURL, Parameters: maps.Clone(s.Parameters), Headers: maps.Clone(s.Headers),
		Metadata: maps.Clone(s.Metadata), Tags: slices.Clone(s.Tags), Mappings: encodeMappings(s.Mappings),
	}
}

// checkCredential tests a credential against the scheme.
func checkCredential(c *compiledIntegration, cred auth.Credential) error {
	switch {
	case cred.Kind == "" && c.oauth != nil:
		return errorf(KindConfig, "", "Credential: is missing: %s", firstGrant(c.oauth.Grant))
	case cred.Kind == "":
		return errorf(KindConfig, "", "Credential: is missing: %w", c.def.Auth.Accepts(cred))
	}
	if err := cred.Validate(); err != nil {
		return newError(KindInvalidInput, "", fmt.Errorf("Credential: %w", err))
	}
	if err := c.def.Auth.Accepts(cred); err != nil {
		return newError(KindInvalidInput, "", fmt.Errorf("Credential: %w", err))
	}
	return nil
}

// appAlone is the credential of a connection that has nothing of its own.
func appAlone() auth.Credential { return auth.Credential{Kind: "oauth2"} }

// firstGrant says how a connection gets its first token.
func firstGrant(g auth.GrantType) string {
	switch g {
	case auth.GrantClientCredentials:
		return "give the client, as auth.ClientCredentials or auth.ClientKey, or put an App that all connections ask with"
	case auth.GrantJWTBearer:
		return "give the client, as auth.ClientKey, or put an App that all connections ask with"
	case auth.GrantPassword:
		return "give user and password, as auth.PasswordGrant"
	case auth.GrantDeviceCode:
		return "let a person authorize the connection, with AuthorizeDevice, or give tokens that you have, as auth.Grant"
	}
	return "let a person authorize the connection, with Authorize, or give tokens that you have, as auth.Grant"
}

// sealInto seals a credential that the scheme accepts.
func (t *Tenant) sealInto(c *compiledIntegration, row *StoredCredential, cred auth.Credential) error {
	if err := checkCredential(c, cred); err != nil {
		return err
	}
	row.Status = CredentialActive
	if err := t.gw.sealCredential(row, cred); err != nil {
		return newError(KindConfig, "", fmt.Errorf("Credential: %w", err))
	}
	return nil
}

// Connection returns one connection, by slug or ID; the primary one for an empty
// ref.
func (t *Tenant) Connection(ctx context.Context, integration, ref string) (*ConnectionInfo, error) {
	const op = "connection"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	row, cred, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, integration, ref)
	if err != nil {
		return nil, t.notFound(ctx, op, integration, ref, err)
	}
	info := infoOf(row, cred)
	return &info, nil
}

// notFound explains an absence.
func (t *Tenant) notFound(ctx context.Context, op, integration, ref string, err error) error {
	if errors.Is(err, ErrUnresolved) {
		what := fmt.Sprintf("no primary connection to %q", clip(integration))
		hint := t.gw.meantConnection(ctx, t.id, integration, ref)
		if ref != "" {
			what = fmt.Sprintf("no connection %q to %q", clip(ref), clip(integration))
		}
		if known := t.gw.known(); known[integration] == nil {
			hint += nearest.DidYouMean(integration, maps.Keys(known))
		}
		err = errorf(KindUnresolved, op, "%s%s", what, cmp.Or(hint, ": Tenant.Connections lists what there is"))
	}
	return t.fail(ctx, op, integration, ref, err)
}

// ConnectionList is one page of a tenant's connections. Cursor is empty on the
// last one.
type ConnectionList struct {
	Connections []*ConnectionInfo // oldest first
	Cursor      string
}

// Connections lists the tenant's connections, oldest first, 50 on a page unless
// q says otherwise.
func (t *Tenant) Connections(ctx context.Context, q ConnectionQuery) (*ConnectionList, error) {
	const op = "connections"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return nil, t.fail(ctx, op, q.Integration, "", err)
	}
	q.Limit = limit
	page, err := t.gw.cfg.Store.Connections().List(ctx, t.id, q)
	if err != nil {
		return nil, t.fail(ctx, op, q.Integration, "", err)
	}
	list := &ConnectionList{Cursor: page.Cursor}
	for _, row := range page.Connections {
		info := infoOf(row, nil)
		list.Connections = append(list.Connections, &info)
	}
	return list, nil
}

// checkLimit applies the defaults of listings.
func checkLimit(n int) (int, error) {
	const usual, most = 50, 100
	if n < 0 || n > most {
		return 0, errorf(KindInvalidInput, "", "Limit: %d, want 1 to %d, or 0 for %d", n, most, usual)
	}
	return withDefault(n, usual), nil
}

// Actions lists the actions of the integrations that the tenant is connected
// to, and of those that need no connection.
func (t *Tenant) Actions(ctx context.Context, f ActionFilter) ([]ActionSummary, error) {
	const op = "actions"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	connected := map[string]bool{}
	q := ConnectionQuery{Integration: f.Integration, Limit: 100}
	for {
		page, err := t.gw.cfg.Store.Connections().List(ctx, t.id, q)
		if err != nil {
			return nil, t.fail(ctx, op, f.Integration, "", err)
		}
		for _, c := range page.Connections {
			connected[c.Integration] = true
		}
		if q.Cursor = page.Cursor; q.Cursor == "" {
			break
		}
	}
	known := t.gw.known()
	return slices.DeleteFunc(t.gw.Actions(f), func(a ActionSummary) bool {
		c, ok := known[a.Integration]
		return !ok || !connected[a.Integration] && (c.needsCredential() || len(c.params) > 0)
	}), nil
}

// audit makes the entry of a change.
func (t *Tenant) audit(ctx context.Context, action string, row StoredConnection, before, after any) *AuditEntry {
	target := strings.Trim(row.Integration+"/"+row.Slug, "/")
	return t.gw.auditEntry(ctx, t.id, action, target, before, after)
}

// changed tells observers.
func (t *Tenant) changed(ctx context.Context, event string, info ConnectionInfo) {
	t.gw.observers.connectionChanged(ctx, ConnectionEvent{Event: event, Connection: info.clone(), At: t.gw.cfg.Now()})
}
