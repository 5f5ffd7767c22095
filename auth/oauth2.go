package auth

import (
	"context"
	"net/http"

	"github.com/waygate-go/waygate/secret"
)

// OAuth2 is OAuth 2 (RFC 6749): how a provider hands out tokens, and how requests carry them. It is a [Scheme] and a
// [Renewer].
//
// A credential is of kind "oauth2" and made by [Grant], [ClientCredentials], [ClientKey] or [PasswordGrant], or by the
// flow: [OAuth2.AuthorizationURL] and [OAuth2.Exchange], or [OAuth2.StartDevice] and [OAuth2.PollDevice]. Each method
// that asks the provider sends one request, [OAuth2.Revoke] one for each token, and never repeats it. Redirects are not
// followed.
//
// URLs and the values of parameters and headers are templates: {name} stands for the connection's parameter of that
// name, escaped for the place where it lands. {name|other} and {name:-default} work too.
type OAuth2 struct {
	// Grant is how the first token is obtained. Empty means GrantAuthorizationCode.
	Grant GrantType `json:"grant,omitempty"`
	// AuthorizeURL is where the person is sent (RFC 6749 §3.1); required for GrantAuthorizationCode.
	AuthorizeURL string `json:"authorize_url,omitempty"`
	// TokenURL is the token endpoint (RFC 6749 §3.2); required.
	TokenURL string `json:"token_url,omitempty"`
	// RefreshURL takes the refresh token. Empty means TokenURL.
	RefreshURL string `json:"refresh_url,omitempty"`
	// RevokeURL is the revocation endpoint (RFC 7009). Empty: there is none.
	RevokeURL string `json:"revoke_url,omitempty"`
	// IntrospectURL is the introspection endpoint (RFC 7662). Empty: there is none.
	IntrospectURL string `json:"introspect_url,omitempty"`
	// DeviceURL is the device authorization endpoint (RFC 8628 §3.1); required for GrantDeviceCode.
	DeviceURL string `json:"device_url,omitempty"`
	// Issuer is what the callback's "iss" must equal (RFC 9207). Empty: "iss" is not looked at.
	Issuer string `json:"issuer,omitempty"`
	// CallbackCode is the callback's parameter that holds the code. Empty means "code".
	CallbackCode string `json:"callback_code,omitempty"`
	// CallbackHMAC is the callback's parameter that signs the others, as Shopify has it: the HMAC-SHA256 of them, in the order
	// of their names and form-encoded, with the client's secret, in hexadecimal. A callback without a right one isn't
	// exchanged. Empty: none is looked for.
	CallbackHMAC string `json:"callback_hmac,omitempty"`
	// Scopes are asked for where the request names none; at most 256.
	Scopes []string `json:"scopes,omitempty"`
	// ScopeSeparator joins the scopes. Empty means a space. "+" goes into a URL as it is.
	ScopeSeparator string `json:"scope_separator,omitempty"`
	// ClientAuth is how the client proves who it is. Empty means ClientAuthBody.
	ClientAuth ClientAuth `json:"client_auth,omitempty"`
	// BodyFormat is how parameters are sent. Empty means BodyForm.
	BodyFormat BodyFormat `json:"body_format,omitempty"`
	// NoPKCE leaves out PKCE (RFC 7636), which is otherwise used with S256.
	NoPKCE bool `json:"no_pkce,omitempty"`
	// AuthorizeParameters are added to the URL that the person is sent to, or to the first request of a device flow; at
	// most 32, as in the other two maps.
	AuthorizeParameters map[string]string `json:"authorize_parameters,omitempty"`
	// TokenParameters are added to the request for the first token, whatever the grant, and to no other: not to a refresh.
	TokenParameters map[string]string `json:"token_parameters,omitempty"`
	// RefreshParameters are added to the request that uses a refresh token, and to no other.
	RefreshParameters map[string]string `json:"refresh_parameters,omitempty"`
	// Rename gives standard parameters of all requests the provider's names: {"client_id": "client_key"}. An empty name
	// leaves the parameter out.
	Rename map[string]string `json:"rename,omitempty"`
	// AuthorizeRename does the same for the URL that the person is sent to, before Rename: for a provider that knows the
	// client by another name there. {"client_id": ""} leaves it out of that URL alone.
	AuthorizeRename map[string]string `json:"authorize_rename,omitempty"`
	// TokenHeaders are added to every request but the person's; at most 32.
	TokenHeaders map[string]string `json:"token_headers,omitempty"`
	// Answer says where a token answer deviates from RFC 6749 §5.1.
	Answer TokenAnswer `json:"answer,omitzero"`
	// Capture are values of the answer and of the callback that become the connection's parameters; at most 16.
	Capture []Capture `json:"capture,omitempty"`
	// Lookup are what is asked with the first access token, right after it was got, at most 4 requests in order: which
	// account it is for, or where that lives. Each value that an answer brings becomes the connection's parameter of its
	// name. In their templates {credential.access_token} is the token, and {captured.name} what an earlier one brought; it
	// is sent where they say, so they say where it goes: "Bearer {credential.access_token}" as a header. Their hosts are
	// fixed, or parameters that are known before the token; one that Capture takes from the answer, or a Lookup brings, can
	// stand nowhere in them as {name}. For GrantAuthorizationCode and GrantDeviceCode.
	Lookup []LoginStep `json:"lookup,omitempty"`
	// RotationGrace is how long the provider takes a spent refresh token again, see [Renewal]. 0: not at all. This and the
	// three durations below are at most 100 years.
	RotationGrace Duration `json:"rotation_grace,omitempty"`
	// Idle is how long an unused refresh token lives. 0: for ever.
	Idle Duration `json:"idle,omitempty"`
	// Lifetime is that of an access token whose answer doesn't tell. 0: unknown.
	Lifetime Duration `json:"lifetime,omitempty"`
	// RenewBefore is how long before its expiry a token is renewed at the earliest, for a provider that gives no new one
	// while the old one is good for longer. 0: a tenth of its lifetime, see [Manager.Schedule].
	RenewBefore Duration `json:"renew_before,omitempty"`
	// NoRotation says that using a refresh token never spends it.
	NoRotation bool `json:"no_rotation,omitempty"`
	// Use is how requests carry the access token, the credential's value "access_token". Nil means [Bearer]; for a
	// header of another name it is Key{Name: …, Field: "access_token"}.
	Use Scheme `json:"use,omitempty"`
	// Assertion says what the JWTs hold that GrantJWTBearer and ClientAuthPrivateKey send. Nil means its zero value.
	Assertion *Assertion `json:"assertion,omitempty"`
}

// GrantType is how a token is obtained for the first time.
type GrantType string

// The grant types.
const (
	// GrantAuthorizationCode sends a person to the provider (RFC 6749 §4.1).
	GrantAuthorizationCode GrantType = "authorization_code"
	// GrantClientCredentials asks in the client's own name (RFC 6749 §4.4).
	GrantClientCredentials GrantType = "client_credentials"
	// GrantPassword shows the person's user name and password (RFC 6749 §4.3).
	GrantPassword GrantType = "password"
	// GrantJWTBearer shows a JWT signed with the client's key (RFC 7523 §2.1).
	GrantJWTBearer GrantType = "jwt_bearer"
	// GrantDeviceCode lets the person decide on another device (RFC 8628).
	GrantDeviceCode GrantType = "device_code"
)

// ClientAuth is how a client proves who it is.
type ClientAuth string

// The ways of client authentication. A client without a secret sends its id alone in each of the first five.
const (
	// ClientAuthBody sends client_id and client_secret among the parameters (RFC 6749 §2.3.1).
	ClientAuthBody ClientAuth = "body"
	// ClientAuthBasic sends both in the Authorization header, form-encoded as RFC 6749 §2.3.1 has it.
	ClientAuthBasic ClientAuth = "basic"
	// ClientAuthBasicRaw sends both in the Authorization header as they are (RFC 7617), which many providers expect.
	ClientAuthBasicRaw ClientAuth = "basic_raw"
	// ClientAuthQuery sends both in the query of the URL.
	ClientAuthQuery ClientAuth = "query"
	// ClientAuthNone sends client_id alone: for public clients.
	ClientAuthNone ClientAuth = "none"
	// ClientAuthPrivateKey sends client_id and a JWT signed with the client's key (RFC 7523 §2.2).
	ClientAuthPrivateKey ClientAuth = "private_key_jwt"
	// ClientAuthTLS presents the client's certificate in the handshake and sends client_id (RFC 8705 §2). TokenCall.HTTP
	// must then send with an egress.Transport. With each other way a certificate is presented, too, if the client has one.
	ClientAuthTLS ClientAuth = "mtls"
)

// BodyFormat is how the parameters of a request are sent.
type BodyFormat string

// The formats.
const (
	// BodyForm is application/x-www-form-urlencoded (RFC 6749 appendix B).
	BodyForm BodyFormat = "form"
	// BodyJSON is a JSON object of strings.
	BodyJSON BodyFormat = "json"
	// BodyQuery is no body: the parameters stand in the URL.
	BodyQuery BodyFormat = "query"
)

var (
	_ Scheme     = OAuth2{}
	_ Placer     = OAuth2{}
	_ Identifier = OAuth2{}
	_ Renewer    = OAuth2{}
)

// Kind is "oauth2".
func (OAuth2) Kind() string { return kindOAuth2 }

// Accepts asks for kind "oauth2" and the access token that Use sends, or for what a first one can be got with: see
// [OAuth2.Renewal].
func (s OAuth2) Accepts(c Credential) error { return s.accepts(opAccept, c) }

// Authorize signs as Use does. Without an access token it fails: the credential is to be renewed first.
func (s OAuth2) Authorize(ctx context.Context, r *http.Request, c Credential) error {
	if err := begin(ctx, s.Kind(), r); err != nil {
		return err
	}
	if err := s.ready(opAuthorize, c); err != nil {
		return err
	}
	if err := s.use().Authorize(ctx, r, c); err != nil {
		return s.useError(opAuthorize, err)
	}
	return nil
}

// Places gives those of Use.
func (s OAuth2) Places() []Place { return placesOf(s.members()) }

// Identity gives that of Use, unset if it has none. What proves who the client is at the token endpoint is no part of it.
func (s OAuth2) Identity(c Credential) (certificate, key secret.String, err error) {
	if err := s.accepts(opIdentify, c); err != nil {
		return secret.String{}, secret.String{}, err
	}
	if s.ready(opIdentify, c) != nil {
		return secret.String{}, secret.String{}, nil
	}
	if certificate, key, err = identityOf(s.use(), c); err != nil {
		return secret.String{}, secret.String{}, s.useError(opIdentify, err)
	}
	return certificate, key, nil
}

func (s OAuth2) use() Scheme {
	if s.Use == nil {
		return Bearer{}
	}
	return s.Use
}

// members makes an OAuth2 a group of one, so that its Use is counted where schemes nest.
func (s OAuth2) members() []Scheme { return []Scheme{s.use()} }

// ready asks for what signs a request now.
func (s OAuth2) ready(op string, c Credential) error {
	if c.Kind != kindOAuth2 {
		return &Error{Op: op, Scheme: s.Kind(), Field: "kind", Reason: `must be "oauth2"; give the connection auth.Grant, or let it be authorized`}
	}
	if _, err := pick(op, s.Kind(), c, "auth.Grant", valueAccessToken); err != nil {
		return err
	}
	if err := s.use().Accepts(c); err != nil {
		return s.useError(op, err)
	}
	return nil
}

func (s OAuth2) accepts(op string, c Credential) error {
	err := s.ready(op, c)
	if err != nil && c.Values[valueAccessToken].Reveal() == "" && s.Renewal(c).Possible {
		return nil
	}
	return err
}

// useError says that it was Use that failed.
func (s OAuth2) useError(op string, err error) *Error { return fieldError(op, s.Kind(), "use", err) }
