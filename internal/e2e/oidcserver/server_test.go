package oidcserver_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/internal/e2e/oidcserver"
)

// bench is a server, and a client that reads its discovery document.
type bench struct {
	*oidcserver.Server

	t        *testing.T
	options  oidcserver.Options
	metadata map[string]any
}

func start(t *testing.T, o oidcserver.Options) *bench {
	t.Helper()
	s, err := oidcserver.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	b := &bench{Server: s, t: t, options: o}
	b.metadata = b.do(http.MethodGet, s.URL()+"/.well-known/openid-configuration", nil, "")
	return b
}

// do sends a form, or none, and gives the answer's object, with its status as "status".
func (b *bench) do(method, to string, form url.Values, token string) map[string]any {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, to, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	} else if b.options.ClientSecret != "" {
		req.SetBasicAuth(url.QueryEscape(oidcserver.DefaultClientID), url.QueryEscape(b.options.ClientSecret))
	}
	resp, err := b.Client().Do(req)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	fields := map[string]any{}
	_ = json.Unmarshal(body, &fields) // what isn't an object has no fields
	fields["status"] = resp.StatusCode
	return fields
}

// post sends a form to an endpoint of the metadata.
func (b *bench) post(endpoint string, form url.Values) map[string]any {
	b.t.Helper()
	to, _ := b.metadata[endpoint].(string)
	if b.options.ClientSecret == "" {
		form.Set("client_id", oidcserver.DefaultClientID)
	}
	return b.do(http.MethodPost, to, form, "")
}

func (b *bench) device() map[string]any {
	b.t.Helper()
	return b.post("device_authorization_endpoint", url.Values{"scope": {"openid offline_access"}})
}

func (b *bench) poll(device map[string]any) map[string]any {
	b.t.Helper()
	code, _ := device["device_code"].(string)
	return b.post("token_endpoint", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}, "device_code": {code}})
}

func (b *bench) refresh(token any) map[string]any {
	b.t.Helper()
	text, _ := token.(string)
	return b.post("token_endpoint", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {text}})
}

func (b *bench) me(token any) []any {
	b.t.Helper()
	text, _ := token.(string)
	got := b.do(http.MethodGet, b.URL()+"/api/me", nil, text)
	return []any{got["status"], got["sub"]}
}

func (b *bench) decide(device map[string]any, user string, allow bool) {
	b.t.Helper()
	to, _ := device["verification_uri_complete"].(string)
	if err := b.Decide(b.t.Context(), to, user, allow); err != nil {
		b.t.Fatal(err)
	}
}

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestDevice goes the whole way, as a public client and as one with a secret, over http and https.
func TestDevice(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]oidcserver.Options{
		"public": {Lifetime: 2 * time.Second}, "confidential": {Lifetime: 2 * time.Second, ClientSecret: "s3cr%et +/&=:", TLS: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t, o)
			want(t, "issuer", b.metadata["issuer"], any(b.URL()))
			device := b.device()
			want(t, "verification_uri", device["verification_uri"], any(b.URL()+"/device"))
			want(t, "interval", device["interval"], any(1.0))
			want(t, "first poll", b.poll(device)["error"], any("authorization_pending"))
			want(t, "too early", b.poll(device)["error"], any("slow_down"))
			b.decide(device, "ada", true)
			want(t, "too early again", b.poll(device)["error"], any("slow_down"))
			device = b.device()
			b.decide(device, "ada", true)
			tokens := b.poll(device)
			want(t, "status", tokens["status"], any(200))
			want(t, "once only", b.poll(device)["error"], any("access_denied"))
			want(t, "me", b.me(tokens["access_token"]), []any{200, "ada"})

			next := b.refresh(tokens["refresh_token"])
			want(t, "me", b.me(next["access_token"]), []any{200, "ada"})
			want(t, "spent", b.refresh(tokens["refresh_token"])["error"], any("invalid_grant"))
			want(t, "me, all the same", b.me(next["access_token"]), []any{200, "ada"})
			want(t, "stats", b.Stats(), oidcserver.Stats{Polls: 5, Early: 2, Grants: 1, Refreshes: 1, Refused: 1})
			time.Sleep(o.Lifetime + 100*time.Millisecond)
			want(t, "me, later", b.me(next["access_token"]), []any{401, nil})
		})
	}
}

// TestToken: an access token is a JWT that says when it expires.
func TestToken(t *testing.T) {
	t.Parallel()
	b := start(t, oidcserver.Options{Lifetime: 90 * time.Second})
	device := b.device()
	b.decide(device, "ada", true)
	tokens := b.poll(device)
	token, _ := tokens["access_token"].(string)
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %q", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims struct {
		Exp, Iat int64
		Iss, Sub string
	}
	if err := json.Unmarshal(payload, &claims); err != nil {
		t.Fatal(err)
	}
	if left := claims.Exp - time.Now().Unix(); left < 85 || left > 90 || claims.Iss != b.URL() || claims.Sub != "ada" {
		t.Errorf("claims %+v, %d s left", claims, left)
	}
	if in, _ := tokens["expires_in"].(float64); in < 85 || in > 90 {
		t.Errorf("expires_in %v", tokens["expires_in"])
	}
	want(t, "tampered", b.me(token[:len(token)-5]+"AAAAA"), []any{401, nil})
}

// TestRefusals: what a person, or the lack of one, can do.
func TestRefusals(t *testing.T) {
	t.Parallel()
	b := start(t, oidcserver.Options{DeviceLifetime: time.Second})
	denied, late, killed := b.device(), b.device(), b.device()
	b.decide(denied, "ada", false)
	want(t, "denied", b.poll(denied)["error"], any("access_denied"))
	b.decide(killed, "ada", true)
	tokens := b.poll(killed)
	b.Kill("ada")
	want(t, "killed", b.me(tokens["access_token"]), []any{401, nil})
	want(t, "killed", b.refresh(tokens["refresh_token"])["error"], any("invalid_grant"))
	time.Sleep(1100 * time.Millisecond)
	want(t, "late", b.poll(late)["error"], any("expired_token"))
	to, _ := late["verification_uri_complete"].(string)
	if err := b.Decide(t.Context(), to, "ada", true); err == nil {
		t.Error("a decision that comes too late was taken")
	}
	want(t, "unknown", b.poll(map[string]any{"device_code": "x"})["error"], any("access_denied"))
}

// TestClientCredentials: the client asks for itself, if it has a secret.
func TestClientCredentials(t *testing.T) {
	t.Parallel()
	b := start(t, oidcserver.Options{ClientSecret: "secret"})
	tokens := b.post("token_endpoint", url.Values{"grant_type": {"client_credentials"}})
	want(t, "me", b.me(tokens["access_token"]), []any{200, oidcserver.DefaultClientID})
	want(t, "no refresh token", tokens["refresh_token"], any(nil))
	b.options.ClientSecret = "wrong"
	want(t, "wrong secret", b.post("token_endpoint", url.Values{"grant_type": {"client_credentials"}})["error"], any("invalid_client"))
	public := start(t, oidcserver.Options{})
	want(t, "public", public.post("token_endpoint", url.Values{"grant_type": {"client_credentials"}})["error"], any("invalid_client"))
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	b := start(t, oidcserver.Options{})
	device := b.device()
	b.decide(device, "ada", true)
	tokens := b.poll(device)
	for _, name := range []string{"refresh_token", "access_token"} {
		token, _ := tokens[name].(string)
		want(t, name, b.post("revocation_endpoint", url.Values{"token": {token}})["status"], any(200))
	}
	want(t, "me", b.me(tokens["access_token"]), []any{401, nil})
	want(t, "refresh", b.refresh(tokens["refresh_token"])["error"], any("invalid_grant"))
}
