package providers_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/waygate-go/waygate/egress"
)

// recorder stands for all hosts at once: whatever name is looked up, its connections end here, over TLS with a
// certificate for that name. It keeps each request as it came and answers by the script.
type recorder struct {
	t    *testing.T
	keys *keys

	mu      sync.Mutex // guards what follows
	next    []exchange // what is still to come
	got     []exchange
	refuse  bool // answer the next request with a 401 and don't count it
	refused string
	conns   []net.Conn
	serving sync.WaitGroup
}

// policy leads every host here.
func (r *recorder) policy() egress.Policy {
	roots := x509.NewCertPool()
	roots.AddCert(r.keys.root)
	return egress.Policy{Resolver: r, Dial: r.dial, RootCAs: roots, HTTP1Only: true}
}

// LookupNetIP implements egress.Resolver with an address that may be dialled.
func (r *recorder) LookupNetIP(ctx context.Context, _, _ string) ([]netip.Addr, error) {
	return []netip.Addr{netip.AddrFrom4([4]byte{1, 2, 3, 4})}, ctx.Err()
}

func (r *recorder) dial(_ context.Context, _, address string) (net.Conn, error) {
	if !strings.HasSuffix(address, ":443") {
		return nil, fmt.Errorf("port of %s: want 443", address)
	}
	client, server := net.Pipe()
	r.mu.Lock()
	r.conns = append(r.conns, server)
	r.mu.Unlock()
	r.serving.Go(func() { r.serve(server) })
	return client, nil
}

// close ends all connections and waits for what serves them.
func (r *recorder) close() {
	r.mu.Lock()
	conns := slices.Clone(r.conns)
	r.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
	r.serving.Wait()
}

// serve answers the requests of one connection.
func (r *recorder) serve(plain net.Conn) {
	defer func() { _ = plain.Close() }()
	conn := tls.Server(plain, r.keys.server())
	var raw bytes.Buffer
	in := bufio.NewReader(io.TeeReader(conn, &raw))
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, req.Body); err != nil {
			return
		}
		text := canonical(raw.String(), conn.ConnectionState().PeerCertificates)
		raw.Reset()
		if _, err := io.WriteString(conn, r.answer(text)); err != nil {
			return
		}
	}
}

// answer notes a request and gives what the script says.
func (r *recorder) answer(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.refuse {
		r.refuse, r.refused = false, text
		return response("401")
	}
	x := exchange{name: fmt.Sprintf("unexpected-%d", len(r.got))}
	if len(r.next) > 0 {
		x, r.next = r.next[0], r.next[1:]
	}
	x.request = text
	r.got = append(r.got, x)
	return response(x.answer)
}

// refuseNext has the next request answered with a 401.
func (r *recorder) refuseNext() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refuse = true
}

// seen are the requests so far, and the one that was refused.
func (r *recorder) seen() (got []exchange, refused string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.got), r.refused
}

// canonical is a request as it came, but for this: lines of the header end with LF; Host comes first and the others
// follow in the order of their names; User-Agent and Accept-Encoding, which are net/http's own, are left out. A client
// certificate that was presented is told in a line of its own, before the request.
func canonical(raw string, peer []*x509.Certificate) string {
	head, body, _ := strings.Cut(raw, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	fields := slices.DeleteFunc(lines[1:], func(line string) bool {
		return strings.HasPrefix(line, "User-Agent:") || strings.HasPrefix(line, "Accept-Encoding:")
	})
	rank := func(line string) string {
		name, _, _ := strings.Cut(strings.ToLower(line), ":")
		if name == "host" {
			return ""
		}
		return name
	}
	slices.SortStableFunc(fields, func(a, b string) int { return strings.Compare(rank(a), rank(b)) })
	all := append([]string{lines[0]}, fields...)
	if len(peer) > 0 {
		all = append([]string{"(client certificate " + peer[0].Subject.CommonName + ")"}, all...)
	}
	text := strings.Join(all, "\n")
	if body != "" {
		text += "\n\n" + body
	}
	return text
}

// response makes an HTTP answer of a script's: a body alone is JSON with a 200, else there is a line with the status,
// header fields, an empty line and the body.
func response(text string) string {
	status, head, body := "200", "", text
	if text == "" {
		body = "{}"
	} else if text[0] >= '1' && text[0] <= '9' {
		head, body, _ = strings.Cut(text, "\n\n")
		status, head, _ = strings.Cut(head, "\n")
		head = strings.ReplaceAll(head, "\n", "\r\n")
	}
	if !strings.Contains(head, "Content-Type:") && body != "" {
		head = strings.TrimPrefix(head+"\r\nContent-Type: application/json", "\r\n")
	}
	if head != "" {
		head += "\r\n"
	}
	return fmt.Sprintf("HTTP/1.1 %s Answer\r\n%sContent-Length: %d\r\n\r\n%s", status, head, len(body), body)
}

// keys are an authority of the tests, and a certificate of a client.
type keys struct {
	root *x509.Certificate
	key  *ecdsa.PrivateKey
	// clientCert and clientKey are PEM.
	clientCert, clientKey string
}

func newKeys() (*keys, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	k := &keys{key: key}
	now := time.Now()
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if k.root, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	if der, err = k.issue("client.example.com"); err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	k.clientCert = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	k.clientKey = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}))
	return k, nil
}

// issue makes a certificate for a name, with the authority's own key.
func (k *keys) issue(name string) ([]byte, error) {
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: k.root.NotBefore, NotAfter: k.root.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	return x509.CreateCertificate(rand.Reader, leaf, k.root, &k.key.PublicKey, k.key)
}

// server has a certificate for whatever name a client asks for, and takes a client's.
func (k *keys) server() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert, SessionTicketsDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			der, err := k.issue(hello.ServerName)
			return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k.key}, err
		}}
}
