package auth

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// Limits of a definition of OAuth 2.
const (
	maxExtras     = 32 // of each map
	maxCaptures   = 16
	maxCodes      = 16
	maxSeparator  = 4 // bytes
	maxPattern    = 1 << 10
	maxTextLength = 2048 // bytes of an issuer, a template
)

func (s OAuth2) grant() GrantType { return cmp.Or(s.Grant, GrantAuthorizationCode) }

func (s OAuth2) clientAuth() ClientAuth { return cmp.Or(s.ClientAuth, ClientAuthBody) }

// Validate checks the definition: that what its grant needs is there, that names are known and stand once, that
// templates, paths and patterns can be read, and that Use is valid and obtains nothing itself. Whether a URL may be asked
// is for the egress policy to say, and who may receive the client's secret for whoever has the connection, see
// [OAuth2.Endpoints].
func (s OAuth2) Validate() error {
	for _, check := range []func() (field, why string){
		s.choiceFault, s.urlFault, s.scopeFault, s.renameFault, s.mapFault, s.answerFault, s.captureFault, s.lookupFault, s.durationFault, s.assertionFault,
	} {
		if field, why := check(); why != "" {
			return &Error{Op: opValidate, Scheme: s.Kind(), Field: field, Reason: why}
		}
	}
	return s.validateUse()
}

func (s OAuth2) choiceFault() (field, why string) {
	switch s.grant() {
	case GrantAuthorizationCode, GrantClientCredentials, GrantPassword, GrantJWTBearer, GrantDeviceCode:
	default:
		return "grant", "there is no such grant; use authorization_code, client_credentials, password, jwt_bearer or device_code"
	}
	switch s.clientAuth() {
	case ClientAuthBody, ClientAuthBasic, ClientAuthBasicRaw, ClientAuthQuery, ClientAuthNone, ClientAuthPrivateKey, ClientAuthTLS:
	default:
		return "client_auth", "there is no such way; use body, basic, basic_raw, query, none, private_key_jwt or mtls"
	}
	switch s.BodyFormat {
	case "", BodyForm, BodyJSON, BodyQuery:
	default:
		return "body_format", "there is no such format; use form, json or query"
	}
	if len(s.Issuer) > maxTextLength || strings.ContainsFunc(s.Issuer, isControl) {
		return "issuer", "is longer than 2 KiB, or has a control character"
	}
	if len(s.CallbackCode) > maxName || strings.ContainsFunc(s.CallbackCode, isControl) {
		return "callback_code", "is longer than 64 bytes, or has a control character"
	}
	if why := s.hmacFault(); why != "" {
		return "callback_hmac", why
	}
	return "", ""
}

// urls lists the URLs by their fields.
func (s OAuth2) urls() []Endpoint {
	client := s.clientAuth() != ClientAuthNone
	return []Endpoint{
		{Name: "authorize_url", Template: s.AuthorizeURL},
		{Name: "token_url", Template: s.TokenURL, Client: client, Grant: true},
		{Name: "refresh_url", Template: s.RefreshURL, Client: client, Grant: true},
		{Name: "revoke_url", Template: s.RevokeURL, Client: client, Grant: true},
		{Name: "introspect_url", Template: s.IntrospectURL, Client: client, Grant: true},
		{Name: "device_url", Template: s.DeviceURL, Client: client},
	}
}

// Endpoints lists the URLs that are set, and what may be sent there. Of a Lookup whose path holds other values than
// {parameters}, the origin stands for it.
func (s OAuth2) Endpoints() []Endpoint {
	list := slices.DeleteFunc(s.urls(), func(e Endpoint) bool { return e.Template == "" })
	return append(list, stepEndpoints("lookup", s.Lookup)...)
}

func (s OAuth2) urlFault() (field, why string) {
	needed := []string{"token_url"}
	switch s.grant() {
	case GrantAuthorizationCode:
		needed = append(needed, "authorize_url")
	case GrantDeviceCode:
		needed = append(needed, "device_url")
	}
	for _, e := range s.urls() {
		if e.Template == "" {
			if slices.Contains(needed, e.Name) {
				return e.Name, "is missing; the grant " + string(s.grant()) + " needs it"
			}
			continue
		}
		t, err := compileFor(true, template.Text, e.Template)
		if why := templateFault(t, err); why != "" {
			return e.Name, why
		}
		reserved := requestNames()
		fault := s.extraFault
		if e.Name == "authorize_url" {
			reserved, fault = authorizeNames(), s.authorizeExtraFault
		}
		_, query, _ := strings.Cut(t.LiteralText(), "?")
		pairs, err := url.ParseQuery(query)
		if err != nil {
			return e.Name, "has a query that can't be read; escape its % and ;"
		}
		for name := range pairs {
			if why := fault(name, reserved); why != "" {
				return e.Name, "has the parameter " + written.Quote(name) + " in its query, which " + why
			}
		}
	}
	return "", ""
}

func (s OAuth2) scopeFault() (field, why string) {
	if len(s.ScopeSeparator) > maxSeparator || strings.ContainsFunc(s.ScopeSeparator, isControl) {
		return "scope_separator", "is longer than 4 bytes, or has a control character"
	}
	return "scopes", s.scopesFault(s.Scopes)
}

func (s OAuth2) scopesFault(scopes []string) string {
	size := 0
	for _, scope := range scopes {
		size += len(scope)
		if scope == "" || strings.Contains(scope, s.separator()) || strings.ContainsFunc(scope, isControl) {
			return "has a scope that is empty, or holds the separator or a control character; give each scope by itself"
		}
	}
	if len(scopes) > maxScopes || size > maxScopeBytes {
		return "has more than 256 scopes, or more than 16 KiB"
	}
	return ""
}

func (s OAuth2) checkScopes(op string, scopes []string) error {
	if why := s.scopesFault(scopes); why != "" {
		return &Error{Op: op, Scheme: s.Kind(), Field: "scopes", Reason: why}
	}
	return nil
}

func (s OAuth2) mapFault() (field, why string) {
	token := requestNames()
	if s.grant() != GrantAuthorizationCode && len(s.Scopes) > 0 {
		token = append(token, paramScope)
	}
	authorize := authorizeNames()
	if s.grant() == GrantDeviceCode { // whose first request they are added to
		authorize = append(authorize, requestNames()...)
	}
	for _, m := range []struct {
		field    string
		values   map[string]string
		place    template.Place
		nameless func(string) string
	}{
		{"authorize_parameters", s.AuthorizeParameters, template.Text, func(n string) string { return s.authorizeExtraFault(n, authorize) }},
		{"token_parameters", s.TokenParameters, template.Text, func(n string) string { return s.extraFault(n, token) }},
		{"refresh_parameters", s.RefreshParameters, template.Text, func(n string) string { return s.extraFault(n, requestNames()) }},
		{"token_headers", s.TokenHeaders, template.Header, s.headerFault},
	} {
		if field, why := textsFault(m.field, m.values, m.place, m.nameless); why != "" {
			return field, why
		}
	}
	return "", ""
}

// textsFault checks a map of names and templates.
func textsFault(field string, values map[string]string, place template.Place, nameFault func(string) string) (at, why string) {
	if len(values) > maxExtras {
		return field, "has more than 32 entries"
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at := field + "." + written.Quote(name)
		if why := nameFault(name); why != "" {
			return at, why
		}
		if why := textFault(place, values[name]); why != "" {
			return at, why
		}
	}
	return "", ""
}

func textFault(place template.Place, src string) string {
	if len(src) > maxTextLength {
		return "is longer than 2 KiB"
	}
	return templateFault(compileFor(false, place, src))
}

func (s OAuth2) headerFault(name string) string {
	basic := s.clientAuth() == ClientAuthBasic || s.clientAuth() == ClientAuthBasicRaw
	if basic && strings.EqualFold(name, "Authorization") {
		return "is where client_auth puts the client's secret"
	}
	for other := range s.TokenHeaders {
		if other != name && strings.EqualFold(other, name) {
			return "is there twice, in two spellings"
		}
	}
	return checkPlace(Place{In: InHeader, Name: name})
}

func (s OAuth2) durationFault() (field, why string) {
	for _, d := range []struct {
		field string
		value Duration
	}{{"rotation_grace", s.RotationGrace}, {"idle", s.Idle}, {"lifetime", s.Lifetime}, {"renew_before", s.RenewBefore}} {
		if d.value < 0 || time.Duration(d.value) > maxExpiry {
			return d.field, "must be between 0 and " + strconv.Itoa(int(maxExpiry.Hours()/24/365)) + " years"
		}
	}
	return "", ""
}

// validateUse checks how requests carry the token.
func (s OAuth2) validateUse() error {
	bad := func(reason string) error {
		return &Error{Op: opValidate, Scheme: s.Kind(), Field: "use", Reason: reason}
	}
	if s.Use == nil {
		return nil
	}
	if err := s.useShape(opValidate); err != nil {
		return err
	}
	switch {
	case renews(s.Use):
		return bad("obtains tokens itself; name a scheme that carries one, such as bearer")
	case s.Use.Kind() == (None{}).Kind():
		return bad("none carries no token; leave it out for bearer")
	}
	if err := s.Use.Validate(); err != nil {
		return s.useError(opValidate, err)
	}
	return nil
}

// useShape bounds how deep Use nests, before anything walks it.
func (s OAuth2) useShape(op string) error {
	if written.IsNil(s.Use) {
		return &Error{Op: op, Scheme: s.Kind(), Field: "use", Reason: "is a nil pointer; leave it out"}
	}
	if g, ok := s.Use.(group); ok {
		if err := checkShape(op, s.Use.Kind(), g.members(), 2); err != nil {
			return s.useError(op, err)
		}
	}
	return nil
}
