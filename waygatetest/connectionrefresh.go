package waygatetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// refreshes is the contract of Refresher.
func (b *connectionBench) refreshes() {
	first, next := "Bearer "+firstToken, "Bearer "+nextToken
	b.provider.On("POST /echo", Status(http.StatusUnauthorized), Echo(http.StatusOK))
	err := b.call("echo")
	if !b.h.Refreshes {
		b.fails("a 401 that can't be helped", err, waygate.ErrAuth)
		if b.sent() != 1 {
			b.Errorf("a 401 that can't be helped: %d requests were sent, want 1", b.sent())
		}
		return
	}
	if got := b.tokens(); err != nil || !slices.Equal(got, []string{first, next}) {
		b.Errorf("a 401: got %v with %q, want one repeat with the new token", err, got)
	}
	if used := b.spy.refreshed; len(used) != 1 || !sameCredential(used[0], auth.Token(firstToken)) {
		b.Errorf("Refresh was called %d times, want once with the credential that was sent", len(used))
	}
	b.provider.On("POST /echo", Status(http.StatusUnauthorized))
	b.refreshedBy("a 401 that stays", waygate.ErrAuth, 2, nil, "echo")
	b.provider.On("POST /echo", Status(http.StatusUnauthorized), Echo(http.StatusOK), Status(http.StatusUnauthorized), Echo(http.StatusOK))
	b.refreshedBy("two requests that get a 401 each", nil, 0, give(auth.Token(nextToken)), "twice")
	b.provider.On("POST /echo", Status(http.StatusUnauthorized))
	for given, want := range map[error]error{errors.New("own"): waygate.ErrAuth, waygate.ErrNeedsReauth: waygate.ErrNeedsReauth,
		context.DeadlineExceeded: waygate.ErrAuth} { // not the call's deadline
		fail := func(context.Context, auth.Credential) (auth.Credential, error) { return auth.Credential{}, given }
		b.refreshedBy("Refresh gives "+given.Error(), want, 1, fail, "echo")
	}
	panics := func(context.Context, auth.Credential) (auth.Credential, error) { panic("own panic") }
	b.refreshedBy("Refresh panics", waygate.ErrConfig, 1, panics, "echo")
	b.refreshedBy("Refresh gives a credential that doesn't fit", waygate.ErrConfig, 1, give(auth.UserPassword("u", "p")), "echo")
	b.afterRefresh()
	b.credentials(nil)
	b.conn = wrapper{b.conn}
	b.provider.On("POST /echo", Status(http.StatusUnauthorized), Echo(http.StatusOK))
	b.refreshedBy("a Refresher within a wrapper", nil, 2, give(auth.Token(nextToken)), "echo")
}

func give(c auth.Credential) refreshFunc {
	return func(context.Context, auth.Credential) (auth.Credential, error) { return c, nil }
}

// refreshFunc is a Refresher's Refresh.
type refreshFunc func(context.Context, auth.Credential) (auth.Credential, error)

// refreshedBy makes a call in which Refresh is asked once; attempts of 0 aren't
// counted.
func (b *connectionBench) refreshedBy(what string, want error, attempts int, refresh refreshFunc, action string) {
	b.Helper()
	b.spy.mu.Lock()
	b.spy.refresh, b.spy.refreshed = refresh, nil
	b.spy.mu.Unlock()
	sent := b.sent()
	err := b.call(action)
	switch {
	case want != nil:
		b.fails(what, err, want)
	case action == "echo" && err != nil:
		b.Errorf("%s: %v", what, err)
	}
	if n := b.sent() - sent; attempts > 0 && n != attempts {
		b.Errorf("%s: %d requests were sent, want %d", what, n, attempts)
	}
	if n := len(b.spy.refreshed); n != 1 {
		b.Errorf("%s: Refresh was called %d times in one call, want once", what, n)
	}
}

// afterRefresh is clause 4 once more: what a refresh brought is for the attempt
// that follows it.
func (b *connectionBench) afterRefresh() {
	b.provider.On("POST /echo", Status(http.StatusUnauthorized), Status(http.StatusServiceUnavailable), Echo(http.StatusOK))
	b.spy.mu.Lock()
	b.spy.refresh = give(auth.Token("of-the-refresh"))
	b.spy.mu.Unlock()
	asked := 0
	b.credentials(func(context.Context) (auth.Credential, error) {
		asked++
		return auth.Token(fmt.Sprintf("short-lived-%d", asked)), nil
	})
	sent := b.sent()
	err := b.call("echo")
	want := []string{"Bearer short-lived-1", "Bearer of-the-refresh", "Bearer short-lived-2"}
	if got := b.tokens()[sent:]; err != nil || !slices.Equal(got, want) {
		b.Errorf("a 401, then a 503: got %v with %q, want %q: the credential is asked for again after the repeat", err, got, want)
	}
}
