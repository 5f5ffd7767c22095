package waygate

import (
	"context"
	"fmt"
	"strings"
)

// invokeNested is Call.Invoke.
func (r *run) invokeNested(ctx context.Context, action string, in any, opts []Option) (*Result, error) {
	if err := r.usable(); err != nil {
		return nil, err
	}
	o, err := readOptions(opts)
	switch {
	case err != nil:
	case o.on != "" || o.through != nil:
		err = fmt.Errorf("options On and Through can't be used within an action: it calls on its own connection")
	case len(o.bounded) > 0:
		err = fmt.Errorf("option %s is for Collect, Items and Pages: Invoke reads one page", o.bounded[0])
	}
	if !strings.Contains(action, ".") {
		action = r.action.integ.def.ID + "." + action
	}
	o.readOnly = o.readOnly || r.spec.opts.readOnly
	depth := r.spec.depth + 1
	if err == nil && depth > maxNesting {
		err = fmt.Errorf("calls within calls: %d deep, at most %d: does the action call itself?", depth, maxNesting)
	}
	ctx, cancel := within(ctx, r.ctx)
	defer cancel()
	out, err := r.gw.call(ctx, callSpec{tenant: r.spec.tenant, name: action, input: in, opts: o, optErr: err, parent: r, depth: depth,
		caller: r.caller}) // what it streams may be passed on as this call's own answer
	out.cut()
	if out.live() {
		r.mu.Lock()
		r.streams = append(r.streams, out.result.stream)
		r.mu.Unlock()
	}
	return out.result, err
}

// closeStreams ends what nested calls were still streaming.
func (r *run) closeStreams() {
	r.mu.Lock()
	streams := r.streams
	r.streams = nil
	r.mu.Unlock()
	for _, s := range streams {
		_ = s.Close()
	}
}

// maxNesting bounds calls within calls.
const maxNesting = 10

// definition is the integration's. A nested call stays with the one that its
// parent began with, since it goes over the same connection.
func (r *run) definition(ctx context.Context, id string) (*compiledIntegration, error) {
	p := r.spec.parent
	if p == nil {
		return r.gw.integration(ctx, "", id)
	}
	if own := p.action.integ; own.def.ID == id {
		return own, nil
	}
	return nil, errorf(KindConfig, "", "%s belongs to another integration than the calling action %s, whose connection it would go over: call it from your own code", clip(r.spec.name), p.action.fullID)
}
