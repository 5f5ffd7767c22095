package waygate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/pagination"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// inside is one way of naming an address that no tenant may reach.
type inside struct {
	host    string   // as it stands in a URL
	answers []string // of the resolver, where it is a name; one for each look-up, the last repeats
	// never says why no policy lets it through: it isn't how an address is written.
	never string
}

const odd = "an address in a form other than dotted decimal or IPv6"

// insides are at least the forms that were used against services which fetch URLs.
func insides() map[string]inside {
	forms := map[string]inside{
		"decimal": {host: "2130706433", never: odd}, "octal": {host: "0177.0.0.1", never: odd}, "hex": {host: "0x7f000001", never: odd},
		"hex labels": {host: "0x7f.0x0.0x0.0x1", never: odd}, "short": {host: "127.1", never: odd}, "mixed": {host: "0x7f.1", never: odd},
		"leading zeros": {host: "127.000.000.001", never: odd}, "overflow": {host: "127.0.0.257", never: odd}, "trailing dot": {host: "127.0.0.1.", never: odd},
		"userinfo": {host: "user:password@10.0.0.1", never: "user information"}, "userinfo name": {host: "example.com@10.0.0.1", never: "user information"},
		"name inside": {host: "intranet.example.net", answers: []string{"10.1.2.3"}}, "name with dot": {host: "localhost.", answers: []string{"127.0.0.1"}},
		"localhost": {host: "localhost", answers: []string{"127.0.0.1"}}, "name to v6": {host: "six.example.net", answers: []string{"::1"}},
		"one of two": {host: "two.example.net", answers: []string{"10.0.0.1"}}, "rebinding": {host: "rebind.example.net", answers: []string{"192.168.0.1"}},
		"wide name": {host: "ⓛocalhost", answers: []string{"127.0.0.1"}}, "name to mapped": {host: "mapped.example.net", answers: []string{"::ffff:169.254.169.254"}},
		"metadata name": {host: "metadata.google.internal", answers: []string{"169.254.169.254"}},
	}
	for _, addr := range []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.100.100.200", "169.254.169.254", "172.16.0.1", "172.31.255.255",
		"192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
		"168.63.129.16", "::", "::1", "::ffff:127.0.0.1", "::ffff:a00:1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
		"2002:7f00:1::", "2002:808:808::", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
	} {
		host := addr
		if strings.Contains(addr, ":") {
			host = "[" + addr + "]"
		}
		forms[addr] = inside{host: host}
	}
	forms["zone"] = inside{host: "[fe80::1%25lo]"}
	forms["zone of a unique local"] = inside{host: "[fd00::1%25lo]"}
	return forms
}

// network is a world of one public host, example.com, and a resolver that says of
// any other what a row wants. Whatever the guard lets through ends at a listener
// on this machine.
type network struct {
	row      inside
	provider *httptest.Server
	public   string // host:port of the provider
	accepted atomic.Int64
	trap     net.Listener
	looked   atomic.Int64
}

func newNetwork(t *testing.T, row inside, provider *httptest.Server) *network {
	t.Helper()
	n := &network{row: row, provider: provider}
	n.public = n.provider.Listener.Addr().String()
	var err error
	n.trap, err = net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = n.trap.Close() })
	go func() {
		for {
			c, err := n.trap.Accept()
			if err != nil {
				return
			}
			n.accepted.Add(1)
			_ = c.Close()
		}
	}()
	return n
}

func newProvider(t *testing.T, serve http.HandlerFunc) *httptest.Server {
	s := httptest.NewTLSServer(serve)
	t.Cleanup(s.Close)
	return s
}

func (n *network) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	if host == "example.com" {
		return []netip.Addr{netip.MustParseAddr("93.184.215.14")}, nil
	}
	if len(n.row.answers) == 0 {
		return nil, fmt.Errorf("no such host")
	}
	i := min(int(n.looked.Add(1))-1, len(n.row.answers)-1)
	return []netip.Addr{netip.MustParseAddr(n.row.answers[i])}, nil
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	to := n.trap.Addr().String()
	if host, _, _ := net.SplitHostPort(address); host == "93.184.215.14" {
		to = n.public
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", to)
}

// policy is the default one but for what the test world needs; open lets
// everything through.
func (n *network) policy(open bool) egress.Policy {
	roots := x509.NewCertPool()
	roots.AddCert(n.provider.Certificate())
	p := egress.Policy{Resolver: n, Dial: n.dial, RootCAs: roots}
	if open {
		p.Allow = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}
	}
	return p
}

// ways are the places where a tenant, or a provider, can name a host.
func ways() map[string]func(*testing.T, *network, *waygate.Gateway) error {
	integration := func(base string) waygate.Integration {
		return waygate.Integration{ID: "api", BaseURL: base, Auth: auth.Bearer{}, Actions: []waygate.Action{
			waygate.HTTPAction{ID: "get", Method: "GET", Path: "/start", Records: "$.items", Pagination: pagination.Link{}},
		}}
	}
	call := func(t *testing.T, gw *waygate.Gateway, in waygate.Integration, spec waygate.ConnectionSpec) error {
		must(t, gw.Register(t.Context(), in))
		spec.Slug, spec.Credential = "main", auth.Token("token-of-acme")
		acme := gw.Tenant("acme")
		if _, err := acme.Connect(t.Context(), "api", spec); err != nil {
			return err
		}
		for _, err := range waygate.Items[any](t.Context(), acme, "api.get", nil) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	return map[string]func(*testing.T, *network, *waygate.Gateway) error{
		"base URL": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			return call(t, gw, integration("https://example.com"), waygate.ConnectionSpec{BaseURL: "https://" + n.row.host})
		},
		"parameter": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			in := integration("https://{host}/v1")
			in.Parameters = []waygate.ConnectionParameter{{Name: "host"}}
			return call(t, gw, in, waygate.ConnectionSpec{Parameters: map[string]string{"host": n.row.host}})
		},
		"verification": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			in := integration("https://example.com")
			in.Verify = &waygate.Verification{Path: "/me"}
			return call(t, gw, in, waygate.ConnectionSpec{BaseURL: "https://" + n.row.host})
		},
		"redirect": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			return call(t, gw, integration("https://example.com/redirect"), waygate.ConnectionSpec{})
		},
		"redirect of a verification": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			in := integration("https://example.com/redirect")
			in.Verify = &waygate.Verification{Path: "/me"}
			return call(t, gw, in, waygate.ConnectionSpec{})
		},
		"next link": func(t *testing.T, n *network, gw *waygate.Gateway) error {
			in := integration("https://example.com/link")
			in.Origins = []string{"https://93.184.215.14"}
			in.Actions[0] = waygate.HTTPAction{ID: "get", Method: "GET", Path: "/start", Records: "$.items", Pagination: pagination.Link{AnyOrigin: true}}
			return call(t, gw, in, waygate.ConnectionSpec{})
		},
	}
}

// provider leads on to the row's host, by redirect or by next link.
func (n *network) serve(w http.ResponseWriter, r *http.Request) {
	target := "https://" + n.row.host + "/inside"
	switch {
	case strings.HasPrefix(r.URL.Path, "/redirect"):
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	default:
		w.Header().Set("Link", "<"+target+`>; rel="next"`)
		_, _ = io.WriteString(w, `{"items":[1]}`)
	}
}

// TestInside holds promise 3 for the network: however an address inside is
// named, by whoever, nothing is dialled; and it is the policy that keeps it so.
func TestInside(t *testing.T) {
	t.Parallel()
	var current atomic.Pointer[network] // whose provider it is; a server of each one's own would be dear
	provider := newProvider(t, func(w http.ResponseWriter, r *http.Request) { current.Load().serve(w, r) })
	denied := 0
	for form, row := range insides() {
		for way, try := range ways() {
			t.Run(way+"/"+form, func(t *testing.T) {
				for _, open := range []bool{false, true} {
					n := newNetwork(t, row, provider)
					current.Store(n)
					gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: n.policy(open), Retry: resilience.Never{}})
					must(t, err)
					err = try(t, n, gw)
					must(t, gw.Shutdown(t.Context()))
					switch accepted := n.accepted.Load(); {
					case err == nil:
						t.Errorf("open %v: no error", open)
					case !open && accepted != 0, row.never != "" && accepted != 0:
						t.Errorf("open %v: %d connections: %v", open, accepted, err)
					case open && row.never == "" && accepted == 0 && !written(way, row):
						t.Errorf("the open policy lets nothing through either: %v", err)
					case errors.Is(err, egress.ErrDenied) && !open:
						denied++
					case !open && !written(way, row):
						t.Errorf("want ErrDenied, got %v", err)
					}
				}
			})
		}
	}
	t.Logf("%d forms, %d refusals by the policy", len(insides()), denied)
	if len(insides()) < 40 || denied < 40*4 {
		t.Errorf("only %d forms and %d refusals", len(insides()), denied)
	}
}

// written says that a form is refused by how it is written, before the policy is
// asked: a parameter is labels of a host name, a link has no user.
func written(way string, row inside) bool {
	switch way {
	case "parameter":
		return strings.ContainsAny(row.host, "[]:@%") || strings.HasSuffix(row.host, ".") || row.host[0] >= 0x80
	case "next link":
		return strings.Contains(row.host, "@")
	}
	return false
}

// TestRebinding holds that an address is checked each time that a name is looked
// up: a name that was good once gains nothing by it.
func TestRebinding(t *testing.T) {
	t.Parallel()
	n := newNetwork(t, inside{answers: []string{"93.184.215.14", "10.0.0.1"}}, newProvider(t, nil))
	n.provider.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, `{}`)
	})
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: n.policy(false)})
	must(t, err)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: "https://www.example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"}}}))
	_, err = gw.Tenant("acme").Invoke(t.Context(), "api.get", nil)
	must(t, err)
	_, err = gw.Tenant("acme").Invoke(t.Context(), "api.get", nil)
	if !errors.Is(err, egress.ErrDenied) || n.accepted.Load() != 0 || n.looked.Load() != 2 {
		t.Errorf("got %v after %d look-ups, %d connections inside", err, n.looked.Load(), n.accepted.Load())
	}
	must(t, gw.Shutdown(t.Context()))
}

// TestProxyOfTheEnvironment holds that nothing goes to a proxy which the
// environment names.
func TestProxyOfTheEnvironment(t *testing.T) {
	n := newNetwork(t, inside{}, newProvider(t, nil))
	n.provider.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{}`) })
	proxy := "http://" + n.trap.Addr().String()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		t.Setenv(name, proxy)
	}
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: n.policy(false)})
	must(t, err)
	must(t, gw.Register(t.Context(), waygate.Integration{ID: "api", BaseURL: "https://example.com", Auth: auth.None{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/"}}}))
	_, err = gw.Tenant("acme").Invoke(t.Context(), "api.get", nil)
	must(t, err)
	must(t, gw.Shutdown(t.Context()))
	if got := n.accepted.Load(); got != 0 {
		t.Errorf("%d connections to the proxy", got)
	}
}
