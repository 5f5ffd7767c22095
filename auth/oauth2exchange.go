package auth

import (
	"context"
	"maps"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Values of grant_type and of the operations in a TokenError.
const (
	opToken      = "token"
	opRefresh    = "refresh"
	opRevoke     = "revoke"
	opIntrospect = "introspect"
	opDevice     = "device"

	maxCaptured = 1 << 10 // bytes of a captured value
)

// Exchange makes tokens of the code that a person brought back (RFC 6749 §4.1.3): one request, ever, because a code is
// spent by its first use. An *Error says that nothing was sent; every other error is a *TokenError.
func (s OAuth2) Exchange(ctx context.Context, call TokenCall, q CodeExchange) (Tokens, error) {
	if s.grant() != GrantAuthorizationCode {
		return Tokens{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "grant", Reason: "isn't authorization_code, so there is no code to exchange; set it, or use Renew"}
	}
	if q.Code == "" {
		q.Code = q.Callback.Get(s.codeName())
	}
	if q.Code == "" {
		return Tokens{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "code", Reason: "is missing; give what the callback brought"}
	}
	if why := s.verifierFault(q.Verifier); why != "" {
		return Tokens{}, &Error{Op: opRequest, Scheme: s.Kind(), Field: "verifier", Reason: why}
	}
	if err := s.checkHMAC(call.Client, q); err != nil {
		return Tokens{}, err
	}
	captured, err := s.captureCallback(q)
	if err != nil {
		return Tokens{}, err
	}
	standard := map[string]string{paramGrantType: string(GrantAuthorizationCode), "code": q.Code}
	if q.RedirectURL != "" {
		standard["redirect_uri"] = q.RedirectURL
	}
	if !s.NoPKCE {
		standard["code_verifier"] = q.Verifier
	}
	a := s.asker(call, Credential{})
	a.parameters = maps.Clone(call.Parameters)
	if a.parameters == nil {
		a.parameters = map[string]string{}
	}
	maps.Copy(a.parameters, captured)
	return a.tokens(ctx, s.firstQuestion(standard), q.Scopes, captured)
}

// firstQuestion asks the token endpoint for a first token.
func (s OAuth2) firstQuestion(standard map[string]string) question {
	return question{op: opToken, field: "token_url", url: s.TokenURL, extra: s.TokenParameters, extraIn: "token_parameters", standard: standard}
}

// tokens asks, and captures.
func (a asker) tokens(ctx context.Context, q question, asked []string, captured map[string]string) (Tokens, error) {
	got, err := a.ask(ctx, q)
	if err != nil {
		return Tokens{}, err
	}
	if asked == nil {
		asked = a.scheme.Scopes
	}
	c, err := got.credential(Credential{Kind: kindOAuth2}, asked)
	if err != nil {
		return Tokens{}, err
	}
	parameters := maps.Clone(captured)
	if parameters == nil {
		parameters = map[string]string{}
	}
	for _, p := range a.scheme.Capture {
		if p.source() != CaptureAnswer {
			continue
		}
		v := strings.TrimPrefix(scalarAt(got, p.path()), p.Prefix)
		if why := p.fault(v); why != "" {
			return Tokens{}, got.unusable("the parameter " + p.Parameter + " can't be taken from the answer: it " + why)
		}
		if v != "" {
			parameters[p.Parameter] = v
		}
	}
	if err := a.lookUp(ctx, c, parameters); err != nil {
		return Tokens{}, err
	}
	return Tokens{Credential: c, Parameters: parameters, Date: got.date}, nil
}

// scalarAt gives what stands at a path as text, "" for what is no scalar.
func scalarAt(w *answer, path string) string {
	v := w.at(path)
	switch v.(type) {
	case map[string]any, []any:
		return ""
	}
	return scalar(v)
}

// captureCallback takes what is captured from the callback, before the code is spent.
func (s OAuth2) captureCallback(q CodeExchange) (map[string]string, error) {
	captured := map[string]string{}
	for _, p := range s.Capture {
		if p.source() != CaptureCallback {
			continue
		}
		bad := func(why string) error {
			return &Error{Op: opRequest, Scheme: s.Kind(), Field: "callback." + p.path(), Reason: why}
		}
		if len(q.Callback[p.path()]) > 1 {
			return nil, bad("is there twice")
		}
		v := strings.TrimPrefix(q.Callback.Get(p.path()), p.Prefix)
		if why := p.fault(v); why != "" {
			return nil, bad(why)
		}
		if v != "" {
			captured[p.Parameter] = v
		}
	}
	return captured, nil
}

func (p Capture) source() CaptureSource {
	if p.From == "" {
		return CaptureAnswer
	}
	return p.From
}

func (p Capture) path() string {
	if p.Path == "" {
		return p.Parameter
	}
	return p.Path
}

// fault says why a value isn't taken, "" if it is.
func (p Capture) fault(v string) string {
	if v == "" {
		if p.Optional {
			return ""
		}
		return "is missing"
	}
	if len(v) > maxCaptured || !utf8.ValidString(v) || strings.ContainsFunc(v, isControl) {
		return "has more than 1 KiB, or a control character"
	}
	pattern, err := p.compile()
	if err != nil || !pattern.MatchString(v) {
		return "doesn't match the pattern of the definition"
	}
	return ""
}

// compile makes the pattern one of the whole value.
func (p Capture) compile() (*regexp.Regexp, error) {
	return regexp.Compile(`\A(?:` + p.Pattern + `)\z`)
}
