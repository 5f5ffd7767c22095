package waygate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/store/memory"
)

// bareServer is the URL of a server that answers every request with body, and allocates nothing for one.
func bareServer(tb testing.TB, body []byte) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	answer := append(fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", len(body)), body...)
	var served sync.WaitGroup
	tb.Cleanup(served.Wait)
	tb.Cleanup(func() { _ = l.Close() })
	served.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(tb.Context(), func() { _ = conn.Close() })
			served.Go(func() {
				defer stop()
				defer func() { _ = conn.Close() }()
				var room [8 << 10]byte
				for n := 0; ; {
					m, err := conn.Read(room[n:])
					if err != nil {
						return
					}
					if n += m; !bytes.HasSuffix(room[:n], []byte("\r\n\r\n")) {
						continue
					}
					if _, err := conn.Write(answer); err != nil {
						return
					}
					n = 0
				}
			})
		}
	})
	return "http://" + l.Addr().String()
}

// bareCalls are the same exchange, a GET of 1 KB that is decoded, by net/http and by a gateway with its limits, circuits,
// retries and records.
func bareCalls(tb testing.TB) (byHand, byGateway func(context.Context) error) {
	hand, gateway := bareCallsOver(tb, 1)
	return func(ctx context.Context) error { return hand(ctx, 0) }, func(ctx context.Context) error { return gateway(ctx, 0) }
}

// bareCallsOver is bareCalls over so many connections of as many tenants; n chooses one.
func bareCallsOver(tb testing.TB, connections int) (byHand, byGateway func(ctx context.Context, n int) error) {
	tb.Helper()
	url := bareServer(tb, oneKB())
	gw, err := waygate.New(waygate.Config{Store: memory.New(memory.RecordLimit(1000)), Egress: loopback(tb, url)})
	must(tb, err)
	must(tb, gw.Register(tb.Context(), waygate.Integration{ID: "crm", BaseURL: url + "/v1", Auth: auth.Bearer{},
		Limits:  []resilience.Limit{{Rate: 1e9}},
		Retry:   resilience.Exponential{},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/accounts/{account}/contacts"}},
	}))
	var tenants []*waygate.Tenant
	for i := range connections {
		tenants = append(tenants, connect(tb, gw, fmt.Sprint("tenant-", i), "crm", auth.Token("a-token-of-the-crm")))
	}
	in := map[string]any{"account": "a1", "name": "Ada"}
	byGateway = func(ctx context.Context, n int) error {
		_, err := waygate.Invoke[[]contact](ctx, tenants[n%connections], "crm.get", in)
		return err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	tb.Cleanup(transport.CloseIdleConnections)
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	byHand = func(ctx context.Context, _ int) error {
		return exchangeByHand(ctx, client, url+"/v1/accounts/a1/contacts?name=Ada")
	}
	return byHand, byGateway
}

// exchangeByHand is the exchange with net/http and encoding/json.
func exchangeByHand(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer a-token-of-the-crm")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return err
	}
	var list []contact
	return json.Unmarshal(data, &list)
}

// TestBareCallAllocations: a call with all that the gateway does costs at most 40 allocations more than the exchange
// alone, over a real connection.
func TestBareCallAllocations(t *testing.T) {
	if raceEnabled {
		return // it allocates too
	}
	byHand, byGateway := bareCalls(t)
	count := func(call func(context.Context) error) float64 {
		return testing.AllocsPerRun(500, func() { must(t, call(t.Context())) })
	}
	hand, gateway := count(byHand), count(byGateway)
	t.Logf("net/http and json.Unmarshal: %v allocations, a call: %v", hand, gateway)
	if gateway > hand+40 {
		t.Errorf("a call takes %v allocations, net/http and json.Unmarshal take %v: want at most 40 more", gateway, hand)
	}
}

// TestWarmTokenAllocations: a token of OAuth 2.0 that isn't due costs what one costs that never expires.
func TestWarmTokenAllocations(t *testing.T) {
	if raceEnabled {
		return
	}
	url := bareServer(t, oneKB())
	gw, err := waygate.New(waygate.Config{Store: memory.New(memory.RecordLimit(1000)), Egress: loopback(t, url)})
	must(t, err)
	count := func(id string, scheme auth.Scheme, credential auth.Credential) float64 {
		must(t, gw.Register(t.Context(), waygate.Integration{ID: id, BaseURL: url + "/v1", Auth: scheme,
			Actions: []waygate.Action{waygate.HTTPAction{ID: "get", Method: "GET", Path: "/contacts"}}}))
		acme := connect(t, gw, "acme", id, credential)
		return testing.AllocsPerRun(500, func() {
			_, err := waygate.Invoke[[]contact](t.Context(), acme, id+".get", nil)
			must(t, err)
		})
	}
	bearer := count("bearer", auth.Bearer{}, auth.Token("a-token-of-the-crm"))
	oauth := count("oauth", auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: url + "/token"},
		auth.Grant("a-token-of-the-crm", "", time.Now().Add(time.Hour)))
	t.Logf("bearer: %v allocations, a warm token: %v", bearer, oauth)
	if oauth > bearer {
		t.Errorf("a call with a warm token takes %v allocations, with a bearer %v", oauth, bearer)
	}
}

// BenchmarkBareCall measures both ways in turn, so that what else the machine does falls on both.
func BenchmarkBareCall(b *testing.B) {
	byHand, byGateway := bareCalls(b)
	const calls = 20
	timed := func(call func(context.Context) error) float64 {
		start := time.Now()
		for range calls {
			if err := call(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		return float64(time.Since(start).Microseconds()) / calls
	}
	var hands, gateways, ratios []float64
	for b.Loop() {
		hand, gateway := timed(byHand), timed(byGateway)
		hands, gateways, ratios = append(hands, hand), append(gateways, gateway), append(ratios, gateway/hand)
	}
	for name, list := range map[string][]float64{"hand-µs": hands, "gateway-µs": gateways, "×net/http": ratios} {
		slices.Sort(list)
		b.ReportMetric(list[len(list)/2], name)
	}
}
