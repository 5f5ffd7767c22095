package waygate_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

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
		"what it brings":    {lookingUp(func(o *auth.OAuth2) { o.Lookup[0].URL = "https://{server}/userinfo" }), "lookup[0].url"},
	} {
		err := wired(t, newAuthServer()).Register(t.Context(), c.in)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, p := range map[string]struct {
		base string
		rule waygate.ConnectionParameter
		ok   bool
	}{
		"anything":           {"https://{server}", waygate.ConnectionParameter{}, false},
		"any host":           {"https://{server}", waygate.ConnectionParameter{Format: "hostname"}, false},
		"a pattern":          {"https://{server}", waygate.ConnectionParameter{Pattern: `[a-z]+\.example\.com`}, true},
		"choices":            {"https://{server}", waygate.ConnectionParameter{Enum: []string{"eu.example.com"}}, true},
		"a suffix":           {"https://{server}", waygate.ConnectionParameter{Suffix: ".example.com"}, true},
		"a fixed end":        {"https://{server}.example.com", waygate.ConnectionParameter{}, true},
		"no host":            {"https://api.example.com/{server}", waygate.ConnectionParameter{}, true},
		"one of two":         {"https://{server|other}", waygate.ConnectionParameter{}, false},
		"a domain's end":     {"https://api.{server}", waygate.ConnectionParameter{}, false},
		"a name at the head": {"https://{server}.{other}", waygate.ConnectionParameter{}, true},
	} {
		in := lookingUp(nil)
		in.BaseURL, p.rule.Name = p.base, "server"
		in.Parameters = []waygate.ConnectionParameter{p.rule, {Name: "other", Domains: []string{"example.com"}}}
		if err := wired(t, newAuthServer()).Register(t.Context(), in); (err == nil) != p.ok || !p.ok && !strings.Contains(err.Error(), "lookup[0].answer.values[0].name") {
			t.Errorf("%s: %v", name, err)
		}
		own := lookingUp(func(o *auth.OAuth2) { o.RevokeURL = p.base + "/revoke" })
		own.BaseURL, own.Parameters = apiBase, in.Parameters
		if err := wired(t, newAuthServer()).Register(t.Context(), own); (err == nil) != p.ok {
			t.Errorf("%s, to revoke: %v", name, err)
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

// TestLookupElsewhere: where a tenant names the host that the token of the platform's app would be shown to, that is said
// before a person is asked.
func TestLookupElsewhere(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	userinfo(s, 200, `{"servers":[{"url":"https://api.example.com"}]}`)
	in := lookingUp(func(o *auth.OAuth2) { o.Lookup[0].URL = "https://{who}/userinfo" })
	in.Parameters = append(in.Parameters, waygate.ConnectionParameter{Name: "who"})
	_, acme := oauthReady(t, s, in)
	_, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main", Parameters: map[string]string{"who": evilHost}})
	failure(t, err, waygate.KindConfig)
	must(t, tryCode(t, s, acme, map[string]string{"who": "login.example.net"}, nil)) // where its secret goes, too
}

// TestLookupDevice: a device's code is spent once there is a token, so that a lookup which fails is the end of it.
func TestLookupDevice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		kind   waygate.Kind
	}{"away": {503, waygate.KindServer}, "none": {200, waygate.KindInvalidResponse}, "refused": {401, waygate.KindAuth}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := map[string]int{}
				w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
					asked[r.URL.Path]++
					switch r.URL.Path {
					case "/device":
						return reply(r, 200, newDeviceServer().begin), nil
					case "/userinfo":
						return reply(r, c.status, `{}`), nil
					}
					return reply(r, 200, `{"access_token":"an-access-token-0001","expires_in":3600}`), nil
				}}
				_, acme := oauthReady(t, w, lookingUp(func(o *auth.OAuth2) {
					o.Grant, o.AuthorizeURL, o.DeviceURL = auth.GrantDeviceCode, "", authBase+"/device"
				}))
				d, err := acme.AuthorizeDevice(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
				must(t, err)
				_, err = acme.CompleteDevice(t.Context(), "api", d.Handle)
				failure(t, err, c.kind)
				if asked["/token"] != 1 || asked["/userinfo"] != 1 {
					t.Errorf("asked %v", asked)
				}
			})
		})
	}
}
