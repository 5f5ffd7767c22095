package egress_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/waygate-go/waygate/egress"
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

func ExampleSameOrigin() {
	a := &url.URL{Scheme: "https", Host: "API.example.com"}
	b := &url.URL{Scheme: "https", Host: "api.example.com:443", Path: "/v1"}
	fmt.Println(egress.Origin(b), egress.SameOrigin(a, b))
	// Output: https://api.example.com:443 true
}

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
