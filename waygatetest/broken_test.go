package waygatetest_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/waygatetest"
)

// brokenKind names, in a process of its own, what TestBroken runs a suite
// against.
const brokenKind = "WAYGATETEST_BROKEN"

// TestSuitesNotice runs the suites against implementations that break a clause,
// each in a process of its own, since they are to fail.
func TestSuitesNotice(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range slices.Sorted(maps.Keys(broken())) {
		clause := broken()[kind].clause
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestBroken$", "-test.timeout=60s")
			cmd.Env = append(os.Environ(), brokenKind+"="+kind)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("the suite passes, want %s to fail:\n%s", clause, out)
			}
			if !strings.Contains(string(out), "--- FAIL: TestBroken/"+clause) {
				t.Errorf("want %s to fail, got:\n%s", clause, out)
			}
		})
	}
}

// TestBroken fails when it is told which kind to run, which only
// TestSuitesNotice does.
func TestBroken(t *testing.T) {
	if b, ok := broken()[os.Getenv(brokenKind)]; ok {
		b.run(t)
	}
}

type brokenCase struct {
	clause string // what has to fail
	run    func(*testing.T)
}

// broken are implementations that break one clause each.
func broken() map[string]brokenCase {
	cases := map[string]brokenCase{}
	action := func(kind, clause string, h waygatetest.ActionHarness) {
		h.Action = "echo"
		cases["action_"+kind] = brokenCase{"Action/" + clause, func(t *testing.T) { waygatetest.TestAction(t, h) }}
	}
	pages := pagination.Cursor{Path: "next", Param: "cursor", In: pagination.InBody}
	action("info_changes", "1_info_constant", waygatetest.ActionHarness{Body: true, Integration: echoing(&changing{inner: httpAction(nil)})})
	action("not_idempotent", "2_once_for_each_page", waygatetest.ActionHarness{Body: true,
		Integration: echoing(waygate.HTTPAction{ID: "echo", Method: http.MethodPost, Path: "/echo"})})
	action("one_at_a_time", "2_once_for_each_page", waygatetest.ActionHarness{Body: true, Integration: func(p *waygatetest.Provider) waygate.Integration {
		return echoing(serial{httpAction(nil), make(chan struct{}, 1)})(p)
	}})
	action("pages_undeclared", "2_once_for_each_page", waygatetest.ActionHarness{Body: true, Integration: echoing(httpAction(pages))})
	action("pages_missing", "pager", waygatetest.ActionHarness{Body: true, Pages: true, Integration: echoing(httpAction(nil))})
	action("late", "3_deadline", waygatetest.ActionHarness{Body: true, Integration: echoing(late{httpAction(nil)})})
	action("body_undeclared", "6_body_or_value", waygatetest.ActionHarness{Integration: echoing(httpAction(nil))})
	action("body_missing", "6_body_or_value", waygatetest.ActionHarness{Body: true, Integration: viaClient(false, false)})
	action("status_hidden", "8_status_fails", waygatetest.ActionHarness{Body: true, Integration: echoing(hiding{httpAction(nil)})})
	connection := func(kind, clause string, h waygatetest.ConnectionHarness) {
		cases["connection_"+kind] = brokenCase{"Connection/" + clause, func(t *testing.T) { waygatetest.TestConnection(t, h) }}
	}
	for kind, c := range brokenConnections() {
		connection(kind, c.clause, waygatetest.ConnectionHarness{Refreshes: c.refreshes,
			Open: func(_ testing.TB, own waygatetest.OwnConnection) waygate.Connection {
				return c.with(&vault{own: own, now: own.Credential})
			}})
	}
	connection("refreshes_undeclared", "refresher", waygatetest.ConnectionHarness{Open: openVault})
	connection("refreshes_missing", "refresher", waygatetest.ConnectionHarness{Open: openPlain, Refreshes: true})
	return cases
}

// changing says something else each time.
type changing struct {
	inner waygate.HTTPAction
	asked atomic.Int64
}

func (c *changing) Info() waygate.ActionInfo {
	i := c.inner.Info()
	i.Description = strings.Repeat("x", int(c.asked.Add(1)))
	return i
}

func (c *changing) Do(ctx context.Context, call *waygate.Call) (*waygate.Response, error) {
	return c.inner.Do(ctx, call)
}

func (c *changing) Unwrap() waygate.Action { return c.inner }

// serial makes its calls wait for one another.
type serial struct {
	waygate.Action
	turn chan struct{}
}

func (s serial) Do(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	return s.Action.Do(ctx, c)
}

func (s serial) Unwrap() waygate.Action { return s.Action }

// late takes its time after ctx has ended.
type late struct{ waygate.Action }

func (l late) Do(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	r, err := l.Action.Do(ctx, c)
	if ctx.Err() != nil {
		time.Sleep(10 * time.Second)
	}
	return r, err
}

func (l late) Unwrap() waygate.Action { return l.Action }

// hiding takes a failure for an answer.
type hiding struct{ waygate.Action }

func (h hiding) Do(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
	r, err := h.Action.Do(ctx, c)
	if err == nil && r.Status == http.StatusNotFound {
		r.Status = http.StatusOK
	}
	return r, err
}

func (h hiding) Unwrap() waygate.Action { return h.Action }

// oddVault is a vault's connection in which one thing is different.
type oddVault struct {
	*vault
	info       func(waygate.ConnectionInfo) waygate.ConnectionInfo
	credential func(context.Context) (auth.Credential, error)
}

func (o oddVault) Info() waygate.ConnectionInfo {
	if o.info != nil {
		return o.info(o.vault.Info())
	}
	return o.vault.Info()
}

func (o oddVault) Credential(ctx context.Context) (auth.Credential, error) {
	if o.credential != nil {
		return o.credential(ctx)
	}
	return o.vault.Credential(ctx)
}

type brokenConnection struct {
	clause    string
	refreshes bool
	with      func(*vault) waygate.Connection
}

func brokenConnections() map[string]brokenConnection {
	info := func(change func(*waygate.ConnectionInfo)) func(*vault) waygate.Connection {
		return func(v *vault) waygate.Connection {
			return plainOdd{oddVault{vault: v, info: func(i waygate.ConnectionInfo) waygate.ConnectionInfo { change(&i); return i }}}
		}
	}
	return map[string]brokenConnection{
		"names_another_tenant": {clause: "1_names_tenant_and_integration", with: info(func(i *waygate.ConnectionInfo) { i.Tenant = "globex" })},
		"info_tells": {clause: "2_info_without_secret", with: func(v *vault) waygate.Connection {
			token := v.own.Credential.Values["token"]
			return info(func(i *waygate.ConnectionInfo) { i.Metadata = map[string]string{"token": token.Reveal()} })(v)
		}},
		"info_waits": {clause: "2_info_without_secret", with: info(func(*waygate.ConnectionInfo) { time.Sleep(time.Second) })},
		"one_at_a_time": {clause: "5_many_at_once", with: func(v *vault) waygate.Connection {
			turn := make(chan struct{}, 1)
			return plainOdd{oddVault{vault: v, credential: func(ctx context.Context) (auth.Credential, error) {
				turn <- struct{}{}
				time.Sleep(time.Second)
				<-turn
				return v.Credential(ctx)
			}}}
		}},
		"ignores_ctx": {clause: "6_ends_with_ctx", with: func(v *vault) waygate.Connection {
			return plainOdd{oddVault{vault: v, credential: func(ctx context.Context) (auth.Credential, error) {
				time.Sleep(time.Minute)
				return v.Credential(ctx)
			}}}
		}},
		"refreshes_nothing": {clause: "refresher", refreshes: true, with: func(v *vault) waygate.Connection {
			v.own.Next = v.own.Credential
			return v
		}},
		"refresh_fails": {clause: "refresher", refreshes: true, with: func(v *vault) waygate.Connection { return failing{v} }},
	}
}

// plainOdd hides that the vault refreshes.
type plainOdd struct{ o oddVault }

func (p plainOdd) Info() waygate.ConnectionInfo { return p.o.Info() }

func (p plainOdd) Credential(ctx context.Context) (auth.Credential, error) {
	return p.o.Credential(ctx)
}

// failing can't refresh.
type failing struct{ *vault }

func (failing) Refresh(context.Context, auth.Credential) (auth.Credential, error) {
	return auth.Credential{}, errors.New("the vault is sealed")
}
