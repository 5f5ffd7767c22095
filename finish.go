package waygate

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxErrorBody  = 10_000
	maxErrorText  = 10_000
	maxMessage    = 1_000
	maxWarning    = 256
	maxCode       = 100
	maxRecordText = 1_000
	maxRecordBody = 10_000
)

// finish ends a call in its one record, and gives the error its final form. The
// record of a stream is written when that is closed.
func (r *run) finish(ctx context.Context, out *outcome, err error) error {
	r.mu.Lock()
	r.ended = true
	attempts, exchange := r.attempts, r.exchange // nobody writes to them from here on
	for _, release := range r.releases {
		release()
	}
	r.mu.Unlock()
	r.tellParent()
	if err == nil && out.live() {
		r.finishLater(ctx, out.result, attempts, exchange)
		return nil
	}
	r.closeStreams()
	if err != nil {
		*out = outcome{}
	}
	return r.conclude(ctx, out.result, r.record(attempts, exchange), err)
}

// finishLater has the close of the stream end the call.
func (r *run) finishLater(ctx context.Context, res *Result, attempts []AttemptRecord, exchange exchange) {
	rec := r.record(attempts, exchange)
	r.describe(res, &rec)
	res.stream.done = func(n int64, failed error) {
		if r.spec.parent == nil {
			defer r.gw.life.endStream()
		}
		r.closeStreams()
		exchange.responseBytes = n
		_ = r.conclude(ctx, res, r.record(attempts, exchange), failed)
	}
}

// live says that the answer is still coming.
func (o *outcome) live() bool { return o.result != nil && o.result.stream != nil }

// conclude writes the record and tells of the end.
func (r *run) conclude(ctx context.Context, res *Result, rec CallRecord, err error) error {
	defer func() { r.gw.recorder.add(rec) }() // also if an observer ends the goroutine
	if err != nil {
		e := r.finalError(ctx, err, onTheWire(rec.Attempts))
		rec.Kind, rec.Error = e.Kind, secret.Truncate(e.Error(), maxRecordText)
		if rec.Status == 0 {
			rec.Status = e.Status
		}
		err = e
	} else {
		r.describe(res, &rec)
	}
	r.log(rec)
	r.gw.observers.callEnded(ctx, rec)
	return err
}

// describe fills in a result's Meta and what the record takes from it.
func (r *run) describe(res *Result, rec *CallRecord) {
	res.place = r.place()
	m := &res.Meta
	m.CallID, m.ReadID, m.Connection = r.id, r.spec.readID, r.link.info.Slug
	m.Attempts, m.Duration = onTheWire(rec.Attempts), rec.Duration
	if len(m.Warnings) > 0 {
		red := r.redactor()
		for i, w := range m.Warnings {
			m.Warnings[i] = secret.Truncate(red.String(w), maxWarning)
		}
	}
	rec.Status, rec.Warnings, rec.Records = res.Status, slices.Clone(m.Warnings), r.records
}

// tellParent gives a nested call's secrets to the call around it, whose errors
// may quote what this one got.
func (r *run) tellParent() {
	p := r.spec.parent
	if p == nil {
		return
	}
	r.mu.Lock()
	secrets, credentials := slices.Clone(r.secrets), r.credentials
	r.mu.Unlock()
	for _, c := range credentials {
		p.learn(c)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.secrets) < 1000 {
		p.secrets = append(p.secrets, secrets...)
	}
}

// record is what is kept of the call.
func (r *run) record(attempts []AttemptRecord, x exchange) CallRecord {
	rec := CallRecord{
		ID: r.id, ReadID: r.spec.readID, Tenant: r.spec.tenant, Action: clip(r.spec.name),
		Start: r.start, Duration: r.gw.cfg.Now().Sub(r.start), Attempts: attempts,
		RequestBytes: x.requestBytes, ResponseBytes: x.responseBytes, Request: x.request, Response: x.response,
		Connection: r.link.info.Slug, ConnectionID: r.link.info.ID,
	}
	if r.spec.readID != "" {
		rec.Page = r.page()
	}
	if r.spec.parent != nil {
		rec.Parent = r.spec.parent.id
	}
	if r.action != nil {
		rec.Integration, rec.Action = r.action.integ.def.ID, r.action.info.ID
	}
	if n := len(attempts); n > 0 {
		rec.Status = attempts[n-1].Status
	}
	return rec
}

// log writes the call's one line.
func (r *run) log(rec CallRecord) {
	log := r.gw.cfg.Logger
	level := zap.DebugLevel
	if rec.Kind != "" {
		level = zap.WarnLevel
	}
	line := log.Check(level, "waygate call")
	if line == nil {
		return
	}
	fields := []zap.Field{
		zap.String("call", rec.ID), zap.String("tenant", rec.Tenant), zap.String("integration", rec.Integration),
		zap.String("action", rec.Action), zap.String("connection", rec.Connection), zap.Duration("duration", rec.Duration),
		zap.Int("attempts", onTheWire(rec.Attempts)), zap.Int("status", rec.Status),
	}
	if rec.Kind != "" {
		fields = append(fields, zap.String("kind", string(rec.Kind)), zap.String("error", rec.Error))
	}
	line.Write(fields...)
}

// finalError is the error that leaves: one *Error, with the call's place, free
// of secrets. A host's error whose methods panic is replaced.
func (r *run) finalError(ctx context.Context, err error, attempts int) (final *Error) {
	defer func() {
		if p := recover(); p != nil {
			final = errorf(KindConfig, "invoke", "the host's error can't be read: a method of it panicked").of(r.place())
			final.Attempts = attempts
		}
	}()
	e := *r.classify(ctx, err)
	e.Op, e.Attempts, e.Hint = "invoke", attempts, e.Kind.facts().hint
	r.sayHeld(&e)
	e.of(r.place())
	red := r.redactor()
	e.Body = redactedPart(red, e.Body, maxErrorBody)
	e.Message = string(redactedPart(red, []byte(e.Message), maxMessage))
	e.Code = string(redactedPart(red, []byte(e.Code), maxCode))
	e.Err = redactError(red, e.Err)
	e.Fields = slices.Clone(e.Fields)
	for i, f := range e.Fields {
		e.Fields[i].Pointer = secret.Truncate(red.String(f.Pointer), 256)
		e.Fields[i].Expected = secret.Truncate(red.String(f.Expected), 256)
	}
	return &e
}

// redactedPart is the beginning of a body, of at most most bytes, redacted. Only
// what can show is looked through: a secret on the edge is recognised by its
// beginning.
func redactedPart(red *secret.Redactor, body []byte, most int) []byte {
	if len(body) == 0 {
		return nil
	}
	clear := red.Bytes(body[:min(len(body), 2*most)])
	return bytes.Clone(clear[:min(len(clear), most)])
}

// callPlace is where an error belongs.
type callPlace struct {
	tenant, integration, action, connection, id string
	records                                     string // where the records are taken from; empty for the whole answer
}

func (r *run) place() callPlace {
	p := callPlace{tenant: r.spec.tenant, action: clip(r.spec.name), connection: r.link.info.Slug, id: r.id}
	if r.action != nil {
		p.integration, p.action = r.action.integ.def.ID, r.action.fullID
		if r.action.mapped != nil {
			p.records = r.action.mapped.String()
		}
	}
	return p
}

// of gives an error its place.
func (e *Error) of(p callPlace) *Error {
	e.Tenant, e.Integration, e.Action, e.Connection, e.CallID = p.tenant, p.integration, p.action, p.connection, p.id
	return e
}

// classify gives an error its kind, once for the whole library: the leaves'
// typed errors end here.
func (r *run) classify(ctx context.Context, err error) *Error {
	var (
		e      *Error
		denied *egress.DeniedError
		odd    *egress.ResponseError
	)
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &denied):
		return newError(KindConfig, "", err)
	case errors.As(err, &odd):
		e = newError(KindInvalidResponse, "", err)
		e.Status = odd.Status
		return e
	case errors.Is(err, context.Canceled):
		return newError(KindCanceled, "", err)
	case errors.Is(err, context.DeadlineExceeded):
		return newError(KindTimeout, "", err)
	}
	return newError(kindOf(ctx, err, KindConfig), "", err)
}

// redactor knows the platform's secrets, the call's credential and its input's;
// nil where redaction is off.
func (r *run) redactor() *secret.Redactor {
	if r.gw.redactor == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	red := r.gw.redactor.With(r.secrets...)
	if r.action != nil {
		red = red.With(r.action.integ.secrets...)
	}
	for _, c := range r.credentials {
		red = red.With(c.Secrets()...)
		user, password := c.Values["user"], c.Values["password"]
		if key := cmp.Or(c.Values["token"], c.Values["key"]); user.IsZero() && password.IsZero() && !key.IsZero() {
			user = key // some schemes send a key as the user of a pair
		}
		red = red.Pair(user, password)
	}
	return red
}

// redactError keeps an error whose text and causes hold no secret as it is, and
// replaces any other by its redacted text. What is replaced can still be tested
// with errors.Is, but not reached with errors.As.
func redactError(red *secret.Redactor, err error) error {
	if err == nil || red == nil || clean(red, err) {
		return err
	}
	return &redactedError{text: string(redactedPart(red, []byte(err.Error()), maxErrorText)), is: func(target error) bool { return errors.Is(err, target) }}
}

// clean reports whether no error in the tree says a secret.
func clean(red *secret.Redactor, err error) bool {
	if text := err.Error(); len(text) > maxErrorText || red.String(text) != text {
		return false
	}
	switch u := err.(type) {
	case interface{ Unwrap() error }:
		inner := u.Unwrap()
		return inner == nil || clean(red, inner)
	case interface{ Unwrap() []error }:
		for _, inner := range u.Unwrap() {
			if !clean(red, inner) {
				return false
			}
		}
	}
	return true
}

// redactedError is an error's text without its secrets. The function hides the
// original from every fmt verb.
type redactedError struct {
	text string
	is   func(error) bool
}

func (e *redactedError) Error() string        { return e.text }
func (e *redactedError) Is(target error) bool { return e.is(target) }
