package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waygate-go/waygate"
)

func appClauses() []clause {
	return []clause{
		{name: "1_names", run: appNames},
		{name: "2_add", run: addApps},
		{name: "2_add_race", run: addAppRace},
		{name: "3_change", run: changeApp},
		{name: "3_stale_version", run: staleApp},
		{name: "3_change_race", run: changeAppRace},
		{name: "4_settings", run: appSettings},
		{name: "5_most", run: mostApps},
		{name: "5_most_race", run: mostAppsRace},
		{name: "6_delete", run: deleteApp},
		{name: "7_purge", run: appsPurged},
	}
}

// hasApps wants the apps of a tenant, in order.
func (e *env) hasApps(tenant, integration string, want []waygate.StoredApp, what string) {
	e.Helper()
	got, err := e.apps.Apps(e.ctx(), tenant, integration)
	e.ok(err, "Apps of "+what)
	e.same(got, want, "the apps of "+what)
}

// keepsApp wants what was put to come back in all ways.
func (e *env) keepsApp(a waygate.StoredApp) {
	e.Helper()
	want := a
	added := e.addApp(a)
	want.Version, want.CreatedAt, want.UpdatedAt = added.Version, added.CreatedAt, added.UpdatedAt
	e.same(added, want, "the app as added")
	got, err := e.apps.App(e.ctx(), a.Tenant, a.Integration, a.ID)
	e.ok(err, "App")
	e.same(got, want, "the app that App gives")
	e.hasApps(a.Tenant, a.Integration, []waygate.StoredApp{want}, "the one who put one")
	if i := slices.IndexFunc(e.allApps(), func(s waygate.StoredApp) bool { return canonical(s) == canonical(want) }); i < 0 {
		e.Errorf("ScanApps doesn't give the app as it was added")
	}
	changed, err := e.apps.PutApp(e.ctx(), got, nil)
	e.ok(err, "PutApp of a version")
	want.Version, want.UpdatedAt = changed.Version, changed.UpdatedAt
	e.same(changed, want, "the app as changed")
}

// appResults are the results of all methods that give apps.
func (e *env) appResults(a waygate.StoredApp) []any {
	added := e.addApp(a)
	changed, err := e.apps.PutApp(e.ctx(), added, nil)
	e.ok(err, "PutApp")
	got, err := e.apps.App(e.ctx(), a.Tenant, a.Integration, a.ID)
	e.ok(err, "App")
	list, err := e.apps.Apps(e.ctx(), a.Tenant, a.Integration)
	e.ok(err, "Apps")
	return []any{&added, &changed, &got, &list, ptr(e.allApps())}
}

// appNames: an ID stands for one app of a tenant, or of the platform, and one
// integration.
func appNames(e *env) {
	made := map[[2]string]waygate.StoredApp{}
	for _, tenant := range []string{acme, globex, ""} {
		for _, integration := range []string{github, "slack"} {
			a := e.app(tenant, "app")
			a.Integration, a.Sealed = integration, []byte(tenant+" of "+integration)
			made[[2]string{tenant, integration}] = e.addApp(a)
		}
	}
	for name, want := range made {
		got, err := e.apps.App(e.ctx(), name[0], name[1], "app")
		e.ok(err, "App")
		e.same(got, want, fmt.Sprintf("the app of %q", name))
		e.hasApps(name[0], name[1], []waygate.StoredApp{want}, fmt.Sprintf("%q", name))
	}
	e.same(len(e.allApps()), len(made), "how many apps ScanApps gives")
	for _, name := range [][3]string{{"umbrella", github, "app"}, {acme, "jira", "app"}, {acme, github, "other"}} {
		_, err := e.apps.App(e.ctx(), name[0], name[1], name[2])
		e.is(err, waygate.ErrUnresolved, fmt.Sprintf("App of %q", name))
	}
	e.hasApps("umbrella", github, nil, "a tenant that has none")
	e.hasApps(acme, "jira", nil, "an integration that has none")
}

func addApps(e *env) {
	a := e.app(acme, "app")
	added := e.addApp(a)
	a.Version, a.CreatedAt, a.UpdatedAt = 1, added.CreatedAt, added.UpdatedAt
	e.same(added, a, "the result of PutApp")
	if !added.CreatedAt.Equal(added.UpdatedAt) {
		e.Errorf("a new app was made at %s and changed at %s", added.CreatedAt, added.UpdatedAt)
	}
	again := a
	again.Version, again.Sealed = 0, []byte("again")
	_, err := e.apps.PutApp(e.ctx(), again, nil)
	e.is(err, waygate.ErrConflict, "PutApp of an ID that is there")
	e.hasApps(acme, github, []waygate.StoredApp{a}, "acme after another was refused")
}

func addAppRace(e *env) {
	e.one(e.race(racers, func(i int) error {
		a := e.app(acme, "app")
		a.Sealed = []byte(fmt.Sprint("racer ", i))
		_, err := e.apps.PutApp(e.ctx(), a, nil)
		return err
	}), "PutApp of one ID")
	e.same(ids(e.allApps(), appID), []string{"app"}, "the apps")
}

func changeApp(e *env) {
	a, other := e.addApp(e.app(acme, "app")), e.addApp(e.app(acme, "other"))
	for i, status := range []waygate.AppStatus{waygate.AppSuspended, waygate.AppDeprecated, waygate.AppError, waygate.AppActive} {
		e.tick()
		next := a
		next.Status, next.Settings, next.Sealed = status, []byte(fmt.Sprintf(`{"n":%d}`, i)), []byte(fmt.Sprint("sealed ", i))
		next.CreatedAt = base()
		got, err := e.apps.PutApp(e.ctx(), next, nil)
		e.ok(err, "PutApp of a version")
		if !got.UpdatedAt.After(a.UpdatedAt) {
			e.Errorf("UpdatedAt is %s after %s, want later", got.UpdatedAt, a.UpdatedAt)
		}
		next.Version, next.CreatedAt, next.UpdatedAt = a.Version+1, a.CreatedAt, got.UpdatedAt
		e.same(got, next, "the result of PutApp of a version")
		e.hasApps(acme, github, []waygate.StoredApp{next, other}, "acme after a change")
		a = next
	}
	a.Settings, a.Sealed = nil, nil
	got, err := e.apps.PutApp(e.ctx(), a, nil)
	e.ok(err, "PutApp of nothing")
	a.Version, a.UpdatedAt = got.Version, got.UpdatedAt
	e.hasApps(acme, github, []waygate.StoredApp{a, other}, "acme after one was emptied")
}

func staleApp(e *env) {
	a := e.addApp(e.app(acme, "app"))
	changed, err := e.apps.PutApp(e.ctx(), a, nil)
	e.ok(err, "PutApp of a version")
	for _, version := range []int64{a.Version, changed.Version + 1, -1} {
		stale := a
		stale.Version, stale.Sealed = version, []byte("stale")
		_, err := e.apps.PutApp(e.ctx(), stale, nil)
		e.is(err, waygate.ErrConflict, fmt.Sprintf("PutApp of version %d", version))
	}
	e.hasApps(acme, github, []waygate.StoredApp{changed}, "acme after changes that failed")
	none := e.app(acme, "none")
	none.Version = 1
	_, err = e.apps.PutApp(e.ctx(), none, nil)
	e.is(err, waygate.ErrUnresolved, "PutApp of a version where nothing is")
}

func changeAppRace(e *env) {
	a := e.addApp(e.app(acme, "app"))
	e.one(e.race(racers, func(i int) error {
		next := a
		next.Sealed = []byte(fmt.Sprint("racer ", i))
		_, err := e.apps.PutApp(e.ctx(), next, nil)
		return err
	}), "PutApp of one version")
	got, err := e.apps.App(e.ctx(), acme, github, "app")
	e.ok(err, "App")
	e.same(got.Version, a.Version+1, "the version after one change")
}

// appSettings: what is no JSON is refused where it is put, not found by who reads
// it.
func appSettings(e *env) {
	a := e.addApp(e.app(acme, "app"))
	for _, bad := range []string{"{", `{"a":}`, "client_id", `{"a":1}{}`} {
		added, changed := e.app(acme, "bad"), a
		added.Settings, changed.Settings = []byte(bad), []byte(bad)
		for _, put := range []waygate.StoredApp{added, changed} {
			_, err := e.apps.PutApp(e.ctx(), put, nil)
			e.is(err, waygate.ErrInvalidInput, fmt.Sprintf("PutApp of the settings %q", bad))
		}
	}
	e.hasApps(acme, github, []waygate.StoredApp{a}, "acme after settings that were refused")
}

// mostApps: the bound is of an integration, and a change needs no room.
func mostApps(e *env) {
	for tenant, most := range map[string]int{acme: 100, "": 1000} {
		var want []string
		var last waygate.StoredApp
		for i := range most {
			last = e.addApp(e.app(tenant, fmt.Sprintf("app-%04d", i)))
			want = append(want, last.ID)
		}
		_, err := e.apps.PutApp(e.ctx(), e.app(tenant, "one-more"), nil)
		e.is(err, waygate.ErrInvalidInput, fmt.Sprintf("PutApp of %q beyond %d", tenant, most))
		list, err := e.apps.Apps(e.ctx(), tenant, github)
		e.ok(err, "Apps")
		e.same(ids(list, appID), want, fmt.Sprintf("the apps of %q", tenant))
		_, err = e.apps.PutApp(e.ctx(), last, nil)
		e.ok(err, "PutApp of a version where there is no room")
		elsewhere := e.app(tenant, "one-more")
		elsewhere.Integration = "slack"
		e.addApp(elsewhere)
		e.addApp(e.app(globex, "app-of-"+strings.ToUpper(tenant)))
		e.ok(e.apps.DeleteApp(e.ctx(), tenant, github, last.ID, nil), "DeleteApp")
		e.addApp(e.app(tenant, "one-more"))
	}
}

// mostAppsRace: many that come at once don't pass the bound either.
func mostAppsRace(e *env) {
	const room = 10
	for i := range 100 - room {
		e.addApp(e.app(acme, fmt.Sprintf("app-%04d", i)))
	}
	added := 0
	for _, err := range e.race(racers, func(i int) error {
		_, err := e.apps.PutApp(e.ctx(), e.app(acme, fmt.Sprint("racer-", i)), nil)
		return err
	}) {
		if err == nil {
			added++
		} else {
			e.is(err, waygate.ErrInvalidInput, "PutApp of one too many")
		}
	}
	if n := len(e.allApps()); added != room || n != 100 {
		e.Errorf("%d were added where there was room for %d, and there are %d", added, room, n)
	}
}

func deleteApp(e *env) {
	a, other, platforms := e.addApp(e.app(acme, "app")), e.addApp(e.app(acme, "other")), e.addApp(e.app("", "app"))
	e.is(e.apps.DeleteApp(e.ctx(), globex, github, "app", nil), waygate.ErrUnresolved, "DeleteApp of another tenant's")
	e.is(e.apps.DeleteApp(e.ctx(), acme, "slack", "app", nil), waygate.ErrUnresolved, "DeleteApp of another integration's")
	e.ok(e.apps.DeleteApp(e.ctx(), acme, github, "app", nil), "DeleteApp")
	e.is(e.apps.DeleteApp(e.ctx(), acme, github, "app", nil), waygate.ErrUnresolved, "DeleteApp, again")
	_, err := e.apps.App(e.ctx(), acme, github, "app")
	e.is(err, waygate.ErrUnresolved, "App after DeleteApp")
	_, err = e.apps.PutApp(e.ctx(), a, nil)
	e.is(err, waygate.ErrUnresolved, "PutApp of a version after DeleteApp")
	e.hasApps(acme, github, []waygate.StoredApp{other}, "acme after DeleteApp")
	e.hasApps("", github, []waygate.StoredApp{platforms}, "the platform after DeleteApp of a tenant's")
	if again := e.addApp(e.app(acme, "app")); again.Version != 1 {
		e.Errorf("an app that was deleted and added has version %d, want 1", again.Version)
	}
	e.ok(e.apps.DeleteApp(e.ctx(), "", github, "app", nil), "DeleteApp of the platform's")
	e.hasApps("", github, nil, "the platform after DeleteApp")
}

// appsPurged: a tenant's own go, of all integrations; no purge removes the
// platform's, not even that of an empty tenant.
func appsPurged(e *env) {
	slack := e.app(acme, "app")
	slack.Integration = "slack"
	e.addApp(slack)
	e.addApp(e.app(acme, "app"))
	left := []waygate.StoredApp{e.addApp(e.app(globex, "app")), e.addApp(e.app("", "app"))}
	for tenant, want := range map[string]waygate.Purged{acme: {Apps: 2}, "": {}, "umbrella": {}} {
		purged, err := e.connections.Purge(e.ctx(), tenant, nil)
		e.ok(err, "Purge")
		e.same(purged, want, fmt.Sprintf("what Purge of %q counted", tenant))
	}
	e.same(e.allApps(), left, "the apps after Purge")
	e.hasApps(acme, github, nil, "acme after Purge")
	if again := e.addApp(e.app(acme, "app")); again.Version != 1 {
		e.Errorf("an app that was purged and added has version %d, want 1", again.Version)
	}
}
