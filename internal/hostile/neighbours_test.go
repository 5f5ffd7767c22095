package hostile_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
)

// TestNeighbours lets one of fifty tenants have a provider whose bodies grow to the limit and never end. It uses up its
// own share of the bytes in flight, and nothing else: the others' calls, also with bodies of some size, succeed
// meanwhile.
func TestNeighbours(t *testing.T) {
	t.Parallel()
	inChild(t, roomy, neighbours)
}

func neighbours(t *testing.T) {
	const size, tenants = 256 << 10, 50
	evil := listen(t, &provider{serve: func(x *exchange) {
		x.ok("")
		for range 15 { // 240 KiB, and then a byte now and then
			if _, err := x.Write(make([]byte, size/16)); err != nil {
				return
			}
		}
		x.slowly("a")
	}}, nil)
	kind := listen(t, &provider{serve: func(x *exchange) { x.whole(200, "", `"`+strings.Repeat("a", 50<<10)+`"`) }}, nil)
	gw, down := gateway(t, egress.Policy{
		Allow: policy().Allow, AllowHTTP: true, IdleConnTimeout: 20 * time.Millisecond,
		MaxBodyBytes: size, MaxTenantBytes: 2 * size, MaxInFlightBytes: 5 * size,
	}, func(c *waygate.Config) { c.AttemptTimeout = 20 * time.Second })
	must(t, gw.Register(t.Context(), api("evil", "http://127.0.0.1:"+itoa(int(evil.port)))))
	must(t, gw.Register(t.Context(), api("kind", "http://127.0.0.1:"+itoa(int(kind.port)))))

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var harm, calls sync.WaitGroup
	mallory := connect(t, gw, "mallory", "evil", auth.Token(canary))
	for range 32 {
		harm.Go(func() {
			if _, err := mallory.Invoke(ctx, "evil.bytes", nil); kindOf(t, err) != waygate.KindCanceled {
				t.Errorf("the hostile call ended with %v", err)
			}
		})
	}
	for evil.asked.Load() < 32 {
		time.Sleep(10 * time.Millisecond)
	}
	for i := range tenants - 1 {
		one := connect(t, gw, fmt.Sprintf("tenant-%d", i), "kind", auth.Token(canary))
		calls.Go(func() {
			for range 4 {
				if _, err := one.Invoke(ctx, "kind.get", nil, waygate.Timeout(15*time.Second)); err != nil {
					t.Errorf("%s: %v", one.ID(), err)
				}
			}
		})
	}
	calls.Wait()
	cancel()
	harm.Wait()
	quiet(t)
	connect(t, gw, "last", "kind", auth.Token(canary))
	if _, err := gw.Tenant("last").Invoke(t.Context(), "kind.good", nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	down()
	quiet(t)
}
