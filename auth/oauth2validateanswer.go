package auth

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/waygate-go/waygate/internal/jsonpath"
	"github.com/waygate-go/waygate/internal/template"
)

func (s OAuth2) answerFault() (field, why string) {
	a := s.Answer
	for _, p := range []struct{ field, path string }{
		{"access_token", a.AccessToken}, {"refresh_token", a.RefreshToken}, {"expires_in", a.ExpiresIn}, {"scope", a.Scope},
		{"token_type", a.TokenType}, {"id_token", a.IDToken}, {"success", a.Success}, {"error", a.Error}, {"description", a.Description},
	} {
		if why := answerPathFault(p.path); why != "" {
			return "answer." + p.field, why
		}
	}
	switch a.Expiry {
	case "", ExpirySeconds, ExpiryEpoch, ExpiryEpochMillis, ExpiryISO, ExpiryDuration, ExpiryJWT:
	default:
		return "answer.expiry", "there is no such form; use seconds, epoch, epoch_ms, iso, duration or jwt"
	}
	if len(a.SuccessValues) > 0 && a.Success == "" {
		return "answer.success_values", "has values, but answer.success doesn't say where"
	}
	if len(a.SuccessValues) > maxCodes {
		return "answer.success_values", "has more than 16 values"
	}
	if len(a.RefusedCodes) > maxCodes || slices.Contains(a.RefusedCodes, "") {
		return "answer.refused_codes", "has more than 16 codes, or an empty one"
	}
	return "", ""
}

// answerPathFault says what is wrong with a path of an answer. Empty is the standard name.
func answerPathFault(path string) string {
	p, err := jsonpath.Compile(path)
	switch {
	case err != nil:
		return err.Error()
	case !p.Singular():
		return "may name many places; use names and indexes alone"
	}
	return ""
}

func (s OAuth2) captureFault() (field, why string) {
	if len(s.Capture) > maxCaptures {
		return "capture", "has more than 16 entries"
	}
	seen := map[string]bool{}
	for i, p := range s.Capture {
		at := "capture[" + strconv.Itoa(i) + "]"
		switch {
		case s.grant() != GrantAuthorizationCode && s.grant() != GrantDeviceCode:
			return "capture", "values are captured when a person authorizes, which the grant " + string(s.grant()) + " has no part for"
		case !isName(p.Parameter):
			return at + ".parameter", "must be 1 to 64 of a-z, 0-9 and _"
		case seen[p.Parameter]:
			return at + ".parameter", "is captured twice"
		case len(p.Prefix) > maxPlaceName || strings.ContainsFunc(p.Prefix, isControl):
			return at + ".prefix", "is longer than 256 bytes, or has a control character"
		}
		seen[p.Parameter] = true
		if field, why := s.oneCaptureFault(p); why != "" {
			return at + "." + field, why
		}
	}
	return "", ""
}

func (s OAuth2) oneCaptureFault(p Capture) (field, why string) {
	switch p.source() {
	case CaptureAnswer:
		if why := answerPathFault(p.path()); why != "" {
			return "path", why
		}
		if s.holdsSecret(p.path()) {
			return "path", "is where the answer has a token, which no parameter may hold"
		}
	case CaptureCallback:
		switch {
		case s.grant() != GrantAuthorizationCode:
			return "from", "there is no callback with the grant " + string(s.grant())
		case len(p.path()) > maxName || strings.ContainsFunc(p.path(), isControl):
			return "path", "must be the name of a parameter, of at most 64 bytes"
		case p.path() == s.codeName() || p.path() == "state":
			return "path", "is a secret of the flow, which no parameter may hold"
		}
	default:
		return "from", "there is no such source; use answer or callback"
	}
	if p.Pattern == "" || len(p.Pattern) > maxPattern {
		return "pattern", "must have 1 to 1024 bytes: a value from outside is taken only if it looks as expected"
	}
	if _, err := p.compile(); err != nil {
		return "pattern", "can't be read: " + err.Error()
	}
	return "", ""
}

// holdsSecret says whether an answer has a token at a path, or around it.
func (s OAuth2) holdsSecret(path string) bool {
	canonical := func(src string) string {
		p, err := jsonpath.Compile(src)
		if err != nil {
			return ""
		}
		return p.String()
	}
	for _, token := range []string{cmp.Or(s.Answer.AccessToken, "access_token"), cmp.Or(s.Answer.RefreshToken, "refresh_token"),
		cmp.Or(s.Answer.IDToken, "id_token")} {
		if canonical(token) == canonical(path) {
			return true
		}
	}
	return false
}

func (s OAuth2) assertionFault() (field, why string) {
	a := s.assertion()
	if signingMethod(a.Algorithm) == nil {
		return "assertion.algorithm", "there is no such algorithm; use RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA"
	}
	if a.Lifetime < 0 || time.Duration(a.Lifetime) > maxAssertion {
		return "assertion.lifetime", "must be between 0 and 24 hours"
	}
	for _, t := range []struct{ field, src string }{{"issuer", a.Issuer}, {"subject", a.Subject}, {"audience", a.Audience}} {
		if why := textFault(template.Text, t.src); why != "" {
			return "assertion." + t.field, why
		}
	}
	return textsFault("assertion.claims", a.Claims, template.Text, func(name string) string {
		if slices.Contains([]string{"", "iss", "sub", "aud", "exp", "iat", "jti"}, name) || len(name) > maxName {
			return "is set already, is empty or has more than 64 bytes"
		}
		return ""
	})
}
