package egress_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/secret"
)

// tour is the tour of the package documentation; it is here so that it compiles.
func tour(ctx context.Context, req *http.Request, budget *egress.Budget) error {
	transport, err := egress.New(egress.Policy{}) // https to public addresses, ports 80 and 443
	if err != nil {
		return err
	}
	client := &http.Client{
		Transport:     egress.FollowRedirects(transport),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req) // errors.Is(err, egress.ErrDenied): the policy refused it
	if err != nil {
		return err
	}
	defer egress.Drain(resp.Body)
	data, release, err := egress.ReadBody(ctx, resp.Body, transport.Policy().MaxBodyBytes, budget, "acme")
	if err != nil {
		return err
	}
	defer release()
	fmt.Println(len(data), "bytes")
	return nil
}

// An address within a cloud isn't reached, whatever name leads there.
func Example() {
	req, err := http.NewRequest(http.MethodGet, "https://169.254.169.254/latest/meta-data/", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = tour(context.Background(), req, egress.NewBudget(0, 0))
	var denied *egress.DeniedError
	if errors.As(err, &denied) {
		fmt.Println(denied)
	}
	// Output: egress: host "169.254.169.254" refused: its address is not public (link-local and metadata, RFC 3927); if it is meant to be reached, add it to Policy.Allow
}

// What can be told of a URL without looking its host up: an allowed network, a private one, and an address in
// disguise.
func ExamplePolicy_CheckURL() {
	p := egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("10.1.2.0/24")}}
	for _, raw := range []string{"https://10.1.2.3/", "https://10.9.9.9/", "https://2130706433/"} {
		u, err := url.Parse(raw)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(raw, errors.Is(p.CheckURL(u), egress.ErrDenied))
	}
	// Output:
	// https://10.1.2.3/ false
	// https://10.9.9.9/ true
	// https://2130706433/ true
}

// An unusual port, opened for the requests of one ctx.
func ExampleAllowOrigin() {
	u := &url.URL{Scheme: "https", Host: "git.example.com:8443"}
	ctx := context.Background()
	fmt.Println(egress.Policy{}.CheckURLContext(ctx, u) == nil)
	ctx = egress.AllowOrigin(ctx, "https://git.example.com:8443")
	fmt.Println(egress.Policy{}.CheckURLContext(ctx, u) == nil)
	// Output:
	// false
	// true
}

// Two ways to write one origin (RFC 6454).
func ExampleSameOrigin() {
	a := &url.URL{Scheme: "https", Host: "API.example.com"}
	b := &url.URL{Scheme: "https", Host: "api.example.com:443", Path: "/v1"}
	fmt.Println(egress.Origin(b), egress.SameOrigin(a, b))
	// Output: https://api.example.com:443 true
}

// Bodies are read up to a bound, and count towards a budget of all until they are released.
func ExampleReadBody() {
	budget := egress.NewBudget(1000, 500)
	data, release, err := egress.ReadBody(context.Background(), strings.NewReader("hello"), 100, budget, "acme")
	fmt.Println(string(data), err, budget.InUse())
	release()
	_, _, err = egress.ReadBody(context.Background(), strings.NewReader("hello"), 3, budget, "acme")
	fmt.Println(err, budget.InUse())
	// Output:
	// hello <nil> 5
	// egress: body is larger than 3 bytes; ask for less at a time or raise Policy.MaxBodyBytes 0
}

// A client certificate that can't be used: the error names the field, and says nothing of the key.
func ExampleNewIdentity() {
	_, err := egress.NewIdentity(secret.New("-----BEGIN CERTIFICATE-----"), secret.New("not a key"), "")
	var bad *egress.IdentityError
	if errors.As(err, &bad) {
		fmt.Println(bad.Field)
	}
	fmt.Println(err)
	// Output:
	// Certificate
	// egress: Identity.Certificate: holds no certificate that can be read; give it in PEM, the client's own first
}

// A transport that shows a client certificate to one origin, wherever redirects lead.
func ExampleWithIdentity() {
	home := &url.URL{Scheme: "https", Host: "api.example.com"}
	var identity *egress.Identity // of NewIdentity
	guard, err := egress.New(egress.Policy{})
	if err != nil {
		fmt.Println(err)
		return
	}
	hop := sender(func(req *http.Request) (*http.Response, error) {
		if egress.SameOrigin(req.URL, home) {
			req = req.WithContext(egress.WithIdentity(req.Context(), identity))
		}
		return guard.RoundTrip(req)
	})
	client := &http.Client{Transport: egress.FollowRedirects(hop)}
	_, err = client.Get("https://[::1]/")
	fmt.Println(errors.Is(err, egress.ErrDenied))
	// Output: true
}

type sender func(*http.Request) (*http.Response, error)

func (s sender) RoundTrip(req *http.Request) (*http.Response, error) { return s(req) }

// A proxy with a password: nothing prints it.
func ExamplePolicy_proxy() {
	p := egress.Policy{Proxy: &url.URL{Scheme: "https", Host: "proxy.internal:3128", User: url.UserPassword("us", "hunter2")}}
	raw, err := json.Marshal(struct{ Proxy any }{p})
	fmt.Println(strings.Contains(string(raw), "hunter2"), strings.Contains(fmt.Sprintf("%+v", p), "hunter2"), err)
	p.Proxy = &url.URL{Scheme: "socks5", Host: "proxy.internal:1080"}
	fmt.Println(p.Validate())
	// Output:
	// false false <nil>
	// egress: Policy.Proxy: is a SOCKS proxy, which takes its password in clear and gives no reason when it refuses; use an https or http proxy
}

// A body that says nothing for too long ends its request.
func ExampleIdleTimeout() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	silent, _ := io.Pipe() // the body of a response to a request under ctx
	body := egress.IdleTimeout(silent, time.Millisecond, func(cause error) {
		cancel(cause)
		_ = silent.Close() // as the body of a response does when its context ends
	})
	defer func() { _ = body.Close() }()
	_, err := io.ReadAll(body)
	fmt.Println(err)
	fmt.Println(context.Cause(ctx))
	// Output:
	// egress: no byte of the body came for 1ms; try again, or allow for longer pauses
	// egress: no byte of the body came for 1ms; try again, or allow for longer pauses
}
