package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/waygate-go/waygate"
)

// audit is an entry with its place in the trail.
type audit struct {
	n     uint64
	entry waygate.AuditEntry
}

func compareAudits(a, b audit) int { return cmp.Compare(a.n, b.n) }

// checkAudit refuses an entry that would land in another tenant's trail.
func checkAudit(e *waygate.AuditEntry, tenant string) error {
	if e != nil && e.Tenant != tenant {
		return invalid("audit entry: its Tenant %q is not %q, whose rows are changed", clip(e.Tenant), clip(tenant))
	}
	return nil
}

// audit writes the entry of a change, under the lock of the change; nil is none.
func (s *Store) audit(e *waygate.AuditEntry) {
	if e != nil {
		s.audits.add(e.Tenant, audit{s.next(), cloneAudit(*e)})
	}
}

// Audit returns a tenant's entries, newest first; see [waygate.AuditStore]. At
// most [AuditLimit] entries are kept.
func (s *Store) Audit(ctx context.Context, tenant string, q waygate.AuditQuery) (waygate.AuditPage, error) {
	l := listing{"audit", tenant}
	var page waygate.AuditPage
	if err := s.beginRead(ctx); err != nil {
		return page, err
	}
	defer s.mu.RUnlock()
	limit, err := pageLimit(q.Limit)
	if err != nil {
		return page, err
	}
	last, err := s.cursors.decodeNumber(l, q.Cursor)
	if err != nil {
		return page, err
	}
	trail := s.audits.items(tenant)
	if last != 0 {
		i, _ := slices.BinarySearchFunc(trail, audit{n: last}, compareAudits)
		trail = trail[:i]
	}
	for _, a := range slices.Backward(trail) {
		if q.Action != "" && q.Action != a.entry.Action || q.Target != "" && q.Target != a.entry.Target {
			continue
		}
		if len(page.Entries) == limit {
			page.Cursor = s.cursors.encodeNumber(l, last)
			break
		}
		page.Entries = append(page.Entries, cloneAudit(a.entry))
		last = a.n
	}
	return page, nil
}
