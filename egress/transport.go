package egress

import (
	"context"
	"crypto/tls"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/waygate-go/waygate/internal/bounded"
)

// Transport is an http.RoundTripper that obeys a [Policy]. It keeps connections alive, speaks HTTP/1.1 and HTTP/2,
// decompresses gzip, ignores the proxy variables of the environment and follows no redirect. It is safe for concurrent
// use and made by [New]; the zero Transport refuses every request.
//
// Requests with an [Identity] in their context share connections only with requests of the same one. At most 1,000
// identities have connections at a time; the one that was used least recently makes room, and its connections are
// closed as soon as no request uses them.
type Transport struct {
	policy Policy
	passed *passedOrigins
	base   *http.Transport // for requests without an identity
	pools  *bounded.Map[string, *pool]
}

var _ http.RoundTripper = (*Transport)(nil)

// New makes a Transport from a copy of p with the defaults filled in. It does no I/O and starts nothing. The error is
// a [*PolicyError].
func New(p Policy) (*Transport, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	return &Transport{policy: p, passed: newPassedOrigins(), base: newBase(p, nil), pools: newPools()}, nil
}

// newBase makes the connections of one identity, or of none.
func newBase(p Policy, id *parsedIdentity) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!p.HTTP1Only)
	base := &http.Transport{
		DisableCompression:     true, // askForGzip does it
		Proxy:                  nil,  // not the environment's
		DialContext:            newDialer(p).dialContext,
		TLSClientConfig:        clientTLS(p, id),
		TLSHandshakeTimeout:    p.TLSHandshakeTimeout,
		Protocols:              &protocols,
		ForceAttemptHTTP2:      !p.HTTP1Only,
		MaxResponseHeaderBytes: p.MaxHeaderBytes,
		MaxIdleConnsPerHost:    p.MaxIdleConnsPerHost,
		IdleConnTimeout:        p.IdleConnTimeout,
		ExpectContinueTimeout:  time.Second,
	}
	if p.Proxy != nil {
		useProxy(base, p)
	}
	return base
}

// clientTLS has no cache of sessions, so that none that was agreed on under one identity is resumed under another.
func clientTLS(p Policy, id *parsedIdentity) *tls.Config {
	config := &tls.Config{RootCAs: p.RootCAs, MinVersion: tls.VersionTLS12}
	if id == nil {
		return config
	}
	if id.roots != nil {
		config.RootCAs = id.roots
	}
	if id.certificate != nil { // whatever authorities the server names: some name the wrong ones
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return id.certificate, nil
		}
	}
	return config
}

// Policy is a copy of the policy in force, defaults filled in.
func (t *Transport) Policy() Policy { return t.policy.clone() }

// MaxBodyBytes is the policy's, without the copy that Policy makes.
func (t *Transport) MaxBodyBytes() int64 { return t.policy.MaxBodyBytes }

// CloseIdleConnections closes the connections that no request is using, those of every identity.
func (t *Transport) CloseIdleConnections() {
	if t.base == nil {
		return
	}
	t.base.CloseIdleConnections()
	t.pools.Range(func(_ string, p *pool) bool {
		p.base.CloseIdleConnections()
		return true
	})
}

// RoundTrip sends req if the policy lets it through and fails with a [*DeniedError] if not; a name is looked up and
// its addresses are checked each time a connection is opened, except through a [Policy.Proxy]. A 101 and a header
// longer than Policy.MaxHeaderBytes are refused with a [*ResponseError], and a proxy that refuses gives a
// [*ProxyError]. Other errors are net/http's own. The body of the response is not capped: read it with [ReadBody].
//
// Over HTTP/2 a header that is far too long costs its connection, and the other requests on it fail with errors of
// net/http.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	return t.roundTrip(req, false)
}

// Send is RoundTrip for a request that is given away: its header is changed, where RoundTrip would copy the request, so
// nobody else may have it. It is cheaper by that copy.
func (t *Transport) Send(req *http.Request) (*http.Response, error) { return t.roundTrip(req, true) }

func (t *Transport) roundTrip(req *http.Request, own bool) (*http.Response, error) {
	if err := t.check(req); err != nil {
		closeBody(req)
		return nil, err
	}
	sent, asked := askForGzip(req, own)
	var x *exchange
	if w, its := watchOf(req.Context()); its {
		defer w.taken.Store(false)
		x = &w.x
	} else {
		x = &exchange{}
		sent = x.watch(sent, w)
	}
	x.limit = t.policy.MaxHeaderBytes
	resp, err := t.send(sent)
	if err = x.end(req.Context(), err); err != nil {
		return nil, err
	}
	resp.Request = req
	if err := t.refuse(req, resp); err != nil {
		_ = resp.Body.Close() // and with it a connection that is no longer HTTP
		return nil, err
	}
	if asked {
		return unzipped(resp)
	}
	if req.Method != http.MethodHead { // whose length is that of a body which isn't sent
		resp.Body = withSize(resp.Body, resp.ContentLength)
	}
	return resp, nil
}

// send picks the connections that req may use.
func (t *Transport) send(req *http.Request) (*http.Response, error) {
	id := identityOf(req.Context())
	if id == nil {
		return t.base.RoundTrip(req)
	}
	p := t.pools.GetOrCreate(id.parsed.fingerprint, func() *pool {
		return &pool{base: newBase(t.policy, id.parsed)}
	})
	return p.roundTrip(req)
}

// refuse says why a response is not taken.
func (t *Transport) refuse(req *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return &ResponseError{Status: resp.StatusCode, Reason: "the server switches protocols, which nothing here asked for"}
	}
	if t.policy.Proxy != nil {
		return proxyRefusal(req, resp)
	}
	return nil
}

func (t *Transport) check(req *http.Request) error {
	if t.base == nil {
		return &DeniedError{Reason: "the Transport has no policy; make it with New"}
	}
	if err := t.checkURL(req.Context(), req.URL); err != nil {
		return err
	}
	if req.Method == http.MethodConnect {
		return &DeniedError{Host: req.URL.Hostname(), Reason: "CONNECT would open a tunnel; use another method"}
	}
	if id := identityOf(req.Context()); id != nil && id.parsed == nil {
		return &DeniedError{Host: req.URL.Hostname(), Reason: "the Identity in its context was put together by hand; make it with NewIdentity"}
	}
	if t.policy.Proxy != nil {
		return checkProxied(req)
	}
	return nil
}

// checkURL is Policy.CheckURLContext, which is asked for the first URL of an origin, and for those that don't pass.
func (t *Transport) checkURL(ctx context.Context, u *url.URL) error {
	if u != nil {
		if o, ok := t.passed.find(u); ok && t.policy.checkForm(u) == nil && t.policy.portAllowed(ctx, o) {
			return nil
		}
	}
	if err := t.policy.CheckURLContext(ctx, u); err != nil {
		return err
	}
	t.passed.add(u)
	return nil
}

// closeBody keeps the promise of http.RoundTripper to close the body also when it fails.
func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close()
	}
}

// sizedBody tells [ReadBody] how long the server said the body is.
type sizedBody struct {
	io.ReadCloser
	size int64
}

// SizeHint is the announced length in bytes. It is a claim, not a fact.
func (b *sizedBody) SizeHint() int64 { return b.size }

func withSize(body io.ReadCloser, size int64) io.ReadCloser {
	if size <= 0 || body == nil || body == http.NoBody {
		return body
	}
	return &sizedBody{body, size}
}
