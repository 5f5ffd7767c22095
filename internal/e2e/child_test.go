package e2e_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/postgres"
)

// childVariable holds a childConfig: the test binary is then no test, but one process of a service.
const childVariable = "WAYGATE_E2E_CHILD"

// childConfig is what a process is told at its start.
type childConfig struct {
	DSN, Key string
	Lease    time.Duration
	Offset   time.Duration // of its clock
	APIs     []childAPI
}

// childAPI is an integration whose tokens come from an authorization server.
type childAPI struct {
	ID    string
	URL   string
	Port  uint16
	Grace time.Duration
}

// order is what a process is told to do.
type order struct {
	Do     string // "call", "complete" or "go"
	ID     int
	Tenant string
	API    string
	// Point is where to stop in the renewal of a call, until "go"; Refresh the refresh token by which its request is known.
	Point, Refresh string
	// Limit is for how long to call until it works, or needs a re-auth.
	Limit time.Duration
	// Query and Binding are those of a callback.
	Query, Binding string
}

// report is what a process says: that it has stopped at a point, that something was announced, or how an order ended.
type report struct {
	ID             int    `json:",omitempty"`
	Tenant         string `json:",omitempty"`
	Point          string `json:",omitempty"`
	Event, Cause   string `json:",omitempty"`
	Outcome, Error string `json:",omitempty"`
}

// child is one process.
type child struct {
	gw      *waygate.Gateway
	out     *json.Encoder
	release chan struct{} // closed by "go"

	mu     sync.Mutex // guards out and what follows
	points map[string]string
	tokens map[string]string // tenants by refresh token
}

// runChild serves orders from standard input until its end.
func runChild(text string) int {
	c := &child{out: json.NewEncoder(os.Stdout), release: make(chan struct{}), points: map[string]string{}, tokens: map[string]string{}}
	var config childConfig
	if err := errors.Join(json.Unmarshal([]byte(text), &config), c.start(config)); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		return 1
	}
	c.say(report{Outcome: "ready"})
	orders := json.NewDecoder(bufio.NewReader(os.Stdin))
	for {
		var o order
		if orders.Decode(&o) != nil {
			return 0
		}
		switch o.Do {
		case "go":
			close(c.release)
		case "complete":
			go c.complete(o)
		default:
			c.mu.Lock()
			c.points[o.Tenant], c.tokens[o.Refresh] = o.Point, o.Tenant
			c.mu.Unlock()
			go c.call(o)
		}
	}
}

// start makes the gateway.
func (c *child) start(config childConfig) error {
	ctx := context.Background()
	key, err := secret.ParseKey(config.Key)
	if err != nil {
		return err
	}
	ring, err := secret.NewKeyring(ctx, secret.StaticKeys{key})
	if err != nil {
		return err
	}
	settings, err := pgxpool.ParseConfig(config.DSN)
	if err != nil {
		return err
	}
	settings.MaxConns = 8
	pool, err := pgxpool.NewWithConfig(ctx, settings)
	if err != nil {
		return err
	}
	policy := egress.Policy{AllowHTTP: true, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	for _, api := range config.APIs {
		policy.Ports = append(policy.Ports, api.Port)
	}
	c.gw, err = waygate.New(waygate.Config{
		Store: stopping{postgres.New(pool), c}, Keyring: ring, Egress: policy, TokenLease: config.Lease, Observers: []waygate.Observer{c},
		Transport: func(next http.RoundTripper) http.RoundTripper { return stoppingTransport{next, c} },
		Now:       func() time.Time { return time.Now().Add(config.Offset) },
	})
	for _, api := range config.APIs {
		err = errors.Join(err, c.gw.Register(ctx, api.integration()))
	}
	return err
}

func (a childAPI) integration() waygate.Integration {
	return waygate.Integration{
		ID: a.ID, BaseURL: a.URL + "/api",
		Auth: auth.OAuth2{
			AuthorizeURL: a.URL + "/oauth2/authorize", TokenURL: a.URL + "/oauth2/token", RotationGrace: auth.Duration(a.Grace),
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}},
	}
}

func (c *child) say(r report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.out.Encode(r) // the parent may be gone, and the end of standard input says so
}

// call calls until it works, or needs a re-auth, or the time is over.
func (c *child) call(o order) {
	ctx, cancel := context.WithTimeout(context.Background(), o.Limit)
	defer cancel()
	r := report{ID: o.ID, Tenant: o.Tenant}
	for {
		_, err := c.gw.Tenant(o.Tenant).Invoke(ctx, o.API+".whoami", nil)
		switch {
		case err == nil:
			r.Outcome = "usable"
		case errors.Is(err, waygate.ErrNeedsReauth):
			r.Outcome, r.Error = "needs_reauth", err.Error()
		case ctx.Err() != nil:
			r.Outcome, r.Error = "failed", err.Error()
		default:
			time.Sleep(50 * time.Millisecond)
			continue
		}
		c.say(r)
		return
	}
}

// complete is a callback that came to this process.
func (c *child) complete(o order) {
	r := report{ID: o.ID, Tenant: o.Tenant, Outcome: "connected"}
	query, err := url.ParseQuery(o.Query)
	if err == nil {
		_, err = c.gw.Tenant(o.Tenant).Complete(context.Background(), query, o.Binding)
	}
	switch {
	case errors.Is(err, waygate.ErrInvalidInput):
		r.Outcome, r.Error = "refused", err.Error()
	case err != nil:
		r.Outcome, r.Error = "failed", err.Error()
	}
	c.say(r)
}

// CallStarted notes nothing.
func (c *child) CallStarted(ctx context.Context, _ waygate.CallInfo) context.Context { return ctx }

// CallEnded notes nothing.
func (c *child) CallEnded(context.Context, waygate.CallRecord) {}

// ConnectionChanged hands on what is announced.
func (c *child) ConnectionChanged(_ context.Context, e waygate.ConnectionEvent) {
	c.say(report{Tenant: e.Connection.Tenant, Event: e.Event, Cause: e.Connection.CredentialCause})
}

// reach stops here if it was ordered, once.
func (c *child) reach(tenant, point string) {
	c.mu.Lock()
	here := c.points[tenant] == point
	if here {
		delete(c.points, tenant)
	}
	c.mu.Unlock()
	if here {
		c.say(report{Tenant: tenant, Point: point})
		<-c.release
	}
}

// stopping is a store that stops the process behind a step of the renewal.
type stopping struct {
	*postgres.Store
	c *child
}

// Credentials is where the steps are.
func (s stopping) Credentials() waygate.CredentialStore {
	return stoppingCredentials{s.Store.Credentials(), s.c}
}

type stoppingCredentials struct {
	waygate.CredentialStore
	c *child
}

// Acquire is followed by "leased".
func (s stoppingCredentials) Acquire(ctx context.Context, tenant, id, holder string, ttl time.Duration) (waygate.Lease, error) {
	l, err := s.CredentialStore.Acquire(ctx, tenant, id, holder, ttl)
	if err == nil {
		s.c.reach(tenant, "leased")
	}
	return l, err
}

// Mark is followed by "marked".
func (s stoppingCredentials) Mark(ctx context.Context, tenant, id string, version int64, in waygate.Intent) (waygate.StoredCredential, error) {
	cred, err := s.CredentialStore.Mark(ctx, tenant, id, version, in)
	if err == nil {
		s.c.reach(tenant, "marked")
	}
	return cred, err
}

// Save is followed by "saved".
func (s stoppingCredentials) Save(ctx context.Context, cred waygate.StoredCredential, audit *waygate.AuditEntry) (waygate.StoredCredential, error) {
	saved, err := s.CredentialStore.Save(ctx, cred, audit)
	if err == nil {
		s.c.reach(cred.Tenant, "saved")
	}
	return saved, err
}

// stoppingTransport stops the process when it has read the answer to a token request.
type stoppingTransport struct {
	next http.RoundTripper
	c    *child
}

// RoundTrip is followed by "answered".
func (t stoppingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path != "/oauth2/token" {
		return t.next.RoundTrip(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	t.c.mu.Lock()
	tenant := t.c.tokens[form.Get("refresh_token")]
	t.c.mu.Unlock()
	t.c.reach(tenant, "answered")
	return resp, nil
}
