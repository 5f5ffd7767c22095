package hostile_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/egress"
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
// is asked decides where it leads: the query has a target, to, and says whether that stands in a next link (want) or in
// a redirect (status). What follows a space in the target is where the target leads in its turn.
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
	where := r.URL.Query().Get("to")
	back := ""
	if i := strings.Index(where, " "); i > 0 { // A→B→A
		where, back = where[:i], "?to="+url.QueryEscape(where[i+1:])
	}
	target := where + r.URL.Path + back
	switch r.URL.Query().Get("want") {
	case "link":
		if where != "" {
			w.Header().Set("Link", "<"+target+`>; rel="next"`)
		}
	case "body":
		if where != "" {
			_, _ = fmt.Fprintf(w, `{"items":[1],"next":%q}`, target)
			return
		}
	default:
		if where != "" {
			redirect(w, target, r.URL.Query().Get("status"), back != "")
			return
		}
	}
	_, _ = io.WriteString(w, `{"items":[1]}`)
}

// redirect leads to a target, which leads on with the same status if there is somewhere to go.
func redirect(w http.ResponseWriter, target, status string, on bool) {
	code, err := strconv.Atoi(status)
	if err != nil {
		code = http.StatusFound
	}
	if on {
		target += "&status=" + status
	}
	w.Header().Set("Location", target)
	w.WriteHeader(code)
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
