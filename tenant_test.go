package waygate_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// doors are all methods of a tenant, by name.
func doors(t *testing.T) map[string]func(ctx context.Context, x *waygate.Tenant) error {
	t.Helper()
	return map[string]func(context.Context, *waygate.Tenant) error{
		"Connect": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "new", Credential: pat})
			return err
		},
		"Connection": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Connection(ctx, "api", "main")
			return err
		},
		"Connections": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Connections(ctx, waygate.ConnectionQuery{})
			return err
		},
		"Actions": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Actions(ctx, waygate.ActionFilter{})
			return err
		},
		"Update": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Update(ctx, "api", "main", waygate.ConnectionUpdate{})
			return err
		},
		"SetCredential": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.SetCredential(ctx, "api", "main", pat)
			return err
		},
		"SetPrimary": func(ctx context.Context, x *waygate.Tenant) error { return x.SetPrimary(ctx, "api", "main") },
		"Enable":     func(ctx context.Context, x *waygate.Tenant) error { _, err := x.Enable(ctx, "api", "main"); return err },
		"Disable": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Disable(ctx, "api", "main")
			return err
		},
		"Disconnect": func(ctx context.Context, x *waygate.Tenant) error { return x.Disconnect(ctx, "api", "main") },
		"Purge":      func(ctx context.Context, x *waygate.Tenant) error { _, err := x.Purge(ctx); return err },
		"SetVariable": func(ctx context.Context, x *waygate.Tenant) error {
			return x.SetVariable(ctx, waygate.Variable{Integration: "api", Connection: "main", Name: "x", Value: "1"})
		},
		"DeleteVariable": func(ctx context.Context, x *waygate.Tenant) error {
			return x.DeleteVariable(ctx, waygate.Variable{Integration: "api", Connection: "main", Name: "x"})
		},
		"Records": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Records(ctx, waygate.RecordQuery{})
			return err
		},
		"Statistics": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Statistics(ctx, waygate.StatisticsQuery{})
			return err
		},
		"Audit": func(ctx context.Context, x *waygate.Tenant) error {
			_, err := x.Audit(ctx, waygate.AuditQuery{})
			return err
		},
		"Invoke":  func(ctx context.Context, x *waygate.Tenant) error { _, err := x.Invoke(ctx, "api.a", nil); return err },
		"Collect": func(ctx context.Context, x *waygate.Tenant) error { _, err := x.Collect(ctx, "api.a", nil); return err },
		"Items": func(ctx context.Context, x *waygate.Tenant) error {
			for _, err := range waygate.Items[any](ctx, x, "api.a", nil) {
				return err
			}
			return nil
		},
	}
}

// TestTenantIDs shows which ids are taken, at every door.
func TestTenantIDs(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	must(t, gw.Register(t.Context(), api(get("a"))))
	bad := map[string]string{"empty": "", "long": strings.Repeat("a", 201), "control": "a\nb", "nul": "a\x00", "C1": "a\u0085", "not UTF-8": "a\xff"}
	for name, id := range bad {
		for door, call := range doors(t) {
			err := call(t.Context(), gw.Tenant(id))
			if !errors.Is(err, waygate.ErrInvalidInput) {
				t.Errorf("%s, %s: %v", door, name, err)
			}
		}
	}
	for _, id := range []string{"a", strings.Repeat("a", 200), "Ünïcode/with spaces", "a'b\"c", "..", "%2F"} {
		door := gw.Tenant(id)
		if door.ID() != id {
			t.Errorf("ID is %q", door.ID())
		}
		_, err := door.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
		must(t, err)
		_, err = door.Invoke(t.Context(), "api.a", nil)
		must(t, err)
		if list := recordsOf(t, door); len(list) != 1 || list[0].Tenant != id {
			t.Errorf("%q has the records %v", id, list)
		}
	}
}

// TestForeignTenant shows that another tenant's connection is as good as none,
// by slug and by ID, at every door.
func TestForeignTenant(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	gw, acme := ready(t, w, api(get("a")))
	mine, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "x", Value: "mine"}))
	_, err = acme.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	sent := len(w.seen())
	evil := gw.Tenant("evil")
	for _, ref := range []string{"main", mine.ID, ""} {
		v := waygate.Variable{Integration: "api", Connection: ref, Name: "x", Value: "1"}
		tries := map[string]func() error{
			"Connection":     func() error { _, err := evil.Connection(t.Context(), "api", ref); return err },
			"Update":         func() error { _, err := evil.Update(t.Context(), "api", ref, waygate.ConnectionUpdate{}); return err },
			"SetCredential":  func() error { _, err := evil.SetCredential(t.Context(), "api", ref, pat); return err },
			"SetPrimary":     func() error { return evil.SetPrimary(t.Context(), "api", ref) },
			"Enable":         func() error { _, err := evil.Enable(t.Context(), "api", ref); return err },
			"Disable":        func() error { _, err := evil.Disable(t.Context(), "api", ref); return err },
			"Disconnect":     func() error { return evil.Disconnect(t.Context(), "api", ref) },
			"SetVariable":    func() error { return evil.SetVariable(t.Context(), v) },
			"DeleteVariable": func() error { return evil.DeleteVariable(t.Context(), v) },
			"Invoke":         func() error { _, err := evil.Invoke(t.Context(), "api.a", nil, waygate.On(ref)); return err },
			"Collect":        func() error { _, err := evil.Collect(t.Context(), "api.a", nil, waygate.On(ref)); return err },
		}
		if ref == "" {
			delete(tries, "SetVariable")
			delete(tries, "Collect")
			tries["Invoke"] = func() error { _, err := evil.Invoke(t.Context(), "api.a", nil); return err }
		}
		for door, try := range tries {
			if err := try(); !errors.Is(err, waygate.ErrUnresolved) {
				if ref == "" && door == "DeleteVariable" && errors.Is(err, waygate.ErrInvalidInput) {
					continue // names no connection
				}
				t.Errorf("%s of %q: %v", door, ref, err)
			}
		}
	}
	if len(w.seen()) != sent {
		t.Error("a request was sent")
	}
	list, err := evil.Connections(t.Context(), waygate.ConnectionQuery{})
	must(t, err)
	actions, err := evil.Actions(t.Context(), waygate.ActionFilter{})
	must(t, err)
	if len(list.Connections) != 0 || len(actions) != 0 {
		t.Errorf("sees %v and %v", list.Connections, actions)
	}
	for _, r := range recordsOf(t, evil) {
		if r.Tenant != "evil" || r.ConnectionID != "" {
			t.Errorf("sees the record %+v", r)
		}
	}
	_, err = evil.Purge(t.Context())
	must(t, err)
	again, err := acme.Connection(t.Context(), "api", "main")
	must(t, err)
	if diff := cmp.Diff(mine, again); diff != "" {
		t.Errorf("changed by another tenant: %s", diff)
	}
}

// TestEndedContext shows that every method reports an ended ctx as such.
func TestEndedContext(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	_, acme := ready(t, w, api(get("a")))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, end := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer end()
	for door, call := range doors(t) {
		if err := call(canceled, acme); !errors.Is(err, waygate.ErrCanceled) || !errors.Is(err, context.Canceled) {
			t.Errorf("%s, canceled: %v", door, err)
		}
		if err := call(late, acme); !errors.Is(err, waygate.ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s, late: %v", door, err)
		}
	}
	if n := len(w.seen()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// TestAuditTrail shows that every change is in the trail, with its actor, and
// that no secret is.
func TestAuditTrail(t *testing.T) {
	t.Parallel()
	seen := &watcher{}
	gw := wired(t, always(200, `{}`), func(c *waygate.Config) { c.Observers = []waygate.Observer{seen} })
	must(t, gw.Register(t.Context(), api(get("a"))))
	acme := gw.Tenant("acme")
	ctx := waygate.WithActor(t.Context(), "user:maria")
	step := func(_ any, err error) { t.Helper(); must(t, err) }
	step(acme.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "main", Credential: pat}))
	step(acme.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "other", Credential: pat}))
	step(acme.Update(ctx, "api", "main", waygate.ConnectionUpdate{Tags: []string{"crm"}}))
	step(acme.SetCredential(ctx, "api", "main", auth.Token("another-secret-token")))
	must(t, acme.SetPrimary(ctx, "api", "other"))
	step(acme.Disable(ctx, "api", "main"))
	step(acme.Enable(ctx, "api", "main"))
	must(t, acme.SetVariable(ctx, waygate.Variable{Name: "v", Value: "a-variable-secret", Secret: true}))
	must(t, acme.DeleteVariable(ctx, waygate.Variable{Name: "v"}))
	must(t, acme.Disconnect(ctx, "api", "main"))
	page, err := acme.Audit(ctx, waygate.AuditQuery{})
	must(t, err)
	var got []string
	for _, e := range page.Entries {
		got = append(got, e.Action+" "+e.Target)
		if e.Actor != "user:maria" || e.Tenant != "acme" || e.ID == "" || e.At.IsZero() {
			t.Errorf("entry %+v", e)
		}
		for _, value := range []string{"a-token-for-tests-0123", "another-secret-token", "a-variable-secret"} {
			if strings.Contains(string(e.Before)+string(e.After), value) {
				t.Errorf("%s holds a secret", e.Action)
			}
		}
	}
	want := []string{"connection.delete api/main", "variable.delete v", "variable.set v", "connection.enable api/main", "connection.disable api/main",
		"connection.set_primary api/other", "credential.set api/main", "connection.update api/main", "connection.create api/other", "connection.create api/main"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"connected", "connected", "updated", "credential_set", "primary", "disabled", "enabled", "disconnected"}, seen.changes()); diff != "" {
		t.Error(diff)
	}
	update := page.Entries[7]
	if strings.Contains(string(update.Before), "crm") || !strings.Contains(string(update.After), "crm") {
		t.Errorf("from %s to %s", update.Before, update.After)
	}
	one, err := acme.Audit(ctx, waygate.AuditQuery{Action: "credential.set", Limit: 1})
	must(t, err)
	if len(one.Entries) != 1 {
		t.Errorf("%d entries", len(one.Entries))
	}
	for _, limit := range []int{-1, 101} {
		_, err = acme.Audit(ctx, waygate.AuditQuery{Limit: limit})
		failure(t, err, waygate.KindInvalidInput)
		_, err = acme.Records(ctx, waygate.RecordQuery{Limit: limit})
		failure(t, err, waygate.KindInvalidInput)
		_, err = acme.Connections(ctx, waygate.ConnectionQuery{Limit: limit})
		failure(t, err, waygate.KindInvalidInput)
	}
}

// TestActor shows that an actor is cut between characters.
func TestActor(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	must(t, gw.Register(t.Context(), api(get("a"))))
	for i, actor := range []string{"", strings.Repeat("a", 300), "x" + strings.Repeat("ä", 150), strings.Repeat("€", 100)} {
		_, err := gw.Tenant("acme").Connect(waygate.WithActor(t.Context(), actor), "api", waygate.ConnectionSpec{Slug: fmt.Sprint("c", i), Credential: pat})
		must(t, err)
		page, err := gw.Tenant("acme").Audit(t.Context(), waygate.AuditQuery{Limit: 1})
		must(t, err)
		got := page.Entries[0].Actor
		if len(got) > 200 || !utf8.ValidString(got) || !strings.HasPrefix(actor, got) || len(actor) > 200 && len(got) < 197 {
			t.Errorf("%q became %q", actor, got)
		}
	}
}

// TestPurge shows that everything of a tenant goes, and nothing of another's.
func TestPurge(t *testing.T) {
	t.Parallel()
	gw, acme := ready(t, always(200, `{}`), api(get("a")))
	other := connect(t, gw, "other", "api", pat)
	for _, x := range []*waygate.Tenant{acme, other} {
		must(t, x.SetVariable(t.Context(), waygate.Variable{Name: "x", Value: 1}))
		_, err := x.Invoke(t.Context(), "api.a", nil)
		must(t, err)
	}
	got, err := acme.Purge(t.Context())
	must(t, err)
	if diff := cmp.Diff(waygate.Purged{Connections: 1, Credentials: 1, Variables: 1, Records: 1}, got); diff != "" {
		t.Error(diff)
	}
	if list := recordsOf(t, acme); len(list) != 0 {
		t.Errorf("%d records are left", len(list))
	}
	page, err := acme.Audit(t.Context(), waygate.AuditQuery{})
	must(t, err)
	if len(page.Entries) != 1 || page.Entries[0].Action != "tenant.purge" {
		t.Errorf("the trail is %v", page.Entries)
	}
	_, err = other.Invoke(t.Context(), "api.a", nil)
	must(t, err)
	if list := recordsOf(t, other); len(list) != 2 {
		t.Errorf("the other tenant has %d records", len(list))
	}
	got, err = acme.Purge(t.Context())
	must(t, err)
	if got != (waygate.Purged{}) {
		t.Errorf("purged %+v twice", got)
	}
}
