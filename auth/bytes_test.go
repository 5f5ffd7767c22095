package auth_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// TestBytesOnTheWire has a row for each way that providers take a fixed secret,
// down to the bytes that net/http sends.
func TestBytesOnTheWire(t *testing.T) {
	t.Parallel()
	const (
		jsonType = "application/json"
		formType = "application/x-www-form-urlencoded"
	)
	two := auth.Fields(map[string]string{"api_key": "k-1", "app_key": "a-2", "account": "42"})
	list := func(members ...auth.Scheme) auth.Scheme { return auth.All{Schemes: members} }
	for name, tt := range map[string]struct {
		scheme     auth.Scheme
		cred       auth.Credential
		kind, body string // of the request; GET if there is no kind
		want       string // from the target to the body, without Host
	}{
		"bearer":                {auth.Bearer{}, auth.Token("t-1"), "", "", "/v1?a=1|Authorization: Bearer t-1||"},
		"token prefix":          {auth.Bearer{Prefix: "Token "}, auth.Token("t-1"), "", "", "/v1?a=1|Authorization: Token t-1||"},
		"bare authorization":    {auth.Key{Name: "Authorization"}, auth.APIKey("k-1"), "", "", "/v1?a=1|Authorization: k-1||"},
		"key prefix":            {auth.Key{Name: "Authorization", Prefix: "Key "}, auth.APIKey("k-1"), "", "", "/v1?a=1|Authorization: Key k-1||"},
		"prefix with a sign":    {auth.Key{Name: "Authorization", Prefix: "Token token="}, auth.APIKey("k-1"), "", "", "/v1?a=1|Authorization: Token token=k-1||"},
		"prefix without space":  {auth.Key{Name: "Authorization", Prefix: "GenieKey:"}, auth.APIKey("k-1"), "", "", "/v1?a=1|Authorization: GenieKey:k-1||"},
		"own header":            {auth.Key{Name: "X-Api-Key"}, auth.APIKey("k-1"), "", "", "/v1?a=1|X-Api-Key: k-1||"},
		"own header of a token": {auth.Key{Name: "private-token"}, auth.Token("t-1"), "", "", "/v1?a=1|Private-Token: t-1||"},
		"query":                 {auth.Key{In: auth.InQuery, Name: "api_key"}, auth.APIKey("k/1 +"), "", "", "/v1?a=1&api_key=k%2F1%20%2B||"},
		"query, brackets":       {auth.Key{In: auth.InQuery, Name: "auth[key]"}, auth.APIKey("k-1"), "", "", "/v1?a=1&auth%5Bkey%5D=k-1||"},
		"cookie":                {auth.Key{In: auth.InCookie, Name: "session"}, auth.APIKey("k-1"), "", "", "/v1?a=1|Cookie: session=k-1||"},
		"json":                  {auth.Key{In: auth.InBody, Name: "api_key"}, auth.APIKey(`k"1`), jsonType, `{"a":1}`, `/v1?a=1|Content-Length: 24|Content-Type: application/json||{"a":1,"api_key":"k\"1"}`},
		"json, nothing else":    {auth.Key{In: auth.InBody, Name: "api_key"}, auth.APIKey("k-1"), jsonType, "", `/v1?a=1|Content-Length: 17|Content-Type: application/json||{"api_key":"k-1"}`},
		"form":                  {auth.Key{In: auth.InBody, Name: "api_key"}, auth.APIKey("k&1"), formType, "a=1", "/v1?a=1|Content-Length: 17|Content-Type: application/x-www-form-urlencoded||a=1&api_key=k%261"},
		"two headers": {auth.Headers{Values: map[string]string{"DD-API-KEY": "api_key", "DD-APPLICATION-KEY": "app_key"}}, two, "", "",
			"/v1?a=1|Dd-Api-Key: k-1|Dd-Application-Key: a-2||"},
		"bearer and header": {list(auth.Key{Name: "Authorization", Prefix: "Bearer ", Field: "api_key"}, auth.Key{Name: "X-Account", Field: "account"}), two, "", "",
			"/v1?a=1|Authorization: Bearer k-1|X-Account: 42||"},
		"header and query": {list(auth.Key{Name: "X-Api-Key", Field: "api_key"}, auth.Key{In: auth.InQuery, Name: "account", Field: "account"}), two, "", "",
			"/v1?a=1&account=42|X-Api-Key: k-1||"},
		"two in the query": {list(auth.Key{In: auth.InQuery, Name: "key", Field: "api_key"}, auth.Key{In: auth.InQuery, Name: "token", Field: "app_key"}), two, "", "",
			"/v1?a=1&key=k-1&token=a-2||"},
		"two in the body": {list(auth.Key{In: auth.InBody, Name: "client_id", Field: "account"}, auth.Key{In: auth.InBody, Name: "secret", Field: "api_key"}), two, jsonType, `{"a":1}`,
			`/v1?a=1|Content-Length: 39|Content-Type: application/json||{"a":1,"client_id":"42","secret":"k-1"}`},
		"basic":                {auth.Basic{}, auth.UserPassword("Aladdin", "open sesame"), "", "", "/v1?a=1|Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==||"},
		"basic, no user":       {auth.Basic{}, auth.UserPassword("", "k-1"), "", "", "/v1?a=1|Authorization: Basic OmstMQ==||"},
		"basic, no password":   {auth.Basic{}, auth.UserPassword("k-1", ""), "", "", "/v1?a=1|Authorization: Basic ay0xOg==||"},
		"basic, key as user":   {auth.Basic{}, auth.APIKey("k-1"), "", "", "/v1?a=1|Authorization: Basic ay0xOg==||"},
		"basic, token as user": {auth.Basic{}, auth.Token("k-1"), "", "", "/v1?a=1|Authorization: Basic ay0xOg==||"},
		"basic and header": {list(auth.Basic{}, auth.Key{Name: "X-Api-Key", Field: "api_key"}),
			auth.Fields(map[string]string{"user": "u", "password": "p", "api_key": "k-1"}), "", "", "/v1?a=1|Authorization: Basic dTpw|X-Api-Key: k-1||"},
		"nothing": {auth.None{}, auth.Credential{}, "", "", "/v1?a=1||"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := tt.scheme.Validate(); err != nil {
				t.Fatal(err)
			}
			r := bare(t, tt.kind, tt.body)
			if err := tt.scheme.Authorize(t.Context(), r, tt.cred); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, sent(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// bare is a request with as few headers as net/http can do with.
func bare(t *testing.T, kind, body string) *http.Request {
	t.Helper()
	method, from := http.MethodGet, io.Reader(nil)
	if kind != "" {
		method, from = http.MethodPost, strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, "https://api.example.com/v1?a=1", from)
	if err != nil {
		t.Fatal(err)
	}
	r.Header["User-Agent"] = nil
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return r
}

// sent is what net/http would send, without method, protocol, and the headers
// that are always there; lines are parted by bars.
func sent(t *testing.T, r *http.Request) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(b.String(), "\r\n", "|")
	for _, always := range []string{r.Method + " ", " HTTP/1.1", "|Host: api.example.com", "|User-Agent: Go-http-client/1.1"} {
		text = strings.Replace(text, always, "", 1)
	}
	return text
}

// TestKeyInBodyAgrees signs bodies of each shape that a request can have: what
// goes out, its length and its copies agree.
func TestKeyInBodyAgrees(t *testing.T) {
	t.Parallel()
	const want = `{"a":1,"k":"v"}`
	scheme := auth.Key{In: auth.InBody, Name: "k"}
	for name, change := range map[string]func(r *http.Request){
		"as made":               func(*http.Request) {},
		"without GetBody":       func(r *http.Request) { r.GetBody = nil },
		"of unknown length":     func(r *http.Request) { r.ContentLength, r.GetBody = -1, nil },
		"chunked":               func(r *http.Request) { r.ContentLength, r.TransferEncoding = -1, []string{"chunked"} },
		"with a length as text": func(r *http.Request) { r.Header.Set("Content-Length", "7") },
		"already sent":          func(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) },
		"signed before":         func(r *http.Request) { _ = scheme.Authorize(r.Context(), r, auth.APIKey("other-and-longer")) },
		"signed and sent before": func(r *http.Request) {
			_ = scheme.Authorize(r.Context(), r, auth.APIKey("x"))
			_, _ = io.Copy(io.Discard, r.Body)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := bare(t, "application/json", `{"a":1}`)
			change(r)
			if err := scheme.Authorize(t.Context(), r, auth.APIKey("v")); err != nil {
				t.Fatal(err)
			}
			if got := r.Header.Get("Content-Length"); got != "" {
				t.Errorf("a header says that the body has %s bytes", got)
			}
			for range 2 {
				again, err := r.GetBody()
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(again); err != nil || string(got) != want {
					t.Errorf("GetBody gives %s, %v", got, err)
				}
			}
			if diff := cmp.Diff("/v1?a=1|Content-Length: 15|Content-Type: application/json||"+want, sent(t, r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
