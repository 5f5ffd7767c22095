package waygate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
)

// verification is the id of the request that proves a credential, in records. No
// action can have it.
const verification = "(verification)"

// compileVerification makes the request that proves a credential: an action that
// has no name for callers.
func (g *Gateway) compileVerification(c *compiledIntegration) error {
	v := c.def.Verify
	if v == nil {
		return nil
	}
	if !c.needsCredential() {
		return fmt.Errorf("there is no credential to prove: leave it out, or set auth")
	}
	for i, status := range v.Status {
		if status < 200 || status > 599 {
			return at(fmt.Sprintf("status[%d]", i), fmt.Errorf("%d is none: want 200 to 599", status))
		}
	}
	def := v.action()
	a := &compiledAction{integ: c, info: def.Info(), fullID: c.def.ID + "." + verification, action: def}
	if err := g.compileInfo(a, a.info); err != nil {
		return err
	}
	var err error
	if a.http, err = g.compileHTTP(c, def); err != nil {
		return err
	}
	a.http.strategy, a.http.first, a.http.turned = nil, nil, nil
	a.scopes.add(a.http.path)
	for _, t := range c.headers {
		a.scopes.add(t.value)
	}
	for name := range a.http.inPath {
		if !slices.ContainsFunc(c.params, func(p compiledParameter) bool { return p.Name == name }) {
			return at("path", fmt.Errorf("{%s} is not among the integration's parameters", clip(name)))
		}
	}
	c.verify = a
	return nil
}

// action is the request, which says nothing but who asks: it has no body, and asks for no page.
func (v *Verification) action() HTTPAction {
	a := HTTPAction{ID: verification, Method: cmp.Or(v.Method, http.MethodGet), Path: v.Path, Response: ResponseEmpty, Pagination: pagination.None{}}
	if a.Method != http.MethodGet && a.Method != http.MethodHead {
		a.Body = &Body{Encoding: BodyText} // there is none in an input without a text
	}
	return a
}

// verify proves a credential that is about to be saved.
func (t *Tenant) verify(ctx context.Context, c *compiledIntegration, info ConnectionInfo, cred auth.Credential) error {
	if c.verify == nil || cred.Kind == "" {
		return nil
	}
	input := map[string]any{}
	for name := range c.verify.http.inPath {
		v, _, err := c.parameter(info, name)
		if err != nil {
			return err
		}
		input[name] = v
	}
	var strayed atomic.Bool
	out, err := t.gw.call(ctx, callSpec{tenant: t.id, name: c.verify.fullID, strayed: &strayed,
		pinned: &pinned{action: c.verify, input: input, source: unsaved{info, cred}}})
	var e *Error
	expected := c.def.Verify.Status
	switch listed := errors.As(err, &e) && slices.Contains(expected, e.Status); {
	case (err == nil || listed) && strayed.Load(): // what somebody else says proves nothing
		return errorf(KindAuth, "", "verification: the provider sent the request on to another origin, so the credential isn't proved: give the definition's verify a path that is answered where it is asked")
	case listed, err == nil && (len(expected) == 0 || slices.Contains(expected, out.result.Status)):
		return nil
	case err == nil:
		e = errorf(KindAuth, "", "verification: the provider answered %d, which a good credential doesn't get", out.result.Status)
		e.Status = out.result.Status
		return e
	}
	if errors.As(err, &e) { // its place is the connection's, not that of a call
		c := *e
		c.Action, c.Err = "", fmt.Errorf("verification: %w", cmp.Or(c.Err, error(sentinel(c.Kind))))
		return &c
	}
	return newError(kindOf(ctx, err, KindAuth), "", fmt.Errorf("verification: %w", err))
}

// unsaved is a connection on probation.
type unsaved struct {
	info ConnectionInfo
	cred auth.Credential
}

func (u unsaved) Info() ConnectionInfo { return u.info }

func (u unsaved) Credential(context.Context) (auth.Credential, error) { return u.cred, nil }
