package catalogue_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/secret"
)

// answers is the network: bodies by the URLs that they are asked for.
type answers struct {
	bodies map[string]string
	seen   []string
	forms  []url.Values
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Method + " " + r.URL.String()
	_ = r.ParseForm()
	if id, _, ok := r.BasicAuth(); ok {
		r.PostForm.Set("client of the header", id)
	}
	a.seen, a.forms = append(a.seen, asked+" "+r.Header.Get("Authorization")), append(a.forms, r.PostForm)
	status, body := 200, a.bodies[asked]
	if body == "" {
		status, body = 404, "{}"
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body))}, nil
}

// oauthTenant registers a documented file.
func oauthTenant(t *testing.T, net *answers, id string) (*waygate.Gateway, *waygate.Tenant) {
	t.Helper()
	gw := newGateway(t, func(c *waygate.Config) {
		c.Transport = func(http.RoundTripper) http.RoundTripper { return net }
	})
	for _, text := range documented(t) {
		if strings.HasPrefix(text, "id: "+id+"\n") {
			if err := catalogue.Register(t.Context(), gw, files(map[string]string{"a.yaml": text})); err != nil {
				t.Fatal(err)
			}
			return gw, gw.Tenant("acme")
		}
	}
	t.Fatalf("%s isn't documented", id)
	return nil, nil
}

// TestDocumentedShop connects to the documented shop, whose host the person names and whose account the provider does.
func TestDocumentedShop(t *testing.T) {
	t.Parallel()
	net := &answers{bodies: map[string]string{
		"POST https://ann.example.com/oauth/token":           `{"access_token":"an-access-token-01","token_type":"Bearer","owner":{"account_id":42}}`,
		"GET https://ann.example.com/me":                     `{"regions":[{"id":"eu"}]}`,
		"GET https://ann.example.com/api/accounts/42/orders": `{"orders":[{"id":1}]}`,
	}}
	gw, acme := oauthTenant(t, net, "shop")
	if _, err := gw.PutApp(t.Context(), waygate.App{Integration: "shop", ID: "main", RedirectURLs: []string{"https://app.example.org/oauth/shop"},
		Client: auth.Client{ID: "client-1", Secret: secret.New("the-client-secret-01")}}); err != nil {
		t.Fatal(err)
	}
	a, err := acme.Authorize(t.Context(), "shop", waygate.AuthorizeSpec{Slug: "main", Parameters: map[string]string{"shop": "ann"}})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(a.URL)
	if err != nil {
		t.Fatal(err)
	}
	if u.Host != "ann.example.com" || u.Query().Get("scope") != "read_orders,write_orders" || u.Query().Get("prompt") != "consent" {
		t.Errorf("the person is sent to %s", u)
	}
	info, err := acme.Complete(t.Context(), url.Values{"code": {"a-code-to-exchange"}, "state": {u.Query().Get("state")}}, a.Binding)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"shop": "ann", "account": "42", "region": "eu"}, info.Parameters); diff != "" {
		t.Error(diff)
	}
	if got := net.forms[0].Get("client of the header"); got != "client-1" {
		t.Errorf("the client came as %q", got)
	}
	if got := net.seen[1]; got != "GET https://ann.example.com/me Bearer an-access-token-01" {
		t.Errorf("looked up with %s", got)
	}
	res, err := acme.Invoke(t.Context(), "shop.list_orders", nil)
	if err != nil || string(res.JSON()) != `[{"id":1}]` {
		t.Errorf("%v, %v", res, err)
	}
}

// TestDocumentedWarehouse connects a client that asks in its own name.
func TestDocumentedWarehouse(t *testing.T) {
	t.Parallel()
	expires := time.Now().Add(time.Hour).Truncate(time.Second)
	net := &answers{bodies: map[string]string{
		"POST https://login.warehouse.example.com/token": fmt.Sprintf(`{"data":{"token":"an-access-token-02","expires_at":%d}}`, expires.Unix()),
		"GET https://api.warehouse.example.com/stock":    `[]`,
	}}
	_, acme := oauthTenant(t, net, "warehouse")
	info, err := acme.Connect(t.Context(), "warehouse", waygate.ConnectionSpec{Slug: "main", Credential: auth.ClientCredentials("client-2", "its-secret-0123")})
	if err != nil {
		t.Fatal(err)
	}
	if !info.Expires.Equal(expires) {
		t.Errorf("the token expires at %v", info.Expires)
	}
	want := url.Values{"grant_type": {"client_credentials"}, "scope": {"stock.read"}, "audience": {"https://api.warehouse.example.com"},
		"client_id": {"client-2"}, "client_secret": {"its-secret-0123"}}
	if diff := cmp.Diff(want, net.forms[0]); diff != "" {
		t.Error(diff)
	}
	if _, err := acme.Invoke(t.Context(), "warehouse.list_stock", nil); err != nil {
		t.Error(err)
	}
	if got := net.seen[len(net.seen)-1]; got != "GET https://api.warehouse.example.com/stock Bearer an-access-token-02" {
		t.Errorf("sent %s", got)
	}
}
