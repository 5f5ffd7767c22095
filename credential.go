package waygate

import (
	"context"
	"fmt"
	"net/http"

	"github.com/waygate-go/waygate/auth"
)

// authorize signs one attempt. What it returns is the credential that was sent.
func (r *run) authorize(ctx context.Context, req *http.Request) (auth.Credential, error) {
	if !r.action.integ.needsCredential() {
		return auth.Credential{}, nil
	}
	cred, err := r.credential(ctx)
	if err != nil {
		return cred, err
	}
	scheme := r.action.integ.def.Auth
	if cred.Kind == "" {
		return cred, errorf(KindConfig, "", "the connection gave no credential")
	}
	if err := scheme.Accepts(cred); err != nil {
		return cred, newError(KindConfig, "", err)
	}
	r.learn(cred)
	if err := sign(ctx, scheme, req, cred); err != nil {
		return cred, newError(kindOf(err, KindConfig), "", err)
	}
	return cred, nil
}

// sign contains a panic of a host's scheme.
func sign(ctx context.Context, s auth.Scheme, req *http.Request, c auth.Credential) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "the auth scheme panicked: %v", p)
		}
	}()
	return s.Authorize(ctx, req, c)
}

// credential is what the next attempt is signed with.
func (r *run) credential(ctx context.Context) (c auth.Credential, err error) {
	r.mu.Lock()
	fresh := r.fresh
	r.fresh = nil
	r.mu.Unlock()
	if fresh != nil {
		return *fresh, nil
	}
	if r.link.source == nil {
		return c, errorf(KindConfig, "", "no connection to sign with: connect %q first", r.action.integ.def.ID)
	}
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "the connection's Credential panicked: %v", p)
		}
	}()
	c, err = r.link.source.Credential(ctx)
	if err != nil {
		return c, errorAs(fmt.Errorf("credential: %w", err), kindOf(err, KindStore))
	}
	return c, nil
}

// learn makes the redactor know a credential.
func (r *run) learn(c auth.Credential) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, c.Secrets()...)
}

// mayRefresh is true once in a call.
func (r *run) mayRefresh() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := !r.asked
	r.asked = true
	return first
}

// refresh replaces a credential that was not accepted, if the connection can.
func (r *run) refresh(ctx context.Context, used auth.Credential) (ok bool, err error) {
	ref, can := unwrapConnection[Refresher](r.link.source)
	if !can || !r.mayRefresh() {
		return false, nil
	}
	defer func() {
		if p := recover(); p != nil {
			ok, err = false, errorf(KindConfig, "", "the connection's Refresh panicked: %v", p)
		}
	}()
	next, err := ref.Refresh(ctx, used)
	if err != nil {
		return false, errorAs(fmt.Errorf("refresh: %w", err), kindOf(err, KindAuth))
	}
	r.learn(next)
	r.mu.Lock()
	r.fresh = &next
	r.mu.Unlock()
	r.gw.observers.connectionChanged(ctx, ConnectionEvent{Event: "refreshed", Connection: r.link.info, At: r.gw.cfg.Now()})
	return true, nil
}
