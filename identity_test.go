package waygate_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate"
	"github.com/waygate-go/waygate/auth"
)

// identity is a certificate with its key, in PEM and as crypto/tls has it.
type identity struct {
	cert      *x509.Certificate
	key       *ecdsa.PrivateKey
	certPEM   string
	keyPEM    string
	presented tls.Certificate
}

// identityOf makes a certificate, signed by by or by itself.
func identityOf(t testing.TB, name string, by *identity) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		IPAddresses: []net.IP{{127, 0, 0, 1}}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, IsCA: by == nil, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.cert, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	must(t, err)
	cert, err := x509.ParseCertificate(der)
	must(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return &identity{cert: cert, key: key, presented: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		certPEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		keyPEM:  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}))}
}

// handshakes is a TLS server that notes who comes over which connection.
type handshakes struct {
	*httptest.Server
	mu    sync.Mutex
	conns map[string][]string // by RemoteAddr: the names of its requests' certificates
	proto map[string]bool
	to    string // where /away leads
}

func newHandshakes(t *testing.T, ca *identity, need tls.ClientAuthType, h2 bool) *handshakes {
	t.Helper()
	h := &handshakes{conns: map[string][]string{}, proto: map[string]bool{}}
	h.Server = httptest.NewUnstartedServer(h)
	h.EnableHTTP2 = h2
	h.Config.ErrorLog = log.New(io.Discard, "", 0)
	pool := x509.NewCertPool()
	pool.AddCert(ca.cert)
	h.TLS = &tls.Config{ClientAuth: need, ClientCAs: pool, MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{identityOf(t, "server", ca).presented}}
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

func (h *handshakes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := "nobody"
	if len(r.TLS.PeerCertificates) > 0 {
		name = r.TLS.PeerCertificates[0].Subject.CommonName
	}
	h.mu.Lock()
	h.conns[r.RemoteAddr] = append(h.conns[r.RemoteAddr], name)
	h.proto[r.Proto] = true
	h.mu.Unlock()
	if r.URL.Path == "/away" {
		http.Redirect(w, r, h.to, http.StatusFound)
		return
	}
	_, _ = io.WriteString(w, `"`+name+`"`)
}

// guests are the names that came, each once for each connection; a connection
// that two share is an error.
func (h *handshakes) guests(t *testing.T) []string {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for addr, list := range h.conns {
		if slices.Sort(list); list[0] != list[len(list)-1] {
			t.Errorf("the connection %s was shared by %q", addr, list)
		}
		names = append(names, list[0])
	}
	slices.Sort(names)
	return names
}

// mutual is an integration at a server that asks for certificates.
func mutual(h *handshakes, roots string) waygate.Integration {
	return waygate.Integration{ID: "api", BaseURL: h.URL, Auth: auth.ClientCertificate{}, TLS: &waygate.TLS{Roots: roots},
		Actions: []waygate.Action{get("who"), get("away"), waygate.HTTPAction{ID: "stream", Method: "GET", Path: "/who", Response: "stream"}}}
}

// TestClientCertificates calls for tenants of which each has a certificate.
func TestClientCertificates(t *testing.T) {
	t.Parallel()
	for name, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ca := identityOf(t, "authority", nil)
			h := newHandshakes(t, ca, tls.RequireAndVerifyClientCert, h2)
			gw := open(t, h.URL)
			must(t, gw.Register(t.Context(), mutual(h, ca.certPEM)))
			tenants := []string{"acme", "zenith", "umbra"}
			for _, tenant := range tenants {
				client := identityOf(t, tenant, ca)
				connect(t, gw, tenant, "api", auth.Certificate(client.certPEM, client.keyPEM))
			}
			var wg sync.WaitGroup
			for _, tenant := range tenants {
				for range 2 {
					wg.Go(func() {
						for range 10 {
							if got, err := waygate.Invoke[string](t.Context(), gw.Tenant(tenant), "api.who", nil); err != nil || got != tenant {
								t.Errorf("%s came as %q: %v", tenant, got, err)
							}
						}
					})
				}
			}
			wg.Wait()
			if got := slices.Compact(h.guests(t)); !cmp.Equal(got, []string{"acme", "umbra", "zenith"}) || len(h.proto) != 1 || !h.proto[name] {
				t.Errorf("guests %q over %v", got, h.proto)
			}
			// A new certificate is presented at once, on connections of its own.
			next := identityOf(t, "acme-2", ca)
			_, err := gw.Tenant("acme").SetCredential(t.Context(), "api", "main", auth.Certificate(next.certPEM, next.keyPEM))
			must(t, err)
			if got, err := waygate.Invoke[string](t.Context(), gw.Tenant("acme"), "api.who", nil); err != nil || got != "acme-2" {
				t.Errorf("with a new certificate: %q, %v", got, err)
			}
			res, err := gw.Tenant("acme").Invoke(t.Context(), "api.stream", nil)
			must(t, err)
			body, err := io.ReadAll(res.Stream())
			must(t, err)
			if must(t, res.Stream().Close()); string(body) != `"acme-2"` {
				t.Errorf("a stream came as %s", body)
			}
			h.guests(t)
		})
	}
}

// TestCertificateRefused shows what a handshake that fails becomes.
func TestCertificateRefused(t *testing.T) {
	t.Parallel()
	ca, stranger := identityOf(t, "authority", nil), identityOf(t, "stranger", nil)
	h := newHandshakes(t, ca, tls.RequireAndVerifyClientCert, false)
	gw := open(t, h.URL)
	must(t, gw.Register(t.Context(), mutual(h, ca.certPEM)))
	untrusting := mutual(h, stranger.certPEM)
	untrusting.ID = "untrusting"
	must(t, gw.Register(t.Context(), untrusting))
	policy := mutual(h, "")
	policy.ID, policy.TLS = "policy", nil
	must(t, gw.Register(t.Context(), policy))
	good := identityOf(t, "acme", ca)
	for integration, client := range map[string]*identity{"api": stranger, "untrusting": good, "policy": good} {
		acme := connect(t, gw, "acme", integration, auth.Certificate(client.certPEM, client.keyPEM))
		_, err := acme.Invoke(t.Context(), integration+".who", nil)
		failure(t, err, waygate.KindNetwork)
		if text := err.Error() + recordsOf(t, acme)[0].Error; strings.Contains(text, "PRIVATE") || strings.Contains(text, "BEGIN") {
			t.Errorf("%s: the error tells of the key: %s", integration, text)
		}
	}
	if got := h.guests(t); len(got) != 0 {
		t.Errorf("guests %q", got)
	}
	acme := gw.Tenant("acme")
	for name, cred := range map[string]auth.Credential{"other's key": auth.Certificate(good.certPEM, stranger.keyPEM), "no key": auth.Certificate(good.certPEM, ""),
		"no PEM": auth.Certificate("x", "y"), "a token": pat} {
		_, err := acme.Connect(t.Context(), "api", waygate.ConnectionSpec{Slug: "bad", Credential: cred})
		if failure(t, err, waygate.KindInvalidInput); strings.Contains(err.Error(), "BEGIN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCertificateStaysAtItsOrigin follows a redirect to another origin, which asks
// for a certificate too: it gets none, unless the integration lists it.
func TestCertificateStaysAtItsOrigin(t *testing.T) {
	t.Parallel()
	for name, listed := range map[string]bool{"elsewhere": false, "listed": true} {
		for kind, platform := range map[string]bool{"tenant's": false, "platform's": true} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				ca := identityOf(t, "authority", nil)
				h, other := newHandshakes(t, ca, tls.RequireAndVerifyClientCert, false), newHandshakes(t, ca, tls.RequestClientCert, false)
				h.to = other.URL + "/who"
				client := identityOf(t, "acme", ca)
				gw := open(t, h.URL, func(c *waygate.Config) {
					c.Egress.Ports = append(c.Egress.Ports, loopback(t, other.URL).Ports...)
					c.Egress.RootCAs = x509.NewCertPool()
					c.Egress.RootCAs.AddCert(ca.cert)
					c.Env = map[string]string{"key": client.keyPEM}
				})
				in := mutual(h, ca.certPEM)
				if listed {
					in.Origins = []string{other.URL}
				}
				cred := auth.Certificate(client.certPEM, client.keyPEM)
				if platform {
					in.Auth, in.TLS, cred = auth.Bearer{}, &waygate.TLS{Roots: ca.certPEM, Certificate: client.certPEM, Key: "${env.key}"}, pat
				}
				must(t, gw.Register(t.Context(), in))
				acme := connect(t, gw, "acme", "api", cred)
				want := "nobody"
				if listed {
					want = "acme"
				}
				got, err := waygate.Invoke[string](t.Context(), acme, "api.away", nil)
				if err != nil || got != want {
					t.Errorf("the other origin sees %q: %v", got, err)
				}
				if guests := h.guests(t); !slices.Contains(guests, "acme") {
					t.Errorf("guests of its own origin: %q", guests)
				}
			})
		}
	}
}

// TestPlatformCertificate presents the platform's certificate for all tenants,
// and a tenant's own where the scheme has one.
func TestPlatformCertificate(t *testing.T) {
	t.Parallel()
	ca := identityOf(t, "authority", nil)
	platform, own := identityOf(t, "platform", ca), identityOf(t, "acme", ca)
	h := newHandshakes(t, ca, tls.RequireAndVerifyClientCert, true)
	gw := open(t, h.URL, func(c *waygate.Config) {
		c.Env = map[string]string{"cert": platform.certPEM, "key": platform.keyPEM, "roots": ca.certPEM}
	})
	in := mutual(h, ca.certPEM)
	in.Auth = auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, auth.ClientCertificate{}}}
	in.TLS = &waygate.TLS{Roots: ca.certPEM, Certificate: "${env.cert}", Key: "${env.key}"}
	must(t, gw.Register(t.Context(), in))
	for tenant, c := range map[string]struct {
		cred auth.Credential
		want string
	}{"a": {pat, "platform"}, "b": {auth.Token("token-of-b-0001"), "platform"}, "c": {auth.Certificate(own.certPEM, own.keyPEM), "acme"}} {
		got, err := waygate.Invoke[string](t.Context(), connect(t, gw, tenant, "api", c.cred), "api.who", nil)
		if err != nil || got != c.want {
			t.Errorf("%s came as %q: %v", tenant, got, err)
		}
	}
	h.guests(t)
}

// TestTLSDefinition shows what a definition may say of TLS.
func TestTLSDefinition(t *testing.T) {
	t.Parallel()
	ca, other := identityOf(t, "authority", nil), identityOf(t, "other", nil)
	env := map[string]string{"cert": ca.certPEM, "key": ca.keyPEM, "other": other.keyPEM, "comment": "# nothing"}
	for name, c := range map[string]struct {
		tls     waygate.TLS
		pointer string
	}{
		"literal key":              {waygate.TLS{Certificate: ca.certPEM, Key: ca.keyPEM}, "/tls/key"},
		"literal key and env":      {waygate.TLS{Certificate: ca.certPEM, Key: ca.keyPEM + "${env.comment}"}, "/tls/key"},
		"literal key as a default": {waygate.TLS{Certificate: ca.certPEM, Key: "${env.none:-" + ca.keyPEM + "}"}, "/tls/key"},
		"key and certificate":      {waygate.TLS{Certificate: ca.certPEM + ca.keyPEM, Key: "${env.key}"}, "/tls/certificate"},
		"key before it":            {waygate.TLS{Certificate: ca.keyPEM + "${env.cert}", Key: "${env.key}"}, "/tls/certificate"},
		"key as its default":       {waygate.TLS{Certificate: ca.certPEM + "${env.none:-" + other.keyPEM + "}", Key: "${env.key}"}, "/tls/certificate"},
		"key alone":                {waygate.TLS{Key: "${env.key}"}, "/tls"},
		"certificate alone":        {waygate.TLS{Certificate: "${env.cert}"}, "/tls"},
		"env that isn't there":     {waygate.TLS{Certificate: "${env.cert}", Key: "${env.none}"}, "/tls/key"},
		"no such certificate":      {waygate.TLS{Certificate: "${env.none}", Key: "${env.key}"}, "/tls/certificate"},
		"a tenant's variable":      {waygate.TLS{Certificate: "${tenant.cert}", Key: "${env.key}"}, "/tls/certificate"},
		"a parameter":              {waygate.TLS{Certificate: "{cert}", Key: "${env.key}"}, "/tls/certificate"},
		"no PEM":                   {waygate.TLS{Certificate: "${env.comment}", Key: "${env.key}"}, "/tls/certificate"},
		"another's key":            {waygate.TLS{Certificate: "${env.cert}", Key: "${env.other}"}, "/tls/key"},
		"roots":                    {waygate.TLS{Roots: "x"}, "/tls/roots"},
		"a key among the roots":    {waygate.TLS{Roots: ca.certPEM + ca.keyPEM}, "/tls/roots"},
		"nothing":                  {waygate.TLS{}, "/tls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := api(get("a"))
			in.TLS = &c.tls
			gw := wired(t, always(200, `{}`), func(cfg *waygate.Config) { cfg.Env = env })
			err := gw.Register(t.Context(), in)
			e := failure(t, err, waygate.KindConfig)
			if len(e.Fields) != 1 || !strings.HasPrefix(e.Fields[0].Pointer, c.pointer) {
				t.Errorf("fields %+v, want %s: %v", e.Fields, c.pointer, e)
			}
			if text := err.Error(); strings.Contains(text, "BEGIN") || strings.Contains(text, strings.Split(ca.keyPEM, "\n")[1]) {
				t.Errorf("the error tells of the key: %s", text)
			}
		})
	}
	in := api(get("a"))
	in.TLS = &waygate.TLS{Certificate: "${env.cert}", Key: "${env.key}", Roots: ca.certPEM}
	gw := wired(t, always(200, `{}`), func(cfg *waygate.Config) { cfg.Env = env })
	must(t, gw.Register(t.Context(), in))
	back, err := gw.Integration("api")
	must(t, err)
	if text := jsonText(t, back); strings.Contains(text, "PRIVATE") {
		t.Errorf("the definition shows the key: %s", text)
	}
}
