// Command openapi makes actions of an API document, and calls them: all of
// Stripe's API, of the OpenAPI document that lies in stripe-mock's module. It
// shows
//
//   - a document that is loaded and imported, and what the report tells,
//   - an input for each action, made up from the schema that the import gave it,
//   - calls of all of them, which stripe-mock holds to its own reading of the document.
//
// stripe-mock is Stripe's own stand-in for tests. It is built and started on a
// loopback address:
//
//	go run ./examples/openapi
//
// Each line of the list is an operation that stripe-mock answered, and whose
// parameters it read, by its log, as they were meant. The inputs are made with
// a seed, so that they are the same each time.
package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/examples/internal/stripemock"
	"github.com/waygate-go/waygate/openapi"
	"github.com/waygate-go/waygate/store/memory"
)

// seed of the inputs: another one makes other inputs.
const seed = 6735

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	res, err := imported(ctx)
	if err != nil {
		return err
	}
	rep := res.Report
	if _, err := fmt.Fprintf(out, "%s %s (OpenAPI %s): %d operations = %d imported + %d filtered + %d skipped; %d notes\n\n",
		rep.Title, rep.Version, rep.Format, rep.Total, rep.Imported, rep.Filtered, rep.Skipped, len(rep.Notes)); err != nil {
		return err
	}
	stripe, err := stripemock.Start(ctx)
	if err != nil {
		return err
	}
	defer stripe.Close()
	gw, err := newGateway(ctx, stripe.Addr, res.Integration)
	if err != nil {
		return err
	}
	defer func() { _ = gw.Shutdown(context.WithoutCancel(ctx)) }()
	t, err := drive(ctx, out, stripe, gw.Tenant("acme"), res.Integration, seed)
	if err != nil {
		return err
	}
	return t.tell(out)
}

// imported is what becomes of Stripe's document.
func imported(ctx context.Context) (*openapi.Result, error) {
	path, err := stripemock.Document(ctx)
	if err != nil {
		return nil, err
	}
	doc, err := openapi.Load(ctx, openapi.File(os.DirFS(filepath.Dir(path)), filepath.Base(path)), openapi.Options{})
	if err != nil {
		return nil, err
	}
	return doc.Import(ctx, openapi.ImportOptions{ID: "stripe"})
}

// newGateway knows of Stripe what the document says. acme's connection leads to stripe-mock.
func newGateway(ctx context.Context, addr netip.AddrPort, in waygate.Integration) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{
		Allow: []netip.Prefix{netip.PrefixFrom(addr.Addr(), 32)}, Ports: []uint16{addr.Port()}, AllowHTTP: true,
	}})
	if err != nil {
		return nil, err
	}
	if err := gw.Register(ctx, in); err != nil {
		return nil, err
	}
	_, err = gw.Tenant("acme").Connect(ctx, in.ID, waygate.ConnectionSpec{
		Slug: "main", BaseURL: "http://" + addr.String(), Credential: auth.Token("sk_test_6735"),
	})
	return gw, err
}
