package waygate

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// Preview is the request that a call would send, free of secrets.
type Preview struct {
	Method string // GET, POST, …
	// URL, Header and Body are redacted: what the scheme writes stands as
	// [redacted], and so does each secret that is found by its value.
	URL    string
	Header http.Header
	// Body is cut at 10,000 bytes. Of files it tells name, type and size: they are
	// not opened.
	Body string
	// Connection is the slug of the connection that would be used.
	Connection string
}

// Preview shows the request that Invoke would send, without sending it: the same
// input mapping, validation, variables and signature. Nothing is refreshed,
// limited or recorded. It is for actions described as data; for one in Go it is
// [ErrConfig].
func (t *Tenant) Preview(ctx context.Context, action string, in any, opts ...Option) (p *Preview, err error) {
	const op = "preview"
	if err := t.begin(ctx, op); err != nil {
		return nil, err
	}
	defer t.gw.life.end()
	o, err := readOptions(opts)
	if err == nil && len(o.bounded) > 0 {
		err = fmt.Errorf("option %s is for Collect, Items and Pages: Preview shows one request", o.bounded[0])
	}
	r := &run{gw: t.gw, spec: callSpec{tenant: t.id, name: action, input: in, opts: o, optErr: err, preview: true},
		start: t.gw.cfg.Now(), caller: ctx}
	defer func() {
		if v := recover(); v != nil {
			p, err = nil, errorf(KindConfig, "", "a part that the host brought panicked: %v", v)
		}
		if err != nil {
			e := r.finalError(ctx, err, 0)
			e.Op, err = op, e
		}
	}()
	return r.preview(ctx)
}

func (r *run) preview(ctx context.Context) (*Preview, error) {
	ctx, cancel, err := r.ready(ctx)
	defer cancel()
	if err != nil {
		return nil, err
	}
	if r.action.http == nil {
		return nil, errorf(KindConfig, "", "action %s is Go, so what it sends is known only when it does: preview HTTPActions alone", r.action.fullID)
	}
	req, err := r.buildRequest(ctx)
	if err != nil {
		return nil, err
	}
	h := &hop{r: r, key: r.wireKey(req)}
	signed := r.signs(req.URL)
	out, err := (&attempts{h, signed}).prepare(ctx, &attempt{r: r}, req)
	if err != nil {
		return nil, err
	}
	return r.shown(out)
}

// shown is a signed request without its secrets.
func (r *run) shown(req *http.Request) (*Preview, error) {
	red := r.redactor()
	p := &Preview{Method: req.Method, URL: r.recordedURL(req.URL, red), Header: http.Header{}, Connection: r.link.info.Slug}
	places, platform := r.action.integ.places, r.platformHeaders()
	for name, values := range req.Header {
		canonical := http.CanonicalHeaderKey(name)
		for _, v := range values {
			if red != nil && (platform[canonical] || slices.ContainsFunc(places, func(p auth.Place) bool { return shows(p, canonical) })) {
				v = secret.Redacted
			}
			p.Header[canonical] = append(p.Header[canonical], red.String(v))
		}
	}
	body, err := r.shownBody(req)
	if err != nil {
		return nil, err
	}
	p.Body = recordedBody(red, body, int64(len(body)))
	if len(body) > 0 && r.shortBodyKey() {
		p.Body = secret.Redacted
	}
	return p, nil
}

// platformHeaders names the headers that tell what is the platform's; not those
// that the connection has a value of its own for.
func (r *run) platformHeaders() map[string]bool {
	names := map[string]bool{}
	for _, h := range slices.Concat(r.action.http.headers, r.action.integ.headers) {
		names[h.name] = names[h.name] || h.told != ""
	}
	for name := range r.link.info.Headers {
		delete(names, http.CanonicalHeaderKey(name))
	}
	maps.Copy(names, r.hidden)
	return names
}

// shows says whether a header shows what stands in a place.
func shows(p auth.Place, header string) bool {
	switch p.In {
	case auth.InCookie:
		return header == "Cookie"
	case auth.InHeader, "":
		return strings.EqualFold(p.Name, header)
	}
	return false
}

func (r *run) shownBody(req *http.Request) ([]byte, error) {
	if r.body != nil && r.body.shown != "" {
		return []byte(r.body.shown), nil
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer func() { _ = req.Body.Close() }()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, newError(KindInvalidInput, "", fmt.Errorf("the body can't be read: %w", err))
	}
	return body, nil
}
