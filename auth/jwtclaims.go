package auth

import (
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/waygate-go/waygate/internal/template"
	"github.com/waygate-go/waygate/internal/written"
)

// jwtTemplates is a JWT, compiled. In claims, texts are replaced by templates.
type jwtTemplates struct {
	keyID  *template.Template
	header map[string]*template.Template
	claims map[string]any
	body   bool // one of them names the body
}

// compile reads all templates and checks all else.
func (s JWT) compile(op string) (t jwtTemplates, err error) {
	bad := func(field, reason string) (jwtTemplates, error) {
		return jwtTemplates{}, &Error{Op: op, Scheme: s.Kind(), Field: field, Reason: reason}
	}
	if field, why := s.choiceFault(); why != "" {
		return bad(field, why)
	}
	if field, why := s.placeFault(); why != "" {
		return bad(field, why)
	}
	read := func(src string) (*template.Template, string) {
		one, why := compileSigned(src, template.Text)
		if why != "" {
			return nil, why
		}
		t.body = t.body || mentions(one, partBody)
		return one, s.circleFault(one)
	}
	if s.KeyID != "" {
		var why string
		if t.keyID, why = read(s.KeyID); why != "" {
			return bad("key_id", why)
		}
	}
	if field, why := t.addMembers(s, read); why != "" {
		return bad(field, why)
	}
	return t, nil
}

// addMembers reads the members of the header and the claims.
func (t *jwtTemplates) addMembers(s JWT, read func(string) (*template.Template, string)) (field, why string) {
	t.header = make(map[string]*template.Template, len(s.Header))
	for _, name := range sortedNames(s.Header) {
		if why = memberFault(name, "alg", "kid", "b64", "crit"); why == "" {
			t.header[name], why = read(s.Header[name])
		}
		if why != "" {
			return "header." + written.Quote(name), why
		}
	}
	t.claims = make(map[string]any, len(s.Claims))
	for _, name := range sortedKeys(s.Claims) {
		if why = memberFault(name, "iat", "exp", "nbf"); why == "" {
			t.claims[name], why = compileClaim(s.Claims[name], read, 1)
		}
		if why != "" {
			return "claims." + written.Quote(name), why
		}
	}
	return "", ""
}

// choiceFault says what is wrong with the fields that are no templates.
func (s JWT) choiceFault() (field, why string) {
	hmac := strings.HasPrefix(s.algorithm(), "HS")
	switch e := s.KeyEncoding; {
	case jwsMethod(s.algorithm()) == nil:
		return "algorithm", "there is no such algorithm; use HS256, RS256, PS256, ES256, their kin with 384 and 512, or EdDSA"
	case !e.isKnown():
		return "key_encoding", "there is no such encoding; use text, base64, hex or pem"
	case hmac && e == KeyPEM, !hmac && e == KeyText, s.algorithm() != "EdDSA" && !hmac && e != "" && e != KeyPEM:
		return "key_encoding", "isn't one that keys of this algorithm have; leave it out"
	case !isName(s.keyName()):
		return "key", "must be 1 to 64 of a-z, 0-9 and _, as the credential's values are named"
	case s.Lifetime < 0 || time.Duration(s.Lifetime) > maxLifetime:
		return "lifetime", "must be between 0 and 24h; 0 means 5m"
	case s.Backdate < 0 || time.Duration(s.Backdate) > maxBackdate:
		return "backdate", "must be between 0 and 10m"
	case len(s.Header) > maxSignedPlaces:
		return "header", "has more than 16 members"
	case len(s.Claims) > maxClaims:
		return "claims", "are more than 32"
	case s.Name == "" && s.In.orHeader() != InHeader:
		return "name", "is missing; say which " + string(s.In) + " the provider reads"
	}
	return "", ""
}

// placeFault says what is wrong with the place of the token.
func (s JWT) placeFault() (field, why string) {
	var e *Error
	if errors.As(s.carrier().Validate(), &e) {
		return e.Field, e.Reason
	}
	return "", ""
}

// circleFault refuses a template that would see an earlier token in the request,
// where that can't be taken out before.
func (s JWT) circleFault(t *template.Template) string {
	for _, ref := range t.Refs() {
		if s.In == InBody && ref.Name == partBody || s.In == InCookie && strings.EqualFold(ref.Name, partHeader+"Cookie") {
			return "can't hold " + ref.String() + ", for the token itself goes there"
		}
	}
	return ""
}

// memberFault checks the name of a header's member or of a claim.
func memberFault(name string, taken ...string) string {
	switch {
	case name == "" || len(name) > maxPlaceName || !utf8.ValidString(name):
		return "must have a name of 1 to 256 bytes of UTF-8"
	case slices.Contains(taken, name):
		return "is the scheme's to set: see algorithm, key_id, lifetime, backdate and not_before"
	}
	return ""
}

// compileClaim replaces texts by templates. What a definition in Go holds may be
// of types that no file gives.
func compileClaim(v any, read func(string) (*template.Template, string), depth int) (any, string) {
	if depth > maxClaimDepth {
		return nil, "is nested more than four deep"
	}
	switch v := v.(type) {
	case string:
		return read(v)
	case nil, bool, int, int64:
		return v, ""
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, "is no number that JSON has"
		}
		return v, ""
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var why string
			if out[i], why = compileClaim(v[i], read, depth+1); why != "" {
				return nil, why
			}
		}
		return out, ""
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range sortedKeys(v) {
			why := memberFault(name)
			if why == "" {
				out[name], why = compileClaim(v[name], read, depth+1)
			}
			if why != "" {
				return nil, written.Quote(name) + " " + why
			}
		}
		return out, ""
	}
	return nil, "must be a text, a number, a boolean, null, a []any or a map[string]any"
}

// claim expands the templates in a compiled claim.
func (m *material) claim(field string, v any) (any, error) {
	switch v := v.(type) {
	case *template.Template:
		return m.expandUTF8(field, v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = m.claim(field+"["+strconv.Itoa(i)+"]", v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for _, name := range sortedKeys(v) {
			var err error
			if out[name], err = m.claim(field+"."+written.Quote(name), v[name]); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return v, nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
