// Command oauth connects a customer's account by OAuth 2 and keeps the connection
// alive. It shows
//
//   - an app of the platform's, and the authorization code flow with PKCE: a page
//     of the host that begins it, the callback that ends it, and the cookie that
//     ties both to one browser,
//   - a token that expires and is renewed, once, whoever asks,
//   - a grant that the person takes away at the provider: the connection then
//     needs a re-auth, and gets it,
//   - tokens that are given back when the connection is removed.
//
// The provider is an authorization server that isn't of our making, ory/fosite, on a
// loopback address. It rotates refresh tokens, and ends a grant whose refresh token
// comes twice. The program plays the person with the browser, too:
//
//	go run ./examples/oauth
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// lifetime is that of an access token here: real ones live for an hour or so.
const lifetime = 4 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "oauth:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) (err error) {
	provider, err := fositeserver.Start(fositeserver.Options{TLS: true, Lifetime: lifetime})
	if err != nil {
		return err
	}
	defer provider.Close()
	s := &story{out: out, provider: provider}
	if s.gw, err = newGateway(ctx, provider, s); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.gw.Shutdown(context.WithoutCancel(ctx))) }()
	s.acme = s.gw.Tenant("acme")
	if s.host, err = newHost(s.gw); err != nil {
		return err
	}
	defer s.host.Close()

	for _, chapter := range []func(context.Context){
		s.app, s.connect, s.stranger, s.expired, s.takenAway, s.again, s.disconnect,
	} {
		if s.err == nil {
			chapter(ctx)
		}
	}
	return s.err
}

// newGateway knows one integration, whose tokens the provider gives.
func newGateway(ctx context.Context, provider *fositeserver.Server, observer waygate.Observer) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{
		Store:     memory.New(),
		Egress:    provider.Policy(),
		Observers: []waygate.Observer{observer},
	})
	if err != nil {
		return nil, err
	}
	return gw, gw.Register(ctx, waygate.Integration{
		ID: "contacts", BaseURL: provider.URL() + "/api",
		Auth: auth.OAuth2{
			AuthorizeURL: provider.AuthorizeURL(), TokenURL: provider.TokenURL(), RevokeURL: provider.RevokeURL(),
			Issuer: provider.URL(), Scopes: []string{"contacts.read"}, ClientAuth: auth.ClientAuthBasic,
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}},
	})
}

// putApp registers the platform's client, as its developers got it from the provider.
func putApp(ctx context.Context, gw *waygate.Gateway, provider *fositeserver.Server, redirect string) (*waygate.AppInfo, error) {
	provider.AllowRedirect(redirect)
	return gw.PutApp(ctx, waygate.App{
		Integration: "contacts", ID: "main", RedirectURLs: []string{redirect},
		Client: auth.Client{ID: provider.ClientID(), Secret: secret.New(provider.ClientSecret())},
	})
}
