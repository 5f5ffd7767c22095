package waygate

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/internal/jsontree"
	"github.com/waygate-go/waygate/internal/payload"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/resilience"
)

// receive turns an action's response into a result: read, parse once, validate,
// next page, output mapping, records.
func (r *run) receive(ctx context.Context, call *Call, resp *Response) (out outcome, err error) {
	if resp == nil {
		return out, errorf(KindConfig, "", "the action returned neither a response nor an error: return one of the two")
	}
	status := resp.Status
	if status == 0 {
		status = http.StatusOK
	}
	if r.action.streams() && resp.Body != nil && status >= 200 && status < 300 && answerKind(status, r.said(status, resp, nil).Means) == "" {
		res := &Result{Status: status, Header: resp.Header, stream: &callStream{body: r.bounded(resp.Body), r: r}}
		r.warnOfInput(res)
		return outcome{result: res, run: r}, nil
	}
	if resp.Body != nil { // closed last: until then its bytes count as in flight
		defer func() { _ = resp.Body.Close() }()
	}
	data, release, err := r.readResponse(ctx, resp)
	defer release()
	if err != nil {
		return out, err
	}
	if r.pastEnd(status) {
		return r.noPage(resp, status), nil
	}
	said := r.said(status, resp, data)
	if kind := answerKind(status, said.Means); kind != "" {
		return out, r.statusError(kind, said, status, resp, data)
	}
	return r.read(ctx, call, resp, status, data)
}

// read makes a result of a success.
func (r *run) read(ctx context.Context, call *Call, resp *Response, status int, data []byte) (out outcome, err error) {
	res := &Result{Status: status, Header: resp.Header}
	raw, err := r.parse(res, resp, data)
	if err != nil {
		return out, err
	}
	checked, err := r.validateResponse(ctx, res, raw)
	if err != nil {
		return out, err
	}
	out = outcome{run: r, pinned: r.pin(), page: r.page(), from: r.step}
	if r.step != nil {
		out.skip = r.step.Skip
	}
	if r.action.pager != nil {
		if err := r.nextPage(ctx, call, &out, &Response{Status: status, Header: resp.Header, Value: raw}); err != nil {
			return outcome{}, withAnswer(err, status, data)
		}
	}
	out.same, res.Meta.Pagination = r.counted, r.evidence
	if err := r.mapResponse(res, checked); err != nil {
		return outcome{}, err
	}
	out.result = res
	r.records = len(r.action.rawRecords(raw)) + res.text.Elements()
	out.raw = r.records
	if out.more {
		res.Meta.HasMore = true
		if res.Meta.Next, err = r.sealStep(*out.next); err != nil {
			return outcome{}, err
		}
	}
	return out, nil
}

// pin holds still what the later pages of a read share with this one.
func (r *run) pin() pinned {
	p := pinned{action: r.action, input: r.input, maps: r.maps, secrets: r.given}
	if old := r.spec.pinned; old != nil {
		p.secrets = old.secrets
	}
	if _, stored := r.link.source.(*storedConnection); !stored {
		p.source = r.link.source
	}
	return p
}

// readResponse reads the body. release gives its bytes back to the budget.
func (r *run) readResponse(ctx context.Context, resp *Response) (data []byte, release func(), err error) {
	release = func() {}
	if resp.Body == nil {
		return nil, release, nil
	}
	if resp.Value != nil {
		return nil, release, errorf(KindConfig, "", "the action returned both a Body and a Value: set one of them")
	}
	if read, ok := resp.Body.(*readBody); ok && read.Len() == len(read.data) {
		return read.data, release, nil
	}
	stop := context.AfterFunc(ctx, func() { closeContained(resp.Body) }) // frees a Read that doesn't look at ctx
	defer stop()
	limit := r.gw.transport.MaxBodyBytes()
	data, held, err := egress.ReadBody(ctx, resp.Body, limit, r.gw.budget, r.spec.tenant)
	if held != nil {
		release = held
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, release, ctxError(ctx)
	case err != nil:
		return nil, release, newError(kindOf(ctx, err, KindInvalidResponse), "", fmt.Errorf("reading the body: %w", err))
	}
	return data, release, nil
}

// statusError is the failure that a status means, or what an answer was found to say.
func (r *run) statusError(kind Kind, said resilience.Reading, status int, resp *Response, data []byte) error {
	if resp.Body == nil && resp.Value != nil {
		if tree, _, err := jsontree.FromValue(resp.Value, jsontree.Limits{}); err == nil {
			data = jsontree.Append(nil, tree)
		}
	}
	e := newError(kind, "", answered(status, said.Means))
	e.Status, e.Body = status, data
	e.Message, e.Code = r.action.integ.errorTexts(resp.Header, data)
	if said.Stated {
		e.RetryAfter = said.Wait
	}
	if kind == KindAuth && said.Means == "" {
		e.Err = r.unaccepted(e.Err)
	}
	if kind == KindInvalidResponse && status >= 300 && status < 400 {
		e.Err = fmt.Errorf("the provider answered %d with a redirect that is not followed", status)
	}
	return e
}

// parse makes the one tree of a response that all later steps share.
func (r *run) parse(res *Result, resp *Response, data []byte) (any, error) {
	if resp.Body == nil {
		return r.valueTree(resp.Value)
	}
	contentType := resp.Header.Get("Content-Type")
	unusable := func(err error) error {
		e := newError(kindOf(r.ctx, err, KindInvalidResponse), "", err)
		e.Status, e.Body = res.Status, data
		return e
	}
	switch kind := r.action.info.Response; {
	case kind == ResponseBytes:
		res.raw = data
		return nil, nil
	case kind == ResponseEmpty || kind == ResponseStream: // of a stream this is a Value that was nil
		return nil, nil
	case r.action.decode != nil:
		v, err := runDecoder(r.action.decode, contentType, data)
		if err != nil {
			return nil, unusable(fmt.Errorf("decoder %s: %w", kind, err))
		}
		return r.valueTree(v)
	case len(data) <= 64 && len(strings.TrimSpace(string(data))) == 0 && kind != ResponseText:
		return nil, nil // 204, or a 200 that says nothing
	}
	text, err := payload.UTF8(contentType, data)
	if err != nil {
		return nil, unusable(err)
	}
	if r.action.info.Response == ResponseText {
		return string(text), nil
	}
	tree, stats, err := r.treeOf(res, text)
	if err != nil {
		return nil, unusable(fmt.Errorf("the body (Content-Type %q) is not JSON: %w", clip(r.redactor().String(contentType)), err))
	}
	if stats.Duplicate != "" {
		res.warn("the response has a member twice, the last one counts: %s", stats.Duplicate)
	}
	return tree, nil
}

// treeOf makes the tree of a text. Where nothing on the way needs one, the text is only checked, and res keeps it.
func (r *run) treeOf(res *Result, text []byte) (tree any, stats jsontree.Stats, err error) {
	a := r.action
	if a.outCheck != nil || a.pager != nil || a.mapped != nil || r.maps.out != nil || r.spec.readID != "" {
		return jsontree.Parse(text, jsontree.Limits{})
	}
	res.text, stats, err = jsontree.Check(text, jsontree.Limits{})
	return nil, stats, err
}

// valueTree is the tree of what an action or a decoder gave.
func (r *run) valueTree(v any) (any, error) {
	tree, secrets, err := jsontree.FromValue(v, jsontree.Limits{})
	if err != nil {
		return nil, newError(KindInvalidResponse, "", fmt.Errorf("the action's value: %w", err))
	}
	r.mu.Lock()
	r.secrets = append(r.secrets, secrets...)
	r.mu.Unlock()
	return tree, nil
}

// runDecoder contains a panic of a host's decoder.
func runDecoder(decode Decoder, contentType string, data []byte) (v any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errorf(KindConfig, "", "panicked: %v", p)
		}
	}()
	return decode(contentType, data)
}

func (res *Result) warn(format string, args ...any) {
	const most = 20
	if len(res.Meta.Warnings) < most { // cut when it has been redacted, so that no half of a secret stays
		text := fmt.Sprintf(format, args...)
		res.Meta.Warnings = append(res.Meta.Warnings, text[:min(len(text), 2*maxWarning)])
	}
}

// mapResponse maps the tree and finds the records in it.
func (r *run) mapResponse(res *Result, raw any) error {
	res.body, res.records = raw, raw
	r.warnOfInput(res)
	if r.maps.out != nil {
		mapped, notes, err := r.maps.out.Apply(raw)
		if err != nil {
			e := newError(KindInvalidResponse, "", fmt.Errorf("output mapping: %w", err))
			e.Status = res.Status
			return e
		}
		for _, n := range notes {
			res.warn("output mapping: %s", noteText(n))
		}
		res.body, res.records = mapped, mapped
	}
	if r.action.mapped == nil {
		return nil
	}
	found, ok := r.action.mapped.First(res.body)
	if !ok && raw != nil {
		note := ""
		if lists := listsIn(res.body); lists != "" {
			note = "; lists stand at " + lists
		}
		res.warn("no records at %s%s", r.action.mapped, note)
	}
	res.records = found
	return nil
}

func noteText(n mapping.Note) string {
	if n.Places > 1 {
		return fmt.Sprintf("%s %s and %d other places: %s", n.Name, n.Path, n.Places-1, n.Reason)
	}
	return fmt.Sprintf("%s %s: %s", n.Name, n.Path, n.Reason)
}

// rawRecords are the records as they came, before mapping; nil if there are
// none.
func (a *compiledAction) rawRecords(raw any) []any {
	if a.records != nil {
		raw, _ = a.records.First(raw)
	}
	list, _ := raw.([]any)
	return list
}
