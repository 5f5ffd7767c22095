package waygate

import (
	"context"
	"errors"
	"slices"

	"go.uber.org/zap"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

const (
	maxErrorBody  = 10_000
	maxRecordText = 1_000
	maxRecordBody = 10_000
)

// finish ends a call in its one record, and gives the error its final form.
func (r *run) finish(ctx context.Context, out *outcome, err error) error {
	r.mu.Lock()
	r.ended = true
	attempts, exchange := r.attempts, r.exchange // nobody writes to them from here on
	for _, release := range r.releases {
		release()
	}
	r.mu.Unlock()
	rec := r.record(attempts, exchange)
	if err != nil {
		*out = outcome{}
		e := r.finalError(ctx, err, len(attempts))
		rec.Kind, rec.Error = e.Kind, secret.Truncate(e.Error(), maxRecordText)
		if rec.Status == 0 {
			rec.Status = e.Status
		}
		err = e
	} else {
		out.result.place = r.place()
		m := &out.result.Meta
		m.CallID, m.ReadID, m.Connection = r.id, r.spec.readID, r.link.info.Slug
		m.Attempts, m.Duration = len(attempts), rec.Duration
		rec.Status, rec.Warnings, rec.Records = out.result.Status, m.Warnings, r.records
	}
	defer r.gw.recorder.add(rec) // also if an observer ends the goroutine
	r.log(rec)
	r.gw.observers.callEnded(ctx, rec)
	return err
}

// record is what is kept of the call.
func (r *run) record(attempts []AttemptRecord, x exchange) CallRecord {
	rec := CallRecord{
		ID: r.id, ReadID: r.spec.readID, Tenant: r.spec.tenant, Action: r.spec.name,
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
		zap.Int("attempts", len(rec.Attempts)), zap.Int("status", rec.Status),
	}
	if rec.Kind != "" {
		fields = append(fields, zap.String("kind", string(rec.Kind)), zap.String("error", rec.Error))
	}
	line.Write(fields...)
}

// finalError is the error that leaves: one *Error, with the call's place, free
// of secrets.
func (r *run) finalError(ctx context.Context, err error, attempts int) *Error {
	e := *r.classify(ctx, err)
	e.Op, e.Attempts, e.Hint = "invoke", attempts, e.Kind.facts().hint
	e.of(r.place())
	e.Fields = slices.Clone(e.Fields)
	red := r.redactor()
	e.Body = cutBytes(red.Bytes(e.Body), maxErrorBody)
	e.Err = redactError(red, e.Err)
	for i, f := range e.Fields {
		e.Fields[i].Pointer, e.Fields[i].Expected = red.String(f.Pointer), red.String(f.Expected)
	}
	return &e
}

// callPlace is where an error belongs.
type callPlace struct{ tenant, integration, action, connection, id string }

func (r *run) place() callPlace {
	p := callPlace{tenant: r.spec.tenant, action: r.spec.name, connection: r.link.info.Slug, id: r.id}
	if r.action != nil {
		p.integration, p.action = r.action.integ.def.ID, r.action.fullID
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
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		return newError(kindOf(err, KindTimeout), "", err)
	}
	return newError(kindOf(err, KindConfig), "", err)
}

// redactor knows the platform's secrets, the call's credential and its input's;
// nil where redaction is off.
func (r *run) redactor() *secret.Redactor {
	if r.gw.redactor == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gw.redactor.With(r.secrets...)
}

func cutBytes(b []byte, most int) []byte {
	if len(b) > most {
		b = b[:most:most]
	}
	return b
}

// redactError keeps an error whose text and causes hold no secret as it is, and
// replaces any other by its redacted text. What is replaced can still be tested
// with errors.Is, but not reached with errors.As.
func redactError(red *secret.Redactor, err error) error {
	if err == nil || red == nil || clean(red, err) {
		return err
	}
	return &redactedError{text: red.String(err.Error()), is: func(target error) bool { return errors.Is(err, target) }}
}

// clean reports whether no error in the tree says a secret.
func clean(red *secret.Redactor, err error) bool {
	if text := err.Error(); red.String(text) != text {
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
