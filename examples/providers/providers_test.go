package providers_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/examples/providers"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// What the catalogue promises.
const (
	minProviders = 40
	maxHooks     = 3
)

// TestProviders connects every provider, calls it, has its token renewed, and compares what was on the wire with what the
// provider's documentation wants.
func TestProviders(t *testing.T) {
	t.Parallel()
	keys, err := newKeys()
	if err != nil {
		t.Fatal(err)
	}
	names := sameNames(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := readScript(t, name)
			newBench(t, keys, name, s).run(t, s)
		})
	}
	var hooked []string
	for _, in := range all(t, names) {
		if in.AfterConnect != "" || in.BeforeSign != "" || in.ParseToken != "" {
			hooked = append(hooked, in.ID)
		}
	}
	t.Logf("%d providers, of which %d need a Go hook: %s", len(names), len(hooked), strings.Join(hooked, ", "))
	if len(names) < minProviders {
		t.Errorf("%d providers, want at least %d", len(names), minProviders)
	}
	if len(hooked) > maxHooks {
		t.Errorf("%d providers need a Go hook, want at most %d", len(hooked), maxHooks)
	}
}

// all registers the whole catalogue with one gateway.
func all(t *testing.T, names []string) []waygate.Integration {
	t.Helper()
	env := map[string]string{}
	for _, name := range names {
		maps.Copy(env, readScript(t, name).setup.Env)
	}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Env: env})
	if err != nil {
		t.Fatal(err)
	}
	list, err := catalogue.Parse(gw, providers.Files())
	if err != nil {
		t.Fatal(err)
	}
	if err := catalogue.Register(t.Context(), gw, providers.Files()); err != nil {
		t.Error(err)
	}
	return list
}

// sameNames are the providers; each has a file of both kinds and a line in the README.
func sameNames(t *testing.T) []string {
	t.Helper()
	list := func(fsys fs.FS, ext string) (names []string) {
		files, err := fs.Glob(fsys, "*"+ext)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names = append(names, strings.TrimSuffix(f, ext))
		}
		return names
	}
	yaml, wire := list(providers.Files(), ".yaml"), list(os.DirFS("wire"), ".txt")
	if diff := cmp.Diff(yaml, wire); diff != "" {
		t.Fatalf("each provider has a NAME.yaml (-) and a wire/NAME.txt (+):\n%s", diff)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range yaml {
		if !strings.Contains(string(readme), "("+name+".yaml)") {
			t.Errorf("README.md has no link to %s.yaml", name)
		}
	}
	return yaml
}

func readScript(t *testing.T, name string) script {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("wire", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseScript(string(text))
	if err != nil {
		t.Fatalf("wire/%s.txt: %v", name, err)
	}
	return s
}

// bench is one provider's gateway.
type bench struct {
	keys *keys
	in   waygate.Integration
	gw   *waygate.Gateway
	srv  *recorder
	now  *atomic.Int64 // Unix seconds
}

// newBench registers the provider of a file.
func newBench(t *testing.T, keys *keys, name string, s script) *bench {
	t.Helper()
	text, err := fs.ReadFile(providers.Files(), name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{keys: keys, now: &atomic.Int64{}, srv: &recorder{t: t, keys: keys, next: slices.Clone(s.exchanges)}}
	b.now.Store(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC).Unix())
	if !s.setup.Now.IsZero() {
		b.now.Store(s.setup.Now.Unix())
	}
	clock := func() time.Time { return time.Unix(b.now.Load(), 0).UTC() }
	gw, err := waygate.New(waygate.Config{Store: memory.New(memory.Clock(clock)), Egress: b.srv.policy(), Env: s.setup.Env, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	b.gw = gw
	t.Cleanup(func() {
		if err := gw.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		b.srv.close()
	})
	list, err := catalogue.Parse(gw, fstest.MapFS{name + ".yaml": {Data: text}})
	if err != nil {
		t.Fatal(err)
	}
	if b.in = list[0]; b.in.ID != name || !strings.HasPrefix(b.in.DocsURL, "https://") {
		t.Errorf("%s.yaml has the id %q and the docs_url %q", name, b.in.ID, b.in.DocsURL)
	}
	if err := catalogue.Register(t.Context(), gw, fstest.MapFS{name + ".yaml": {Data: text}}); err != nil {
		t.Fatal(err)
	}
	return b
}

// run does what the script says and compares.
func (b *bench) run(t *testing.T, s script) {
	ctx := auth.WithSigning(t.Context(), auth.Signing{Random: counting{}}) // the nonces of whatever signs
	acme := b.gw.Tenant("acme")
	var sent *url.URL
	if s.authorize != "" {
		sent = b.authorize(ctx, t, acme, s)
	} else {
		b.connect(ctx, t, acme, s)
	}
	call := func() {
		if _, err := acme.Invoke(ctx, b.in.ID+"."+s.setup.Action, s.setup.Input); err != nil {
			t.Errorf("call: %v", err)
		}
	}
	call()
	if _, renews := b.in.Auth.(auth.Renewer); renews && s.setup.NoRefresh == "" && !s.has("again") {
		t.Error("the scheme renews, but the script has no again request: show it, or say why not in no_refresh")
	}
	if s.has("again") {
		b.now.Add(60) // a 401 right after a renewal would stand
		b.srv.refuseNext()
		call()
	}
	b.compare(t, s, sent)
	if s.setup.Captured != nil {
		info, err := acme.Connection(ctx, b.in.ID, "main")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.setup.Captured, info.Parameters); diff != "" {
			t.Errorf("the connection's parameters (-want +got):\n%s", diff)
		}
	}
}

// connect saves the credential that a person brings.
func (b *bench) connect(ctx context.Context, t *testing.T, acme *waygate.Tenant, s script) {
	t.Helper()
	b.putApp(t, s)
	c := auth.Credential{Kind: s.setup.Credential.Kind, Values: map[string]secret.String{}}
	for name, v := range s.setup.Credential.Values {
		c.Values[name] = secret.New(strings.NewReplacer("{client_certificate}", b.keys.clientCert, "{client_key}", b.keys.clientKey).Replace(v))
	}
	if _, err := acme.Connect(ctx, b.in.ID, waygate.ConnectionSpec{Slug: "main", Credential: c,
		BaseURL: s.setup.BaseURL, Parameters: s.setup.Parameters}); err != nil {
		t.Fatalf("connect: %v", err)
	}
}

// authorize goes the way of the person, and gives the URL that they were sent to.
func (b *bench) authorize(ctx context.Context, t *testing.T, acme *waygate.Tenant, s script) *url.URL {
	t.Helper()
	b.putApp(t, s)
	a, err := acme.Authorize(ctx, b.in.ID, waygate.AuthorizeSpec{Slug: "main", BaseURL: s.setup.BaseURL, Parameters: s.setup.Parameters})
	if err != nil {
		t.Fatalf("authorize: %v", err)
	}
	sent, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	callback := url.Values{"state": {sent.Query().Get("state")}}
	for name, v := range s.setup.Callback {
		callback.Set(name, v)
	}
	if s.setup.CallbackHMAC != "" {
		mac := hmac.New(sha256.New, []byte(s.setup.Client.Secret))
		mac.Write([]byte(callback.Encode()))
		callback.Set(s.setup.CallbackHMAC, hex.EncodeToString(mac.Sum(nil)))
	}
	if _, err := acme.Complete(ctx, callback, a.Binding); err != nil {
		got, _ := b.srv.seen()
		t.Fatalf("complete: %v, after %v", err, got)
	}
	return sent
}

func (b *bench) putApp(t *testing.T, s script) {
	t.Helper()
	c := s.setup.Client
	if c.ID == "" {
		return
	}
	redirect := s.setup.Redirect
	if redirect == "" {
		redirect = "https://app.example.com/oauth/" + b.in.ID
	}
	client := auth.Client{ID: c.ID, Secret: secret.New(c.Secret), Key: secret.New(c.Key)}
	if c.Certificate {
		client.Certificate, client.Key = b.keys.clientCert, secret.New(b.keys.clientKey)
	}
	if _, err := b.gw.PutApp(t.Context(), waygate.App{Integration: b.in.ID, ID: "main", Client: client, RedirectURLs: []string{redirect}, Origins: c.Origins}); err != nil {
		t.Fatalf("put app: %v", err)
	}
}

// compare holds the whole transcript against the script. What is drawn anew for each flow gets its value there, the
// challenge by RFC 7636 from the verifier that was sent.
func (b *bench) compare(t *testing.T, s script, sent *url.URL) {
	t.Helper()
	var got script
	var refused string
	got.exchanges, refused = b.srv.seen()
	values := []string{}
	if sent != nil {
		got.authorize = sent.String()
		state := sent.Query().Get("state")
		if !regexp.MustCompile(`^[A-Z2-7]{26}$`).MatchString(state) {
			t.Errorf("the state %q isn't 26 random letters", state)
		}
		verifier := ""
		if m := regexp.MustCompile(`code_verifier[^A-Za-z0-9]+([\w-]{43})\b`).FindStringSubmatch(got.String()); m != nil {
			verifier = m[1]
		}
		hash := sha256.Sum256([]byte(verifier))
		values = []string{"{state}", state, "{verifier}", verifier, "{challenge}", base64.RawURLEncoding.EncodeToString(hash[:])}
	}
	want := s.expected(values)
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got.String(), "\n")); diff != "" {
		t.Errorf("on the wire (-want +got):\n%s", diff)
	}
	for _, x := range got.exchanges {
		if x.name == "call" && s.has("again") && x.request != refused {
			t.Errorf("the call that was refused:\n%s\nwant the one before:\n%s", refused, x.request)
		}
	}
}

// counting gives the bytes 0, 1, 2, … from their beginning at each read.
type counting struct{}

func (counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(i)
	}
	return len(p), nil
}
