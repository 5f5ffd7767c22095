package egress

import (
	"crypto/tls"
	"io"
	"net/http"
	"time"
)

// Transport is an http.RoundTripper that obeys a [Policy]. It keeps connections alive, speaks HTTP/1.1 and HTTP/2,
// decompresses gzip, ignores the proxy variables of the environment and follows no redirect. It is safe for concurrent
// use and made by [New]; the zero Transport refuses every request.
type Transport struct {
	policy Policy
	base   *http.Transport
}

var _ http.RoundTripper = (*Transport)(nil)

// New makes a Transport from a copy of p with the defaults filled in. It does no I/O and starts nothing. The error is
// a [*PolicyError].
func New(p Policy) (*Transport, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	p = p.withDefaults()
	return &Transport{policy: p, base: newBase(p)}, nil
}

func newBase(p Policy) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!p.HTTP1Only)
	d := dialer{policy: p, dial: p.Dial}
	if d.dial == nil {
		d.dial = checkedDial(p)
	}
	return &http.Transport{
		Proxy:                  nil, // through a proxy, the address that is checked would be the proxy's
		DialContext:            d.dialContext,
		TLSClientConfig:        &tls.Config{RootCAs: p.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    p.TLSHandshakeTimeout,
		Protocols:              &protocols,
		ForceAttemptHTTP2:      !p.HTTP1Only,
		MaxResponseHeaderBytes: p.MaxHeaderBytes,
		MaxIdleConnsPerHost:    p.MaxIdleConnsPerHost,
		IdleConnTimeout:        p.IdleConnTimeout,
		ExpectContinueTimeout:  time.Second,
	}
}

// Policy is a copy of the policy in force, defaults filled in.
func (t *Transport) Policy() Policy { return t.policy.clone() }

// CloseIdleConnections closes the connections that no request is using.
func (t *Transport) CloseIdleConnections() {
	if t.base != nil {
		t.base.CloseIdleConnections()
	}
}

// RoundTrip sends req if the policy lets it through and fails with a [*DeniedError] if not; a name is looked up and
// its addresses are checked each time a connection is opened. A 101 is refused with a [*ResponseError]. Other errors
// are net/http's own. The body of the response is not capped: read it with [ReadBody].
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.check(req); err != nil {
		closeBody(req)
		return nil, err
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		_ = resp.Body.Close() // closes the connection, which is no longer HTTP
		return nil, &ResponseError{Status: resp.StatusCode, Reason: "the server switches protocols, which nothing here asked for"}
	}
	if req.Method != http.MethodHead { // whose length is that of a body which isn't sent
		resp.Body = withSize(resp.Body, resp.ContentLength)
	}
	return resp, nil
}

func (t *Transport) check(req *http.Request) error {
	if t.base == nil {
		return &DeniedError{Reason: "the Transport has no policy; make it with New"}
	}
	if err := t.policy.CheckURLContext(req.Context(), req.URL); err != nil {
		return err
	}
	if req.Method == http.MethodConnect {
		return &DeniedError{Host: req.URL.Hostname(), Reason: "CONNECT would open a tunnel; use another method"}
	}
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
