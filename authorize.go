package waygate

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/waygate-go/waygate/auth"
)

// flowLifetime is how long a person has to decide.
const flowLifetime = 10 * time.Minute

// AuthorizeSpec is what a person is asked to authorize.
type AuthorizeSpec struct {
	// Slug names the connection to make, or the one to authorize again: that one
	// keeps its settings and its id, and BaseURL to Mappings must be empty.
	Slug string
	// App names the OAuth app as [ConnectionSpec].App does. To authorize again, empty
	// means the one that the connection was made with.
	App string
	// RedirectURL is where the browser comes back to: one of the app's RedirectURLs;
	// empty is the first.
	RedirectURL string
	// Scopes are asked for; nil means the app's, else the integration's.
	Scopes []string
	// Extra are further parameters of the authorize URL: login_hint, prompt.
	Extra map[string]string
	// Binding ties the flow to the browser that begins it. Empty makes a random one,
	// which comes back in [Authorization]; or give the id of the host's own session.
	Binding string
	// NoBrowserBinding leaves it out: for a program that a person runs by themself.
	// In a web service it lets an attacker have somebody else finish his flow.
	NoBrowserBinding bool
	// BaseURL to Unverified are those of [ConnectionSpec].
	BaseURL    string
	Parameters map[string]string // what a captured value fills may be left out
	Headers    map[string]string // not for secrets
	Metadata   map[string]string // the host's own
	Tags       []string          // 2 to 30 bytes of [a-z0-9-], at most 10
	Mappings   map[string]ActionMappings
	Unverified bool
}

// Authorization is a flow that waits for a person.
type Authorization struct {
	// URL is where to send the browser.
	URL string
	// Binding is to be set as a cookie, for [Tenant.Complete] to get back: name it
	// with the prefix __Host-, and make it HttpOnly, Secure and SameSite=Lax (None
	// where the provider answers by a form post). It is the spec's if that had one,
	// and empty if the spec turned it off.
	Binding string
	// Expires is when the flow ends: after 10 minutes.
	Expires time.Time
}

// flowState is what is sealed of a flow.
type flowState struct {
	Spec AuthorizeSpec `json:"spec"`
	// Connection is the ID of the connection to authorize again; empty for a new one.
	Connection string `json:"connection,omitempty"`
	App        string `json:"app,omitempty"`
	Redirect   string `json:"redirect"`
	Verifier   string `json:"verifier,omitempty"`
	// Binding is the SHA-256 of the binding; nil without one.
	Binding []byte `json:"binding,omitempty"`
}

// Authorize begins the authorization code flow of OAuth 2 (RFC 6749, section 4.1;
// PKCE, RFC 7636) for an integration with [auth.OAuth2]: send the browser to the URL
// that it returns, and give what comes back to [Tenant.Complete], or let
// [Gateway.Callback] do that. Nothing is saved but the flow itself, for 10 minutes,
// so any process that shares the store can go on with it.
//
// What is wrong with the spec is [ErrInvalidInput] or [ErrConfig]; so is a
// connection that the spec may not authorize.
func (t *Tenant) Authorize(ctx context.Context, integration string, spec AuthorizeSpec) (*Authorization, error) {
	const op = "authorize"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	a, err := t.authorize(ctx, integration, spec)
	if err != nil {
		return nil, t.fail(ctx, op, integration, spec.Slug, err)
	}
	return a, nil
}

func (t *Tenant) authorize(ctx context.Context, integration string, spec AuthorizeSpec) (*Authorization, error) {
	c, err := t.gw.integration(ctx, "", integration)
	if err != nil {
		return nil, err
	}
	if c.oauth == nil || c.oauth.Grant != "" && c.oauth.Grant != auth.GrantAuthorizationCode {
		return nil, errorf(KindConfig, "", "integration %q has no authorization code flow, its auth is %q: connect it with Tenant.Connect, or with Tenant.AuthorizeDevice if that is device_code", c.def.ID, grantOf(c))
	}
	flow, a, info, err := t.newFlow(ctx, c, spec)
	if err != nil {
		return nil, err
	}
	if err := flow.chooseRedirect(a); err != nil {
		return nil, err
	}
	if !c.oauth.NoPKCE {
		flow.Verifier = auth.NewVerifier()
	}
	binding := spec.Binding
	if binding == "" && !spec.NoBrowserBinding {
		binding = rand.Text()
	}
	flow.Binding, flow.Spec.Binding = bindingHash(binding), ""
	state := rand.Text()
	call, err := t.gw.tokenCall(c, info, a)
	if err != nil {
		return nil, err
	}
	url, err := c.oauth.AuthorizationURL(auth.AuthorizationRequest{Client: call.Client, Parameters: call.Parameters, RedirectURL: flow.Redirect,
		State: state, Verifier: flow.Verifier, Scopes: flow.Spec.Scopes, Extra: spec.Extra})
	if err != nil {
		return nil, newError(KindInvalidInput, "", err)
	}
	expires := t.gw.cfg.Now().Add(flowLifetime)
	if err := t.putFlow(ctx, integration, state, flow); err != nil {
		return nil, err
	}
	return &Authorization{URL: url, Binding: binding, Expires: expires}, nil
}

// grantOf is how an integration's connections are authorized, for an error.
func grantOf(c *compiledIntegration) string {
	if c.oauth == nil {
		return c.def.Auth.Kind()
	}
	return string(cmp.Or(c.oauth.Grant, auth.GrantAuthorizationCode))
}

// newFlow checks what is to be authorized: a connection that is there, or one that
// could be made.
func (t *Tenant) newFlow(ctx context.Context, c *compiledIntegration, spec AuthorizeSpec) (flowState, *app, ConnectionInfo, error) {
	flow := flowState{Spec: spec}
	var info ConnectionInfo
	fail := func(err error) (flowState, *app, ConnectionInfo, error) { return flow, nil, info, err }
	if t.gw.parts.flows == nil {
		return fail(missingPart("", "FlowStore"))
	}
	if spec.NoBrowserBinding && spec.Binding != "" {
		return fail(errorf(KindInvalidInput, "", "Binding: is given, and NoBrowserBinding turns it off: leave one of them out"))
	}
	info, err := t.flowTarget(ctx, c, &flow)
	if err != nil {
		return fail(err)
	}
	var a *app
	if flow.App != "" && spec.App == "" {
		a, err = t.gw.appByRef(ctx, t.id, c.def.ID, flow.App)
	} else {
		a, err = t.gw.chooseApp(ctx, t.id, c.def.ID, spec.App)
	}
	switch {
	case err != nil:
		return fail(err)
	case a == nil:
		return fail(noApp(c.def.ID))
	}
	if err := a.usable(flow.Connection == ""); err != nil {
		return fail(err)
	}
	flow.App = a.ref()
	if flow.Spec.Scopes == nil {
		flow.Spec.Scopes = slices.Clone(a.info.Scopes)
	}
	return flow, a, info, nil
}

// flowTarget finds the connection to authorize again, or checks the one to be made.
func (t *Tenant) flowTarget(ctx context.Context, c *compiledIntegration, flow *flowState) (ConnectionInfo, error) {
	spec := flow.Spec
	if err := checkSlug("Slug", spec.Slug); err != nil {
		return ConnectionInfo{}, newError(KindInvalidInput, "", err)
	}
	row, cred, err := t.gw.cfg.Store.Connections().Find(ctx, t.id, c.def.ID, spec.Slug)
	switch {
	case err == nil && (spec.BaseURL != "" || spec.Parameters != nil || spec.Headers != nil || spec.Metadata != nil || spec.Tags != nil || spec.Mappings != nil):
		return ConnectionInfo{}, errorf(KindInvalidInput, "", "connection %q is there already and keeps its settings: leave BaseURL to Mappings out, and change them with Update", spec.Slug)
	case err == nil:
		flow.Connection, flow.App = row.ID, row.App
		return infoOf(row, cred), nil
	case !errors.Is(err, ErrUnresolved):
		return ConnectionInfo{}, err
	}
	if err := c.checkMappings(spec.Mappings); err != nil {
		return ConnectionInfo{}, err
	}
	info := infoOf(spec.row(t.id, c.def.ID, t.gw.cfg.Now()), nil)
	return info, t.gw.checkUnfinished(c, info, c.later)
}

// row is the connection that a flow makes.
func (s AuthorizeSpec) row(tenant, integration string, now time.Time) StoredConnection {
	return StoredConnection{ID: newConnectionID(now), Tenant: tenant, Integration: integration, Slug: s.Slug, Status: StatusActive,
		BaseURL: s.BaseURL, Parameters: maps.Clone(s.Parameters), Headers: maps.Clone(s.Headers), Metadata: maps.Clone(s.Metadata), Tags: slices.Clone(s.Tags),
		Mappings: encodeMappings(s.Mappings)}
}

// chooseRedirect holds the redirect to what the app lists.
func (f *flowState) chooseRedirect(a *app) error {
	list := a.info.RedirectURLs
	switch {
	case len(list) == 0:
		return errorf(KindConfig, "", "app %q has no RedirectURLs: add the one that is registered with the provider", a.info.ID)
	case f.Spec.RedirectURL == "":
		f.Redirect = list[0]
	case slices.Contains(list, f.Spec.RedirectURL):
		f.Redirect = f.Spec.RedirectURL
	default:
		return errorf(KindInvalidInput, "", "RedirectURL: is none of the RedirectURLs of the app %q", a.info.ID)
	}
	return nil
}
