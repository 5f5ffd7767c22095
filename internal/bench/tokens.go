package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// coldCalls are in a batch of calls whose token has to be renewed: each has a connection of its own.
const coldCalls = 50

// tokens are calls with an OAuth token, by x/oauth2 and by Waygate. Cold ones have a token that is over and a refresh token.
func (b *bench) tokens(warm bool) []entrant {
	hand, ours := &oauthByHand{url: b.url, warm: warm}, &oauthConnections{g: b.gateways[engineFirst], warm: warm}
	return []entrant{
		{name: nameOAuth2, before: hand.before, call: hand.call},
		{name: nameWaygate, before: ours.before, call: ours.call},
	}
}

// oauthByHand makes a client of x/oauth2 for each connection; their transport is shared.
type oauthByHand struct {
	url     string
	warm    bool
	base    *http.Client
	clients []*http.Client
}

func (o *oauthByHand) before(ctx context.Context, n int) error {
	if o.base == nil {
		o.base = &http.Client{Transport: transport(), Timeout: perAttempt}
	}
	if o.warm && o.clients != nil {
		return nil
	}
	if o.warm {
		n = 1
	}
	config := &oauth2.Config{ClientID: "bench", ClientSecret: "secret-of-the-bench",
		Endpoint: oauth2.Endpoint{TokenURL: o.url + "/token", AuthStyle: oauth2.AuthStyleInParams}}
	ctx = context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, o.base)
	o.clients = make([]*http.Client, n)
	for i := range o.clients {
		o.clients[i] = config.Client(ctx, &oauth2.Token{AccessToken: "token-that-is-over", RefreshToken: fmt.Sprint("refresh-", i), Expiry: time.Now().Add(-time.Hour)})
		o.clients[i].Timeout = perAttempt
	}
	if o.warm {
		return o.call(ctx, 0)
	}
	return nil
}

func (o *oauthByHand) call(ctx context.Context, i int) error {
	client := o.clients[i%len(o.clients)]
	send := func(ctx context.Context, method, url, _ string, _ []byte) (*http.Response, error) {
		req, err := http.NewRequestWithContext(ctx, method, url, nil)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Accept", "application/json")
		return client.Do(req)
	}
	data, _, err := sender(send).read(ctx, http.MethodGet, o.url+"/accounts/a1/contacts", "", nil)
	if err != nil {
		return err
	}
	var list []contact
	err = json.Unmarshal(data, &list)
	return wanted(len(list), len(contacts(1<<10)), err)
}

// oauthConnections makes a connection of Waygate's for each call.
type oauthConnections struct {
	g    *gateway
	warm bool
	made int
	on   []waygate.Option
}

func (o *oauthConnections) before(ctx context.Context, n int) error {
	if o.warm && o.on != nil {
		return nil
	}
	if o.warm {
		n = 1
	}
	o.on = nil
	for range n {
		o.made++
		slug := fmt.Sprintf("t%v-%d", o.warm, o.made)
		_, err := o.g.tenants[0].Connect(ctx, "crm-oauth", waygate.ConnectionSpec{Slug: slug, App: "main",
			Credential: auth.Grant("token-that-is-over", fmt.Sprintf("refresh-%v-%d", o.warm, o.made), time.Now().Add(-time.Hour))})
		if err != nil {
			return err
		}
		o.on = append(o.on, waygate.On(slug))
	}
	if o.warm {
		return o.call(ctx, 0)
	}
	return nil
}

func (o *oauthConnections) call(ctx context.Context, i int) error {
	o.g.calls.Add(1)
	list, err := waygate.Invoke[[]contact](ctx, o.g.tenants[0], "crm-oauth.get", map[string]any{"account": "a1"}, o.on[i%len(o.on)])
	return wanted(len(list), len(contacts(1<<10)), err)
}
