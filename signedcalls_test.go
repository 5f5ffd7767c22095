package waygate_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
	"github.com/waygate-go/waygate/egress"
	"github.com/waygate-go/waygate/store/memory"
)

// TestSignedCalls lets a provider check the signature of each attempt, of what arrives: the first one it turns away.
func TestSignedCalls(t *testing.T) {
	t.Parallel()
	const secret = "canary-secret-0123456789"
	var attempts atomic.Int32
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		digest := sha256.Sum256(body)
		mac := hmac.New(sha256.New, []byte(secret))
		_, _ = io.WriteString(mac, r.Method+"\n"+r.RequestURI+"\n"+r.Header.Get("X-Timestamp")+"\n"+hex.EncodeToString(digest[:]))
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.Header.Get("Authorization") != "HMAC k-1:"+hex.EncodeToString(mac.Sum(nil)):
			w.WriteHeader(http.StatusForbidden)
		case attempts.Add(1) == 1:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		}
		_, _ = io.WriteString(w, `{"ok":true}`)
	}))
	t.Cleanup(provider.Close)
	gw, err := waygate.New(waygate.Config{Store: memory.New(), Egress: egress.Policy{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, AllowHTTP: true,
		Ports: []uint16{uint16(provider.Listener.Addr().(*net.TCPAddr).Port)}}})
	if err != nil {
		t.Fatal(err)
	}
	err = gw.Register(t.Context(), waygate.Integration{ID: "signed", BaseURL: provider.URL,
		Auth: auth.Signature{Payload: "{method}\n{target}\n{timestamp}\n{sha256(body)}",
			Headers: map[string]string{"Authorization": "HMAC {key}:{signature}", "X-Timestamp": "{timestamp}"}},
		Actions: []waygate.Action{waygate.HTTPAction{ID: "put_thing", Method: "PUT", Path: "/things/{id}"}}})
	if err != nil {
		t.Fatal(err)
	}
	acme := gw.Tenant("acme")
	if _, err := acme.Connect(t.Context(), "signed", waygate.ConnectionSpec{Slug: "main", Credential: auth.Fields(map[string]string{"key": "k-1", "secret": secret})}); err != nil {
		t.Fatal(err)
	}
	res, err := acme.Invoke(t.Context(), "signed.put_thing", map[string]any{"id": "a/b c", "name": "thing"})
	if err != nil || res.Meta.Attempts != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
	if _, err := acme.Connect(t.Context(), "signed", waygate.ConnectionSpec{Slug: "other", Credential: auth.Token(secret)}); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a credential that doesn't fit: %v", err)
	}
}
