package waygate

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/waygate-go/waygate/auth"
)

// found is a connection that is about to be changed.
type found struct {
	c    *compiledIntegration
	row  StoredConnection
	cred *StoredCredential
}

// lookUp starts a changing method; its caller ends with t.gw.life.end.
func (t *Tenant) lookUp(ctx context.Context, op, integration, ref string) (found, error) {
	if err := t.begin(ctx, op); err != nil {
		return found{}, err
	}
	f := found{}
	var err error
	stay := false
	defer func() { // also if the host's store panics
		if !stay {
			t.gw.life.end()
		}
	}()
	if f.row, f.cred, err = t.gw.cfg.Store.Connections().Find(ctx, t.id, integration, ref); err != nil {
		return f, t.notFound(ctx, op, integration, ref, err)
	}
	stay = true
	if f.c, err = t.gw.integration(ctx, op, integration); err != nil {
		f.c = nil // only needed to check new values
	}
	return f, nil
}

// definition is needed by changes that are checked against it.
func (f found) definition(g *Gateway, op, integration string) error {
	if f.c == nil {
		return g.unknownIntegration(op, integration)
	}
	return nil
}

// update writes a changed connection and tells of it.
func (t *Tenant) update(ctx context.Context, op, event string, f found, next StoredConnection) (*ConnectionInfo, error) {
	before := infoOf(f.row, f.cred)
	audit := t.audit(ctx, "connection."+op, f.row, before, infoOf(next, f.cred))
	defer t.gw.cache.forget(t.id, f.row.Integration)
	saved, err := t.gw.cfg.Store.Connections().Update(ctx, next, audit)
	if errors.Is(err, ErrConflict) {
		err = errorf(KindConflict, op, "the connection was changed meanwhile: read it again and repeat")
	}
	if err != nil {
		return nil, t.fail(ctx, op, f.row.Integration, f.row.Slug, err)
	}
	info := infoOf(saved, f.cred)
	t.changed(ctx, event, info)
	return &info, nil
}

// Update changes a connection's settings. What it sets is checked as in
// [Tenant.Connect]; a version that moved is [ErrConflict].
func (t *Tenant) Update(ctx context.Context, integration, ref string, u ConnectionUpdate) (*ConnectionInfo, error) {
	const op = "update"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	if err := f.definition(t.gw, op, integration); err != nil {
		return nil, t.fail(ctx, op, integration, ref, err)
	}
	if u.Version != 0 && u.Version != f.row.Version {
		return nil, t.fail(ctx, op, integration, ref, errorf(KindConflict, op, "the connection has version %d, not %d: read it again", f.row.Version, u.Version))
	}
	if err := f.c.checkMappings(u.Mappings); err != nil {
		return nil, t.fail(ctx, op, integration, ref, err)
	}
	next := u.applied(f.row)
	if err := t.gw.checkConnection(f.c, infoOf(next, f.cred)); err != nil {
		return nil, t.fail(ctx, op, integration, ref, err)
	}
	return t.update(ctx, op, EventUpdated, f, next)
}

func (u ConnectionUpdate) applied(c StoredConnection) StoredConnection {
	if u.BaseURL != nil {
		c.BaseURL = *u.BaseURL
	}
	if u.Parameters != nil {
		c.Parameters = maps.Clone(u.Parameters)
	}
	if u.Headers != nil {
		c.Headers = maps.Clone(u.Headers)
	}
	if u.Metadata != nil {
		c.Metadata = maps.Clone(u.Metadata)
	}
	if u.Tags != nil {
		c.Tags = slices.Clone(u.Tags)
	}
	if u.Mappings != nil {
		c.Mappings = encodeMappings(u.Mappings)
	}
	return c
}

// SetCredential replaces a connection's credential, after the integration's
// [Verification] where it has one. Connections that use it and
// needed re-auth, or were in error, are active again; those that were disabled
// stay so. A refresh token that was renewed meanwhile doesn't take the place of the
// newer one.
func (t *Tenant) SetCredential(ctx context.Context, integration, ref string, c auth.Credential) (*ConnectionInfo, error) {
	const op = "set_credential"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	if err := t.replaceCredential(ctx, &f, c); err != nil {
		return nil, t.fail(ctx, op, integration, ref, err)
	}
	row, cred, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, integration, f.row.ID)
	if err != nil {
		return nil, t.notFound(ctx, op, integration, ref, err)
	}
	info := infoOf(row, cred)
	t.changed(ctx, EventCredentialSet, info)
	return &info, nil
}

func (t *Tenant) replaceCredential(ctx context.Context, f *found, c auth.Credential) error {
	if err := f.definition(t.gw, "", f.row.Integration); err != nil {
		return err
	}
	if f.cred == nil {
		return errorf(KindConfig, "", "connection %q has no credential to replace: integration %q took none when it was connected", f.row.Slug, f.row.Integration)
	}
	if err := checkCredential(f.c, c); err != nil {
		return err
	}
	g, err := t.regrant(ctx, *f, c)
	if err != nil {
		return err
	}
	if err := t.verify(ctx, f.c, infoOf(f.row, f.cred), g.cred); err != nil {
		return err
	}
	next, write, err := t.replacement(f.c, *f.cred, g)
	if err != nil || !write {
		return err
	}
	defer t.gw.cache.forget(t.id, f.row.Integration)
	saved, err := t.gw.cfg.Store.Credentials().Save(ctx, next, t.audit(ctx, "credential.set", f.row, nil, nil))
	if errors.Is(err, ErrConflict) {
		return errorf(KindConflict, "", "the credential was changed meanwhile: repeat if it is still wanted")
	}
	if err != nil {
		return err
	}
	f.cred = &saved
	return nil
}

// SetPrimary makes an active connection the one that calls without [On] use.
func (t *Tenant) SetPrimary(ctx context.Context, integration, ref string) error {
	const op = "set_primary"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return err
	}
	defer t.gw.life.end()
	if e := statusError(infoOf(f.row, nil)); e != nil {
		return t.fail(ctx, op, integration, ref, e)
	}
	audit := t.audit(ctx, "connection.set_primary", f.row, nil, nil)
	defer t.gw.cache.forget(t.id, f.row.Integration)
	if err := t.gw.cfg.Store.Connections().SetPrimary(ctx, t.id, f.row.ID, audit); err != nil {
		return t.fail(ctx, op, integration, ref, err)
	}
	info := infoOf(f.row, f.cred)
	info.Primary = true
	t.changed(ctx, EventPrimary, info)
	return nil
}

// Enable makes a disabled connection, or one in error, active. One that needs
// re-auth is [ErrNeedsReauth]: it takes a new credential; one that needed it when
// it was disabled needs it again.
func (t *Tenant) Enable(ctx context.Context, integration, ref string) (*ConnectionInfo, error) {
	const op = "enable"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	if f.row.Status == StatusNeedsReauth {
		return nil, t.fail(ctx, op, integration, ref, statusError(infoOf(f.row, nil)))
	}
	next := f.row
	next.Status, next.Resume = StatusActive, ""
	if f.row.Resume == StatusNeedsReauth {
		next.Status = StatusNeedsReauth
	}
	return t.update(ctx, op, EventEnabled, f, next)
}

// Disable stops calls over a connection. If it was the primary one, the oldest
// active one takes its place.
func (t *Tenant) Disable(ctx context.Context, integration, ref string) (*ConnectionInfo, error) {
	const op = "disable"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	next := f.row
	if next.Status != StatusDisabled {
		next.Status, next.Resume = StatusDisabled, f.row.Status
	}
	return t.update(ctx, op, EventDisabled, f, next)
}

// Disconnect removes a connection and its credential. If it was the primary
// one, the oldest active one takes its place. Tokens are then revoked, where the
// scheme has a RevokeURL (RFC 7009) and no other connection uses them; observers are
// told whether that went well.
func (t *Tenant) Disconnect(ctx context.Context, integration, ref string) error {
	const op = "disconnect"
	f, err := t.lookUp(ctx, op, integration, ref)
	if err != nil {
		return err
	}
	defer t.gw.life.end()
	info := infoOf(f.row, f.cred)
	audit := t.audit(ctx, "connection.delete", f.row, info, nil)
	defer t.gw.cache.forget(t.id, f.row.Integration)
	if err := t.gw.cfg.Store.Connections().Delete(ctx, t.id, f.row.ID, audit); err != nil {
		return t.fail(ctx, op, integration, ref, err)
	}
	t.changed(ctx, EventDisconnected, info)
	t.giveBack(ctx, f, info)
	return nil
}

// giveBack revokes the tokens of a connection that was removed, if no other uses
// them. That it fails is told, but doesn't bring the connection back.
func (t *Tenant) giveBack(ctx context.Context, f found, info ConnectionInfo) {
	if f.cred == nil || f.c == nil || f.c.oauth == nil || f.c.oauth.RevokeURL == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, t.gw.cfg.tokenDeadline())
	defer cancel()
	if _, err := t.gw.cfg.Store.Credentials().Get(ctx, t.id, f.cred.ID); !errors.Is(err, ErrUnresolved) {
		return // it is still used, or nobody knows
	}
	cred, err := t.gw.openCredential(*f.cred)
	if err == nil {
		err = t.gw.revoke(ctx, f.c, f.row, cred)
	}
	event := ConnectionEvent{Event: EventRevoked, Connection: info, At: t.gw.cfg.Now()}
	if err != nil {
		event.Event, event.Err = EventRevokeFailed, err
	}
	t.gw.logToken(event)
	t.gw.observers.connectionChanged(ctx, event)
}

// Purge removes all that the stores hold of the tenant: connections,
// credentials, variables, apps, authorizations under way and records; and says
// how many of each. One entry of the audit trail stays, which says that it was
// done.
func (t *Tenant) Purge(ctx context.Context) (Purged, error) {
	const op = "purge"
	if err := t.begin(ctx, op); err != nil {
		return Purged{}, err
	}
	defer t.gw.life.end()
	if err := t.gw.recorder.flush(ctx); err != nil {
		return Purged{}, t.fail(ctx, op, "", "", err)
	}
	audit := t.gw.auditEntry(ctx, t.id, "tenant.purge", t.id, nil, nil)
	defer t.gw.changed(Change{Kind: ChangeTenant, Tenant: t.id})
	done, err := t.gw.cfg.Store.Connections().Purge(ctx, t.id, audit)
	if err != nil {
		return done, t.fail(ctx, op, "", "", err)
	}
	if done.Records, err = t.gw.cfg.Records.Purge(ctx, t.id); err != nil {
		return done, t.fail(ctx, op, "", "", err)
	}
	return done, nil
}
