package waygate_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
)

// TestAfterConnect lets a hook ask the provider, as the connection that isn't saved
// yet, for what the connection's parameters need.
func TestAfterConnect(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	in := oauthAPI()
	in.Parameters = []waygate.ConnectionParameter{{Name: "site", Pattern: "[a-z]+"}}
	in.AfterConnect = "find_site"
	var fail error
	more := map[string]string{"site": "north"}
	_, acme := oauthReady(t, s, in, func(c *waygate.Config) {
		c.Kinds.AfterConnect = map[string]waygate.AfterConnect{"find_site": func(ctx context.Context, call *waygate.Call) (map[string]string, error) {
			if _, err := call.Invoke(ctx, "read", nil); err != nil {
				return nil, err
			}
			return more, fail
		}}
	})
	connect := func(slug string) (*waygate.ConnectionInfo, error) {
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: slug})
		must(t, err)
		return acme.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
	}
	info, err := connect("main")
	must(t, err)
	if info.Parameters["site"] != "north" {
		t.Errorf("parameters %v", info.Parameters)
	}
	more = map[string]string{"site": "NO!"}
	_, err = connect("second")
	failure(t, err, waygate.KindInvalidInput)
	fail = errors.New("no site is there")
	_, err = connect("third")
	says(t, err, "after_connect", "no site is there")
	list, err := acme.Connections(t.Context(), waygate.ConnectionQuery{})
	must(t, err)
	if len(list.Connections) != 1 {
		t.Errorf("%d connections", len(list.Connections))
	}
}

func TestHooksMustBeGiven(t *testing.T) {
	t.Parallel()
	gw := wired(t, always(200, `{}`))
	for field, change := range map[string]func(*waygate.Integration){
		"after_connect": func(in *waygate.Integration) { in.AfterConnect = "x" },
		"before_sign":   func(in *waygate.Integration) { in.BeforeSign = "x" },
		"parse_token":   func(in *waygate.Integration) { in.ParseToken = "x" },
	} {
		in := api(get("read"))
		change(&in)
		err := gw.Register(t.Context(), in)
		failure(t, err, waygate.KindConfig)
		says(t, err, field, "Config.Kinds")
	}
}

// TestBeforeSign shows what a hook can add, and what it can't change.
func TestBeforeSign(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	in := api(get("read"))
	in.BeforeSign = "stamp"
	var hook waygate.BeforeSign
	_, acme := ready(t, w, in, func(c *waygate.Config) {
		c.Kinds.BeforeSign = map[string]waygate.BeforeSign{"stamp": func(ctx context.Context, r *http.Request, cred auth.Credential) (auth.Credential, error) {
			return hook(ctx, r, cred)
		}}
	})
	hook = func(_ context.Context, r *http.Request, cred auth.Credential) (auth.Credential, error) {
		r.Header.Set("X-Stamp", "42")
		next := cred.Clone()
		next.Values["token"] = secret.New("derived-" + cred.Values["token"].Reveal())
		return next, nil
	}
	_, err := acme.Invoke(t.Context(), "api.read", nil)
	must(t, err)
	if h := w.last(t).header; h.Get("X-Stamp") != "42" || h.Get("Authorization") != "Bearer derived-"+pat.Values["token"].Reveal() {
		t.Errorf("sent %v", h)
	}
	sent := len(w.seen())
	for name, bad := range map[string]waygate.BeforeSign{
		"method": func(_ context.Context, r *http.Request, c auth.Credential) (auth.Credential, error) {
			r.Method = "DELETE"
			return c, nil
		},
		"host": func(_ context.Context, r *http.Request, c auth.Credential) (auth.Credential, error) {
			r.URL = &url.URL{Scheme: "https", Host: "evil.example.net"}
			return c, nil
		},
		"body": func(_ context.Context, r *http.Request, c auth.Credential) (auth.Credential, error) {
			r.Body = http.NoBody
			return c, nil
		},
		"panic": func(context.Context, *http.Request, auth.Credential) (auth.Credential, error) {
			panic("a-secret-value")
		},
		"error": func(context.Context, *http.Request, auth.Credential) (auth.Credential, error) {
			return auth.Credential{}, errors.New("refused")
		},
	} {
		hook = bad
		_, err := acme.Invoke(t.Context(), "api.read", nil)
		if err == nil || len(w.seen()) != sent {
			t.Errorf("%s: %v, %d requests", name, err, len(w.seen())-sent)
		}
	}
}

// TestParseToken reads an answer that no definition describes.
func TestParseToken(t *testing.T) {
	t.Parallel()
	s := newAuthServer()
	in := oauthAPI()
	in.ParseToken = "pairs"
	s.refuse = func(r *http.Request, _ url.Values) *http.Response {
		return reply(r, 200, "token=an-odd-access-token;for=3600")
	}
	_, acme := oauthReady(t, s, in, func(c *waygate.Config) {
		c.Kinds.ParseToken = map[string]waygate.ParseToken{"pairs": func(a auth.RawAnswer) ([]byte, error) {
			token, ok := strings.CutPrefix(string(a.Body), "token=")
			if !ok {
				return nil, errors.New("told nobody: " + string(a.Body))
			}
			token, _, _ = strings.Cut(token, ";")
			return []byte(`{"access_token":"` + token + `","expires_in":3600}`), nil
		}}
	})
	authorize := func() error {
		a, err := acme.Authorize(t.Context(), "api", waygate.AuthorizeSpec{Slug: "main"})
		must(t, err)
		_, err = acme.Complete(t.Context(), s.consent(t, a.URL), a.Binding)
		return err
	}
	must(t, authorize())
	if _, err := acme.Invoke(t.Context(), "api.read", nil); !errors.Is(err, waygate.ErrAuth) || s.last(t).header.Get("Authorization") != "Bearer an-odd-access-token" {
		t.Errorf("signed with %q: %v", s.last(t).header.Get("Authorization"), err)
	}
	s.refuse = func(r *http.Request, _ url.Values) *http.Response { return reply(r, 200, "odd-secret-text") }
	err := authorize()
	if err == nil || strings.Contains(err.Error(), "odd-secret-text") {
		t.Errorf("got %v", err)
	}
}
