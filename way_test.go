package waygate_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/mapping"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// loopback allows a test server's address and nothing else.
func loopback(t testing.TB, base string) egress.Policy {
	t.Helper()
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true, Ports: []uint16{uint16(port)}}
}

// quick retries without waiting.
var quick = resilience.Exponential{Base: time.Millisecond, Max: time.Millisecond, NoJitter: true}

// open makes a gateway for a server, and shuts it down at the end.
func open(t testing.TB, base string, change ...func(*waygate.Config)) *waygate.Gateway {
	t.Helper()
	cfg := waygate.Config{Store: memory.New(), Egress: loopback(t, base), Retry: quick}
	for _, c := range change {
		c(&cfg)
	}
	gw, err := waygate.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := gw.Shutdown(ctx); err != nil {
			t.Errorf("shutdown: %v", err)
		}
	})
	return gw
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func connect(t testing.TB, gw *waygate.Gateway, tenant, integration string, c auth.Credential) *waygate.Tenant {
	t.Helper()
	door := gw.Tenant(tenant)
	_, err := door.Connect(t.Context(), integration, waygate.ConnectionSpec{Slug: "main", Credential: c})
	must(t, err)
	return door
}

type issue struct {
	ID    int64  `json:"id"`
	Title string `json:"title"`
	Login string `json:"login"`
}

// issues is a list of n issues behind Link headers, two to a page.
func issues(n int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		page = max(page, 1)
		var list []map[string]any
		for i := (page - 1) * 2; i < min(page*2, n); i++ {
			list = append(list, map[string]any{"id": i, "title": fmt.Sprint("issue ", i), "user": map[string]any{"login": "u" + strconv.Itoa(i)}})
		}
		if page*2 < n {
			w.Header().Set("Link", fmt.Sprintf(`<%s?page=%d>; rel="next"`, r.URL.Path, page+1))
		}
		_ = json.NewEncoder(w).Encode(list)
	}
}

func github(base string) waygate.Integration {
	return waygate.Integration{
		ID: "github", BaseURL: base, Auth: auth.Bearer{},
		Actions: []waygate.Action{
			waygate.HTTPAction{
				ID: "list_issues", Method: "GET", Path: "/repos/{owner}/{repo}/issues", Pagination: pagination.Link{},
				OutputMapping: nil,
			},
			waygate.HTTPAction{ID: "create_issue", Method: "POST", Path: "/repos/{owner}/{repo}/issues",
				InputSchema:  json.RawMessage(`{"type":"object","required":["title"],"properties":{"title":{"type":"string","minLength":1}}}`),
				InputMapping: &mapping.Mapping{Fields: []mapping.Field{{From: "labels_list", To: "meta.labels"}}},
			},
		},
	}
}

func TestWayOfACall(t *testing.T) {
	t.Parallel()
	var got struct{ path, auth, body string }
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.path, got.auth = r.URL.EscapedPath(), r.Header.Get("Authorization")
		if r.Method == http.MethodPost {
			var body json.RawMessage
			_ = json.NewDecoder(r.Body).Decode(&body)
			got.body = string(body)
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte(`{"id":7,"title":"new"}`))
			return
		}
		issues(5)(w, r)
	})
	gw := open(t, s.URL)
	must(t, gw.Register(t.Context(), github(s.URL)))
	acme := connect(t, gw, "acme", "github", auth.Token("ghp_0123456789"))
	in := map[string]any{"owner": "a/b", "repo": "r"}

	list, err := waygate.Invoke[[]issue](t.Context(), acme, "github.list_issues", in)
	must(t, err)
	if len(list) != 2 || list[1].ID != 1 || got.path != "/repos/a%2Fb/r/issues" || got.auth != "Bearer ghp_0123456789" {
		t.Fatalf("first page %v over %+v", list, got)
	}
	var ids []int64
	for i, err := range waygate.Items[issue](t.Context(), acme, "github.list_issues", in) {
		must(t, err)
		ids = append(ids, i.ID)
	}
	if diff := cmp.Diff([]int64{0, 1, 2, 3, 4}, ids); diff != "" {
		t.Fatal(diff)
	}
	created, err := waygate.Invoke[issue](t.Context(), acme, "github.create_issue",
		map[string]any{"owner": "o", "repo": "r", "title": "new", "labels_list": []string{"x"}})
	must(t, err)
	if created.ID != 7 || got.body != `{"meta":{"labels":["x"]},"title":"new"}` {
		t.Fatalf("created %+v with %s", created, got.body)
	}
	_, err = acme.Invoke(t.Context(), "github.create_issue", map[string]any{"owner": "o", "repo": "r", "title": ""})
	var e *waygate.Error
	if !errors.As(err, &e) || e.Kind != waygate.KindInvalidInput || len(e.Fields) != 1 || e.Fields[0].Pointer != "/title" {
		t.Fatalf("validation: %v", err)
	}
	page, err := acme.Records(t.Context(), waygate.RecordQuery{})
	must(t, err)
	if len(page.Records) != 6 { // 1, 3 pages, 2
		t.Fatalf("%d records", len(page.Records))
	}
}

func TestCollect(t *testing.T) {
	t.Parallel()
	s := serve(t, issues(9))
	gw := open(t, s.URL)
	must(t, gw.Register(t.Context(), github(s.URL)))
	acme := connect(t, gw, "acme", "github", auth.Token("ghp_0123456789"))
	in := map[string]any{"owner": "o", "repo": "r"}
	var ids []int64
	token, rounds := "", 0
	for {
		opts := []waygate.Option{waygate.MaxItems(3)}
		if token != "" {
			opts = append(opts, waygate.Continue(token))
		}
		res, err := acme.Collect(t.Context(), "github.list_issues", in, opts...)
		must(t, err)
		list, err := waygate.Decode[[]issue](res)
		must(t, err)
		for _, i := range list {
			ids = append(ids, i.ID)
		}
		rounds++
		if token = res.Meta.Next; token == "" {
			if res.Meta.Truncated != "" || res.Meta.HasMore {
				t.Errorf("the end says %+v", res.Meta)
			}
			break
		}
		if res.Meta.Truncated != "items" || !res.Meta.HasMore || res.Meta.Items != 3 {
			t.Errorf("round %d says %+v", rounds, res.Meta)
		}
	}
	if diff := cmp.Diff([]int64{0, 1, 2, 3, 4, 5, 6, 7, 8}, ids); diff != "" {
		t.Fatal(diff)
	}
	if _, err := acme.Collect(t.Context(), "github.list_issues", in, waygate.Continue("AAAA")); !errors.Is(err, waygate.ErrInvalidInput) {
		t.Errorf("a made-up token: %v", err)
	}
}

// TestRetry shows that a failure is repeated, and what the record says of it.
func TestRetry(t *testing.T) {
	t.Parallel()
	n := 0
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n++; n < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte(`[]`))
	})
	gw := open(t, s.URL)
	must(t, gw.Register(t.Context(), github(s.URL)))
	acme := connect(t, gw, "acme", "github", auth.Token("ghp_0123456789"))
	res, err := acme.Invoke(t.Context(), "github.list_issues", map[string]any{"owner": "o", "repo": "r"})
	must(t, err)
	if res.Meta.Attempts != 3 {
		t.Fatalf("attempts %d", res.Meta.Attempts)
	}
	_, err = acme.Invoke(t.Context(), "github.nothing", nil)
	if !errors.Is(err, waygate.ErrUnresolved) || !strings.Contains(err.Error(), "nothing") {
		t.Fatal(err)
	}
}
