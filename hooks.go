package waygate

import (
	"context"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/auth"
)

// AfterConnect is a host's part of connecting: it may call the provider as the new
// connection, which isn't saved yet, and returns what to add to its parameters.
type AfterConnect func(ctx context.Context, c *Call) (parameters map[string]string, err error)

// BeforeSign is a host's part of signing, for what no scheme describes: it may add to
// a request's header or query, and returns the credential that the scheme then signs
// with. It is asked for each attempt, on the request that goes out; it changes
// neither its method, host nor body. What it sends to other places is signed by
// nobody.
type BeforeSign func(ctx context.Context, r *http.Request, c auth.Credential) (auth.Credential, error)

// ParseToken is a host's part of reading what a token endpoint answers: it returns
// the body as the scheme reads it, say a JSON object with access_token and expires_in.
// An answer that it can't read leaves the grant in doubt.
type ParseToken func(auth.RawAnswer) ([]byte, error)

// addHooks takes over the functions that definitions name.
func (k *Kinds) addHooks(given Kinds) (err error) {
	if k.AfterConnect, err = mergeKinds("AfterConnect", map[string]AfterConnect{}, given.AfterConnect); err != nil {
		return err
	}
	if k.BeforeSign, err = mergeKinds("BeforeSign", map[string]BeforeSign{}, given.BeforeSign); err != nil {
		return err
	}
	k.ParseToken, err = mergeKinds("ParseToken", map[string]ParseToken{}, given.ParseToken)
	return err
}

// hooks are the functions that an integration names; nil for those that it doesn't.
type hooks struct {
	connect *compiledAction
	sign    BeforeSign
	parse   ParseToken
}

// afterConnectCall is the id of the hook's call, in records.
const afterConnectCall = "(after_connect)"

// compileHooks finds the functions that the definition names.
func (g *Gateway) compileHooks(c *compiledIntegration) (err error) {
	if c.hooks.sign, err = namedHook("before_sign", "BeforeSign", c.def.BeforeSign, g.cfg.Kinds.BeforeSign); err != nil {
		return err
	}
	if c.hooks.parse, err = namedHook("parse_token", "ParseToken", c.def.ParseToken, g.cfg.Kinds.ParseToken); err != nil {
		return err
	}
	hook, err := namedHook("after_connect", "AfterConnect", c.def.AfterConnect, g.cfg.Kinds.AfterConnect)
	if err != nil || hook == nil {
		return err
	}
	a := ActionFunc(ActionInfo{ID: afterConnectCall}, func(ctx context.Context, call *Call) (*Response, error) {
		more, err := hook(ctx, call)
		if err != nil {
			return nil, err
		}
		value := map[string]any{}
		for name, v := range more {
			value[name] = v
		}
		return &Response{Status: 200, Value: value}, nil
	})
	c.hooks.connect = &compiledAction{integ: c, info: a.Info(), fullID: c.def.ID + "." + afterConnectCall, action: a}
	return g.compileInfo(c.hooks.connect, c.hooks.connect.info)
}

func namedHook[F any](member, field, name string, given map[string]F) (F, error) {
	f, ok := given[name]
	if name != "" && !ok {
		return f, at(member, fmt.Errorf("there is no %q: give it in Config.Kinds.%s", clip(name), field))
	}
	return f, nil
}

// afterConnect runs the integration's hook.
func (t *Tenant) afterConnect(ctx context.Context, c *compiledIntegration, row *StoredConnection, cred auth.Credential) error {
	if c.hooks.connect == nil {
		return nil
	}
	out, err := t.gw.call(ctx, callSpec{tenant: t.id, name: c.hooks.connect.fullID,
		pinned: &pinned{action: c.hooks.connect, source: unsaved{infoOf(*row, nil), cred}}})
	if err != nil {
		return errorAs(fmt.Errorf("after_connect: %w", err), kindOf(ctx, err, KindConfig))
	}
	if more, ok := out.result.Value().(map[string]any); ok && len(more) > 0 {
		add := make(map[string]string, len(more))
		for name, v := range more {
			add[name], _ = v.(string)
		}
		row.Parameters = merged(row.Parameters, add)
	}
	return t.gw.checkConnection(c, infoOf(*row, nil))
}

// beforeSign runs the integration's hook, contained.
func (c *compiledIntegration) beforeSign(ctx context.Context, r *http.Request, cred auth.Credential) (next auth.Credential, err error) {
	if c.hooks.sign == nil {
		return cred, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "before_sign panicked: %v", p)
		}
	}()
	method, host, body := r.Method, r.URL.Host, r.Body
	next, err = c.hooks.sign(ctx, r, cred)
	if err != nil {
		return next, errorAs(fmt.Errorf("before_sign: %w", err), kindOf(ctx, err, KindConfig))
	}
	if r.Method != method || r.URL == nil || r.URL.Host != host || r.Body != body {
		return next, errorf(KindConfig, "", "before_sign changed the request's method, host or body: it may add to its header and query")
	}
	return next, nil
}
