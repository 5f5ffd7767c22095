package main

import (
	"context"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/internal/e2e/fositeserver"
	"github.com/waygate-go/waygate/resilience"
	"github.com/waygate-go/waygate/secret"
	"github.com/waygate-go/waygate/store/memory"
)

// newGateway knows the provider, and the client that the platform has there.
func newGateway(ctx context.Context, provider *fositeserver.Server, redirect string, underWay chan struct{}) (*waygate.Gateway, error) {
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: provider.Policy()})
	if err != nil {
		return nil, err
	}
	report := waygate.ActionFunc(waygate.ActionInfo{ID: "report"}, func(ctx context.Context, c *waygate.Call) (*waygate.Response, error) {
		close(underWay)
		select { // it takes its time
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
		}
		res, err := c.Invoke(ctx, "whoami", nil)
		if err != nil {
			return nil, err
		}
		return &waygate.Response{Value: res.Value()}, nil
	})
	err = gw.Replace(ctx, waygate.Integration{
		ID: "contacts", BaseURL: provider.URL() + "/api", Retry: resilience.Never{},
		Auth: auth.OAuth2{
			AuthorizeURL: provider.AuthorizeURL(), TokenURL: provider.TokenURL(), RevokeURL: provider.RevokeURL(),
			Issuer: provider.URL(), Scopes: []string{"contacts.read"}, ClientAuth: auth.ClientAuthBasic,
		},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "whoami", Method: "GET", Path: "/me"}, report},
	})
	if err != nil {
		return nil, err
	}
	provider.AllowRedirect(redirect)
	_, err = gw.PutApp(ctx, waygate.App{
		Integration: "contacts", ID: "main", RedirectURLs: []string{redirect},
		Client: auth.Client{ID: provider.ClientID(), Secret: secret.New(provider.ClientSecret())},
	})
	return gw, err
}
