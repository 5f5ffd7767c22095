package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/store/memory"
)

// proved is an integration whose credentials are proved by GET /me.
func proved(change ...func(*waygate.Integration)) waygate.Integration {
	in := api(get("a"))
	in.Verify = &waygate.Verification{Path: "/me"}
	for _, c := range change {
		c(&in)
	}
	return in
}

// statuses answers /me by the token, and all else with 200.
func statuses(by map[string]int) *wire {
	return &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if status, ok := by[token]; ok && strings.HasPrefix(r.URL.Path, "/me") {
			if status == 0 {
				return nil, errors.New("the line is cut, said " + token)
			}
			return reply(r, status, `{"said":"`+token+`"}`, "Location", "https://elsewhere.example.net/"), nil
		}
		return reply(r, 200, `{}`), nil
	}}
}

// TestVerification connects and changes credentials, good and bad.
func TestVerification(t *testing.T) {
	t.Parallel()
	const good, other = "a-good-token-1111", "another-token-2222"
	for name, c := range map[string]struct {
		status   int
		expected []int
		kind     waygate.Kind
		attempts int
	}{
		"taken":              {200, nil, "", 1},
		"no content":         {204, nil, "", 1},
		"unauthorized":       {401, nil, waygate.KindAuth, 1},
		"forbidden":          {403, nil, waygate.KindForbidden, 1},
		"missing":            {404, nil, waygate.KindMissing, 1},
		"limited":            {429, nil, waygate.KindRateLimited, 3},
		"down":               {500, nil, waygate.KindServer, 3},
		"network":            {0, nil, waygate.KindNetwork, 3},
		"listed 200":         {200, []int{204, 200}, "", 1},
		"listed 404":         {404, []int{200, 404}, "", 1},
		"listed 401":         {401, []int{401}, "", 1},
		"not the listed":     {200, []int{204}, waygate.KindAuth, 1},
		"redirect elsewhere": {302, []int{302}, waygate.KindAuth, 0}, // it is followed, to where 200 is answered
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, store := statuses(map[string]int{other: c.status, good: 200}), memory.New()
			in := proved(func(in *waygate.Integration) { in.Verify.Status = c.expected })
			gw := wired(t, w, func(cfg *waygate.Config) { cfg.Store = store })
			must(t, gw.Register(t.Context(), in))
			acme := gw.Tenant("acme")
			_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token(good), Unverified: true})
			must(t, err)
			if len(w.seen()) != 0 {
				t.Error("an unverified credential was proved")
			}
			_, connecting := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "second", Credential: auth.Token(other)})
			if n := len(w.seen()); c.attempts > 0 && n != c.attempts || w.last(t).method != "GET" {
				t.Errorf("%d requests, want %d: %+v", n, c.attempts, w.last(t))
			}
			_, setting := acme.SetCredential(t.Context(), "api", "main", auth.Token(other))
			_, lookUp := acme.Connection(t.Context(), "api", "second")
			_, err = acme.Invoke(t.Context(), "api.a", nil, waygate.On("main"))
			must(t, err)
			now := strings.TrimPrefix(w.last(t).header.Get("Authorization"), "Bearer ")
			if c.kind == "" {
				must(t, connecting)
				must(t, setting)
				if must(t, lookUp); now != other {
					t.Errorf("calls go out with %s", now)
				}
				return
			}
			for op, err := range map[string]error{"connect": connecting, "set_credential": setting} {
				e := failure(t, err, c.kind)
				if c.status != 0 && c.status != 302 && e.Status != c.status {
					t.Errorf("status %d", e.Status)
				}
				if says(t, err, "verification"); e.Op != op || e.Tenant != "acme" || e.Integration != "api" {
					t.Errorf("error %+v", e)
				}
				if strings.Contains(err.Error()+string(e.Body), other) {
					t.Errorf("the error tells the token: %v, %s", err, e.Body)
				}
			}
			if failure(t, lookUp, waygate.KindUnresolved); now != good {
				t.Errorf("calls go out with %s", now)
			}
			audit, err := acme.Audit(t.Context(), waygate.AuditQuery{})
			must(t, err)
			if len(audit.Entries) != 1 {
				t.Errorf("the trail is %+v", audit.Entries)
			}
		})
	}
}

// TestVerificationElsewhere shows that no answer of another origin proves a
// credential, whichever was expected; one of an origin that the integration lists
// does, since it sees the credential.
func TestVerificationElsewhere(t *testing.T) {
	t.Parallel()
	for _, expected := range [][]int{nil, {200}, {204, 401}, {404}, {302}, {500}} {
		for _, status := range []int{200, 204, 401, 404, 500} {
			for _, listed := range []bool{false, true} {
				w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
					if r.URL.Host == "login.example.net" {
						return reply(r, status, `{}`), nil
					}
					return reply(r, 302, ``, "Location", "https://login.example.net/"), nil
				}}
				gw := wired(t, w)
				must(t, gw.Register(t.Context(), proved(func(in *waygate.Integration) {
					in.Verify.Status = expected
					if listed {
						in.Origins = []string{"https://login.example.net"}
					}
				})))
				_, err := gw.Tenant("acme").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
				want := listed && (expected == nil && status < 300 || slices.Contains(expected, status))
				if want != (err == nil) {
					t.Errorf("expecting %v, %d of an origin that is listed: %v: %v", expected, status, listed, err)
				}
				if signed := w.last(t).header.Get("Authorization") != ""; signed != listed || w.last(t).host != "login.example.net" {
					t.Errorf("sent %+v", w.last(t))
				}
			}
		}
	}
}

// TestVerificationRecord shows that the request is a call like others.
func TestVerificationRecord(t *testing.T) {
	t.Parallel()
	seen := &watcher{}
	w := statuses(map[string]int{"a-bad-token-000": 401})
	gw := wired(t, w, func(c *waygate.Config) { c.Observers = []waygate.Observer{seen} })
	must(t, gw.Register(t.Context(), proved(func(in *waygate.Integration) { in.Verify.Method = "POST" })))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("a-bad-token-000")})
	failure(t, err, waygate.KindAuth)
	connect(t, gw, "acme", "api", pat)
	rec := recordsOf(t, acme)
	if len(rec) != 2 || rec[1].Kind != waygate.KindAuth || rec[1].Status != 401 || !rec[0].Succeeded() || rec[0].Status != 200 {
		t.Fatalf("records %+v", rec)
	}
	for _, r := range rec {
		if r.Action != "(verification)" || r.Integration != "api" || r.Tenant != "acme" || r.Connection != "main" || r.Attempts[0].Method != "POST" {
			t.Errorf("record %+v", r)
		}
	}
	if len(seen.calls) != 2 {
		t.Errorf("observers were told of %d calls", len(seen.calls))
	}
	if got := gw.Actions(waygate.ActionFilter{}); len(got) != 1 {
		t.Errorf("it is listed: %+v", got)
	}
	_, err = acme.Invoke(t.Context(), "api.(verification)", nil)
	failure(t, err, waygate.KindUnresolved)
}

// TestVerificationTemplates shows what stands in the request.
func TestVerificationTemplates(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	in := proved(func(in *waygate.Integration) {
		in.BaseURL = "https://{region}.example.com"
		in.Parameters = []waygate.ConnectionParameter{{Name: "region"}, {Name: "account", Default: pointer("a/b")}, {Name: "note", Optional: true}}
		in.Verify.Path = "/accounts/{account}?probe=1"
		in.Headers = map[string]string{"X-Account": "${connection.account}", "X-Env": "${env.k}", "X-Note": "{note}-"}
	})
	gw := wired(t, w, func(c *waygate.Config) { c.Env = map[string]string{"k": "a-value-of-the-platform"} })
	must(t, gw.Register(t.Context(), in))
	_, err := gw.Tenant("acme").Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat, Parameters: map[string]string{"region": "eu"}, Headers: map[string]string{"X-Own": "mine"}})
	must(t, err)
	got := w.last(t)
	if got.url != "https://eu.example.com/accounts/a%2Fb?probe=1" || got.header.Get("X-Account") != "a/b" || got.header.Get("X-Env") != "a-value-of-the-platform" ||
		got.header.Get("X-Note") != "-" || got.header.Get("X-Own") != "mine" || got.header.Get("Authorization") == "" {
		t.Errorf("sent %+v", got)
	}
	t.Run("variables of the tenant", func(t *testing.T) {
		t.Parallel()
		w := always(200, `{}`)
		gw := wired(t, w)
		must(t, gw.Register(t.Context(), proved(func(in *waygate.Integration) { in.Headers = map[string]string{"X-Org": "${tenant.org}"} })))
		acme := gw.Tenant("acme")
		must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "org", Value: "o-1"}))
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
		if must(t, err); w.last(t).header.Get("X-Org") != "o-1" {
			t.Errorf("sent %+v", w.last(t))
		}
	})
}

// TestVerificationOrder shows that nothing is sent for what would be refused
// anyway, and that a credential which is refused breaks no circuit of others.
func TestVerificationOrder(t *testing.T) {
	t.Parallel()
	w := always(200, `{}`)
	gw := wired(t, w)
	must(t, gw.Register(t.Context(), proved()))
	acme := gw.Tenant("acme")
	for name, spec := range map[string]waygate.ConnectionSpec{
		"slug": {Slug: "A!", Credential: pat}, "no credential": {Slug: "x"}, "another kind": {Slug: "x", Credential: auth.UserPassword("u", "p")},
		"base": {Slug: "x", Credential: pat, BaseURL: "http://10.0.0.1"},
	} {
		if _, err := acme.Connect(t.Context(), "api", spec); err == nil || len(w.seen()) != 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(w.seen()))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.answer = func(_ int, r *http.Request, _ string) (*http.Response, error) {
		cancel()
		return nil, r.Context().Err()
	}
	_, err := acme.Connect(ctx, "api", waygate.ConnectionSpec{Slug: "main", Credential: pat})
	failure(t, err, waygate.KindCanceled)
	_, err = acme.Connection(t.Context(), "api", "main")
	failure(t, err, waygate.KindUnresolved)
}

// TestVerificationDefinition shows what can't be verified.
func TestVerificationDefinition(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change  func(*waygate.Integration)
		pointer string
	}{
		"no credential": {func(in *waygate.Integration) { in.Auth = auth.None{} }, "/verify"},
		"status":        {func(in *waygate.Integration) { in.Verify.Status = []int{200, 199} }, "/verify/status/1"},
		"high status":   {func(in *waygate.Integration) { in.Verify.Status = []int{600} }, "/verify/status/0"},
		"method":        {func(in *waygate.Integration) { in.Verify.Method = "get" }, "/verify/method"},
		"path":          {func(in *waygate.Integration) { in.Verify.Path = "me" }, "/verify/path"},
		"parameter":     {func(in *waygate.Integration) { in.Verify.Path = "/{who}" }, "/verify/path"},
		"env":           {func(in *waygate.Integration) { in.Verify.Path = "/${env.k}" }, "/verify/path"},
	} {
		gw := wired(t, always(200, `{}`))
		e := failure(t, gw.Register(t.Context(), proved(c.change)), waygate.KindConfig)
		if len(e.Fields) != 1 || e.Fields[0].Pointer != c.pointer {
			t.Errorf("%s: fields %+v: %v", name, e.Fields, e)
		}
	}
	in := proved(func(in *waygate.Integration) { in.Verify.Status = []int{200} })
	text, err := json.Marshal(in)
	must(t, err)
	back, err := wired(t, always(200, `{}`)).ParseIntegration(text)
	must(t, err)
	if again := jsonText(t, back); again != string(text) {
		t.Errorf("written as %s, then as %s", text, again)
	}
}

// TestVerificationWithoutBody shows that a verification has nothing to say but who asks, whatever its method and the integration's pages.
func TestVerificationWithoutBody(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"", "HEAD", "POST", "PUT"} {
		w := always(200, `{}`)
		gw := wired(t, w)
		must(t, gw.Register(t.Context(), proved(func(in *waygate.Integration) {
			in.Verify.Method, in.Pagination = method, pagination.Link{Limit: 100, LimitParam: "per_page"}
		})))
		connect(t, gw, "acme", "api", pat)
		if x := w.last(t); x.body != "" || x.query != "" || len(x.header["Content-Type"]) != 0 {
			t.Errorf("%s: query %q, body %q, %v", method, x.query, x.body, x.header)
		}
	}
}
