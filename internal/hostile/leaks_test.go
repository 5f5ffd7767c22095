package hostile_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
)

// seen is one request as a server saw it.
type seen struct {
	origin       string
	method, uri  string
	header       http.Header
	body         string
	certificates int
}

// internet is a world of one machine that answers under every name, over https on every port and http on 80. What it
// is asked decides where it leads: /to/STATUS?URL redirects, /link and /body give a next link.
type internet struct {
	https, http net.Listener
	ca          *authority

	mu   sync.Mutex // guards what follows
	seen []seen
}

// The origins of the tests. The first is the integration's.
const (
	ours      = "https://api.example.com"
	subdomain = "https://eu.api.example.com"
	domain    = "https://api.example.net"
	otherPort = "https://api.example.com:8443"
	parent    = "https://example.com"
	plainHTTP = "http://api.example.com"
)

// elsewhere are the origins that aren't the integration's.
func elsewhere() []string {
	return []string{subdomain, domain, otherPort, parent, "https://127.0.0.1"}
}

func newInternet(t *testing.T) *internet {
	t.Helper()
	n := &internet{ca: newAuthority(t)}
	names := []string{"api.example.com", "eu.api.example.com", "api.example.net", "example.com"}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert, Certificates: []tls.Certificate{n.ca.server(t, names...)}}
	var err error
	n.https, err = tls.Listen("tcp", "127.0.0.1:0", config)
	must(t, err)
	n.http, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := &http.Server{Handler: n, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(n.https) }()
	go func() { _ = s.Serve(n.http) }()
	t.Cleanup(func() { _ = s.Close() })
	return n
}

func (n *internet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	x := seen{method: r.Method, uri: r.URL.RequestURI(), header: r.Header, body: string(body), origin: "http://" + r.Host}
	if r.TLS != nil {
		x.origin, x.certificates = "https://"+r.Host, len(r.TLS.PeerCertificates)
	}
	n.mu.Lock()
	n.seen = append(n.seen, x)
	n.mu.Unlock()
	where, _ := url.QueryUnescape(r.URL.Query().Get("to"))
	back := ""
	if i := strings.Index(where, " "); i > 0 { // A→B→A
		where, back = where[:i], "?to="+url.QueryEscape(where[i+1:])
	}
	target := where + r.URL.Path + back
	switch kind, status, _ := strings.Cut(r.Header.Get("X-Want")+r.URL.Query().Get("want"), " "); {
	case where == "":
	case kind == "link":
		w.Header().Set("Link", "<"+target+`>; rel="next"`)
	case kind == "body":
		_, _ = fmt.Fprintf(w, `{"items":[1],"next":%q}`, target)
		return
	default:
		code := 302
		_, _ = fmt.Sscan(r.URL.Query().Get("status")+status, &code)
		if back != "" {
			target += fmt.Sprintf("&status=%d", code)
		}
		w.Header().Set("Location", target)
		w.WriteHeader(code)
		return
	}
	_, _ = io.WriteString(w, `{"items":[1]}`)
}

// take gives what was seen since the last time.
func (n *internet) take() []seen {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := n.seen
	n.seen = nil
	return out
}

func (n *internet) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
}

func (n *internet) dial(ctx context.Context, _, address string) (net.Conn, error) {
	to := n.https
	if strings.HasSuffix(address, ":80") {
		to = n.http
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to.Addr().String())
}

func (n *internet) policy() egress.Policy {
	return egress.Policy{Resolver: n, Dial: n.dial, RootCAs: n.ca.pool(), AllowHTTP: true, Ports: []uint16{8443},
		Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
}

// The secrets of a connection here, one for each part, each long enough to be found.
const (
	userCanary = "canary-user-9876543210"
	envCanary  = "canary-env-5556667778"
	headCanary = "canary-connection-header"
	keyCanary  = "canary-idempotency-key"
	inCanary   = "canary-input-header"
)

func secretTexts() []string {
	return []string{canary, userCanary, envCanary, headCanary, keyCanary, inCanary, "Y2FuYXJ5"}
}

// signing is a scheme with a credential, and where it shows.
type signing struct {
	scheme     auth.Scheme
	credential auth.Credential
	shows      func(x seen) bool
	post       bool // it signs bodies
}

func schemes(t *testing.T, n *internet) map[string]signing {
	cert, key := n.ca.client(t)
	header := func(name, want string) func(seen) bool {
		return func(x seen) bool { return x.header.Get(name) == want }
	}
	return map[string]signing{
		"bearer": {scheme: auth.Bearer{}, credential: auth.Token(canary), shows: header("Authorization", "Bearer "+canary)},
		"basic": {scheme: auth.Basic{}, credential: auth.UserPassword(userCanary, canary), shows: func(x seen) bool {
			return strings.HasPrefix(x.header.Get("Authorization"), "Basic ")
		}},
		"header": {scheme: auth.Key{Name: "X-Api-Key"}, credential: auth.APIKey(canary), shows: header("X-Api-Key", canary)},
		"query": {scheme: auth.Key{In: auth.InQuery, Name: "api_key"}, credential: auth.APIKey(canary), shows: func(x seen) bool {
			return strings.Contains(x.uri, "api_key="+canary)
		}},
		"cookie": {scheme: auth.Key{In: auth.InCookie, Name: "sid"}, credential: auth.APIKey(canary), shows: func(x seen) bool {
			return strings.Contains(x.header.Get("Cookie"), "sid="+canary)
		}},
		"body": {scheme: auth.Key{In: auth.InBody, Name: "api_key"}, credential: auth.APIKey(canary), post: true, shows: func(x seen) bool {
			return strings.Contains(x.body, canary)
		}},
		"headers": {scheme: auth.Headers{Values: map[string]string{"X-User": "user", "X-Secret": "secret"}},
			credential: auth.Fields(map[string]string{"user": userCanary, "secret": canary}), shows: header("X-Secret", canary)},
		"all": {scheme: auth.All{Schemes: []auth.Scheme{auth.Key{In: auth.InQuery, Name: "k", Field: "k"}, auth.Headers{Values: map[string]string{"X-Secret": "s"}}}},
			credential: auth.Fields(map[string]string{"k": userCanary, "s": canary}), shows: header("X-Secret", canary)},
		"certificate": {scheme: auth.ClientCertificate{}, credential: auth.Fields(map[string]string{"certificate": cert, "private_key": key}),
			shows: func(x seen) bool { return x.certificates == 1 }},
	}
}

// leaky is a tenant of a gateway whose integration sends secrets of every owner: of the connection, the platform and
// the caller.
func leaky(t *testing.T, n *internet, s signing, origins ...string) *waygate.Tenant {
	t.Helper()
	gw, _ := gateway(t, n.policy(), func(c *waygate.Config) { c.Env = map[string]string{"E": envCanary} })
	key := &waygate.Idempotency{Header: "Idempotency-Key"}
	params := []waygate.Parameter{{Name: "header", In: waygate.InHeader, As: "X-Input"}, {Name: "cookie", In: waygate.InCookie}}
	get := func(id string, p pagination.Strategy) waygate.HTTPAction {
		return waygate.HTTPAction{ID: id, Method: "GET", Path: "/p", Parameters: params, Idempotency: key, Records: "$.items", Pagination: p,
			Headers: map[string]string{"X-Action": envCanary, "Referer": ours + "/" + envCanary}}
	}
	post := waygate.HTTPAction{ID: "post", Method: "POST", Path: "/p", Idempotency: key, Parameters: []waygate.Parameter{
		{Name: "to", In: waygate.InQuery}, {Name: "want", In: waygate.InQuery}, {Name: "status", In: waygate.InQuery}}}
	pages := post
	pages.ID, pages.Records, pages.Pagination, pages.Effects = "postpages", "$.items", pagination.Link{Path: "$.next", AnyOrigin: true}, waygate.Effects{ReadOnly: true}
	in := waygate.Integration{ID: "api", BaseURL: ours, Origins: origins, Auth: s.scheme,
		Headers: map[string]string{"X-Platform": "${env.E}"},
		Actions: []waygate.Action{get("get", nil), get("link", pagination.Link{AnyOrigin: true}), get("body", pagination.Link{Path: "$.next", AnyOrigin: true}),
			get("linkhome", pagination.Link{}), get("bodyhome", pagination.Link{Path: "$.next"}), post, pages, sdk()}}
	must(t, gw.Register(t.Context(), in))
	acme := gw.Tenant("acme")
	_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "main", Credential: s.credential, Headers: map[string]string{"X-Connection": headCanary}})
	must(t, err)
	return acme
}

// sdk is an action in Go whose requests go where the input says.
func sdk() waygate.Action {
	return waygate.ActionFunc(waygate.ActionInfo{ID: "sdk", Idempotency: &waygate.Idempotency{Header: "Idempotency-Key"}}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		in, err := waygate.Input[struct{ Method, URL string }](c)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, in.Method, in.URL, nil)
		if err != nil {
			return nil, err
		}
		if in.Method == "POST" {
			req, err = http.NewRequestWithContext(ctx, in.Method, in.URL, strings.NewReader(`{"a":1}`))
			if err != nil {
				return nil, err
			}
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := c.HTTPClient().Do(req)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Status: resp.StatusCode, Header: resp.Header, Body: resp.Body}, nil
	})
}

// stranger tests that a request to somebody else tells nothing: no header but those that every client sends, no cookie,
// no certificate, and no secret in what is left.
func stranger(t *testing.T, what string, x seen) {
	t.Helper()
	for name := range x.header {
		if !slices.Contains([]string{"Accept", "Accept-Language", "User-Agent", "Accept-Encoding", "Content-Type", "Content-Length"}, name) {
			t.Errorf("%s: %s got the header %s: %q", what, x.origin, name, x.header[name])
		}
	}
	all := fmt.Sprint(x.uri, x.header, x.body)
	for _, s := range secretTexts() {
		if strings.Contains(all, s) {
			t.Errorf("%s: %s got %q: %s", what, x.origin, s, all)
		}
	}
	if x.certificates != 0 {
		t.Errorf("%s: %s got a certificate", what, x.origin)
	}
}

func input(more ...string) map[string]any {
	in := map[string]any{"header": inCanary, "cookie": inCanary}
	for i := 0; i+1 < len(more); i += 2 {
		in[more[i]] = more[i+1]
	}
	return in
}

// withSchemes runs a test for each scheme.
func withSchemes(t *testing.T, run func(t *testing.T, n *internet, s signing)) {
	t.Parallel()
	for _, name := range []string{"bearer", "basic", "header", "query", "cookie", "body", "headers", "all", "certificate"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newInternet(t)
			run(t, n, schemes(t, n)[name])
		})
	}
}

// TestRedirects follows redirects of all kinds to all origins that aren't the integration's.
func TestRedirects(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, status := range []string{"301", "302", "303", "307", "308"} {
			for _, to := range elsewhere() {
				if !s.post {
					redirected(t, n, acme, s, status, to)
				}
				posted(t, n, acme, s, status, to)
			}
			if !s.post {
				downgraded(t, n, acme, status)
			}
		}
	})
}

// redirected leads a GET away, and away and back again.
func redirected(t *testing.T, n *internet, acme *waygate.Tenant, s signing, status, to string) {
	for _, where := range []string{to, to + " " + ours, to + " " + otherPort} {
		what := status + " to " + where
		_, err := acme.Invoke(t.Context(), "api.get", input("to", where, "status", status), waygate.IdempotencyKey(keyCanary))
		all := n.take()
		hops := 2 + strings.Count(where, " ")
		if err != nil || len(all) != hops || !s.shows(all[0]) || all[0].header.Get("X-Platform") == "" {
			t.Errorf("%s: %d requests, %v: %+v", what, len(all), err, all)
			continue
		}
		for _, x := range all[1:] {
			stranger(t, what, x)
		}
	}
}

// downgraded leads a GET from https to http.
func downgraded(t *testing.T, n *internet, acme *waygate.Tenant, status string) {
	for _, to := range []string{plainHTTP, "http://api.example.net"} {
		_, err := acme.Invoke(t.Context(), "api.get", input("to", to, "status", status))
		if all := n.take(); len(all) != 1 || kindOf(t, err) != invalid {
			t.Errorf("%s to %s: %d requests, %v", status, to, len(all), err)
		}
	}
}

// posted leads a POST away: nothing of it arrives anywhere else, whatever the status.
func posted(t *testing.T, n *internet, acme *waygate.Tenant, s signing, status, to string) {
	_, err := acme.Invoke(t.Context(), "api.post", map[string]any{"to": to, "status": status, "text": inCanary}, waygate.IdempotencyKey(keyCanary))
	if all := n.take(); len(all) != 1 || !s.shows(all[0]) || all[0].header.Get("Idempotency-Key") == "" || kindOf(t, err) != invalid {
		t.Errorf("POST, %s to %s: %d requests, %v", status, to, len(all), err)
	}
}

// TestNextLinks follows next links to other origins, where the pagination allows it, and refuses them where it doesn't.
func TestNextLinks(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, to := range elsewhere() {
			if s.post {
				postedOn(t, n, acme, s, to)
				continue
			}
			for _, action := range []string{"link", "body"} {
				for _, where := range []string{to, to + " " + ours} {
					linked(t, n, acme, s, action, where)
				}
				what := action + "home to " + to
				_, err := acme.Collect(t.Context(), "api."+action+"home", input("to", to, "want", action))
				if all := n.take(); len(all) != 1 || kindOf(t, err) != invalid {
					t.Errorf("%s: %d requests, %v", what, len(all), err)
				}
				for _, err := range waygate.Items[any](t.Context(), acme, "api."+action+"home", input("to", to, "want", action)) {
					if err != nil && kindOf(t, err) != invalid {
						t.Errorf("%s: %v", what, err)
					}
				}
				n.take()
			}
		}
	})
}

func linked(t *testing.T, n *internet, acme *waygate.Tenant, s signing, action, where string) {
	what := action + " to " + where
	_, err := acme.Collect(t.Context(), "api."+action, input("to", where, "want", action), waygate.MaxPages(3))
	all := n.take()
	if err != nil || len(all) < 2 || !s.shows(all[0]) {
		t.Errorf("%s: %d requests, %v", what, len(all), err)
		return
	}
	for _, x := range all[1:] {
		if x.origin != ours { // what leads back home is signed again: it is the page's own origin that links
			stranger(t, what, x)
		}
	}
}

// postedOn leads the pages of a read that asks by POST away. The body goes along, as AnyOrigin says, without the key.
func postedOn(t *testing.T, n *internet, acme *waygate.Tenant, s signing, to string) {
	_, err := acme.Collect(t.Context(), "api.postpages", map[string]any{"to": to, "want": "body", "text": "of the caller"})
	all := n.take()
	if len(all) == 0 || !s.shows(all[0]) {
		t.Fatalf("%d requests, %v", len(all), err)
	}
	for _, x := range all[1:] {
		stranger(t, "POST to "+to, x)
	}
}

// TestSDK sends requests of an action in Go to other origins.
func TestSDK(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		acme := leaky(t, n, s)
		for _, to := range append(elsewhere(), plainHTTP) {
			for _, method := range []string{"GET", "POST"} {
				_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": method, "URL": to + "/x"}, waygate.IdempotencyKey(keyCanary))
				all := n.take()
				if err != nil || len(all) != 1 {
					t.Errorf("%s %s: %d requests, %v", method, to, len(all), err)
					continue
				}
				stranger(t, method+" "+to, all[0])
			}
		}
		_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": "POST", "URL": ours + "/x"})
		if all := n.take(); err != nil || len(all) != 1 || !s.shows(all[0]) {
			t.Errorf("home: %v, %+v", err, all)
		}
	})
}

// TestOwnOrigins holds that an origin which the definition lists is signed for.
func TestOwnOrigins(t *testing.T) {
	withSchemes(t, func(t *testing.T, n *internet, s signing) {
		for _, to := range []string{subdomain, domain, otherPort} {
			acme := leaky(t, n, s, to)
			method := "GET"
			if s.post {
				method = "POST"
			}
			_, err := acme.Invoke(t.Context(), "api.sdk", map[string]any{"Method": method, "URL": to + "/x"})
			if all := n.take(); err != nil || len(all) != 1 || !s.shows(all[0]) {
				t.Errorf("sdk to %s: %v, %+v", to, err, all)
			}
			if s.post {
				continue
			}
			_, err = acme.Invoke(t.Context(), "api.get", input("to", to, "status", "302"))
			if all := n.take(); err != nil || len(all) != 2 || !s.shows(all[1]) {
				t.Errorf("redirect to %s: %v, %+v", to, err, all)
			}
			_, err = acme.Collect(t.Context(), "api.link", input("to", to, "want", "link"))
			if all := n.take(); err != nil || len(all) != 2 || !s.shows(all[1]) {
				t.Errorf("next link to %s: %v, %+v", to, err, all)
			}
		}
	})
}

// TestDenied holds that no listed origin opens the way to an address inside.
func TestDenied(t *testing.T) {
	t.Parallel()
	n := newInternet(t)
	acme := leaky(t, n, schemes(t, n)["bearer"])
	for _, to := range []string{"https://169.254.169.254", "https://10.0.0.1", "https://[::1]", "https://api.example.com:22"} {
		_, err := acme.Invoke(t.Context(), "api.get", input("to", to, "status", "302"))
		if all := n.take(); len(all) != 1 || !errors.Is(err, egress.ErrDenied) || kindOf(t, err) != config {
			t.Errorf("%s: %d requests, %v", to, len(all), err)
		}
	}
}
