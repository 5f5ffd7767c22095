package auth

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/waygate-go/waygate/secret"
)

// Login is a login of the provider's own: one to four requests in a row, the last of which brings a token that requests
// then carry. It is a [Scheme] and a [Renewer].
//
// A credential is what the person logs in with, of any kind: [UserPassword], [APIKey], [Fields]. What the login brings
// stands beside that in the same credential, as the values "access_token" and "refresh_token" and those that are kept
// ([LoginValue]), so that the next login needs nobody. [Login.Renew] asks; redirects are not followed.
//
// What a step says is made of templates. In them {name} is the connection's parameter of that name, {credential.name} a
// value of the credential, {captured.name} what an earlier step brought, and {client.id} and {client.secret} are of the
// app that the platform has with the provider. {name|other} and {name:-default} work too, and outside of URLs the functions
// base64, sha256, hmac, now and random: {base64(credential.user, ':', credential.password)}. Each value is escaped for where
// it lands (a segment of a URL, a pair of a form, a JSON string, XML text, a header) and never looked into for further
// names.
type Login struct {
	// Steps are the requests, 1 to 4, in order; required. Among them one brings the value "access_token".
	Steps []LoginStep `json:"steps"`
	// Refresh are what is asked instead while there is a value "refresh_token", at most 4; their templates may hold
	// {credential.refresh_token} and {credential.access_token}. Where that is refused, the steps follow at once. Empty:
	// each renewal is a login.
	Refresh []LoginStep `json:"refresh,omitempty"`
	// Lifetime is that of a token whose answer doesn't tell. 0: unknown, so that only a 401 tells.
	Lifetime Duration `json:"lifetime,omitempty"`
	// Use is how requests carry the token. Nil means [Bearer]. For another place it is
	// Key{In: …, Name: …, Field: "access_token"}.
	Use Scheme `json:"use,omitempty"`
}

// LoginStep is one request and what its answer brings.
type LoginStep struct {
	// Method is GET, POST or PUT. Empty means POST.
	Method string `json:"method,omitempty"`
	// URL is a template of an absolute URL; required. Its host may hold the connection's {parameters} alone, and its query
	// no values at all: those go to Query.
	URL string `json:"url"`
	// Query are parameters of the URL, in the order of their names; at most 32, as in the other two maps.
	Query map[string]string `json:"query,omitempty"`
	// Headers are set on the request, "Content-Type" and "Accept" included, which otherwise follow from the body and the
	// answer's format.
	Headers map[string]string `json:"headers,omitempty"`
	// Basic sends user and password in the Authorization header (RFC 7617). Nil: it doesn't.
	Basic *LoginPair `json:"basic,omitempty"`
	// Form, JSON, XML and Text are the body, at most one of them; none is no body. A form has its pairs in the order of
	// their names.
	Form map[string]string `json:"form,omitempty"`
	// JSON is any JSON value of at most 8 levels. Its strings are templates, names of members aren't. What stands around
	// them stays as it is written, order included.
	JSON json.RawMessage `json:"json,omitempty"`
	// XML is a document whose templates stand in text or in the values of attributes, without comments, CDATA and DOCTYPE.
	XML string `json:"xml,omitempty"`
	// Text is sent as it is; the values in it are not escaped.
	Text string `json:"text,omitempty"`
	// Answer says what the answer means.
	Answer LoginAnswer `json:"answer,omitzero"`
}

// LoginPair is a user and a password; both are templates.
type LoginPair struct {
	User     string `json:"user,omitempty"`     // a template: "{credential.user}"
	Password string `json:"password,omitempty"` // a template: "{credential.password}"
}

var (
	_ Scheme     = Login{}
	_ Placer     = Login{}
	_ Identifier = Login{}
	_ Renewer    = Login{}
)

// Kind is "login".
func (Login) Kind() string { return kindLogin }

// Accepts asks for the token that Use sends, or for every {credential.name} of the steps that has no default.
func (s Login) Accepts(c Credential) error { return s.accepts(opAccept, c) }

// Authorize signs as Use does. Without a token it fails: the credential is to be renewed first.
func (s Login) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	return s.carrier().authorize(ctx, r, c)
}

// Places gives those of Use.
func (s Login) Places() []Place { return placesOf(s.members()) }

// Identity gives that of Use, unset if it has none.
func (s Login) Identity(c Credential) (certificate, key secret.String, err error) {
	return s.carrier().identity(c, s.accepts)
}

func (s Login) carrier() carrier { return carrier{kind: s.Kind(), scheme: s.Use} }

// members makes a Login a group of one, so that its Use is counted where schemes nest.
func (s Login) members() []Scheme { return s.carrier().members() }

func (s Login) accepts(op string, c Credential) error {
	err := s.carrier().ready(op, c)
	if err == nil || c.Values[valueAccessToken].Reveal() != "" {
		return err
	}
	if c.Kind == "" {
		return &Error{Op: op, Scheme: s.Kind(), Field: "kind", Reason: "is missing; give the connection auth.UserPassword or auth.Fields"}
	}
	return s.canLogin(op, c)
}
