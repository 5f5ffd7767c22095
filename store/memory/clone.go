package memory

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/waygate-go/waygate"
)

// Rows are copied on the way in and on the way out. Between the two, their maps
// and slices are replaced but never changed, so that a row copied by value under
// the lock can be cloned after it.

func cloneConnection(c waygate.StoredConnection) waygate.StoredConnection {
	c.Parameters, c.Headers, c.Metadata = maps.Clone(c.Parameters), maps.Clone(c.Headers), maps.Clone(c.Metadata)
	c.Tags, c.Mappings = slices.Clone(c.Tags), bytes.Clone(c.Mappings)
	return c
}

func cloneCredential(c waygate.StoredCredential) waygate.StoredCredential {
	c.Sealed, c.Spare = bytes.Clone(c.Sealed), bytes.Clone(c.Spare)
	c.Expires, c.RefreshAt = wall(c.Expires), wall(c.RefreshAt)
	c.IssuedAt, c.ForcedAt = wall(c.IssuedAt), wall(c.ForcedAt)
	if c.Digests != nil {
		digests := make([][]byte, len(c.Digests))
		for i, d := range c.Digests {
			digests[i] = bytes.Clone(d)
		}
		c.Digests = digests
	}
	if c.Intent != nil {
		in := *c.Intent
		c.Intent = &in
	}
	return c
}

func cloneDefinition(d waygate.StoredDefinition) waygate.StoredDefinition {
	d.Body = bytes.Clone(d.Body)
	return d
}

func cloneVariable(v waygate.StoredVariable) waygate.StoredVariable {
	v.Sealed = bytes.Clone(v.Sealed)
	return v
}

func cloneFlow(f waygate.StoredFlow) waygate.StoredFlow {
	f.Sealed = bytes.Clone(f.Sealed)
	return f
}

func cloneApp(a waygate.StoredApp) waygate.StoredApp {
	a.Settings, a.Sealed = bytes.Clone(a.Settings), bytes.Clone(a.Sealed)
	return a
}

func cloneAudit(e waygate.AuditEntry) waygate.AuditEntry {
	e.At, e.Before, e.After = wall(e.At), bytes.Clone(e.Before), bytes.Clone(e.After)
	return e
}

func cloneRecord(r waygate.CallRecord) waygate.CallRecord {
	r.Start = wall(r.Start)
	r.Attempts, r.Warnings = slices.Clone(r.Attempts), slices.Clone(r.Warnings)
	r.Request, r.Response = cloneMessage(r.Request), cloneMessage(r.Response)
	return r
}

func cloneMessage(m *waygate.RecordedMessage) *waygate.RecordedMessage {
	if m == nil {
		return nil
	}
	c := *m
	c.Headers = maps.Clone(c.Headers)
	return &c
}

// wall drops the monotonic reading of a time: stored times are compared with
// those of other processes and other days.
func wall(t time.Time) time.Time { return t.Round(0) }
