// Command stripe calls Stripe's API from a catalogue: two integrations in YAML
// files, embedded in the program. It shows
//
//   - a key that is proved before it is saved,
//   - forms: nested objects, lists, lists of objects, a file,
//   - answers that say what was wrong, and what the error makes of them,
//   - idempotency keys, pages, a request that is only shown.
//
// It talks to stripe-mock, Stripe's own stand-in for tests, which it builds and
// starts on a loopback address:
//
//	go run ./examples/stripe
//
// What it prints was compared with stripe-mock's log. That is stateless: it
// checks parameters, but forgets them; a list has one item; any id exists.
package main

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"syscall"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/examples/internal/stripemock"
	"github.com/waygate-go/waygate/store/memory"
)

//go:embed catalogue
var definitions embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "stripe:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	stripe, err := stripemock.Start(ctx)
	if err != nil {
		return err
	}
	defer stripe.Close()
	gw, err := newGateway(ctx, stripe.Addr)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	s := &story{out: out, stripe: stripe, gw: gw, acme: gw.Tenant("acme"), key: "sk_test_" + rand.Text()}
	for _, chapter := range []func(context.Context){
		s.connect, s.customer, s.paymentIntent, s.refused, s.idempotent, s.lists, s.unknown, s.file,
	} {
		if s.err == nil {
			chapter(ctx)
			s.check("requests that the story doesn't tell of", len(stripe.Log), 0)
		}
	}
	return s.err
}

// newGateway knows what the catalogue says, and nothing else of Stripe.
func newGateway(ctx context.Context, addr netip.AddrPort) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{
		Store:        memory.New(),
		RecordBodies: true, // to see what was sent
		Egress: egress.Policy{
			Allow: []netip.Prefix{netip.PrefixFrom(addr.Addr(), 32)}, Ports: []uint16{addr.Port()}, AllowHTTP: true,
		},
	})
	if err != nil {
		return nil, err
	}
	return gw, catalogue.Register(ctx, gw, definitions)
}
