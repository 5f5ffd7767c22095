// Command registry keeps container images in an OCI registry, from a catalogue
// file and one action in Go. It shows
//
//   - what a file can say: names with slashes, a body with a media type of its
//     own, pages by Link header, an answer that is read while it comes, answers
//     that say what was wrong,
//   - what it can't, and how Go helps out: an upload that goes where the answer
//     before said,
//   - both as actions of one integration, over one connection.
//
// The registry is that of the CNCF; it runs in this process, on a loopback
// address, and checks user and password itself:
//
//	go run ./examples/registry
//
// What it prints was compared with what it pushed, and with the registry's log.
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

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/catalogue"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

//go:embed catalogue
var definitions embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	password := rand.Text()
	server, err := startRegistry(ctx, password)
	if err != nil {
		return err
	}
	defer server.close()
	gw, err := newGateway(ctx, server.addr)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()

	s := &story{out: out, registry: server, acme: gw.Tenant("acme"), password: password}
	for _, chapter := range []func(context.Context){s.connect, s.push, s.list, s.read, s.remove, s.records} {
		if s.err == nil {
			chapter(ctx)
		}
	}
	return s.err
}

// newGateway has the actions of the catalogue, and the one in Go.
func newGateway(ctx context.Context, addr netip.AddrPort) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{
		Allow: []netip.Prefix{netip.PrefixFrom(addr.Addr(), 32)}, Ports: []uint16{addr.Port()}, AllowHTTP: true,
	}})
	if err != nil {
		return nil, err
	}
	integrations, err := catalogue.Parse(gw, definitions)
	if err != nil {
		return nil, err
	}
	for _, in := range integrations {
		if in.ID == "registry" {
			in.Actions = append(in.Actions, pushBlob())
		}
		if err := gw.Register(ctx, in); err != nil {
			return nil, err
		}
	}
	return gw, nil
}
