// Command server is a web service that serves its own users through the gateway: they
// log in, connect their company's account by OAuth 2, and see what the provider has
// of them; failures become statuses of the service's own, and a shutdown waits for
// what is under way. service.go is what to copy; here it is driven: by two browsers,
// over loopback, against an authorization server that isn't of our making.
//
//	go run ./examples/server
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	provider, err := fositeserver.Start(fositeserver.Options{})
	if err != nil {
		return err
	}
	defer provider.Close()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	base := "http://" + listener.Addr().String()
	underWay := make(chan struct{})
	gw, err := newGateway(ctx, provider, base+"/oauth/contacts", underWay)
	if err != nil {
		return err
	}
	s := &service{gw: gw, sessions: map[string]session{}, users: map[string]user{
		"ada": {"secret of ada", "acme"}, "bob": {"secret of bob", "globex"},
	}}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() { served <- s.serve(ctx, listener) }()

	v := visit{ctx: context.WithoutCancel(ctx), out: out, base: base}
	ada, bob := provider.NewBrowser("ada"), provider.NewBrowser("bob")
	v.get(ada, "ada, not logged in", "/whoami")
	v.post(ada, "ada logs in", "/login", url.Values{"user": {"ada"}, "password": {"secret of ada"}})
	v.get(ada, "ada, nothing connected", "/whoami")
	v.post(ada, "ada connects, and is back", "/connect/contacts", nil)
	v.post(bob, "bob logs in", "/login", url.Values{"user": {"bob"}, "password": {"secret of bob"}})
	v.get(bob, "bob, of another customer", "/whoami")
	v.err = errors.Join(v.err, provider.Leave())
	v.get(ada, "ada, the provider away", "/whoami")
	v.err = errors.Join(v.err, provider.Return())
	v.get(ada, "ada, the provider back", "/whoami")
	v.err = errors.Join(v.err, provider.KillSubject("ada")) // as she does it in the provider's settings
	v.get(ada, "ada, who took the grant away", "/whoami")
	v.post(ada, "ada connects again", "/connect/contacts", nil)

	answered := make(chan struct{})
	go func() { defer close(answered); v.get(ada, "ada's report, under way at shutdown", "/report") }()
	select {
	case <-underWay:
	case <-answered:
	}
	stop()
	<-answered
	if v.err = errors.Join(v.err, <-served); v.err != nil {
		return v.err
	}
	_, err = gw.Tenant("acme").Invoke(v.ctx, "contacts.whoami", nil)
	fmt.Fprintln(out, "the gateway is shut down:", errors.Is(err, waygate.ErrConfig))
	return nil
}

// visit is what browsers do. Its first error ends it.
type visit struct {
	ctx  context.Context
	out  io.Writer
	base string
	err  error
}

func (v *visit) get(b *fositeserver.Browser, who, path string) {
	if v.err == nil {
		resp, err := b.Visit(v.ctx, v.base+path)
		v.tell(who, resp, err)
	}
}

// post submits a form, and goes where that leads: to the provider, who asks to log in and for consent, and back.
func (v *visit) post(b *fositeserver.Browser, who, path string, form url.Values) {
	if v.err != nil {
		return
	}
	resp, err := b.Client.PostForm(v.base+path, form)
	if err == nil && resp.StatusCode == http.StatusSeeOther {
		_ = resp.Body.Close()
		resp, err = b.Visit(v.ctx, resp.Header.Get("Location"))
	}
	v.tell(who, resp, err)
}

func (v *visit) tell(who string, resp *http.Response, err error) {
	if v.err = err; err != nil {
		return
	}
	defer func() { _ = resp.Body.Close() }()
	var body struct{ Sub, Error, Hint string }
	_ = json.NewDecoder(resp.Body).Decode(&body) // a 204 has none
	fmt.Fprintln(v.out, strings.TrimSpace(fmt.Sprint(who, ": ", resp.StatusCode, " ", body.Sub+body.Error, " ", body.Hint)))
}
