package storetest

import "fmt"

// The listings of the optional parts.

func listedVariables() listed {
	return listed{name: "ScanVariables", max: 100,
		add: func(e *env, i int) string {
			v := e.variable(acme, "", fmt.Sprintf("v%04d", i*7919%10007))
			e.put(v)
			return v.Name
		},
		page: func(e *env, _ int, cursor string) ([]string, string, error) {
			p, err := e.variables.ScanVariables(e.ctx(), cursor)
			return ids(p.Variables, variableName), p.Cursor, err
		},
		touch: func(e *env, name string) { e.put(e.variable(acme, "", name)) },
		remove: func(e *env, name string) {
			e.ok(e.variables.DeleteVariable(e.ctx(), acme, "", name, nil), "DeleteVariable")
		},
	}
}

// listedApps are the platform's, which may be the most.
func listedApps() listed {
	return listed{name: "ScanApps", max: 100,
		add: func(e *env, i int) string { return e.addApp(e.app("", fmt.Sprintf("app-%04d", i*7919%10007))).ID },
		page: func(e *env, _ int, cursor string) ([]string, string, error) {
			p, err := e.apps.ScanApps(e.ctx(), cursor)
			return ids(p.Apps, appID), p.Cursor, err
		},
		touch: func(e *env, name string) {
			a, err := e.apps.App(e.ctx(), "", github, name)
			e.ok(err, "App")
			_, err = e.apps.PutApp(e.ctx(), a, nil)
			e.ok(err, "PutApp")
		},
		remove: func(e *env, name string) { e.ok(e.apps.DeleteApp(e.ctx(), "", github, name, nil), "DeleteApp") },
	}
}
