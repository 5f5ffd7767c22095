package waygate_test

import (
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/waygatetest"
)

// shape is one way of saying who one is, and a provider that checks it with code of its
// own, which shares nothing with package auth.
type shape struct {
	scheme     auth.Scheme
	parameters map[string]string // of the connection
	app        *waygate.App      // the platform's, if there is one

	good  auth.Credential
	wrong func(*shapeWorld) auth.Credential // what the provider doesn't know; may change the app instead
	kind  waygate.Kind                      // of the error that the wrong one gives
	hint  waygate.Hint

	// paths are the provider's endpoints for logins, which count as renewals.
	paths map[string]func(*shapeProvider, *http.Request, []byte) (status int, body string)
	// check says what is wrong with a request to the API, "" if nothing is.
	check func(*shapeProvider, *http.Request, []byte) string
	// lapse is what becomes of the credential with time, and what is done about it.
	lapse func(*shapeWorld)
}

// shapeProvider is the provider's side of a shape. Its methods run one at a time.
type shapeProvider struct {
	mu       sync.Mutex
	shape    shape
	calls    int // of the API, refused ones included
	renewals int // that brought a session
	ahead    time.Duration
	session  string // the one that is good, and until when
	ends     time.Time
	known    map[string]string // what the provider knows of the customer
	nonces   map[string]bool
}

// shapeBase is where the provider is.
const shapeBase = "https://provider.test"

// now is the provider's time.
func (p *shapeProvider) now() time.Time { return time.Now().Add(p.ahead) }

// recent says whether a time is the provider's own to a minute.
func (p *shapeProvider) recent(t time.Time) bool { return p.now().Sub(t).Abs() <= time.Minute }

// once says whether a nonce is new.
func (p *shapeProvider) once(nonce string) bool {
	was := p.nonces[nonce]
	p.nonces[nonce] = true
	return nonce != "" && !was
}

// begin makes a session, of an hour.
func (p *shapeProvider) begin(name string) string {
	p.renewals++
	p.session, p.ends = name+"-session-"+rand.Text(), p.now().Add(time.Hour)
	return p.session
}

// open says whether a session is the one that is good.
func (p *shapeProvider) open(session string) bool {
	return session != "" && session == p.session && p.now().Before(p.ends)
}

// serve answers; a refusal says all that it was sent, as a careless provider does.
func (p *shapeProvider) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Date", p.now().UTC().Format(http.TimeFormat))
	if login, ok := p.shape.paths[r.URL.Path]; ok {
		status, text := login(p, r, body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
		return
	}
	p.calls++
	w.Header().Set("Content-Type", "application/json")
	why := p.shape.check(p, r, body)
	if why == "" {
		_, _ = io.WriteString(w, `{"ok":true}`)
		return
	}
	sent, _ := json.Marshal(map[string]any{"message": why, "url": r.RequestURI, "header": r.Header, "body": string(body)})
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write(sent)
}

// shapeWorld is a gateway, a provider over pipes and a connection.
type shapeWorld struct {
	*testing.T
	shape    shape
	provider *shapeProvider
	wire     *waygatetest.Provider
	gw       *waygatetest.Gateway
	acme     *waygate.Tenant
	secrets  []string // that no error may say
}

func newShapeWorld(t *testing.T, s shape) *shapeWorld {
	w := &shapeWorld{T: t, shape: s, provider: &shapeProvider{shape: s, nonces: map[string]bool{}, known: map[string]string{}}}
	w.knows(s.good)
	w.wire = waygatetest.NewProvider(t, waygatetest.OverPipe(), waygatetest.TLS())
	for _, pattern := range []string{"* /{a}", "* /{a}/{b}", "* /{a}/{b}/{c}/{d}/{e}"} {
		w.wire.On(pattern, w.provider.serve)
	}
	w.gw = waygatetest.New(t, waygatetest.WithProvider(w.wire), waygatetest.WithConfig(func(c *waygate.Config) {
		c.Retry, c.RecordBodies = resilience.Never{}, true
	}))
	in := waygate.Integration{ID: "api", BaseURL: shapeBase, Auth: s.scheme, Errors: &waygate.ErrorFormat{Message: []string{"message"}},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "make", Method: "POST", Path: "/things/{id}",
			Parameters: []waygate.Parameter{{Name: "note", In: waygate.InQuery}}}}}
	for name := range s.parameters {
		in.Parameters = append(in.Parameters, waygate.ConnectionParameter{Name: name})
	}
	must(t, w.gw.Register(t.Context(), in))
	if s.app != nil {
		w.secrets = append(w.secrets, s.app.Client.Secret.Reveal(), s.app.Client.Key.Reveal())
		_, err := w.gw.PutApp(t.Context(), *s.app)
		must(t, err)
	}
	w.acme = w.gw.Tenant("acme")
	return w
}

// knows lets the provider take a credential's values, and no error say them.
func (w *shapeWorld) knows(c auth.Credential) {
	for name, v := range c.Values {
		w.provider.known[name] = v.Reveal()
	}
	w.hide(c)
}

func (w *shapeWorld) hide(c auth.Credential) {
	for name, v := range c.Values {
		if !slices.Contains([]string{"user", "key_id", "client_id", "issuer"}, name) { // which are no secrets
			w.secrets = append(w.secrets, v.Reveal())
		}
	}
}

// set changes the provider between two requests.
func (w *shapeWorld) set(change func(p *shapeProvider)) {
	w.provider.mu.Lock()
	defer w.provider.mu.Unlock()
	change(w.provider)
}

func (w *shapeWorld) connect(c auth.Credential) error {
	w.hide(c)
	_, err := w.acme.Connect(w.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: c, Parameters: w.shape.parameters})
	return err
}

// call makes a call whose path, query and body all need care.
func (w *shapeWorld) call() error {
	_, err := w.acme.Invoke(w.Context(), "api.make", map[string]any{"id": "a/b c", "note": "x y+z&ü*", "name": "thïng", "n": 1})
	return err
}

// calls compares the requests to the API, and the sessions, that a call costs.
func (w *shapeWorld) calls(requests, renewals int) {
	w.Helper()
	w.set(func(p *shapeProvider) { p.calls, p.renewals = 0, 0 })
	err := w.call()
	must(w, err)
	w.set(func(p *shapeProvider) {
		if p.calls != requests || p.renewals != renewals {
			w.Errorf("%d requests and %d renewals, want %d and %d", p.calls, p.renewals, requests, renewals)
		}
	})
}

// refused tests an error: its kind, its hint, and that neither it nor the records of calls say a secret.
func (w *shapeWorld) refused(err error, kind waygate.Kind, hint waygate.Hint) {
	w.Helper()
	e := failure(w, err, kind)
	if e.Hint != hint {
		w.Errorf("hint %q, want %q: %v", e.Hint, hint, err)
	}
	said := e.Error() + e.Message + e.Code + string(e.Body) + jsonText(w, recordsOf(w, w.acme))
	for _, s := range w.secrets {
		for _, form := range []string{s, url.QueryEscape(s), strings.Trim(jsonText(w, s), `"`)} {
			if len(s) >= 8 && strings.Contains(said, form) {
				w.Errorf("a secret is said: %s", said)
			}
		}
	}
}

// TestShapes takes each way of saying who one is through a gateway, to a provider that checks it: a good call, one whose
// credential has lapsed, and a wrong credential.
func TestShapes(t *testing.T) {
	t.Parallel()
	all := shapes(t)
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w := newShapeWorld(t, s)
				err := w.connect(s.wrong(w))
				if err == nil {
					err = w.call()
				}
				w.refused(err, s.kind, s.hint)
			})
			synctest.Test(t, func(t *testing.T) {
				w := newShapeWorld(t, s)
				must(t, w.connect(s.good))
				must(t, w.call())
				w.calls(1, 0)
				s.lapse(w)
				w.calls(1, 0)
				info, err := w.acme.Connection(t.Context(), "api", "main")
				must(t, err)
				if diff := cmp.Diff(waygate.StatusActive, info.Status); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
	if t.Logf("%d shapes", len(all)); len(all) < 10 {
		t.Errorf("only %d shapes", len(all))
	}
}

// sessionLapses ends a session twice: the provider forgets it, which a 401 tells, and its time runs out, which nobody needs
// to tell.
func sessionLapses(w *shapeWorld) {
	w.Helper()
	w.set(func(p *shapeProvider) { p.session = "" })
	w.calls(2, 1)
	time.Sleep(2 * time.Hour)
	w.calls(1, 1)
}

// clockLapses moves the provider's clock: what is signed is signed once more with its time, and from then on at once.
func clockLapses(w *shapeWorld) {
	w.Helper()
	for _, ahead := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		w.set(func(p *shapeProvider) { p.ahead = ahead })
		w.calls(2, 0)
		w.calls(1, 0)
	}
}

// keysLapse has the customer make new keys at the provider: the old ones are refused, once, until the new ones are given.
func keysLapse(renewed auth.Credential) func(*shapeWorld) {
	return func(w *shapeWorld) {
		w.Helper()
		n := 0
		w.knows(renewed)
		w.set(func(p *shapeProvider) { p.calls = 0 })
		w.refused(w.call(), waygate.KindAuth, waygate.HintRefreshCredentials)
		if w.set(func(p *shapeProvider) { n = p.calls }); n != 1 {
			w.Errorf("refused %d times", n)
		}
		_, err := w.acme.SetCredential(w.Context(), "api", "main", renewed)
		must(w, err)
	}
}

// mistaken gives the same wrong credential always.
func mistaken(c auth.Credential) func(*shapeWorld) auth.Credential {
	return func(*shapeWorld) auth.Credential { return c }
}

// platformApp is an app of the platform's for these.
func platformApp(client auth.Client) *waygate.App {
	return &waygate.App{Integration: "api", ID: "main", Client: client}
}

// keyOf is a client that has a key.
func keyOf(id, pem string) auth.Client { return auth.Client{ID: id, Key: secret.New(pem)} }
