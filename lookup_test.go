package waygate_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// lookingUp is an API whose host says the authorization server's userinfo.
func lookingUp(change func(*auth.OAuth2)) waygate.Integration {
	in := oauthAPI(func(o *auth.OAuth2) {
		o.Lookup = []auth.LoginStep{{Method: "GET", URL: authBase + "/userinfo", Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
			Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "server", Path: "servers[0].url", Prefix: "https://"}}}}}
		if change != nil {
			change(o)
		}
	})
	in.BaseURL = "https://{server}/v1"
	in.Parameters = []waygate.ConnectionParameter{{Name: "server", Format: "hostname", Domains: []string{"example.com"}}}
	return in
}

// userinfo answers what is looked up, if the token is one that the server gave out.
func userinfo(s *authServer, status int, body string) {
	s.refuse = func(r *http.Request, _ url.Values) *http.Response {
		if r.URL.Path != "/userinfo" {
			return nil
		}
		s.asked["userinfo"]++
		if s.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")] == nil {
			return reply(r, 401, "{}")
		}
		return reply(r, status, body)
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		kind   waygate.Kind // of the error; empty if there is none
	}{
		"found":           {200, `{"servers":[{"url":"https://api.example.com"}]}`, ""},
		"another's host":  {200, `{"servers":[{"url":"https://` + evilHost + `"}]}`, waygate.KindInvalidInput},
		"none":            {200, `{"servers":[]}`, waygate.KindInvalidResponse},
		"a page":          {200, `<html>`, waygate.KindInvalidResponse},
		"refused":         {401, `{}`, waygate.KindAuth},
		"not allowed":     {403, `{}`, waygate.KindAuth},
		"away":            {503, `{}`, waygate.KindServer},
		"somewhere else":  {302, `{}`, waygate.KindAuth},
		"too often asked": {429, `{}`, waygate.KindRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newAuthServer()
			userinfo(s, c.status, c.body)
			_, acme := oauthReady(t, s, lookingUp(nil))
			err := tryCode(t, s, acme, nil, nil)
			for _, x := range s.seen() {
				if x.host == evilHost {
					t.Errorf("%s was asked", x.host)
				}
			}
			if c.kind != "" {
				if failure(t, err, c.kind); strings.Contains(err.Error(), "an-access-token") {
					t.Errorf("the error says the token: %v", err)
				}
				if _, err := acme.Connection(t.Context(), "api", "main"); !errors.Is(err, waygate.ErrUnresolved) {
					t.Errorf("there is a connection: %v", err)
				}
				return
			}
			must(t, err)
			_, err = acme.Invoke(t.Context(), "api.read", nil)
			must(t, err)
			userinfo(s, 200, `{"servers":[{"url":"eu.api.example.com"}]}`)
			must(t, tryCode(t, s, acme, nil, nil)) // authorized again, it is another
			info, err := acme.Connection(t.Context(), "api", "main")
			must(t, err)
			if diff := cmp.Diff(map[string]string{"server": "eu.api.example.com"}, info.Parameters); diff != "" || s.count("userinfo") != 2 {
				t.Errorf("asked %d times: %s", s.count("userinfo"), diff)
			}
		})
	}
}

// TestLookupRegistered: what a definition says of a lookup is checked before anybody connects.
func TestLookupRegistered(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   waygate.Integration
		want string
	}{
		"as it should be":   {lookingUp(nil), ""},
		"undeclared":        {lookingUp(func(o *auth.OAuth2) { o.Lookup[0].Answer.Values[0].Name = "other" }), "lookup[0].answer.values[0].name"},
		"undeclared in URL": {lookingUp(func(o *auth.OAuth2) { o.Lookup[0].URL = "https://login.example.net/{who}" }), "lookup[0].url"},
		"a header to anyone": {lookingUp(func(o *auth.OAuth2) {
			o.Lookup[0].URL, o.Lookup[0].Headers["X-Key"] = "https://{server}/", "a-partner-key-0123"
		}), ""},
	} {
		err := wired(t, newAuthServer()).Register(t.Context(), c.in)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := lookingUp(func(o *auth.OAuth2) {
		o.Lookup[0].URL, o.Lookup[0].Headers["X-Key"] = "https://{who}/", "a-partner-key-0123"
	})
	open.Parameters = append(open.Parameters, waygate.ConnectionParameter{Name: "who"})
	if err := wired(t, newAuthServer()).Register(t.Context(), open); err == nil || !strings.Contains(err.Error(), `lookup[0].headers["X-Key"]`) || strings.Contains(err.Error(), "a-partner") {
		t.Errorf("a header of the platform's goes to whom a tenant names: %v", err)
	}
}
