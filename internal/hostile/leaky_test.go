package hostile_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// The secrets of a connection here, one for each part, each long enough to be found.
const (
	userCanary = "canary-user-9876543210"
	envCanary  = "canary-env-5556667778"
	headCanary = "canary-connection-header"
	keyCanary  = "canary-idempotency-key"
	inCanary   = "canary-input-header"
)

func secretTexts() []string {
	return []string{canary, userCanary, envCanary, headCanary, keyCanary, inCanary, "Y2FuYXJ5"}
}

// signing is a scheme with a credential, and where it shows.
type signing struct {
	scheme     auth.Scheme
	credential auth.Credential
	shows      func(x seen) bool
	post       bool // it signs bodies
}

func schemes(t *testing.T, n *internet) map[string]signing {
	cert, key := n.ca.client(t)
	header := func(name, want string) func(seen) bool {
		return func(x seen) bool { return x.header.Get(name) == want }
	}
	return map[string]signing{
		"bearer": {scheme: auth.Bearer{}, credential: auth.Token(canary), shows: header("Authorization", "Bearer "+canary)},
		"basic": {scheme: auth.Basic{}, credential: auth.UserPassword(userCanary, canary), shows: func(x seen) bool {
			return strings.HasPrefix(x.header.Get("Authorization"), "Basic ")
		}},
		"header": {scheme: auth.Key{Name: "X-Api-Key"}, credential: auth.APIKey(canary), shows: header("X-Api-Key", canary)},
		"query": {scheme: auth.Key{In: auth.InQuery, Name: "api_key"}, credential: auth.APIKey(canary), shows: func(x seen) bool {
			return strings.Contains(x.uri, "api_key="+canary)
		}},
		"cookie": {scheme: auth.Key{In: auth.InCookie, Name: "sid"}, credential: auth.APIKey(canary), shows: func(x seen) bool {
			return strings.Contains(x.header.Get("Cookie"), "sid="+canary)
		}},
		"body": {scheme: auth.Key{In: auth.InBody, Name: "api_key"}, credential: auth.APIKey(canary), post: true, shows: func(x seen) bool {
			return strings.Contains(x.body, canary)
		}},
		"headers": {scheme: auth.Headers{Values: map[string]string{"X-User": "user", "X-Secret": "secret"}},
			credential: auth.Fields(map[string]string{"user": userCanary, "secret": canary}), shows: header("X-Secret", canary)},
		"all": {scheme: auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InQuery, Name: "k", Field: "k"}, auth.Headers{Values: map[string]string{"X-Secret": "s"}}}},
			credential: auth.Fields(map[string]string{"k": userCanary, "s": canary}), shows: header("X-Secret", canary)},
		"certificate": {scheme: auth.ClientCertificate{}, credential: auth.Fields(map[string]string{"certificate": cert, "private_key": key}),
			shows: func(x seen) bool { return x.certificates == 1 }},
	}
}

// leaky is a tenant of a gateway whose integration sends secrets of every owner: of the connection, the platform and
// the caller.
func leaky(t *testing.T, n *internet, s signing, origins ...string) *waygate.Tenant {
	t.Helper()
	gw, _ := gateway(t, n.policy(), func(c *waygate.Config) { c.Env = map[string]string{"E": envCanary} })
	key := &waygate.Idempotency{Header: "Idempotency-Key"}
	params := []waygate.Parameter{{Name: "header", In: waygate.InHeader, As: "X-Input"}, {Name: "cookie", In: waygate.InCookie}}
	get := func(id string, p pagination.Strategy) waygate.HTTPAction {
		return waygate.HTTPAction{ID: id, Method: "GET", Path: "/p", Parameters: params, Idempotency: key, Records: "$.items", Pagination: p,
			Headers: map[string]string{"X-Action": envCanary, "Referer": ours + "/" + envCanary}}
	}
	post := waygate.HTTPAction{ID: "post", Method: "POST", Path: "/p", Idempotency: key, Parameters: []waygate.Parameter{
		{Name: "to", In: waygate.InQuery}, {Name: "want", In: waygate.InQuery}, {Name: "status", In: waygate.InQuery}}}
	pages := post
	pages.ID, pages.Records, pages.Pagination, pages.Effects = "postpages", "$.items", pagination.Link{Path: "$.next", AnyOrigin: true}, waygate.Effects{ReadOnly: true}
	in := waygate.Integration{ID: "api", BaseURL: ours, Origins: origins, Auth: s.scheme,
		Headers: map[string]string{"X-Platform": "${env.E}"},
		Actions: []waygate.Action{get("get", nil), get("link", pagination.Link{AnyOrigin: true}), get("body", pagination.Link{Path: "$.next", AnyOrigin: true}),
			get("linkhome", pagination.Link{}), get("bodyhome", pagination.Link{Path: "$.next"}), post, pages, sdk()}}
	must(t, gw.Register(t.Context(), in))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: s.credential, Headers: map[string]string{"X-Connection": headCanary}})
	must(t, err)
	return acme
}

// sdk is an action in Go whose requests go where the input says.
func sdk() waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "sdk", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"}}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[struct{ Method, URL string }](c)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, in.Method, in.URL, nil)
		if err != nil {
			return nil, err
		}
		if in.Method == "POST" {
			req, err = http.NewRequestWithContext(ctx, in.Method, in.URL, strings.NewReader(`{"a":1}`))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := c.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	})
}
