package waygate_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
	"github.com/waygate-go/waygate/waygatetest"
)

// seenBy is a server that keeps what it was asked: method, path and how it was signed.
func seenBy(t *testing.T) (url string, seen func() []string) {
	t.Helper()
	var mu sync.Mutex
	var list []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization")+r.Header.Get("X-Key")))
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return list
	}
}

func TestActionOwnAuthAndBaseURL(t *testing.T) {
	t.Parallel()
	home, atHome := seenBy(t)
	away, atAway := seenBy(t)
	in := waygate.Integration{
		ID: "crm", BaseURL: home + "/v1", Auth: auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-Key", Field: "key"}}},
		Actions: []waygate.Action{
			waygate.HTTPAction{ID: "usual", Method: "GET", Path: "/usual"},
			waygate.HTTPAction{ID: "public", Method: "GET", Path: "/public", Auth: auth.None{}},
			waygate.HTTPAction{ID: "keyed", Method: "GET", Path: "/keyed", Auth: auth.Key{Name: "X-Key", Field: "key"}},
			waygate.HTTPAction{ID: "either", Method: "GET", Path: "/either", Auth: auth.Any{Schemes: []auth.Scheme{auth.Key{Name: "X-Key", Field: "other"}, auth.None{}}}},
			waygate.HTTPAction{ID: "upload", Method: "POST", Path: "/upload", BaseURL: away + "/files"},
		},
	}
	gw := waygatetest.New(t, waygatetest.WithConfig(func(c *waygate.Config) { c.Egress.Ports = loopback(t, home).Ports }))
	if err := gw.Register(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	spec := waygate.ConnectionSpec{Slug: "main", Credential: auth.Fields(map[string]string{"token": "t-12345678", "key": "k-12345678"})}
	if _, err := acme.Connect(t.Context(), "crm", spec); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"usual", "public", "keyed", "either", "upload"} {
		if _, err := acme.Invoke(t.Context(), "crm."+id, nil); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	want := []string{"GET /v1/usual Bearer t-12345678", "GET /v1/public", "GET /v1/keyed k-12345678", "GET /v1/either"}
	if diff := cmp.Diff(want, atHome()); diff != "" {
		t.Errorf("at home: %s", diff)
	}
	if diff := cmp.Diff([]string{"POST /files/upload Bearer t-12345678"}, atAway()); diff != "" {
		t.Errorf("away: %s", diff)
	}

	own := waygate.ConnectionSpec{Slug: "own", Credential: spec.Credential, BaseURL: home + "/own"}
	if _, err := acme.Connect(t.Context(), "crm", own); err != nil {
		t.Fatal(err)
	}
	if _, err := acme.Invoke(t.Context(), "crm.upload", nil, waygate.On("own")); err != nil {
		t.Error(err)
	}
	if got := atHome(); got[len(got)-1] != "POST /own/upload Bearer t-12345678" || len(atAway()) != 1 {
		t.Errorf("a connection with a base URL of its own: %v, %v", got, atAway())
	}
}

// TestActionOwnAuthFails holds that a credential which the action's scheme doesn't take is an error, and is not sent in
// another way.
func TestActionOwnAuthFails(t *testing.T) {
	t.Parallel()
	home, seen := seenBy(t)
	in := waygate.Integration{ID: "crm", BaseURL: home, Auth: auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.Key{Name: "X-Key", Field: "key"}}},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "keyed", Method: "GET", Path: "/", Auth: auth.Key{Name: "X-Key", Field: "key"}}}}
	gw := waygatetest.New(t)
	if err := gw.Register(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	if _, err := acme.Connect(t.Context(), "crm", waygate.ConnectionSpec{Slug: "main", Credential: auth.Token("t-12345678")}); err != nil {
		t.Fatal(err)
	}
	if _, err := acme.Invoke(t.Context(), "crm.keyed", nil); !errors.Is(err, waygate.ErrConfig) || len(seen()) > 0 {
		t.Errorf("%v, %v", err, seen())
	}
}

func TestActionOwnRefused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, want string
		auth       auth.Scheme
		action     waygate.HTTPAction
	}{
		{"not a URL", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "uploads.example.com"}},
		{"with a query", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "https://uploads.example.com?a=b"}},
		{"with a user", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "https://u:p@uploads.example.com"}},
		{"a host that a tenant chooses", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "https://{shop}"}},
		{"a parameter that isn't declared", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "https://{other}.example.com"}},
		{"a private address", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "https://10.0.0.1"}},
		{"plain http", "base_url", auth.Bearer{}, waygate.HTTPAction{BaseURL: "http://{shop}.example.com"}},
		{"tokens are the integration's", "auth", auth.Bearer{}, waygate.HTTPAction{Auth: auth.OAuth2{TokenURL: "https://a.example.com/t", Grant: auth.GrantClientCredentials}}},
		{"a certificate is the integration's", "auth", auth.Bearer{}, waygate.HTTPAction{Auth: auth.Any{Schemes: []auth.Scheme{auth.ClientCertificate{}}}}},
		{"no credential to sign with", "auth", auth.None{}, waygate.HTTPAction{Auth: auth.Bearer{}}},
		{"a scheme that is wrong", "auth", auth.Bearer{}, waygate.HTTPAction{Auth: auth.Key{}}},
		{"the scheme's header", "parameters[0]", auth.Bearer{}, waygate.HTTPAction{Auth: auth.Key{Name: "X-Key"},
			Parameters: []waygate.Parameter{{Name: "k", In: waygate.InHeader, As: "X-Key"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{}})
			if err != nil {
				t.Fatal(err)
			}
			tc.action.ID, tc.action.Method, tc.action.Path = "a", "GET", "/a"
			err = gw.Register(t.Context(), waygate.Integration{ID: "crm", BaseURL: "https://api.example.com", Auth: tc.auth,
				Parameters: []waygate.ConnectionParameter{{Name: "shop"}}, Actions: []waygate.Action{tc.action}})
			if !errors.Is(err, waygate.ErrConfig) || !strings.Contains(err.Error(), tc.want+": ") {
				t.Errorf("%v, want one that names %s", err, tc.want)
			}
		})
	}
}

func TestActionOwnWrittenForm(t *testing.T) {
	t.Parallel()
	gw := waygatetest.New(t)
	const form = `{"id":"crm","base_url":"https://api.example.com","auth":{"kind":"bearer"},"actions":[{"kind":"http","id":"a","method":"GET","path":"/a",` +
		`"base_url":"https://{shop}.example.com","auth":{"kind":"any","schemes":[{"kind":"basic"},{"kind":"none"}]}}]}`
	in, err := gw.ParseIntegration([]byte(form))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := in.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(form, string(raw)); diff != "" {
		t.Error(diff)
	}
	if _, err := gw.ParseIntegration([]byte(strings.Replace(form, `"kind":"any"`, `"kind":"nay"`, 1))); !errors.Is(err, waygate.ErrConfig) {
		t.Errorf("an unknown kind: %v", err)
	}
}
