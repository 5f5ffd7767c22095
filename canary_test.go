package waygate_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// The canaries, by where they stand. Each has characters that encodings change.
var canaries = map[string]string{
	"credential": `tok/en+canary="ä"&7f3a`,
	"query key":  `query key/canary?&=#%91`,
	"body key":   `body"canary\<9c2e>é`,
	"user":       `user-canary+55aa`,
	"password":   `pass:canary/77bb`,
	"input":      `input"canary"/+31d0`,
	"env":        `env-canary-header/88ee`,
}

// leak is what a test saw leave the gateway.
type leak struct {
	mu    sync.Mutex
	texts []string
}

func (l *leak) add(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.texts = append(l.texts, text)
}

func (l *leak) Write(p []byte) (int, error) { l.add(string(p)); return len(p), nil }

// errorTexts adds an error and its causes under every verb.
func (l *leak) errorTexts(err error) {
	if err == nil {
		return
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		l.add(fmt.Sprintf(verb, err))
	}
	var e *waygate.Error
	if errors.As(err, &e) {
		l.add(string(e.Body))
		l.add(fmt.Sprintf("%v %+v %#v", *e, *e, *e))
		text, _ := json.Marshal(e.Fields)
		l.add(string(text))
	}
	l.errorTexts(errors.Unwrap(err))
}

// found lists the canaries that can be read in what left, in clear or encoded.
func (l *leak) found() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := strings.Join(l.texts, "\n")
	var out []string
	for where, value := range canaries {
		for form, text := range forms(value) {
			if strings.Contains(all, text) {
				out = append(out, where+" as "+form)
			}
		}
	}
	slices.Sort(out)
	return out
}

// forms are the encodings looked for.
func forms(v string) map[string]string {
	quoted, _ := json.Marshal(v)
	plain := &bytes.Buffer{}
	enc := json.NewEncoder(plain)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v)
	out := map[string]string{
		"clear":          v,
		"percent path":   url.PathEscape(v),
		"percent query":  url.QueryEscape(v),
		"JSON":           strings.Trim(string(quoted), `"`),
		"JSON not HTML":  strings.Trim(strings.TrimSpace(plain.String()), `"`),
		"hex":            hex.EncodeToString([]byte(v)),
		"Go quoted":      strings.Trim(strconv.Quote(v), `"`),
		"base64 in text": base64.StdEncoding.EncodeToString([]byte(v)),
	}
	for offset := range 3 { // inside a longer text, without the characters that neighbours share
		pad := strings.Repeat("x", offset)
		text := base64.StdEncoding.EncodeToString([]byte(pad + v))
		from, to := (offset*8+5)/6, (offset+len(v))*8/6
		out["base64 at "+strconv.Itoa(offset)] = text[from:to]
		out["base64url at "+strconv.Itoa(offset)] = base64.URLEncoding.EncodeToString([]byte(pad + v))[from:to]
	}
	return out
}

// echo answers with the status that the query asks for and says all that it was
// told, in several encodings.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	status, _ := strconv.Atoi(r.Header.Get("X-Want"))
	switch status {
	case 0:
		panic(http.ErrAbortHandler) // the connection breaks
	case 1:
		<-r.Context().Done()
		return
	}
	all := r.URL.RawQuery + " " + r.Header.Get("Authorization") + " " + r.Header.Get("X-Platform") + " " + string(body)
	unescaped, _ := url.QueryUnescape(r.URL.RawQuery)
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if user, pass, ok := r.BasicAuth(); ok {
		token += user + " " + pass
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "not json: %s %s %s %s %s %s", all, unescaped,
		base64.StdEncoding.EncodeToString([]byte("x"+all)), url.QueryEscape(all), strconv.Quote(all),
		base64.URLEncoding.EncodeToString([]byte(token)))
}

// canaryGateway is a gateway whose every exit is watched.
func canaryGateway(t *testing.T, base string, l *leak, change ...func(*waygate.Config)) *waygate.Gateway {
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	core := zapcore.NewCore(encoder, zapcore.AddSync(l), zap.DebugLevel)
	return open(t, base, append([]func(*waygate.Config){func(c *waygate.Config) {
		c.Logger = zap.New(core)
		c.RecordBodies = true
		c.Env = map[string]string{"PLATFORM": canaries["env"]}
		c.Observers = []waygate.Observer{recordWatch{l}}
		c.Retry = resilience.Never{}
		c.AttemptTimeout = 500 * time.Millisecond
	}}, change...)...)
}

// recordWatch writes down all that observers get to see.
type recordWatch struct{ l *leak }

func (o recordWatch) CallStarted(_ context.Context, c waygate.CallInfo) context.Context {
	o.l.add(fmt.Sprintf("%+v", c))
	return nil
}

func (o recordWatch) CallEnded(_ context.Context, r waygate.CallRecord) {
	o.l.add(fmt.Sprintf("%+v %#v", r, r))
	if r.Request != nil {
		o.l.add(fmt.Sprintf("%+v %+v", *r.Request, *r.Response))
	}
	text, _ := json.Marshal(r)
	o.l.add(string(text))
}

// hidden holds a secret where only reflection finds it.
type hidden struct {
	Title string        `json:"title"`
	Note  secret.String `json:"note"`
	inner struct {
		deep []map[string]secret.String
	}
}

func hiddenInput() hidden {
	h := hidden{Title: "t", Note: secret.New(canaries["input"])}
	h.inner.deep = []map[string]secret.String{{"k": secret.New(canaries["input"])}}
	return h
}

// canaryCases make a call, or another operation, fail with each kind.
var canaryCases = map[waygate.Kind]func(t *testing.T, c *canaryEnv) error{
	waygate.KindNetwork:         wants(0),
	waygate.KindTimeout:         wants(1),
	waygate.KindAuth:            wants(401),
	waygate.KindForbidden:       wants(403),
	waygate.KindRateLimited:     wants(429),
	waygate.KindRejected:        wants(400),
	waygate.KindMissing:         wants(404),
	waygate.KindServer:          wants(500),
	waygate.KindClient:          wants(409),
	waygate.KindInvalidResponse: wants(200),
	waygate.KindNeedsReauth: func(t *testing.T, c *canaryEnv) error {
		return c.call("say", waygate.Through(revoked{c.tenant.ID()}))
	},
	waygate.KindInvalidInput: func(t *testing.T, c *canaryEnv) error { return c.call("picky") },
	waygate.KindCircuitOpen: func(t *testing.T, c *canaryEnv) error {
		for range 6 {
			c.want = 500
			_ = c.call("say")
		}
		return c.call("say")
	},
	waygate.KindUnresolved: func(t *testing.T, c *canaryEnv) error { return c.call("say", waygate.On("nobody")) },
	waygate.KindConflict: func(t *testing.T, c *canaryEnv) error {
		_, err := c.tenant.Connect(t.Context(), c.integration, waygate.ConnectionSpec{Slug: "main", Credential: c.credential})
		return err
	},
	waygate.KindConfig: func(t *testing.T, c *canaryEnv) error { return c.call("panics") },
	waygate.KindStore: func(t *testing.T, c *canaryEnv) error {
		c.store.fail = fmt.Errorf("the store says %s", canaries["env"])
		return c.call("say")
	},
	waygate.KindCanceled: func(t *testing.T, c *canaryEnv) error {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := c.tenant.Invoke(ctx, c.integration+".say", c.input())
		return err
	},
}

func wants(status int) func(*testing.T, *canaryEnv) error {
	return func(_ *testing.T, c *canaryEnv) error { c.want = status; return c.call("say") }
}

// canaryEnv is one integration, signed in one way, with secrets in every place.
type canaryEnv struct {
	gw          *waygate.Gateway
	tenant      *waygate.Tenant
	store       *failingStore
	integration string
	credential  auth.Credential
	want        int
}

func (c *canaryEnv) input() any {
	return map[string]any{"want": c.want, "title": "t", "nested": []any{hiddenInput()}, "note": secret.New(canaries["input"])}
}

func (c *canaryEnv) call(action string, opts ...waygate.Option) error {
	_, err := c.tenant.Invoke(context.Background(), c.integration+"."+action, c.input(), opts...)
	return err
}

// failingStore fails when it is told to.
type failingStore struct {
	waygate.Store
	fail error
}

func (s *failingStore) Connections() waygate.ConnectionStore {
	return failingConnections{s.Store.Connections(), s}
}

func (s *failingStore) Unwrap() waygate.Store { return s.Store }

type failingConnections struct {
	waygate.ConnectionStore
	s *failingStore
}

func (c failingConnections) Find(ctx context.Context, tenant, integration, ref string) (waygate.StoredConnection, *waygate.StoredCredential, error) {
	if c.s.fail != nil {
		return waygate.StoredConnection{}, nil, c.s.fail
	}
	return c.ConnectionStore.Find(ctx, tenant, integration, ref)
}

// revoked is a host's connection whose refresh says that the grant is gone, and
// quotes the token.
type revoked struct{ tenant string }

func (v revoked) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault", Tenant: v.tenant, Integration: "bearer", Slug: "vault"}
}

func (v revoked) Credential(context.Context) (auth.Credential, error) {
	return auth.Token(canaries["credential"]), nil
}

func (v revoked) Refresh(_ context.Context, used auth.Credential) (auth.Credential, error) {
	return used, fmt.Errorf("%s was revoked: %w", used.Values["token"].Reveal(), waygate.ErrNeedsReauth)
}

// schemes sign in every place.
var canarySchemes = map[string]struct {
	scheme     auth.Scheme
	credential auth.Credential
}{
	"bearer": {auth.Bearer{}, auth.Token(canaries["credential"])},
	"query":  {auth.Key{In: auth.InQuery, Name: "api_key"}, auth.APIKey(canaries["query key"])},
	"body":   {auth.Key{In: auth.InBody, Name: "api_key"}, auth.APIKey(canaries["body key"])},
	"basic":  {auth.Basic{}, auth.UserPassword(canaries["user"], canaries["password"])},
}

func newCanaryEnv(t *testing.T, l *leak, name string, change ...func(*waygate.Config)) *canaryEnv {
	s := serve(t, echo)
	c := &canaryEnv{integration: name, store: &failingStore{Store: memory.New()}, credential: canarySchemes[name].credential}
	c.gw = canaryGateway(t, s.URL, l, append([]func(*waygate.Config){func(cfg *waygate.Config) { cfg.Store = c.store }}, change...)...)
	say := waygate.HTTPAction{ID: "say", Method: "POST", Path: "/say", Parameters: []waygate.Parameter{{Name: "want", In: waygate.InHeader, As: "X-Want"}}}
	picky := say
	picky.ID, picky.InputSchema = "picky", json.RawMessage(`{"properties":{"note":{"enum":["a"]},"title":{"type":"integer"}}}`)
	must(t, c.gw.Register(t.Context(), waygate.Integration{
		ID: name, BaseURL: s.URL, Auth: canarySchemes[name].scheme,
		Headers: map[string]string{"X-Platform": "${env.PLATFORM}"},
		Actions: []waygate.Action{say, picky, waygate.ActionFunc(waygate.ActionInfo{ID: "panics"}, func(_ context.Context, call *waygate.Call) (*waygate.Response, error) {
			panic(fmt.Sprint("with ", call.Input, canaries["env"]))
		})},
	}))
	c.tenant = connect(t, c.gw, "acme", name, c.credential)
	return c
}

// allKinds reads the kinds from the source, so that a new one can't be
// forgotten here.
func allKinds(t *testing.T) []waygate.Kind {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	must(t, err)
	var kinds []waygate.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Kind") {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				text, _ := strconv.Unquote(lit.Value)
				kinds = append(kinds, waygate.Kind(text))
			}
		}
		return true
	})
	if len(kinds) < 18 {
		t.Fatalf("found %d kinds in errors.go", len(kinds))
	}
	return kinds
}

// TestCanary makes calls fail in every way, with secrets in every place, and
// looks for them in all that leaves.
func TestCanary(t *testing.T) {
	t.Parallel()
	for _, kind := range allKinds(t) {
		for name := range canarySchemes {
			if kind == waygate.KindNeedsReauth && name != "bearer" {
				continue // its connection is a bearer's
			}
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				l := &leak{}
				c := newCanaryEnv(t, l, name)
				makeFail(t, c, l, kind)
				if found := l.found(); len(found) > 0 {
					t.Errorf("found %s in:\n%s", strings.Join(found, ", "), strings.Join(l.texts, "\n"))
				}
			})
		}
	}
}

// makeFail runs a kind's case and writes down what leaves.
func makeFail(t *testing.T, c *canaryEnv, l *leak, kind waygate.Kind) {
	t.Helper()
	run, ok := canaryCases[kind]
	if !ok {
		t.Fatalf("no case makes a call fail with kind %q: add one", kind)
	}
	if kind == waygate.KindNeedsReauth {
		c.want = 401
	}
	err := run(t, c)
	var e *waygate.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("want kind %q, got %v", kind, err)
	}
	l.errorTexts(err)
	l.add(fmt.Sprintf("%v %+v %#v", c.gw, c.gw, c.gw))
	l.add(fmt.Sprintf("%v %+v %#v %v %+v %#v", c.tenant, c.tenant, c.tenant, *c.tenant, *c.tenant, *c.tenant))
	l.add(fmt.Sprintf("%v %+v %#v", c.credential, c.credential, c.credential))
	h := hiddenInput()
	h.Note = secret.New(canaries["input"])
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		l.add(fmt.Sprintf(verb, h))
	}
	c.store.fail = nil
	page, err := c.tenant.Records(t.Context(), waygate.RecordQuery{})
	must(t, err)
	text, err := json.Marshal(page)
	must(t, err)
	l.add(string(text))
	audit, err := c.tenant.Audit(t.Context(), waygate.AuditQuery{})
	must(t, err)
	for _, a := range audit.Entries {
		l.add(fmt.Sprintf("%+v %s %s", a, a.Before, a.After))
	}
}

// TestCanaryWithoutRedaction shows that TestCanary would find a secret: with
// redaction off, the same answers show every one of them.
func TestCanaryWithoutRedaction(t *testing.T) {
	t.Parallel()
	for name, secrets := range map[string][]string{
		"bearer": {"credential", "input", "env"}, "query": {"query key"}, "body": {"body key"}, "basic": {"user", "password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &leak{}
			c := newCanaryEnv(t, l, name, waygate.KeepSecrets)
			makeFail(t, c, l, waygate.KindServer)
			found := strings.Join(l.found(), ", ")
			for _, where := range secrets {
				if !strings.Contains(found, where+" as ") {
					t.Errorf("%s was not found, only %s", where, found)
				}
			}
		})
	}
}
