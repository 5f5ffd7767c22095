package egress_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"github.com/waygate-go/waygate/egress"
)

// errReached is what a connection that the policy let through comes to.
var errReached = errors.New("reached")

// reaches makes a Transport of which nothing goes out.
func reaches(t *testing.T, p egress.Policy) *egress.Transport {
	t.Helper()
	p.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errReached }
	p.Resolver = anyName(publicAddr)
	return mustNew(t, p)
}

// TestPassedOnceJudgedAgain sends requests to URLs that share what a Transport remembers with one that passed: it says
// of each what the policy says of it alone, in whatever order they come.
func TestPassedOnceJudgedAgain(t *testing.T) {
	t.Parallel()
	for _, plainToo := range []bool{true, false} {
		policy := egress.Policy{Ports: []uint16{8080}, Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")},
			Deny: []netip.Prefix{netip.MustParsePrefix("9.9.9.9/32")}, AllowHTTP: plainToo}
		cases, transport := passings(t, policy), reaches(t, policy)
		for _, step := range []int{1, 7, 11} { // which share no divisor with the number of cases
			for i := range cases {
				cases[i*step%len(cases)].check(t, transport)
			}
		}
	}
}

// passings are URLs that are much alike, with what a policy says of them under contexts that open other ports.
func passings(t *testing.T, policy egress.Policy) (cases []passing) {
	opened := egress.AllowOrigin(t.Context(), "https://api.example.com:8443")
	elsewhere := egress.AllowOrigin(t.Context(), "https://other.example.com:8443")
	for _, ctx := range []context.Context{t.Context(), opened, elsewhere} {
		for _, text := range []string{
			"https://api.example.com/v1", "https://api.example.com:443", "https://api.example.com:8443/", "https://api.example.com:8080",
			"https://api.example.com:9000", "https://other.example.com:8443", "https://API.example.com:8443", "https://127.0.0.2",
			"https://127.0.0.1", "https://127.0.0.2:8443", "https://9.9.9.9", "https://[::1]",
		} {
			u := parse(t, text)
			plain, named, opaque := *u, *u, *u
			plain.Scheme, named.User, opaque.Opaque = "http", url.UserPassword("a", "b"), "api.example.com/x"
			for _, x := range []*url.URL{u, &plain, &named, &opaque} {
				cases = append(cases, passing{ctx, x, policy.CheckURLContext(ctx, x) == nil})
			}
		}
	}
	return cases
}

// passing is a URL and what the policy says of it.
type passing struct {
	ctx     context.Context
	url     *url.URL
	allowed bool
}

func (p passing) check(t *testing.T, transport *egress.Transport) {
	t.Helper()
	_, err := transport.RoundTrip((&http.Request{Method: "GET", URL: p.url, Header: http.Header{}}).WithContext(p.ctx))
	if denied, reached := errors.Is(err, egress.ErrDenied), errors.Is(err, errReached); denied == reached || reached != p.allowed {
		t.Errorf("%s: %v, but allowed is %v", p.url, err, p.allowed)
	}
}

// TestPassedByMany has goroutines call more origins than are remembered, half of them refused.
func TestPassedByMany(t *testing.T) {
	t.Parallel()
	transport := reaches(t, egress.Policy{})
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 300 {
				n := (i*(g+1) + g) % 150
				passing{t.Context(), parse(t, fmt.Sprintf("https://h%d.example.com", n)), true}.check(t, transport)
				passing{t.Context(), parse(t, fmt.Sprintf("https://h%d.example.com:8443", n)), false}.check(t, transport)
			}
		})
	}
	all.Wait()
}
