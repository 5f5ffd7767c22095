package waygatetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/waygatetest"
)

func echoing(a waygate.Action) func(*waygatetest.Provider) waygate.Integration {
	return func(p *waygatetest.Provider) waygate.Integration {
		return waygate.Integration{ID: "suite", BaseURL: p.URL(), Auth: auth.Bearer{}, Actions: []waygate.Action{a}}
	}
}

func httpAction(pages pagination.Strategy) waygate.HTTPAction {
	return waygate.HTTPAction{ID: "echo", Method: http.MethodPost, Path: "/echo",
		Effects: waygate.Effects{Idempotent: true}, Pagination: pages}
}

func TestActions(t *testing.T) {
	t.Parallel()
	t.Run("HTTPAction", func(t *testing.T) {
		t.Parallel()
		waygatetest.TestAction(t, waygatetest.ActionHarness{Integration: echoing(httpAction(nil)), Action: "echo", Body: true})
	})
	t.Run("HTTPAction_pages", func(t *testing.T) {
		t.Parallel()
		pages := pagination.Cursor{Path: "next", Param: "cursor", In: pagination.InBody}
		waygatetest.TestAction(t, waygatetest.ActionHarness{Integration: echoing(httpAction(pages)), Action: "echo", Body: true, Pages: true})
	})
	t.Run("ActionFunc", func(t *testing.T) {
		t.Parallel()
		waygatetest.TestAction(t, waygatetest.ActionHarness{Integration: viaClient(false, false), Action: "echo"})
	})
	t.Run("ActionFunc_body", func(t *testing.T) {
		t.Parallel()
		waygatetest.TestAction(t, waygatetest.ActionHarness{Integration: viaClient(true, false), Action: "echo", Body: true})
	})
	t.Run("Pager", func(t *testing.T) {
		t.Parallel()
		waygatetest.TestAction(t, waygatetest.ActionHarness{Integration: viaClient(false, true), Action: "echo", Pages: true})
	})
}

// viaClient is an action in Go, as one over an SDK would be.
func viaClient(body, pages bool) func(*waygatetest.Provider) waygate.Integration {
	return func(p *waygatetest.Provider) waygate.Integration {
		a := waygate.ActionFunc(waygate.ActionInfo{ID: "echo", Effects: waygate.Effects{Idempotent: true}},
			func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
				return send(ctx, c, p.URL(), body)
			})
		if pages {
			a = pager{a}
		}
		return echoing(a)(p)
	}
}

func send(ctx context.Context, c *waygate.Call, url string, body bool) (*waygate.Response, error) {
	in, err := json.Marshal(c.Input)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/echo", strings.NewReader(string(in)))
	if err != nil {
		return nil, err
	}
	resp, err := c.HTTPClient().Do(req)
	if err != nil {
		return nil, err
	}
	if body {
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 {
		return nil, errors.New(resp.Status)
	}
	var v any
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		return nil, err
	}
	return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Value: v}, nil
}

// pager goes on while the answer has a next.
type pager struct{ waygate.Action }

var _ waygate.Pager = pager{}

func (pager) Next(_ context.Context, c *waygate.Call, r *waygate.Response) (any, bool, error) {
	answer, _ := r.Value.(map[string]any)
	next, ok := answer["next"].(string)
	if r.Body != nil || !ok {
		return nil, false, nil
	}
	in := map[string]any{"cursor": next}
	old, _ := c.Input.(map[string]any)
	for name, v := range old {
		if name != "cursor" {
			in[name] = v
		}
	}
	return in, true, nil
}

func TestConnections(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]waygatetest.ConnectionHarness{
		"Stored":            {},
		"Through":           {Open: openPlain},
		"Through_refreshes": {Open: openVault, Refreshes: true},
		"Resolve":           {Open: openPlain, Resolve: true},
		"Resolve_refreshes": {Open: openVault, Resolve: true, Refreshes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			waygatetest.TestConnection(t, h)
		})
	}
}

func openPlain(_ testing.TB, c waygatetest.OwnConnection) waygate.Connection {
	return plain{&vault{own: c, now: c.Credential}}
}

func openVault(_ testing.TB, c waygatetest.OwnConnection) waygate.Connection {
	return &vault{own: c, now: c.Credential}
}

// plain is a vault's connection that can't refresh.
type plain struct{ v *vault }

func (p plain) Info() waygate.ConnectionInfo { return p.v.Info() }

func (p plain) Credential(ctx context.Context) (auth.Credential, error) { return p.v.Credential(ctx) }

// vault is a host's own connection.
type vault struct {
	own waygatetest.OwnConnection

	mu  sync.Mutex // guards now
	now auth.Credential
}

var _ waygate.Refresher = (*vault)(nil)

func (v *vault) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{ID: "vault-7", Tenant: v.own.Tenant, Integration: v.own.Integration, Slug: "vault"}
}

func (v *vault) Credential(ctx context.Context) (auth.Credential, error) {
	if err := ctx.Err(); err != nil {
		return auth.Credential{}, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now, nil
}

func (v *vault) Refresh(_ context.Context, _ auth.Credential) (auth.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = v.own.Next
	return v.now, nil
}
