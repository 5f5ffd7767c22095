package waygatetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// names is clause 1.
func (b *connectionBench) names() {
	b.works("with a connection as it is")
	if err := b.call("look"); err != nil || b.seen.Tenant != "acme" || b.seen.Integration != suiteIntegration {
		b.Errorf("the connection says %+v (%v), want its tenant and its integration", b.seen, err)
	}
	asked, sent := b.asked(), b.sent()
	for what, change := range map[string]func(*waygate.ConnectionInfo){
		"another tenant":      func(i *waygate.ConnectionInfo) { i.Tenant = "globex" },
		"no tenant":           func(i *waygate.ConnectionInfo) { i.Tenant = "" },
		"another integration": func(i *waygate.ConnectionInfo) { i.Integration = "other" },
		"no integration":      func(i *waygate.ConnectionInfo) { i.Integration = "" },
	} {
		b.says(change)
		b.fails("Info that names "+what, b.call("echo"), waygate.ErrConfig)
		b.untouched("Info that names "+what, asked, sent)
	}
}

// infoWithoutSecret is clause 2.
func (b *connectionBench) infoWithoutSecret() {
	if err := b.call("look"); err != nil {
		b.Fatalf("a call fails: %v", err)
	}
	infos := []waygate.ConnectionInfo{b.seen}
	if b.conn != nil {
		took := takes(func() { infos = append(infos, b.conn.Info(), b.conn.Info()) })
		if took > 0 {
			b.Errorf("Info took %s: it does I/O or waits", took)
		}
	} else {
		info, err := b.acme.Connection(b.Context(), suiteIntegration, "main")
		if err != nil {
			b.Fatalf("reading the connection: %v", err)
		}
		infos = append(infos, *info)
	}
	for _, info := range infos {
		text, err := json.Marshal(info)
		if all := fmt.Sprintf("%s %+v %#v", text, info, info); err != nil || strings.Contains(all, firstToken) {
			b.Errorf("Info holds the credential, or can't be written (%v)", err)
		}
	}
}

// status is clause 3.
func (b *connectionBench) status() {
	for status, want := range map[waygate.Status]error{
		waygate.StatusActive: nil, "": nil,
		waygate.StatusNeedsReauth: waygate.ErrNeedsReauth,
		waygate.StatusDisabled:    waygate.ErrConfig,
		waygate.StatusError:       waygate.ErrConfig,
		"made_up":                 waygate.ErrConfig,
	} {
		asked, sent := b.asked(), b.sent()
		b.says(func(i *waygate.ConnectionInfo) { i.Status = status })
		err := b.call("echo")
		if want == nil {
			if err != nil {
				b.Errorf("status %q: %v", status, err)
			}
			continue
		}
		b.fails(fmt.Sprintf("status %q", status), err, want)
		b.untouched(fmt.Sprintf("status %q", status), asked, sent)
	}
}

// askedForEach is clause 4.
func (b *connectionBench) askedForEach() {
	for _, action := range []string{"look", "elsewhere"} {
		if err := b.call(action); err != nil {
			b.Errorf("%s: %v", action, err)
		}
		b.untouched("an action that sends nothing signed ("+action+")", 0, 0)
	}
	b.provider.On("POST /echo", Status(http.StatusServiceUnavailable), Status(http.StatusServiceUnavailable), Echo(http.StatusOK))
	want := slices.Repeat([]string{"Bearer " + firstToken}, 3)
	start, at := time.Now(), []time.Duration{}
	if b.spy != nil {
		want = []string{"Bearer short-lived-1", "Bearer short-lived-2", "Bearer short-lived-3"}
		b.credentials(func(context.Context) (auth.Credential, error) {
			at = append(at, time.Since(start))
			return auth.Token(fmt.Sprintf("short-lived-%d", len(at))), nil
		})
	}
	if err := b.call("echo"); err != nil {
		b.Fatalf("the third attempt succeeds, but the call fails: %v", err)
	}
	if got := b.tokens(); !slices.Equal(got, want) || b.signed.count() != 3 {
		b.Errorf("three attempts were signed %d times, and carried %q, want %q", b.signed.count(), got, want)
	}
	if b.spy != nil && !slices.Equal(at, []time.Duration{0, time.Second, 3 * time.Second}) {
		b.Errorf("the credential was asked for at %v, want right before each attempt: after its wait", at)
	}
	if b.conn != nil {
		b.credentials(nil)
	}
	if err := b.call("twice"); err != nil || b.signed.count() != 5 {
		b.Errorf("two requests of one action: %v, %d signatures, want 2", err, b.signed.count()-3)
	}
}

// atOnce is clause 5.
func (b *connectionBench) atOnce() {
	const calls = 16
	b.provider.On("POST /echo", Delay(time.Second, Echo(http.StatusOK)))
	took := takes(func() {
		var wg sync.WaitGroup
		for range calls {
			wg.Go(func() {
				if err := b.call("echo"); err != nil {
					b.Errorf("one of many calls at once: %v", err)
				}
			})
			if b.conn == nil {
				continue
			}
			wg.Go(func() {
				_ = b.conn.Info()
				if c, err := b.conn.Credential(b.Context()); err != nil || c.Kind == "" {
					b.Errorf("one of many credentials at once: %v", err)
				}
			})
		}
		wg.Wait()
	})
	if took != time.Second || b.sent() != calls {
		b.Errorf("%d calls at once took %s and sent %d requests, want 1s and as many: they wait for one another", calls, took, b.sent())
	}
}

// endsWithCtx is clause 6.
func (b *connectionBench) endsWithCtx() {
	const limit = 3 * time.Second
	if b.conn != nil {
		ended, cancel := context.WithCancel(b.Context())
		cancel()
		if took := takes(func() { _, _ = b.conn.Credential(ended) }); took > time.Second {
			b.Errorf("Credential took %s though its ctx had ended", took)
		}
	}
	b.gives(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	took := takes(func() {
		b.fails("a credential that doesn't come", b.call("echo", waygate.Timeout(limit)), waygate.ErrTimeout)
	})
	if took != limit {
		b.Errorf("a credential that doesn't come: the call took %s, want its timeout of %s: Credential's ctx ends with the call", took, limit)
	}
	ctx, cancel := context.WithCancel(b.Context())
	time.AfterFunc(time.Second, cancel)
	took = takes(func() { b.fails("a caller who cancels", b.callWith(ctx, "echo"), waygate.ErrCanceled) })
	if took != time.Second || b.sent() > 0 {
		b.Errorf("a caller who cancels: the call took %s and sent %d requests, want 1s and none", took, b.sent())
	}
	b.gives(nil)
	b.works("when the credential comes again")
}

// onlyRead is clause 7.
func (b *connectionBench) onlyRead() {
	shared := auth.Token(firstToken)
	shared.Scopes, shared.Extra = []string{"b", "a"}, map[string]string{"k": "v"}
	before := shared.Clone()
	if b.conn != nil {
		b.credentials(func(context.Context) (auth.Credential, error) { return shared, nil })
	}
	b.provider.On("POST /echo", Status(http.StatusServiceUnavailable), Echo(http.StatusOK), Status(http.StatusForbidden), Echo(http.StatusOK))
	for _, want := range []error{nil, waygate.ErrForbidden, nil} {
		if err := b.call("echo"); !errors.Is(err, want) {
			b.Errorf("got %v, want %v", err, want)
		}
	}
	var wg sync.WaitGroup // a change would be a race too
	for range 8 {
		wg.Go(func() { _ = b.call("echo") })
	}
	wg.Wait()
	if !sameCredential(shared, before) {
		b.Error("a connection's credential was changed by the gateway")
	}
	if !b.signed.unchanged() {
		b.Error("a credential was changed after it had signed")
	}
}

func sameCredential(a, b auth.Credential) bool {
	if a.Kind != b.Kind || len(a.Values) != len(b.Values) || !slices.Equal(a.Scopes, b.Scopes) || len(a.Extra) != len(b.Extra) {
		return false
	}
	for name, v := range a.Values {
		if !v.Equal(b.Values[name]) {
			return false
		}
	}
	for name, v := range a.Extra {
		if b.Extra[name] != v {
			return false
		}
	}
	return true
}

// misfit is clause 8.
func (b *connectionBench) misfit() {
	unnamed := auth.Token(firstToken)
	unnamed.Kind = ""
	odd := map[string]auth.Credential{"no kind and no values": {}, "no kind": unnamed, "another kind": auth.UserPassword("u", "p"), "an empty token": auth.Token("")}
	for what, cred := range odd {
		if b.conn == nil {
			_, err := b.acme.Connect(b.Context(), suiteIntegration, waygate.ConnectionSpec{Slug: "odd", Credential: cred})
			if !errors.Is(err, waygate.ErrConfig) && !errors.Is(err, waygate.ErrInvalidInput) {
				b.Errorf("connecting with a credential of %s: %v", what, err)
			}
			continue
		}
		b.credentials(func(context.Context) (auth.Credential, error) { return cred, nil })
		b.fails("a credential of "+what, b.call("echo"), waygate.ErrConfig)
	}
	if b.conn != nil {
		b.credentials(nil)
	}
	// The definition changes: what is there no longer fits.
	b.define(pickyScheme{})
	b.fails("a scheme that doesn't accept the credential", b.call("echo"), waygate.ErrConfig)
	if b.sent() > 0 {
		b.Errorf("%d requests were sent without a credential that fits", b.sent())
	}
}
