package waygate_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// vaultConnection is a host's own Connection: the token stays in its vault.
type vaultConnection struct {
	tenant string
	mu     sync.Mutex
	token  string // guarded by mu
}

var (
	_ waygate.Connection = (*vaultConnection)(nil)
	_ waygate.Refresher  = (*vaultConnection)(nil)
)

func (v *vaultConnection) Info() waygate.ConnectionInfo {
	return waygate.ConnectionInfo{Tenant: v.tenant, Integration: "reports", ID: "vault/" + v.tenant, Slug: "vault"}
}

func (v *vaultConnection) Credential(context.Context) (auth.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return auth.Token(v.token), nil
}

func (v *vaultConnection) Refresh(_ context.Context, used auth.Credential) (auth.Credential, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if used.Values["token"].Reveal() == v.token { // else another call has renewed it meanwhile
		v.token = "token-renewed"
	}
	return auth.Token(v.token), nil
}

// A call on a connection that the host keeps by itself. The token is renewed
// after the provider's 401; the store has nothing of it.
func ExampleThrough() {
	provider := httptest.NewServer(http.HandlerFunc(reports))
	defer provider.Close()
	gw, _ := connected(waygate.Config{}, waygate.Integration{
		ID: "reports", BaseURL: provider.URL, Auth: auth.Bearer{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "daily", Method: "GET", Path: "/daily"}},
	})
	own := &vaultConnection{tenant: "globex", token: "token-expired"}

	for range 2 {
		res, err := gw.Tenant("globex").Invoke(context.Background(), "reports.daily", nil, waygate.Through(own))
		noError(err)
		fmt.Println(res.Meta.Connection, res.Status, "attempts:", res.Meta.Attempts)
	}
	// Output:
	// vault 200 attempts: 2
	// vault 200 attempts: 1
}
