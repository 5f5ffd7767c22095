package auth

import (
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// The lengths of a PKCE verifier, RFC 7636 §4.1.
const (
	minVerifier = 43
	maxVerifier = 128
)

// NewVerifier makes a code verifier of RFC 7636 §4.1: 43 characters from 32 random bytes. Make one for each
// authorization, and keep it secret.
func NewVerifier() string { return oauth2.GenerateVerifier() }

// AuthorizationURL gives the URL to send a person to. It does no I/O. The *Error names the field of q, or of the
// definition, that is missing or can't be used.
func (s OAuth2) AuthorizationURL(q AuthorizationRequest) (string, error) {
	if err := s.checkAuthorization(q); err != nil {
		return "", err
	}
	base, err := expandURL("authorize_url", s.AuthorizeURL, q.Parameters)
	if err != nil {
		return "", err
	}
	params, err := expandMap("authorize_parameters", template.Text, s.AuthorizeParameters, q.Parameters)
	if err != nil {
		return "", err
	}
	for name, v := range q.Extra {
		params[name] = v
	}
	standard, err := s.authorizeParams(q)
	if err != nil {
		return "", err
	}
	for name, v := range standard {
		if name, ok := s.authorizeRename(name); ok {
			params[name] = v
		}
	}
	scope, _ := s.authorizeRename(paramScope)
	return joinQuery(base, s.pairs(params, scope, "%20")), nil
}

func (s OAuth2) checkAuthorization(q AuthorizationRequest) error {
	bad := func(field, reason string) error {
		return &Error{Op: opRequest, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	redirect, err := url.Parse(q.RedirectURL)
	switch {
	case s.grant() != GrantAuthorizationCode || s.AuthorizeURL == "":
		return bad("authorize_url", "the definition sends no person to the provider; set it, with the grant authorization_code")
	case q.Client.ID == "":
		return bad("client.id", "is missing; give the client that is registered with the provider, to a gateway with PutApp")
	case q.State == "":
		return bad("state", "is missing; make one for each authorization that nobody can guess")
	case err != nil || !redirect.IsAbs() || redirect.Fragment != "":
		return bad("redirect_url", "must be an absolute URL without fragment (RFC 6749 §3.1.2), as it is registered with the provider")
	}
	if why := s.verifierFault(q.Verifier); why != "" {
		return bad("verifier", why)
	}
	for name := range q.Extra {
		if why := s.authorizeExtraFault(name, authorizeNames()); why != "" {
			return bad("extra."+written.Quote(name), why)
		}
	}
	return s.checkScopes(opRequest, q.Scopes)
}

// verifierFault says why a verifier can't be used.
func (s OAuth2) verifierFault(v string) string {
	if s.NoPKCE {
		return ""
	}
	ok := len(v) >= minVerifier && len(v) <= maxVerifier
	for _, b := range []byte(v) {
		ok = ok && (isAlnum(b) || strings.IndexByte("-._~", b) >= 0)
	}
	if !ok {
		return "must be 43 to 128 unreserved characters (RFC 7636 §4.1); make it with auth.NewVerifier"
	}
	return ""
}

// authorizeParams gives the standard parameters, as x/oauth2 makes them.
func (s OAuth2) authorizeParams(q AuthorizationRequest) (map[string]string, error) {
	c := oauth2.Config{ClientID: q.Client.ID, RedirectURL: q.RedirectURL}
	var options []oauth2.AuthCodeOption
	if !s.NoPKCE {
		options = append(options, oauth2.S256ChallengeOption(q.Verifier))
	}
	if scope := s.joinScopes(q.Scopes); scope != "" {
		options = append(options, oauth2.SetAuthURLParam("scope", scope))
	}
	values, err := url.ParseQuery(strings.TrimPrefix(c.AuthCodeURL(q.State, options...), "?"))
	if err != nil {
		return nil, &Error{Op: opRequest, Scheme: s.Kind(), Field: "scopes", Reason: "the parameters can't be put into a URL; ask for fewer"}
	}
	params := make(map[string]string, len(values))
	for name := range values {
		params[name] = values.Get(name)
	}
	return params, nil
}

// joinScopes gives the scopes as one text, those of the definition if asked is nil.
func (s OAuth2) joinScopes(asked []string) string {
	if asked == nil {
		asked = s.Scopes
	}
	return strings.Join(asked, s.separator())
}

func (s OAuth2) separator() string {
	if s.ScopeSeparator == "" {
		return " "
	}
	return s.ScopeSeparator
}

func joinQuery(base, pairs string) string {
	switch {
	case pairs == "":
		return base
	case strings.HasSuffix(base, "?") || strings.HasSuffix(base, "&"):
		return base + pairs
	case strings.Contains(base, "?"):
		return base + "&" + pairs
	}
	return base + "?" + pairs
}
