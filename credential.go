package waygate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// authorize signs one attempt. What it returns is the credential that was sent.
func (h *hop) authorize(ctx context.Context, req *http.Request) (auth.Credential, error) {
	r := h.r
	if !r.action.signs() {
		return auth.Credential{}, nil
	}
	cred, err := h.credential(ctx)
	if err != nil {
		return cred, err
	}
	scheme, optional := r.action.scheme()
	if cred.Kind == "" {
		return cred, errorf(KindConfig, "", "the connection gave no credential: its Credential has to return one, as auth.Token makes it")
	}
	if err := scheme.Accepts(cred); err != nil && optional {
		return auth.Credential{}, nil
	} else if err != nil {
		return cred, newError(KindConfig, "", err)
	}
	r.learn(cred)
	own := *req.URL // as the headers are the attempt's own, so that what is added for one isn't there in the next
	req.URL = &own
	with, err := r.action.integ.beforeSign(ctx, req, cred)
	if err != nil {
		return cred, err
	}
	r.learn(with)
	if err := sign(h.signing(ctx), scheme, req, with); err != nil {
		return cred, newError(kindOf(ctx, err, KindConfig), "", err)
	}
	if r.action.integ.timed {
		r.learnSigned(req)
	}
	return cred, nil
}

// learnSigned makes the redactor know what a scheme made of the credential: a
// signature or a JWT is as good as a key for a while.
func (r *run) learnSigned(req *http.Request) {
	var made []secret.String
	keep := func(text string) {
		if len(text) >= secret.MinRedacted {
			made = append(made, secret.New(text))
		}
	}
	for _, p := range r.action.integ.places {
		switch p.In {
		case auth.InHeader, "":
			value := req.Header.Get(p.Name)
			keep(value)
			keep(value[strings.LastIndexByte(value, ' ')+1:])
		case auth.InQuery:
			keep(req.URL.Query().Get(p.Name))
		case auth.InCookie:
			if c, err := req.Cookie(p.Name); err == nil {
				keep(c.Value)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secrets = append(r.secrets, made...)
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
func (h *hop) credential(ctx context.Context) (c auth.Credential, err error) {
	r := h.r
	r.mu.Lock()
	h.old = r.renewed == nil
	r.mu.Unlock()
	if fresh := h.fresh; fresh != nil {
		h.fresh = nil
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
	if stored, ok := r.link.source.(*storedConnection); ok {
		if h.sent > 0 || r.gw.cfg.Now().Sub(r.link.found) >= believed {
			return r.again(ctx, stored)
		}
		return r.stored(ctx, stored, nil)
	}
	c, err = r.link.source.Credential(ctx)
	if err != nil {
		return c, errorAs(fmt.Errorf("credential: %w", err), kindOf(ctx, err, KindStore))
	}
	return c, nil
}

// again is the credential for what is sent some time after the connection was
// found: a repeat, what waited for a rate limit, a later request of an action in
// Go, a call within it. It is that of the connection as it is now, if it can still
// be called and leads where it led: a new credential may not be meant for the old
// base URL.
func (r *run) again(ctx context.Context, old *storedConnection) (auth.Credential, error) {
	now, err := r.gw.cache.find(ctx, old.row.Tenant, old.row.Integration, old.row.ID)
	switch {
	case errors.Is(err, ErrUnresolved):
		return auth.Credential{}, errorf(KindUnresolved, "", "the connection was removed while the call was under way: connect the account again if that is still wanted")
	case err != nil:
		return auth.Credential{}, storeError(ctx, "", err)
	}
	if e := statusError(now.Info()); e != nil {
		return auth.Credential{}, e
	}
	if base, err := r.action.integ.baseFor(now.Info()); err != nil || egress.Origin(base) != r.link.origin {
		return auth.Credential{}, errorf(KindConflict, "", "the connection was led to another base URL while the call was under way: call again")
	}
	return r.stored(ctx, now, nil)
}

// learn makes the redactor know a credential.
func (r *run) learn(c auth.Credential) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, known := range r.credentials {
		if sameValues(known, c) {
			return
		}
	}
	if r.credentials == nil {
		r.credentials = r.room.credentials[:0]
	}
	r.credentials = append(r.credentials, c)
}

func sameValues(a, b auth.Credential) bool {
	return maps.EqualFunc(a.Values, b.Values, secret.String.Equal)
}

// renewal is the one refresh of a call. All its requests share the outcome.
type renewal struct {
	done chan struct{} // closed when it ended
	cred auth.Credential
	ok   bool
	err  error
}

// refresh is asked after a 401. The first asks the connection, if it can
// refresh; those that were sent with the old credential wait for that and are
// repeated with what it gave; a 401 for the new one stands.
func (h *hop) refresh(ctx context.Context) (bool, error) {
	r := h.r
	if h.moved { // signed with a time that isn't the provider's: once more with the right one
		h.moved = false
		return true, nil
	}
	if r.action.integ.needsCredential() && h.used.Kind == "" {
		return false, nil // it went unsigned: a new token changes nothing
	}
	source := r.refresher()
	if source == nil {
		return false, nil
	}
	r.mu.Lock()
	n, first := r.renewed, r.renewed == nil
	if first {
		n = &renewal{done: make(chan struct{})}
		r.renewed = n
	}
	r.mu.Unlock()
	switch {
	case first:
		r.renew(ctx, source, n, h.used)
	case !h.old:
		return false, nil
	}
	select {
	case <-n.done:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if n.err != nil || !n.ok {
		return false, n.err
	}
	h.fresh = &n.cred
	return true, nil
}

// renew asks the connection, contained; a Goexit in it ends the wait of the
// others too.
func (r *run) renew(ctx context.Context, source Refresher, n *renewal, used auth.Credential) {
	defer close(n.done)
	defer func() {
		if p := recover(); p != nil {
			n.err = errorf(KindConfig, "", "the connection's Refresh panicked: %v", p)
		}
	}()
	next, err := source.Refresh(ctx, used)
	if stands(err) {
		return
	}
	if err != nil {
		n.err = errorAs(fmt.Errorf("refresh: %w", err), kindOf(ctx, err, KindAuth))
		return
	}
	r.learn(next)
	n.cred, n.ok = next, true
	if _, stored := source.(storedRefresher); stored {
		return // who renewed it has told
	}
	r.gw.observers.connectionChanged(ctx, ConnectionEvent{Event: "refreshed", Connection: r.link.info.clone(), At: r.gw.cfg.Now()})
}
