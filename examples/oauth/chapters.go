package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/waygate-go/waygate"
)

// app: the platform has registered one OAuth client for all its customers.
func (s *story) app(ctx context.Context) {
	s.title("An app of the platform's")
	info, err := putApp(ctx, s.gw, s.provider, s.host.redirectURL())
	if err != nil {
		s.fail(err)
		return
	}
	s.check("the app shows the secret", strings.Contains(fmt.Sprintf("%+v", info), s.provider.ClientSecret()), false)
	s.say("app %s of %s, %s", info.ID, info.Integration, info.Status)
}

// browse opens a page of the host's as the person, and wants to end somewhere.
func (s *story) browse(ctx context.Context, page, end string, status int) {
	browser := s.provider.NewBrowser("ada")
	browser.Trust(s.host.RootPEM())
	resp, err := browser.Visit(ctx, s.host.URL()+page)
	if err != nil {
		s.fail(err)
		return
	}
	_ = resp.Body.Close()
	s.check("where the browser is", []any{resp.Request.URL.String(), resp.StatusCode}, []any{s.host.URL() + end, status})
}

// connect: the browser goes from the host to the provider, where Ada logs in and
// consents, and back.
func (s *story) connect(ctx context.Context) {
	s.title("Ada connects her account")
	s.browse(ctx, "/login", "/accounts", http.StatusOK)
	s.tokenRequests(1, 0)
	s.announced("connected")
	s.info = s.connection(ctx)
	who, err := s.whoami(ctx)
	s.fail(err)
	s.check("who it is", who, "ada")
	s.say("connected as %s with the app %s, %s; the API says: %s", s.info.Slug, s.info.App, s.info.Status, who)
}

// stranger: who gets hold of a callback's URL, or makes somebody else open it, can't
// finish the flow: it is bound to the browser that began it.
func (s *story) stranger(ctx context.Context) {
	s.title("Another browser can't finish a flow")
	a, err := s.acme.Authorize(ctx, "contacts", waygate.AuthorizeSpec{Slug: "other"})
	if err != nil {
		s.fail(err)
		return
	}
	callback, err := s.provider.NewBrowser("mallory").Authorize(ctx, a.URL)
	if err != nil {
		s.fail(err)
		return
	}
	_, err = s.acme.Complete(ctx, callback.Query(), "the cookie of Ada's browser")
	kind := s.failure(err, waygate.ErrInvalidInput).Kind
	_, err = s.acme.Complete(ctx, callback.Query(), a.Binding)
	s.failure(err, waygate.ErrInvalidInput) // one try, whoever makes it
	s.browse(ctx, "/oauth/contacts?"+callback.RawQuery, "/oauth/contacts?"+callback.RawQuery, http.StatusForbidden)
	s.tokenRequests(1, 0)
	s.say("refused as %s, before the provider was asked for a token", kind)
}

// expired: nobody notices, but for the provider. Calls that find an expired token
// wait for one renewal.
func (s *story) expired(ctx context.Context) {
	s.title("The token expires, and twenty calls find out at once")
	s.expire(ctx)
	var calls sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		calls.Go(func() { _, results[i] = s.whoami(ctx) })
	}
	calls.Wait()
	for _, err := range results {
		s.fail(err)
	}
	s.tokenRequests(1, 1)
	s.announced("refreshed")
	s.check("a later expiry", s.connection(ctx).Expires.After(s.info.Expires), true)
	s.say("one renewal, no call failed")
}

// takenAway: the person goes to the provider's settings and takes the grant away.
func (s *story) takenAway(ctx context.Context) {
	s.title("Ada takes the grant away at the provider")
	s.fail(s.provider.KillSubject("ada"))
	s.expire(ctx)
	_, err := s.whoami(ctx)
	e := s.failure(err, waygate.ErrNeedsReauth)
	info := s.connection(ctx)
	s.check("credential", []any{string(info.CredentialStatus), info.CredentialCause}, []any{"needs_reauth", "invalid_grant"})
	s.announced("needs_reauth")
	s.tokenRequests(1, 2)
	_, err = s.whoami(ctx)
	s.failure(err, waygate.ErrNeedsReauth)
	s.tokenRequests(1, 2) // isn't asked again
	s.say("%s, %s; the credential is %s because of %s", e.Kind, e.Hint, info.CredentialStatus, info.CredentialCause)
}

// again: the same way as the first time; the connection stays the same.
func (s *story) again(ctx context.Context) {
	s.title("Ada connects again")
	s.browse(ctx, "/login", "/accounts", http.StatusOK)
	info := s.connection(ctx)
	s.check("the connection's id", info.ID, s.info.ID)
	s.announced("credential_set")
	s.tokenRequests(2, 2)
	who, err := s.whoami(ctx)
	s.fail(err)
	s.say("the same connection, %s again; the API says: %s", info.CredentialStatus, who)
}

// disconnect: what isn't needed any more is given back.
func (s *story) disconnect(ctx context.Context) {
	s.title("Acme removes the connection")
	s.fail(s.acme.Disconnect(ctx, "contacts", "main"))
	_, err := s.whoami(ctx)
	s.failure(err, waygate.ErrUnresolved)
	var ends []string
	for _, f := range s.provider.Families() {
		ends = append(ends, f.Subject+" "+f.Revoked)
	}
	if len(ends) == 2 && ends[0] > ends[1] {
		ends[0], ends[1] = ends[1], ends[0]
	}
	s.check("grants", ends, []string{"ada killed", "ada revoked"})
	s.check("tokens that still work", s.provider.Stats().ActiveTokens, 0)
	s.announced("disconnected", "revoked")
	s.say("its tokens are revoked; no refresh token was ever sent twice")
}
