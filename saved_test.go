package waygate_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// version is the integration "api" whose action calls a path of that name.
func version(name string) waygate.Integration {
	return api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "/" + name})
}

// savedPair is a pair over a saved definition, to which acme is connected.
func savedPair(t *testing.T, change ...func(*waygate.Config)) *pair {
	t.Helper()
	p := barePair(t, change...)
	p.saves(p.other, version("one"))
	connect(t, p.other, "acme", "api", pat)
	return p
}

func (p *pair) saves(gw *waygate.Gateway, in waygate.Integration) *waygate.SavedIntegration {
	p.Helper()
	s, err := gw.SaveIntegration(p.Context(), in)
	must(p, err)
	return s
}

// calls makes a call through a gateway, and wants it to go to a path.
func (p *pair) calls(x *waygate.Tenant, path string) {
	p.Helper()
	_, err := x.Invoke(p.Context(), "api.a", nil)
	if must(p, err); p.wire.last(p).path != "/"+path {
		p.Errorf("called %s, want /%s", p.wire.last(p).path, path)
	}
}

// lists wants the actions that a gateway lists.
func (p *pair) lists(gw *waygate.Gateway, want ...string) {
	p.Helper()
	var got []string
	for _, a := range gw.Actions(waygate.ActionFilter{}) {
		got = append(got, a.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("the actions: %s", diff)
	}
}

// written puts a definition into the store as another program may: renamed, and
// with one text replaced.
func (p *pair) written(id, old, text string) {
	p.Helper()
	in := version("one")
	in.ID = id
	body := strings.ReplaceAll(jsonText(p, in), old, text)
	latest, _ := p.store.Store.Definitions().Get(p.Context(), id, 0)
	_, err := p.store.Store.Definitions().Put(p.Context(), waygate.StoredDefinition{ID: id, Body: []byte(body)}, latest.Version, nil)
	must(p, err)
}

// TestSaveIntegration shows what a save gives, what is saved, and what is in the
// audit trail.
func TestSaveIntegration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := barePair(t)
		ctx := waygate.WithActor(t.Context(), "user:maria")
		for i, name := range []string{"one", "two", "two", "one"} {
			s, err := p.gw.SaveIntegration(ctx, version(name))
			must(t, err)
			if want := []int64{1, 2, 2, 3}[i]; s.Version != want || s.ID != "api" || s.SavedAt.IsZero() {
				t.Errorf("saved %+v, want version %d", s, want)
			}
			if diff := cmp.Diff(jsonText(t, version(name)), jsonText(t, s.Definition)); diff != "" {
				t.Error(diff)
			}
			s.Definition.Actions[0] = nil // the caller's own
			time.Sleep(time.Millisecond)
		}
		p.asked("Put", 3)
		must(t, p.gw.DeleteIntegration(ctx, "api"))
		if s := p.saves(p.gw, version("one")); s.Version != 4 { // the same as before, but deleted
			t.Errorf("version %d after a deletion", s.Version)
		}
		page, err := p.store.Store.Audit(ctx, "", waygate.AuditQuery{})
		must(t, err)
		var trail []string
		for _, e := range page.Entries {
			var before, after struct{ Version int64 }
			if len(e.Before) > 0 {
				must(t, json.Unmarshal(e.Before, &before))
			}
			if len(e.After) > 0 {
				must(t, json.Unmarshal(e.After, &after))
			}
			trail = append(trail, fmt.Sprintf("%s %s by %s: %d to %d", e.Action, e.Target, e.Actor, before.Version, after.Version))
		}
		if diff := cmp.Diff([]string{
			"definition.save api by : 0 to 0", // its number isn't known before it is written
			"definition.delete api by user:maria: 0 to 0",
			"definition.save api by user:maria: 2 to 3",
			"definition.save api by user:maria: 1 to 2",
			"definition.save api by user:maria: 0 to 0",
		}, trail); diff != "" {
			t.Error(diff)
		}
	})
}

// TestSaveRefused shows what isn't saved, and that the error names what is wrong.
func TestSaveRefused(t *testing.T) {
	t.Parallel()
	p := barePair(t)
	goAction := waygate.ActionFunc(waygate.ActionInfo{ID: "in_go"}, func(context.Context, *waygate.Call) (*waygate.Response, error) {
		return &waygate.Response{}, nil
	})
	own := api(get("a"))
	own.Auth = unknownAuth{auth.Bearer{}}
	for what, c := range map[string]struct {
		in   waygate.Integration
		says []string
	}{
		"an action in Go":              {api(get("a"), goAction), []string{"these actions are Go: in_go", "Replace"}},
		"a path that can't be":         {api(waygate.HTTPAction{ID: "a", Method: "GET", Path: "{"}), []string{"a", "path"}},
		"no ID":                        {waygate.Integration{}, []string{"id"}},
		"a kind that can't be decoded": {own, []string{"unknown_here"}},
	} {
		_, err := p.gw.SaveIntegration(t.Context(), c.in)
		failure(t, err, waygate.KindConfig)
		says(t, err, c.says...)
		if _, err = p.gw.SavedIntegration(t.Context(), "api", 0); failure(t, err, waygate.KindUnresolved) == nil {
			t.Errorf("%s was saved", what)
		}
	}
	p.asked("Put", 0)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range savedDoors(ended, p.gw) {
		failure(t, err, waygate.KindCanceled)
	}
	p.store.fail()
	for _, err := range savedDoors(t.Context(), p.gw) {
		failure(t, err, waygate.KindStore)
	}
	p.store.asks("Put")
	p.store.fail("Get")
	_, err := p.gw.SaveIntegration(t.Context(), version("one"))
	failure(t, err, waygate.KindStore)
	p.asked("Put", 0)
	p.store.hook(nil)
	must(t, p.gw.Shutdown(t.Context()))
	for _, err := range savedDoors(t.Context(), p.gw) {
		failure(t, err, waygate.KindConfig)
	}
}

// savedDoors are the errors of all methods for saved definitions.
func savedDoors(ctx context.Context, gw *waygate.Gateway) []error {
	_, save := gw.SaveIntegration(ctx, version("one"))
	_, one := gw.SavedIntegration(ctx, "api", 0)
	_, list := gw.SavedIntegrations(ctx, "")
	return []error{save, one, list, gw.DeleteIntegration(ctx, "api")}
}

// unknownAuth has a written form of a kind that nobody decodes.
type unknownAuth struct{ auth.Bearer }

func (unknownAuth) Kind() string { return "unknown_here" }

func (unknownAuth) MarshalJSON() ([]byte, error) { return []byte(`{"kind":"unknown_here"}`), nil }

// TestSaveConflict shows that of two who save at once the second is told, and that
// nothing of it is used.
func TestSaveConflict(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]string{"new": "", "there": "one"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := barePair(t)
				if first != "" {
					p.saves(p.other, version(first))
				}
				held, leave := p.store.hold("Get")
				saved := make(chan error)
				go func() { _, err := p.gw.SaveIntegration(t.Context(), version("mine")); saved <- err }()
				<-held
				p.saves(p.other, version("theirs"))
				close(leave)
				err := <-saved
				failure(t, err, waygate.KindConflict)
				says(t, err, "api", "somebody else")
				connect(t, p.gw, "acme", "api", pat)
				p.calls(p.acme, "theirs")
			})
		})
	}
}

// TestSavedIntegrationVersions shows what can be read by number, also after a
// deletion.
func TestSavedIntegrationVersions(t *testing.T) {
	t.Parallel()
	p := barePair(t)
	for _, name := range []string{"one", "two"} {
		p.saves(p.gw, version(name))
	}
	reads := func(number int64, want string) {
		t.Helper()
		s, err := p.other.SavedIntegration(t.Context(), "api", number)
		if want == "" {
			failure(t, err, waygate.KindUnresolved)
			if says(t, err, "api"); strings.Contains(err.Error(), "version 0") {
				t.Errorf("the error tells of a version that nobody asked for: %v", err)
			}
			return
		}
		must(t, err)
		if diff := cmp.Diff(jsonText(t, version(want)), jsonText(t, s.Definition)); diff != "" || s.ID != "api" || s.SavedAt.IsZero() {
			t.Errorf("version %d is %+v: %s", number, s, diff)
		}
	}
	reads(0, "two")
	reads(1, "one")
	reads(2, "two")
	reads(3, "")
	reads(-1, "")
	must(t, p.gw.DeleteIntegration(t.Context(), "api"))
	reads(0, "")
	reads(1, "one")
	failure(t, p.gw.DeleteIntegration(t.Context(), "api"), waygate.KindUnresolved)
	failure(t, p.gw.DeleteIntegration(t.Context(), "none"), waygate.KindUnresolved)
}

// TestSavedIntegrations reads more than one page; a definition that can't be read
// here hides no other.
func TestSavedIntegrations(t *testing.T) {
	t.Parallel()
	p := barePair(t)
	var want []string
	for i := range 120 {
		want = append(want, fmt.Sprintf("api_%03d", i))
		p.written(want[i], "", "")
	}
	p.written("api_050", "bearer", "unknown_here")
	var got []string
	pages := 0
	for cursor := ""; ; pages++ {
		list, err := p.gw.SavedIntegrations(t.Context(), cursor)
		must(t, err)
		for _, s := range list.Integrations {
			got = append(got, s.ID)
			if odd := s.ID == "api_050"; odd != (s.Err != nil) || !odd && s.Definition.ID != s.ID || s.SavedAt.IsZero() {
				t.Errorf("%s: %+v", s.ID, s)
			}
			if s.Err != nil {
				failure(t, s.Err, waygate.KindConfig)
				says(t, s.Err, "version 2", "unknown_here")
			}
		}
		if cursor = list.Cursor; cursor == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || pages != 1 {
		t.Errorf("%d pages with a cursor: %s", pages, diff)
	}
	_, err := p.gw.SavedIntegrations(t.Context(), "not a cursor")
	failure(t, err, waygate.KindInvalidInput)
	_, err = p.gw.SavedIntegration(t.Context(), "api_050", 0)
	failure(t, err, waygate.KindConfig)
}
