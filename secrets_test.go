package waygate_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// ownError is a host's error type, whose nil pointer can't be read.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

// asPanics and its kind panic where an error is looked into.
type asPanics struct{}

func (asPanics) Error() string   { return "fine" }
func (asPanics) As(any) bool     { panic("no As") }
func (asPanics) Is(error) bool   { panic("no Is") }
func (asPanics) Unwrap() error   { panic("no Unwrap") }
func (asPanics) Timeout() bool   { panic("no Timeout") }
func (asPanics) Temporary() bool { panic("no Temporary") }

// TestUnreadableErrors returns errors of the host's whose methods panic, a nil
// pointer in an error first of all, from each part that it can bring: ErrConfig,
// and one record.
func TestUnreadableErrors(t *testing.T) {
	t.Parallel()
	for kind, bad := range map[string]error{"typed nil": (*ownError)(nil), "panics": asPanics{}} {
		for name, change := range map[string]func(*waygate.Config) []waygate.Option{
			"action": func(*waygate.Config) []waygate.Option { return nil },
			"credential": func(*waygate.Config) []waygate.Option {
				return []waygate.Option{waygate.Through(slowVault{vaultOf("acme", "api"), func(context.Context) error { return bad }})}
			},
			"refresh": func(*waygate.Config) []waygate.Option {
				return []waygate.Option{waygate.Through(&renewing{vault: vaultOf("acme", "api"), err: bad})}
			},
			"resolve": func(c *waygate.Config) []waygate.Option {
				c.Resolve = func(context.Context, string, string) (waygate.Connection, error) { return nil, bad }
				return nil
			},
			"store": func(c *waygate.Config) []waygate.Option {
				c.Store = slowStore{c.Store, func(context.Context) error { return bad }}
				return nil
			},
			"transport": func(c *waygate.Config) []waygate.Option {
				c.Transport = func(http.RoundTripper) http.RoundTripper {
					return &wire{answer: func(int, *http.Request, string) (*http.Response, error) { return nil, bad }}
				}
				return nil
			},
		} {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				var opts []waygate.Option
				_, acme := ready(t, always(401, `{}`), inGo(func(context.Context, *waygate.Call) (*waygate.Response, error) { return nil, bad }),
					func(c *waygate.Config) { opts = change(c) })
				id := "api.a"
				if name == "action" {
					id = "api.go"
				}
				_, err := acme.Invoke(t.Context(), id, nil, opts...)
				e := failure(t, err, waygate.KindConfig)
				if e.Error() == "" || e.Tenant != "acme" || e.Action != id || e.CallID == "" {
					t.Errorf("the error is %+v", e)
				}
				if list := recordsOf(t, acme); len(list) != 1 || list[0].Kind != waygate.KindConfig || list[0].ID != e.CallID {
					t.Errorf("the records are %+v", list)
				}
			})
		}
	}
}

// TestWarnings shows that what a response is warned of holds no secret, is
// bounded, and belongs to the caller alone.
func TestWarnings(t *testing.T) {
	t.Parallel()
	token := pat.Values["token"].Reveal()
	long := strings.Repeat("k", 1<<20)
	a := get("a")
	a.OutputSchema = json.RawMessage(`{"type":"object","additionalProperties":{"type":"object","required":["id"]}}`)
	for name, body := range map[string]string{
		"schema":        `{"` + token + `":{"b":1}}`,
		"twice":         `{"` + token + `":{"id":1},"` + token + `":{"id":2}}`,
		"long":          `{"` + long + `":1}`,
		"long, twice":   `{"` + long + `":{"id":1},"` + long + `":{"id":2}}`,
		"many":          `{` + strings.TrimSuffix(strings.Repeat(`"x":{},`, 10_000), ",") + `}`,
		"many and long": manyMembers(500, 1000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, acme := ready(t, always(200, body), api(a))
			res, err := acme.Invoke(t.Context(), "api.a", nil)
			must(t, err)
			if len(res.Meta.Warnings) == 0 {
				t.Fatal("nothing is warned of")
			}
			text := strings.Join(res.Meta.Warnings, "\n")
			if strings.Contains(text, token) {
				t.Errorf("a warning holds the token: %q", res.Meta.Warnings)
			}
			if len(text) > 20_000 {
				t.Errorf("%d warnings of %d bytes", len(res.Meta.Warnings), len(text))
			}
			for i := range res.Meta.Warnings {
				res.Meta.Warnings[i] = "the caller's own"
			}
			if got := strings.Join(recordsOf(t, acme)[0].Warnings, "\n"); got != text {
				t.Errorf("the record has other warnings: %.200q", got)
			}
		})
	}
}

// manyMembers is an object of n empty objects under names of a length.
func manyMembers(n, length int) string {
	var b strings.Builder
	for i := range n {
		name := strings.Repeat(string(rune('a'+i%26)), length) + strings.Repeat("b", i)
		b.WriteString(`,"` + name + `":{}`)
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// TestShortPassword shows that a pair of user and password is removed as it is
// sent, also where the password alone is too short to be looked for.
func TestShortPassword(t *testing.T) {
	t.Parallel()
	w := &wire{answer: func(_ int, r *http.Request, _ string) (*http.Response, error) {
		sent := r.Header.Get("Authorization")
		pair, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(sent, "Basic "))
		return reply(r, 400, `{"bad":"`+sent+`","pair":"`+string(pair)+`"}`), nil
	}}
	in := api(get("a"))
	in.Auth = auth.Basic{}
	for _, c := range [][2]string{{"administrator", "hunter2"}, {"me", "secret"}, {"a-key-as-the-user", ""}} {
		gw := wired(t, w, func(cfg *waygate.Config) { cfg.RecordBodies = true })
		must(t, gw.Register(t.Context(), in))
		acme := connect(t, gw, "acme", "api", auth.UserPassword(c[0], c[1]))
		_, err := acme.Invoke(t.Context(), "api.a", nil)
		e := failure(t, err, waygate.KindRejected)
		rec := jsonText(t, recordsOf(t, acme))
		pair := c[0] + ":" + c[1]
		for _, clear := range []string{pair, strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(pair)), "=")} {
			for where, text := range map[string]string{"body": string(e.Body), "error": err.Error(), "record": rec} {
				if strings.Contains(text, clear) {
					t.Errorf("%q stands in the %s: %s", clear, where, text)
				}
			}
		}
		if !strings.Contains(string(e.Body), secret.Redacted) {
			t.Errorf("the body is %s", e.Body)
		}
	}
}

// busyRows lets somebody else always be faster.
type busyRows struct{ waygate.Store }

func (s busyRows) Unwrap() waygate.Store { return s.Store }
func (s busyRows) Credentials() waygate.CredentialStore {
	return busyCredentials{s.Store.Credentials()}
}

type busyCredentials struct{ waygate.CredentialStore }

func (busyCredentials) Save(context.Context, waygate.StoredCredential, *waygate.AuditEntry) (waygate.StoredCredential, error) {
	return waygate.StoredCredential{}, waygate.ErrConflict
}

// TestRewrapSaysWhatIsLeft shows that rows which couldn't be moved are counted: an
// old key that they need isn't taken away by mistake.
func TestRewrapSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	all := keys(t, "new", "old")
	source := &keySource{list: all[1:]}
	keyring, err := secret.NewKeyring(t.Context(), source)
	must(t, err)
	store := memory.New()
	shared := func(c *waygate.Config) { c.Store, c.Keyring = store, keyring }
	gw, acme := ready(t, always(200, `{}`), api(get("a")), shared)
	busy := wired(t, always(200, `{}`), shared, func(c *waygate.Config) { c.Store = busyRows{store} })
	connect(t, gw, "other", "api", pat)
	must(t, acme.SetVariable(t.Context(), waygate.Variable{Name: "v", Value: "x"}))
	_, cred, err := store.Connections().Find(t.Context(), "acme", "api", "main")
	must(t, err)
	marked, err := store.Credentials().Mark(t.Context(), "acme", cred.ID, cred.Version, waygate.Intent{Holder: "h", Fence: 1, Remaining: time.Minute})
	must(t, err)
	source.set(all)
	must(t, keyring.Reload(t.Context()))
	for i, step := range []struct {
		gw   *waygate.Gateway
		want waygate.Rewrapped
	}{{busy, waygate.Rewrapped{Moved: 1, Left: 2}}, {gw, waygate.Rewrapped{Moved: 1, Left: 1}}, {gw, waygate.Rewrapped{Left: 1}}, {gw, waygate.Rewrapped{Moved: 1}}, {gw, waygate.Rewrapped{}}} {
		if i == 3 { // the token request has been answered
			_, err := store.Credentials().Save(t.Context(), marked, nil)
			must(t, err)
		}
		if got, err := step.gw.Rewrap(t.Context()); err != nil || got != step.want {
			t.Errorf("run %d gives %+v, want %+v: %v", i, got, step.want, err)
		}
	}
}
