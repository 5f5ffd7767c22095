package waygate_test

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// elsewhere connects with a login at example.com, and then leads the connection to the row's host.
func (w *oauthWorld) elsewhere(update func() waygate.ConnectionUpdate) error {
	must(w, w.connect(map[string]string{"host": "example.com"}, annsPassword()))
	if _, err := w.acme.Update(w.Context(), "api", "main", update()); err != nil {
		return err
	}
	return w.read()
}

func (w *oauthWorld) read() error {
	_, err := w.acme.Invoke(w.Context(), "api.read", nil)
	return err
}

// loggedIn connects with a login, and calls.
func (w *oauthWorld) loggedIn(parameters map[string]string, c auth.Credential) error {
	if err := w.connect(parameters, c); err != nil {
		return err
	}
	return w.read()
}

func annsPassword() auth.Credential { return auth.UserPassword("ann", "a-password-0123") }

// loginWays are the URLs of logins, and of the calls that carry what they bring.
func loginWays(t *testing.T) map[string]oauthWay {
	const good, chosen = "https://example.com/login", "https://{host}/login"
	step := func(url, name string) auth.LoginStep {
		return auth.LoginStep{URL: url, Form: map[string]string{"user": "{credential.user}", "password": "{credential.password}"},
			Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: name, Path: "token"}, {Name: "refresh_token", Path: "again", Optional: true}}}}
	}
	login := func(urls ...string) auth.Login {
		var s auth.Login
		for i, url := range urls {
			s.Steps = append(s.Steps, step(url, []string{"access_token", "first"}[min(len(urls)-1-i, 1)]))
		}
		return s
	}
	again := login(chosen)
	again.Refresh = []auth.LoginStep{{URL: chosen, Form: map[string]string{"token": "{credential.refresh_token}"}, Answer: again.Steps[0].Answer}}
	found := login("https://example.com/redirect")
	found.Steps[0].Answer.Statuses = []int{307}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	here := map[string]string{"host": "example.com"}
	own := func(w *oauthWorld) error { return w.loggedIn(w.host(), annsPassword()) }
	return map[string]oauthWay{
		"login step":        {def: login(chosen), try: own},
		"second login step": {def: login(good, chosen), try: own},
		"login step for a call": {def: login(chosen), try: func(w *oauthWorld) error {
			return w.elsewhere(func() waygate.ConnectionUpdate { return waygate.ConnectionUpdate{Parameters: w.host()} })
		}},
		"login refresh step": {def: again, try: func(w *oauthWorld) error {
			return w.elsewhere(func() waygate.ConnectionUpdate { return waygate.ConnectionUpdate{Parameters: w.host()} })
		}},
		"redirect of a login step":                  {unfollowed: true, def: login("https://example.com/redirect"), try: own},
		"redirect of a login step that expects one": {unfollowed: true, def: found, try: own},
		"base URL with a login": {def: login(good), try: func(w *oauthWorld) error {
			return w.elsewhere(func() waygate.ConnectionUpdate {
				base := "https://" + w.row.host
				return waygate.ConnectionUpdate{BaseURL: &base}
			})
		}},
		"host of the base URL with a login": {def: login(good), base: "https://{host}/v1", try: own},
		"GitHub App":                        {def: auth.GitHubApp{BaseURL: "https://{host}/api/v3", Installation: "number"}, key: pemOf(key), try: func(w *oauthWorld) error { return w.loggedIn(w.host(), auth.Installation()) }},
		"redirect of a GitHub App": {unfollowed: true, def: auth.GitHubApp{BaseURL: "https://example.com/redirect", Installation: "number"}, key: pemOf(key),
			try: func(w *oauthWorld) error { return w.loggedIn(here, auth.Installation()) }},
	}
}

// TestLoginTells: what a definition writes out isn't sent to a host that a tenant names.
func TestLoginTells(t *testing.T) {
	t.Parallel()
	const key = "a-partner-key-0123"
	for _, c := range []struct {
		field string // of the fault; empty if there is none
		url   string
		say   func(*auth.LoginStep)
	}{
		{"/auth/steps/0/headers/X-Partner", "https://{host}/login", func(p *auth.LoginStep) { p.Headers = map[string]string{"X-Partner": key} }},
		{"/auth/steps/0/basic/password", "https://{host}/login", func(p *auth.LoginStep) { p.Basic = &auth.LoginPair{User: "us", Password: key} }},
		{"", "https://{host}.example.com/login", func(p *auth.LoginStep) { p.Headers = map[string]string{"X-Partner": key} }},
		{"", "https://{host}/login", func(p *auth.LoginStep) {
			p.Headers = map[string]string{"X-Requested-With": "XMLHttpRequest", "SOAPAction": "urn:erp:Login", "X-User": "{credential.user}"}
		}},
		{"", "https://{host}/login", func(p *auth.LoginStep) {
			p.Basic = &auth.LoginPair{User: "{credential.user}", Password: "{credential.password}"}
		}},
	} {
		for _, refresh := range []bool{false, true} {
			step := auth.LoginStep{URL: c.url, Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "access_token", Path: "t"}, {Name: "refresh_token", Path: "r"}}}}
			login, want := auth.Login{Steps: []auth.LoginStep{step}}, c.field
			if c.say(&step); refresh {
				login.Refresh, want = []auth.LoginStep{step}, strings.Replace(want, "steps", "refresh", 1)
			} else {
				login.Steps[0] = step
			}
			in := api(get("read"))
			in.Auth, in.Parameters = login, []waygate.ConnectionParameter{{Name: "host"}}
			err := wired(t, always(200, `{}`)).Register(t.Context(), in)
			if (err == nil) != (want == "") || err != nil && strings.Contains(err.Error(), key) {
				t.Errorf("%s %q: %v", c.url, want, err)
			}
			var e *waygate.Error
			if errors.As(err, &e) && (len(e.Fields) != 1 || e.Fields[0].Pointer != want) {
				t.Errorf("want %s: %+v", want, e.Fields)
			}
		}
	}
}
