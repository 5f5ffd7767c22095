package auth

import (
	"context"
	"time"

	"github.com/waygate-go/waygate/secret"
)

// Renewal says what [OAuth2.Renew] would do with c. The grants client_credentials and jwt_bearer can always be asked
// again; password, if c has user and password; any other credential needs a refresh token, and using it spends it unless
// NoRotation is set. Whether the call has a client is not known here.
func (s OAuth2) Renewal(c Credential) Renewal {
	r := Renewal{Lifetime: time.Duration(s.Lifetime), Before: time.Duration(s.RenewBefore)}
	switch {
	case c.Kind != kindOAuth2:
	case s.repeats(c):
		r.Possible = true
	case c.Values[valueRefreshToken].Reveal() != "":
		r.Possible, r.Spends = true, !s.NoRotation
		r.Grace, r.Idle = time.Duration(s.RotationGrace), time.Duration(s.Idle)
	}
	return r
}

// repeats says whether the first request can be made again in place of a refresh.
func (s OAuth2) repeats(c Credential) bool {
	switch s.grant() {
	case GrantClientCredentials, GrantJWTBearer:
		return true
	case GrantPassword:
		return c.Values[valueUser].Reveal() != "" && c.Values[valuePassword].Reveal() != ""
	}
	return false
}

// Renew uses the refresh token (RFC 6749 §6), or makes the first request again: see [OAuth2.Renewal]. It is also how a
// grant that needs no person gets its first token. Nothing is captured. A credential that nothing can be done with is an
// *Error, as is whatever keeps the request from being made; every other error is a *TokenError.
func (s OAuth2) Renew(ctx context.Context, call TokenCall, c Credential) (Credential, error) {
	if !s.Renewal(c).Possible {
		return Credential{}, &Error{Op: opRenew, Scheme: s.Kind(), Field: "values." + valueRefreshToken,
			Reason: "is missing or empty; let the connection be authorized again"}
	}
	a := s.asker(call, c)
	q, err := a.renewal()
	if err != nil {
		return Credential{}, err
	}
	got, err := a.ask(ctx, q)
	if err != nil {
		return Credential{}, err
	}
	return got.credential(c, s.Scopes)
}

// renewal makes the question of a renewal.
func (a asker) renewal() (question, error) {
	s, c := a.scheme, a.cred
	if !s.repeats(c) {
		url, field := s.RefreshURL, "refresh_url"
		if url == "" {
			url, field = s.TokenURL, "token_url"
		}
		return question{op: opRefresh, field: field, url: url, extra: s.RefreshParameters, extraIn: "refresh_parameters",
			standard: map[string]string{paramGrantType: "refresh_token", "refresh_token": c.Values[valueRefreshToken].Reveal()}}, nil
	}
	standard := map[string]string{}
	switch s.grant() {
	case GrantClientCredentials:
		standard[paramGrantType] = "client_credentials"
	case GrantPassword:
		standard[paramGrantType] = "password"
		standard["username"], standard["password"] = c.Values[valueUser].Reveal(), c.Values[valuePassword].Reveal()
	case GrantJWTBearer:
		assertion, err := a.grantAssertion()
		if err != nil {
			return question{}, err
		}
		standard[paramGrantType], standard["assertion"] = "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion
	}
	if scope := s.joinScopes(nil); scope != "" {
		standard[paramScope] = scope
	}
	return s.firstQuestion(standard), nil
}

// Revoke takes the tokens of c back at the provider (RFC 7009): the refresh token, then the access token, each in a
// request of its own. It does nothing where there is no RevokeURL. Tokens that the provider doesn't know any more, and an
// access token that it can't revoke, are no errors. Both are tried; the error is that of the first that failed.
func (s OAuth2) Revoke(ctx context.Context, call TokenCall, c Credential) error {
	if s.RevokeURL == "" {
		return nil
	}
	var first error
	for _, name := range []string{valueRefreshToken, valueAccessToken} {
		token := c.Values[name].Reveal()
		if token == "" {
			continue
		}
		_, err := s.asker(call, c).ask(ctx, question{op: opRevoke, field: "revoke_url", url: s.RevokeURL, silent: true,
			standard: map[string]string{"token": token, "token_type_hint": name}})
		if e, ok := err.(*TokenError); ok && (e.Code == "invalid_token" || e.Code == "unsupported_token_type" && name == valueAccessToken) {
			continue
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// Introspect asks the provider about the access token of c (RFC 7662), or about its refresh token if it has no other.
func (s OAuth2) Introspect(ctx context.Context, call TokenCall, c Credential) (Introspection, error) {
	if s.IntrospectURL == "" {
		return Introspection{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "introspect_url", Reason: "is empty; set it if the provider has introspection (RFC 7662)"}
	}
	name := valueAccessToken
	if c.Values[name].Reveal() == "" {
		name = valueRefreshToken
	}
	token, err := pick(opRequest, s.Kind(), c, "auth.Grant", name)
	if err != nil {
		return Introspection{}, err
	}
	got, err := s.asker(call, c).ask(ctx, question{op: opIntrospect, field: "introspect_url", url: s.IntrospectURL,
		standard: map[string]string{"token": token, "token_type_hint": name}})
	if err != nil {
		return Introspection{}, err
	}
	active, ok := got.tree["active"].(bool)
	if !ok {
		return Introspection{}, got.unusable("the answer doesn't say whether the token is active")
	}
	if !active {
		return Introspection{}, nil
	}
	return got.introspection(), nil
}

// introspection reads the members of RFC 7662 §2.2.
func (w *answer) introspection() Introspection {
	text := func(name string) string {
		s, _ := w.tree[name].(string)
		return s
	}
	when := func(name string) (n float64, ok bool) { return number(w.tree[name]) }
	out := Introspection{Active: true, Scopes: w.scopes(w.tree["scope"]), ClientID: text("client_id"), Username: text("username"),
		TokenType: text("token_type"), Subject: text("sub"), Issuer: text("iss")}
	if n, ok := when("exp"); ok {
		out.Expires = epoch(n, ok, time.Second)
	}
	if n, ok := when("iat"); ok {
		out.Issued = epoch(n, ok, time.Second)
	}
	switch aud := w.tree["aud"].(type) {
	case string:
		out.Audience = []string{aud}
	case []any:
		for _, v := range aud {
			if s, ok := v.(string); ok {
				out.Audience = append(out.Audience, s)
			}
		}
	}
	return out
}

// secretOf makes a secret of what an answer says.
func (w *answer) secretOf(name string) secret.String {
	s, _ := w.tree[name].(string)
	return secret.New(s)
}
