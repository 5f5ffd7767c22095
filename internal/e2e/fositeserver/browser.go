package fositeserver

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// Browser is a person with a browser: it keeps cookies, follows redirects, logs in and consents where the server's
// pages ask for it. It is used by one goroutine at a time.
type Browser struct {
	// Client sends the requests; its Jar holds the cookies.
	Client *http.Client
	// User is who logs in.
	User string
	// Deny refuses consent.
	Deny bool

	server *Server
	roots  *x509.CertPool
}

// NewBrowser is one without cookies.
func (s *Server) NewBrowser(user string) *Browser {
	jar, _ := cookiejar.New(nil) // never fails without options
	b := &Browser{User: user, server: s, roots: x509.NewCertPool()}
	b.Trust(s.RootPEM())
	b.Client = &http.Client{
		Jar:           jar,
		Transport:     &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: b.roots}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return b
}

// Trust adds certificates in PEM, such as that of a host whose pages it visits. It is called before the first request.
func (b *Browser) Trust(pem []byte) { b.roots.AppendCertsFromPEM(pem) }

// maxSteps bounds how many pages and redirects one visit takes.
const maxSteps = 20

// Visit opens a page and goes on until there is neither a redirect nor a form of the server's. The caller closes the
// answer's body; its Request says where it came from.
func (b *Browser) Visit(ctx context.Context, page string) (*http.Response, error) {
	return b.walk(ctx, page, func(*url.URL) bool { return false })
}

// Authorize opens an authorization URL and returns where the server sends the person in the end, with code and state or
// with an error, without going there.
func (b *Browser) Authorize(ctx context.Context, page string) (*url.URL, error) {
	var callback *url.URL
	resp, err := b.walk(ctx, page, func(to *url.URL) bool {
		if !b.own(to) {
			callback = to
		}
		return callback != nil
	})
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	if callback == nil {
		return nil, fmt.Errorf("fositeserver: the browser stays at %s: status %d", resp.Request.URL.Path, resp.StatusCode)
	}
	return callback, nil
}

// own says that a URL is the server's.
func (b *Browser) own(u *url.URL) bool { return u.Host == b.server.Addr().String() }

// walk goes on until stop says so of a redirect, or nothing leads any further.
func (b *Browser) walk(ctx context.Context, page string, stop func(*url.URL) bool) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	for range maxSteps {
		if err != nil {
			return nil, err
		}
		resp, err2 := b.Client.Do(req)
		if err2 != nil {
			return nil, err2
		}
		next, err2 := b.next(ctx, resp)
		if err2 != nil || next == nil || stop(next.URL) {
			return resp, err2
		}
		_ = resp.Body.Close()
		req = next
	}
	return nil, fmt.Errorf("fositeserver: the browser is still not there after %d pages", maxSteps)
}

// next is the request that an answer leads to; nil if to none.
func (b *Browser) next(ctx context.Context, resp *http.Response) (*http.Request, error) {
	if to, err := resp.Location(); err == nil {
		return http.NewRequestWithContext(ctx, http.MethodGet, to.String(), nil)
	}
	if !b.own(resp.Request.URL) || resp.StatusCode != http.StatusOK {
		return nil, nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(strings.NewReader(string(body)))
	to, fields := b.fill(string(body))
	if fields == nil {
		return nil, nil
	}
	action, err := resp.Request.URL.Parse(to)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, action.String(), strings.NewReader(fields.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return req, err
}

// fill reads the form of a page and fills it in; nil if there is none.
func (b *Browser) fill(page string) (action string, fields url.Values) {
	head := regexp.MustCompile(`<form id="(\w+)" method="post" action="([^"]*)">`).FindStringSubmatch(page)
	if head == nil {
		return "", nil
	}
	fields = url.Values{}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="(\w+)" value="([^"]*)">`).FindAllStringSubmatch(page, -1) {
		fields.Set(m[1], html.UnescapeString(m[2]))
	}
	switch head[1] {
	case "login":
		fields.Set("user", b.User)
		fields.Set("password", Password)
	case "consent":
		fields.Set("decision", map[bool]string{false: "allow", true: "deny"}[b.Deny])
	}
	return html.UnescapeString(head[2]), fields
}

// Tokens is a token endpoint's answer.
type Tokens struct {
	Access    string `json:"access_token"`
	Refresh   string `json:"refresh_token"`
	ExpiresIn int    `json:"expires_in"`
	Scope     string `json:"scope"`
	Error     string `json:"error"`
}

// Grant obtains tokens for a person as any client does, by the code flow with PKCE: for tests that import tokens.
func (s *Server) Grant(ctx context.Context, user string, scopes ...string) (Tokens, error) {
	verifier := rand.Text() + rand.Text()
	challenge := sha256.Sum256([]byte(verifier))
	q := url.Values{
		"response_type": {"code"}, "client_id": {s.ClientID()}, "redirect_uri": {DefaultRedirect}, "state": {rand.Text()},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
		"scope": {strings.Join(scopes, " ")},
	}
	callback, err := s.NewBrowser(user).Authorize(ctx, s.AuthorizeURL()+"?"+q.Encode())
	if err != nil {
		return Tokens{}, err
	}
	return s.Token(ctx, url.Values{
		"grant_type": {"authorization_code"}, "code": callback.Query()["code"], "redirect_uri": {DefaultRedirect}, "code_verifier": {verifier},
	})
}

// Refresh spends a refresh token as any client does.
func (s *Server) Refresh(ctx context.Context, token string) (Tokens, error) {
	return s.Token(ctx, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// Token sends a token request, with the client's secret in the body. An error answer is no error: see [Tokens.Error].
func (s *Server) Token(ctx context.Context, form url.Values) (Tokens, error) {
	form.Set("client_id", s.ClientID())
	form.Set("client_secret", s.ClientSecret())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.TokenURL(), strings.NewReader(form.Encode()))
	if err != nil {
		return Tokens{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := s.Client().Do(req)
	if err != nil {
		return Tokens{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	var tokens Tokens
	err = json.NewDecoder(resp.Body).Decode(&tokens)
	return tokens, err
}
