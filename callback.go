package waygate

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.uber.org/zap"
)

// CallbackConfig is what [Gateway.Callback] needs to know of the host.
type CallbackConfig struct {
	// Tenant says whose browser it is, from the host's own session; required.
	Tenant func(*http.Request) (string, error)
	// Binding gives the flow's binding: the value of the cookie that was set with
	// [Authorization].Binding, or the id of the host's session; required.
	Binding func(*http.Request) (string, error)
	// Done is told what came of it, and may answer: redirect to a page of the host's,
	// with 303. The request that it gets has no query. If it doesn't answer, or is nil,
	// the browser is sent on to Next. Errors are for logs; what a provider says in them
	// is not fit for HTML.
	Done func(http.ResponseWriter, *http.Request, *ConnectionInfo, error)
	// Prefix is what a proxy of the host's takes away from the beginning of the path,
	// "/v1": a callback counts only for a flow whose redirect URL has the path that
	// the browser asked for. What http.StripPrefix takes away needs no mention.
	Prefix string
	// Next is where the browser is sent in the end; empty is the callback's own path,
	// which then says that the window can be closed.
	Next string
}

// maxCallback bounds what a provider may post.
const maxCallback = 64 << 10

// Callback is the handler of the URL that providers send browsers back to, by GET or
// by a form post. It completes the flow (see [Tenant.Complete]) and sends the browser
// on with 303, so that the code stands in no history and in no Referer. What fails is a
// warning in [Config].Logger, too. Without Tenant and Binding nothing is completed: it
// answers 500. A flow is completed only by the path, and the query, that its redirect
// URL has, see [CallbackConfig].Prefix.
func (g *Gateway) Callback(cfg CallbackConfig) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			h.Set("Allow", "GET, POST")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if text := endText(r); text != "" {
			h.Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte(text))
			return
		}
		if cfg.Tenant == nil || cfg.Binding == nil {
			http.Error(w, "the callback is not set up", http.StatusInternalServerError)
			return
		}
		info, err := g.completeCallback(w, r, cfg)
		if err != nil {
			g.cfg.Logger.Warn("waygate callback", zap.Error(err))
		}
		g.finishCallback(w, r, cfg, info, err)
	})
}

// endText is what the callback's own page says when all is done; empty where it
// isn't.
func endText(r *http.Request) string {
	switch {
	case r.Method != http.MethodGet:
	case r.URL.RawQuery == "":
		return "You can close this window.\n"
	case r.URL.RawQuery == "failed":
		return "The account could not be connected. Go back and try again.\n"
	}
	return ""
}

// completeCallback asks the host who it is, and completes the flow.
func (g *Gateway) completeCallback(w http.ResponseWriter, r *http.Request, cfg CallbackConfig) (info *ConnectionInfo, err error) {
	const op = "callback"
	defer func() {
		if p := recover(); p != nil {
			// The value isn't shown: it may quote the request, with its code and cookies.
			info, err = nil, errorf(KindConfig, op, "Tenant or Binding of CallbackConfig panicked with a %T", p)
		}
	}()
	tenant, err := cfg.Tenant(r)
	if err != nil {
		return nil, errorf(KindInvalidInput, op, "Tenant: %w", err)
	}
	binding, err := cfg.Binding(r)
	if err != nil {
		return nil, errorf(KindInvalidInput, op, "Binding: %w", err)
	}
	if binding == "" {
		return nil, errorf(KindInvalidInput, op, "Binding: the browser has none: it is not the one that the authorization was begun in, or its cookie is gone")
	}
	values, err := callbackValues(w, r)
	if err != nil {
		return nil, newError(KindInvalidInput, op, err)
	}
	return g.Tenant(tenant).completeAt(r.Context(), values, binding, func(redirect string) bool { return cameTo(redirect, cfg.Prefix, r) })
}

// cameTo says whether a request is for a flow's redirect URL: each provider has one of
// its own, so that none can have its answer taken for another's.
func cameTo(redirect, prefix string, r *http.Request) bool {
	want, err := url.Parse(redirect)
	if err != nil {
		return false
	}
	path := r.URL.Path
	if asked, err := url.ParseRequestURI(r.RequestURI); err == nil { // what http.StripPrefix leaves
		path = asked.Path
	}
	if "/"+strings.TrimLeft(want.Path, "/") != strings.TrimRight(prefix, "/")+"/"+strings.TrimLeft(path, "/") {
		return false
	}
	got := r.URL.Query()
	for name, values := range want.Query() {
		if !slices.Equal(got[name], values) {
			return false
		}
	}
	return true
}

// callbackValues are the query, or the posted form.
func callbackValues(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.Method == http.MethodGet {
		if len(r.URL.RawQuery) > maxCallback {
			return nil, errorf(KindInvalidInput, "", "the query has more than 64 KiB")
		}
		return url.ParseQuery(r.URL.RawQuery)
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxCallback)
	if err := r.ParseForm(); err != nil {
		return nil, errorf(KindInvalidInput, "", "the posted form can't be read")
	}
	return r.PostForm, nil
}

// finishCallback lets the host answer, and else sends the browser on.
func (g *Gateway) finishCallback(w http.ResponseWriter, r *http.Request, cfg CallbackConfig, info *ConnectionInfo, err error) {
	next := cfg.Next
	if next == "" {
		next = "/" + strings.TrimLeft(r.URL.EscapedPath(), "/")
	}
	if cfg.Done != nil {
		bare := r.Clone(r.Context())
		u := *r.URL
		u.RawQuery, u.ForceQuery = "", false
		bare.URL, bare.RequestURI, bare.Form, bare.PostForm, bare.Body = &u, u.EscapedPath(), nil, nil, http.NoBody
		watched := &watchedWriter{ResponseWriter: w}
		g.done(cfg, watched, bare, info, err)
		if watched.wrote {
			return
		}
	}
	if err != nil && cfg.Next == "" {
		next += "?failed"
	}
	w.Header().Set("Location", next)
	w.WriteHeader(http.StatusSeeOther)
}

// done calls the host's Done, contained: what it was told of stands.
func (g *Gateway) done(cfg CallbackConfig, w http.ResponseWriter, r *http.Request, info *ConnectionInfo, err error) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			panic(p)
		default:
			g.cfg.Logger.Error("waygate: Done of CallbackConfig panicked", zap.String("type", fmt.Sprintf("%T", p)))
		}
	}()
	cfg.Done(w, r, info, err)
}

// watchedWriter notes whether something was answered.
type watchedWriter struct {
	http.ResponseWriter
	wrote bool
}

func (w *watchedWriter) WriteHeader(status int) {
	w.wrote = true
	w.ResponseWriter.WriteHeader(status)
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(p)
}

// Unwrap is for http.ResponseController.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
