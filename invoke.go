package waygate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/jsontree"
)

// Invoke calls an action and returns its answer, of a paginated action the first
// page. action is its full id, "github.list_issues". in is nil, a map[string]any
// or a struct with json tags. The error is an [*Error].
func (t *Tenant) Invoke(ctx context.Context, action string, in any, opts ...Option) (*Result, error) {
	o, err := readOptions(opts)
	if err == nil && len(o.bounded) > 0 {
		err = fmt.Errorf("option %s is for Collect, Items and Pages: Invoke reads one page", o.bounded[0])
	}
	out, err := t.gw.call(ctx, callSpec{tenant: t.id, name: action, input: in, opts: o, optErr: err})
	out.cut()
	return out.result, err
}

// Invoke is [Tenant.Invoke] and [Decode]: it calls an action and returns its
// records, or its whole answer, as T.
func Invoke[T any](ctx context.Context, t *Tenant, action string, in any, opts ...Option) (T, error) {
	res, err := t.Invoke(ctx, action, in, opts...)
	if err != nil {
		var zero T
		return zero, err
	}
	if res.stream != nil { // which nobody could close
		defer func() { _ = res.stream.Close() }()
	}
	return Decode[T](res)
}

// call makes one call, from the first check to its record.
func (g *Gateway) call(ctx context.Context, spec callSpec) (out outcome, err error) {
	if err := checkTenant(spec.tenant); err != nil {
		return out, newError(KindInvalidInput, "invoke", err)
	}
	if spec.parent == nil { // a nested call is part of its parent, which Shutdown waits for
		if err := g.life.begin("invoke"); err != nil {
			return out, err
		}
		defer func() {
			if out.live() { // a stream ends later
				g.life.streaming()
				return
			}
			g.life.end()
		}()
	}
	r := &run{gw: g, spec: spec, start: g.cfg.Now()}
	r.id = newCallID("call", r.start)
	parent := ""
	if p := spec.parent; p != nil {
		parent = p.id
		p.mu.Lock()
		r.secrets = slices.Clone(p.secrets)
		p.mu.Unlock()
	}
	returned := false
	defer func() { // also after a Goexit, which leaves err nil
		if !returned {
			err = errorf(KindConfig, "invoke", "the goroutine was ended with runtime.Goexit")
		}
		err = r.finish(ctx, &out, err)
	}()
	if r.caller = ctx; spec.caller != nil {
		r.caller = spec.caller
	}
	ctx = g.observers.callStarted(ctx, CallInfo{ID: r.id, ReadID: spec.readID, Parent: parent,
		Tenant: spec.tenant, Action: clip(spec.name), Start: r.start})
	out, err = r.do(ctx)
	returned = true
	return out, err
}

// do is the way of a call.
func (r *run) do(ctx context.Context) (out outcome, err error) {
	defer func() { // a MarshalJSON of the input, a Body's Read, a store
		if p := recover(); p != nil {
			out, err = outcome{}, errorf(KindConfig, "", "a part that the host brought panicked: %v", p)
		}
	}()
	ctx, cancel, err := r.ready(ctx)
	defer cancel() // ends also what an action left under way
	if err != nil {
		return out, err
	}
	var call *Call
	if !r.action.plain { // an HTTPAction has no use for it
		call = &Call{ID: r.id, Tenant: r.spec.tenant, Connection: r.link.info.clone(), Input: r.callInput(), run: r}
	}
	resp, err := r.act(ctx, call)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close()
		}
		return out, r.actionError(ctx, err)
	}
	return r.receive(ctx, call, resp)
}

// ready settles action, connection, input and variables. ctx is bounded by the
// call's deadline.
func (r *run) ready(ctx context.Context) (context.Context, context.CancelFunc, error) {
	cancel := func() {}
	err := r.resolveAction(ctx) // first, so that the record says of what the call was
	if r.spec.optErr != nil {
		return ctx, cancel, newError(KindConfig, "", r.spec.optErr)
	}
	if ctx.Err() != nil {
		return ctx, cancel, ctxError(ctx)
	}
	if err != nil {
		return ctx, cancel, err
	}
	ctx, cancel = r.deadline(ctx)
	r.ctx = ctx
	for _, step := range []func(context.Context) error{r.resolveConnection, r.resolveMappings, r.prepareInput, r.loadVariables} {
		if err := step(ctx); err != nil {
			return ctx, cancel, err
		}
	}
	return ctx, cancel, nil
}

// deadline bounds the call. A collected read has bounded its ctx already.
func (r *run) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	d := r.action.timeout
	if r.spec.opts.timeout != 0 {
		d = r.spec.opts.timeout
	}
	switch {
	case d == 0 && r.action.plain: // its attempts have an end of their own, and leave nothing under way
		return ctx, func() {}
	case d == 0:
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, d, timeoutCause{"the call", d})
}

// timeoutCause says whose time was over.
type timeoutCause struct {
	what  string
	after time.Duration
}

func (t timeoutCause) Error() string {
	return fmt.Sprintf("the time of %s, %s, is over", t.what, t.after)
}

func (timeoutCause) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout and Temporary make it a net.Error, as context.DeadlineExceeded is.
func (timeoutCause) Timeout() bool   { return true }
func (timeoutCause) Temporary() bool { return true }

// ctxError is the error of a ctx that has ended: which time was over, if that is
// known. One that was canceled because of another's deadline ended by that.
func ctxError(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, ctx.Err()) {
		return cause
	}
	return ctx.Err()
}

func (r *run) resolveAction(ctx context.Context) error {
	if r.spec.pinned != nil {
		r.action = r.spec.pinned.action
		return nil
	}
	integ, name, ok := strings.Cut(r.spec.name, ".")
	if !ok {
		return r.gw.notFullID(r.spec.name)
	}
	c, err := r.definition(ctx, integ)
	if err != nil {
		return err
	}
	a, ok := c.actions[name]
	if !ok {
		return unknownAction(c, name)
	}
	r.action = a
	return r.checkOptions()
}

// checkOptions refuses options that don't fit the action.
func (r *run) checkOptions() error {
	o, info := r.spec.opts, r.action.info
	if o.readOnly && !info.Effects.ReadOnly {
		return errorf(KindConfig, "", "option ReadOnly: action %s may change something: if it doesn't, declare that in its Effects", r.action.fullID)
	}
	if o.idempotencyKey != "" && info.Idempotency == nil {
		return errorf(KindConfig, "", "option IdempotencyKey: action %s does not declare how its key is sent: set its Idempotency.Header", r.action.fullID)
	}
	if r.spec.readID != "" && r.action.streams() {
		return errorf(KindConfig, "", "action %s streams its answer: call Invoke, and read Result.Stream", r.action.fullID)
	}
	if o.continuation != "" && r.action.pager == nil {
		return errorf(KindConfig, "", "option Continue: action %s has no pagination: leave the option out, or declare how it pages", r.action.fullID)
	}
	return r.checkReadOptions()
}

// prepareInput makes the tree that the request is built of: copied, mapped,
// validated, in this order.
func (r *run) prepareInput(ctx context.Context) error {
	if p := r.spec.pinned; p != nil {
		r.input, r.step = p.input, p.step
		r.secrets = append(r.secrets, p.secrets...)
		return nil
	}
	tree, files, secrets, err := jsontree.FromValueWith(r.spec.input, jsontree.Limits{}, r.gw.leaves...)
	if err != nil {
		return newError(KindInvalidInput, "", fmt.Errorf("input: %w", err))
	}
	r.noFiles = !files
	if tree, secrets, err = r.mapInput(tree, secrets); err != nil {
		return err
	}
	r.secrets, r.given = append(r.secrets, secrets...), secrets
	if tree, err = r.checkInput(ctx, tree, files); err != nil {
		return err
	}
	r.input = tree
	return r.resume(tree)
}

// callInput is what the action sees: for a Go action that goes on with a read,
// what its Pager said.
func (r *run) callInput() any {
	if r.step != nil && r.step.Next == nil && r.step.HasInput {
		return r.step.Input
	}
	return r.input
}

// act runs the action and contains its panic. call is nil for a plain one.
func (r *run) act(ctx context.Context, call *Call) (resp *Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			resp, err = nil, errorf(KindConfig, "", "the action panicked: %v", p)
		}
	}()
	if r.action.plain {
		return r.doHTTP(ctx)
	}
	return r.action.action.Do(ctx, call)
}

// actionError gives an action's error its kind, by clause 9 of Action.
func (r *run) actionError(ctx context.Context, err error) error {
	var redirect *egress.ResponseError
	var denied *egress.DeniedError
	if errors.As(err, &redirect) || errors.As(err, &denied) {
		return err
	}
	if kind := kindOf(ctx, err, ""); kind != "" && (kind != KindCanceled || ctx.Err() != nil) {
		return errorAs(err, kind)
	}
	if ctx.Err() != nil {
		return ctxError(ctx)
	}
	r.mu.Lock()
	last, sent := r.lastFail, len(r.attempts) > 0
	r.mu.Unlock()
	switch {
	case last != "" && last != KindCanceled:
		return newError(last, "", err)
	case sent:
		return newError(KindInvalidResponse, "", err)
	}
	return newError(KindConfig, "", err)
}
