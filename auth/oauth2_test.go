package auth_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/waygate-go/waygate/auth"
)

// codeFlow is a plain definition of the authorization code flow.
func codeFlow() auth.OAuth2 {
	return auth.OAuth2{AuthorizeURL: "https://id.example.com/authorize", TokenURL: "https://id.example.com/token", Scopes: []string{"read", "write"}}
}

func TestOAuth2Validate(t *testing.T) {
	t.Parallel()
	with := func(change func(*auth.OAuth2)) auth.OAuth2 {
		s := codeFlow()
		change(&s)
		return s
	}
	captured := func(p auth.Capture) auth.OAuth2 {
		return with(func(s *auth.OAuth2) { s.Capture = []auth.Capture{p} })
	}
	loop := make([]auth.Scheme, 1)
	loop[0] = auth.OAuth2{AuthorizeURL: "https://a.example", TokenURL: "https://a.example", Use: auth.All{Schemes: loop}}
	many := map[string]string{}
	for i := range 33 {
		many[strings.Repeat("a", i+1)] = "x"
	}
	tests := []struct {
		field  string
		scheme auth.OAuth2
	}{
		{"grant", with(func(s *auth.OAuth2) { s.Grant = "implicit" })},
		{"client_auth", with(func(s *auth.OAuth2) { s.ClientAuth = "auto" })},
		{"body_format", with(func(s *auth.OAuth2) { s.BodyFormat = "xml" })},
		{"issuer", with(func(s *auth.OAuth2) { s.Issuer = "a\n" })},
		{"callback_code", with(func(s *auth.OAuth2) { s.CallbackCode = "a\n" })},
		{"token_url", with(func(s *auth.OAuth2) { s.TokenURL = "" })},
		{"token_url", with(func(s *auth.OAuth2) { s.TokenURL = "ftp://id.example.com" })},
		{"token_url", with(func(s *auth.OAuth2) { s.TokenURL = "https://user@id.example.com" })},
		{"token_url", with(func(s *auth.OAuth2) { s.TokenURL = "https://${env.HOST}/token" })},
		{"token_url", with(func(s *auth.OAuth2) { s.TokenURL = "https://id.example.com/?client_secret=x" })},
		{"authorize_url", with(func(s *auth.OAuth2) { s.AuthorizeURL = "" })},
		{"authorize_url", with(func(s *auth.OAuth2) { s.AuthorizeURL = "https://id.example.com/?state=x" })},
		{"device_url", auth.OAuth2{Grant: auth.GrantDeviceCode, TokenURL: "https://id.example.com/token"}},
		{"revoke_url", with(func(s *auth.OAuth2) { s.RevokeURL = "https://{a" })},
		{"scope_separator", with(func(s *auth.OAuth2) { s.ScopeSeparator = "\n" })},
		{"scopes", with(func(s *auth.OAuth2) { s.Scopes = []string{"a b"} })},
		{"scopes", with(func(s *auth.OAuth2) { s.Scopes = []string{""} })},
		{`rename."client"`, with(func(s *auth.OAuth2) { s.Rename = map[string]string{"client": "x"} })},
		{`rename."state"`, with(func(s *auth.OAuth2) { s.Rename = map[string]string{"state": ""} })},
		{`rename."code_challenge_method"`, with(func(s *auth.OAuth2) { s.Rename = map[string]string{"code_challenge_method": ""} })},
		{"rename", with(func(s *auth.OAuth2) { s.Rename = map[string]string{"client_id": "code"} })},
		{`authorize_parameters."state"`, with(func(s *auth.OAuth2) { s.AuthorizeParameters = map[string]string{"state": "x"} })},
		{`authorize_parameters."code_challenge_method"`, with(func(s *auth.OAuth2) { s.AuthorizeParameters = map[string]string{"code_challenge_method": "plain"} })},
		{`authorize_parameters."client_key"`, with(func(s *auth.OAuth2) {
			s.Rename = map[string]string{"client_id": "client_key"}
			s.AuthorizeParameters = map[string]string{"client_key": "x"}
		})},
		{"authorize_parameters", with(func(s *auth.OAuth2) { s.AuthorizeParameters = many })},
		{`authorize_parameters."a"`, with(func(s *auth.OAuth2) { s.AuthorizeParameters = map[string]string{"a": "${env.A}"} })},
		{`token_parameters."grant_type"`, with(func(s *auth.OAuth2) { s.TokenParameters = map[string]string{"grant_type": "x"} })},
		{`refresh_parameters."refresh_token"`, with(func(s *auth.OAuth2) { s.RefreshParameters = map[string]string{"refresh_token": "x"} })},
		{`token_headers."Authorization"`, with(func(s *auth.OAuth2) {
			s.ClientAuth, s.TokenHeaders = auth.ClientAuthBasic, map[string]string{"Authorization": "x"}
		})},
		{`token_headers."Host"`, with(func(s *auth.OAuth2) { s.TokenHeaders = map[string]string{"Host": "x"} })},
		{`token_headers."X-A"`, with(func(s *auth.OAuth2) { s.TokenHeaders = map[string]string{"X-A": "x", "x-a": "y"} })},
		{`token_headers."X-A"`, with(func(s *auth.OAuth2) { s.TokenHeaders = map[string]string{"X-A": "x\n"} })},
		{"answer.access_token", with(func(s *auth.OAuth2) { s.Answer.AccessToken = "a[*].b" })},
		{"answer.scope", with(func(s *auth.OAuth2) { s.Answer.Scope = "a[" })},
		{"answer.expiry", with(func(s *auth.OAuth2) { s.Answer.Expiry = "minutes" })},
		{"answer.success_values", with(func(s *auth.OAuth2) { s.Answer.SuccessValues = []string{"ok"} })},
		{"answer.refused_codes", with(func(s *auth.OAuth2) { s.Answer.RefusedCodes = []string{""} })},
		{"capture[0].parameter", captured(auth.Capture{Parameter: "A", Pattern: "a"})},
		{"capture[1].parameter", with(func(s *auth.OAuth2) {
			s.Capture = []auth.Capture{{Parameter: "a", Pattern: "a"}, {Parameter: "a", Pattern: "a"}}
		})},
		{"capture[0].from", captured(auth.Capture{Parameter: "a", From: "header", Pattern: "a"})},
		{"capture[0].pattern", captured(auth.Capture{Parameter: "a"})},
		{"capture[0].pattern", captured(auth.Capture{Parameter: "a", Pattern: "("})},
		{"capture[0].path", captured(auth.Capture{Parameter: "a", Path: "$.access_token", Pattern: "a"})},
		{"capture[0].path", captured(auth.Capture{Parameter: "a", Path: "a..b", Pattern: "a"})},
		{"capture[0].path", captured(auth.Capture{Parameter: "a", From: auth.CaptureCallback, Path: "code", Pattern: "a"})},
		{"capture", auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: "https://a.example", Capture: []auth.Capture{{Parameter: "a", Pattern: "a"}}}},
		{"rotation_grace", with(func(s *auth.OAuth2) { s.RotationGrace = -1 })},
		{"idle", with(func(s *auth.OAuth2) { s.Idle = -1 })},
		{"lifetime", with(func(s *auth.OAuth2) { s.Lifetime = auth.Duration(1<<63 - 1) })},
		{"use", with(func(s *auth.OAuth2) { s.Use = codeFlow() })},
		{"use", with(func(s *auth.OAuth2) { s.Use = auth.Any{Schemes: []auth.Scheme{auth.Bearer{}, codeFlow()}} })},
		{"use", with(func(s *auth.OAuth2) { s.Use = auth.None{} })},
		{"use.name", with(func(s *auth.OAuth2) { s.Use = auth.Key{} })},
		{"use", with(func(s *auth.OAuth2) { s.Use = (*auth.Bearer)(nil) })},
		{"use.schemes[0].schemes[0].schemes[0].schemes", loop[0].(auth.OAuth2)},
		{"assertion.algorithm", with(func(s *auth.OAuth2) { s.Assertion = &auth.Assertion{Algorithm: "none"} })},
		{"assertion.algorithm", with(func(s *auth.OAuth2) { s.Assertion = &auth.Assertion{Algorithm: "HS256"} })},
		{"assertion.lifetime", with(func(s *auth.OAuth2) { s.Assertion = &auth.Assertion{Lifetime: auth.Duration(25 * time.Hour)} })},
		{"assertion.audience", with(func(s *auth.OAuth2) { s.Assertion = &auth.Assertion{Audience: "{"} })},
		{`assertion.claims."exp"`, with(func(s *auth.OAuth2) { s.Assertion = &auth.Assertion{Claims: map[string]string{"exp": "1"}} })},
	}
	for _, tt := range tests {
		var e *auth.Error
		err := tt.scheme.Validate()
		if !errors.As(err, &e) || e.Op != "validate" || e.Field != tt.field || e.Reason == "" {
			t.Errorf("%s: got %v", tt.field, err)
		}
	}
	if err := codeFlow().Validate(); err != nil {
		t.Error(err)
	}
	if err := fullOAuth2().Validate(); err != nil {
		t.Error(err)
	}
}

// fullOAuth2 has every field set.
func fullOAuth2() auth.OAuth2 {
	return auth.OAuth2{
		Grant: auth.GrantAuthorizationCode, AuthorizeURL: "https://{shop}.example.com/authorize?v=2", TokenURL: "https://{shop}.example.com/token",
		RefreshURL: "https://{shop}.example.com/refresh", RevokeURL: "https://id.example.com/revoke",
		IntrospectURL: "https://id.example.com/introspect", DeviceURL: "https://id.example.com/device", Issuer: "https://id.example.com",
		CallbackCode: "auth_code", CallbackHMAC: "hmac", Scopes: []string{"a", "b"}, ScopeSeparator: ",", ClientAuth: auth.ClientAuthBasic, BodyFormat: auth.BodyJSON,
		NoPKCE: true, AuthorizeParameters: map[string]string{"access_type": "offline"}, TokenParameters: map[string]string{"shop": "{shop}"},
		RefreshParameters: map[string]string{"again": "1"}, Rename: map[string]string{"client_id": "client_key", "scope": ""},
		TokenHeaders: map[string]string{"X-Version": "{version:-1}"},
		Answer: auth.TokenAnswer{AccessToken: "data.token", RefreshToken: "data.refresh", ExpiresIn: "data.until", Scope: "data.scope",
			TokenType: "data.type", IDToken: "data.id", Expiry: auth.ExpiryISO, Success: "ok", SuccessValues: []string{"yes"}, Error: "fault",
			Description: "why", RefusedCodes: []string{"gone"}},
		AuthorizeRename: map[string]string{"response_type": ""}, RenewBefore: auth.Duration(20 * time.Second),
		Capture: []auth.Capture{{Parameter: "team", From: auth.CaptureAnswer, Path: "data.team.id", Prefix: "T", Pattern: "[0-9]+", Optional: true}},
		Lookup: []auth.LoginStep{{Method: "GET", URL: "https://api.example.com/me", Headers: map[string]string{"Authorization": "Bearer {credential.access_token}"},
			Answer: auth.LoginAnswer{Values: []auth.LoginValue{{Name: "account", Path: "id"}}}}},
		RotationGrace: auth.Duration(time.Minute), Idle: auth.Duration(time.Hour), Lifetime: auth.Duration(time.Second), NoRotation: true,
		Use: auth.Key{Name: "X-Token", Field: "access_token"},
		Assertion: &auth.Assertion{Algorithm: "ES256", Issuer: "i", Subject: "{shop}", Audience: "a", Lifetime: auth.Duration(time.Minute),
			Claims: map[string]string{"scope": "x"}},
	}
}

func TestOAuth2Written(t *testing.T) {
	t.Parallel()
	written, err := fullOAuth2().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{`{"kind":"oauth2","grant":"authorization_code"`, `"use":{"kind":"key","name":"X-Token","field":"access_token"}`,
		`"rotation_grace":"1m0s"`, `"expiry":"iso"`} {
		if !strings.Contains(string(written), text) {
			t.Errorf("%s is not in %s", text, written)
		}
	}
	again, err := auth.Decode(written, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(auth.Scheme(fullOAuth2()), again); diff != "" {
		t.Error(diff)
	}
	for text, field := range map[string]string{
		`{"kind":"oauth2","use":{"kind":"key","nam":"x"}}`:        "use.nam",
		`{"kind":"oauth2","use":{"kind":"x"}}`:                    "use.kind",
		`{"kind":"oauth2","use":null}`:                            "use.kind",
		`{"kind":"oauth2","token":"x"}`:                           "token",
		`{"kind":"oauth2","answer":{"tokens":"x"}}`:               "answer.tokens",
		`{"kind":"oauth2","idle":"1 hour"}`:                       "idle",
		`{"kind":"oauth2","capture":[{"parameter":"a","to":""}]}`: "capture.0.to",
		`{"kind":"any","schemes":[{"kind":"oauth2","grant":1}]}`:  "schemes[0].grant",
	} {
		_, err := auth.Decode([]byte(text), nil)
		var e *auth.Error
		if !errors.As(err, &e) || e.Field != field || e.Op != "decode" {
			t.Errorf("%s: got %v", text, err)
		}
		if field == "idle" && !strings.Contains(err.Error(), "1m30s") {
			t.Errorf("%s: got %v", text, err)
		}
	}
	_, err = auth.OAuth2{Use: hook{}}.MarshalJSON()
	var e *auth.Error
	if !errors.As(err, &e) || e.Field != "use" || !strings.Contains(e.Reason, `"hook"`) {
		t.Errorf("a scheme without a written form must be named, got %v", err)
	}
}

func TestOAuth2Endpoints(t *testing.T) {
	t.Parallel()
	s := codeFlow()
	s.RevokeURL = "https://id.example.com/revoke"
	want := []auth.Endpoint{
		{Name: "authorize_url", Template: s.AuthorizeURL},
		{Name: "token_url", Template: s.TokenURL, Client: true, Grant: true},
		{Name: "revoke_url", Template: s.RevokeURL, Client: true, Grant: true},
	}
	if diff := cmp.Diff(want, s.Endpoints()); diff != "" {
		t.Error(diff)
	}
	s.ClientAuth = auth.ClientAuthNone
	for _, e := range s.Endpoints() {
		if e.Client {
			t.Errorf("a public client has no secret to send to %s", e.Name)
		}
	}
}

func TestOAuth2InGroups(t *testing.T) {
	t.Parallel()
	granted := auth.Grant("a-token", "r-token", time.Time{})
	machine := auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: "https://id.example.com/token"}
	all := auth.All{Schemes: []auth.Scheme{auth.Key{Name: "X-Key", Field: "access_token"}, codeFlow()}}
	anyOf := auth.Any{Schemes: []auth.Scheme{auth.Key{Name: "X-Key", Field: "token"}, codeFlow()}}
	for _, s := range []auth.Renewer{all, anyOf, auth.Any{Schemes: []auth.Scheme{all}}} {
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		if r := s.Renewal(granted); !r.Possible || !r.Spends {
			t.Errorf("%s doesn't forward the renewal: %+v", s.Kind(), r)
		}
	}
	if r := anyOf.Renewal(auth.Token("t")); r.Possible {
		t.Error("a token of its own can be renewed")
	}
	if _, err := anyOf.Renew(t.Context(), auth.TokenCall{}, auth.Token("t")); !strings.Contains(err.Error(), "renew any") {
		t.Errorf("got %v", err)
	}
	if _, err := all.Renew(t.Context(), auth.TokenCall{}, granted); !strings.Contains(err.Error(), "schemes[1].http") {
		t.Errorf("got %v", err)
	}
	machine.Use = auth.Key{Name: "X-Token", Field: "access_token"} // elsewhere than the other
	twice := auth.All{Schemes: []auth.Scheme{codeFlow(), machine}}
	var e *auth.Error
	if err := twice.Validate(); !errors.As(err, &e) || e.Field != "schemes[1]" || !strings.Contains(e.Reason, "obtains tokens") {
		t.Errorf("two that obtain tokens: %v", err)
	}
	beside := auth.All{Schemes: []auth.Scheme{codeFlow(), auth.ClientCertificate{}}}
	if err := beside.Validate(); err != nil {
		t.Errorf("a certificate beside a token is refused: %v", err)
	}
}

func TestOAuth2Accepts(t *testing.T) {
	t.Parallel()
	machine := auth.OAuth2{Grant: auth.GrantClientCredentials, TokenURL: "https://id.example.com/token"}
	password := auth.OAuth2{Grant: auth.GrantPassword, TokenURL: "https://id.example.com/token"}
	empty := auth.Grant("", "", time.Time{})
	tests := []struct {
		name   string
		scheme auth.OAuth2
		c      auth.Credential
		ok     bool
		renew  auth.Renewal
	}{
		{"token", codeFlow(), auth.Grant("a", "", time.Time{}), true, auth.Renewal{}},
		{"refresh token alone", codeFlow(), auth.Grant("", "r", time.Time{}), true, auth.Renewal{Possible: true, Spends: true}},
		{"token with a line break", codeFlow(), auth.Grant("a\n", "r", time.Time{}), false, auth.Renewal{Possible: true, Spends: true}},
		{"nothing", codeFlow(), empty, false, auth.Renewal{}},
		{"another kind", codeFlow(), auth.Fields(map[string]string{"access_token": "a", "refresh_token": "r"}), false, auth.Renewal{}},
		{"machine", machine, empty, true, auth.Renewal{Possible: true}},
		{"machine of a tenant", machine, auth.ClientCredentials("i", "s"), true, auth.Renewal{Possible: true}},
		{"machine of another kind", machine, auth.Token("t"), false, auth.Renewal{}},
		{"password", password, auth.PasswordGrant("u", "p"), true, auth.Renewal{Possible: true}},
		{"no password", password, auth.PasswordGrant("u", ""), false, auth.Renewal{}},
		{"password, refreshed", password, auth.Grant("", "r", time.Time{}), true, auth.Renewal{Possible: true, Spends: true}},
		{"all said", auth.OAuth2{RotationGrace: 1, Idle: 2, Lifetime: 3}, auth.Grant("", "r", time.Time{}), true,
			auth.Renewal{Possible: true, Spends: true, Grace: 1, Idle: 2, Lifetime: 3}},
		{"no rotation", auth.OAuth2{NoRotation: true}, auth.Grant("", "r", time.Time{}), true, auth.Renewal{Possible: true}},
	}
	for _, tt := range tests {
		if err := tt.scheme.Accepts(tt.c); (err == nil) != tt.ok {
			t.Errorf("%s: Accepts says %v", tt.name, err)
		}
		if got := tt.scheme.Renewal(tt.c); got != tt.renew {
			t.Errorf("%s: the renewal is %+v", tt.name, got)
		}
	}
}
