package waygate

import (
	"context"
	"encoding/json"
	"strings"
)

type actorKey struct{}

// WithActor names who makes the changes under ctx, for the audit trail: a user's
// id, "support:maria", a job's name. At most 200 bytes are kept.
func WithActor(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, strings.ToValidUTF8(actor[:min(len(actor), 200)], ""))
}

// auditEntry makes the entry of a change. before and after are free of secrets;
// nil where there is nothing.
func (g *Gateway) auditEntry(ctx context.Context, tenant, action, target string, before, after any) *AuditEntry {
	actor, _ := ctx.Value(actorKey{}).(string)
	now := g.cfg.Now()
	return &AuditEntry{ID: newID("aud", now), At: now, Tenant: tenant, Actor: actor, Action: action, Target: target,
		Before: auditValue(before), After: auditValue(after)}
}

// auditValue writes what a person may have changed, and leaves out what the
// store sets by itself.
func auditValue(v any) []byte {
	switch info := v.(type) {
	case nil:
		return nil
	case ConnectionInfo:
		v = struct {
			ConnectionInfo
			Primary   *bool  `json:"primary,omitempty"`
			Version   *int64 `json:"version,omitempty"`
			CreatedAt *bool  `json:"created_at,omitempty"`
			UpdatedAt *bool  `json:"updated_at,omitempty"`
		}{ConnectionInfo: info}
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	return data
}

// Audit lists what was changed for the tenant, newest first, 50 on a page unless
// q says otherwise. A store that keeps no audit trail is [ErrConfig].
func (t *Tenant) Audit(ctx context.Context, q AuditQuery) (*AuditPage, error) {
	const op = "audit"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	if t.gw.parts.audit == nil {
		return nil, t.fail(ctx, op, "", "", missingPart(op, "AuditStore"))
	}
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	q.Limit = limit
	page, err := t.gw.parts.audit.Audit(ctx, t.id, q)
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	return &page, nil
}

// Records lists the tenant's calls, newest first, 50 on a page unless q says
// otherwise. What this gateway still holds in memory is written first; what
// other processes hold comes later.
func (t *Tenant) Records(ctx context.Context, q RecordQuery) (*RecordPage, error) {
	const op = "records"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	limit, err := checkLimit(q.Limit)
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	q.Limit = limit
	q.Integration, q.Action = splitAction(q.Integration, q.Action)
	if err := t.gw.recorder.flush(ctx); err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	page, err := t.gw.cfg.Records.List(ctx, t.id, q)
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	return &page, nil
}

// Statistics sums the tenant's calls up. A record store that can't is
// [ErrConfig].
func (t *Tenant) Statistics(ctx context.Context, q StatisticsQuery) (*Statistics, error) {
	const op = "statistics"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	if t.gw.parts.statistics == nil {
		return nil, t.fail(ctx, op, "", "", missingPart(op, "StatisticsStore"))
	}
	if err := t.gw.recorder.flush(ctx); err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	q.Integration, q.Action = splitAction(q.Integration, q.Action)
	s, err := t.gw.parts.statistics.Statistics(ctx, t.id, q)
	if err != nil {
		return nil, t.fail(ctx, op, "", "", err)
	}
	return &s, nil
}

// splitAction takes a full id in a query apart.
func splitAction(integration, action string) (string, string) {
	if before, after, full := strings.Cut(action, "."); full && (integration == "" || integration == before) {
		return before, after
	}
	return integration, action
}

// storeParts are a store's optional parts, looked up once.
type storeParts struct {
	audit      AuditStore
	variables  VariableStore
	statistics StatisticsStore
	flows      FlowStore
	apps       AppStore
	watch      WatchStore
	wake       WakingStore
}

func partsOf(s Store, records RecordStore) storeParts {
	var p storeParts
	p.audit, _ = unwrapped[AuditStore](s)
	p.variables, _ = unwrapped[VariableStore](s)
	p.flows, _ = unwrapped[FlowStore](s)
	p.apps, _ = unwrapped[AppStore](s)
	p.watch, _ = unwrapped[WatchStore](s)
	p.wake, _ = unwrapped[WakingStore](s)
	p.statistics, _ = unwrapped[StatisticsStore](records)
	return p
}

func missingPart(op, name string) error {
	return errorf(KindConfig, op, "the store is no waygate.%s, which this needs: store/memory and store/postgres are, for one of your own see that interface", name)
}
