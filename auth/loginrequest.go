package auth

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// request makes the request of a step. Every error is an *Error.
func (r *loginRun) request(ctx context.Context, at string, p LoginStep) (*http.Request, error) {
	texts := map[string]string{}
	for _, t := range p.texts() {
		if t.field == "json" { // which are many
			continue
		}
		text, err := r.filler().fill(at+"."+t.field, t)
		if err != nil {
			return nil, err
		}
		texts[t.field] = text
	}
	body, contentType, err := r.body(at, p, texts)
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for name := range p.Query {
		query.Set(name, texts["query."+written.Quote(name)])
	}
	target := joinQuery(texts["url"], strings.ReplaceAll(query.Encode(), "+", "%20"))
	out, err := http.NewRequestWithContext(ctx, p.method(), target, bytes.NewReader(body))
	if err != nil { // which would quote the URL
		return nil, r.bad(at+".url", "the URL can't be used with these parameters; correct those of the connection")
	}
	if body == nil {
		out.Body, out.ContentLength = http.NoBody, 0
	}
	out.GetBody = nil // so that net/http can't send it again
	out.Header.Set("Accept", p.Answer.accept())
	if contentType != "" {
		out.Header.Set("Content-Type", contentType)
	}
	return out, r.headers(out, at, p, texts)
}

// body gives the body as it is sent; nil if there is none.
func (r *loginRun) body(at string, p LoginStep, texts map[string]string) (body []byte, contentType string, err error) {
	switch {
	case p.Form != nil:
		form := url.Values{}
		for name := range p.Form {
			form.Set(name, texts["form."+written.Quote(name)])
		}
		return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
	case len(p.JSON) > 0:
		body, err = rewriteJSON(p.JSON, func(src string) (string, error) {
			return r.filler().fill(at+".json", loginText{src: src})
		})
		if own, ok := err.(*Error); ok {
			return nil, "", own
		}
		if err != nil { // which may quote a value
			return nil, "", r.bad(at+".json", "can't be written with these values; they must be valid UTF-8")
		}
		return body, "application/json", nil
	case p.XML != "":
		return []byte(texts["xml"]), "text/xml; charset=utf-8", nil
	case p.Text != "":
		return []byte(texts["text"]), "text/plain; charset=utf-8", nil
	}
	return nil, "", nil
}

func (r *loginRun) headers(out *http.Request, at string, p LoginStep, texts map[string]string) error {
	for name := range p.Headers {
		field := "headers." + written.Quote(name)
		if why := unsafe(InHeader, texts[field]); why != "" {
			return r.bad(at+"."+field, "with these values it "+why)
		}
		setHeader(out, name, texts[field])
	}
	if p.Basic == nil {
		return nil
	}
	user, password := texts["basic.user"], texts["basic.password"]
	if strings.Contains(user, ":") {
		return r.bad(at+".basic.user", "has a colon with these values, which the Basic header can't carry")
	}
	setHeader(out, "Authorization", basicValue(user, password))
	return nil
}

func (p LoginStep) method() string {
	if p.Method == "" {
		return http.MethodPost
	}
	return p.Method
}

// accept is the header that asks for the format.
func (a LoginAnswer) accept() string {
	switch a.Format {
	case FormatXML:
		return "text/xml, application/xml"
	case FormatText:
		return "text/plain, */*"
	}
	return "application/json"
}

// lookup gives what a name in a template stands for.
func (r *loginRun) lookup(name string) (string, bool) {
	group, own, _ := strings.Cut(name, ".")
	switch group + "." {
	case ofCredential:
		v := r.from.Values[own].Reveal()
		return v, v != ""
	case ofCaptured:
		v, ok := r.captured[own]
		return v, ok
	case ofClient:
		v := r.client[own]
		return v, v != ""
	}
	v, ok := r.call.Parameters[name]
	return v, ok
}

func (r *loginRun) filler() filler {
	env := template.Env{Now: asker{call: r.call}.now(), Random: r.call.Rand}
	if env.Random == nil {
		env.Random = randReader()
	}
	return filler{kind: r.kind, env: env, lookup: r.lookup}
}

func (r *loginRun) bad(field, reason string) error {
	return &Error{Op: opRequest, Scheme: r.kind, Field: field, Reason: reason}
}

// origin cuts a URL's template before its path, which doesn't decide who is asked.
func origin(src string) string {
	t, err := template.CompileURL(src)
	if err != nil {
		return src
	}
	for _, ref := range t.Refs() {
		if strings.Contains(ref.Name, ".") {
			head, rest, _ := strings.Cut(src, "://")
			if i := strings.IndexAny(rest, "/?"); i >= 0 { // no name and no default in an authority has either
				rest = rest[:i]
			}
			return head + "://" + rest
		}
	}
	return src
}
